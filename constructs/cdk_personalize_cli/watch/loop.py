"""The watch itself: look, show, sleep, until the stack has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from cdk_personalize_cli.aws import Clients
from cdk_personalize_cli.watch.operation import Operation, Resource, is_in_progress
from cdk_personalize_cli.watch.outcome import Outcome, outcome
from cdk_personalize_cli.watch.rows import Row, Snapshot, row
from cdk_personalize_cli.watch.sightings import Sighting, Sightings
from cdk_personalize_cli.watch.stacks import NoSuchStackError, Stacks
from cdk_personalize_cli.watch.waits import Wait, Waits, identity
from personalize_provider.calls import PassingError, ServiceError

SHORTEST_INTERVAL_S = 5
DEFAULT_INTERVAL_S = 10
"""Between two looks. The waiter itself looks every 5 to 60 s."""

MOST_TROUBLES = 10
"""Looks in a row that may fail in a passing way."""


class Display(Protocol):
    """Where a watch is shown."""

    def show(self, snapshot: Snapshot) -> None:
        """Show what is known now."""
        ...

    def end(self, ended: Outcome) -> None:
        """Show how it has ended."""
        ...


@dataclass(kw_only=True)
class Watch:
    """A watch over one stack.

    Attributes:
        clients: AWS.
        stack: Name or ARN of the stack.
        display: Where it is shown.
        clock: Epoch seconds.
        sleep: Waits for so many seconds.
        interval_s: Seconds between two looks.
        start_within_s: Seconds in which the stack may come to be, or begin something.
    """

    clients: Clients
    stack: str
    display: Display
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    interval_s: float = DEFAULT_INTERVAL_S
    start_within_s: float = 0
    _denied: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Get ready to ask."""
        self._stacks = Stacks(self.clients.client("cloudformation"))
        self._waits = Waits(self.clients.client("stepfunctions"))
        self._sightings = Sightings(self.clients.client("personalize"))

    def run(self) -> Outcome:
        """Watch until the stack has ended.

        Raises:
            NoSuchStackError: There is no such stack.
            ServiceError: CloudFormation did not tell.
        """
        stack_id, first_status = self._begun()
        was_watched, troubles = False, 0
        while True:
            try:
                operations = self._stacks.operations(stack_id, first_status)
                troubles = 0
            except PassingError:
                troubles += 1
                if troubles >= MOST_TROUBLES:
                    raise
                self.sleep(self.interval_s)
                continue
            self.display.show(self._snapshot(operations))
            if not operations[0].is_in_progress:
                break
            was_watched = True
            self.sleep(self.interval_s)
        ended = outcome(operations, first_status=first_status, was_watched=was_watched)
        self.display.end(ended)
        return ended

    def _begun(self) -> tuple[str, str]:
        """The stack's ARN and status, once something is in progress or the time is over."""
        until_s = self.clock() + self.start_within_s
        while True:
            is_late = self.clock() >= until_s
            try:
                stack_id, status = self._stacks.find(self.stack)
            except NoSuchStackError:
                if is_late:
                    raise
            else:
                if is_late or is_in_progress(status):
                    return stack_id, status
            self.sleep(min(self.interval_s, max(1.0, until_s - self.clock())))

    def _snapshot(self, operations: list[Operation]) -> Snapshot:
        now_s = self.clock()
        rows = tuple(row for each in operations for row in self._rows(each, now_s))
        troubles = [f"{who} could not be asked: {why}" for who, why in self._denied.items()]
        if self._sightings.denied:
            why = f"{self._sightings.denied}. What the waiter saw last is shown."
            troubles.append(f"Personalize could not be asked: {why}")
        return Snapshot(at_s=now_s, stack=operations[0], rows=rows, troubles=tuple(troubles))

    def _rows(self, operation: Operation, now_s: float) -> Iterator[Row]:
        own = [resource for resource in operation.resources if resource.is_own]
        waits = self._waits_of(operation.stack_id, [each for each in own if each.is_in_progress])
        for resource in own:
            wait = waits.get(resource.logical_id)
            seen = self._sightings.of(resource, wait) if resource.is_in_progress else Sighting()
            yield row(resource, wait, seen, now_s=now_s)

    def _waits_of(self, stack_id: str, waiting: list[Resource]) -> dict[str, Wait]:
        """The waits of a stack's resources, of as many providers as serve them."""
        waits: dict[str, Wait] = {}
        try:
            served: dict[str, list[str]] = {}
            for resource in waiting:
                served.setdefault(resource.service_token, []).append(resource.subject)
            for token, subjects in served.items():
                waiter = self._stacks.waiter(stack_id, token)
                if not waiter:
                    continue
                of = {identity(stack_id, each) for each in subjects} if all(subjects) else ()
                waits |= self._waits.running(waiter, stack_id, of)
        except ServiceError as error:
            self._denied["Step Functions"] = str(error)
            return {}
        self._denied.pop("Step Functions", None)
        return waits
