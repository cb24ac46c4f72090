"""The state machine's side: start a request's execution, supersede older ones, when to look.

A request is an execution of the provider's state machine, named after the resource and the
request; docs/architecture.md shows the loop.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from personalize_provider import names
from personalize_provider.calls import RefusedError, ServiceError, call
from personalize_provider.event import Request, RequestType

logger = logging.getLogger(__name__)

INPUT_VERSION = 1
"""Version of the execution's input; running executions meet newer code."""

FUNCTION_TIMEOUT_S = 30
"""The handler's time-out: after it, a stopped execution's last tick has ended for sure."""

SOONEST_LOOK_S = 5
LATEST_LOOK_S = 60
_SHARE = 0.01
JITTER = 0.15
"""By how much of itself a wait is shortened at most."""

_TARGET_DIGITS = 8
_UNIQUE_DIGITS = 12
_ANY_TARGET = "0" * _TARGET_DIGITS


def next_look(elapsed_s: float, draw: float) -> int:
    """Seconds until the next look, so that ACTIVE is noticed within 5 s or 1 % of the time waited.

    Jitter only ever shortens, and the first look is anywhere within its 5 s, so that the waits of
    one deployment, which start together, do not march in step.

    Args:
        elapsed_s: Seconds since CloudFormation asked, >= 0.
        draw: In [0, 1); decides the jitter.

    Returns:
        Whole seconds in [1, 60]; from 4 on after the first look.

    Source: docs/waiting.md, "The schedule".
    """
    if elapsed_s < 1:
        return 1 + int(draw * SOONEST_LOOK_S)
    longest_s = int(min(LATEST_LOOK_S, max(SOONEST_LOOK_S, elapsed_s * _SHARE)))
    return round(longest_s * (1 - JITTER * draw))


def next_try(troubles: int, draw: float) -> int:
    """Seconds until the next try after so many passing failures in a row.

    Args:
        troubles: Failures in a row.
        draw: In [0, 1); decides the jitter.

    Returns:
        Whole seconds: 5, 10, 20, 40, then 60 at most, and at least half of that.
    """
    longest_s: int = min(LATEST_LOOK_S, SOONEST_LOOK_S * 2 ** max(0, troubles - 1))
    return math.ceil(longest_s * (1 - draw / 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A request's execution, as its name tells.

    Attributes:
        arn: ARN of the execution.
        target: Hash of the ARN that it is about.
        order: Time and rank of the request; a later request has a greater one.
        unique: Hash of the request.
        is_running: Whether it has not ended yet.
        started_at_s: Epoch seconds.
    """

    arn: str
    target: str
    order: str
    unique: str
    is_running: bool = True
    started_at_s: float = 0

    @property
    def is_delete(self) -> bool:
        """Whether its request is a Delete."""
        return self.order.endswith(str(RequestType.DELETE.rank))

    def concerns(self, other: Execution) -> bool:
        """Whether two requests of one resource can be in each other's way.

        A Delete is about its ARN alone, unless it carries none; others are about the resource.
        """
        if _ANY_TARGET in (self.target, other.target) or self.target == other.target:
            return True
        return not (self.is_delete or other.is_delete)

    def is_as_old_as(self, other: Execution) -> bool:
        """Whether CloudFormation asked in the same second, which leaves open who came first.

        Mostly the one of lower rank did. But a Create can follow a Delete at once, where a stack
        that kept a failure makes the resource anew.
        """
        return self.order[:-1] == other.order[:-1]

    def is_newer_than(self, other: Execution) -> bool:
        """Whether CloudFormation asked later."""
        return (self.order, self.unique) > (other.order, other.unique)


def execution_name(request: Request) -> str:
    """The name of a request's execution: `<resource>-<ARN>-<time and rank>-<request>`.

    A second delivery gives the same name, which Step Functions refuses.
    """
    mine = _execution_of(request)
    return f"{_prefix(request)}{mine.target}-{mine.order}-{mine.unique}"


def follow_up_name(request: Request, *, target: str, number: int) -> str:
    """The name of a further execution of a request: the same, its number behind.

    Args:
        request: The request.
        target: The ARN that it looks at, which a Delete of that ARN is to find in the name.
        number: 1 for the first.
    """
    mine = _execution_of(request)
    hashed = names.digest(target, length=_TARGET_DIGITS)
    return f"{_prefix(request)}{hashed}-{mine.order}-{mine.unique}f{number}"


def start(
    client: Any,
    state_machine_arn: str,
    function_arn: str,
    event: Mapping[str, Any],
    request: Request,
) -> None:
    """Start the execution of a request; a second delivery finds it there, which is success.

    Args:
        client: A botocore client of `stepfunctions`.
        state_machine_arn: The provider's state machine.
        function_arn: The function that each tick invokes, without a qualifier, so that running
            executions meet the newest code.
        event: What crhelper wants to see in each tick.
        request: The request.

    Raises:
        ServiceError: It did not start.
    """
    # Whether an Update is a rollback, which may go on past `timeout`, shows when that is over.
    is_update = request.type is RequestType.UPDATE
    deadline_s = request.latest_s if is_update else request.deadline_s
    state = {
        "version": INPUT_VERSION,
        "function_arn": function_arn,
        "accepted_at_s": request.signed_at_s,
        "deadline": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(deadline_s)),
        "event": dict(event),
        "next": {"wait_s": 0, "done": False, "memo": {}},
    }
    _start(client, state_machine_arn, execution_name(request), state)


def start_follow_up(
    client: Any,
    state_machine_arn: str,
    state: Mapping[str, Any],
    request: Request,
    *,
    target: str,
    number: int,
) -> None:
    """Start a fresh execution of a request that was answered, before the one at work grows too old.

    Args:
        client: A botocore client of `stepfunctions`.
        state_machine_arn: The provider's state machine.
        state: The input: that of the execution at work, with what comes next.
        request: The request.
        target: The ARN that it looks at.
        number: 1 for the first fresh execution.

    Raises:
        ServiceError: It did not start.
    """
    name = follow_up_name(request, target=target, number=number)
    _start(client, state_machine_arn, name, state)


def _start(client: Any, state_machine_arn: str, name: str, state: Mapping[str, Any]) -> None:
    """Start an execution, unless one of that name was started before."""
    asked = {"stateMachineArn": state_machine_arn, "name": name, "input": json.dumps(state)}
    try:
        call(client, "StartExecution", asked)
    except ServiceError as error:
        if "ExecutionAlreadyExists" not in str(error):
            raise


class Others(NamedTuple):
    """The other executions of one resource, as one of them sees them.

    Attributes:
        newer: Whether there is a newer request, so that this one is of no use any more.
        level: Whether one of the same second runs that is likely to be newer. Neither stops the
            other; this one waits, and then asks the stack whether it is still wanted.
        older: The ARNs of older ones that run.
    """

    newer: bool
    level: bool
    older: tuple[str, ...]


class Executions:
    """The running executions of one resource.

    Args:
        client: A botocore client of `stepfunctions`.
        state_machine_arn: The provider's state machine.
        request: The request whose resource it is.
    """

    def __init__(self, client: Any, state_machine_arn: str, request: Request) -> None:
        self._client = client
        self._state_machine_arn = state_machine_arn
        self._request = request
        self._mine = _execution_of(request)

    def rivals(self, *, ended: bool = False) -> Others:
        """The other requests of the resource.

        Args:
            ended: Whether a newer one counts even if it has ended: for a request that was
                delivered so late that this may be so. It lists more.

        Raises:
            ServiceError: The list could not be had.
        """
        lately_s = self._request.signed_at_s - FUNCTION_TIMEOUT_S
        others = [
            other
            for other in (self._started_since(lately_s) if ended else self._running())
            if other.unique != self._mine.unique and other.concerns(self._mine)
        ]
        newer = [other for other in others if other.is_newer_than(self._mine)]
        return Others(
            newer=any(not other.is_as_old_as(self._mine) for other in newer),
            level=any(other.is_running and other.is_as_old_as(self._mine) for other in newer),
            older=tuple(
                other.arn
                for other in others
                if other.is_running
                and self._mine.is_newer_than(other)
                and not other.is_as_old_as(self._mine)
            ),
        )

    def follows_closely(self, within_s: float) -> bool:
        """Whether an older request of the resource began so shortly before this one.

        Whatever has become of its execution: one that ended by itself was never fenced off.

        Args:
            within_s: Seconds.

        Raises:
            ServiceError: The list could not be had.
        """
        since_s = self._request.signed_at_s - within_s
        return any(
            other.started_at_s >= since_s
            and self._mine.is_newer_than(other)
            and not other.is_delete
            for other in self._started_since(since_s)
        )

    def stop(self, arn: str) -> None:
        """Stop an execution; one that has ended is no error.

        Raises:
            ServiceError: It could not be stopped yet.
        """
        try:
            call(
                self._client,
                "StopExecution",
                {
                    "executionArn": arn,
                    "error": "Superseded",
                    "cause": f"by {execution_name(self._request)}",
                },
            )
        except RefusedError as error:
            # It has ended meanwhile, whatever the code for that is. The fence covers the rest.
            logger.info("%s", error)

    def _running(self) -> Iterator[Execution]:
        for page in self._pages({"statusFilter": "RUNNING"}):
            yield from self._of_this_resource(page)

    def _started_since(self, since_s: float) -> Iterator[Execution]:
        """Those that run or ran, and started then or later, or on the page where those end."""
        for page in self._pages({}):
            yield from self._of_this_resource(page)
            # The latest come first.
            oldest_s = min((each["startDate"].timestamp() for each in page), default=0)
            if oldest_s < since_s:
                return

    def _of_this_resource(self, page: Iterable[Mapping[str, Any]]) -> Iterator[Execution]:
        prefix = _prefix(self._request)
        for listed in page:
            name = listed["name"]
            parts = name.removeprefix(prefix).split("-")
            if name.startswith(prefix) and len(parts) == len(("target", "order", "unique")):
                target, order, unique = parts
                yield Execution(
                    arn=listed["executionArn"],
                    target=target,
                    order=order,
                    # Without the number of a further execution of the same request.
                    unique=unique[:_UNIQUE_DIGITS],
                    is_running=listed["status"] == "RUNNING",
                    started_at_s=listed["startDate"].timestamp(),
                )

    def _pages(self, which: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
        token: dict[str, str] = {}
        machine = {"stateMachineArn": self._state_machine_arn, "maxResults": 1000}
        while True:
            page = call(self._client, "ListExecutions", {**machine, **which, **token})
            yield page["executions"]
            if not page.get("nextToken"):
                return
            token = {"nextToken": page["nextToken"]}


def _prefix(request: Request) -> str:
    readable = "".join(c for c in request.logical_id if c.isascii() and c.isalnum())[:22]
    return f"{readable}-{names.digest(request.stack_id, request.logical_id, length=12)}-"


def _execution_of(request: Request) -> Execution:
    target = names.target_id(request)
    if not target and request.type is not RequestType.DELETE:
        # What it makes has no ARN yet, and is nothing that an earlier request has made.
        target = request.request_id
    return Execution(
        arn="",
        target=names.digest(target, length=_TARGET_DIGITS) if target else _ANY_TARGET,
        order=f"{request.signed_at_s:012d}{request.type.rank}",
        unique=names.digest(request.request_id, length=_UNIQUE_DIGITS),
    )
