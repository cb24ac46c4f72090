"""A `timeout` shorter than the hour that CloudFormation waits: it limits no rollback."""

from __future__ import annotations

import pytest

from simulator.matrix import broken_promises, exchanges, reasons
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
