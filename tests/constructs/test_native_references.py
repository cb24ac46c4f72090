"""Native filters and solutions stand where ARNs do, and their faults name the way out."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as personalize

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    ISolutionVersion,
    JobInput,
    JobOutput,
    SolutionVersion,
)

SOLUTION_ARN = "arn:aws:personalize:us-east-1:123456789012:solution/movies"
JOB = "Custom::PersonalizeBatchInferenceJob"
CAMPAIGN = "Custom::PersonalizeCampaign"


def solution(stack):
    return personalize.CfnSolution(stack, "Movies", name="movies", dataset_group_arn="group")


def job(stack, version, **props):
    return BatchInferenceJob(
        stack,
        "Job",
        solution_version=version,
        job_input=JobInput.from_s3_path("s3://shop/in/"),
        job_output=JobOutput.from_s3_path("s3://shop/out/"),
        **props,
    )


def test_a_native_filter_is_taken_as_it_is_and_the_job_waits_for_it(synthesize, version_arn):
    def build(stack):
        native = personalize.CfnFilter(
            stack, "Unseen", name="unseen", dataset_group_arn="group", filter_expression="e"
        )
        job(stack, version_arn, filter_arn=native)

    made = synthesize(build)
    assert made.one(JOB)["Properties"]["FilterArn"] == "${Unseen}"
    (name,) = made.of_type(JOB)
    assert "Unseen" in made.dependencies()[name]


def test_what_is_no_filter_is_refused(faults_of, stack, version_arn):
    (fault,) = faults_of(lambda: job(stack, version_arn, filter_arn=solution(stack))).values()
    assert str(fault) == (
        "FilterArn is 'CfnSolution Shop/Movies': it must be the ARN of a filter, or a native "
        "filter (CfnFilter). Give the filter itself, or its ARN as a string."
    )


def test_a_native_solution_and_a_version_id_make_an_arn(synthesize):
    def build(stack):
        version = SolutionVersion.of_solution(solution(stack), "5f3a9c1e")
        Campaign(stack, "Campaign", solution_version=version)
        job(stack, version)

    made = synthesize(build)
    for kind in (CAMPAIGN, JOB):
        assert made.one(kind)["Properties"]["SolutionVersionArn"] == "${Movies}/5f3a9c1e"


def test_a_campaign_follows_a_native_solution(synthesize):
    def build(stack):
        Campaign(
            stack,
            "Campaign",
            solution_version=SolutionVersion.latest_of(solution(stack)),
            sync_with_latest_solution_version=True,
        )

    properties = synthesize(build).one(CAMPAIGN)["Properties"]
    assert properties["SolutionVersionArn"] == "${Movies}/$LATEST"


def test_a_plain_solution_arn_does_for_a_version_too(stack):
    assert (
        SolutionVersion.of_solution(SOLUTION_ARN, "1").solution_version_arn == f"{SOLUTION_ARN}/1"
    )
    assert SolutionVersion.latest_of(SOLUTION_ARN).solution_version_arn == f"{SOLUTION_ARN}/$LATEST"
    Campaign(stack, "C", solution_version=SolutionVersion.of_solution(SOLUTION_ARN, "1"))


def test_a_version_id_may_be_a_token(stack):
    parameter = cdk.CfnParameter(stack, "Version")
    version = SolutionVersion.of_solution(solution(stack), parameter.value_as_string)
    Campaign(stack, "C", solution_version=version, sync_with_latest_solution_version=True)


@pytest.mark.parametrize("build", [Campaign, job])
def test_a_native_solution_alone_is_no_version_and_the_way_out_is_told(faults_of, stack, build):
    props = {"solution_version": solution(stack)}
    call = (
        (lambda: build(stack, "Campaign", **props))
        if build is Campaign
        else (lambda: build(stack, props["solution_version"]))
    )
    (fault,) = faults_of(call).values()
    assert fault.property == "SolutionVersionArn"
    assert fault.value == "CfnSolution Shop/Movies"
    assert "A solution alone is no version." in fault.way_out
    assert "SolutionVersion.of_solution(solution, 'VERSION_ID')" in fault.way_out
    assert "SolutionVersion.latest_of(solution)" in fault.way_out


class Trained(ISolutionVersion):
    """A version whose ARN only CloudFormation will know."""

    @property
    def solution_version_arn(self):
        return cdk.Fn.get_att("Version", "SolutionVersionArn").to_string()


def test_a_version_that_is_still_to_be_trained_is_taken(synthesize):
    def build(stack):
        cdk.CfnResource(stack, "Version", type="Custom::Version")
        Campaign(stack, "Campaign", solution_version=Trained())
        job(stack, Trained())

    made = synthesize(build)
    for kind in (CAMPAIGN, JOB):
        arn = made.one(kind)["Properties"]["SolutionVersionArn"]
        assert arn == "${Version.SolutionVersionArn}"


def test_but_it_is_no_latest_version(faults_of, stack):
    (fault,) = faults_of(
        lambda: Campaign(
            stack, "C", solution_version=Trained(), sync_with_latest_solution_version=True
        )
    ).values()
    assert fault.property == "SolutionVersionArn"
    assert "end with /$LATEST" in fault.rule


def test_something_else_is_no_version_either(faults_of, stack):
    (fault,) = faults_of(lambda: Campaign(stack, "C", solution_version=7)).values()
    assert (fault.property, fault.value) == ("SolutionVersionArn", 7)
    assert "SolutionVersion.of_solution" in fault.way_out


@pytest.mark.parametrize(
    ("version_id", "sync", "property_name"),
    [
        ("$LATEST", None, "CampaignConfig.SyncWithLatestSolutionVersion"),
        ("$LATEST", False, "CampaignConfig.SyncWithLatestSolutionVersion"),
        ("5f3a9c1e", True, "SolutionVersionArn"),
        ("", None, "SolutionVersionArn"),
        ("movies/5f3a9c1e", None, "SolutionVersionArn"),
    ],
)
def test_the_rules_hold_for_the_version_of_a_native_solution(
    faults_of, stack, version_id, sync, property_name
):
    version = SolutionVersion.of_solution(solution(stack), version_id)
    (fault,) = faults_of(
        lambda: Campaign(
            stack,
            "Campaign",
            solution_version=version,
            sync_with_latest_solution_version=sync,
        )
    ).values()
    assert fault.property == property_name
    assert fault.way_out


def test_they_hold_for_a_text_too_whose_end_is_known(faults_of, stack):
    arn = f"{solution(stack).attr_solution_arn}/$LATEST"
    (fault,) = faults_of(lambda: Campaign(stack, "Campaign", solution_version=arn)).values()
    assert fault.property == "CampaignConfig.SyncWithLatestSolutionVersion"


def test_a_synchronization_that_is_a_token_is_left_to_the_handler(stack):
    cdk.CfnCondition(stack, "Live", expression=cdk.Fn.condition_equals("a", "a"))
    Campaign(
        stack,
        "Campaign",
        solution_version=SolutionVersion.latest_of(solution(stack)),
        sync_with_latest_solution_version=cdk.Fn.condition_if("Live", True, False),
    )


def test_a_job_takes_no_latest_version(faults_of, stack):
    version = SolutionVersion.latest_of(solution(stack))
    (fault,) = faults_of(lambda: job(stack, version)).values()
    assert "$LATEST is for campaigns that synchronize" in fault.rule
