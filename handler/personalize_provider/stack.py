"""What the stack says of a resource and of itself. The only room that asks CloudFormation.

Stopping an older execution is no fence: its last tick may still be running. So the stack is asked
right before anything is created or changed.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Any

from personalize_provider.calls import RefusedError, call
from personalize_provider.event import Request

STACK_SHOWS_WITHIN_S = 60
"""How long CloudFormation may show what was before the request: another status, or none."""


class Wish(enum.Enum):
    """What the stack's own view of the resource says."""

    WANTED = "it is being created or updated"
    OVER = "it is being deleted, or the operation has ended; or that has not shown yet"
    UNKNOWN = "the stack does not show it"


class Keeping(enum.Enum):
    """What the stack's own view says of a resource that a Delete may be about."""

    GOES = "the logical id is being deleted"
    KEPT = "the stack has the resource"
    UNKNOWN = "the stack shows another one, or none"


class Course(enum.Enum):
    """Where an operation of the stack goes."""

    ROLLBACK = "what was done is undone"
    DELETION = "the whole stack goes, after which there is no other operation"
    AHEAD = "whatever else"


def wish(client: Any, request: Request) -> Wish:
    """Ask CloudFormation (DescribeStackResource) whether a request is still of use.

    Args:
        client: A botocore client of `cloudformation`.
        request: A Create or an Update.

    Raises:
        ServiceError: CloudFormation did not tell.
    """
    shown = _shown(client, request)
    if shown is None:
        return Wish.UNKNOWN
    status = shown["ResourceStatus"]
    under_way = status.endswith("_IN_PROGRESS") and not status.startswith("DELETE_")
    return Wish.WANTED if under_way else Wish.OVER


def keeping(client: Any, request: Request, arn: str) -> Keeping:
    """Ask CloudFormation (DescribeStackResource) whether the stack has a resource, and keeps it.

    Args:
        client: A botocore client of `cloudformation`.
        request: A Delete, which may be about something else of the same logical id.
        arn: The resource.

    Raises:
        ServiceError: CloudFormation did not tell.
    """
    shown = _shown(client, request)
    if shown is None:
        return Keeping.UNKNOWN
    if shown["ResourceStatus"].startswith("DELETE_"):
        return Keeping.GOES
    return Keeping.KEPT if shown.get("PhysicalResourceId") == arn else Keeping.UNKNOWN


def _shown(client: Any, request: Request) -> Mapping[str, Any] | None:
    """The resource as the stack shows it, or None where it does not."""
    try:
        answer = call(
            client,
            "DescribeStackResource",
            {"StackName": request.stack_id, "LogicalResourceId": request.asked_of},
        )
    except RefusedError as error:
        # CloudFormation has one code, ValidationError, for all that does not exist.
        if re.search(r"does not exist", str(error)):
            return None
        raise
    detail: Mapping[str, Any] = answer["StackResourceDetail"]
    return detail


def course(client: Any, request: Request) -> Course:
    """Ask CloudFormation (DescribeStacks) whether an operation of the stack is being undone.

    Args:
        client: A botocore client of `cloudformation`.
        request: An Update or a Delete.

    Raises:
        ServiceError: CloudFormation did not tell.
    """
    answer = call(client, "DescribeStacks", {"StackName": request.stack_id})
    return _COURSES.get(answer["Stacks"][0]["StackStatus"], Course.AHEAD)


_COURSES: Mapping[str, Course] = {
    "ROLLBACK_IN_PROGRESS": Course.ROLLBACK,
    "UPDATE_ROLLBACK_IN_PROGRESS": Course.ROLLBACK,
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": Course.ROLLBACK,
    "DELETE_IN_PROGRESS": Course.DELETION,
}
"""Stack status -> what it tells, if it is not still that of the operation before."""
