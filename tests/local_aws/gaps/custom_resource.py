"""CloudFormation's side of a custom resource, as AWS keeps it.

Replaces ministack's `invoke_custom_resource`, which calls the function once, synchronously, and
believes any answer. Here the event goes through Lambda's asynchronous queue (with its retries and
its failure destination), the answer is held to the contract, and what is in flight is known, so
that DescribeStackResource tells of it.

Source: the user guide, "Custom resource request objects" and "Custom resource response objects".
"""

from __future__ import annotations

import json
import secrets
import string
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from uuid import uuid4

from local_aws.gaps.response_url import ResponseUrls

ANSWER_LIMIT_BYTES: Final = 4096
SERVICE_TIMEOUT_LIMIT_S: Final = 3600


class AnswerError(Exception):
    """The custom resource failed; the text is the reason that the stack event shows."""


@dataclass
class Exchange:
    """One request to a custom resource, and what came of it."""

    stack_id: str
    logical_id: str
    resource_type: str
    request_type: str
    request_id: str
    physical_id: str
    asked_at: float = field(default_factory=time.time)
    answered_at: float | None = None
    status: str = ""
    reason: str = ""

    @property
    def in_flight(self) -> bool:
        """Whether CloudFormation still waits for the answer."""
        return self.answered_at is None


@dataclass(frozen=True)
class OwedDelete:
    """What the Delete after a failed Create needs."""

    physical_id: str
    properties: dict[str, Any]


class Exchanges:
    """Every request to a custom resource since the engine started, oldest first."""

    def __init__(self) -> None:
        """Starts empty."""
        self._all: list[Exchange] = []
        self._owed: dict[tuple[str, str], OwedDelete] = {}
        self._lock = threading.Lock()

    def add(self, exchange: Exchange) -> None:
        """Remembers a request that is about to be sent."""
        with self._lock:
            self._all.append(exchange)

    def in_flight(self, stack_id: str) -> list[Exchange]:
        """The requests of a stack that CloudFormation still waits for."""
        with self._lock:
            return [each for each in self._all if each.in_flight and each.stack_id == stack_id]

    def latest_physical_id(self, stack_id: str, logical_id: str) -> str:
        """The physical id that CloudFormation knows last, or an empty string."""
        with self._lock:
            for each in reversed(self._all):
                if (each.stack_id, each.logical_id) == (stack_id, logical_id):
                    return each.physical_id
        return ""

    def owe_delete(self, stack_id: str, logical_id: str, owed: OwedDelete) -> None:
        """Remembers that a Create failed, so that the rollback must send a Delete."""
        with self._lock:
            self._owed[stack_id, logical_id] = owed

    def take_owed_delete(self, stack_id: str, logical_id: str) -> OwedDelete | None:
        """The Delete that a rollback owes a resource, told once; None when it owes none."""
        with self._lock:
            return self._owed.pop((stack_id, logical_id), None)

    def as_json(self) -> list[dict[str, Any]]:
        """All requests, in JSON's terms."""
        with self._lock:
            return [asdict(each) for each in self._all]


def invented_physical_id(stack_id: str, logical_id: str) -> str:
    """The id that CloudFormation makes up for a resource that never told its own."""
    stack_name = stack_id.split("/")[1] if "/" in stack_id else stack_id
    alphabet = string.ascii_uppercase + string.digits
    return f"{stack_name}-{logical_id}-" + "".join(secrets.choice(alphabet) for _ in range(12))


def read_answer(body: bytes, exchange: Exchange) -> dict[str, Any]:
    """An answer that keeps CloudFormation's contract.

    Raises:
        AnswerError: It does not; the reason says how.
    """
    if len(body) > ANSWER_LIMIT_BYTES:
        raise AnswerError(f"Response object is too long: {len(body)} bytes, at most 4096.")
    try:
        answer = json.loads(body.decode("utf-8"))
    except ValueError as error:
        raise AnswerError(f"Response is not valid JSON: {error}") from None
    if not isinstance(answer, dict):
        raise AnswerError("Response is not valid JSON: an object is expected.")
    expected = {
        "StackId": exchange.stack_id,
        "RequestId": exchange.request_id,
        "LogicalResourceId": exchange.logical_id,
    }
    for name, value in expected.items():
        if answer.get(name) != value:
            raise AnswerError(f"Invalid {name} in the response: {answer.get(name)!r}.")
    if answer.get("Status") not in {"SUCCESS", "FAILED"}:
        raise AnswerError(f"Invalid Status in the response: {answer.get('Status')!r}.")
    physical_id = answer.get("PhysicalResourceId")
    if not isinstance(physical_id, str) or not 1 <= len(physical_id.encode()) <= 1024:
        raise AnswerError(f"Invalid PhysicalResourceId in the response: {physical_id!r}.")
    if answer["Status"] == "FAILED" and not isinstance(answer.get("Reason"), str):
        raise AnswerError("Invalid response: a FAILED answer needs a Reason that is a string.")
    if "Reason" in answer and answer["Reason"] is None:
        raise AnswerError("Invalid response: Reason is null.")
    data = answer.get("Data")
    if data is not None and not isinstance(data, dict):
        raise AnswerError("Invalid response: Data must be an object.")
    return answer


@dataclass(frozen=True)
class CustomResources:
    """Sends CloudFormation's events and waits for the answers.

    `deliver` puts an event into Lambda's asynchronous queue and returns at once.
    """

    urls: ResponseUrls
    exchanges: Exchanges
    deliver: Callable[[dict[str, Any], dict[str, Any]], None]

    def invoke(
        self,
        request_type: str,
        logical_id: str,
        props: dict[str, Any],
        stack_name: str,
        stack_id: str,
        resource_type: str,
        physical_id: str | None = None,
        old_props: dict[str, Any] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        """Takes the place, and the signature, of ministack's `invoke_custom_resource`.

        Returns:
            The physical id and the attributes.

        Raises:
            AnswerError: It failed, or nothing came in time.
            ValueError: The request could not even be sent.
        """
        function = _function_of(props)
        service_timeout_s = _service_timeout_s(props)
        exchange = Exchange(
            stack_id=stack_id,
            logical_id=logical_id,
            resource_type=resource_type,
            request_type=request_type,
            request_id=str(uuid4()),
            physical_id=physical_id or "",
        )
        self.exchanges.add(exchange)
        event = self._event(exchange, props, physical_id, old_props)
        try:
            self.deliver(function, event)
            body = self.urls.wait(event["ResponseURL"], timeout_s=service_timeout_s)
            return self._verdict(exchange, body)
        except AnswerError as error:
            exchange.status, exchange.reason = "FAILED", str(error)
            if request_type == "Create":
                exchange.physical_id = exchange.physical_id or invented_physical_id(
                    stack_id, logical_id
                )
                self.exchanges.owe_delete(
                    stack_id, logical_id, OwedDelete(exchange.physical_id, props)
                )
            raise
        finally:
            exchange.answered_at = time.time()

    def _event(
        self,
        exchange: Exchange,
        props: dict[str, Any],
        physical_id: str | None,
        old_props: dict[str, Any] | None,
    ) -> dict[str, Any]:
        from ministack.core.responses import get_region
        from ministack.services.cloudformation import custom_resource as theirs

        event = {
            "RequestType": exchange.request_type,
            "ServiceToken": props["ServiceToken"],
            "ResponseURL": self.urls.issue(
                stack_id=exchange.stack_id,
                logical_id=exchange.logical_id,
                request_id=exchange.request_id,
                region=get_region(),
            ),
            "StackId": exchange.stack_id,
            "RequestId": exchange.request_id,
            "LogicalResourceId": exchange.logical_id,
            "ResourceType": exchange.resource_type,
            "ResourceProperties": theirs._normalise_resource_properties(props),
        }
        if physical_id is not None:
            event["PhysicalResourceId"] = physical_id
        if old_props is not None:
            event["OldResourceProperties"] = theirs._normalise_resource_properties(old_props)
        return event

    def _verdict(self, exchange: Exchange, body: bytes | None) -> tuple[str, dict[str, Any]]:
        if body is None:
            raise AnswerError(
                "CloudFormation did not receive a response from your Custom Resource. Please check"
                f" your logs for requestId [{exchange.request_id}]. If you are using the Python"
                " cfn-response module, you may need to update your Lambda function code so that"
                " CloudFormation can attach the updated version."
            )
        answer = read_answer(body, exchange)
        if exchange.request_type == "Create" or answer["Status"] == "SUCCESS":
            exchange.physical_id = answer["PhysicalResourceId"]
        if answer["Status"] == "FAILED":
            raise AnswerError(
                "Received response status [FAILED] from custom resource. Message returned:"
                f" {answer['Reason']} (RequestId: {exchange.request_id})"
            )
        exchange.status = "SUCCESS"
        return exchange.physical_id, answer.get("Data") or {}


def _function_of(props: dict[str, Any]) -> dict[str, Any]:
    """The record of the function that a ServiceToken names, in the stack's own region."""
    from ministack.core.responses import get_region
    from ministack.services import lambda_svc

    token = props.get("ServiceToken", "")
    record, config, _ = lambda_svc._get_func_record_for_ref(token)
    if record is None or config is None:
        raise ValueError(f"Invalid ServiceToken {token!r}: there is no such function.")
    if f":{get_region()}:" not in config["FunctionArn"]:
        raise ValueError(f"Invalid ServiceToken {token!r}: it must be in region {get_region()}.")
    found: dict[str, Any] = lambda_svc._execution_record_for_config(record, config)
    return found


def _service_timeout_s(props: dict[str, Any]) -> int:
    given = props.get("ServiceTimeout", SERVICE_TIMEOUT_LIMIT_S)
    try:
        seconds = int(given)
    except (TypeError, ValueError):
        seconds = 0
    if not 1 <= seconds <= SERVICE_TIMEOUT_LIMIT_S:
        raise ValueError(f"Invalid ServiceTimeout {given!r}: seconds from 1 to 3600.")
    return seconds
