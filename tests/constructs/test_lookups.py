"""What is still to be looked up does not make synthesis fail: the command line needs one first."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    JobInput,
    JobOutput,
    PersonalizeProvider,
    Recommender,
    SolutionVersion,
)
from cdk_personalize.faults import InvalidPropertiesError

SOLUTION = "arn:aws:personalize:us-east-1:123456789012:solution/movies"
GROUP = "arn:aws:personalize:us-east-1:123456789012:dataset-group/movies"
PARAMETER = pytest.mark.parametrize("parameter", ["/shop/value", "value"])


@pytest.fixture
def placed(feature_flags):
    """A stack that is somewhere, without which nothing is looked up."""
    app = cdk.App(context=feature_flags, analytics_reporting=False)
    place = cdk.Environment(account="123456789012", region="us-east-1")
    return cdk.Stack(app, "Shop", env=place)


def looked_up(stack, parameter):
    return ssm.StringParameter.value_from_lookup(stack, parameter)


def job(stack, version, **props):
    places = {
        "job_input": JobInput.from_s3_path("s3://shop/in/"),
        "job_output": JobOutput.from_s3_path("s3://shop/out/"),
    }
    return BatchInferenceJob(stack, "Job", solution_version=version, **places | props)


def assert_asks_for(stack, *providers):
    """Synthesis has no faults, and tells the command line what to look up."""
    manifest = Path(stack.node.root.synth().directory) / "manifest.json"
    missing = json.loads(manifest.read_text(encoding="utf-8"))["missing"]
    assert {each["provider"] for each in missing} == set(providers)


@PARAMETER
def test_every_text_may_come_from_a_parameter(placed, parameter):
    value = looked_up(placed, parameter)
    Campaign(placed, "Live", solution_version=value, campaign_name=value)
    job(placed, value, filter_arn=value, job_name=value)
    Recommender(placed, "ForYou", dataset_group=value, recipe_arn=value, recommender_name=value)
    SolutionVersion(placed, "Model", solution=value, solution_version_name=value)
    assert_asks_for(placed, "ssm")


@PARAMETER
def test_a_version_may_be_made_from_what_is_looked_up(placed, parameter):
    value = looked_up(placed, parameter)
    Campaign(placed, "Whole", solution_version=SolutionVersion.of_solution(value, value))
    Campaign(placed, "Id", solution_version=SolutionVersion.of_solution(SOLUTION, value))
    Campaign(placed, "Text", solution_version=f"{SOLUTION}/{value}")
    Campaign(
        placed,
        "Latest",
        solution_version=SolutionVersion.latest_of(value),
        sync_with_latest_solution_version=True,
    )
    Campaign(
        placed,
        "Synchronized",
        solution_version=value,
        sync_with_latest_solution_version=True,
    )
    assert_asks_for(placed, "ssm")


@PARAMETER
@pytest.mark.parametrize("path", ["{}", "s3://{}", "s3://{}/in/", "s3://shop/{}", "{}in/"])
def test_a_path_may_be_looked_up(placed, version_arn, parameter, path):
    given = path.format(looked_up(placed, parameter))
    job(
        placed,
        version_arn,
        job_input=JobInput.from_s3_path(given),
        job_output=JobOutput.from_s3_path(given),
    )
    assert_asks_for(placed, "ssm")


@PARAMETER
def test_a_reference_may_be_looked_up(placed, parameter):
    value = looked_up(placed, parameter)
    for campaign in (
        Campaign.from_campaign_arn(placed, "Arn", value),
        Campaign.from_campaign_arn(
            placed, "Part", SOLUTION.replace("solution/movies", f"campaign/{value}")
        ),
        Campaign.from_campaign_name(placed, "Name", value),
    ):
        role = iam.Role(campaign, "Role", assumed_by=iam.AccountRootPrincipal())
        campaign.grant_get_recommendations(role)
        campaign.metric_get_recommendations().create_alarm(
            campaign, "Idle", threshold=1, evaluation_periods=1
        )
        assert campaign.campaign_name
    Recommender.from_recommender_arn(placed, "Recommender", value)
    Recommender.from_recommender_name(placed, "Recommended", value)
    assert_asks_for(placed, "ssm")


@PARAMETER
def test_a_provider_may_be_looked_up(placed, version_arn, parameter):
    value = looked_up(placed, parameter)
    provider = PersonalizeProvider.from_service_token(
        placed, "Provider", value, handler_role_name=value
    )
    Campaign(placed, "Live", solution_version=version_arn, provider=provider)
    PersonalizeProvider(placed, "Own").allow_stacks(value)
    assert_asks_for(placed, "ssm")


def test_a_role_may_be_looked_up(version_arn, feature_flags):
    """It is of account 123456789012 until then, which need not be that of the stack."""
    app = cdk.App(context=feature_flags, analytics_reporting=False)
    place = cdk.Environment(account="111122223333", region="us-east-1")
    stack = cdk.Stack(app, "Shop", env=place)
    role = iam.Role.from_lookup(stack, "Role", role_name="reader")
    job(stack, version_arn.replace("123456789012", "111122223333"), role=role)
    assert_asks_for(stack, "cc-api-provider")


def test_what_was_looked_up_is_judged_like_any_text(placed, faults_of):
    key = "ssm:account=123456789012:parameterName=/shop/value:region=us-east-1"
    app = cdk.App(context={key: GROUP}, analytics_reporting=False)
    place = cdk.Environment(account=placed.account, region=placed.region)
    stack = cdk.Stack(app, "Shop", env=place)
    value = looked_up(stack, "/shop/value")
    with pytest.raises(InvalidPropertiesError, match="it must be the ARN of a campaign"):
        Campaign.from_campaign_arn(stack, "Reference", value)
    (fault,) = faults_of(lambda: Campaign(stack, "Live", solution_version=value)).values()
    assert (fault.property, fault.value) == ("SolutionVersionArn", GROUP)
