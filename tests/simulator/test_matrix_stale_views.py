"""What CloudFormation tells of a stack and its resources may be some seconds old."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.plans import Plan
from simulator.matrix import (
    CHANGED,
    Nth,
    broken_promises,
    campaign_arn,
    created,
    exchanges,
    foreign,
    last,
    short_world,
)
from simulator.slow import BOTH_ROLLBACKS
from simulator.stacks import Rollback, Stack
from simulator.world import OTHER_VERSION, World, campaign, job

LAGS = pytest.mark.parametrize("lag_s", [0.0, 2.0, 20.0])

LIVE = {"Name": "live", "MinProvisionedTPS": 7}


@LAGS
def test_an_update_that_shows_late_is_done(lag_s: float) -> None:
    """Until then the stack shows that the operation before has ended."""
    world = short_world()
    stack = created(world)
    world.cloudformation.lag_s = lag_s
    stack.update(CHANGED)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    update = last(world, "Update")
    assert update.answered_s - update.asked_s < lag_s + 30
    assert broken_promises(world) == []


@LAGS
def test_a_rollback_that_shows_late_is_done(lag_s: float) -> None:
    world = short_world()
    stack = created(world)
    world.cloudformation.lag_s = lag_s
    stack.update(CHANGED, fails_after_s=60)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert broken_promises(world) == []


@LAGS
def test_a_create_after_one_that_failed_and_was_kept_is_done(lag_s: float) -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(MinProvisionedTPS=0)}, rolls_back=False)
    world.run()
    world.cloudformation.lag_s = lag_s
    stack.update(CHANGED)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert broken_promises(world) == []


def test_what_a_stack_has_given_up_changes_nothing_and_ends_soon() -> None:
    """Nothing stops the execution of a create whose resource is retained."""
    world = short_world(faults=Nth(1, "throttle", only=["CreateCampaign"], times=3))
    stack = world.stack("shop")
    stack.create({"Campaign": replace(campaign(), retain=True)}, fails_after_s=1)
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert not world.campaigns()
    (ended,) = world.states.executions.values()
    assert ended.stopped_s - ended.started_s == pytest.approx(60, abs=10)


@LAGS
@pytest.mark.parametrize("rollback", BOTH_ROLLBACKS)
def test_a_rollback_keeps_what_only_moved_within_its_stack(
    rollback: Rollback, lag_s: float
) -> None:
    """Its Delete meets a stack that still shows the update which is undone."""
    world = short_world(rollback=rollback)
    stack = created(world, {"Old": campaign(**LIVE)})
    world.cloudformation.lag_s = lag_s
    stack.update({"New": campaign(AdoptExisting=True, **LIVE)}, fails_after_s=40)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert stack.resources["Old"].physical_id == campaign_arn("live")
    assert set(world.campaigns()) == {"live"}


@LAGS
def test_a_rollback_keeps_what_was_there_before_whatever_a_real_delete_would_do(
    lag_s: float,
) -> None:
    world = short_world()
    foreign(world, "live")
    adopting = campaign(AdoptExisting=True, DeleteAdopted=True, **LIVE)
    stack = created(world, {"Other": campaign()})
    world.cloudformation.lag_s = lag_s
    stack.update({"Other": campaign(), "Live": adopting}, fails_after_s=40)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert "live" in world.campaigns()
    stack.update({"Other": campaign(), "Live": adopting})
    world.run()
    stack.delete()
    world.run()
    assert (stack.status, world.campaigns()) == ("DELETE_COMPLETE", {})


@LAGS
def test_an_update_that_fails_at_once_in_a_rollback_is_tried_again(lag_s: float) -> None:
    world = short_world()
    stack = created(world)
    world.cloudformation.lag_s = lag_s
    failing = Plan(update_s=1.0, delete_s=10.0, update_fails={2: "It met an internal problem."})
    world.personalize.plan("*", failing)
    stack.update(CHANGED, fails_after_s=60)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert broken_promises(world) == []


def test_an_update_that_fails_says_so_once_the_stack_shows_that_it_is_no_rollback() -> None:
    world = short_world()
    stack = created(world)
    failing = Plan(update_s=1.0, delete_s=10.0, update_fails={1: "It met an internal problem."})
    world.personalize.plan("*", failing)
    stack.update(CHANGED)
    world.run()
    forward = exchanges(world, "Update")[0]
    assert "It met an internal problem." in forward.reason
    assert forward.answered_s - forward.asked_s == pytest.approx(60, abs=6)


@LAGS
def test_a_rollback_to_a_job_that_nobody_waited_for_runs_nothing_again(lag_s: float) -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=30.0, create_fails={1: "No input."}))
    left = {"Job": job(WaitForCompletion=False)}
    stack = created(world, left)
    world.cloudformation.lag_s = lag_s
    other = {"Job": job(WaitForCompletion=False, SolutionVersionArn=OTHER_VERSION)}
    stack.update(other, fails_after_s=60)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert len(world.personalize.resources()) == 2


def until_rolled_back(world: World, stack: Stack) -> None:
    """Let time pass until the rollback has just ended."""
    while stack.status != "UPDATE_ROLLBACK_COMPLETE":
        assert not stack.settled, stack.events
        world.run_for(1)


@LAGS
def test_what_is_adopted_and_to_be_deleted_is_deleted_right_after_a_rollback(lag_s: float) -> None:
    """The stack still shows the rollback, in which it would be given back."""
    world = short_world()
    foreign(world, "live")
    world.run()
    template = {"Live": campaign(AdoptExisting=True, DeleteAdopted=True, **LIVE)}
    stack = created(world, template)
    world.cloudformation.lag_s = lag_s
    stack.update(
        {"Live": campaign(AdoptExisting=True, DeleteAdopted=True, Name="live")}, fails_after_s=5
    )
    until_rolled_back(world, stack)
    stack.delete()
    world.run()
    assert (stack.status, world.campaigns()) == ("DELETE_COMPLETE", {})


@LAGS
def test_a_deploy_right_after_a_rollback_is_none(lag_s: float) -> None:
    """It runs the job that has failed again, which a rollback to it would not."""
    world = short_world()
    stack = created(world, {"Job": job(WaitForCompletion=False)})
    world.run()
    world.personalize.plan("*", Plan(create_s=30.0, create_fails={1: "No input."}))
    world.cloudformation.lag_s = lag_s
    other = {"Job": job(WaitForCompletion=False, SolutionVersionArn=OTHER_VERSION)}
    stack.update(other, fails_after_s=60)
    until_rolled_back(world, stack)
    world.personalize.plan("*", Plan(create_s=30.0))
    stack.update(other)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    statuses = sorted(each["status"] for each in world.personalize.resources())
    assert statuses == ["ACTIVE", "ACTIVE", "CREATE FAILED"]
