"""What an operation of a stack does to one resource: create, update, delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from simulator.templates import Declared, MissingAttributeError

if TYPE_CHECKING:
    from simulator.cloudformation import Exchange
    from simulator.stacks import Stack


CREATION_CANCELLED = "Resource creation cancelled"
"""Why a creation failed that was given up for a deletion of the stack, or another's failure."""


@dataclass(kw_only=True)
class Resource:
    """A resource that a stack has.

    Attributes:
        declared: As it was last brought to.
        properties: The same, with values in place of references.
        physical_id: What the answers said.
        status: CloudFormation's status.
        attributes: The Data of the latest success.
    """

    declared: Declared
    properties: Mapping[str, Any]
    physical_id: str
    status: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Work:
    """One resource's part of an operation.

    Attributes:
        logical_id: The resource.
        declared: What it is brought to.
        sent: The properties that it was asked to have; empty before.
        touched: Whether anything was asked.
        cancelled: Whether the operation has given up.
        failed: Whether it failed by itself.
        done: Whether it succeeded, so that those that need it can begin.
        replaced: The resource before, which the cleanup deletes, if there is another one now.
    """

    def __init__(self, stack: Stack, logical_id: str, declared: Declared) -> None:
        self.stack = stack
        self.logical_id = logical_id
        self.declared = declared
        self.sent: Mapping[str, Any] = {}
        self.touched = False
        self.cancelled = False
        self.failed = False
        self.done = False
        self.replaced: Resource | None = None

    def run(self) -> None:
        """Begin; in a task of its own."""
        if self.cancelled:
            return
        try:
            self.work()
        except MissingAttributeError as error:
            self.failed = True
            self.stack.tell(self.logical_id, self.failure, str(error))

    failure = ""
    """The status of a failure."""

    def work(self) -> None:
        """What is done.

        Raises:
            MissingAttributeError: It takes an attribute that is not there.
        """
        raise NotImplementedError

    def fail(self, exchange: Exchange, cancelled: str) -> None:
        """The exchange did not succeed: it failed, or was given up."""
        self.failed = not exchange.abandoned
        reason = cancelled if exchange.abandoned else exchange.reason
        self.stack.tell(self.logical_id, self.failure, reason)


class Create(Work):
    """Create a resource."""

    failure = "CREATE_FAILED"

    def work(self) -> None:
        stack, name = self.stack, self.logical_id
        self.sent = stack.resolved(self.declared)
        self.touched = True
        resource = Resource(declared=self.declared, properties=self.sent, physical_id="", status="")
        stack.resources[name] = resource
        stack.tell(name, "CREATE_IN_PROGRESS")
        exchange = stack.ask("Create", name, self.declared.type, self.sent)
        stack.wait(self, exchange)
        answer = exchange.answer or {}
        resource.physical_id = answer.get("PhysicalResourceId") or stack.invented_id(name)
        if exchange.succeeded:
            resource.attributes = answer.get("Data", {})
            stack.tell(name, "CREATE_COMPLETE")
            self.done = True
        else:
            self.fail(exchange, CREATION_CANCELLED)


FailedGo = Literal["first", "last"]
"""When CloudFormation deletes what failed and is created again: its guide does not tell."""


class CreateAgain(Create):
    """Create a resource whose first creation failed, and stayed so.

    What failed counts as replaced, as after an update, if the new one has another id.

    Args:
        stack: The stack.
        logical_id: The resource.
        declared: What it is brought to.
        failed_goes: When what failed is deleted.
    """

    def __init__(
        self, stack: Stack, logical_id: str, declared: Declared, *, failed_goes: FailedGo
    ) -> None:
        super().__init__(stack, logical_id, declared)
        self._failed_goes = failed_goes

    def work(self) -> None:
        failed = self.stack.resources[self.logical_id]
        if self._failed_goes == "first":
            deletion = Delete(self.stack, self.logical_id)
            deletion.work()
            if not deletion.done:
                self.failed = True
                return
        super().work()
        now = self.stack.resources[self.logical_id]
        if self._failed_goes == "last" and now.physical_id != failed.physical_id:
            self.replaced = failed


class Update(Work):
    """Bring a resource to what is declared, unless it has just that.

    Args:
        stack: The stack.
        logical_id: The resource.
        declared: What it is brought to.
        properties: The values to send in place of what references give now, or None.
        undoes: On a rollback, the update that it undoes, or None where there was none.
    """

    failure = "UPDATE_FAILED"

    def __init__(
        self,
        stack: Stack,
        logical_id: str,
        declared: Declared,
        *,
        properties: Mapping[str, Any] | None = None,
        undoes: Work | None = None,
    ) -> None:
        super().__init__(stack, logical_id, declared)
        self._properties = properties
        self._undoes = undoes

    def work(self) -> None:
        stack, name = self.stack, self.logical_id
        resource = stack.resources[name]
        given = self._properties
        self.sent = stack.resolved(self.declared) if given is None else given
        old = resource.properties if self._undoes is None else self._undoes.sent
        if self._undoes is None and self.sent == old:
            resource.declared = self.declared
            self.done = True
            return
        self.touched = True
        stack.tell(name, "UPDATE_IN_PROGRESS")
        exchange = stack.ask(
            "Update", name, self.declared.type, self.sent, resource.physical_id, old
        )
        stack.wait(self, exchange)
        if not exchange.succeeded:
            self.fail(exchange, "Resource update cancelled")
            return
        answer = exchange.answer or {}
        if answer["PhysicalResourceId"] != resource.physical_id:
            self.replaced = replace(resource, properties=old, status="UPDATE_COMPLETE")
        resource.physical_id = answer["PhysicalResourceId"]
        resource.declared = self.declared
        resource.properties = self.sent
        resource.attributes = answer.get("Data", {})
        stack.tell(name, "UPDATE_COMPLETE")
        self.done = True


class SwitchBack(Work):
    """Take the resource before a replacement for the resource again, without a word to it.

    Args:
        stack: The stack.
        logical_id: The resource.
        before: The resource before.
    """

    def __init__(self, stack: Stack, logical_id: str, before: Resource) -> None:
        super().__init__(stack, logical_id, before.declared)
        self._before = before

    def work(self) -> None:
        resources = self.stack.resources
        self.replaced = resources[self.logical_id]
        resources[self.logical_id] = replace(self._before, status="UPDATE_COMPLETE")
        self.done = True


class Delete(Work):
    """Delete a resource, or leave it where it is if it is retained."""

    failure = "DELETE_FAILED"

    def __init__(self, stack: Stack, logical_id: str) -> None:
        super().__init__(stack, logical_id, stack.resources[logical_id].declared)

    def work(self) -> None:
        stack, name = self.stack, self.logical_id
        resource = stack.resources[name]
        if self.declared.retain:
            stack.retained.add(resource.physical_id)
            if not resource.physical_id.startswith("arn:"):
                stack.retained_unknown.add(name)
            stack.tell(name, "DELETE_SKIPPED")
        else:
            stack.tell(name, "DELETE_IN_PROGRESS")
            # A create that is cut short has not told its id.
            physical_id = resource.physical_id or stack.invented_id(name)
            exchange = stack.ask(
                "Delete", name, self.declared.type, resource.properties, physical_id
            )
            stack.wait(self, exchange)
            if not exchange.succeeded:
                self.fail(exchange, "Resource deletion cancelled")
                return
            stack.tell(name, "DELETE_COMPLETE")
        del stack.resources[name]
        self.done = True


class Sibling(Work):
    """The rest of the stack, which fails a while after the operation began.

    Args:
        stack: The stack.
        after_s: Seconds until it fails.
    """

    LOGICAL_ID = "(a sibling)"

    def __init__(self, stack: Stack, after_s: float) -> None:
        super().__init__(stack, self.LOGICAL_ID, Declared(type="", properties={}))
        self._after_s = after_s

    def work(self) -> None:
        self.stack.pass_time(self._after_s, unless=lambda: self.cancelled)
        self.failed = not self.cancelled
