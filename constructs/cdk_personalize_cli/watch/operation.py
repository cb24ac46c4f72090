"""A stack's events -> what is going on with it. Pure: no clock, no client."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from personalize_provider.resources import SPECS
from personalize_provider.segments import CLOUDFORMATION_TYPE as SEGMENT

OWN_TYPES = frozenset({*SPECS, SEGMENT})
"""The types of this library's resources."""

NESTED = "AWS::CloudFormation::Stack"

_BEGINNINGS = frozenset(
    {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"}
)
_IN_PROGRESS = "_IN_PROGRESS"
UNDER_REVIEW = "REVIEW_IN_PROGRESS"
"""A change set of a new stack waits for somebody to execute it: nothing is going on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackEvent:
    """One line of a stack's history.

    Attributes:
        id: CloudFormation's id of the event.
        stack_id: ARN of the stack.
        logical_id: Logical id of the resource, or the stack's name.
        physical_id: Its physical id, "" while there is none.
        type: Its CloudFormation type.
        status: Its status.
        reason: CloudFormation's words, or "".
        at_s: Epoch seconds.
        properties: What CloudFormation created it with, as far as told. Never shown.
    """

    id: str
    stack_id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    at_s: float
    properties: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_of_stack(self) -> bool:
        """Whether it is about the stack itself, not about a resource in it."""
        return self.physical_id == self.stack_id

    @property
    def begins(self) -> bool:
        """Whether a new operation of the stack begins with it."""
        return self.is_of_stack and self.status in _BEGINNINGS


def read(raw: Mapping[str, Any]) -> StackEvent:
    """An event as DescribeStackEvents answers it."""
    return StackEvent(
        id=raw["EventId"],
        stack_id=raw["StackId"],
        logical_id=raw.get("LogicalResourceId", ""),
        physical_id=raw.get("PhysicalResourceId", ""),
        type=raw.get("ResourceType", ""),
        status=raw.get("ResourceStatus", ""),
        reason=raw.get("ResourceStatusReason", ""),
        at_s=raw["Timestamp"].timestamp(),
        properties=_properties(raw.get("ResourceProperties", "")),
    )


def _properties(text: str) -> Mapping[str, Any]:
    try:
        properties = json.loads(text)
    except ValueError:
        return {}
    return properties if isinstance(properties, Mapping) else {}


def is_in_progress(status: str) -> bool:
    """Whether a status of a stack or a resource is one on the way."""
    return status.endswith(_IN_PROGRESS) and status != UNDER_REVIEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource, as the events of one operation show it last.

    Attributes:
        stack_id: ARN of its stack.
        logical_id: Logical id.
        physical_id: Physical id, "" while there is none.
        type: CloudFormation type.
        status: The latest status.
        reason: The latest reason.
        began_s: Epoch seconds at which the work under way, or the latest, began.
        changed_s: Epoch seconds of the latest event.
        properties: Its properties, as far as told. Never shown.
    """

    stack_id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    began_s: float
    changed_s: float
    properties: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def verb(self) -> str:
        """`CREATE`, `UPDATE`, `DELETE`: what is done, or was done last."""
        return self.status.partition("_")[0]

    @property
    def is_in_progress(self) -> bool:
        """Whether it is waited for."""
        return is_in_progress(self.status)

    @property
    def is_own(self) -> bool:
        """Whether it is one of this library's."""
        return self.type in OWN_TYPES

    @property
    def is_nested_stack(self) -> bool:
        """Whether it is a stack of its own, which has begun."""
        return self.type == NESTED and self.physical_id.startswith("arn:")

    @property
    def service_token(self) -> str:
        """ARN of the handler that serves it; "" while no event tells."""
        token = self.properties.get("ServiceToken", "")
        return token if isinstance(token, str) else ""

    @property
    def subject(self) -> str:
        """Logical id of the resource whose work it is; "" for a segment that does not tell it."""
        if self.type != SEGMENT:
            return self.logical_id
        named = self.properties.get("LogicalResourceId", "")
        return named if isinstance(named, str) else ""

    @property
    def kind(self) -> str:
        """CloudFormation type of the resource whose work it is; "" where that is not known."""
        if self.type != SEGMENT:
            return self.type
        return str(self.properties.get("ResourceType", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The latest operation of one stack.

    Attributes:
        stack_id: ARN of the stack.
        status: The stack's status.
        began_s: Epoch seconds at which it began; 0 where no event tells.
        resources: What it is about, in the order in which it came to them.
        events: Its events, oldest first.
    """

    stack_id: str
    status: str
    began_s: float
    resources: tuple[Resource, ...]
    events: tuple[StackEvent, ...]

    @property
    def stack_name(self) -> str:
        """The stack's name, from its ARN."""
        return self.stack_id.split("/")[1]

    @property
    def is_in_progress(self) -> bool:
        """Whether the stack has not come to its end."""
        return is_in_progress(self.status)


def operation(stack_id: str, events: Sequence[StackEvent], *, status: str = "") -> Operation:
    """The operation that events show.

    Args:
        stack_id: ARN of the stack.
        events: The events of its latest operation, oldest first.
        status: The stack's status where no event tells one.
    """
    own = [event for event in events if event.is_of_stack]
    return Operation(
        stack_id=stack_id,
        status=own[-1].status if own else status,
        began_s=next((event.at_s for event in own if event.begins), 0.0),
        resources=tuple(_resources(event for event in events if not event.is_of_stack)),
        events=tuple(events),
    )


def _resources(events: Iterable[StackEvent]) -> Iterable[Resource]:
    found: dict[str, Resource] = {}
    for event in events:
        before = found.get(event.logical_id)
        made = Resource(
            stack_id=event.stack_id,
            logical_id=event.logical_id,
            physical_id=event.physical_id,
            type=event.type,
            status=event.status,
            reason=event.reason,
            began_s=event.at_s,
            changed_s=event.at_s,
            properties=event.properties,
        )
        found[event.logical_id] = _after(before, made) if before else made
    return found.values()


def _after(before: Resource, now: Resource) -> Resource:
    """The later of two states, with what only the earlier one tells."""
    return replace(
        now,
        # A custom resource has two events in progress: the second comes with its answer.
        began_s=before.began_s if before.verb == now.verb else now.began_s,
        physical_id=now.physical_id or before.physical_id,
        properties=now.properties or before.properties,
    )
