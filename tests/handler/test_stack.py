"""The stack tells whether it still wants what a request asks for."""

from __future__ import annotations

import pytest

from handler.given import SIGNED_AT_S, STACK, request
from handler.services import stubbed
from personalize_provider.calls import DeniedError, PassingError, RefusedError, ServiceError
from personalize_provider.stack import Course, Keeping, Wish, course, keeping, wish

ARN = "arn:aws:personalize:eu-west-1:123456789012:campaign/spring-sale"


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("CREATE_IN_PROGRESS", Wish.WANTED),
        ("UPDATE_IN_PROGRESS", Wish.WANTED),
        ("UPDATE_ROLLBACK_IN_PROGRESS", Wish.WANTED),
        ("ROLLBACK_IN_PROGRESS", Wish.WANTED),
        ("IMPORT_IN_PROGRESS", Wish.WANTED),
        ("CREATE_FAILED", Wish.OVER),
        ("CREATE_COMPLETE", Wish.OVER),
        ("UPDATE_FAILED", Wish.OVER),
        ("UPDATE_COMPLETE", Wish.OVER),
        ("DELETE_IN_PROGRESS", Wish.OVER),
        ("DELETE_COMPLETE", Wish.OVER),
        ("DELETE_SKIPPED", Wish.OVER),
    ],
)
def test_only_what_is_under_way_is_wanted(status: str, wanted: Wish) -> None:
    made = request()
    with stubbed("cloudformation") as (client, stubber):
        stubber.add_response(
            "describe_stack_resource",
            {
                "StackResourceDetail": {
                    "LogicalResourceId": made.logical_id,
                    "ResourceType": made.spec.cloudformation_type,
                    "LastUpdatedTimestamp": SIGNED_AT_S,
                    "ResourceStatus": status,
                }
            },
            {"StackName": STACK, "LogicalResourceId": made.logical_id},
        )
        assert wish(client, made) is wanted


@pytest.mark.parametrize(
    "message",
    [
        "Stack 'shop' does not exist",
        f"Resource Campaign7A1B2C3D does not exist for stack {STACK}",
    ],
)
def test_what_the_stack_does_not_show_is_unknown(message: str) -> None:
    with stubbed("cloudformation") as (client, stubber):
        stubber.add_client_error("describe_stack_resource", "ValidationError", message, 400)
        assert wish(client, request()) is Wish.UNKNOWN


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("Throttling", 400, PassingError),
        ("InternalFailure", 500, PassingError),
        ("AccessDenied", 403, DeniedError),
        ("ValidationError", 400, RefusedError),
    ],
)
def test_where_cloudformation_does_not_tell_that_is_an_error(
    code: str, status: int, kind: type[ServiceError]
) -> None:
    with stubbed("cloudformation") as (client, stubber):
        stubber.add_client_error("describe_stack_resource", code, "no", status)
        with pytest.raises(kind):
            wish(client, request())


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("UPDATE_ROLLBACK_IN_PROGRESS", Course.ROLLBACK),
        ("ROLLBACK_IN_PROGRESS", Course.ROLLBACK),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Course.ROLLBACK),
        ("DELETE_IN_PROGRESS", Course.DELETION),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Course.AHEAD),
        ("UPDATE_IN_PROGRESS", Course.AHEAD),
        ("UPDATE_ROLLBACK_COMPLETE", Course.AHEAD),
        ("CREATE_COMPLETE", Course.AHEAD),
    ],
)
def test_a_status_of_the_stack_tells_where_its_operation_goes(status: str, told: Course) -> None:
    stack = {"StackName": "shop", "CreationTime": SIGNED_AT_S, "StackStatus": status}
    with stubbed("cloudformation") as (client, stubber):
        stubber.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": STACK})
        assert course(client, request("Update")) is told


@pytest.mark.parametrize(
    ("status", "physical_id", "told"),
    [
        ("CREATE_COMPLETE", ARN, Keeping.KEPT),
        ("UPDATE_COMPLETE", ARN, Keeping.KEPT),
        ("CREATE_COMPLETE", "another", Keeping.UNKNOWN),
        ("CREATE_IN_PROGRESS", None, Keeping.UNKNOWN),
        ("DELETE_IN_PROGRESS", ARN, Keeping.GOES),
        ("DELETE_FAILED", ARN, Keeping.GOES),
    ],
)
def test_a_stack_keeps_what_it_shows_and_does_not_delete(
    status: str, physical_id: str | None, told: Keeping
) -> None:
    made = request("Delete")
    detail: dict[str, object] = {
        "LogicalResourceId": made.logical_id,
        "ResourceType": made.spec.cloudformation_type,
        "LastUpdatedTimestamp": SIGNED_AT_S,
        "ResourceStatus": status,
    }
    if physical_id is not None:
        detail["PhysicalResourceId"] = physical_id
    with stubbed("cloudformation") as (client, stubber):
        stubber.add_response(
            "describe_stack_resource",
            {"StackResourceDetail": detail},
            {"StackName": STACK, "LogicalResourceId": made.logical_id},
        )
        assert keeping(client, made, ARN) is told


def test_what_a_stack_does_not_show_it_does_not_keep() -> None:
    with stubbed("cloudformation") as (client, stubber):
        message = f"Resource Campaign7A1B2C3D does not exist for stack {STACK}"
        stubber.add_client_error("describe_stack_resource", "ValidationError", message, 400)
        assert keeping(client, request("Delete"), ARN) is Keeping.UNKNOWN
