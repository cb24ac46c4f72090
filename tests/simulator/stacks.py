"""Stacks: what CloudFormation asks of the custom resources when a template is created, updated,
rolled back and deleted.

A resource is worked on once all that it needs is done; independent ones at the same time. A
sibling stands for the rest of the stack: it fails a while after the operation began, and everything
else rolls back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from simulator.cloudformation import CloudFormation, Exchange
from simulator.scheduler import Scheduler, Task
from simulator.templates import Declared, Needs, Template, first_to_last, last_to_first, resolved
from simulator.views import View, Views, view_of
from simulator.wire import ACCOUNT, REGION
from simulator.works import (
    Create,
    CreateAgain,
    Delete,
    FailedGo,
    Resource,
    Sibling,
    SwitchBack,
    Update,
    Work,
)

Rollback = Literal["update-then-delete", "delete-alone"]
"""How a replacement is undone: an Update and then a Delete, or the Delete alone."""

References = Literal["evaluated again", "as before"]
"""What a rollback puts in place of references: what they give now, so that a resource may be
updated that the failed update never touched; or the values before, so that it is not."""


@dataclass(frozen=True, kw_only=True)
class StackEvent:
    """One line of the stack's events, and the stack's own status at that time."""

    at_s: float
    logical_id: str
    status: str
    reason: str
    during: str


class Stack:
    """One stack.

    Args:
        scheduler: The virtual clock.
        cloudformation: What sends the requests.
        name: Its name.
        service_token: The provider's function.
        rollback: How the engine undoes a replacement.
        references: What it puts in place of references in a rollback.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        cloudformation: CloudFormation,
        *,
        name: str,
        service_token: str,
        rollback: Rollback = "update-then-delete",
        references: References = "evaluated again",
    ) -> None:
        self._scheduler = scheduler
        self._cloudformation = cloudformation
        self._service_token = service_token
        self._rollback: Rollback = rollback
        self._references: References = references
        self.name = name
        self.id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{_guid(scheduler)}"
        self.resources: dict[str, Resource] = {}
        self._views = Views()
        self._status = "REVIEW_IN_PROGRESS"
        self.events: list[StackEvent] = []
        self.retained: set[str] = set()
        self.retained_unknown: set[str] = set()
        self.keeps_failures = False
        self._replaced: Mapping[str, Work] = {}
        self._draws = 0

    @property
    def status(self) -> str:
        """CloudFormation's status of the stack."""
        return self._status

    @status.setter
    def status(self, status: str) -> None:
        self._remember()
        self._status = status

    def view(self, lag_s: float) -> View:
        """What CloudFormation shows of it: what was so many seconds ago."""
        now = view_of(self._status, self.resources)
        return self._views.at(self._scheduler.now_s - lag_s, now=now)

    def _remember(self) -> None:
        now = view_of(self._status, self.resources)
        self._views.remember(now, now_s=self._scheduler.now_s)

    @property
    def settled(self) -> bool:
        """Whether no operation is under way."""
        return not self.status.endswith("_IN_PROGRESS")

    @property
    def has_kept_a_failure(self) -> bool:
        """Whether it waits, with what failed in it, for another update or its deletion."""
        return self.keeps_failures and self.status in ("CREATE_FAILED", "UPDATE_FAILED")

    @property
    def may_hand_over_to_nobody(self) -> bool:
        """Whether the latest operation was a rollback that left untouched resources alone."""
        return self._references == "as before" and self.status.startswith("UPDATE_ROLLBACK")

    # --- operations ----------------------------------------------------------------------------

    def create(
        self, template: Template, *, fails_after_s: float | None = None, rolls_back: bool = True
    ) -> None:
        """Create the stack; a sibling fails after so many seconds, if any.

        Without a rollback, what failed stays as it is until the next update, or the deletion.
        """
        self.status = "CREATE_IN_PROGRESS"
        self.keeps_failures = not rolls_back
        self._scheduler.spawn(lambda: self._create(template, fails_after_s))

    def update(
        self,
        template: Template,
        *,
        fails_after_s: float | None = None,
        failed_go: FailedGo = "last",
    ) -> None:
        """Update the stack; a sibling fails after so many seconds, if any.

        Of a stack that has kept a failure no update is rolled back. What failed is created again,
        and deleted first, or last.
        """
        self.status = "UPDATE_IN_PROGRESS"
        self._scheduler.spawn(lambda: self._update(template, fails_after_s, failed_go))

    def delete(self) -> None:
        """Delete the stack; also while another operation is under way, as users do."""
        self.status = "DELETE_IN_PROGRESS"
        self._scheduler.spawn(self._delete_all)

    # --- the course of an operation ------------------------------------------------------------

    def _create(self, template: Template, fails_after_s: float | None) -> None:
        works: dict[str, Work] = {
            name: Create(self, name, declared) for name, declared in template.items()
        }
        succeeded = self._do(works, template, fails_after_s)
        if self.status != "CREATE_IN_PROGRESS":
            return
        if succeeded:
            self.status = "CREATE_COMPLETE"
            self.keeps_failures = False
            return
        if self.keeps_failures:
            self.status = "CREATE_FAILED"
            return
        self.status = "ROLLBACK_IN_PROGRESS"
        ended = self._delete_each(list(self.resources))
        if self.status == "ROLLBACK_IN_PROGRESS":
            self.status = "ROLLBACK_COMPLETE" if ended else "ROLLBACK_FAILED"

    def _update(self, template: Template, fails_after_s: float | None, failed_go: FailedGo) -> None:
        before = {name: replace(each) for name, each in self.resources.items()}
        works: dict[str, Work] = {}
        for name, declared in template.items():
            if name not in before:
                works[name] = Create(self, name, declared)
            elif before[name].status == "CREATE_FAILED":
                works[name] = CreateAgain(self, name, declared, failed_goes=failed_go)
            else:
                works[name] = Update(self, name, declared)
        succeeded = self._do(works, template, fails_after_s)
        if self.status != "UPDATE_IN_PROGRESS":
            return
        if not succeeded and self.keeps_failures:
            self._replaced = works
            self.status = "UPDATE_FAILED"
            return
        if not succeeded:
            self._roll_back(works, before)
            return
        self.keeps_failures = False
        self.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        self._clean_up(works)
        self._delete_each([name for name in before if name not in template])
        if self.status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
            self.status = "UPDATE_COMPLETE"

    def _roll_back(self, works: Mapping[str, Work], before: Mapping[str, Resource]) -> None:
        self.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        back: dict[str, Work] = {}
        for name, resource in before.items():
            work = self._way_back(works.get(name), name, resource)
            if work is not None:
                back[name] = work
        order = first_to_last({name: work.declared for name, work in back.items()})
        undone = self._in_order(back, order)
        self._clean_up(back)
        made = [name for name, work in works.items() if work.touched and name not in before]
        undone = self._delete_each(made) and undone
        if self.status == "UPDATE_ROLLBACK_IN_PROGRESS":
            self.status = "UPDATE_ROLLBACK_COMPLETE" if undone else "UPDATE_ROLLBACK_FAILED"

    def _way_back(self, work: Work | None, name: str, before: Resource) -> Work | None:
        """What a rollback does to a resource, if anything."""
        again = self._references == "evaluated again"
        if work is None or not work.touched:
            return Update(self, name, before.declared) if again else None
        if work.replaced and self._rollback == "delete-alone":
            return SwitchBack(self, name, before)
        properties = None if again else before.properties
        return Update(self, name, before.declared, properties=properties, undoes=work)

    def _do(
        self, works: Mapping[str, Work], template: Template, fails_after_s: float | None
    ) -> bool:
        """Work on all; whether it succeeded. Another operation cancels the rest.

        So does a failure, unless failures are kept: then what does not need it goes on.
        """
        during = self.status
        everything = dict(works)
        if fails_after_s is not None:
            everything[Sibling.LOGICAL_ID] = Sibling(self, fails_after_s)
        return self._in_order(
            everything,
            first_to_last(template),
            ends=lambda: (
                self.status != during
                or (not self.keeps_failures and any(work.failed for work in everything.values()))
            ),
        )

    def _in_order(
        self, works: Mapping[str, Work], needs: Needs, *, ends: Callable[[], bool] = lambda: False
    ) -> bool:
        """Work on each once all that it needs is done; whether all succeeded.

        Args:
            works: Logical id -> what is done to it.
            needs: Logical id -> those that come first; those not worked on count for nothing.
            ends: Whether to cancel what is under way, and to begin nothing more.
        """
        waiting = dict(works)
        tasks: list[Task] = []
        while not ends():
            ready = [
                name
                for name in waiting
                if all(works[each].done for each in needs.get(name, ()) if each in works)
            ]
            tasks += [self._scheduler.spawn(waiting.pop(name).run) for name in ready]
            if not any(task.alive for task in tasks):
                # What still waits, needs what failed.
                return all(work.done for work in works.values())
            self._scheduler.sleep(1)
        for work in works.values():
            work.cancelled = True
        self._scheduler.wait_for(lambda: not any(task.alive for task in tasks))
        return False

    def _delete_all(self) -> None:
        self._scheduler.sleep(2)
        self._clean_up(self._replaced)
        done = self._delete_each(list(self.resources))
        self.status = "DELETE_COMPLETE" if done else "DELETE_FAILED"

    def _delete_each(self, names: list[str]) -> bool:
        there = {name: self.resources[name] for name in names if name in self.resources}
        order = last_to_first({name: each.declared for name, each in there.items()})
        return self._in_order({name: Delete(self, name) for name in there}, order)

    def _clean_up(self, works: Mapping[str, Work]) -> None:
        """Delete what replacements left; CloudFormation tries three times and goes on."""
        for name, work in works.items():
            if work.replaced is not None:
                self._clean_up_one(name, work.replaced)

    def _clean_up_one(self, logical_id: str, old: Resource) -> None:
        if old.declared.retain:
            self.retained.add(old.physical_id)
            return
        for _ in range(3):
            exchange = self.ask(
                "Delete", logical_id, old.declared.type, old.properties, old.physical_id
            )
            self._scheduler.wait_for(lambda: exchange.over)  # noqa: B023 it is waited for here
            status = "DELETE_COMPLETE" if exchange.succeeded else "DELETE_FAILED"
            self.note(logical_id, status, exchange.reason)
            if exchange.succeeded:
                return

    # --- for the works -------------------------------------------------------------------------

    def resolved(self, declared: Declared) -> Mapping[str, Any]:
        """Its properties, with the attributes that the stack's resources have now.

        Raises:
            MissingAttributeError: One is not there.
        """
        values: Mapping[str, Any] = resolved(
            declared.properties,
            lambda name: self.resources[name].attributes if name in self.resources else {},
        )
        return values

    def ask(
        self,
        request_type: str,
        logical_id: str,
        resource_type: str,
        properties: Mapping[str, Any],
        physical_id: str | None = None,
        old: Mapping[str, Any] | None = None,
    ) -> Exchange:
        event: dict[str, Any] = {
            "RequestType": request_type,
            "StackId": self.id,
            "LogicalResourceId": logical_id,
            "ResourceType": resource_type,
            "ServiceToken": self._service_token,
            "ResourceProperties": {"ServiceToken": self._service_token, **properties},
        }
        if physical_id is not None:
            event["PhysicalResourceId"] = physical_id
        if old is not None:
            event["OldResourceProperties"] = {"ServiceToken": self._service_token, **old}
        return self._cloudformation.ask(event, service_token=self._service_token)

    def tell(self, logical_id: str, status: str, reason: str = "") -> None:
        """Note an event, and the resource's new status."""
        self._remember()
        resource = self.resources.get(logical_id)
        # An answer that crosses with the stack's deletion brings nothing back.
        if resource is not None and not (
            resource.status.startswith("DELETE_") and not status.startswith("DELETE_")
        ):
            resource.status = status
        self.note(logical_id, status, reason)

    def note(self, logical_id: str, status: str, reason: str = "") -> None:
        """Note an event of something that the stack's resource is no longer, or not yet."""
        self.events.append(
            StackEvent(
                at_s=self._scheduler.now_s,
                logical_id=logical_id,
                status=status,
                reason=reason,
                during=self.status,
            )
        )

    def invented_id(self, logical_id: str) -> str:
        """The id that CloudFormation gives to what it heard no id of."""
        self._draws += 1
        return f"{self.name}-{logical_id}-{self._draws:012X}"

    def wait(self, work: Work, exchange: Exchange) -> None:
        """Wait for the answer, or until the operation is cancelled."""
        self._scheduler.wait_for(lambda: exchange.over or work.cancelled, step_s=0.5)
        if not exchange.over:
            exchange.over = True
            exchange.abandoned = True

    def pass_time(self, seconds: float, *, unless: Callable[[], bool]) -> None:
        """Wait so long, unless something else comes first."""
        ends_s = self._scheduler.now_s + seconds
        while self._scheduler.now_s < ends_s and not unless():
            self._scheduler.sleep(1)


def _guid(scheduler: Scheduler) -> str:
    return f"{scheduler.random.getrandbits(128):032x}"
