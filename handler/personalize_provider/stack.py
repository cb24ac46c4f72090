"""Whether the stack still wants what a request asks for. The only room that asks CloudFormation.

Stopping an older execution is no fence: its last tick may still be running. So the stack is asked
right before anything is created or changed.
"""

from __future__ import annotations

import enum
import re
from typing import Any

from personalize_provider.calls import RefusedError, call
from personalize_provider.event import Request


class Wish(enum.Enum):
    """What the stack's own view of the resource says."""

    WANTED = "it is being created or updated"
    OVER = "it is being deleted, or the operation has ended"
    UNKNOWN = "the stack does not show it"


def wish(client: Any, request: Request) -> Wish:
    """Ask CloudFormation (DescribeStackResource) whether a request is still of use.

    Args:
        client: A botocore client of `cloudformation`.
        request: A Create or an Update.

    Raises:
        ServiceError: CloudFormation did not tell.
    """
    try:
        answer = call(
            client,
            "DescribeStackResource",
            {"StackName": request.stack_id, "LogicalResourceId": request.asked_of},
        )
    except RefusedError as error:
        # CloudFormation has one code, ValidationError, for all that does not exist.
        if re.search(r"does not exist", str(error)):
            return Wish.UNKNOWN
        raise
    status = answer["StackResourceDetail"]["ResourceStatus"]
    under_way = status.endswith("_IN_PROGRESS") and not status.startswith("DELETE_")
    return Wish.WANTED if under_way else Wish.OVER


def is_rolling_back(client: Any, request: Request) -> bool:
    """Ask CloudFormation (DescribeStacks) whether an operation of the stack is being undone.

    Args:
        client: A botocore client of `cloudformation`.
        request: An Update or a Delete.

    Raises:
        ServiceError: CloudFormation did not tell.
    """
    answer = call(client, "DescribeStacks", {"StackName": request.stack_id})
    status: str = answer["Stacks"][0]["StackStatus"]
    return status in _ROLLING_BACK


_ROLLING_BACK = (
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
)
