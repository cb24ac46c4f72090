"""Lambda's asynchronous queue: retries, event age, failure destination, in AWS's order and shape.

CloudFormation invokes a custom resource's function asynchronously, so what Lambda does with an
event whose function fails decides whether anybody ever answers. ministack has retries of its own
for some callers, but not for custom resources, and its failure record lacks half of AWS's fields.

The delays are scaled down, the arithmetic on the event's age is not: an event that would be too
old for another try on AWS is too old here.

Source: the Lambda guide, "How Lambda handles errors and retries with asynchronous invocation" and
"Capturing records of Lambda asynchronous invocations".
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from local_aws.gaps.permissions import role_allows

logger = logging.getLogger("local_aws.lambda")

DELAYS_S: Final = (60.0, 120.0)
"""Seconds that Lambda waits before the first and the second retry."""
MAXIMUM_RETRIES: Final = 2
MAXIMUM_AGE_S: Final = 21600.0


@dataclass(frozen=True)
class Queue:
    """Delivers events to functions, each in a thread of its own.

    `second_scale` is how long one of AWS's seconds of waiting takes here. With `twice`, every
    event is delivered twice, nearly at once, as Lambda does now and then.
    """

    second_scale: float
    twice: bool = False

    def deliver(self, function: dict[str, Any], event: dict[str, Any]) -> None:
        """Queues an event and returns at once; also takes the place of ministack's own queue."""
        for _ in range(2 if self.twice else 1):
            # ministack keeps the account and the region of a request in context variables.
            scope = contextvars.copy_context()
            threading.Thread(
                target=scope.run, args=(self._run, function, event), daemon=True
            ).start()

    def _run(self, function: dict[str, Any], event: dict[str, Any]) -> None:
        from ministack.services import lambda_svc

        settings = (
            lambda_svc._event_invoke_config(function, "$LATEST")
            or lambda_svc._event_invoke_config(function, None)
            or {}
        )
        retries = int(settings.get("MaximumRetryAttempts", MAXIMUM_RETRIES))
        maximum_age_s = float(settings.get("MaximumEventAgeInSeconds", MAXIMUM_AGE_S))
        request_id = str(uuid4())
        age_s = 0.0
        attempt = 0
        condition = "RetriesExhausted"
        while True:
            attempt += 1
            started = time.monotonic()
            result = lambda_svc._execute_function_with_config_scope(function, event)
            age_s += time.monotonic() - started
            if not result.get("error"):
                return
            logger.warning("attempt %d of %s failed: %s", attempt, request_id, result.get("body"))
            if attempt > retries:
                break
            delay_s = DELAYS_S[min(attempt, len(DELAYS_S)) - 1]
            if age_s + delay_s > maximum_age_s:
                condition = "EventAgeExceeded"
                break
            age_s += delay_s
            time.sleep(delay_s * self.second_scale)
        destination = (
            (settings.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination", "")
        )
        if destination:
            record = failure_record(
                function_arn=function["config"]["FunctionArn"],
                request_id=request_id,
                condition=condition,
                attempts=attempt,
                event=event,
                error=result.get("body"),
            )
            self._hand_over(destination, function, record)

    def _hand_over(
        self, destination: str, function: dict[str, Any], record: dict[str, Any]
    ) -> None:
        from ministack.services import lambda_svc

        if ":lambda:" not in destination:
            lambda_svc._route_async_failure(
                destination,
                function["config"]["FunctionName"],
                record["requestPayload"],
                {"body": record["responsePayload"]},
            )
            return
        if not role_allows(function["config"]["Role"], "lambda:InvokeFunction", destination):
            # On AWS the record is lost, and only a metric tells (DestinationDeliveryFailures).
            logger.error("the function's role may not invoke its destination %s", destination)
            return
        target, config, name = lambda_svc._get_func_record_for_ref(destination)
        if target is None or config is None:
            logger.error("the failure destination %s does not exist", name)
            return
        # A destination is invoked asynchronously too, with retries of its own.
        self._run(lambda_svc._execution_record_for_config(target, config), record)


def failure_record(
    *,
    function_arn: str,
    request_id: str,
    condition: str,
    attempts: int,
    event: dict[str, Any],
    error: object,
) -> dict[str, Any]:
    """What Lambda hands to a failure destination, version 1.0."""
    arn = function_arn if function_arn.endswith(":$LATEST") else f"{function_arn}:$LATEST"
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": request_id,
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": error,
    }
