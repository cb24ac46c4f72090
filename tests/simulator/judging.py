"""What the invariants read from requests, descriptions and log lines."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from simulator.chains import WAIT, own
from simulator.cloudformation import SIGNATURE
from simulator.kinds import KINDS

DELETE_AGAIN = "delete again"
"""What the reason says when a Delete's time is over."""

TOO_LATE = "as asked for, after"
"""What it says when a Create's or an Update's is."""

LAMBDA_GAVE_UP = ("Lambda.TooManyRequestsException", "Lambda.ServiceException")
"""What it may say when Lambda has not invoked the handler before the event was too old."""


class Lines(logging.Handler):
    """Every log line, formatted as the handler formats it, searched for the signature."""

    def __init__(self) -> None:
        super().__init__()
        self.leaked: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if SIGNATURE in line:
            self.leaked.append(line)


def is_stopped(found: Mapping[str, Any]) -> bool:
    """Whether it is at rest, or on its way there."""
    return bool(found["status"] == "INACTIVE" or found["status"].startswith("STOP "))


def is_done(found: Mapping[str, Any], properties: Mapping[str, Any]) -> bool:
    """Whether what is there has come to what was asked for."""
    wanted = "INACTIVE" if properties.get("Active") == "false" else "ACTIVE"
    return bool(found["status"] == wanted and not found["updating"])


def is_left(properties: Mapping[str, Any]) -> bool:
    """Whether a job is answered once it runs."""
    return properties.get("WaitForCompletion") == "false"


def is_silent(properties: Mapping[str, Any]) -> bool:
    return properties.get("StateChangeEvents") == "false"


def is_running(status: str) -> bool:
    """Whether a status says that the work has begun, in either spelling."""
    return status.replace("_", " ").endswith("IN PROGRESS")


def replaces(event: Mapping[str, Any]) -> bool:
    new, old = event["ResourceProperties"], event["OldResourceProperties"]
    if event["ResourceType"] == WAIT:
        return False
    replacing = KINDS[event["ResourceType"]].replacing
    if replacing is not None:
        return any(new.get(name) != old.get(name) for name in replacing)
    return json.dumps(own(new), sort_keys=True) != json.dumps(own(old), sort_keys=True)


def title(event: Mapping[str, Any]) -> str:
    stack = event["StackId"].split("/")[1]
    return (
        f"{event['RequestType']} {event['RequestId'][:8]} of {stack}/{event['LogicalResourceId']}"
    )
