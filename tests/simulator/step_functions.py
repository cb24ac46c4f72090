"""Step Functions: the synthesized definition, interpreted, and the three operations used.

Covers what the definition uses of the Amazon States Language; anything else is an error at once.
"""

from __future__ import annotations

import calendar
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from emulator.shapes import violations
from simulator.aws_lambda import FunctionError, Lambda
from simulator.scheduler import Scheduler
from simulator.wire import ACCOUNT, REGION, HttpAnswer

MODEL = ServiceModel(Loader().load_service_model("stepfunctions", "service-2"), "stepfunctions")


@dataclass(kw_only=True)
class Execution:
    """One execution.

    Attributes:
        arn: Its ARN.
        name: Its name, unique for ever.
        given: The input's text.
        started_s: Epoch seconds.
        status: RUNNING, SUCCEEDED, FAILED or ABORTED.
        history: The names of the states entered.
    """

    arn: str
    name: str
    given: str
    started_s: float
    status: str = "RUNNING"
    stopped_s: float = 0
    history: list[str] = field(default_factory=list)
    retries: dict[int, int] = field(default_factory=dict)


class StepFunctions:
    """The service, with one state machine a stack.

    Attributes:
        lag_s: How long a new execution is missing from lists, and an ended one still in them.
    """

    def __init__(self, scheduler: Scheduler, functions: Lambda, definition: Any) -> None:
        self._scheduler = scheduler
        self._lambda = functions
        self._states: Mapping[str, Any] = definition["States"]
        self._start_at = definition["StartAt"]
        self.executions: dict[str, Execution] = {}
        self.exists = True
        self.lag_s = 0.0

    # --- the API -------------------------------------------------------------------------------

    def serve(self, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        target = {key.lower(): value for key, value in headers.items()}["x-amz-target"]
        operation = target.rsplit(".", 1)[-1]
        request = json.loads(body)
        model = MODEL.operation_model(operation)
        shape = model.input_shape
        broken = [each.message for each in violations(shape, request)] if shape else []
        if broken:
            return _error("ValidationException", "; ".join(broken))
        if not self.exists:
            return _error("StateMachineDoesNotExist", "State Machine Does Not Exist")
        answer: HttpAnswer = getattr(self, f"_{operation}")(request)
        return answer

    def _StartExecution(self, request: Mapping[str, Any]) -> HttpAnswer:  # noqa: N802
        name = request["name"]
        earlier = self.executions.get(name)
        if earlier is not None:
            if earlier.status == "RUNNING" and earlier.given == request["input"]:
                return _ok({"executionArn": earlier.arn, "startDate": earlier.started_s})
            return _error("ExecutionAlreadyExists", f"Execution Already Exists: '{earlier.arn}'")
        arn = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:waiter:{name}"
        execution = Execution(
            arn=arn, name=name, given=request["input"], started_s=self._scheduler.now_s
        )
        self.executions[name] = execution
        state = json.loads(request["input"])
        self._scheduler.at(0.02, lambda: self._enter(execution, self._start_at, state))
        return _ok({"executionArn": arn, "startDate": execution.started_s})

    def _ListExecutions(self, request: Mapping[str, Any]) -> HttpAnswer:  # noqa: N802
        now_s = self._scheduler.now_s
        listed = [
            {
                "executionArn": each.arn,
                "stateMachineArn": request["stateMachineArn"],
                "name": each.name,
                "status": self._listed_status(each, now_s),
                "startDate": each.started_s,
            }
            # The latest come first.
            for each in reversed(self.executions.values())
            if now_s >= each.started_s + self.lag_s
        ]
        wanted = request.get("statusFilter")
        listed = [each for each in listed if wanted in (None, each["status"])]
        first = int(request.get("nextToken", 0))
        end = first + min(request.get("maxResults", 100), 1000)
        page: dict[str, Any] = {"executions": listed[first:end]}
        if end < len(listed):
            page["nextToken"] = str(end)
        return _ok(page)

    def _listed_status(self, execution: Execution, now_s: float) -> str:
        """The status as lists show it: an end shows late."""
        has_ended = execution.status != "RUNNING"
        shows = now_s >= execution.stopped_s + self.lag_s
        return execution.status if has_ended and shows else "RUNNING"

    def _StopExecution(self, request: Mapping[str, Any]) -> HttpAnswer:  # noqa: N802
        name = request["executionArn"].rsplit(":", 1)[-1]
        execution = self.executions.get(name)
        if execution is None:
            return _error("ExecutionDoesNotExist", "Execution Does Not Exist")
        self._end(execution, "ABORTED")
        return _ok({"stopDate": self._scheduler.now_s})

    # --- the language --------------------------------------------------------------------------

    def _enter(self, execution: Execution, name: str, data: Any) -> None:
        """Enter a state; its effects come with the clock."""
        if execution.status != "RUNNING":
            return
        execution.history.append(name)
        state = self._states[name]
        context = {"State": {"EnteredTime": _iso(self._scheduler.now_s)}}
        getattr(self, f"_state_{state['Type'].lower()}")(execution, state, data, context)

    def _state_wait(self, execution: Execution, state: Any, data: Any, _context: Any) -> None:
        seconds = state["Seconds"] if "Seconds" in state else _path(state["SecondsPath"], data)
        self._scheduler.at(seconds, lambda: self._enter(execution, state["Next"], data))

    def _state_choice(self, execution: Execution, state: Any, data: Any, context: Any) -> None:
        chosen = next(
            (rule["Next"] for rule in state["Choices"] if _holds(rule, data, context)),
            state["Default"],
        )
        self._enter(execution, chosen, data)

    def _state_succeed(self, execution: Execution, *_: Any) -> None:
        self._end(execution, "SUCCEEDED")

    def _state_fail(self, execution: Execution, *_: Any) -> None:
        self._end(execution, "FAILED")

    def _state_task(self, execution: Execution, state: Any, data: Any, _context: Any) -> None:
        parameters = _template(state["Parameters"], data)
        settled: list[Any] = []

        def settle(result: Any) -> None:
            if settled or execution.status != "RUNNING":
                return
            settled.append(result)
            if isinstance(result, FunctionError):
                self._handle(execution, state, data, result)
            else:
                self._leave(execution, state, data, {"Payload": result})

        if "TimeoutSeconds" in state:
            late = FunctionError(kind="States.Timeout", message="")
            self._scheduler.at(state["TimeoutSeconds"], lambda: settle(late))
        self._lambda.invoke(parameters["FunctionName"], parameters["Payload"], settle)

    def _leave(self, execution: Execution, state: Any, data: Any, result: Any) -> None:
        execution.retries.clear()
        if "ResultSelector" in state:
            result = _template(state["ResultSelector"], result)
        self._enter(execution, state["Next"], _put(state.get("ResultPath", "$"), data, result))

    def _handle(self, execution: Execution, state: Any, data: Any, error: FunctionError) -> None:
        delay_s = self._retry_delay(execution, state, error)
        if delay_s is not None:
            name = execution.history[-1]
            self._scheduler.at(delay_s, lambda: self._enter(execution, name, data))
            return
        execution.retries.clear()
        for catcher in state.get("Catch", []):
            if _matches(catcher["ErrorEquals"], error.kind):
                told = {"Error": error.kind, "Cause": json.dumps(error.payload())}
                told_data = _put(catcher.get("ResultPath", "$"), data, told)
                self._enter(execution, catcher["Next"], told_data)
                return
        self._end(execution, "FAILED")

    def _retry_delay(self, execution: Execution, state: Any, error: FunctionError) -> float | None:
        """Seconds until the next try; None when the first retrier that matches is used up."""
        retriers = enumerate(state.get("Retry", []))
        matching = ((n, each) for n, each in retriers if _matches(each["ErrorEquals"], error.kind))
        number, retrier = next(matching, (0, {"MaxAttempts": 0}))
        done = execution.retries.get(number, 0)
        if done >= retrier.get("MaxAttempts", 3):
            return None
        execution.retries[number] = done + 1
        delay_s: float = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** done
        delay_s = min(delay_s, retrier.get("MaxDelaySeconds", delay_s))
        full_jitter = retrier.get("JitterStrategy") == "FULL"
        return delay_s * self._scheduler.random.random() if full_jitter else delay_s

    def _end(self, execution: Execution, status: str) -> None:
        if execution.status == "RUNNING":
            execution.status = status
            execution.stopped_s = self._scheduler.now_s


def _matches(names: list[str], error: str) -> bool:
    if "States.ALL" in names or error in names:
        return True
    return "States.TaskFailed" in names and error != "States.Timeout"


def _holds(rule: Mapping[str, Any], data: Any, context: Any) -> bool:
    path = rule["Variable"]
    if "IsPresent" in rule:
        return _is_present(path, data) is rule["IsPresent"]
    value = _path(path[1:], context) if path.startswith("$$.") else _path(path, data)
    if "BooleanEquals" in rule:
        return bool(value is rule["BooleanEquals"])
    if "TimestampLessThanPath" in rule:
        return _epoch(value) < _epoch(_path(rule["TimestampLessThanPath"], data))
    raise NotImplementedError(f"choice rule {rule}")


def _is_present(path: str, data: Any) -> bool:
    try:
        _path(path, data)
    except KeyError:
        return False
    return True


def _template(template: Mapping[str, Any], data: Any) -> dict[str, Any]:
    """Fill in Parameters or a ResultSelector."""
    return {
        key.removesuffix(".$"): _path(value, data) if key.endswith(".$") else value
        for key, value in template.items()
    }


def _path(path: str, data: Any) -> Any:
    """A reference path: `$`, `$.a.b`."""
    for name in path.split(".")[1:]:
        data = data[name]
    return data


def _put(path: str | None, data: Any, result: Any) -> Any:
    """Apply a ResultPath: null discards, `$` replaces, `$.a` puts."""
    if path is None:
        return data
    if path == "$":
        return result
    name = path.removeprefix("$.")
    return {**data, name: result}


def _iso(moment_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment_s))


def _epoch(text: str) -> float:
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def _ok(answer: Mapping[str, Any]) -> HttpAnswer:
    return 200, {"x-amzn-RequestId": "states"}, json.dumps(answer).encode()


def _error(code: str, message: str) -> HttpAnswer:
    return (
        400,
        {"x-amzn-ErrorType": code},
        json.dumps({"__type": code, "message": message}).encode(),
    )
