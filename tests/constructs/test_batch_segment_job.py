"""BatchSegmentJob: props in, template out; what it shares with other jobs is tried on both."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_personalize as personalize
from aws_cdk import aws_s3 as s3

from cdk_personalize import (
    BatchSegmentJob,
    JobInput,
    JobOutput,
    SolutionVersion,
)

JOB = "Custom::PersonalizeBatchSegmentJob"
WAIT = "Custom::PersonalizeWait"
RULE = "AWS::Events::Rule"
FILTER_ARN = "arn:aws:personalize:us-east-1:123456789012:filter/adults"
ROLE_ARN = "arn:aws:iam::123456789012:role/reader"
SOLUTION_ARN = "arn:aws:personalize:us-east-1:123456789012:solution/movies"


def own(resource):
    machinery = {"ServiceToken", "ServiceTimeout", "Timeout"}
    return {k: v for k, v in resource["Properties"].items() if k not in machinery}


def job(stack, version_arn, **props):
    places = {
        "job_input": JobInput.from_s3_path("s3://shop/in/"),
        "job_output": JobOutput.from_s3_path("s3://shop/out/"),
    }
    given = {"solution_version": version_arn, **places, **props}
    return BatchSegmentJob(stack, "Segments", **given)


@pytest.fixture(scope="module")
def whole(synthesize, version_arn):
    """A job with every prop but a role, in a bucket of the same stack."""

    def build(stack):
        bucket = s3.Bucket(stack, "Data")
        made = job(
            stack,
            version_arn,
            job_input=JobInput.from_bucket(bucket, "items.json"),
            job_output=JobOutput.from_bucket(bucket, "segments/"),
            job_name="campaigners",
            filter_arn=FILTER_ARN,
            num_results=5_000_000,
            triggers={"month": "2026-11"},
            timeout=cdk.Duration.hours(2),
            wait_for_completion=False,
            state_change_events=False,
        )
        for name in ("job_arn", "job_name", "status", "output_path"):
            cdk.CfnOutput(stack, name.replace("_", ""), value=getattr(made, name))

    return synthesize(build)


def test_every_prop_reaches_the_template_under_the_services_name(whole, version_arn):
    (role,) = (name for name in whole.resources if name.startswith("SegmentsRole"))
    assert own(whole.one(JOB)) == {
        "JobName": "campaigners",
        "SolutionVersionArn": version_arn,
        "FilterArn": FILTER_ARN,
        "NumResults": 5_000_000,
        "JobInput": {"S3DataSource": {"Path": "s3://${Data666C94C7}/items.json"}},
        "JobOutput": {"S3DataDestination": {"Path": "s3://${Data666C94C7}/segments/"}},
        "RoleArn": f"${{{role}.Arn}}",
        "Triggers": {"month": "2026-11"},
        "WaitForCompletion": False,
        "StateChangeEvents": False,
    }


def test_attributes_come_from_the_wait_segment_behind_it(whole):
    (wait,) = whole.of_type(WAIT)
    (name,) = whole.of_type(JOB)
    assert whole.resources[wait]["Properties"]["Arn"] == f"${{{name}.BatchSegmentJobArn}}"
    assert whole.outputs == {
        "jobarn": f"${{{wait}.BatchSegmentJobArn}}",
        "jobname": f"${{{wait}.JobName}}",
        "status": f"${{{wait}.Status}}",
        "outputpath": f"${{{wait}.OutputPath}}",
    }


def test_a_role_is_made_that_reads_the_input_and_writes_the_output(whole):
    (policy,) = whole.named("SegmentsRole")["Properties"]["Policies"]
    assert [
        (each["Action"], each["Resource"]) for each in policy["PolicyDocument"]["Statement"]
    ] == [
        ("s3:GetObject", "${Data666C94C7.Arn}/items.json*"),
        ("s3:ListBucket", "${Data666C94C7.Arn}"),
        ("s3:PutObject", "${Data666C94C7.Arn}/segments/*"),
    ]
    description = whole.named("SegmentsRole")["Properties"]["Description"]
    assert description == "Lets Amazon Personalize read and write the files of a batch job"


def test_the_job_waits_for_its_role_and_for_the_buckets_policy(whole):
    needed = {
        name
        for name, each in whole.resources.items()
        if name.startswith("SegmentsRole") or each["Type"] == "AWS::S3::BucketPolicy"
    }
    assert len(needed) == 2
    assert needed <= set(whole.one(JOB)["DependsOn"])
    assert whole.creation_order()


def test_an_hour_is_the_default_and_needs_no_segment(synthesize, version_arn):
    made = synthesize(lambda stack: job(stack, version_arn))
    assert made.one(JOB)["Properties"]["Timeout"] == 3600
    assert not made.of_type(WAIT)


def test_a_role_that_is_given_is_passed_and_granted_through(synthesize, version_arn):
    def build(stack):
        made = job(stack, version_arn, role=iam.Role.from_role_arn(stack, "Reader", ROLE_ARN))
        s3.Bucket(stack, "Extra").grant_read(made)

    made = synthesize(build)
    assert own(made.one(JOB))["RoleArn"] == ROLE_ARN
    passed = [
        each["Resource"]
        for each in made.named("CdkPersonalizeProviderPassedRoles")["Properties"]["PolicyDocument"][
            "Statement"
        ]
    ]
    assert passed == [ROLE_ARN]


def test_native_filters_and_trained_versions_are_taken_as_they_are(synthesize):
    def build(stack):
        native = personalize.CfnFilter(
            stack, "Adults", name="adults", dataset_group_arn="group", filter_expression="e"
        )
        version = SolutionVersion(
            stack, "Trained", solution=SOLUTION_ARN, timeout=cdk.Duration.hours(1)
        )
        job(stack, version, filter_arn=native)

    made = synthesize(build)
    (version,) = made.of_type("Custom::PersonalizeSolutionVersion")
    properties = own(made.one(JOB))
    assert properties["FilterArn"] == "${Adults}"
    assert properties["SolutionVersionArn"] == f"${{{version}.SolutionVersionArn}}"


def test_tokens_are_accepted_everywhere(synthesize):
    def build(stack):
        def parameter(name, kind="String"):
            return cdk.CfnParameter(stack, name, type=kind)

        job(
            stack,
            parameter("Version").value_as_string,
            job_input=JobInput.from_s3_path(parameter("In").value_as_string),
            job_output=JobOutput.from_s3_path(parameter("Out").value_as_string),
            role=iam.Role.from_role_arn(stack, "Role", parameter("RoleArn").value_as_string),
            job_name=parameter("Name").value_as_string,
            filter_arn=parameter("Filter").value_as_string,
            num_results=parameter("Users", "Number").value_as_number,
            triggers={"build": parameter("Build").value_as_string},
        )

    assert own(synthesize(build).one(JOB)) == {
        "JobName": "${Name}",
        "SolutionVersionArn": "${Version}",
        "FilterArn": "${Filter}",
        "NumResults": "${Users}",
        "JobInput": {"S3DataSource": {"Path": "${In}"}},
        "JobOutput": {"S3DataDestination": {"Path": "${Out}"}},
        "RoleArn": "${RoleArn}",
        "Triggers": {"build": "${Build}"},
    }


def test_all_faults_are_told_at_synthesis(faults_of, stack, version_arn):
    faults = faults_of(
        lambda: job(
            stack,
            f"{version_arn.rpartition('/')[0]}/$LATEST",
            job_input=JobInput.from_s3_path("items.json"),
            job_output=JobOutput.from_s3_path("s3://shop/segments"),
            job_name="a" * 64,
            filter_arn=7,
            num_results=5_000_001,
            timeout=cdk.Duration.hours(49),
        )
    )
    assert set(faults) == {
        "SolutionVersionArn",
        "JobInput.S3DataSource.Path",
        "JobOutput.S3DataDestination.Path",
        "JobName",
        "FilterArn",
        "NumResults",
        "Timeout",
    }
    assert "5000000" in faults["NumResults"].rule


@pytest.mark.parametrize(
    ("method", "states"),
    [
        ("on_state_change", None),
        ("on_completed", ["ACTIVE"]),
        ("on_failed", ["FAILED", "STOPPED"]),
    ],
)
def test_it_has_rules_for_its_ends(synthesize, version_arn, method, states):
    made = synthesize(lambda stack: getattr(job(stack, version_arn), method)("Rule"))
    pattern = made.one(RULE)["Properties"]["EventPattern"]
    assert pattern["detail-type"] == ["Personalize Batch Segment Job State Change"]
    assert pattern["detail"].get("state") == states
