"""What is wrong is refused at construction: everything at once, each with a way out."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    InvalidPropertiesError,
    ItemExploration,
    JobInput,
    JobOutput,
    RankingInfluence,
    ThemeGeneration,
)


def faults_of(build):
    with pytest.raises(InvalidPropertiesError) as caught:
        build()
    return {fault.property: fault for fault in caught.value.faults}


def test_all_faults_of_a_campaign_come_in_one_error_that_names_the_construct(stack, version_arn):
    with pytest.raises(ValueError, match=r"^Shop/Broken has 7 fault\(s\)") as caught:
        Campaign(
            stack,
            "Broken",
            solution_version=version_arn,
            campaign_name="-shop",
            min_provisioned_tps=0,
            item_exploration=ItemExploration(weight=1.5, age_cut_off=cdk.Duration.hours(36)),
            ranking_influence=RankingInfluence(popularity=2),
            sync_with_latest_solution_version=True,
            timeout=cdk.Duration.seconds(59),
        )
    assert isinstance(caught.value, InvalidPropertiesError)
    assert {fault.property for fault in caught.value.faults} == {
        "Name",
        "MinProvisionedTPS",
        "CampaignConfig.ItemExplorationConfig.explorationWeight",
        "CampaignConfig.ItemExplorationConfig.explorationItemAgeCutOff",
        "CampaignConfig.RankingInfluence.POPULARITY",
        "SolutionVersionArn",
        "Timeout",
    }
    for fault in caught.value.faults:
        assert str(fault) in str(caught.value)
        assert fault.way_out


def test_all_faults_of_a_job_come_in_one_error(stack, version_arn):
    faults = faults_of(
        lambda: BatchInferenceJob(
            stack,
            "Broken",
            solution_version=version_arn,
            job_input=JobInput.from_s3_path("users.json"),
            job_output=JobOutput.from_s3_path("s3://shop/output"),
            job_name="a" * 64,
            num_results=501,
            item_exploration={"explorationweight": "0.3"},
            theme_generation=ThemeGeneration(item_name="1st"),
            timeout=cdk.Duration.hours(49),
        )
    )
    assert set(faults) == {
        "JobInput.S3DataSource.Path",
        "JobOutput.S3DataDestination.Path",
        "JobName",
        "NumResults",
        "BatchInferenceJobConfig.ItemExplorationConfig.explorationweight",
        "ThemeGenerationConfig.FieldsForThemeGeneration.ItemName",
        "Timeout",
    }


def test_nothing_is_made_for_a_refused_job(stack, version_arn):
    with pytest.raises(InvalidPropertiesError):
        BatchInferenceJob(
            stack,
            "Broken",
            solution_version=version_arn,
            job_input=JobInput.from_s3_path("s3://shop/users.json"),
            job_output=JobOutput.from_s3_path("s3://shop/output"),
        )
    assert [child.node.id for child in stack.node.children] == ["Broken"]
    assert stack.node.find_child("Broken").node.children == []


@pytest.mark.parametrize(
    ("timeout", "way_out"),
    [
        (cdk.Duration.seconds(59), "Duration.minutes(1)"),
        (cdk.Duration.seconds(172_801), "Duration.hours(48)"),
        (cdk.Duration.days(3), "Duration.hours(48)"),
        (cdk.Duration.millis(90_500), "Duration.seconds(91)"),
        (cdk.Duration.minutes(cdk.Token.as_number({"Ref": "Minutes"})), "not a token"),
    ],
)
def test_a_timeout_that_cannot_be_kept_is_refused(stack, version_arn, timeout, way_out):
    faults = faults_of(
        lambda: Campaign(stack, "Slow", solution_version=version_arn, timeout=timeout)
    )
    assert way_out in faults["Timeout"].way_out


@pytest.mark.parametrize("minutes", [1, 60, 61, 48 * 60])
def test_the_limits_of_the_timeout_are_allowed(stack, version_arn, minutes):
    Campaign(stack, "Kept", solution_version=version_arn, timeout=cdk.Duration.minutes(minutes))


def test_an_age_cut_off_that_is_not_whole_days_names_the_next_whole_one(stack, version_arn):
    faults = faults_of(
        lambda: Campaign(
            stack,
            "Half",
            solution_version=version_arn,
            item_exploration=ItemExploration(age_cut_off=cdk.Duration.hours(36)),
        )
    )
    (fault,) = faults.values()
    assert "be a whole number of days" in str(fault)
    assert "Duration.days(2)" in str(fault)
