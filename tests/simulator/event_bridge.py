"""EventBridge: PutEvents on the default bus, held to the service's model and its limits.

Every entry that it takes is noted, as a rule would see it. The caller's role may tell events of one
source only, as the synthesized policy says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from emulator.shapes import violations
from simulator.scheduler import Scheduler
from simulator.wire import HttpAnswer

MODEL = ServiceModel(Loader().load_service_model("events", "service-2"), "events")

SOURCE = "cdk-personalize"
"""The source that the handler's policy allows."""

MOST_BYTES = 262_144
"""Size of all entries of a call. Source: EventBridge User Guide, "Calculating event entry size"."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event that the bus has taken.

    Attributes:
        at_s: Epoch seconds at which it was taken.
        time_s: Epoch seconds that the entry gives.
        detail_type: Such as `Personalize Campaign State Change`.
        resources: ARNs.
        detail: The detail.
    """

    at_s: float
    time_s: float
    detail_type: str
    resources: tuple[str, ...]
    detail: Mapping[str, Any]

    @property
    def arn(self) -> str:
        return str(self.detail["arn"])

    @property
    def state(self) -> str:
        return str(self.detail["state"])


class EventBridge:
    """The service.

    Attributes:
        events: What the bus has taken, in order.
        denied: Whether IAM refuses everything.
        entry_trouble: The error code of the next entry, or None.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.events: list[Event] = []
        self.denied = False
        self.entry_trouble: Callable[[], str | None] = lambda: None

    def serve(self, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        target = {key.lower(): value for key, value in headers.items()}["x-amz-target"]
        if target != "AWSEvents.PutEvents":
            raise NotImplementedError(target)
        request = json.loads(body)
        shape = MODEL.operation_model("PutEvents").input_shape
        broken = [each.message for each in violations(shape, request)] if shape else []
        if broken or len(body) > MOST_BYTES:
            return _error("ValidationException", "; ".join(broken) or "Total size is too large")
        for entry in request["Entries"]:
            if self.denied or entry.get("Source") != SOURCE:
                return _error("AccessDeniedException", "not authorized: events:PutEvents")
        results = [self._take(entry) for entry in request["Entries"]]
        failed = sum("ErrorCode" in result for result in results)
        answer = {"FailedEntryCount": failed, "Entries": results}
        return 200, {"x-amzn-RequestId": "events"}, json.dumps(answer).encode()

    def of(self, arn: str) -> list[Event]:
        """The events about one resource."""
        return [each for each in self.events if each.arn == arn]

    def _take(self, entry: Mapping[str, Any]) -> dict[str, str]:
        code = self.entry_trouble()
        if code is not None:
            return {"ErrorCode": code, "ErrorMessage": "trouble"}
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": f"{name} is required"}
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed"}
        self.events.append(
            Event(
                at_s=self._scheduler.now_s,
                time_s=entry["Time"],
                detail_type=entry["DetailType"],
                resources=tuple(entry.get("Resources", ())),
                detail=detail,
            )
        )
        return {"EventId": f"event-{len(self.events):06d}"}


def _error(code: str, message: str) -> HttpAnswer:
    content = json.dumps({"__type": code, "message": message}).encode()
    return 400, {"x-amzn-ErrorType": code}, content
