"""The wire: what a real botocore client sends, served by the simulated services.

Each call takes its time, during which other tasks run, and a fault may strike before or after its
effect: the server's error, a cut connection, the death of the caller.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Literal, Protocol

import boto3
import botocore.endpoint
import greenlet
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from personalize_provider import front_door
from simulator.scheduler import KilledError, Scheduler

HttpAnswer = tuple[int, dict[str, str], bytes]
Serve = Callable[[Mapping[str, str], bytes], HttpAnswer]

Effect = Literal[
    "throttle", "error", "drop_before", "drop_after", "die_before", "die_after", "slow", "late"
]
"""What may befall a call. `slow`: it takes long; `late`: it takes effect when nobody waits."""

REGION = "eu-west-1"
ACCOUNT = "111122223333"
CALL_S = (0.02, 0.3)
"""Shortest and longest time of a call, in seconds."""
SLOW_S = 5.0
"""How long a slow call takes before its effect, in seconds."""
READ_TIMEOUT_S = 6.0
"""How long the handler's clients wait for an answer, in seconds."""
LATE_S = 20.0
"""How long after it was sent a late call takes effect, in seconds."""

_THROTTLE = b'{"__type":"ThrottlingException","message":"Rate exceeded"}'
_ERROR = b'{"__type":"InternalServerException","message":"Internal server error"}'


class Faults(Protocol):
    """Decides what befalls a call."""

    def strike(self, service: str, operation: str) -> Effect | None:
        """The fault of this call, or None."""


class NoFaults:
    """Nothing goes wrong."""

    def strike(self, service: str, operation: str) -> Effect | None:
        return None


@dataclass(kw_only=True)
class Wire:
    """Joins real clients to simulated services.

    Attributes:
        scheduler: The virtual clock.
        faults: What goes wrong.
        services: Service name -> what answers its requests.
        on_effect: Hears of each call right before it takes effect: the operation, its input,
            and the (stack id, logical id) that the caller serves.
    """

    scheduler: Scheduler
    faults: Faults
    services: dict[str, Serve]
    on_effect: Callable[[str, Any, Any], None] = lambda _operation, _request, _caller: None

    def client(self, service: str) -> Any:
        """A real botocore client whose requests end here."""
        wired = _client(service)
        _current[service] = self
        return wired

    def serve(self, service: str, operation: str, request: Any) -> AWSResponse:
        """Answer one request, with all that may happen to it on its way."""
        headers = {str(key): _text(value) for key, value in request.headers.items()}
        body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        shortest, longest = CALL_S
        latency_s = shortest + (longest - shortest) * self.scheduler.random.random()
        # The effect takes place in between, so that other tasks can come first or after.
        self._wait(latency_s / 2)
        effect = self.faults.strike(service, operation)
        if effect == "die_before":
            raise KilledError("the process died before the call took effect")
        if effect == "drop_before":
            raise ConnectionClosedError(endpoint_url=request.url)
        if effect in ("throttle", "error"):
            status, content = (400, _THROTTLE) if effect == "throttle" else (500, _ERROR)
            if service == "cloudformation":
                content = _as_xml(content)
            return _response(request, status, {"x-amzn-RequestId": "fault"}, content)
        if effect == "slow":
            self._wait(SLOW_S)
        if effect == "late":
            self.scheduler.at(LATE_S, lambda: self.services[service](headers, body))
            self._wait(READ_TIMEOUT_S)
            raise ReadTimeoutError(endpoint_url=request.url)
        if service == "personalize":
            caller = getattr(greenlet.getcurrent(), "caller", None)
            self.on_effect(operation, json.loads(body), caller)
        status, answered, content = self.services[service](headers, body)
        self._wait(latency_s / 2)
        if effect == "die_after":
            raise KilledError("the process died after the call took effect")
        if effect == "drop_after":
            raise ReadTimeoutError(endpoint_url=request.url)
        return _response(request, status, answered, content)

    def _wait(self, seconds: float) -> None:
        if greenlet.getcurrent() is not self.scheduler.hub:
            self.scheduler.sleep(seconds)

    def install_clock(self) -> None:
        """Let botocore's pauses between two tries pass in virtual time."""
        namespace = SimpleNamespace(sleep=self._wait, time=time.time)
        botocore.endpoint.time = namespace  # type: ignore[attr-defined]


_current: dict[str, Wire] = {}


@cache
def _client(service: str) -> Any:
    """One client a process: making one costs more than a whole history."""
    unsigned = Config(signature_version=UNSIGNED, parameter_validation=True)
    config = front_door.client_config(service).merge(unsigned)
    session = boto3.Session(region_name=REGION)
    make: Any = session.client
    client = make(service, config=config)
    # A tenth of all the time went into what no simulated service reads.
    client._user_agent_creator = SimpleNamespace(to_string=lambda: "simulator")
    client._ruleset_resolver = None

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rsplit(".", 1)[-1]
        return _current[service].serve(service, operation, request)

    client.meta.events.register(f"before-send.{service}", answer)
    return client


def _response(request: Any, status: int, headers: Mapping[str, str], content: bytes) -> AWSResponse:
    return AWSResponse(
        str(request.url), status, HTTPHeaders.from_dict(dict(headers)), _Raw(content)
    )


def _as_xml(content: bytes) -> bytes:
    code = "Throttling" if b"Throttling" in content else "InternalFailure"
    return (
        f"<ErrorResponse><Error><Code>{code}</Code><Message>trouble</Message></Error>"
        f"<RequestId>fault</RequestId></ErrorResponse>"
    ).encode()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class _Raw(BytesIO):
    """A body that botocore reads as it reads urllib3's."""

    def stream(self, **_kwargs: Any) -> Any:
        yield self.read()
