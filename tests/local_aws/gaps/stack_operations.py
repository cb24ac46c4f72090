"""What CloudFormation does around a custom resource, beyond calling it.

- A Create that failed or timed out is followed by a Delete during the rollback, with the id that
  the failure carried, or one that CloudFormation invented. ministack forgets the resource. The same
  holds for what AWS's own providers had begun to create (native_personalize.py).
- While a request is in flight, DescribeStackResource shows the resource as ..._IN_PROGRESS.
  ministack knows a resource only once it was created.
- The event of a failure carries the physical id.
- An update leaves a resource whose properties did not change alone, without an event. ministack
  leaves it alone too, and reports it as updated.
- A Delete that failed in a rollback leaves the resource in the stack, for the next delete.
"""

from __future__ import annotations

import time
import types
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local_aws.gaps.custom_resource import Exchange, Exchanges


def is_custom(resource_type: str) -> bool:
    """Whether a resource type is a custom resource's."""
    return resource_type.startswith("Custom::") or (
        resource_type == "AWS::CloudFormation::CustomResource"
    )


def timestamp(epoch_s: float) -> str:
    """A time as CloudFormation's answers write it."""
    moment = datetime.fromtimestamp(epoch_s, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rolling_back(original: Callable[..., Any], exchanges: Exchanges) -> Callable[..., Any]:
    """ministack's rollback, with the Delete that a failed Create is owed."""

    async def roll_back(
        stack_name: str,
        stack_id: str,
        stack: dict[str, Any],
        operation: dict[str, Any],
        *rest: Any,
        **named: Any,
    ) -> None:
        logical_id = operation.get("failed_logical_id") or ""
        definition = (operation.get("template") or {}).get("Resources", {}).get(logical_id, {})
        owed = exchanges.take_owed_delete(stack_id, logical_id)
        if owed is not None and definition:
            stack.setdefault("_resources", {})[logical_id] = {
                "PhysicalResourceId": owed.physical_id,
                "ResourceType": definition["Type"],
                "ResourceStatus": "CREATE_FAILED",
                "LogicalResourceId": logical_id,
                "Properties": owed.properties,
                "Attributes": {},
                "Timestamp": timestamp(time.time()),
            }
            operation["created"] = [*operation.get("created", []), logical_id]
        await original(stack_name, stack_id, stack, operation, *rest, **named)
        for failed_id, record in (stack.get("_rollback_failed") or {}).items():
            if "RevertTo" not in record:
                stack["_resources"].setdefault(
                    failed_id,
                    {
                        **record,
                        "LogicalResourceId": failed_id,
                        "ResourceStatus": "DELETE_FAILED",
                        "Attributes": {},
                        "Timestamp": timestamp(time.time()),
                    },
                )

    return roll_back


class Events:
    """ministack's stack events, told as CloudFormation tells them."""

    def __init__(
        self, original: Callable[..., Any], exchanges: Exchanges, told: dict[str, list[Any]]
    ) -> None:
        """`original` adds an event to `told`, which holds every stack's events, oldest first."""
        self._original = original
        self._exchanges = exchanges
        self._told = told
        self._unchanged: set[tuple[str, str]] = set()

    def noting_unchanged(self, update: Callable[..., Any]) -> Callable[..., Any]:
        """ministack's update of a resource, with a note when there is nothing to update."""

        def update_resource(
            resource_type: str,
            physical_id: str,
            old: Any,
            new: Any,
            stack_name: str,
            logical_id: str,
            *rest: Any,
        ) -> Any:
            if old == new:
                self._unchanged.add((stack_name, logical_id))
            return update(resource_type, physical_id, old, new, stack_name, logical_id, *rest)

        return update_resource

    def add(
        self,
        stack_id: str,
        stack_name: str,
        logical_id: str,
        resource_type: str,
        status: str,
        reason: str = "",
        physical_id: str = "",
        detailed_status: str = "",
    ) -> None:
        """Takes the place of ministack's `_add_event`."""
        if (stack_name, logical_id) in self._unchanged:
            # It was announced before anybody looked, so the announcement is taken back.
            self._unchanged.discard((stack_name, logical_id))
            last = self._told[stack_id][-1]
            if (last["LogicalResourceId"], last["ResourceStatus"]) == (
                logical_id,
                "UPDATE_IN_PROGRESS",
            ) and status == "UPDATE_COMPLETE":
                self._told[stack_id].pop()
                return
        if not physical_id and is_custom(resource_type) and status.endswith("_FAILED"):
            physical_id = self._exchanges.latest_physical_id(stack_id, logical_id)
        self._original(
            stack_id,
            stack_name,
            logical_id,
            resource_type,
            status,
            reason,
            physical_id,
            detailed_status,
        )


def showing_requests_in_flight(
    describe: types.FunctionType, exchanges: Exchanges
) -> types.FunctionType:
    """One of ministack's describe actions, showing what is in flight.

    The action looks its stack up by a function of its module, `_resolve_stack`; it gets a copy of
    that name that answers a view of the stack, so nothing else in ministack sees the view.
    """
    find_stack = describe.__globals__["_resolve_stack"]

    def find_stack_as_seen(stack_name: str) -> dict[str, Any] | None:
        stack: dict[str, Any] | None = find_stack(stack_name)
        if stack is None:
            return None
        resources = dict(stack.get("_resources", {}))
        for exchange in exchanges.in_flight(stack["StackId"]):
            resources[exchange.logical_id] = _as_seen(exchange, resources.get(exchange.logical_id))
        return {**stack, "_resources": resources}

    seen = types.FunctionType(
        describe.__code__,
        {**describe.__globals__, "_resolve_stack": find_stack_as_seen},
        describe.__name__,
        describe.__defaults__,
        describe.__closure__,
    )
    seen.__kwdefaults__ = describe.__kwdefaults__
    return seen


def _as_seen(exchange: Exchange, known: dict[str, Any] | None) -> dict[str, Any]:
    if known and exchange.physical_id not in {"", known["PhysicalResourceId"]}:
        # The cleanup of a replaced resource: the logical id already names its successor.
        return known
    verb = exchange.request_type.upper()
    return {
        "LogicalResourceId": exchange.logical_id,
        "PhysicalResourceId": exchange.physical_id,
        "ResourceType": exchange.resource_type,
        **(known or {}),
        "ResourceStatus": f"{verb}_IN_PROGRESS",
        "ResourceStatusReason": "",
        "Timestamp": timestamp(exchange.asked_at),
    }
