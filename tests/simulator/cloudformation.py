"""CloudFormation's side of the contract: requests, signed URLs, answers, and their judgement.

How a stack uses it is in stacks.py.
"""

from __future__ import annotations

import calendar
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from simulator.aws_lambda import Lambda
from simulator.scheduler import Scheduler
from simulator.wire import HttpAnswer
from simulator.works import Resource

SIGNATURE = "5ecretsignature"
"""Stands in every response URL; an invariant looks for it in logs, errors and answers."""

URL_VALID_S = 7200
MAX_ANSWER_BYTES = 4096


@dataclass(kw_only=True)
class Exchange:
    """One request and what came of it.

    Attributes:
        event: What the Lambda was sent.
        asked_s: Epoch seconds.
        limit_s: ServiceTimeout.
        answer: The one answer that counts, or None.
        answered_s: Epoch seconds of that answer, or 0.
        over: Whether CloudFormation has stopped waiting.
        deliveries: Bodies of all PUTs that reached the URL, counted or not.
        faults: What was wrong with those answers.
    """

    event: dict[str, Any]
    asked_s: float
    limit_s: float
    answer: dict[str, Any] | None = None
    answered_s: float = 0
    over: bool = False
    abandoned: bool = False
    deliveries: list[bytes] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        return self.answer is not None and self.answer["Status"] == "SUCCESS"

    @property
    def reason(self) -> str:
        if self.answer is None:
            return "CloudFormation did not receive a response from your Custom Resource."
        return str(self.answer["Reason"])


class CloudFormation:
    """Sends requests, takes answers, and tells the status of a resource."""

    def __init__(self, scheduler: Scheduler, functions: Lambda) -> None:
        self._scheduler = scheduler
        self._lambda = functions
        self._count = 0
        self._open: dict[str, Exchange] = {}
        self.exchanges: list[Exchange] = []
        self.lag_s = 0.0
        """How old what it tells of stacks and resources is."""
        self.resource_of: Callable[[str, str], Resource | None] = lambda _stack, _logical: None
        self.stack_status_of: Callable[[str], str] = lambda _stack: ""
        self.on_answer: Callable[[Exchange], None] = lambda _exchange: None
        self.put_trouble: Callable[[], int | OSError | None] = lambda: None

    def ask(self, event: Mapping[str, Any], *, service_token: str) -> Exchange:
        """Send a request; its exchange is settled in the course of time."""
        self._count += 1
        token = f"request-{self._count:06d}"
        now_s = self._scheduler.now_s
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_s))
        sent = {
            "RequestId": f"{self._count:08d}-0000-4000-8000-000000000000",
            "ResponseURL": (
                f"https://cloudformation-custom-resource-response.example/{token}"
                f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}&X-Amz-Expires={URL_VALID_S}"
                f"&X-Amz-Signature={SIGNATURE}"
            ),
            **event,
            "ResourceProperties": stringified(event["ResourceProperties"]),
        }
        if "OldResourceProperties" in event:
            sent["OldResourceProperties"] = stringified(event["OldResourceProperties"])
        limit_s = float(sent["ResourceProperties"].get("ServiceTimeout", 3600))
        exchange = Exchange(event=sent, asked_s=now_s, limit_s=limit_s)
        self._open[token] = exchange
        self.exchanges.append(exchange)
        self._scheduler.at(limit_s, lambda: setattr(exchange, "over", True))
        self._lambda.invoke_later(service_token, sent)
        return exchange

    def put(self, url: str, body: bytes) -> int:
        """Take an answer from the handler; the HTTP status, or OSError."""
        self._scheduler.sleep(0.05)
        trouble = self.put_trouble()
        if isinstance(trouble, OSError):
            raise trouble
        if trouble is not None:
            return trouble
        split = urlsplit(url)
        query = parse_qs(split.query)
        signed_s = calendar.timegm(time.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ"))
        expired = self._scheduler.now_s > signed_s + int(query["X-Amz-Expires"][0])
        if expired or query["X-Amz-Signature"] != [SIGNATURE]:
            return 403
        self._take(self._open[split.path.strip("/")], body)
        return 200

    def _take(self, exchange: Exchange, body: bytes) -> None:
        exchange.deliveries.append(body)
        faults = list(_faults(exchange, body))
        exchange.faults += faults
        if exchange.over or exchange.answer is not None:
            return
        if faults:
            invalid = {"Status": "FAILED", "Reason": "; ".join(faults), "PhysicalResourceId": ""}
            exchange.answer = invalid
        else:
            exchange.answer = json.loads(body)
        exchange.answered_s = self._scheduler.now_s
        exchange.over = True
        self.on_answer(exchange)

    def serve(self, _headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """The query protocol, for DescribeStackResource."""
        query = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        if query["Action"] == "DescribeStacks":
            return self._describe_stacks(query["StackName"])
        if query["Action"] != "DescribeStackResource":
            raise NotImplementedError(query["Action"])
        stack, logical = query["StackName"], query["LogicalResourceId"]
        resource = self.resource_of(stack, logical)
        if resource is None:
            message = f"Resource {escape(logical)} does not exist for stack {escape(stack)}"
            error = (
                f"<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>"
                f"<Message>{message}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
            )
            return 400, {"Content-Type": "text/xml"}, error.encode()
        answer = (
            f"<DescribeStackResourceResponse><DescribeStackResourceResult><StackResourceDetail>"
            f"<LogicalResourceId>{escape(logical)}</LogicalResourceId>"
            f"<PhysicalResourceId>{escape(resource.physical_id)}</PhysicalResourceId>"
            f"<ResourceType>Custom::X</ResourceType>"
            f"<ResourceStatus>{resource.status}</ResourceStatus>"
            f"<LastUpdatedTimestamp>2027-01-01T00:00:00Z</LastUpdatedTimestamp>"
            f"</StackResourceDetail></DescribeStackResourceResult></DescribeStackResourceResponse>"
        )
        return 200, {"Content-Type": "text/xml"}, answer.encode()

    def _describe_stacks(self, stack_id: str) -> HttpAnswer:
        answer = (
            f"<DescribeStacksResponse><DescribeStacksResult><Stacks><member>"
            f"<StackName>{escape(stack_id.split('/')[1])}</StackName>"
            f"<CreationTime>2027-01-01T00:00:00Z</CreationTime>"
            f"<StackStatus>{self.stack_status_of(stack_id)}</StackStatus>"
            f"</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
        )
        return 200, {"Content-Type": "text/xml"}, answer.encode()


def _faults(exchange: Exchange, body: bytes) -> Any:
    if len(body) > MAX_ANSWER_BYTES:
        yield f"Response object is too long ({len(body)} bytes)."
    try:
        answer = json.loads(body.decode("utf-8"))
    except ValueError:
        yield "Response is not valid JSON."
        return
    if answer.get("Status") not in ("SUCCESS", "FAILED"):
        yield "Invalid Status."
    reason = answer.get("Reason")
    if not isinstance(reason, str) or (not reason and answer.get("Status") == "FAILED"):
        yield "Reason must not be null."
    if not isinstance(answer.get("PhysicalResourceId"), str) or not answer["PhysicalResourceId"]:
        yield "Invalid PhysicalResourceId."
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        if answer.get(name) != exchange.event[name]:
            yield f"{name} does not match."


def stringified(value: Any) -> Any:
    """Properties as CloudFormation hands them over: numbers and booleans as strings."""
    if isinstance(value, Mapping):
        return {key: stringified(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [stringified(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
