"""Faults in every link of a chain: deaths, lost answers, double delivery, lists that lag."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator.matrix import (
    FEW_SEEDS,
    Nth,
    broken_promises,
    deliver_late,
    describe,
    exchanges,
    only_campaign,
    requests,
)
from simulator.slow import (
    SHARE_S,
    asked,
    begun,
    created_fast,
    segment_ids,
    short_campaign,
    short_job,
    slow_world,
)
from simulator.stacks import Stack
from simulator.wire import Effect
from simulator.world import World

POSITIONS = (1, 2, 3)

EFFECTS: tuple[Effect, ...] = ("die_before", "die_after", "drop_after", "late")

LASTS_S = 2.2 * SHARE_S
"""So long that the third link ends it, and could even if Lambda tried an event again first."""


Operation = Callable[[World], Stack]


def _creates(world: World) -> Stack:
    return begun(world, short_campaign(MinProvisionedTPS=2))


def _updates(world: World) -> Stack:
    stack = created_fast(world, short_campaign(MinProvisionedTPS=1), update_s=LASTS_S)
    stack.update(short_campaign(MinProvisionedTPS=2))
    return stack


def _runs(world: World) -> Stack:
    return begun(world, short_job())


EACH_OPERATION = pytest.mark.parametrize(
    "operation", [_creates, _updates, _runs], ids=["create", "update", "run"]
)


def _world(**settings: Any) -> World:
    return slow_world(create_s=LASTS_S, update_s=LASTS_S, **settings)


def _until(world: World, position: int) -> None:
    """Let time pass until a link of the chain has just been asked."""
    while len(asked(world, _last_type(world))) < position:
        world.run_for(1)


def _check(world: World, stack: Stack) -> None:
    """The operation has succeeded in three links, with one change."""
    assert stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack.events
    assert len(asked(world, _last_type(world))) == 3
    assert all(len(ids) == 1 for ids in segment_ids(world).values())
    assert broken_promises(world) == []
    if "Campaign" in stack.resources:
        assert describe(world, only_campaign(world))["minProvisionedTPS"] == 2
    else:
        made = [each["name"] for each in requests(world, "CreateBatchInferenceJob")]
        assert len(set(made)) == 1


def _last_type(world: World) -> str:
    return "Update" if exchanges(world, "Update") else "Create"


@EACH_OPERATION
@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("nth", [1, 3])
def test_a_call_that_goes_wrong_in_any_segment_is_made_up_for(
    nth: int, position: int, effect: Effect, operation: Operation
) -> None:
    faults = Nth(nth=nth, effect=effect, armed=False)
    world = _world(faults=faults)
    stack = operation(world)
    _until(world, position)
    faults.armed = True
    world.run()

    assert faults.struck
    _check(world, stack)


@EACH_OPERATION
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("late_s", [0.05, 20.0])
def test_every_event_delivered_twice_has_one_effect(
    late_s: float, seed: int, operation: Operation
) -> None:
    world = _world(seed=seed)
    world.functions.deliveries = lambda: 2
    world.functions.lateness_s = _alternating(0.05, late_s)
    stack = operation(world)
    world.run()

    _check(world, stack)
    assert all(len(each.deliveries) == 1 for each in world.cloudformation.exchanges)


def _alternating(*values: float) -> Callable[[], float]:
    endless = itertools.cycle(values)
    return lambda: next(endless)


@EACH_OPERATION
@pytest.mark.parametrize("position", POSITIONS)
def test_invocations_that_lambda_refuses_in_any_segment_are_made_up_for(
    position: int, operation: Operation
) -> None:
    world = _world()
    stack = operation(world)
    _until(world, position)
    left = iter(["Lambda.TooManyRequestsException"] * 4)
    world.functions.trouble = lambda: next(left, None)
    world.run()

    assert next(left, None) is None
    _check(world, stack)


@EACH_OPERATION
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_lists_of_executions_that_lag_disturb_no_segment(seed: int, operation: Operation) -> None:
    """A link that has ended is still listed as running when the next one looks."""
    world = _world(seed=seed)
    world.states.lag_s = 8.0
    stack = operation(world)
    world.run()
    _check(world, stack)


@EACH_OPERATION
@pytest.mark.parametrize("position", POSITIONS)
def test_answers_that_meet_trouble_in_any_segment_arrive(
    position: int, operation: Operation
) -> None:
    world = _world()
    stack = operation(world)
    _until(world, position)
    left: Iterator[int | OSError] = iter([503, ConnectionResetError("reset")])
    world.cloudformation.put_trouble = lambda: next(left, None)
    world.run()

    assert next(left, None) is None
    _check(world, stack)


def test_a_link_that_is_delivered_late_has_its_whole_work_done() -> None:
    world = _world()
    deliver_late(world, 0.05, 40.0, 40.0)
    stack = _creates(world)
    world.run()
    _check(world, stack)
