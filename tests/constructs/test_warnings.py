"""Every warning has an id, and is gone once that is acknowledged."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    JobInput,
    JobOutput,
    PersonalizeProvider,
    SolutionVersion,
)
from cdk_personalize.existing_solution_version import EXPORTED_VERSION_WARNING
from cdk_personalize.grants import GRANT_WARNING
from cdk_personalize.job_access import BUCKET_POLICY_WARNING
from cdk_personalize.key_access import KEY_POLICY_WARNING
from cdk_personalize.prefix_warnings import INPUT_PREFIX_WARNING, OUTPUT_WITHIN_INPUT_WARNING
from cdk_personalize.stack_rights import HANDLER_POLICY_WARNING

WARNINGS = (
    BUCKET_POLICY_WARNING,
    KEY_POLICY_WARNING,
    GRANT_WARNING,
    INPUT_PREFIX_WARNING,
    OUTPUT_WITHIN_INPUT_WARNING,
    HANDLER_POLICY_WARNING,
    EXPORTED_VERSION_WARNING,
)


def job(stack, version_arn, read, written, name="Job"):
    return BatchInferenceJob(
        stack, name, solution_version=version_arn, job_input=read, job_output=written
    )


def build(stack, version_arn):
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/abc")
    read, written = JobInput.from_s3_path, JobOutput.from_s3_path
    job(stack, version_arn, read("s3://shop/in", encryption_key=key), written("s3://shop/out/"))
    job(stack, version_arn, read("s3://shop/"), written("s3://shop/out/"), "Whole")
    provider = PersonalizeProvider.from_service_token(
        stack, "Provider", "arn:aws:lambda:us-east-1:123456789012:function:provider"
    )
    Campaign(stack, "Served", solution_version=version_arn, provider=provider)
    campaign = Campaign.from_campaign_name(stack, "Campaign", "shop")
    campaign.grant_get_recommendations(iam.ServicePrincipal("lambda.amazonaws.com"))
    Campaign(stack, "Elsewhere", solution_version=version_of(cdk.Stack(stack.node.root, "Models")))


def version_of(scope, **props):
    solution = "arn:aws:personalize:us-east-1:123456789012:solution/movies"
    return SolutionVersion(scope, "Model", solution=solution, **props)


@pytest.mark.parametrize("warning", WARNINGS)
def test_an_acknowledged_warning_is_gone_and_the_others_stay(synthesize, version_arn, warning):
    def acknowledged(stack):
        build(stack, version_arn)
        cdk.Annotations.of(stack).acknowledge_warning(warning, "The owner has added them.")

    before = synthesize(lambda stack: build(stack, version_arn)).warnings
    assert any(f"[ack: {warning}]" in text for text in before)
    after = synthesize(acknowledged).warnings
    assert after == [text for text in before if f"[ack: {warning}]" not in text]


def test_ids_are_spelled_alike():
    for warning in WARNINGS:
        library, _, name = warning.partition(":")
        assert (library, name[0].islower(), name.isalpha()) == ("cdk-personalize", True, True)


@pytest.mark.parametrize(
    ("read", "written", "said"),
    [
        ("in", "out/", "such as 'in_old/users.json' too. Give 'in/' for the folder alone."),
        ("data/in", "out/", "Give 'data/in/' for the folder alone."),
        ("", "out/", "writes under it, to 'out/'"),
        ("data/", "data/out/", "Give a folder of its own to each"),
        ("data", "data_out/", "so the next job would read the output of this one"),
    ],
)
def test_an_input_that_reads_more_than_it_names_is_warned_of(
    synthesize, version_arn, read, written, said
):
    def build(stack):
        data = s3.Bucket(stack, "Data")
        places = JobInput.from_bucket(data, read), JobOutput.from_bucket(data, written)
        job(stack, version_arn, *places)

    (warning,) = synthesize(build).warnings
    assert warning.startswith(f"JobInput.S3DataSource.Path has the key {read!r}")
    assert said in warning


@pytest.mark.parametrize(
    ("read", "written"), [("in/", "out/"), ("in/users.json", "in/out/"), ("data/in/", "data/")]
)
def test_a_folder_and_a_file_draw_no_warning(synthesize, version_arn, read, written):
    def build(stack):
        data = s3.Bucket(stack, "Data")
        places = JobInput.from_bucket(data, read), JobOutput.from_bucket(data, written)
        job(stack, version_arn, *places)
        key = cdk.CfnParameter(stack, "Where").value_as_string
        job(stack, version_arn, JobInput.from_bucket(data, key), places[1], "Token")

    assert synthesize(build).warnings == []


@pytest.mark.parametrize("place", ["here", "in a nested stack", "beside, in a nested stack"])
def test_a_version_of_the_same_stack_draws_no_warning(synthesize, place):
    """Nested stacks hand values over as parameters and outputs, which may change."""

    def build(stack):
        trained_in = stack if place == "here" else cdk.NestedStack(stack, "Models")
        used_in = cdk.NestedStack(stack, "Live") if place.startswith("beside") else stack
        Campaign(used_in, "Campaign", solution_version=version_of(trained_in))

    assert not any(EXPORTED_VERSION_WARNING in text for text in synthesize(build).warnings)


def test_it_draws_one_where_the_strength_was_said_of_less_than_the_stack(synthesize):
    """The CDK asks the stack, not the construct that uses the version."""

    def build(stack):
        group = Construct(stack, "Group")
        cdk.CrossStackReferences.of(group).consume(cdk.ReferenceStrength.WEAK)
        models = cdk.Stack(stack.node.root, "Models")
        Campaign(group, "Campaign", solution_version=version_of(models))

    made = synthesize(build)
    assert any(EXPORTED_VERSION_WARNING in text for text in made.warnings)
    assert "Fn::ImportValue" in str(made.raw)


@pytest.mark.parametrize("user", ["campaign", "job"])
def test_what_refers_weakly_changes_with_each_training(synthesize, user):
    """The command line passes over a stack whose template says what it said before."""

    def template(**props):
        def build(stack):
            cdk.CrossStackReferences.of(stack).consume(cdk.ReferenceStrength.WEAK)
            version = version_of(cdk.Stack(stack.node.root, "Models"), **props)
            if user == "campaign":
                Campaign(stack, "User", solution_version=version)
            else:
                BatchInferenceJob(
                    stack,
                    "User",
                    solution_version=version,
                    job_input=JobInput.from_s3_path("s3://shop/in/"),
                    job_output=JobOutput.from_s3_path("s3://shop/out/"),
                )

        return synthesize(build).raw

    first = template(triggers={"data": "v1"})
    assert template(triggers={"data": "v1"}) == first
    assert template(triggers={"data": "v2"}) != first
    assert template(triggers={"data": "v1"}, training_mode="UPDATE") != first
    assert template(triggers={"data": "v1"}, state_change_events=False) == first


@pytest.mark.parametrize("how", ["consume", "produce", "apply"])
def test_nor_does_one_that_is_referred_to_weakly(synthesize, how):
    weak = cdk.ReferenceStrength.WEAK

    def build(stack):
        models = cdk.Stack(stack.node.root, "Models")
        version = version_of(models)
        if how == "consume":
            cdk.CrossStackReferences.of(stack).consume(weak)
        elif how == "produce":
            cdk.CrossStackReferences.of(version).produce(weak)
        else:
            version.apply_cross_stack_reference_strength(weak)
        Campaign(stack, "Campaign", solution_version=version)

    made = synthesize(build)
    assert not any(EXPORTED_VERSION_WARNING in text for text in made.warnings)
    (campaign,) = (
        each
        for each in made.raw["Resources"].values()
        if each["Type"] == "Custom::PersonalizeCampaign"
    )
    assert "Fn::GetStackOutput" in campaign["Properties"]["SolutionVersionArn"]
