"""Step Functions, where ministack differs in what a waiter relies on.

- StartExecution with the name and the input of an execution that still runs is answered with that
  execution; ministack refuses it. (With another input, or after its end, AWS refuses it as well.)
- Choice compares a timestamp with another path's (`TimestampLessThanPath` and its kin).
- Retry keeps to MaxDelaySeconds.
- A task invokes only the functions that the state machine's role may invoke.
- An execution that was stopped starts no further task; ministack goes on with the retries.

Source: the API reference of StartExecution, the Amazon States Language.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from typing import Any, Final

from local_aws.gaps.permissions import role_allows

_TIMESTAMP_PATHS: Final = (
    "TimestampEqualsPath",
    "TimestampLessThanPath",
    "TimestampGreaterThanPath",
    "TimestampLessThanEqualsPath",
    "TimestampGreaterThanEqualsPath",
)


def idempotent_start(states: types.ModuleType) -> Callable[[dict[str, Any]], Any]:
    """StartExecution that takes a second, identical request for a running execution."""
    original: Callable[[dict[str, Any]], Any] = states._start_execution

    def start_execution(request: dict[str, Any]) -> Any:
        machine_arn = states._resolve_state_machine_arn(request.get("stateMachineArn", ""))
        name = request.get("name")
        if machine_arn is not None and name:
            execution_arn = machine_arn.replace(":stateMachine:", ":execution:") + f":{name}"
            running = states._executions.get(execution_arn)
            if (
                running
                and running["status"] == "RUNNING"
                and running["input"] == request.get("input", "{}")
            ):
                return states.json_response(
                    {"executionArn": execution_arn, "startDate": running["startDate"]}
                )
        return original(request)

    return start_execution


def comparing_timestamp_paths(states: types.ModuleType) -> Callable[..., bool]:
    """Choice rules that know the timestamp comparisons with a path."""
    original: Callable[..., bool] = states._evaluate_rule

    def evaluate_rule(rule: dict[str, Any], data: Any, ctx: dict[str, Any] | None = None) -> bool:
        for name in _TIMESTAMP_PATHS:
            if name in rule:
                other = states._resolve_path_or_ctx(rule[name], data, ctx)
                plain = {"Variable": rule["Variable"], name.removesuffix("Path"): other}
                return original(plain, data, ctx)
        return original(rule, data, ctx)

    return evaluate_rule


def guarded_task(states: types.ModuleType) -> Callable[..., Any]:
    """A Task whose attempts are checked: that its execution runs, and that its role may.

    Also keeps each retrier's delay to its MaxDelaySeconds, which ministack does not read.
    """
    original: Callable[..., Any] = states._execute_task

    def execute_task(
        state: dict[str, Any], raw_input: Any, execution: dict[str, Any], ctx: dict[str, Any]
    ) -> Any:
        def check(resource: str, effective: Any) -> None:
            if execution["status"] != "RUNNING":
                raise states._ExecutionError("States.Runtime", "the execution was stopped")
            role_arn = states._state_machines[execution["stateMachineArn"]]["roleArn"]
            if ":lambda:invoke" in resource and not role_allows(
                role_arn, "lambda:InvokeFunction", effective["FunctionName"]
            ):
                raise states._ExecutionError(
                    "Lambda.AWSLambdaException",
                    f"{role_arn} is not authorized to perform: lambda:InvokeFunction"
                    f" on resource: {effective['FunctionName']}",
                )

        def invoke_resource(resource: str, effective: Any) -> Any:
            check(resource, effective)
            return states._invoke_resource(resource, effective)

        def invoke_with_timeout(resource: str, effective: Any, timeout_s: float) -> Any:
            check(resource, effective)
            return states._invoke_resource_with_timeout(resource, effective, timeout_s)

        def find_retrier(retriers: Any, error: str, counts: dict[int, int]) -> Any:
            if execution["status"] != "RUNNING":
                return None, -1
            retrier, index = states._find_matching_retrier(retriers, error, counts)
            if retrier is not None and "MaxDelaySeconds" in retrier:
                wanted = retrier.get("IntervalSeconds", 1) * (
                    retrier.get("BackoffRate", 2.0) ** counts.get(index, 0)
                )
                limited = min(wanted, retrier["MaxDelaySeconds"])
                return {**retrier, "IntervalSeconds": limited, "BackoffRate": 1.0}, index
            return retrier, index

        attempt = types.FunctionType(
            original.__code__,
            {
                **original.__globals__,
                "_invoke_resource": invoke_resource,
                "_invoke_resource_with_timeout": invoke_with_timeout,
                "_find_matching_retrier": find_retrier,
            },
            original.__name__,
            original.__defaults__,
            original.__closure__,
        )
        return attempt(state, raw_input, execution, ctx)

    return execute_task


def keep_stopped(states: types.ModuleType) -> Callable[..., None]:
    """An execution that was stopped stays ABORTED when its last task fails afterwards."""
    original: Callable[..., None] = states._fail_execution

    def fail_execution(execution: dict[str, Any], error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            original(execution, error, cause)

    return fail_execution


def summary(states: types.ModuleType) -> list[dict[str, Any]]:
    """Every execution, in JSON's terms, for a test that wonders."""
    return [
        {
            "name": execution["name"],
            "status": execution["status"],
            "error": execution.get("error"),
            "cause": execution.get("cause"),
            "input": json.loads(execution["input"]),
        }
        for execution in states._executions._data.values()
    ]
