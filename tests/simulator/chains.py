"""Wait segments: the further resources of what may take longer than CloudFormation waits.

A resource and its segments are the links of a chain. What a link is, is told here independently of
the handler; a test holds the shape against what the constructs synthesize.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.kinds import KINDS
from simulator.templates import Attribute, Declared, Template, referring

WAIT = "Custom::PersonalizeWait"

HOUR_S = 3600.0
"""How long CloudFormation waits for one resource where nothing shorter is said."""

_MARGIN_S = 60.0
_CONTROL = ("ServiceToken", "ServiceTimeout", "Timeout")


def chained(template: Template) -> dict[str, Declared]:
    """A template whose resources are followed by the segments that their `Timeout` asks for.

    Whoever refers to an attribute of such a resource gets it from its last segment.
    """
    lasts = {
        name: segment_name(name, count, count)
        for name, declared in template.items()
        if (count := links(declared.properties)) > 1
    }
    whole: dict[str, Declared] = {}
    for name, alone in template.items():
        declared = referring(alone, lasts)
        whole[name] = declared
        before, count = name, links(declared.properties)
        for position in range(2, count + 1):
            segment = segment_name(name, position, count)
            whole[segment] = _segment(name, declared, position, before)
            before = segment
    return whole


def segment_name(logical_id: str, position: int, count: int) -> str:
    """The logical id of a resource's segment: the last one's is the same however many there are.

    Args:
        logical_id: The resource's.
        position: 2 for the first segment.
        count: How many links there are.
    """
    return f"{logical_id}Wait" if position == count else f"{logical_id}Wait{position}"


def links(properties: Mapping[str, Any]) -> int:
    """How many links a chain has: one for each started hour."""
    return max(1, math.ceil(_timeout_s(properties) / _limit_s(properties)))


def own(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that are the resource's own, not the machinery's."""
    return {name: value for name, value in properties.items() if name not in _CONTROL}


def _segment(name: str, declared: Declared, position: int, before: str) -> Declared:
    properties = declared.properties
    return Declared(
        type=WAIT,
        properties={
            "ServiceTimeout": properties["ServiceTimeout"],
            "Timeout": properties["Timeout"],
            "Position": position,
            "Arn": Attribute(name, KINDS[declared.type].arn_attribute),
            "Request": Attribute(name, "Request"),
            "Seen": Attribute(before, "Seen"),
            "ResourceType": declared.type,
            "LogicalResourceId": name,
            "Properties": own(properties),
        },
        after=(before,),
    )


@dataclass(frozen=True, kw_only=True)
class Link:
    """A request as a link of its chain.

    Attributes:
        is_segment: Whether it is a wait segment's.
        type: The type of the resource that it works on.
        subject: Stack id and logical id of the resource that it works on.
        arn: That resource's ARN if it is a segment's, else "".
        properties: That resource's properties, as asked for.
        ends_after_s: Seconds after which it is answered at the latest.
        hands_over: Whether another link then goes on.
    """

    is_segment: bool
    type: str
    subject: tuple[str, str]
    arn: str
    properties: Mapping[str, Any]
    ends_after_s: float
    hands_over: bool


def link_of(event: Mapping[str, Any]) -> Link:
    """A Create's or an Update's place in its chain."""
    properties = event["ResourceProperties"]
    is_segment, position = event["ResourceType"] == WAIT, position_of(event)
    limit_s, timeout_s = _limit_s(properties), _timeout_s(properties)
    share_s = limit_s - min(_MARGIN_S, limit_s // 4)
    return Link(
        is_segment=is_segment,
        type=properties["ResourceType"] if is_segment else event["ResourceType"],
        subject=subject(event),
        arn=properties["Arn"] if is_segment else "",
        properties=properties["Properties"] if is_segment else properties,
        ends_after_s=min(share_s, timeout_s - (position - 1) * share_s),
        hands_over=position * limit_s < timeout_s,
    )


def subject(event: Mapping[str, Any]) -> tuple[str, str]:
    """Stack id and logical id of the resource that a request works on."""
    properties = event.get("ResourceProperties", {})
    named = properties if event.get("ResourceType") == WAIT else event
    return event.get("StackId", ""), named.get("LogicalResourceId", "")


def position_of(event: Mapping[str, Any]) -> int:
    """Which link of its chain a request is: 1 for the resource itself."""
    is_segment = event["ResourceType"] == WAIT
    return int(event["ResourceProperties"]["Position"]) if is_segment else 1


def _limit_s(properties: Mapping[str, Any]) -> float:
    return float(properties.get("ServiceTimeout", HOUR_S))


def _timeout_s(properties: Mapping[str, Any]) -> float:
    return float(properties.get("Timeout", _limit_s(properties)))
