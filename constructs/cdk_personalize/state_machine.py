"""The durable waiter as data: wait, tick, until the tick says that it is done.

The definition is static. What varies from request to request, the handler's ARN and the deadline
included, travels in the execution's input:

    {"version": 1, "function_arn": ..., "accepted_at_s": 1769860800,
     "deadline": "2026-01-31T12:00:00Z", "event": {...},
     "next": {"wait_s": 0, "done": false, "memo": {}}}

Source: docs/architecture.md, "The waiter".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TICK_TIMEOUT_S = 60
"""Seconds for one tick: the function's own 30, a cold start, and what the invocation costs."""

PAUSE_S = 20
"""Seconds between rounds of retries while Lambda itself is in trouble."""

LAMBDA_TROUBLE = (
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
)
"""Errors of Lambda, not of our code: they pass, so they are borne until the deadline."""

RETRY_LAMBDA_TROUBLE: Mapping[str, Any] = {
    "ErrorEquals": list(LAMBDA_TROUBLE),
    "IntervalSeconds": 1,
    "BackoffRate": 2,
    "MaxDelaySeconds": 20,
    "MaxAttempts": 6,
    # Hundreds of executions may be throttled in the same second.
    "JitterStrategy": "FULL",
}

RETRY_ANYTHING: Mapping[str, Any] = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 30,
    # 2 + 4 + 8 + 16 + 5 * 30 = 180 seconds of waiting, longer than IAM takes to settle.
    "MaxAttempts": 9,
    "JitterStrategy": "NONE",
}


FOLLOWS_UP: Mapping[str, Any] = {"Variable": "$.next.memo.answered_at_s", "IsPresent": True}
"""Whether CloudFormation has its answer, as the memo notes it."""


def definition(*, partition: str, last_resort_arn: str) -> dict[str, Any]:
    """The state machine in the Amazon States Language.

    Args:
        partition: Such as `aws`; part of the integration's ARN.
        last_resort_arn: The function that answers FAILED when the handler cannot.
    """
    invoke = f"arn:{partition}:states:::lambda:invoke"
    return {
        "Comment": "Waits for an Amazon Personalize resource on behalf of CloudFormation.",
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "SecondsPath": "$.next.wait_s", "Next": "Tick"},
            "Tick": {
                "Type": "Task",
                "Resource": invoke,
                "Parameters": {"FunctionName.$": "$.function_arn", "Payload.$": "$"},
                "ResultSelector": {
                    "wait_s.$": "$.Payload.wait_s",
                    "done.$": "$.Payload.done",
                    "memo.$": "$.Payload.memo",
                },
                "ResultPath": "$.next",
                "TimeoutSeconds": TICK_TIMEOUT_S,
                "Retry": [dict(RETRY_LAMBDA_TROUBLE), dict(RETRY_ANYTHING)],
                "Catch": [
                    {
                        "ErrorEquals": list(LAMBDA_TROUBLE),
                        "ResultPath": "$.error",
                        "Next": "Deadline",
                    },
                    {
                        "ErrorEquals": ["States.ALL"],
                        "ResultPath": "$.error",
                        "Next": "Hopeless",
                    },
                ],
                "Next": "Done",
            },
            # After the answer nobody needs another one: what follows up is borne, or ends.
            "Hopeless": {
                "Type": "Choice",
                "Choices": [{**FOLLOWS_UP, "Next": "FollowUpFailed"}],
                "Default": "LastResort",
            },
            "FollowUpFailed": {
                "Type": "Fail",
                "Error": "HandlerFailed",
                "Cause": "CloudFormation was answered, but the follow-up could not go on.",
            },
            # A time-out of the whole state machine would end it without an answer.
            "Deadline": {
                "Type": "Choice",
                "Choices": [
                    {**FOLLOWS_UP, "Next": "Pause"},
                    {
                        "Variable": "$$.State.EnteredTime",
                        "TimestampLessThanPath": "$.deadline",
                        "Next": "Pause",
                    },
                ],
                "Default": "LastResort",
            },
            "Pause": {"Type": "Wait", "Seconds": PAUSE_S, "Next": "Tick"},
            "Done": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.next.done", "BooleanEquals": True, "Next": "Answered"}],
                "Default": "Wait",
            },
            "Answered": {"Type": "Succeed"},
            "LastResort": {
                "Type": "Task",
                "Resource": invoke,
                "Parameters": {"FunctionName": last_resort_arn, "Payload.$": "$"},
                "TimeoutSeconds": TICK_TIMEOUT_S,
                "Retry": [dict(RETRY_ANYTHING)],
                "Next": "GaveUp",
            },
            "GaveUp": {
                "Type": "Fail",
                "Error": "HandlerFailed",
                "Cause": "The handler could not answer; the last resort told CloudFormation why.",
            },
        },
    }
