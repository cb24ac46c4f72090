"""A campaign moves from the native resource to the library's and leaves again, on a local AWS."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as personalize

from cdk_personalize import Campaign
from local_aws.conftest import Synthesize
from local_aws.engine import ACCOUNT, REGION, Engine
from local_aws.stacks import SOLUTION_VERSION_ARN, TIMEOUT

pytestmark = pytest.mark.local_aws

STACK: Final = "Moving"
NAME: Final = "moves-in-and-out"
ARN: Final = f"arn:aws:personalize:{REGION}:{ACCOUNT}:campaign/{NAME}"
READING: Final = ("Describe", "List")


def native(stack: cdk.Stack) -> None:
    campaign = personalize.CfnCampaign(
        stack,
        "Native",
        name=NAME,
        solution_version_arn=SOLUTION_VERSION_ARN,
        min_provisioned_tps=1,
        tags=[cdk.CfnTag(key="team", value="films")],
    )
    campaign.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    cdk.Validations.of(campaign).acknowledge(
        cdk.Acknowledgment(id="CloudFormation-Validate::F3006", reason="The type is new.")
    )


def ours(stack: cdk.Stack, tps: int) -> None:
    campaign = Campaign(
        stack,
        "Campaign",
        campaign_name=NAME,
        solution_version=SOLUTION_VERSION_ARN,
        min_provisioned_tps=tps,
        adopt_existing=True,
        timeout=TIMEOUT,
    )
    cdk.Tags.of(campaign).add("stage", "prod")
    cdk.CfnOutput(stack, "Arn", value=campaign.campaign_arn)


def found(engine: Engine) -> Mapping[str, Any]:
    (campaign,) = (each for each in engine.personalize.resources() if each["arn"] == ARN)
    return campaign


def operations(engine: Engine, since_s: float) -> list[str]:
    """What was called that changes something."""
    return [
        entry["operation"]
        for entry in engine.personalize.log()
        if entry["kind"] == "request"
        and entry["at_s"] >= since_s
        and entry["name"] == NAME
        and not entry["operation"].startswith(READING)
    ]


def test_a_native_campaign_is_taken_over_changed_and_given_back_and_serves_all_the_while(
    engine: Engine, synthesize: Synthesize
) -> None:
    synthesize(STACK, native).deploy().check()
    assert found(engine)["tags"] == {"team": "films"}

    began_s = time.time()
    synthesize(STACK, lambda stack: ours(stack, 1)).deploy().check()
    assert operations(engine, began_s) == ["TagResource", "TagResource"]
    tags = found(engine)["tags"]
    assert (tags["team"], tags["stage"]) == ("films", "prod")
    assert tags["cdk-personalize:origin"] == "found"

    began_s = time.time()
    cli = synthesize(STACK, lambda stack: ours(stack, 2))
    cli.deploy().check()
    assert operations(engine, began_s) == ["UpdateCampaign"]

    cli.destroy().check()
    assert found(engine)["status"] == "ACTIVE"
    assert found(engine)["tags"] == {"team": "films", "stage": "prod"}
    changes = [
        entry["new"]
        for entry in engine.personalize.log()
        if entry["kind"] == "status" and entry["arn"] == ARN and entry["what"] != "update"
    ]
    # ... from its creation on it was never anything but ACTIVE
    assert changes[changes.index("ACTIVE") :] == ["ACTIVE"]
