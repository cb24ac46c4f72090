"""What is wrong is told by synthesis: of all constructs at once, each with a way out."""

from __future__ import annotations

from decimal import Decimal

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    CampaignDashboard,
    ItemExploration,
    JobInput,
    JobOutput,
    RankingInfluence,
    SolutionVersion,
    ThemeGeneration,
)

SOLUTION_ARN = "arn:aws:personalize:us-east-1:123456789012:solution/movies"


def faulty(scope, version_arn, name="Broken"):
    return Campaign(scope, name, solution_version=version_arn, min_provisioned_tps=0)


def test_all_faults_of_a_campaign_come_at_once_with_its_path(faults_of, stack, version_arn):
    faults = faults_of(
        lambda: Campaign(
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
    )
    assert set(faults) == {
        "Name",
        "MinProvisionedTPS",
        "CampaignConfig.ItemExplorationConfig.explorationWeight",
        "CampaignConfig.ItemExplorationConfig.explorationItemAgeCutOff",
        "CampaignConfig.RankingInfluence.POPULARITY",
        "SolutionVersionArn",
        "Timeout",
    }
    assert {fault.path for fault in faults.values()} == {"Shop/Broken"}
    assert all(fault.way_out for fault in faults.values())


def test_all_faults_of_a_job_come_at_once(faults_of, stack, version_arn):
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


def test_the_faults_of_all_stacks_come_at_once(synthesis_faults, version_arn):
    app = cdk.App(analytics_reporting=False)
    shop, cinema = cdk.Stack(app, "Shop"), cdk.Stack(app, "Cinema")
    faulty(shop, version_arn)
    faulty(shop, version_arn, "Other")
    faulty(cdk.NestedStack(cinema, "Inner"), version_arn)
    faulty(cinema, version_arn)
    assert [fault.path for fault in synthesis_faults(app)] == [
        "Shop/Broken",
        "Shop/Other",
        "Cinema/Inner/Broken",
        "Cinema/Broken",
    ]


def test_the_cdk_checks_one_stage_after_the_other(synthesis_faults, version_arn):
    app = cdk.App(analytics_reporting=False)
    faulty(cdk.Stack(app, "Shop"), version_arn)
    stage = cdk.Stage(app, "Test")
    faulty(cdk.Stack(stage, "Shop"), version_arn)
    faulty(cdk.Stack(stage, "Cinema"), version_arn)
    told = [fault.path for fault in synthesis_faults(app)]
    assert told == ["Test/Shop/Broken", "Test/Cinema/Broken"]


def test_the_template_for_a_test_is_refused_in_the_same_words(stack, version_arn):
    faulty(stack, version_arn)
    with pytest.raises(RuntimeError, match=r"\[Shop/Broken\] MinProvisionedTPS is 0: it must"):
        assertions.Template.from_stack(stack)


def test_the_faults_can_be_asked_for_before_synthesis(stack, version_arn):
    (told,) = faulty(stack, version_arn).node.validate()
    assert told.startswith("MinProvisionedTPS is 0: it must be a whole number of at least 1.")
    good = Campaign(stack, "Good", solution_version=version_arn)
    assert list(good.node.validate()) == []


def test_what_uses_a_faulty_construct_is_not_told_of_it_again(faults_of, stack):
    def build():
        version = SolutionVersion(stack, "Version", solution=SOLUTION_ARN, training_mode="full")
        campaign = Campaign(
            stack, "Live", solution_version=version, min_provisioned_tps="a few", timeout=3600
        )
        CampaignDashboard(stack, "Dashboard", campaigns=[campaign])
        campaign.on_state_change("Told")
        cdk.CfnOutput(stack, "Arn", value=campaign.campaign_arn)
        return campaign

    faults = faults_of(build)
    assert {(fault.path, name) for name, fault in faults.items()} == {
        ("Shop/Version", "TrainingMode"),
        ("Shop/Live", "MinProvisionedTPS"),
        ("Shop/Live", "Timeout"),
    }


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"x", float("nan"), float("inf"), 10**400, lambda: 1, [object()], {1: 2}],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize(
    ("prop", "property_name"),
    [
        ("campaign_name", "Name"),
        ("min_provisioned_tps", "MinProvisionedTPS"),
        ("ranking_influence", "CampaignConfig.RankingInfluence"),
        ("enable_metadata_with_recommendations", "CampaignConfig.EnableMetadata"),
        ("state_change_events", "StateChangeEvents"),
        ("removal_policy", "DeletionPolicy"),
        ("timeout", "Timeout"),
    ],
)
def test_what_no_template_can_carry_is_told_too(
    faults_of, stack, version_arn, prop, property_name, value
):
    faults = faults_of(
        lambda: Campaign(stack, "Broken", solution_version=version_arn, **{prop: value})
    )
    assert all(name.startswith(property_name) for name in faults)


def test_a_construct_in_the_place_of_a_value_is_no_token(faults_of, stack, version_arn):
    faults = faults_of(
        lambda: Campaign(stack, "Broken", solution_version=version_arn, campaign_name=stack)
    )
    assert faults["Name"].rule == "be a string"


def test_a_decimal_is_a_number(synthesize, version_arn):
    made = synthesize(
        lambda stack: Campaign(
            stack,
            "Exact",
            solution_version=version_arn,
            item_exploration=ItemExploration(weight=Decimal("0.25")),
            ranking_influence=RankingInfluence(popularity=Decimal("0.5")),
        )
    )
    assert made.one("Custom::PersonalizeCampaign")["Properties"]["CampaignConfig"] == {
        "ItemExplorationConfig": {"explorationWeight": "0.25"},
        "RankingInfluence": {"POPULARITY": "0.5"},
    }


@pytest.mark.parametrize("flag", ["wait_for_completion", "state_change_events"])
@pytest.mark.parametrize("spelled", ["false", "False"])
def test_a_flag_that_is_spelled_out_is_no_truth(synthesize, version_arn, flag, spelled):
    made = synthesize(
        lambda stack: BatchInferenceJob(
            stack,
            "Job",
            solution_version=version_arn,
            job_input=JobInput.from_s3_path("s3://shop/in/"),
            job_output=JobOutput.from_s3_path("s3://shop/out/"),
            **{flag: spelled},
        )
    )
    properties = made.one("Custom::PersonalizeBatchInferenceJob")["Properties"]
    name = "".join(part.capitalize() for part in flag.split("_"))
    assert properties[name] == spelled


@pytest.mark.parametrize(
    ("timeout", "way_out"),
    [
        (cdk.Duration.seconds(59), "Duration.minutes(1)"),
        (cdk.Duration.seconds(172_801), "Duration.hours(48)"),
        (cdk.Duration.days(3), "Duration.hours(48)"),
        (cdk.Duration.millis(90_500), "Duration.seconds(91)"),
        (cdk.Duration.minutes(cdk.Token.as_number({"Ref": "Minutes"})), "not a token"),
        (3600, "Duration.seconds(3600)"),
        ("1 hour", "Duration.minutes(45)"),
    ],
)
def test_a_timeout_that_cannot_be_kept_is_refused(faults_of, stack, version_arn, timeout, way_out):
    faults = faults_of(
        lambda: Campaign(stack, "Slow", solution_version=version_arn, timeout=timeout)
    )
    assert way_out in faults["Timeout"].way_out


@pytest.mark.parametrize("minutes", [1, 60, 61, 48 * 60])
def test_the_limits_of_the_timeout_are_allowed(synthesize, version_arn, minutes):
    def build(stack):
        timeout = cdk.Duration.minutes(minutes)
        Campaign(stack, "Kept", solution_version=version_arn, timeout=timeout)

    made = synthesize(build).one("Custom::PersonalizeCampaign")
    assert made["Properties"]["Timeout"] == minutes * 60


def test_an_age_cut_off_that_is_not_whole_days_names_the_next_whole_one(
    faults_of, stack, version_arn
):
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
