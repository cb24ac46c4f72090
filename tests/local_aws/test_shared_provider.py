"""One provider for three stacks on a local AWS: its own, one of the CDK's, and a plain template."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import aws_cdk as cdk
import pytest

from cdk_personalize import BatchInferenceJob, Campaign, JobInput, JobOutput, PersonalizeProvider
from local_aws.cdk_cli import CdkCli
from local_aws.engine import Engine
from local_aws.events import StackEvent, first, stack_events
from local_aws.installation import PROJECT
from local_aws.stacks import (
    INPUT_KEY,
    OUTPUT_KEY,
    SOLUTION_VERSION_ARN,
    TIMEOUT,
    assembled,
)

pytestmark = pytest.mark.local_aws

PLATFORM: Final = "SharedPlatform"
SHOP: Final = "SharedShop"
PLAIN: Final = "SharedPlain"
BUCKET: Final = "shared-data"


def _build(app: cdk.App) -> None:
    platform = cdk.Stack(app, PLATFORM)
    provider = PersonalizeProvider(platform, "Provider")
    provider.export("recommendations")
    shop = cdk.Stack(app, SHOP)
    Campaign(
        shop,
        "Campaign",
        solution_version=SOLUTION_VERSION_ARN,
        timeout=TIMEOUT,
        provider=provider,
    )
    BatchInferenceJob(
        shop,
        "Job",
        solution_version=SOLUTION_VERSION_ARN,
        job_input=JobInput.from_s3_path(f"s3://{BUCKET}/{INPUT_KEY}"),
        job_output=JobOutput.from_s3_path(f"s3://{BUCKET}/{OUTPUT_KEY}"),
        timeout=TIMEOUT,
        provider=provider,
    )


def _of(events: list[StackEvent], resource_type: str) -> str:
    """The one logical id of a type."""
    (found,) = {each.logical_id for each in events if each.resource_type == resource_type}
    return found


def test_a_shared_provider_serves_stacks_with_the_rights_that_they_bring_and_take_along(
    engine: Engine, tmp_path: Path
) -> None:
    engine.client("s3").create_bucket(Bucket=BUCKET)
    engine.client("s3").put_object(Bucket=BUCKET, Key=INPUT_KEY, Body=b'{"userId": "1"}')
    cli = CdkCli(engine, tmp_path, app=str(assembled(tmp_path / "cdk.out", _build)))
    # The stack that is asked for brings the one that it depends on.
    cli.deploy(SHOP).check()

    cloudformation = engine.client("cloudformation")
    cloudformation.create_stack(
        StackName=PLAIN,
        TemplateBody=(PROJECT / "examples/plain/template.yaml").read_text(),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": "SolutionVersionArn", "ParameterValue": SOLUTION_VERSION_ARN}],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=PLAIN, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    (stack,) = cloudformation.describe_stacks(StackName=PLAIN)["Stacks"]
    told = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert told["Status"] == "ACTIVE"
    assert f"campaign/{PLAIN}-" in told["CampaignArn"]

    exports = {each["Name"]: each["Value"] for each in cloudformation.list_exports()["Exports"]}
    role = exports["recommendations-handler-role-name"]
    iam_client = engine.client("iam")
    policies = iam_client.list_role_policies(RoleName=role)["PolicyNames"]
    assert len([each for each in policies if each.startswith("cdk-personalize-")]) == 2

    cloudformation.delete_stack(StackName=PLAIN)
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=stack["StackId"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    cli.destroy("--all").check()

    for stack_id in (stack["StackId"], *_ids(engine, SHOP, PLATFORM)):
        events = stack_events(engine, stack_id)
        assert [each.status for each in events if each.is_stack][-1] == "DELETE_COMPLETE"
    events = stack_events(engine, _ids(engine, SHOP)[0])
    rights, campaign = _of(events, "AWS::IAM::Policy"), _of(events, "Custom::PersonalizeCampaign")
    for before, after, status in (
        (rights, campaign, "CREATE_COMPLETE"),
        (campaign, rights, "DELETE_COMPLETE"),
    ):
        # Their order, for times have milliseconds only.
        order = [events.index(first(events, each, status)) for each in (before, after)]
        assert order == sorted(order)
    left = [each["arn"] for each in engine.personalize.resources() if "/Shared" in each["arn"]]
    assert [arn for arn in left if ":campaign/" in arn] == []


def _ids(engine: Engine, *stacks: str) -> list[str]:
    """The ids of stacks, by which those that are gone are found too."""
    found = engine.client("cloudformation").list_stacks()["StackSummaries"]
    return [each["StackId"] for name in stacks for each in found if each["StackName"] == name]
