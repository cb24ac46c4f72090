"""What becomes of a campaign or job that leaves the stack: as the removal policy says."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    JobInput,
    JobOutput,
)

CAMPAIGN = "Custom::PersonalizeCampaign"
JOB = "Custom::PersonalizeBatchInferenceJob"
WAIT = "Custom::PersonalizeWait"

POLICIES = pytest.mark.parametrize(
    ("policy", "on_delete", "on_replace"),
    [
        (cdk.RemovalPolicy.DESTROY, "Delete", "Delete"),
        (cdk.RemovalPolicy.RETAIN, "Retain", "Retain"),
        (cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, "RetainExceptOnCreate", "Retain"),
    ],
)


def policies_of(resource):
    return resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")


@POLICIES
@pytest.mark.parametrize("as_prop", [True, False])
def test_a_campaigns_policy_reaches_the_template(
    synthesize, version_arn, policy, on_delete, on_replace, as_prop
):
    def build(stack):
        given = {"removal_policy": policy} if as_prop else {}
        campaign = Campaign(stack, "Campaign", solution_version=version_arn, **given)
        if not as_prop:
            campaign.apply_removal_policy(policy)

    assert policies_of(synthesize(build).one(CAMPAIGN)) == (on_delete, on_replace)


@POLICIES
def test_a_jobs_policy_reaches_the_template(synthesize, version_arn, policy, on_delete, on_replace):
    def build(stack):
        job = BatchInferenceJob(
            stack,
            "Job",
            solution_version=version_arn,
            job_input=JobInput.from_s3_path("s3://shop/in/"),
            job_output=JobOutput.from_s3_path("s3://shop/out/"),
        )
        job.apply_removal_policy(policy)

    assert policies_of(synthesize(build).one(JOB)) == (on_delete, on_replace)


def test_without_one_cloudformations_default_holds(synthesize, version_arn):
    def build(stack):
        Campaign(stack, "Campaign", solution_version=version_arn)

    resource = synthesize(build).one(CAMPAIGN)
    assert resource.get("DeletionPolicy") in (None, "Delete")


def test_what_only_waits_is_never_retained(synthesize, version_arn):
    def build(stack):
        Campaign(
            stack,
            "Campaign",
            solution_version=version_arn,
            timeout=cdk.Duration.hours(2),
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )

    made = synthesize(build)
    assert policies_of(made.one(CAMPAIGN))[0] == "Retain"
    assert policies_of(made.one(WAIT))[0] in (None, "Delete")


def test_a_snapshot_is_refused_for_there_is_none(faults_of, stack, version_arn):
    faults = faults_of(
        lambda: Campaign(
            stack,
            "Campaign",
            solution_version=version_arn,
            removal_policy=cdk.RemovalPolicy.SNAPSHOT,
        )
    )
    assert str(faults["DeletionPolicy"]) == (
        "DeletionPolicy is 'SNAPSHOT': it must be DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, "
        "for there are no snapshots. Give RemovalPolicy.RETAIN to keep the campaign itself."
    )
