"""Rows of the failure matrix about a Create, and about the Delete that undoes one."""

from __future__ import annotations

import pytest

from emulator.plans import Plan
from personalize_provider import ownership
from simulator.matrix import (
    FEW_SEEDS,
    SEEDS,
    TEMPLATE,
    Nth,
    broken_promises,
    campaign_arn,
    changes_since,
    created,
    deliver_late,
    describe,
    exchanges,
    foreign,
    last,
    only_campaign,
    reasons,
    requests,
    short_world,
)
from simulator.wire import Effect
from simulator.world import World, campaign, job

LATENESSES = {
    "at once": (0.05, 0.05),
    "a moment later": (0.05, 3.0),
    "while it is created": (0.05, 12.0),
    "after it was answered": (0.05, 200.0),
}


@pytest.mark.parametrize("when", LATENESSES)
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_01_a_create_that_is_delivered_twice_makes_one_campaign_and_one_answer(
    seed: int, when: str
) -> None:
    world = short_world(seed=seed)
    world.functions.deliveries = lambda: 2
    deliver_late(world, *LATENESSES[when])

    stack = created(world)

    (exchange,) = exchanges(world, "Create")
    assert len(exchange.deliveries) == 1
    assert stack.resources["Campaign"].physical_id == campaign_arn(only_campaign(world))
    assert [each["outcome"] for each in requests(world, "CreateCampaign")] == ["ok"]
    assert len(world.states.executions) == 1
    assert broken_promises(world) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_row_01_every_request_of_a_life_may_be_delivered_three_times(seed: int) -> None:
    world = short_world(seed=seed)
    world.functions.deliveries = lambda: 3
    world.functions.lateness_s = lambda: world.scheduler.random.choice([0.05, 1.0, 30.0, 170.0])

    stack = created(world)
    stack.update({"Campaign": campaign(MinProvisionedTPS=2), "Job": job()})
    world.run()
    stack.update({"Campaign": campaign(Name="renamed"), "Job": job(NumResults=9)})
    world.run()
    assert stack.status == "UPDATE_COMPLETE"
    assert broken_promises(world) == []
    stack.delete()
    world.run()

    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}
    assert all(len(each.deliveries) == 1 for each in world.cloudformation.exchanges)


@pytest.mark.parametrize("seed", FEW_SEEDS)
@pytest.mark.parametrize("owner", ["nobody we know", "another stack of ours"])
def test_row_02_a_name_that_someone_else_owns_fails_and_is_left_alone(
    seed: int, owner: str
) -> None:
    world = short_world(seed=seed)
    if owner == "nobody we know":
        foreign(world, "taken")
        tps = 7
    else:
        created(world, {"Campaign": campaign(Name="taken", MinProvisionedTPS=3)}, name="first")
        tps = 3
    world.run_for(60)
    since_s = world.scheduler.now_s

    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Name="taken")})
    world.run()

    assert stack.status == "ROLLBACK_COMPLETE"
    (reason,) = reasons(stack, "CREATE_FAILED")
    assert "taken exists already" in reason
    assert "Choose another Name" in reason
    (answer,) = [each.answer for each in exchanges(world, "Create") if each.asked_s >= since_s]
    assert answer is not None
    assert answer["PhysicalResourceId"].startswith("not-created:")
    assert "left alone" in last(world, "Delete").reason
    assert changes_since(world, since_s) == []
    assert describe(world, "taken")["status"] == "ACTIVE"
    assert describe(world, "taken")["minProvisionedTPS"] == tps


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_02_someone_who_takes_the_name_between_the_look_and_the_create_keeps_it(
    seed: int,
) -> None:
    slow = Nth(1, "slow", only=["CreateCampaign"])
    world = short_world(seed=seed, faults=slow)
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Name="taken")})
    while not slow.struck:
        world.run_for(0.1)
    slow.armed = False
    foreign(world, "taken")
    world.run()

    assert stack.status == "ROLLBACK_COMPLETE"
    assert "taken exists already" in reasons(stack, "CREATE_FAILED")[0]
    assert describe(world, "taken")["minProvisionedTPS"] == 7
    assert broken_promises(world, others=["taken"]) == []


# --- a create that is given up -------------------------------------------------------------------

MOMENTS_S = (1, 2, 3, 12, 21, 22)


def _given_up(world: World, *, after_s: float) -> World:
    stack = world.stack("shop")
    stack.create(TEMPLATE, fails_after_s=after_s)
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE", stack.events
    return world


@pytest.mark.parametrize("seed", SEEDS)
def test_row_03_a_delete_with_an_invented_id_while_the_create_runs_leaves_nothing(
    seed: int,
) -> None:
    for moment_s in MOMENTS_S:
        world = _given_up(short_world(seed=seed), after_s=moment_s)
        assert world.campaigns() == {}, moment_s
        assert broken_promises(world) == [], moment_s


def test_row_03_the_invented_id_leads_to_the_campaign_which_is_waited_for_and_deleted() -> None:
    world = _given_up(short_world(), after_s=10)

    (delete,) = exchanges(world, "Delete")
    assert delete.event["PhysicalResourceId"].startswith("shop-Campaign-")
    assert delete.succeeded
    (create,) = requests(world, "CreateCampaign")
    (deletion,) = requests(world, "DeleteCampaign")
    assert create["outcome"] == deletion["outcome"] == "ok"
    assert deletion["at_s"] >= create["at_s"] + 20


@pytest.mark.parametrize("lag_s", [1.0, 4.0, 30.0])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_03_a_list_of_executions_that_lags_hides_no_create_from_its_delete(
    seed: int, lag_s: float
) -> None:
    for moment_s in MOMENTS_S:
        world = short_world(seed=seed)
        world.states.lag_s = lag_s
        _given_up(world, after_s=moment_s)
        assert broken_promises(world) == [], moment_s


@pytest.mark.parametrize("lag_s", [0.0, 10.0])
@pytest.mark.parametrize("effect", ["slow", "late"])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_03_a_create_call_in_flight_when_its_execution_is_stopped_leaves_nothing(
    seed: int, effect: Effect, lag_s: float
) -> None:
    for moment_s in (1, 2, 3, 4, 5, 8):
        world = short_world(seed=seed, faults=Nth(1, effect, only=["CreateCampaign"]))
        world.states.lag_s = lag_s
        _given_up(world, after_s=moment_s)
        assert broken_promises(world) == [], moment_s


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_03_a_create_that_was_delivered_late_and_is_in_flight_leaves_nothing(
    seed: int,
) -> None:
    for lateness_s in (3.0, 4.0, 5.0, 5.5, 6.0, 6.5, 7.0):
        world = short_world(seed=seed, faults=Nth(1, "slow", only=["CreateCampaign"]))
        world.states.lag_s = 4.0
        deliver_late(world, lateness_s)
        _given_up(world, after_s=6)
        assert broken_promises(world) == [], lateness_s


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_03_a_stack_that_is_deleted_while_it_is_created_leaves_nothing(seed: int) -> None:
    for moment_s in MOMENTS_S:
        world = short_world(seed=seed)
        stack = world.stack("shop")
        stack.create({**TEMPLATE, "Job": job()})
        world.run_for(moment_s)
        stack.delete()
        world.run()
        assert stack.status == "DELETE_COMPLETE"
        assert world.campaigns() == {}, moment_s


def test_row_03_what_is_found_under_the_derived_name_is_only_deleted_if_it_is_ours() -> None:
    world = short_world()
    name = _name_of_the_campaign_of(world)
    foreign(world, name)

    stack = world.stacks[-1]
    stack.create(TEMPLATE, fails_after_s=1)
    world.run()

    assert stack.status == "ROLLBACK_COMPLETE"
    assert broken_promises(world, others=[name]) == []


def _name_of_the_campaign_of(world: World) -> str:
    """The name that a stack's campaign will have, from one that is created and deleted first."""
    stack = created(world)
    name = only_campaign(world)
    stack.delete()
    world.run()
    assert world.campaigns() == {}
    return name


# --- a create that comes late --------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_row_04_a_create_that_is_executed_after_its_delete_leaves_no_campaign(seed: int) -> None:
    for lateness_s in (20.0, 60.0, 280.0):
        world = short_world(seed=seed)
        deliver_late(world, lateness_s)
        _given_up(world, after_s=5)
        assert changes_since(world, 0) == []
        assert broken_promises(world) == []


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_04_a_create_that_is_executed_just_when_its_delete_is_leaves_no_campaign(
    seed: int,
) -> None:
    for lateness_s in (4.0, 5.0, 5.5, 6.0, 6.5, 7.0, 8.0):
        for lag_s in (0.0, 3.0):
            world = short_world(seed=seed)
            world.states.lag_s = lag_s
            deliver_late(world, lateness_s)
            _given_up(world, after_s=5)
            assert broken_promises(world) == [], lateness_s


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_04_a_second_delivery_of_a_create_after_its_delete_leaves_no_campaign(
    seed: int,
) -> None:
    world = short_world(seed=seed)
    world.functions.deliveries = iter([2, 1]).__next__
    deliver_late(world, 0.05, 280.0)
    _given_up(world, after_s=5)
    assert broken_promises(world) == []


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_04_a_create_that_is_late_does_not_disturb_its_successor_in_the_same_stack(
    seed: int,
) -> None:
    world = short_world(seed=seed)
    stack = created(world, {"Job": job()})
    deliver_late(world, 250.0)
    stack.update({"Job": job(), **TEMPLATE}, fails_after_s=5)
    world.run_for(120)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"

    stack.update({"Job": job(), "Campaign": campaign(MinProvisionedTPS=5)})
    world.run()

    assert stack.status == "UPDATE_COMPLETE"
    assert broken_promises(world) == []


# --- a create that fails -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_06_a_campaign_that_fails_is_reported_with_its_reason_and_then_removed(
    seed: int,
) -> None:
    world = short_world(seed=seed)
    world.personalize.plan("*", _failing("The solution version has no metrics."))

    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run()

    answer = last(world, "Create").answer
    assert answer is not None
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"].startswith(campaign_arn("shop-Campaign-"))
    assert "CREATE FAILED: The solution version has no metrics." in answer["Reason"]
    assert last(world, "Delete").event["PhysicalResourceId"] == answer["PhysicalResourceId"]
    assert stack.status == "ROLLBACK_COMPLETE"
    assert world.campaigns() == {}


def _failing(reason: str) -> Plan:
    return Plan(create_s=20.0, delete_s=10.0, create_fails=reason)


def test_row_06_a_job_that_fails_is_reported_with_its_reason_and_its_record_stays() -> None:
    world = short_world()
    world.personalize.plan("*", _failing("The input has no records."))

    stack = world.stack("shop")
    stack.create({"Job": job()})
    world.run()

    answer = last(world, "Create").answer
    assert answer is not None
    assert ":batch-inference-job/shop-Job-" in answer["PhysicalResourceId"]
    assert "The input has no records." in answer["Reason"]
    assert stack.status == "ROLLBACK_COMPLETE"


def test_row_06_a_campaign_carries_its_owner_in_the_create_call_itself() -> None:
    world = short_world()
    stack = created(world)

    (call,) = requests(world, "CreateCampaign")
    tags = {tag["tagKey"]: tag["tagValue"] for tag in call["input"]["tags"]}
    assert tags[ownership.STACK] == stack.id
    assert tags[ownership.LOGICAL_ID] == "Campaign"
    assert tags[ownership.REQUEST] == last(world, "Create").event["RequestId"]


# --- the waiter does not start -------------------------------------------------------------------


@pytest.mark.parametrize("effect", ["die_before", "die_after", "drop_after", "error"])
@pytest.mark.parametrize("times", [1, 2, 20])
def test_row_14_a_waiter_that_does_not_start_leaves_no_orphan(effect: Effect, times: int) -> None:
    world = short_world(faults=Nth(1, effect, only=["StartExecution"], times=times))
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run()

    # Starting is the first thing that happens, so what never started has created nothing.
    if not world.states.executions:
        assert requests(world, "CreateCampaign") == []
    assert broken_promises(world) == [] or stack.status == "ROLLBACK_FAILED"
    assert stack.status in ("CREATE_COMPLETE", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")


def test_row_14_an_id_that_tells_of_nothing_still_leads_the_delete_to_what_was_made() -> None:
    """The front door dies each time after its execution started, and the last resort answers."""
    death = Nth(1, "die_after", only=["StartExecution"], times=3)
    world = short_world(faults=death)
    stack = world.stack("shop")
    world.personalize.plan("*", _slow_create())
    stack.create(TEMPLATE)
    world.run()

    answer = last(world, "Create").answer
    assert answer is not None
    assert answer["PhysicalResourceId"].startswith("unknown:")
    assert len(requests(world, "CreateCampaign")) == 1
    assert stack.status == "ROLLBACK_COMPLETE"
    assert broken_promises(world) == []


def _slow_create() -> Plan:
    return Plan(create_s=600.0, delete_s=10.0)
