"""Wait segments: how one request's work goes on past the hour that CloudFormation waits.

A resource whose `timeout` is longer than CloudFormation's limit is followed by further custom
resources. Each has a limit of its own, and goes on with the same work: the links of a chain. The
resource itself is the first link.

Every time follows from the event's own ServiceTimeout, so that an hour can be a minute in a test.

Source: docs/waiting.md, "Longer than an hour".
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

from personalize_provider.resources.spec import TAGS

CLOUDFORMATION_TYPE = "Custom::PersonalizeWait"
"""The resource type of every link but the first."""

CLOUDFORMATION_WAITS_S = 3600
"""How long CloudFormation waits for one custom resource at most, and where nothing is said."""

ANSWER_MARGIN_S = 60
"""Seconds before CloudFormation gives up at which the handler answers by itself."""

REQUEST_ATTRIBUTE = "Request"
"""An attribute that differs with every request, so that each request runs all links anew.

It holds the request's id, and behind that what the request empties, which no link could tell from
its own properties.
"""

SEEN_ATTRIBUTE = "Seen"
"""An attribute that holds the status that a link has seen last."""

LIMITS = ("ServiceTimeout", "Timeout")
"""The properties that limit the time, which every link has by itself."""


def count(timeout_s: float, limit_s: float = CLOUDFORMATION_WAITS_S) -> int:
    """How many links a chain has: one for each started hour, >= 1."""
    return max(1, math.ceil(timeout_s / limit_s))


def share_s(limit_s: int) -> int:
    """Seconds that a link may use of the seconds that CloudFormation waits for it."""
    return limit_s - min(ANSWER_MARGIN_S, limit_s // 4)


def is_segment(event: Mapping[str, Any]) -> bool:
    """Whether an event is about a link that is not the first."""
    return event.get("ResourceType") == CLOUDFORMATION_TYPE


def work_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """A segment's event as the event of the resource whose work it goes on with.

    Of the old properties only the tags are kept, since the last link brings the new ones, and the
    limits: what a replacement leaves behind is the first link's matter.

    Raises:
        KeyError: A property is missing.
        ValueError: One has the wrong shape.
    """
    properties = event["ResourceProperties"]
    own = properties["Properties"]
    if not isinstance(own, Mapping):
        raise ValueError("Properties is no map")  # noqa: TRY004 the event is bad, not the code
    limits = {name: properties[name] for name in LIMITS}
    return {
        **event,
        "ResourceType": properties["ResourceType"],
        "LogicalResourceId": properties["LogicalResourceId"],
        "PhysicalResourceId": properties["Arn"],
        "ResourceProperties": {**own, **limits},
        "OldResourceProperties": _old(event.get("OldResourceProperties")),
    }


def request_attribute(request_id: str, emptied: Iterable[str]) -> str:
    """The value of `Request`, for the links to come.

    Args:
        request_id: CloudFormation's.
        emptied: Paths of what the request empties.
    """
    return " ".join((request_id, *emptied))


def emptied(event: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths of what the request empties that a segment goes on with."""
    _, *paths = str(event["ResourceProperties"].get(REQUEST_ATTRIBUTE, "")).split(" ")
    return tuple(paths)


def _old(properties: object) -> dict[str, Any]:
    if not isinstance(properties, Mapping):
        return {}
    limits = {name: properties[name] for name in LIMITS if name in properties}
    own = properties.get("Properties")
    tags = {TAGS: own[TAGS]} if isinstance(own, Mapping) and TAGS in own else {}
    return {**limits, **tags}


def physical_id(event: Mapping[str, Any]) -> str:
    """The id of a segment: it stays the same, and looks like no ARN."""
    kept: str = event.get("PhysicalResourceId") or ""
    name = "\n".join((event["StackId"], event["LogicalResourceId"]))
    return kept or f"wait:{hashlib.sha256(name.encode()).hexdigest()[:12]}"
