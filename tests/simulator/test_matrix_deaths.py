"""Every call of every operation goes wrong once: the process dies, the connection breaks.

Rows 1, 13, 14, 16 and 25 of the failure matrix are such moments; here all of them are tried, one
after the other, until an operation has no further call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from emulator.plans import Plan
from simulator.matrix import (
    CHANGED,
    TEMPLATE,
    Nth,
    broken_promises,
    campaign_arn,
    created,
    exchanges,
    requests,
    short_world,
)
from simulator.scheduler import KilledError
from simulator.stacks import Rollback, Stack
from simulator.templates import Template
from simulator.wire import Effect
from simulator.world import World, campaign, job

FAST = Plan(create_s=9.0, update_s=9.0, delete_s=4.0)
"""One look at least finds the work under way, and every look counts: each call is a history."""

MOST_CALLS = 120
"""More than any operation here makes; a bound for the enumeration."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation on a stack.

    Attributes:
        does: Starts it.
        ends: The stack's status afterwards.
        begins_with: Whether a stack exists before.
        fails: How Personalize lets it fail.
        campaigns: How many exist afterwards.
    """

    does: Callable[[Stack], None]
    ends: str
    begins_with: Template | None = None
    fails: Mapping[str, Any] = field(default_factory=dict)
    campaigns: int = 1


RENAMED = {"Campaign": campaign(Name="renamed")}
JOB = {"Job": job()}
OTHER_JOB = {"Job": job(NumResults=9)}

OPERATIONS: Mapping[str, Operation] = {
    "create": Operation(does=lambda stack: stack.create(TEMPLATE), ends="CREATE_COMPLETE"),
    "create that fails": Operation(
        does=lambda stack: stack.create(TEMPLATE),
        ends="ROLLBACK_COMPLETE",
        fails={"create_fails": "No metrics."},
        campaigns=0,
    ),
    "create that is given up": Operation(
        does=lambda stack: stack.create(TEMPLATE, fails_after_s=4),
        ends="ROLLBACK_COMPLETE",
        campaigns=0,
    ),
    "update": Operation(
        does=lambda stack: stack.update(CHANGED), ends="UPDATE_COMPLETE", begins_with=TEMPLATE
    ),
    "update that fails": Operation(
        does=lambda stack: stack.update(CHANGED),
        ends="UPDATE_ROLLBACK_COMPLETE",
        begins_with=TEMPLATE,
        fails={"update_fails": {1: "Too little data."}},
    ),
    "update that is given up": Operation(
        does=lambda stack: stack.update(CHANGED, fails_after_s=4),
        ends="UPDATE_ROLLBACK_COMPLETE",
        begins_with=TEMPLATE,
    ),
    "replacement": Operation(
        does=lambda stack: stack.update(RENAMED), ends="UPDATE_COMPLETE", begins_with=TEMPLATE
    ),
    "replacement that fails": Operation(
        does=lambda stack: stack.update(RENAMED),
        ends="UPDATE_ROLLBACK_COMPLETE",
        begins_with=TEMPLATE,
        fails={"create_fails": "No metrics."},
    ),
    "replacement that is undone": Operation(
        does=lambda stack: stack.update(RENAMED, fails_after_s=22),
        ends="UPDATE_ROLLBACK_COMPLETE",
        begins_with=TEMPLATE,
    ),
    "delete": Operation(
        does=lambda stack: stack.delete(),
        ends="DELETE_COMPLETE",
        begins_with=TEMPLATE,
        campaigns=0,
    ),
    "job": Operation(does=lambda stack: stack.create(JOB), ends="CREATE_COMPLETE", campaigns=0),
    "another job": Operation(
        does=lambda stack: stack.update(OTHER_JOB),
        ends="UPDATE_COMPLETE",
        begins_with=JOB,
        campaigns=0,
    ),
}

DEATHS: tuple[Effect, ...] = ("die_before", "die_after")
TROUBLES: Mapping[str, tuple[Effect, ...]] = {
    "create": ("throttle", "error", "drop_before", "drop_after", "late"),
    "update": ("error", "drop_after", "slow"),
    "update that is given up": ("drop_after", "late"),
    "replacement": ("drop_after",),
    "replacement that is undone": ("slow",),
    "delete": ("throttle", "drop_before", "drop_after", "late"),
}


def _each_call_goes_wrong(
    operation: Operation, effect: Effect, *, rollback: Rollback = "update-then-delete"
) -> None:
    for nth in range(1, MOST_CALLS):
        faults = Nth(nth, effect, armed=False)
        world = short_world(seed=nth, faults=faults, rollback=rollback)
        stack = _before(world, operation)
        world.personalize.plan("*", replace(FAST, **operation.fails))
        faults.armed = True
        operation.does(stack)
        world.run()
        if not faults.struck:
            assert nth > 5
            return
        where = f"{effect} at call {nth}, {faults.calls[nth - 1]}"
        assert stack.status == operation.ends, (where, stack.events)
        assert broken_promises(world) == [], where
        assert len(world.campaigns()) == operation.campaigns, where
    raise AssertionError("the operation makes ever more calls")


def _before(world: World, operation: Operation) -> Stack:
    world.personalize.plan("*", FAST)
    if operation.begins_with is None:
        return world.stack("shop")
    return created(world, operation.begins_with)


@pytest.mark.parametrize("effect", DEATHS)
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_row_16_a_lambda_may_die_around_any_call(operation: Operation, effect: Effect) -> None:
    _each_call_goes_wrong(operation, effect)


@pytest.mark.parametrize(
    ("name", "effect"), [(name, effect) for name, each in TROUBLES.items() for effect in each]
)
def test_row_10_any_call_may_meet_a_trouble_that_passes(name: str, effect: Effect) -> None:
    _each_call_goes_wrong(OPERATIONS[name], effect)


@pytest.mark.parametrize("effect", DEATHS)
def test_row_16_a_rollback_by_a_delete_alone_survives_a_death_around_any_call(
    effect: Effect,
) -> None:
    undone = OPERATIONS["replacement that is undone"]
    _each_call_goes_wrong(undone, effect, rollback="delete-alone")


@pytest.mark.parametrize("name", ["create", "update", "replacement", "delete"])
def test_row_17_a_lambda_may_die_around_its_answer(name: str) -> None:
    """Before or after it arrives: nothing is answered twice that counts, nothing is left open."""
    operation = OPERATIONS[name]
    for nth in (1, 2):
        for after in (False, True):
            world = short_world()
            stack = _before(world, operation)
            _die_at_answer(world, nth, after=after)
            operation.does(stack)
            world.run()
            assert stack.status == operation.ends
            assert broken_promises(world) == []


def _die_at_answer(world: World, nth: int, *, after: bool) -> None:
    put = world.cloudformation.put
    count = iter(range(1, 1000))

    def dying(url: str, body: bytes) -> int:
        number = next(count)
        if number == nth and not after:
            raise KilledError("died before the answer")
        status = put(url, body)
        if number == nth:
            raise KilledError("died after the answer")
        return status

    world.handler.code = _with_put(world, dying)


def _with_put(world: World, put: Callable[[str, bytes], int]) -> Callable[..., object]:
    world.cloudformation.put = put  # type: ignore[method-assign, assignment]
    return world._real_entry()  # type: ignore[no-any-return]


def test_row_14_the_first_call_of_all_is_the_start_of_the_waiter() -> None:
    faults = Nth(1, "die_before")
    world = short_world(faults=faults)
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run()
    assert faults.calls[0] == "StartExecution"
    assert stack.status == "CREATE_COMPLETE"
    (exchange,) = exchanges(world, "Create")
    assert exchange.answer is not None
    assert exchange.answer["PhysicalResourceId"] in map(campaign_arn, world.campaigns())
    assert len(requests(world, "CreateCampaign")) == 1
