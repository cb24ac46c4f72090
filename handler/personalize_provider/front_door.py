"""crhelper, with durable waiting in place of its rules. The only room that imports crhelper.

crhelper dispatches, and a decided verdict leaves through its `_send`; all else is replaced:

- `_setup_polling` starts an execution of the state machine. Nothing is created before that.
- An exception never becomes an answer: it leaves the Lambda, and Lambda (front door) or the
  state machine (tick) tries again, until the last resort answers.
- Its timer, its random ids, its sleep before a Delete's answer and its endless PUT are off.

Source: crhelper 2.0.12. A test fails when one of the seams used here moves.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import boto3
from botocore.config import Config
from crhelper import CfnResource, log_helper

from personalize_provider import event_bus, memo, segments, waiter
from personalize_provider.callback import Put, Sleep, deliver, put_over_http
from personalize_provider.event import BadEventError, Request, check, parse
from personalize_provider.follow_up import Ended
from personalize_provider.outcome import Again, Superseded
from personalize_provider.personalize import Personalize
from personalize_provider.response import Status, Verdict, body
from personalize_provider.services import Services
from personalize_provider.stack import course, keeping, wish
from personalize_provider.tick import after_answer, tick

logger = logging.getLogger(__name__)

_POLL = "CrHelperPoll"

# Inside a JSON string: a backslash belongs to the query unless it escapes what ends it.
_QUERY = re.compile(r"(https?://[^\s\"'?]+)\?(?:[^\s\"'\\]|\\(?![\"nrt]))+")


def client_config(service: str) -> Config:
    """How a service is called.

    One call that hangs ends the tick within its time-out; slow ones that add up to more are cut by
    Lambda, and the tick is run again. botocore tries no call of Personalize again by itself: after
    a create that got no answer the next tick looks first. An event has another try at the next
    look, so it takes as little of a tick's time as may be.

    Args:
        service: `personalize`.
    """
    attempts = 1 if service in ("personalize", "events") else 2
    return Config(
        connect_timeout=3,
        read_timeout=3 if service == "events" else 6,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What the handler takes from its surroundings; a simulator passes its own.

    Attributes:
        client: Service name -> botocore client.
        put: Sends the answer.
        clock: Epoch seconds.
        sleep: Waits so many seconds; only between two tries to deliver an answer.
        state_machine_arn: The provider's state machine.
    """

    client: Callable[[str], Any]
    put: Put
    clock: Callable[[], float]
    sleep: Sleep
    state_machine_arn: str


@cache
def _client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, config=client_config(service))


@cache
def lambda_runtime() -> Runtime:
    """The real surroundings, made once for a warm Lambda.

    Raises:
        KeyError: The function's environment lacks STATE_MACHINE_ARN.
    """
    return Runtime(
        client=_client,
        put=put_over_http,
        clock=time.time,
        sleep=time.sleep,
        state_machine_arn=os.environ["STATE_MACHINE_ARN"],
    )


def handle(event: Mapping[str, Any], context: Any, runtime: Runtime) -> dict[str, Any]:
    """Serve one invocation: CloudFormation's own, or a tick of an execution.

    Args:
        event: CloudFormation's event, or the state of an execution that holds it.
        context: Lambda's context.
        runtime: The surroundings.

    Returns:
        For a tick, what the state machine reads: `wait_s`, `done`, `memo`.

    Raises:
        Exception: Whatever stood in the way; the invocation is to be tried again.
    """
    is_tick = "next" in event
    helper = _Helper(runtime, state=event if is_tick else {})
    helper(dict(event["event"] if is_tick else event), context)
    if helper.escaped is not None:
        raise helper.escaped
    helper.go_on()
    return helper.next


class _Helper(CfnResource):
    """crhelper for one invocation; a new one each time, so nothing leaks into the next.

    Attributes:
        next: What the state machine reads after a tick.
        escaped: The exception to raise, or None.
    """

    # Set by crhelper on each call, and absent from its own stubs.
    _event: Mapping[str, Any]
    _context: Any
    _response_url: str

    def __init__(self, runtime: Runtime, *, state: Mapping[str, Any]) -> None:
        self._make_without_clients()
        self._runtime = runtime
        self._state = state
        self._verdict: Verdict | None = None
        self._request: Request | None = None
        self._left: Callable[[], Again | Ended] | None = None
        self.next: dict[str, Any] = {"wait_s": 0, "done": True, "memo": {}}
        self.escaped: Exception | None = None
        for register in (self.create, self.update, self.delete):
            register(self._accept)
        for register in (self.poll_create, self.poll_update, self.poll_delete):
            register(self._tick)

    def _make_without_clients(self) -> None:
        """Initialize crhelper, but not the clients of its rules, which nothing here uses.

        It makes none when it believes to run under `sam local`; that belief is taken back.
        """
        before = os.environ.get("AWS_SAM_LOCAL")
        os.environ["AWS_SAM_LOCAL"] = "true"
        try:
            super().__init__(json_logging=True, log_level=_log_level(), sleep_on_delete=0)
        finally:
            if before is None:
                del os.environ["AWS_SAM_LOCAL"]
            else:
                os.environ["AWS_SAM_LOCAL"] = before
        self._sam_local = None

    # --- what crhelper calls -------------------------------------------------------------------

    def _accept(self, event: Mapping[str, Any], _context: Any) -> None:
        """The front door's work: read and check, and create nothing."""
        if segments.is_segment(event) and event["RequestType"] == "Delete":
            # A segment has made nothing, and must not stop the request that undoes its work.
            self._verdict = Verdict(
                status=Status.SUCCESS,
                physical_id=segments.physical_id(event),
                reason="A wait segment leaves nothing behind",
            )
            return
        try:
            self._request = parse(event, now_s=self._runtime.clock())
            check(self._request)
        except BadEventError as error:
            self._verdict = _refused(event, str(error))

    def _tick(self, event: Mapping[str, Any], _context: Any) -> None:
        """One tick of a wait."""
        request = parse(event, now_s=self._state["accepted_at_s"])
        self._request = request
        services = self._services(request)
        outcome = tick(request, memo.from_json(self._state["next"].get("memo")), services)
        if isinstance(outcome, (Again, Ended)):
            self._go_on_with(outcome)
        elif isinstance(outcome, Superseded):
            logger.info("ends without an answer: %s", outcome.why)
        else:
            self._verdict = outcome.verdict
            if outcome.left is not None:
                self._left = partial(after_answer, request, outcome.left, services)

    def go_on(self) -> None:
        """What is left to do now that CloudFormation has been told, which nothing may delay."""
        if self._left is not None:
            self._go_on_with(self._left())

    def _go_on_with(self, outcome: Again | Ended) -> None:
        if isinstance(outcome, Again):
            self.next = _next(outcome)
        else:
            logger.info("nothing is left to do: %s", outcome.why)

    def _services(self, request: Request) -> Services:
        runtime = self._runtime
        return Services(
            personalize=Personalize(runtime.client("personalize"), request.spec),
            executions=waiter.Executions(
                runtime.client("stepfunctions"), runtime.state_machine_arn, request
            ),
            wish=lambda: wish(runtime.client("cloudformation"), request),
            course=lambda: course(runtime.client("cloudformation"), request),
            keeping=lambda arn: keeping(runtime.client("cloudformation"), request, arn),
            put_events=lambda noted: event_bus.put(runtime.client("events"), noted),
            go_on=partial(self._start_afresh, request),
            clock=runtime.clock,
        )

    def _start_afresh(self, request: Request, again: Again) -> None:
        waiter.start_follow_up(
            self._runtime.client("stepfunctions"),
            self._runtime.state_machine_arn,
            {**self._state, "next": _next(again)},
            request,
            target=again.memo.target_arn,
            number=again.memo.fresh,
        )

    # --- crhelper's seams ----------------------------------------------------------------------

    def _log_setup(self, event: Mapping[str, Any], context: Any) -> None:
        log_helper.setup(
            _log_level(),
            formatter_cls=_RedactingFormatter,
            boto_level="ERROR",
            RequestType=event["RequestType"],
            StackId=event["StackId"],
            RequestId=event["RequestId"],
            LogicalResourceId=event["LogicalResourceId"],
            aws_request_id=context.aws_request_id,
        )
        # At DEBUG crhelper logs whole events, presigned URL included.
        logging.getLogger("crhelper").setLevel(logging.WARNING)

    def _set_timeout(self) -> None:
        """No timer: a tick that takes too long is tried again."""

    def _wrap_function(self, func: Callable[..., None]) -> None:
        try:
            func(self._event, self._context)
        except Exception as error:  # noqa: BLE001 it is raised again, outside of crhelper
            self.escaped = error
            return
        if self._verdict is not None:
            self.Status = self._verdict.status.value
            # In a tick, an id means to crhelper that the wait is over.
            self.PhysicalResourceId = self._verdict.physical_id

    def _setup_polling(self) -> None:
        if self._verdict is not None:
            # Nothing to wait for. crhelper takes every SUCCESS here for the start of a wait.
            self._send()
            return
        if self.escaped is not None or self._request is None:
            return
        try:
            waiter.start(
                self._runtime.client("stepfunctions"),
                self._runtime.state_machine_arn,
                _without_qualifier(self._context.invoked_function_arn),
                {**self._event, _POLL: True},
                self._request,
            )
        except Exception as error:  # noqa: BLE001 it is raised again, outside of crhelper
            self.escaped = error

    def _remove_polling(self) -> None:
        """Nothing to remove: an execution ends by itself."""

    def _send(self, status: str | None = None, reason: str = "", **_: Any) -> None:
        """Deliver a decided verdict. crhelper's own failures are no verdicts."""
        if self._verdict is None or status is not None:
            self.escaped = self.escaped or RuntimeError(f"crhelper: {reason or 'no verdict'}")
            return
        verdict = self._with_more_to_read(self._verdict)
        if segments.is_segment(self._event):
            verdict = replace(verdict, physical_id=segments.physical_id(self._event))
        answer = body(
            verdict,
            stack_id=self.StackId,
            request_id=self.RequestId,
            logical_id=self.LogicalResourceId,
        )
        logger.info("%s: %s", self._verdict.status.value, self._verdict.reason)
        try:
            deliver(self._response_url, answer, put=self._runtime.put, sleep=self._runtime.sleep)
        except Exception as error:  # noqa: BLE001 it is raised again, outside of crhelper
            self.escaped = error

    def _with_more_to_read(self, verdict: Verdict) -> Verdict:
        if verdict.status is Status.SUCCESS:
            return verdict
        places = [f"log group {self._context.log_group_name}"]
        if self._state and self._request is not None:
            places.append(f"execution {waiter.execution_name(self._request)}")
        return replace(verdict, reason=f"{verdict.reason} (More in {', '.join(places)}.)")


class _RedactingFormatter(log_helper.JsonFormatter):
    """crhelper's JSON lines, without the query of any URL: there stands the signature."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        line: str = super().format(record)
        return _QUERY.sub(r"\1?...", line)


def _next(again: Again) -> dict[str, Any]:
    """What the state machine reads to go on."""
    return {"wait_s": again.wait_s, "done": False, "memo": again.memo.to_json()}


def _refused(event: Mapping[str, Any], reason: str) -> Verdict:
    return Verdict(
        status=Status.FAILED,
        physical_id=event.get("PhysicalResourceId") or f"not-created:{event['RequestId']}",
        reason=reason,
    )


def _without_qualifier(function_arn: str) -> str:
    """The function itself: running executions are to meet its newest code."""
    return ":".join(function_arn.split(":")[:7])


def _log_level() -> str:
    """The level asked for; one that logging does not know must not keep CloudFormation waiting."""
    level = os.environ.get("LOG_LEVEL", "INFO").upper()
    return level if level in logging.getLevelNamesMapping() else "INFO"
