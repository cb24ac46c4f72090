"""What the tests of wait segments share: chains, and how their links were answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.plans import Plan
from simulator.chains import HOUR_S, WAIT, chained, position_of, subject
from simulator.cloudformation import Exchange
from simulator.matrix import exchanges
from simulator.stacks import References, Rollback, Stack
from simulator.templates import Declared
from simulator.world import World, campaign, job

MINUTE_S = 60.0

SHORT_HOUR_S = 120.0
"""CloudFormation's patience where a test needs many links but not their length."""

SHARE_S = 90.0
"""What a link uses of it: three quarters, as of any limit under four minutes."""

THREE_HOURS_S = 3 * HOUR_S
THREE_SHORT_HOURS_S = 3 * SHORT_HOUR_S

BOTH_REFERENCES: tuple[References, ...] = ("evaluated again", "as before")
BOTH_ROLLBACKS: tuple[Rollback, ...] = ("update-then-delete", "delete-alone")


def slow_campaign(**properties: Any) -> dict[str, Declared]:
    """A campaign that may take three hours, with its segments."""
    return chained({"Campaign": campaign(timeout_s=THREE_HOURS_S, **properties)})


def short_campaign(hours: float = 3, **properties: Any) -> dict[str, Declared]:
    """The same, for so many hours of two minutes."""
    limits = {"hour_s": SHORT_HOUR_S, "timeout_s": hours * SHORT_HOUR_S}
    return chained({"Campaign": campaign(**limits, **properties)})


def slow_job(**properties: Any) -> dict[str, Declared]:
    """A batch inference job that may take three hours, with its segments."""
    return chained({"Job": job(timeout_s=THREE_HOURS_S, **properties)})


def short_job(**properties: Any) -> dict[str, Declared]:
    """The same, for three hours of two minutes."""
    limits = {"hour_s": SHORT_HOUR_S, "timeout_s": THREE_SHORT_HOURS_S}
    return chained({"Job": job(**limits, **properties)})


def plan(world: World, **durations: Any) -> None:
    """How long Personalize takes from now on, in seconds."""
    world.personalize.plan("*", Plan(**durations))


def slow_world(*, create_s: Any = 20.0, update_s: Any = 15.0, **settings: Any) -> World:
    """A world in which Personalize takes so long."""
    world = World(**settings)
    plan(world, create_s=create_s, update_s=update_s, delete_s=10.0)
    return world


def begun(world: World, template: Mapping[str, Declared]) -> Stack:
    """A stack whose creation has begun."""
    stack = world.stack("shop")
    stack.create(template)
    return stack


def created_fast(world: World, template: Mapping[str, Declared], **then: Any) -> Stack:
    """A stack that was created quickly, after which Personalize takes other times."""
    plan(world, create_s=10.0, update_s=10.0, delete_s=10.0)
    stack = begun(world, template)
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events
    plan(world, delete_s=10.0, **then)
    return stack


def link(world: World, request_type: str, position: int, *, of: str = "Campaign") -> Exchange:
    """The latest request to one link of a chain."""
    return [
        each
        for each in exchanges(world, request_type)
        if (subject(each.event)[1], position_of(each.event)) == (of, position)
    ][-1]


def asked(world: World, request_type: str) -> list[str]:
    """The logical ids asked so, in order."""
    return [_asked(each) for each in exchanges(world, request_type)]


def took_s(exchange: Exchange) -> float:
    """Seconds from the request to its answer."""
    assert exchange.answer is not None
    return exchange.answered_s - exchange.asked_s


def segment_ids(world: World) -> dict[str, set[str]]:
    """The physical ids that each segment has ever answered."""
    ids: dict[str, set[str]] = {}
    for each in world.cloudformation.exchanges:
        if each.event["ResourceType"] == WAIT and each.answer is not None:
            ids.setdefault(_asked(each), set()).add(each.answer["PhysicalResourceId"])
    return ids


def _asked(exchange: Exchange) -> str:
    logical_id: str = exchange.event["LogicalResourceId"]
    return logical_id
