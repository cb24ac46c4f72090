"""What CloudFormation tells of a stack: its events, as typed, time-ordered values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_aws.engine import Engine


@dataclass(frozen=True)
class StackEvent:
    """One line of the console's "Events" tab."""

    time: datetime
    logical_id: str
    resource_type: str
    status: str
    reason: str
    physical_id: str

    @property
    def is_stack(self) -> bool:
        """Whether it tells of the stack as a whole."""
        return self.resource_type == "AWS::CloudFormation::Stack"


def stack_events(engine: Engine, stack: str) -> list[StackEvent]:
    """The events of a stack, oldest first.

    Args:
        engine: Where the stack is.
        stack: Its name, or its id (which also works once it was deleted).
    """
    pages = engine.client("cloudformation").get_paginator("describe_stack_events")
    found = [
        StackEvent(
            time=event["Timestamp"],
            logical_id=event["LogicalResourceId"],
            resource_type=event.get("ResourceType", ""),
            status=event["ResourceStatus"],
            reason=event.get("ResourceStatusReason", ""),
            physical_id=event.get("PhysicalResourceId", ""),
        )
        for page in pages.paginate(StackName=stack)
        for event in page["StackEvents"]
    ]
    # The service answers the newest first; of events of one moment, the later ones first.
    found.reverse()
    return sorted(found, key=lambda event: event.time)


def statuses(events: Iterable[StackEvent], logical_id: str) -> list[str]:
    """The statuses that a resource went through."""
    return [event.status for event in events if event.logical_id == logical_id]


def first(events: Iterable[StackEvent], logical_id: str, status: str) -> StackEvent:
    """The first event of a resource with a status.

    Raises:
        AssertionError: There is none.
    """
    for event in events:
        if (event.logical_id, event.status) == (logical_id, status):
            return event
    raise AssertionError(f"{logical_id} never was {status}")
