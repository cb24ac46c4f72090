"""A `timeout` shorter than the hour that CloudFormation waits: it limits no rollback."""

from __future__ import annotations

import pytest

from emulator.oddities import Oddities
from simulator.matrix import (
    broken_promises,
    created,
    exchanges,
    foreign,
    reasons,
    short_world,
    tags_of,
)
from simulator.slow import MINUTE_S, plan
from simulator.stacks import Stack
from simulator.templates import Declared
from simulator.world import World, campaign


def short_of_time(timeout_min: float, update_min: float) -> tuple[World, Stack]:
    """A stack whose campaign may take so long, and whose updates do take so long."""
    world = World()
    plan(world, create_s=5 * MINUTE_S, update_s=update_min * MINUTE_S, delete_s=10.0)
    stack = world.stack("shop")
    stack.create({"Campaign": of(timeout_min, 1)})
    world.run()
    assert stack.status == "CREATE_COMPLETE"
    return world, stack


def of(timeout_min: float, rate: int) -> Declared:
    """A campaign that may take so long."""
    return campaign(timeout_s=timeout_min * MINUTE_S, MinProvisionedTPS=rate)


@pytest.mark.parametrize(("timeout_min", "update_min"), [(15, 20), (30, 35), (10, 12), (25, 29)])
def test_a_rollback_waits_for_the_update_that_ran_out_of_time(
    timeout_min: float, update_min: float
) -> None:
    world, stack = short_of_time(timeout_min, update_min)
    stack.update({"Campaign": of(timeout_min, 2)})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert broken_promises(world) == []


def test_a_rollback_waits_for_an_update_that_the_rest_of_the_stack_cut_short() -> None:
    world, stack = short_of_time(15, 12)
    stack.update({"Campaign": of(15, 2)}, fails_after_s=60)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    forward, back = exchanges(world, "Update")
    assert forward.abandoned
    assert back.answered_s - back.asked_s == pytest.approx(23 * MINUTE_S, abs=30)


def test_an_update_that_is_no_rollback_has_its_timeout_and_no_more() -> None:
    world, stack = short_of_time(15, 50)
    stack.update({"Campaign": of(15, 2)})
    world.run()
    forward, back = exchanges(world, "Update")
    assert forward.answered_s - forward.asked_s == pytest.approx(15 * MINUTE_S, abs=2)
    assert "after 15 minutes" in forward.reason
    # Not even an hour is enough for this one: the first update has 35 minutes left, its undoing 50.
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    assert back.answered_s - back.asked_s == pytest.approx(59 * MINUTE_S, abs=2)
    assert "after 59 minutes" in reasons(stack, "UPDATE_FAILED")[-1]


@pytest.mark.parametrize("lag_s", [15.0, 45.0, 59.0])
@pytest.mark.parametrize("fails_after_s", [3.0, 5.0])
def test_nor_does_it_cut_short_the_search_for_what_a_replacement_has_made(
    fails_after_s: float, lag_s: float
) -> None:
    """The rollback brings a short `timeout` back, and what it is to delete does not show yet."""
    world = short_world(oddities=Oddities(describe_lag_s=lag_s))
    stack = created(world, {"Campaign": campaign(Name="fresh")})
    stack.update({"Campaign": campaign(Name="fresh", Timeout=15)})
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    spare = campaign(Name="spare", Timeout=15)
    stack.update({"Campaign": spare}, fails_after_s=fails_after_s)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert broken_promises(world) == []


@pytest.mark.parametrize("lag_s", [20.0, 59.0])
@pytest.mark.parametrize("fails_after_s", [3.0, 5.0])
def test_nor_the_look_for_an_update_that_does_not_show_yet(
    fails_after_s: float, lag_s: float
) -> None:
    world = short_world(oddities=Oddities(update_lag_s=lag_s))
    stack = created(world, {"Campaign": campaign(Timeout=40)})
    stack.update(
        {"Campaign": campaign(MinProvisionedTPS=2, Timeout=40)}, fails_after_s=fails_after_s
    )
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert broken_promises(world) == []


@pytest.mark.parametrize("service_timeout_s", [60, 80])
def test_what_was_adopted_is_given_back_in_time_by_the_shortest_delete(
    service_timeout_s: int,
) -> None:
    world = short_world()
    arn = foreign(world, "live")
    world.run_for(100)
    limits = {"ServiceTimeout": service_timeout_s, "Timeout": service_timeout_s}
    adopts = campaign(Name="live", AdoptExisting=True, DeleteAdopted=True, **limits)
    stack = world.stack("shop")
    stack.create({"Campaign": adopts}, fails_after_s=15.0)
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE", stack.events
    assert tags_of(world, arn) == {}
