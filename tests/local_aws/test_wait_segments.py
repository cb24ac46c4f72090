"""A `timeout` past CloudFormation's hour, on a local AWS: the hour is scaled down to seconds."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ssm as ssm

from cdk_personalize import Campaign, ItemExploration, faults, resource
from local_aws.conftest import Synthesize
from local_aws.engine import Engine
from local_aws.events import StackEvent, first, stack_events
from local_aws.stacks import SOLUTION_VERSION_ARN
from personalize_provider import segments

pytestmark = pytest.mark.local_aws

STACK = "Patient"
HOUR_S = 20
"""What CloudFormation waits for one resource: 15 s of it are the handler's.

A rollback that has nothing to do takes 10 s, while lists of executions may lag.
"""
SLOW_S = 18.0
"""Longer than the first link waits."""
REASON = "The solution version cannot serve this exploration weight."


@pytest.fixture
def short_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "HOUR_S", HOUR_S)
    monkeypatch.setattr(faults, "SHORTEST_TIMEOUT_S", 1)


def _build(stack: cdk.Stack, *, weight: float) -> None:
    campaign = Campaign(
        stack,
        "Slow",
        solution_version=SOLUTION_VERSION_ARN,
        item_exploration=ItemExploration(weight=weight),
        timeout=cdk.Duration.seconds(3 * HOUR_S),
    )
    ssm.StringParameter(stack, "User", string_value=campaign.campaign_arn)


def _links(events: list[StackEvent]) -> list[str]:
    """The logical ids of a chain, from the first link to the last."""
    types = ("Custom::PersonalizeCampaign", segments.CLOUDFORMATION_TYPE)
    return list(dict.fromkeys(each.logical_id for each in events if each.resource_type in types))


@pytest.mark.usefixtures("short_hours")
def test_what_outlasts_the_hour_goes_on_in_a_segment_and_fails_with_the_services_reason(
    engine: Engine, synthesize: Synthesize
) -> None:
    engine.personalize.plan(
        {f"{STACK}*": {"create_s": SLOW_S, "update_s": SLOW_S, "update_fails": {"1": REASON}}}
    )
    synthesize(STACK, lambda stack: _build(stack, weight=0.3)).deploy().check()

    events = stack_events(engine, STACK)
    own, second, third = _links(events)
    arn = first(events, own, "CREATE_COMPLETE").physical_id
    (active_s,) = engine.personalize.status_times(arn, "campaign", "ACTIVE")
    told = [
        first(events, each, "CREATE_COMPLETE").time.timestamp() for each in (own, second, third)
    ]
    assert told[0] < active_s < told[1] < told[2]
    (user,) = (
        each
        for each in events
        if each.resource_type == "AWS::SSM::Parameter" and each.status == "CREATE_IN_PROGRESS"
    )
    assert user.time >= first(events, third, "CREATE_COMPLETE").time

    failed = synthesize(STACK, lambda stack: _build(stack, weight=0.9)).deploy()
    assert failed.exit_code != 0
    assert REASON in failed.output
    events = stack_events(engine, STACK)
    assert first(events, own, "UPDATE_COMPLETE").physical_id == arn
    assert REASON in first(events, second, "UPDATE_FAILED").reason
    assert [each.status for each in events if each.is_stack][-1] == "UPDATE_ROLLBACK_COMPLETE"

    stack_id = next(each.physical_id for each in events if each.is_stack)
    synthesize(STACK, lambda stack: _build(stack, weight=0.3)).destroy().check()
    gone = [each.status for each in stack_events(engine, stack_id) if each.is_stack]
    assert gone[-1] == "DELETE_COMPLETE"
    assert engine.personalize.status_times(arn, "campaign", "DELETE PENDING")
