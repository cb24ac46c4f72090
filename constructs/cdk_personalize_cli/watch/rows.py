"""What is known of a stack -> what is shown. Pure: no clock, no client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdk_personalize_cli import console
from cdk_personalize_cli.usual import usual
from cdk_personalize_cli.watch.operation import Operation, Resource
from cdk_personalize_cli.watch.sightings import NOT_THERE, Sighting
from cdk_personalize_cli.watch.waits import Wait
from cdk_personalize_cli.wording import safe
from personalize_provider.resources import SPECS
from personalize_provider.segments import CLOUDFORMATION_TYPE as SEGMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One resource.

    Attributes:
        stack_id: ARN of its stack.
        logical_id: Logical id.
        title: For people: `Campaign`, `Wait segment of Campaign`.
        kind: For machines: `campaign`; "" where a wait segment does not tell.
        is_segment: Whether it is a wait segment.
        status: CloudFormation's status.
        reason: CloudFormation's words, or "".
        is_in_progress: Whether it is waited for.
        elapsed_s: Seconds since its work began: until now, or until it ended.
        usual: The usual time, or "".
        sighting: What is seen of the Personalize resource.
        note: What the waiter is held up by, or "".
        links: Console addresses: `stack`, `execution`, `resource`, as far as known.
    """

    stack_id: str
    logical_id: str
    title: str
    kind: str
    is_segment: bool
    status: str
    reason: str
    is_in_progress: bool
    elapsed_s: float
    usual: str
    sighting: Sighting
    note: str
    links: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str]:
        """What names the resource."""
        return self.stack_id, self.logical_id

    @property
    def state(self) -> tuple[str, ...]:
        """What counts as a change when it differs."""
        execution = self.links.get("execution", "")
        seen = (self.sighting.status, self.sighting.arn)
        return (self.status, self.reason, *seen, self.note, execution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is shown at one time.

    Attributes:
        at_s: Epoch seconds.
        stack: The operation of the stack that was asked for.
        rows: This library's resources in it and in the stacks nested in it.
        troubles: What could not be asked, in words.
    """

    at_s: float
    stack: Operation
    rows: tuple[Row, ...]
    troubles: tuple[str, ...] = ()


def row(resource: Resource, wait: Wait | None, sighting: Sighting, *, now_s: float) -> Row:
    """What is shown of a resource.

    Args:
        resource: What CloudFormation tells.
        wait: What its execution tells, if there is one.
        sighting: What is seen of the Personalize resource.
        now_s: Epoch seconds.
    """
    spec = SPECS.get(resource.kind)
    title = spec.title if spec else "Resource"
    is_segment = resource.type == SEGMENT
    until_s = now_s if resource.is_in_progress else resource.changed_s
    return Row(
        stack_id=resource.stack_id,
        logical_id=resource.logical_id,
        title=f"Wait segment of {resource.subject or title}" if is_segment else title,
        kind=spec.kind if spec else "",
        is_segment=is_segment,
        status=resource.status,
        reason=safe(resource.reason),
        is_in_progress=resource.is_in_progress,
        elapsed_s=until_s - resource.began_s,
        usual=usual(spec.kind, resource.verb) if spec else "",
        sighting=sighting,
        note=safe(_note(wait, sighting)),
        links=_links(resource, wait, sighting),
    )


def _note(wait: Wait | None, sighting: Sighting) -> str:
    """Why it has failed, or what the waiter will try again: a right or a place is missing."""
    return sighting.reason or (wait.memo.last_error if wait else "")


def _links(resource: Resource, wait: Wait | None, sighting: Sighting) -> dict[str, str]:
    links = {"stack": console.stack_events(resource.stack_id)}
    if wait is not None:
        links["execution"] = console.execution(wait.arn)
    if sighting.arn and sighting.status != NOT_THERE:
        links["resource"] = console.resource(sighting.arn, sighting.dataset_group_arn)
    return links
