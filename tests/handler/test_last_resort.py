"""The last resort answers FAILED, alone, with the standard library, from inline code."""

from __future__ import annotations

import ast
import json
import logging
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handler.given import SIGNATURE, Context, event
from handler.listener import Listener
from personalize_provider import last_resort

SOURCE = Path(last_resort.__file__)


def caught(request: dict[str, Any], error: dict[str, Any]) -> dict[str, Any]:
    """What the state machine's Catch hands over."""
    return {
        "version": 1,
        "function_arn": "arn:aws:lambda:eu-west-1:123456789012:function:provider",
        "event": {**request, "CrHelperPoll": True},
        "next": {"wait_s": 5, "done": False, "memo": {}},
        "error": error,
    }


def destination_record(request: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
    """What Lambda hands to the on-failure destination of an asynchronous invocation."""
    return {
        "version": "1.0",
        "timestamp": "2025-02-03T04:06:07.000Z",
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": request,
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": payload,
    }


CRASH = {"errorType": "Runtime.ImportModuleError", "errorMessage": "No module named 'crhelper'"}


def answered(listener: Listener, sent: dict[str, Any]) -> dict[str, Any]:
    last_resort.handler(sent, Context())
    (body,) = listener.bodies
    answer: dict[str, Any] = json.loads(body.decode())
    return answer


@pytest.mark.parametrize(
    ("wrap", "error", "reason"),
    [
        (
            caught,
            {"Error": "Lambda.AWSLambdaException", "Cause": "no capacity"},
            "Lambda.AWSLambdaException: no capacity",
        ),
        (
            caught,
            {"Error": "KeyError", "Cause": json.dumps({"errorMessage": "'x'", "stackTrace": []})},
            "KeyError: 'x'",
        ),
        (
            caught,
            {"Error": "States.Timeout", "Cause": ""},
            "States.Timeout: it gave no cause",
        ),
        (
            caught,
            {"Error": "Runtime.ExitError", "Cause": "[1, 2]"},
            "Runtime.ExitError: [1, 2]",
        ),
        (caught, {}, "The handler failed: it gave no cause"),
        (
            destination_record,
            CRASH,
            "Runtime.ImportModuleError: No module named 'crhelper'",
        ),
        (
            destination_record,
            {"errorMessage": "Task timed out after 30.00 seconds"},
            "The handler failed: Task timed out after 30.00 seconds",
        ),
        (destination_record, {}, "The handler failed: it gave no cause"),
    ],
)
def test_both_kinds_of_input_become_a_failure_with_its_cause(
    listener: Listener, wrap: Any, error: dict[str, Any], reason: str
) -> None:
    request = event(ResponseURL=listener.url)
    answer = answered(listener, wrap(request, error))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == f"{reason} (more in the log group /aws/lambda/provider)"
    for key in ("StackId", "RequestId", "LogicalResourceId"):
        assert answer[key] == request[key]
    assert listener.headers[0]["content-type"] == ""


def test_an_event_that_expired_unread_is_answered_too(listener: Listener) -> None:
    record = destination_record(event(ResponseURL=listener.url), {})
    del record["responsePayload"]
    assert answered(listener, record)["Status"] == "FAILED"


@pytest.mark.parametrize("request_type", ["Update", "Delete"])
@pytest.mark.parametrize("wrap", [caught, destination_record])
def test_the_id_stays_as_it_was(listener: Listener, request_type: str, wrap: Any) -> None:
    request = event(request_type, ResponseURL=listener.url)
    assert (
        answered(listener, wrap(request, CRASH))["PhysicalResourceId"]
        == (request["PhysicalResourceId"])
    )


def test_a_create_answers_an_id_that_is_no_arn(listener: Listener) -> None:
    request = event(ResponseURL=listener.url)
    physical_id = answered(listener, caught(request, {}))["PhysicalResourceId"]
    assert physical_id == f"unknown:{request['RequestId']}"


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.text() | st.text('ä😀\x00"\\', min_size=400, max_size=3000))
def test_an_answer_is_valid_json_of_at_most_4096_bytes(listener: Listener, cause: str) -> None:
    listener.bodies.clear()
    request = event(
        "Update",
        ResponseURL=listener.url,
        LogicalResourceId="L" * 255,
        PhysicalResourceId="i" * 256,
    )
    answer = answered(listener, caught(request, {"Error": "E", "Cause": cause}))
    assert len(listener.bodies[0]) <= 4096
    assert answer["Reason"]


def test_half_a_character_does_not_break_the_answer(listener: Listener) -> None:
    request = event(ResponseURL=listener.url)
    assert (
        "E: ?" in answered(listener, caught(request, {"Error": "E", "Cause": "\ud800"}))["Reason"]
    )


def test_a_refusal_ends_it(listener: Listener, caplog: pytest.LogCaptureFixture) -> None:
    listener.statuses = [403]
    answered(listener, caught(event(ResponseURL=listener.url), {}))
    assert "HTTP 403" in caplog.text


def test_a_servers_error_is_raised_so_that_it_is_tried_again(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    listener.statuses = [500]
    with pytest.raises(RuntimeError) as failed:
        answered(listener, caught(event(ResponseURL=listener.url), {}))
    assert SIGNATURE not in f"{failed.value!r} {caplog.text}"


@pytest.mark.parametrize("start", ["", "http://127.0.0.1:port/", "http://127.0.0.1:1/an answer"])
def test_an_error_never_tells_the_url(start: str) -> None:
    url = f"{start}?X-Amz-Signature={SIGNATURE}"
    with pytest.raises(RuntimeError, match="the answer was not sent") as failed:
        last_resort.handler(caught(event(ResponseURL=url), {}), Context())
    told = "".join(traceback.format_exception(failed.value))
    assert SIGNATURE not in told


def test_its_text_is_short_enough_for_inline_code() -> None:
    # CloudFormation's limit for AWS::Lambda::Function Code.ZipFile.
    assert len(SOURCE.read_bytes()) <= 4096


def test_it_imports_the_standard_library_alone() -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
        )
    }
    assert imported <= sys.stdlib_module_names


def test_it_answers_as_inline_code_without_any_other_package(
    listener: Listener, tmp_path: Path
) -> None:
    (tmp_path / "index.py").write_text(SOURCE.read_text())
    (tmp_path / "event.json").write_text(
        json.dumps(destination_record(event(ResponseURL=listener.url), CRASH))
    )
    program = (
        "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p] + ['.']\n"
        "import json, index; index.handler(json.load(open('event.json')), None)"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", program], cwd=tmp_path, check=True)
    answer = json.loads(listener.bodies[0])
    assert answer["Reason"].startswith("Runtime.ImportModuleError: No module named 'crhelper'")
