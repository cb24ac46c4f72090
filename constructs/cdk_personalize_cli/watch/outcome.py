"""How an operation has ended, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdk_personalize_cli import console
from cdk_personalize_cli.watch.operation import Operation, StackEvent
from cdk_personalize_cli.wording import safe

_GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE"})
_CANCELLED = (
    "Resource creation cancelled",
    "Resource update cancelled",
    "Resource deletion cancelled",
)
"""What CloudFormation says of a resource that fails only because another one did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A resource that failed by itself.

    Attributes:
        stack_id: ARN of its stack.
        logical_id: Logical id.
        type: CloudFormation type.
        status: Its status.
        reason: CloudFormation's words, in full.
    """

    stack_id: str
    logical_id: str
    type: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of an operation.

    Attributes:
        stack_id: ARN of the stack.
        stack_name: Its name.
        status: Its last status.
        succeeded: Whether what was begun has been done.
        lasted_s: Seconds that it took; 0 where no event tells.
        failures: What failed, in the order of time, those that CloudFormation cancelled left out.
        was_watched: Whether it ended while it was watched; else nothing was in progress.
    """

    stack_id: str
    stack_name: str
    status: str
    succeeded: bool
    lasted_s: float
    failures: tuple[Failure, ...]
    was_watched: bool

    @property
    def link(self) -> str:
        """The stack's events in the console."""
        return console.stack_events(self.stack_id)


def outcome(operations: Sequence[Operation], *, first_status: str, was_watched: bool) -> Outcome:
    """How an operation has ended.

    Args:
        operations: The stack's, and then those of the stacks nested in it.
        first_status: The stack's status when the watch began.
        was_watched: Whether anything was in progress.
    """
    stack = operations[0]
    last_s = stack.events[-1].at_s if stack.events else stack.began_s
    # A create that failed may end in the deletion of the whole stack.
    is_undone = stack.status == "DELETE_COMPLETE" and first_status.startswith(("CREATE", "ROLL"))
    failures = [failure for each in operations for failure in _failures(each)]
    return Outcome(
        stack_id=stack.stack_id,
        stack_name=stack.stack_name,
        status=stack.status,
        succeeded=stack.status in _GOOD and not is_undone,
        lasted_s=max(0.0, last_s - stack.began_s) if stack.began_s else 0.0,
        failures=tuple(failures or _of_stack(stack)),
        was_watched=was_watched,
    )


def _failures(operation: Operation) -> Iterator[Failure]:
    for event in operation.events:
        is_own = not event.reason.startswith(_CANCELLED)
        if event.status.endswith("_FAILED") and not event.is_of_stack and is_own:
            yield _failure(event)


def _of_stack(operation: Operation) -> Iterator[Failure]:
    """What the stack itself says, where no resource failed: somebody cancelled it, for one."""
    for event in operation.events:
        is_bad = event.status.endswith("_FAILED") or "ROLLBACK_IN_PROGRESS" in event.status
        if event.is_of_stack and is_bad and event.reason:
            yield _failure(event)


def _failure(event: StackEvent) -> Failure:
    return Failure(
        stack_id=event.stack_id,
        logical_id=event.logical_id,
        type=event.type,
        status=event.status,
        reason=safe(event.reason) or "(CloudFormation gives no reason)",
    )
