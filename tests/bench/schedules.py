"""When each one looks: our schedule, the Provider framework's, stock crhelper's.

None is written down here. Ours is the handler's own function; the framework's is read from the
state machine that it synthesizes; crhelper's is what it asks of EventBridge when its polling is
set up.
"""

from __future__ import annotations

import importlib
import json
import random
import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

import boto3

from bench.stacks import FUNCTIONS
from personalize_provider.segments import CLOUDFORMATION_WAITS_S, share_s
from personalize_provider.waiter import next_look

SEGMENT_S: Final = share_s(CLOUDFORMATION_WAITS_S)
"""How long one of our requests waits at most; a longer wait goes on in the next request."""

Looks = Callable[[random.Random], Iterator[float]]
"""Draws one wait: the times of its looks, in seconds since CloudFormation asked, without end."""


def our_pause(elapsed_s: float, draw: float) -> float:
    """Seconds until our next look: the one place that knows how the handler's schedule is asked.

    Args:
        elapsed_s: Seconds waited, as the handler knows them.
        draw: In [0, 1); another one for each look.
    """
    return next_look(elapsed_s, draw)


def ours(*, carries_elapsed: bool = True) -> Looks:
    """Our schedule, segment after segment.

    Args:
        carries_elapsed: Whether a later segment knows how long the earlier ones waited. Without,
            each starts with the short pauses of a young wait.
    """

    def looks(draws: random.Random) -> Iterator[float]:
        now_s = 0.0
        while True:
            began_s = now_s
            end_s = began_s + SEGMENT_S
            while now_s < end_s:
                yield now_s
                elapsed_s = now_s if carries_elapsed else now_s - began_s
                # When the deadline is nearer than the next look, the look comes at the deadline.
                now_s = min(end_s, now_s + our_pause(elapsed_s, draws.random()))
            yield now_s

    return looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrier:
    """How the framework's state machine asks again.

    Attributes:
        interval_s: Seconds until the first retry.
        backoff: Factor of each later interval.
        attempts: How many retries there are; after them the framework fails the resource.
    """

    interval_s: float
    backoff: float
    attempts: int


def retrier(template: Mapping[str, Any]) -> Retrier:
    """The retrier of the framework's waiter, from a template with one Provider."""
    (machine,) = (
        each["Properties"]["DefinitionString"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::StepFunctions::StateMachine"
    )
    parts = machine["Fn::Join"][1] if isinstance(machine, dict) else [machine]
    definition = json.loads("".join(each if isinstance(each, str) else "x" for each in parts))
    (given,) = definition["States"][definition["StartAt"]]["Retry"]
    return Retrier(
        interval_s=float(given["IntervalSeconds"]),
        backoff=float(given["BackoffRate"]),
        attempts=int(given["MaxAttempts"]),
    )


def framework(given: Retrier, *, gives_up: bool = False) -> Looks:
    """The framework's schedule: the first look at once, then a retry after each interval.

    Args:
        given: What its state machine says.
        gives_up: Whether the looks end with the retries, as they do. Otherwise the schedule goes
            on, so that waits longer than the framework's can be compared.
    """

    def looks(_draws: random.Random) -> Iterator[float]:
        now_s, pause_s, tried = 0.0, given.interval_s, 0
        while True:
            yield now_s
            if gives_up and tried == given.attempts:
                return
            now_s += pause_s
            pause_s *= given.backoff
            tried += 1

    return looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """What stock crhelper asks of AWS for one wait.

    Attributes:
        interval_s: Of the rule that invokes the function.
        statement: What AddPermission puts into the function's policy.
        calls: The API calls, from the first event to the answer.
    """

    interval_s: float
    statement: Mapping[str, Any]
    calls: tuple[str, ...]


class _Recorder:
    """Clients that crhelper makes, which note what it asks for."""

    def __init__(self, *, region: str, account: str) -> None:
        self._place = f"{region}:{account}"
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def client(self, _service: str, **_: object) -> Any:
        return self

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        def call(**request: Any) -> dict[str, Any]:
            self.calls.append((operation, request))
            return {
                "RuleArn": f"arn:aws:events:{self._place}:rule/{request.get('Name')}",
                "campaignArn": f"arn:aws:personalize:{self._place}:campaign/c",
                "campaign": {"status": "ACTIVE"},
            }

        return call


FUNCTION_NAME: Final = "Recommendations-CrhelperFunction0A1B2C3D-9hX2kLmNpQrS"
"""As long as CloudFormation's names are."""


def crhelper_polling(logical_id: str = "Campaign1") -> Polling:
    """Lets a function on stock crhelper create a campaign and see it ACTIVE at the first poll."""
    region, account = "us-east-1", "123456789012"
    recorder = _Recorder(region=region, account=account)
    event: dict[str, Any] = {
        "RequestType": "Create",
        "StackId": f"arn:aws:cloudformation:{region}:{account}:stack/Recommendations/1",
        "RequestId": "r-1",
        "LogicalResourceId": logical_id,
        "ResponseURL": "https://example.com/",
        "ResourceProperties": {"SolutionVersionArn": "v"},
    }
    context = SimpleNamespace(
        function_name=FUNCTION_NAME, get_remaining_time_in_millis=lambda: 30_000
    )
    with (
        patch.object(boto3, "client", recorder.client),
        patch.object(sys, "path", [str(FUNCTIONS), *sys.path]),
    ):
        sys.modules.pop("for_crhelper", None)
        user: Any = importlib.import_module("for_crhelper")
        with patch.object(user.helper, "_send"):
            user.handler(event, context)
            # The rule's target gets the event as crhelper has completed it.
            (target,) = _request(recorder, "put_targets")["Targets"]
            user.handler(json.loads(target["Input"]), context)
    granted = _request(recorder, "add_permission")
    return Polling(
        interval_s=_rate_s(_request(recorder, "put_rule")["ScheduleExpression"]),
        statement={
            "Sid": granted["StatementId"],
            "Effect": "Allow",
            "Principal": {"Service": granted["Principal"]},
            "Action": granted["Action"],
            "Resource": f"arn:aws:lambda:{region}:{account}:function:{granted['FunctionName']}",
            "Condition": {"ArnLike": {"AWS:SourceArn": granted["SourceArn"]}},
        },
        calls=tuple(operation for operation, _ in recorder.calls),
    )


def _request(recorder: _Recorder, operation: str) -> dict[str, Any]:
    return next(request for name, request in recorder.calls if name == operation)


def _rate_s(expression: str) -> float:
    found = re.fullmatch(r"rate\((\d+) (minute|hour)s?\)", expression)
    if found is None:
        raise ValueError(f"not a rate: {expression!r}")
    return int(found[1]) * {"minute": 60.0, "hour": 3600.0}[found[2]]


def crhelper(interval_s: float) -> Looks:
    """crhelper's schedule: a rule of EventBridge, which fires first after one interval."""

    def looks(_draws: random.Random) -> Iterator[float]:
        now_s = interval_s
        while True:
            yield now_s
            now_s += interval_s

    return looks


def until(looks: Iterator[float], end_s: float) -> list[float]:
    """The times of looks, up to the first one at or after a time."""
    times: list[float] = []
    for at_s in looks:
        times.append(at_s)
        if at_s >= end_s:
            break
    return times


def noticed_s(times: list[float], active_s: float) -> float:
    """When ACTIVE is noticed: the first look at or after it; infinite if there is none."""
    index = bisect_left(times, active_s)
    return times[index] if index < len(times) else float("inf")
