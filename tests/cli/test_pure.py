"""The rooms without clock and client, by tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from cdk_personalize_cli import console
from cdk_personalize_cli.usual import USUAL, usual
from cdk_personalize_cli.watch.operation import StackEvent, operation, read
from cdk_personalize_cli.watch.outcome import outcome
from cdk_personalize_cli.watch.waits import identity
from cdk_personalize_cli.wording import duration, safe
from handler.given import CAMPAIGN, STACK, request, response_url
from personalize_provider.resources import SPECS
from personalize_provider.waiter import execution_name

CN = "arn:aws-cn:personalize:cn-north-1:123456789012"
GROUP = "arn:aws:personalize:eu-west-1:123456789012:dataset-group/shop"
PERSONALIZE = "https://eu-west-1.console.aws.amazon.com/personalize/home?region=eu-west-1"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            console.stack_events("arn:aws:cloudformation:eu-west-1:1:stack/shop/x"),
            "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1"
            "#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A1%3Astack%2Fshop%2Fx",
        ),
        (
            console.execution("arn:aws-cn:states:cn-north-1:1:execution:waiter:a-b"),
            "https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1"
            "#/v2/executions/details/arn:aws-cn:states:cn-north-1:1:execution:waiter:a-b",
        ),
        (
            console.execution("arn:aws-us-gov:states:us-gov-west-1:1:execution:waiter:a-b"),
            "https://us-gov-west-1.console.amazonaws-us-gov.com/states/home?region=us-gov-west-1"
            "#/v2/executions/details/arn:aws-us-gov:states:us-gov-west-1:1:execution:waiter:a-b",
        ),
        (
            console.resource("arn:aws:personalize:eu-west-1:1:campaign/sale", GROUP),
            f"{PERSONALIZE}#arn:aws:personalize:eu-west-1:123456789012:dataset-group$shop/campaigns"
            "/campaignDetail/arn:aws:personalize:eu-west-1:1:campaign$sale",
        ),
        (
            console.resource("arn:aws:personalize:eu-west-1:1:solution/movies/5f3a", GROUP),
            f"{PERSONALIZE}#arn:aws:personalize:eu-west-1:123456789012:dataset-group$shop"
            "/solutionsAndRecipes/solutionDetail/arn:aws:personalize:eu-west-1:1:solution$movies",
        ),
        (
            console.resource("arn:aws:personalize:eu-west-1:1:batch-inference-job/run", GROUP),
            f"{PERSONALIZE}#arn:aws:personalize:eu-west-1:123456789012:dataset-group$shop/setup",
        ),
        (
            console.resource(f"{CN}:campaign/sale"),
            "https://cn-north-1.console.amazonaws.cn/personalize/home?region=cn-north-1"
            "#datasetGroups",
        ),
    ],
)
def test_addresses_are_those_of_partition_and_region(address: str, expected: str) -> None:
    assert address == expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m 00s"), (905, "15m 05s"), (3720, "1h 02m")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    "address",
    [
        response_url(),
        "https://bucket.s3.amazonaws.com/key?AWSAccessKeyId=A&Expires=1&Signature=abc%3D",
        "https://bucket.s3.amazonaws.com/key?Expires=1&Signature=abc%3D",
    ],
)
def test_presigned_addresses_lose_what_signs_them(address: str) -> None:
    shown = safe(f'before "{address}" after {address}')
    assert "Signature=" not in shown
    assert "KeyId" not in shown
    assert "Credential" not in shown
    assert shown.startswith('before "https://')
    assert shown.count("?(signature left out)") == 2


@pytest.mark.parametrize("text", ["plain", "https://eu-west-1.console.aws.amazon.com/x?region=y"])
def test_other_texts_stay(text: str) -> None:
    assert safe(text) == text


def test_every_kind_has_a_usual_time_for_what_takes_long() -> None:
    assert set(USUAL) == {spec.kind for spec in SPECS.values()}
    assert usual("campaign", "CREATE") == usual("campaign", "UPDATE") != ""
    assert usual("campaign", "DELETE") == usual("", "CREATE") == ""


def test_the_identity_is_a_part_of_the_executions_name() -> None:
    asked = request()
    assert identity(asked.stack_id, asked.logical_id) in execution_name(asked).split("-")


def event(
    logical_id: str, status: str, at_s: float, *, kind: str = CAMPAIGN, **more: Any
) -> StackEvent:
    raw: dict[str, Any] = {
        "EventId": f"{logical_id}-{at_s}",
        "StackId": STACK,
        "LogicalResourceId": logical_id,
        "ResourceType": kind,
        "ResourceStatus": status,
        "Timestamp": datetime.fromtimestamp(at_s, UTC),
        **more,
    }
    return read(raw)


def of_stack(status: str, at_s: float, **more: Any) -> StackEvent:
    return event("shop", status, at_s, kind="AWS::CloudFormation::Stack", **_own(more))


def _own(more: Mapping[str, Any]) -> dict[str, Any]:
    return {"PhysicalResourceId": STACK, **more}


def test_the_time_of_a_resource_counts_from_where_its_work_began() -> None:
    events = [
        of_stack("CREATE_IN_PROGRESS", 1),
        event("A", "CREATE_IN_PROGRESS", 10, ResourceProperties='{"Name": "sale"}'),
        event("A", "CREATE_IN_PROGRESS", 70, PhysicalResourceId="arn:x"),
        event("A", "CREATE_FAILED", 71),
        of_stack("ROLLBACK_IN_PROGRESS", 72),
        event("A", "DELETE_IN_PROGRESS", 80),
    ]
    (before,) = operation(STACK, events[:4]).resources
    assert (before.began_s, before.changed_s, before.physical_id) == (10, 71, "arn:x")
    assert before.properties == {"Name": "sale"}
    found = operation(STACK, events)
    assert found.began_s == 1
    assert found.status == "ROLLBACK_IN_PROGRESS"
    assert found.is_in_progress
    (now,) = found.resources
    assert (now.verb, now.began_s, now.physical_id) == ("DELETE", 80, "arn:x")


@pytest.mark.parametrize("text", ["", "no JSON", "[1]"])
def test_properties_that_are_none_are_empty(text: str) -> None:
    assert event("A", "CREATE_IN_PROGRESS", 1, ResourceProperties=text).properties == {}


@pytest.mark.parametrize(
    ("first", "last", "succeeded"),
    [
        ("CREATE_IN_PROGRESS", "CREATE_COMPLETE", True),
        ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", True),
        ("DELETE_IN_PROGRESS", "DELETE_COMPLETE", True),
        ("IMPORT_IN_PROGRESS", "IMPORT_COMPLETE", True),
        ("CREATE_IN_PROGRESS", "DELETE_COMPLETE", False),
        ("CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE", False),
        ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", False),
        ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED", False),
        ("DELETE_IN_PROGRESS", "DELETE_FAILED", False),
    ],
)
def test_an_outcome_is_good_if_what_was_begun_is_done(
    first: str, last: str, succeeded: bool
) -> None:
    found = operation(STACK, [of_stack(first, 1), of_stack(last, 61)])
    ended = outcome([found], first_status=first, was_watched=True)
    assert ended.succeeded is succeeded
    assert ended.lasted_s == 60


def test_failures_are_in_the_order_of_time_without_those_that_were_cancelled() -> None:
    events = [
        of_stack("UPDATE_IN_PROGRESS", 1),
        event("A", "UPDATE_FAILED", 2, ResourceStatusReason="first"),
        event("B", "UPDATE_FAILED", 3, ResourceStatusReason="Resource update cancelled"),
        event("C", "UPDATE_FAILED", 4),
        of_stack("UPDATE_ROLLBACK_IN_PROGRESS", 5, ResourceStatusReason="failed to update: [A]"),
        of_stack("UPDATE_ROLLBACK_COMPLETE", 6),
    ]
    ended = outcome([operation(STACK, events)], first_status="", was_watched=True)
    told = [(failure.logical_id, failure.reason) for failure in ended.failures]
    assert told == [("A", "first"), ("C", "(CloudFormation gives no reason)")]


def test_a_rollback_without_a_failed_resource_gives_the_stacks_own_reason() -> None:
    events = [
        of_stack("UPDATE_IN_PROGRESS", 1),
        of_stack("UPDATE_ROLLBACK_IN_PROGRESS", 5, ResourceStatusReason="User Initiated"),
        of_stack("UPDATE_ROLLBACK_COMPLETE", 6),
    ]
    ended = outcome([operation(STACK, events)], first_status="", was_watched=True)
    assert [failure.reason for failure in ended.failures] == ["User Initiated"]


def test_what_an_event_carries_is_not_in_its_repr() -> None:
    found = event("A", "CREATE_IN_PROGRESS", 1, ResourceProperties='{"Password": "hush"}')
    assert found.properties == {"Password": "hush"}
    assert "hush" not in repr(found)
    assert "hush" not in repr(operation(STACK, [found]))
