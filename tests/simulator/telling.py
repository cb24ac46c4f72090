"""The invariant of events: the end of whatever a wait saw end is told, with its state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.chains import subject
from simulator.cloudformation import Exchange
from simulator.inspection import Inspection
from simulator.judging import TOO_LATE, is_left, is_silent, title
from simulator.world import World

LAG_S = 10.0
"""How long after its end an update may be described as it was before."""

LAST_LOOK_S = 240.0
"""A status that lasts for so long without a newer request is seen, whatever goes wrong."""

_ENDS = ("ACTIVE", "CREATE FAILED")
_NEVER_S = float("inf")


def untold_ends(world: World, inspection: Inspection) -> Iterator[str]:
    """The ends that must have been seen, and that no event has told."""
    for exchange in world.cloudformation.exchanges:
        event = exchange.event
        if event["RequestType"] == "Delete" or not exchange.answered_s:
            continue
        if is_silent(event["ResourceProperties"]) or TOO_LATE in exchange.reason:
            continue
        newer_s = _next_request_s(world, exchange)
        for entry in world.personalize.log():
            if (
                entry["kind"] == "status"
                and _is_seen_to_end(entry, exchange, newer_s)
                and subject(event) in inspection.makers(entry["arn"])
                and not inspection.was_anothers(entry["arn"], subject(event), entry["at_s"])
                and not _is_told(world, entry)
                and not (newer_s < _NEVER_S and _met_trouble(world))
            ):
                yield f"{title(event)}: no event of {entry}"


def _is_seen_to_end(entry: Mapping[str, Any], exchange: Exchange, newer_s: float) -> bool:
    """Whether a wait, or what follows it, must have seen a status: the last of its resource."""
    at_s: float = entry["at_s"]
    answer = exchange.answer
    if entry["new"] not in _ENDS or at_s < exchange.asked_s:
        return False
    if answer is None or answer["PhysicalResourceId"] != entry["arn"]:
        return False
    is_followed = is_left(exchange.event["ResourceProperties"]) and answer["Status"] == "SUCCESS"
    if at_s < exchange.answered_s and not is_followed:
        described = entry["what"] != "update" or at_s + LAG_S < exchange.answered_s
        return described and exchange.answered_s < newer_s
    return is_followed and at_s + LAST_LOOK_S < newer_s


def _next_request_s(world: World, exchange: Exchange) -> float:
    """When the next request of the same resource came."""
    of = ("StackId", "LogicalResourceId")
    return min(
        (
            each.asked_s
            for each in world.cloudformation.exchanges
            if all(each.event[key] == exchange.event[key] for key in of)
            and each.asked_s > exchange.asked_s
        ),
        default=_NEVER_S,
    )


def _is_told(world: World, entry: Mapping[str, Any]) -> bool:
    return any(
        # Somebody may stop it before anyone looks.
        each.at_s >= entry["at_s"] and each.state in ("ACTIVE", "FAILED", "STOPPED")
        for each in world.bus.of(entry["arn"])
    )


def _met_trouble(world: World) -> bool:
    struck: list[tuple[float, str]] = getattr(world.wire.faults, "met", [])
    return any("events:PutEvents" in text for _, text in struck)
