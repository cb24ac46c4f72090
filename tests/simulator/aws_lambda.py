"""Lambda: synchronous and asynchronous invocation, time-outs, deaths, retries, destinations."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import greenlet

from simulator.chains import subject
from simulator.scheduler import KilledError, Scheduler, Task
from simulator.wire import ACCOUNT, REGION

Code = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True, kw_only=True)
class FunctionError:
    """An invocation that did not return.

    Attributes:
        kind: The exception's class, or Lambda's word: `Sandbox.Timedout`, `Runtime.ExitError`.
        message: What it said.
    """

    kind: str
    message: str

    def payload(self) -> dict[str, Any]:
        return {"errorType": self.kind, "errorMessage": self.message}


Result = Any
Done = Callable[[Result], None]


@dataclass(kw_only=True)
class Function:
    """One function.

    Attributes:
        name: Its name.
        code: What it runs; looked up at each invocation, so that a deployment can change it.
        timeout_s: Its time-out.
        retries: How often a failed asynchronous invocation is tried again.
        oldest_event_s: How long an asynchronous event is kept.
        destination: The function that hears of an event that was given up, or None.
    """

    name: str
    code: Code
    timeout_s: float = 30
    retries: int = 2
    oldest_event_s: float = 21_600
    destination: str | None = None
    invocations: int = 0
    running: list[Task] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}"


class Lambda:
    """The service.

    Attributes:
        deliveries: How often each asynchronous event is delivered: drawn by the history.
        lateness_s: How late it is delivered.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._functions: dict[str, Function] = {}
        self.deliveries: Callable[[], int] = lambda: 1
        self.lateness_s: Callable[[], float] = lambda: 0.05
        self.trouble: Callable[[], str | None] = lambda: None

    def add(self, function: Function) -> Function:
        self._functions[function.arn] = function
        return function

    def function(self, arn: str) -> Function:
        return self._functions[":".join(arn.split(":")[:7])]

    def invoke(self, arn: str, event: dict[str, Any], done: Done) -> None:
        """Run a function once; `done` gets what it returned, or a FunctionError."""
        trouble = self.trouble()
        if trouble is not None:
            self._scheduler.at(0.1, lambda: done(FunctionError(kind=trouble, message="trouble")))
            return
        function = self.function(arn)
        function.invocations += 1
        context = SimpleNamespace(
            aws_request_id=f"invocation-{function.invocations}",
            function_name=function.name,
            invoked_function_arn=arn,
            log_group_name=f"/aws/lambda/{function.name}",
            get_remaining_time_in_millis=lambda: int(function.timeout_s * 1000),
        )
        # Through JSON, as Lambda does it: nothing is shared with the caller.
        given = json.loads(json.dumps(event))
        outcome: list[Result] = []

        def run() -> None:
            request = given.get("event") or given.get("requestPayload") or given
            greenlet.getcurrent().caller = subject(request)  # type: ignore[attr-defined]
            try:
                returned = function.code(given, context)
                outcome.append(json.loads(json.dumps(returned)))
            except KilledError as killed:
                kind = "Sandbox.Timedout" if task.killed == "time-out" else "Runtime.ExitError"
                outcome.append(FunctionError(kind=kind, message=str(killed)))
            except Exception as error:  # noqa: BLE001 as Lambda's runtime does
                outcome.append(FunctionError(kind=type(error).__name__, message=str(error)))
            done(outcome[0])

        task = self._scheduler.spawn(run, delay_s=0.01)
        self._scheduler.at(function.timeout_s, lambda: task.kill("time-out"))
        function.running = [each for each in function.running if each.alive] + [task]

    def invoke_later(self, arn: str, event: dict[str, Any]) -> None:
        """Invoke asynchronously: at least once, with retries, and then the destination."""
        born_s = self._scheduler.now_s
        for _ in range(self.deliveries()):
            self._scheduler.at(self.lateness_s(), lambda: self._attempt(arn, event, 1, born_s))

    def _attempt(self, arn: str, event: dict[str, Any], attempt: int, born_s: float) -> None:
        function = self.function(arn)

        def done(result: Result) -> None:
            if not isinstance(result, FunctionError):
                return
            age_s = self._scheduler.now_s - born_s
            own = result.kind.startswith("Lambda.")
            # Lambda's own troubles use no attempt up: the event goes back to the queue.
            pause_s = min(300.0, max(1.0, age_s)) if own else 60.0 * attempt
            again = attempt if own else attempt + 1
            exhausted = again > function.retries + 1
            if not exhausted and age_s + pause_s <= function.oldest_event_s:
                self._scheduler.at(pause_s, lambda: self._attempt(arn, event, again, born_s))
            elif function.destination is not None:
                record = {
                    "version": "1.0",
                    "requestContext": {
                        "functionArn": f"{arn}:$LATEST",
                        "condition": "RetriesExhausted" if exhausted else "EventAgeExceeded",
                        "approximateInvokeCount": attempt,
                    },
                    "requestPayload": event,
                    "responsePayload": result.payload(),
                }
                self._attempt(self._functions[function.destination].arn, record, 1, born_s)

        self.invoke(arn, event, done)
