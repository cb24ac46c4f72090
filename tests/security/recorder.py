"""Notes every call to AWS in a simulated world, as the right that the caller's role needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import greenlet

from local_aws.gaps.personalize import needed_rights
from security.iam import Right
from simulator.aws_lambda import Lambda
from simulator.wire import ACCOUNT, REGION
from simulator.world import World

HANDLER = "HandlerRole"
WAITER = "WaiterRole"
LAST_RESORT = "LastResortRole"

BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call to AWS.

    Attributes:
        role: Whose policies it is judged by: the construct's id.
        stack_id: The stack on whose behalf it is made.
        right: What it takes. A call that takes several rights is noted once for each.
    """

    role: str
    stack_id: str
    right: Right


@dataclass
class Recorder:
    """Hears of every call from the moment at which a world is watched.

    Attributes:
        calls: What was called, each once, in the order in which it was first.
    """

    calls: dict[str, Call] = field(default_factory=dict)

    def watch(self, world: World) -> World:
        """Note the calls of a world from now on; the world itself, for convenience."""
        serve = world.wire.serve

        def noting(service: str, operation: str, request: Any) -> Any:
            caller = getattr(greenlet.getcurrent(), "caller", None)
            # A test that plays another owner has no caller, and no role of ours.
            if caller is not None:
                for right in _needed(service, operation, request.body):
                    self._note(HANDLER, caller[0], right)
            return serve(service, operation, request)

        world.wire.serve = noting  # type: ignore[method-assign]
        invoke = world.functions.invoke

        def destined(arn: str, event: dict[str, Any], done: Callable[[Any], None]) -> None:
            # Lambda sends a record to an on-failure destination with the function's own role.
            if "requestPayload" in event:
                right = Right("lambda:InvokeFunction", arn)
                self._note(HANDLER, event["requestPayload"]["StackId"], right)
            invoke(arn, event, done)

        world.functions.invoke = destined  # type: ignore[method-assign]
        world.states._lambda = _NotedLambda(world.functions, self._waiter)
        return world

    def of(self, role: str) -> list[Call]:
        """The calls of one role."""
        return [call for call in self.calls.values() if call.role == role]

    def _waiter(self, arn: str, given: Mapping[str, Any]) -> None:
        self._note(WAITER, given["event"]["StackId"], Right("lambda:InvokeFunction", arn))

    def _note(self, role: str, stack_id: str, right: Right) -> None:
        call = Call(role=role, stack_id=stack_id, right=right)
        self.calls.setdefault(repr(call), call)


class _NotedLambda(Lambda):
    """Lambda as the state machine sees it."""

    def __init__(self, functions: Lambda, note: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._behind = functions
        self._note = note

    def invoke(self, arn: str, event: dict[str, Any], done: Callable[[Any], None]) -> None:
        self._note(arn, event)
        self._behind.invoke(arn, event, done)


def _needed(service: str, operation: str, body: Any) -> Iterator[Right]:
    """The rights that a call takes, by what its request names."""
    text = body.decode() if isinstance(body, bytes) else body
    if service == "cloudformation":
        (stack_id,) = parse_qs(text)["StackName"]
        yield Right(f"cloudformation:{operation}", stack_id)
        return
    request = json.loads(text)
    if service == "personalize":
        yield from needed_rights(operation, request, region=REGION, account=ACCOUNT)
    elif service == "stepfunctions":
        named = request.get("stateMachineArn") or request["executionArn"]
        yield Right(f"states:{operation}", named)
    elif service == "events":
        for entry in request["Entries"]:
            bus = entry.get("EventBusName", BUS)
            yield Right(f"events:{operation}", bus, {"events:source": entry["Source"]})
    else:
        raise NotImplementedError(service)
