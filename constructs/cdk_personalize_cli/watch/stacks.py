"""What CloudFormation tells: the stack, its events, its nested stacks, their state machines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_personalize_cli.watch.operation import Operation, StackEvent, operation, read
from personalize_provider.calls import RefusedError, call

PROVIDER = "CdkPersonalizeProvider"
"""What the logical ids of a stack's own provider start with."""

_HANDLER = re.compile("Handler[0-9A-F]{8}$")
"""How the logical id of a provider's handler ends, behind the provider's own part."""

_STATE_MACHINE = "AWS::StepFunctions::StateMachine"
_CLOCK_SKEW_S = 5
_MOST_NESTED = 200


class NoSuchStackError(Exception):
    """There is no stack of that name."""


class EventLog:
    """The events of a stack's latest operation; each call reads only what is new.

    Args:
        client: A botocore client of `cloudformation`.
        stack_id: ARN of the stack.
    """

    def __init__(self, client: Any, stack_id: str) -> None:
        self._client = client
        self._stack_id = stack_id
        self._events: list[StackEvent] = []

    def read(self) -> list[StackEvent]:
        """The events, oldest first.

        Raises:
            ServiceError: They could not be had.
        """
        known = self._events[-1].id if self._events else None
        new: list[StackEvent] = []
        for raw in pages(self._client, "DescribeStackEvents", "StackEvents", self._stack_id):
            if raw["EventId"] == known:
                break
            new.append(read(raw))
            if new[-1].begins:
                # What came before belongs to the operation before.
                self._events = []
                break
        self._events += reversed(new)
        return self._events


class Stacks:
    """A stack and those nested in it.

    Args:
        client: A botocore client of `cloudformation`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._logs: dict[str, EventLog] = {}
        self._waiters: dict[tuple[str, str], str] = {}

    def find(self, name: str) -> tuple[str, str]:
        """ARN and status of a stack.

        Args:
            name: Its name or its ARN.

        Raises:
            NoSuchStackError: There is none.
            ServiceError: CloudFormation did not tell.
        """
        try:
            (found,) = call(self._client, "DescribeStacks", {"StackName": name})["Stacks"]
        except RefusedError as error:
            # CloudFormation has one code, ValidationError, for all that does not exist.
            if "does not exist" in str(error):
                raise NoSuchStackError(name) from error
            raise
        return found["StackId"], found["StackStatus"]

    def operations(self, stack_id: str, status: str = "") -> list[Operation]:
        """The latest operation of a stack, and those of the stacks nested in it.

        A nested stack that took no part in the operation is left out.

        Args:
            stack_id: ARN of the stack.
            status: Its status, where no event tells one.

        Raises:
            ServiceError: The events could not be had.
        """
        first = operation(stack_id, self._log(stack_id).read(), status=status)
        found = {stack_id: first}
        open_ = [first]
        while open_ and len(found) < _MOST_NESTED:
            for resource in open_.pop(0).resources:
                nested = resource.physical_id
                if not resource.is_nested_stack or nested in found:
                    continue
                inner = operation(nested, self._events_of_nested(nested))
                if inner.began_s >= first.began_s - _CLOCK_SKEW_S:
                    found[nested] = inner
                    open_.append(inner)
        return list(found.values())

    def waiter(self, stack_id: str, service_token: str = "") -> str:
        """ARN of the state machine that waits for a resource.

        Args:
            stack_id: ARN of the resource's stack.
            service_token: ARN of the handler that serves the resource. Default: it is not known,
                and the stack's own provider counts.

        Returns:
            "" where there is none, yet or any longer.

        Raises:
            ServiceError: The resources could not be listed.
        """
        key = (stack_id, service_token)
        if key not in self._waiters:
            arn = self._look_for_waiter(stack_id, service_token.rpartition(":function:")[2])
            if not arn:
                return ""
            self._waiters[key] = arn
        return self._waiters[key]

    def _look_for_waiter(self, stack_id: str, function: str) -> str:
        listed = self._resources(stack_id)
        if not function:
            return _waiter_of(PROVIDER, listed)
        handler = _id_of(function, listed)
        if not handler:
            # The provider is another stack's; CloudFormation knows whose.
            listed = self._resources(self._stack_of(function))
            handler = _id_of(function, listed)
        return _waiter_of(_HANDLER.sub("", handler), listed) if handler else ""

    def _resources(self, stack_id: str) -> list[Mapping[str, Any]]:
        if not stack_id:
            return []
        return list(pages(self._client, "ListStackResources", "StackResourceSummaries", stack_id))

    def _stack_of(self, physical_id: str) -> str:
        """ARN of the stack that a resource belongs to, "" if it belongs to none."""
        asked = {"PhysicalResourceId": physical_id}
        try:
            found = call(self._client, "DescribeStackResources", asked)["StackResources"]
        except RefusedError:
            return ""
        return str(found[0]["StackId"]) if found else ""

    def _events_of_nested(self, stack_id: str) -> list[StackEvent]:
        try:
            return self._log(stack_id).read()
        except RefusedError:
            return []

    def _log(self, stack_id: str) -> EventLog:
        return self._logs.setdefault(stack_id, EventLog(self._client, stack_id))


def _id_of(physical_id: str, listed: list[Mapping[str, Any]]) -> str:
    found = (each for each in listed if each.get("PhysicalResourceId") == physical_id)
    return next((str(each["LogicalResourceId"]) for each in found), "")


def _waiter_of(provider: str, listed: list[Mapping[str, Any]]) -> str:
    for each in listed:
        is_waiter = each["LogicalResourceId"].startswith(f"{provider}Waiter")
        if is_waiter and each["ResourceType"] == _STATE_MACHINE and "PhysicalResourceId" in each:
            return str(each["PhysicalResourceId"])
    return ""


def pages(client: Any, operation: str, member: str, stack_id: str) -> Iterator[Mapping[str, Any]]:
    """All that an operation of CloudFormation lists for a stack.

    Raises:
        ServiceError: A page could not be had.
    """
    token: dict[str, str] = {}
    while True:
        answer = call(client, operation, {"StackName": stack_id, **token})
        yield from answer[member]
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}
