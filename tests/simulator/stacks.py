"""Stacks: what CloudFormation asks of the custom resources when a template is created, updated,
rolled back and deleted.

Independent resources are worked on at the same time. A `failing` resource stands for the rest of
the stack: it fails a while after the operation began, and everything else rolls back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.cloudformation import CloudFormation, Exchange
from simulator.scheduler import Scheduler
from simulator.wire import ACCOUNT, REGION

Rollback = Literal["update-then-delete", "delete-alone"]


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource as a template declares it.

    Attributes:
        type: `Custom::PersonalizeCampaign`.
        properties: Its properties, ServiceToken left out.
        retain: DeletionPolicy and UpdateReplacePolicy Retain.
    """

    type: str
    properties: Mapping[str, Any]
    retain: bool = False


Template = Mapping[str, Declared]


@dataclass(kw_only=True)
class Resource:
    """A resource that a stack has.

    Attributes:
        declared: As it was last brought to.
        physical_id: What the answers said.
        status: CloudFormation's status.
        attributes: The Data of the latest success.
    """

    declared: Declared
    physical_id: str
    status: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StackEvent:
    """One line of the stack's events."""

    at_s: float
    logical_id: str
    status: str
    reason: str


class Stack:
    """One stack.

    Args:
        scheduler: The virtual clock.
        cloudformation: What sends the requests.
        name: Its name.
        service_token: The provider's function.
        rollback: How the engine undoes a replacement.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        cloudformation: CloudFormation,
        *,
        name: str,
        service_token: str,
        rollback: Rollback = "update-then-delete",
    ) -> None:
        self._scheduler = scheduler
        self._cloudformation = cloudformation
        self._service_token = service_token
        self._rollback: Rollback = rollback
        self.name = name
        self.id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{_guid(scheduler)}"
        self.status = "REVIEW_IN_PROGRESS"
        self.resources: dict[str, Resource] = {}
        self.events: list[StackEvent] = []
        self.retained: set[str] = set()
        self.retained_unknown: set[str] = set()
        self._draws = 0

    @property
    def settled(self) -> bool:
        """Whether no operation is under way."""
        return not self.status.endswith("_IN_PROGRESS")

    def status_of(self, logical_id: str) -> str | None:
        """What DescribeStackResource shows."""
        resource = self.resources.get(logical_id)
        return resource.status if resource else None

    # --- operations ----------------------------------------------------------------------------

    def create(self, template: Template, *, fails_after_s: float | None = None) -> None:
        """Create the stack; a sibling fails after so many seconds, if any."""
        self.status = "CREATE_IN_PROGRESS"
        self._scheduler.spawn(lambda: self._create(template, fails_after_s))

    def update(self, template: Template, *, fails_after_s: float | None = None) -> None:
        """Update the stack; a sibling fails after so many seconds, if any."""
        self.status = "UPDATE_IN_PROGRESS"
        self._scheduler.spawn(lambda: self._update(template, fails_after_s))

    def delete(self) -> None:
        """Delete the stack; also while another operation is under way, as users do."""
        self.status = "DELETE_IN_PROGRESS"
        self._scheduler.spawn(self._delete_all)

    # --- the course of an operation ------------------------------------------------------------

    def _create(self, template: Template, fails_after_s: float | None) -> None:
        works = {name: _Create(self, name, declared) for name, declared in template.items()}
        failed = self._do(works, fails_after_s, "CREATE_IN_PROGRESS")
        if self.status != "CREATE_IN_PROGRESS":
            return
        if not failed:
            self.status = "CREATE_COMPLETE"
            return
        self.status = "ROLLBACK_IN_PROGRESS"
        ended = self._delete_each(list(self.resources))
        if self.status == "ROLLBACK_IN_PROGRESS":
            self.status = "ROLLBACK_COMPLETE" if ended else "ROLLBACK_FAILED"

    def _update(self, template: Template, fails_after_s: float | None) -> None:
        before = {name: each.declared for name, each in self.resources.items()}
        works: dict[str, _Work] = {}
        for name, declared in template.items():
            if name not in self.resources:
                works[name] = _Create(self, name, declared)
            elif declared != before[name]:
                works[name] = _Update(self, name, declared)
        failed = self._do(works, fails_after_s, "UPDATE_IN_PROGRESS")
        if self.status != "UPDATE_IN_PROGRESS":
            return
        if failed:
            self._roll_back(works)
            return
        self.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        for work in works.values():
            if work.replaced:
                self._clean_up(work.logical_id, work.replaced)
        self._delete_each([name for name in before if name not in template])
        if self.status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
            self.status = "UPDATE_COMPLETE"

    def _roll_back(self, works: Mapping[str, _Work]) -> None:
        self.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        undone = True
        for work in works.values():
            if work.touched and isinstance(work, _Update):
                undone = self._undo(work) and undone
        made = [name for name, work in works.items() if work.touched and isinstance(work, _Create)]
        undone = self._delete_each(made) and undone
        if self.status == "UPDATE_ROLLBACK_IN_PROGRESS":
            self.status = "UPDATE_ROLLBACK_COMPLETE" if undone else "UPDATE_ROLLBACK_FAILED"

    def _undo(self, work: _Update) -> bool:
        """Bring one resource back; whether that succeeded."""
        resource = self.resources[work.logical_id]
        new_id = resource.physical_id
        if work.replaced and self._rollback == "delete-alone":
            resource.physical_id = work.replaced.physical_id
            resource.declared = work.before
            resource.status = "UPDATE_COMPLETE"
            self._clean_up(
                work.logical_id,
                Resource(declared=work.declared, physical_id=new_id, status="UPDATE_COMPLETE"),
            )
            return True
        back = _Update(self, work.logical_id, work.before, old=work.declared)
        back.run()
        if back.failed:
            return False
        if back.replaced:
            self._clean_up(work.logical_id, back.replaced)
        return True

    def _do(self, works: Mapping[str, _Work], fails_after_s: float | None, during: str) -> bool:
        """Work on all at once; whether something failed, which cancels the rest."""
        tasks = [self._scheduler.spawn(work.run) for work in works.values()]
        ends_s = None if fails_after_s is None else self._scheduler.now_s + fails_after_s
        while any(task.alive for task in tasks) or ends_s is not None:
            self._scheduler.sleep(1)
            sibling_failed = ends_s is not None and self._scheduler.now_s >= ends_s
            if sibling_failed or any(work.failed for work in works.values()):
                for work in works.values():
                    work.cancelled = True
                self._scheduler.wait_for(lambda: not any(task.alive for task in tasks))
                return True
            if self.status != during:
                for work in works.values():
                    work.cancelled = True
                self._scheduler.wait_for(lambda: not any(task.alive for task in tasks))
                return True
        return any(work.failed for work in works.values())

    def _delete_all(self) -> None:
        self._scheduler.sleep(2)
        done = self._delete_each(list(self.resources))
        self.status = "DELETE_COMPLETE" if done else "DELETE_FAILED"

    def _delete_each(self, names: list[str]) -> bool:
        works = [_Delete(self, name) for name in names if name in self.resources]
        tasks = [self._scheduler.spawn(work.run) for work in works]
        self._scheduler.wait_for(lambda: not any(task.alive for task in tasks))
        return not any(work.failed for work in works)

    def _clean_up(self, logical_id: str, old: Resource) -> None:
        """Delete what a replacement left; CloudFormation tries three times and goes on."""
        if old.declared.retain:
            self.retained.add(old.physical_id)
            return
        for _ in range(3):
            exchange = self.ask("Delete", logical_id, old.declared, old.physical_id)
            self._scheduler.wait_for(lambda: exchange.over)  # noqa: B023 it is waited for here
            self.tell(
                logical_id,
                "DELETE_COMPLETE" if exchange.succeeded else "DELETE_FAILED",
                exchange.reason,
            )
            if exchange.succeeded:
                return

    # --- for the works -------------------------------------------------------------------------

    def ask(
        self,
        request_type: str,
        logical_id: str,
        declared: Declared,
        physical_id: str | None = None,
        old: Declared | None = None,
    ) -> Exchange:
        event: dict[str, Any] = {
            "RequestType": request_type,
            "StackId": self.id,
            "LogicalResourceId": logical_id,
            "ResourceType": declared.type,
            "ServiceToken": self._service_token,
            "ResourceProperties": self._properties(declared),
        }
        if physical_id is not None:
            event["PhysicalResourceId"] = physical_id
        if old is not None:
            event["OldResourceProperties"] = self._properties(old)
        return self._cloudformation.ask(event, service_token=self._service_token)

    def _properties(self, declared: Declared) -> dict[str, Any]:
        return {"ServiceToken": self._service_token, **declared.properties}

    def tell(self, logical_id: str, status: str, reason: str = "") -> None:
        """Note an event, and the resource's new status."""
        if logical_id in self.resources:
            self.resources[logical_id].status = status
        self.events.append(
            StackEvent(
                at_s=self._scheduler.now_s, logical_id=logical_id, status=status, reason=reason
            )
        )

    def invented_id(self, logical_id: str) -> str:
        """The id that CloudFormation gives to what it heard no id of."""
        self._draws += 1
        return f"{self.name}-{logical_id}-{self._draws:012X}"

    def wait(self, work: _Work, exchange: Exchange) -> None:
        """Wait for the answer, or until the operation is cancelled."""
        self._scheduler.wait_for(lambda: exchange.over or work.cancelled, step_s=0.5)
        if not exchange.over:
            exchange.over = True
            exchange.abandoned = True


class _Work:
    """What an operation does to one resource."""

    def __init__(self, stack: Stack, logical_id: str, declared: Declared) -> None:
        self.stack = stack
        self.logical_id = logical_id
        self.declared = declared
        self.failed = False
        self.touched = False
        self.cancelled = False
        self.replaced: Resource | None = None

    def run(self) -> None:
        raise NotImplementedError


class _Create(_Work):
    def run(self) -> None:
        if self.cancelled:
            return
        self.touched = True
        stack, name = self.stack, self.logical_id
        resource = Resource(declared=self.declared, physical_id="", status="")
        stack.resources[name] = resource
        stack.tell(name, "CREATE_IN_PROGRESS")
        exchange = stack.ask("Create", name, self.declared)
        stack.wait(self, exchange)
        answer = exchange.answer
        resource.physical_id = (answer or {}).get("PhysicalResourceId") or stack.invented_id(name)
        if exchange.succeeded:
            resource.attributes = (answer or {}).get("Data", {})
            stack.tell(name, "CREATE_COMPLETE")
        else:
            self.failed = not exchange.abandoned
            cancelled = "Resource creation cancelled" if exchange.abandoned else exchange.reason
            stack.tell(name, "CREATE_FAILED", cancelled)


class _Update(_Work):
    def __init__(
        self, stack: Stack, logical_id: str, declared: Declared, *, old: Declared | None = None
    ) -> None:
        super().__init__(stack, logical_id, declared)
        self.before = old or stack.resources[logical_id].declared

    def run(self) -> None:
        if self.cancelled:
            return
        self.touched = True
        stack, name = self.stack, self.logical_id
        resource = stack.resources[name]
        stack.tell(name, "UPDATE_IN_PROGRESS")
        exchange = stack.ask("Update", name, self.declared, resource.physical_id, self.before)
        stack.wait(self, exchange)
        if not exchange.succeeded:
            self.failed = not exchange.abandoned
            cancelled = "Resource update cancelled" if exchange.abandoned else exchange.reason
            stack.tell(name, "UPDATE_FAILED", cancelled)
            return
        answer = exchange.answer or {}
        if answer["PhysicalResourceId"] != resource.physical_id:
            self.replaced = Resource(
                declared=self.before, physical_id=resource.physical_id, status="UPDATE_COMPLETE"
            )
        resource.physical_id = answer["PhysicalResourceId"]
        resource.declared = self.declared
        resource.attributes = answer.get("Data", {})
        stack.tell(name, "UPDATE_COMPLETE")


class _Delete(_Work):
    def __init__(self, stack: Stack, logical_id: str) -> None:
        super().__init__(stack, logical_id, stack.resources[logical_id].declared)

    def run(self) -> None:
        stack, name = self.stack, self.logical_id
        resource = stack.resources[name]
        if self.declared.retain:
            stack.retained.add(resource.physical_id)
            if not resource.physical_id.startswith("arn:"):
                stack.retained_unknown.add(name)
            stack.tell(name, "DELETE_SKIPPED")
            del stack.resources[name]
            return
        stack.tell(name, "DELETE_IN_PROGRESS")
        exchange = stack.ask("Delete", name, self.declared, resource.physical_id)
        stack.wait(self, exchange)
        if exchange.succeeded:
            stack.tell(name, "DELETE_COMPLETE")
            del stack.resources[name]
        else:
            self.failed = True
            stack.tell(name, "DELETE_FAILED", exchange.reason)


def _guid(scheduler: Scheduler) -> str:
    return f"{scheduler.random.getrandbits(128):032x}"
