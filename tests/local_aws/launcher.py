"""Starts ministack, with the gaps to AWS closed that matter here. Runs in ministack's environment.

    python launcher.py LISTENING_DESCRIPTOR

The listening socket comes from whoever starts this: its port is known before anything runs, nobody
can take it in between, and it listens on the loopback interface only (ministack's own entry point
listens on every interface). ministack's settings come by its environment variables.

Environment:
    LOCAL_AWS_PERSONALIZE: URL of the Personalize emulator.
    LOCAL_AWS_SECOND: How long one of AWS's seconds between asynchronous retries takes here.
    LOCAL_AWS_DELIVER_TWICE: "1" delivers every asynchronous event twice.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

WRITTEN_FOR: Final = "1.5.33"

# Last, so that nothing of the tests can hide a module of ministack or of a function.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from local_aws.gaps import (  # noqa: E402
    asynchronous_invocation,
    control,
    custom_resource,
    event_sources,
    function_logs,
    lambda_errors,
    native_personalize,
    personalize,
    response_url,
    stack_operations,
    state_machines,
)


def close_gaps(base_url: str) -> tuple[response_url.ResponseUrls, custom_resource.Exchanges]:
    """Puts this harness's parts in the place of ministack's."""
    from ministack.core import iam_actions, iam_evaluator, lambda_runtime
    from ministack.services import cloudformation, lambda_svc, stepfunctions
    from ministack.services.cloudformation import custom_resource as their_custom_resource
    from ministack.services.cloudformation import handlers, provisioners, stacks

    queue = asynchronous_invocation.Queue(
        second_scale=float(os.environ.get("LOCAL_AWS_SECOND", "0.01")),
        twice=os.environ.get("LOCAL_AWS_DELIVER_TWICE") == "1",
    )
    lambda_svc.invoke_async_with_retry = queue.deliver

    lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_errors.taught_bootstrap(
        lambda_runtime._PYTHON_WORKER_SCRIPT
    )
    lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_errors.taught_node_bootstrap(
        lambda_runtime._NODEJS_WORKER_SCRIPT
    )
    lambda_runtime.Worker.invoke = lambda_errors.telling_failures(lambda_runtime.Worker.invoke)
    execute = lambda_svc._execute_function_warm

    def execute_with_aws_errors(
        function: dict[str, Any], event: Any, request_id: str
    ) -> dict[str, Any]:
        return lambda_errors.with_aws_error(execute(function, event, request_id), request_id)

    lambda_svc._execute_function_warm = execute_with_aws_errors
    lambda_svc._emit_lambda_logs = function_logs.permitted(lambda_svc._emit_lambda_logs)
    spawn = lambda_runtime.Worker._spawn

    def spawn_told_its_log_group(worker: Any) -> None:
        worker.config = function_logs.told_its_log_group(worker.config)
        spawn(worker)

    lambda_runtime.Worker._spawn = spawn_told_its_log_group

    urls = response_url.ResponseUrls(base_url=base_url)
    exchanges = custom_resource.Exchanges()
    their_custom_resource.invoke_custom_resource = custom_resource.CustomResources(
        urls, exchanges, queue.deliver
    ).invoke

    roll_back = stack_operations.rolling_back(stacks._roll_back_operation, exchanges)
    stacks._roll_back_operation = handlers._roll_back_operation = roll_back
    events = stack_operations.Events(stacks._add_event, exchanges, cloudformation._stack_events)
    stacks._add_event = handlers._add_event = events.add
    stacks._update_resource = events.noting_unchanged(stacks._update_resource)
    for action in ("DescribeStackResource", "DescribeStackResources", "ListStackResources"):
        handlers._ACTION_HANDLERS[action] = stack_operations.showing_requests_in_flight(
            handlers._ACTION_HANDLERS[action], exchanges
        )

    def owe_delete(stack_name: str, logical_id: str, owed: custom_resource.OwedDelete) -> None:
        stack_id = cloudformation._stacks[stack_name]["StackId"]
        exchanges.owe_delete(stack_id, logical_id, owed)

    emulated = native_personalize.clients(os.environ["LOCAL_AWS_PERSONALIZE"])
    provisioners._RESOURCE_HANDLERS.update(native_personalize.handlers(emulated, owe_delete))
    provisioners._REPLACING_PROPERTIES.update(native_personalize.REPLACING)
    stacks._runs_on_worker_thread = native_personalize.off_the_loop(stacks._runs_on_worker_thread)

    iam_actions.eventbridge_resource_arns = event_sources.noting_sources(
        iam_actions.eventbridge_resource_arns
    )
    iam_evaluator.enforce = event_sources.holding_to_sources(iam_evaluator.enforce)

    stepfunctions._start_execution = state_machines.idempotent_start(stepfunctions)
    stepfunctions._evaluate_rule = state_machines.comparing_timestamp_paths(stepfunctions)
    stepfunctions._execute_task = state_machines.guarded_task(stepfunctions)
    stepfunctions._fail_execution = state_machines.keep_stopped(stepfunctions)
    return urls, exchanges


def workers() -> list[dict[str, Any]]:
    """The processes that run functions now."""
    from ministack.core import lambda_runtime

    return [
        {"function_name": worker.func_name, "pid": worker._proc.pid, "at_work": worker.in_use}
        for pool in list(lambda_runtime._workers.values())
        for worker in list(pool)
        if worker._proc is not None and worker._proc.poll() is None
    ]


def main(descriptor: int) -> None:
    """Serves until the process is ended."""
    if version("ministack") != WRITTEN_FOR:
        sys.exit(
            f"this launcher was written for ministack {WRITTEN_FOR}, not {version('ministack')}"
        )
    listener = socket.socket(fileno=descriptor)
    host, port = listener.getsockname()[:2]
    # Every call is held to its caller's policies, as on AWS.
    os.environ["AUTH"] = "true"
    # ministack reads these when its modules are imported.
    os.environ["GATEWAY_PORT"] = str(port)
    os.environ["MINISTACK_HOST"] = host

    from hypercorn.asyncio import serve  # type: ignore[import-not-found]
    from hypercorn.config import Config  # type: ignore[import-not-found]
    from ministack import app as ministack_app
    from ministack.services import stepfunctions

    urls, exchanges = close_gaps(f"http://{host}:{port}")
    reports = {
        "exchanges": exchanges.as_json,
        "executions": lambda: state_machines.summary(stepfunctions),
        "workers": workers,
    }
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    application: Any = control.guarded(
        ministack_app.app,
        urls=urls,
        personalize=personalize.Gate(os.environ["LOCAL_AWS_PERSONALIZE"]),
        reports=reports,
    )
    asyncio.run(serve(application, config))


if __name__ == "__main__":
    main(int(sys.argv[1]))
