"""A failing function's error, with the type and the text that Lambda's runtimes give it.

ministack calls every failure `Runtime.HandlerError`, so a state machine's `Retry` by name never
fires and the last resort would quote a cause that AWS never gives. Here the worker tells the type,
and its death, its time-out and its failure to import get AWS's own names.

And ministack ends the process of a function that raised. On AWS it lives on, and its next
invocation is warm. So the worker reports such a failure as an end like any other, with a note.

Source: the runtime interface clients for Python (bootstrap.py) and Node.js (Errors.js), and the
Lambda guide on errors and on the lifecycle of the execution environment.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

_MARK: Final = "\x1elocal_aws-error:"

# The bootstrap's two reports of an error, and the one place where it loads the function's code.
_INIT_REPORT: Final = '"status": "error", "error": str(e)}) + "\\n")'
_CALL_REPORT: Final = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'

_NODE_REPORT: Final = 'status: "error", error: String(err.message || err), trace: err.stack || ""'
_NODE_TAUGHT: Final = (
    'status: "ok", failed: true, trace: err.stack || "", error: "MARK" + JSON.stringify({'
    ' errorType: err.name || "Error", errorMessage: String(err.message || err),'
    ' trace: String(err.stack || "").split("\\n") })'
).replace("MARK", _MARK)

_DESCRIBE: Final = """
def _local_aws_describe(e, module=None):
    import json as _json, traceback as _traceback
    kind, text = type(e).__name__, str(e)
    frames = _traceback.format_list(_traceback.extract_tb(e.__traceback__)[1:])
    if module is not None:
        frames = []
        if isinstance(e, ImportError):
            kind, text = "Runtime.ImportModuleError", f"Unable to import module '{module}': {e}"
        elif isinstance(e, SyntaxError):
            kind, text = "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {e}"
        elif isinstance(e, AttributeError) and f"module '{module}' has no attribute" in text:
            kind = "Runtime.HandlerNotFound"
            text = f"Handler '{text.rsplit(chr(39), 2)[1]}' missing on module '{module}'"
    return "MARK" + _json.dumps(
        {"errorMessage": text, "errorType": kind, "stackTrace": frames}
    )
""".replace("MARK", _MARK)


def taught_bootstrap(script: str) -> str:
    """ministack's Python bootstrap, taught to tell the type of an error.

    Raises:
        RuntimeError: The bootstrap is not the one that this was written for.
    """
    for report in (_INIT_REPORT, _CALL_REPORT):
        if script.count(report) != 1:
            raise RuntimeError("ministack's Lambda bootstrap changed; look at lambda_errors.py")
    taught = script.replace(
        _INIT_REPORT,
        _INIT_REPORT.replace("str(e)", "_local_aws_describe(e, module_name)"),
    ).replace(
        _CALL_REPORT,
        _CALL_REPORT.replace("str(e)", "_local_aws_describe(e)").replace(
            '"status": "error"', '"status": "ok", "failed": True'
        ),
    )
    return _DESCRIBE + taught


def taught_node_bootstrap(script: str) -> str:
    """ministack's Node.js bootstrap, taught the same.

    Raises:
        RuntimeError: The bootstrap is not the one that this was written for.
    """
    if script.count(_NODE_REPORT) != 1:
        raise RuntimeError("ministack's Node.js bootstrap changed; look at lambda_errors.py")
    return script.replace(_NODE_REPORT, _NODE_TAUGHT)


def telling_failures(invoke: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """ministack's invocation of a worker; what a taught bootstrap noted as failed has failed."""

    def invoke_and_tell(*given: Any, **named: Any) -> dict[str, Any]:
        response = invoke(*given, **named)
        return {**response, "status": "error"} if response.get("failed") else response

    return invoke_and_tell


def with_aws_error(result: dict[str, Any], request_id: str) -> dict[str, Any]:
    """The result of an invocation, its error in AWS's terms."""
    body = result.get("body")
    if not result.get("error") or not isinstance(body, dict):
        return result
    text = str(body.get("errorMessage", ""))
    if _MARK in text:
        described: dict[str, Any] = json.loads(text.split(_MARK, 1)[1])
        described["requestId"] = request_id
        return {**result, "body": described}
    if text.startswith("Task timed out"):
        return {
            **result,
            "body": {
                "errorType": "Sandbox.Timedout",
                "errorMessage": f"RequestId: {request_id} Error: {text}",
            },
        }
    # What is left is a process that is gone: killed, out of memory, or left by os._exit.
    return {
        **result,
        "body": {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: {text}",
        },
    }
