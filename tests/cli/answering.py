"""Real botocore clients whose calls end in functions; the service model judges both ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.validate import validate_parameters

from handler.services import REGION, client

Operations = Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]


class RefusalError(Exception):
    """The service refuses."""

    def __init__(self, code: str, message: str = "no", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def denied(action: str = "this") -> RefusalError:
    """IAM refuses."""
    return RefusalError("AccessDenied", f"You are not authorized to perform {action}", 403)


def answering(service: str, operations: Operations, calls: Counter[str]) -> Any:
    """A client; an operation that is not given is one that must not be called.

    Args:
        service: Its service.
        operations: Operation -> what answers it.
        calls: Counts the calls.
    """
    made = client(service)
    asked: dict[str, dict[str, Any]] = {}

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        asked[model.name] = dict(params)

    def answer(model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        calls[f"{service}:{model.name}"] += 1
        assert model.name in operations, f"{service}:{model.name} must not be called"
        status, parsed = 200, {}
        try:
            parsed = operations[model.name](asked[model.name])
            if model.output_shape is not None:
                validate_parameters(parsed, model.output_shape)
        except RefusalError as refusal:
            status = refusal.status
            parsed = {"Error": {"Code": refusal.code, "Message": str(refusal)}}
        parsed = {**parsed, "ResponseMetadata": {"HTTPStatusCode": status}}
        return AWSResponse("", status, HTTPHeaders(), None), parsed

    made.meta.events.register(f"before-parameter-build.{service}", note)
    made.meta.events.register(f"before-call.{service}", answer)
    return made


@cache
def _session() -> boto3.Session:
    return boto3.Session()


@dataclass
class FakeClients:
    """The commands' clients: made ones, and all regions that botocore knows.

    Attributes:
        made: Service -> client.
        region: Where.
        partition: Where.
        calls: How often each operation was called.
    """

    made: dict[str, Any] = field(default_factory=dict)
    region: str = REGION
    partition: str = "aws"
    calls: Counter[str] = field(default_factory=Counter)

    def client(self, service: str) -> Any:
        assert service in self.made, f"{service} must not be asked"
        return self.made[service]

    def regions_of(self, service: str) -> Sequence[str]:
        return _session().get_available_regions(service, partition_name=self.partition)

    def serve(self, service: str, operations: Operations) -> None:
        """Put functions behind a service."""
        self.made[service] = answering(service, operations, self.calls)
