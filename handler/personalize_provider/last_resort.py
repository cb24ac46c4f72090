"""The answer when the handler cannot give one: a function of its own, standard library only.

It is the target of the state machine's Catch and the on-failure destination of the handler's
asynchronous invocation, so it understands the input of both. Its text is the inline code of that
function, and the handler's entry uses it too when the rest of the package cannot be imported.
"""

import contextlib
import json
import logging
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any


def handler(event: dict[str, Any], context: Any) -> None:
    """Answer FAILED, with the cause, for the CloudFormation event inside of `event`."""
    request = event.get("event") or event.get("requestPayload") or event
    error = event.get("error") or event.get("responsePayload") or {}
    kind = error.get("Error") or error.get("errorType") or "The handler failed"
    cause = error.get("Cause") or error.get("errorMessage") or "it gave no cause"
    with contextlib.suppress(ValueError, KeyError, TypeError):
        cause = json.loads(cause)["errorMessage"]
    answer(request, f"{kind}: {cause}", context)


def answer(
    request: dict[str, Any], cause: str, context: Any, *, nothing_done: bool = False
) -> None:
    """Send FAILED; an id that is no ARN says what is known of what was created.

    With `nothing_done` the request was not even begun, so a create has made nothing; and deleting
    nothing is a success, lest the rollback of such a create fail as well.
    """
    made_nothing = "not-created:"
    known = request.get("PhysicalResourceId", "")
    logs = getattr(context, "log_group_name", "of the handler")
    body = {key: request[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    gone = request.get("RequestType") == "Delete" and known.startswith(made_nothing)
    body["Status"] = "SUCCESS" if nothing_done and gone else "FAILED"
    # 500 characters always fit: CloudFormation takes 4,096 bytes in all.
    body["Reason"] = f"{cause[:500]} (more in the log group {logs})"
    guess = made_nothing if nothing_done else "unknown:"
    body["PhysicalResourceId"] = known or guess + request["RequestId"]
    data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    url = request["ResponseURL"]
    try:
        put = urllib.request.Request(url, data, {"Content-Type": ""}, method="PUT")  # noqa: S310
        urllib.request.urlopen(put, timeout=10).close()  # noqa: S310 the URL is CloudFormation's
    except urllib.error.HTTPError as refusal:
        logging.getLogger().warning("CloudFormation refused the answer: HTTP %d", refusal.code)
        if not 400 <= refusal.code < 500:
            raise RuntimeError("CloudFormation did not take the answer") from None
    except (HTTPException, ValueError) as error:
        # These may quote the URL, and with it the signature.
        raise RuntimeError(f"the answer was not sent: {type(error).__name__}") from None
