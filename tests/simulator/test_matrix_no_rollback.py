"""A stack that keeps what failed, and creates it again at the next deploy.

CloudFormation then has the failed one deleted under the id that its create was answered with. That
names no resource, but the new one has the same logical id, and so the same name and tags.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from emulator.plans import Plan
from simulator.cloudformation import Exchange
from simulator.matrix import (
    SEEDS,
    TEMPLATE,
    Nth,
    campaign_arn,
    exchanges,
    last,
    only_campaign,
    short_world,
)
from simulator.scheduler import KilledError
from simulator.stacks import Stack
from simulator.templates import Declared
from simulator.test_matrix_versions import versions
from simulator.works import FailedGo, Resource
from simulator.world import (
    OTHER_VERSION,
    World,
    campaign,
    job,
    recommender,
    solution_version,
)

AT_SYNTHESIS = {"Campaign": campaign(MinProvisionedTPS=0)}
"""Refused by the library's own rules, before anything is called."""
BY_THE_SERVICE = {"Campaign": campaign(SolutionVersionArn=f"{OTHER_VERSION}9")}

ORDERS = pytest.mark.parametrize("failed_go", ["first", "last"])


def failed(world: World, template: dict[str, Declared] | None = None) -> Stack:
    """A stack whose create has failed, and which keeps the failure."""
    stack = world.stack("shop")
    stack.create(template or dict(TEMPLATE), rolls_back=False)
    world.run()
    assert stack.status == "CREATE_FAILED", stack.events
    return stack


def deployed_again(world: World, stack: Stack, failed_go: FailedGo) -> str:
    """The id that the failed create was answered with, after a deploy that succeeds."""
    failed_id = stack.resources["Campaign"].physical_id
    stack.update(TEMPLATE, failed_go=failed_go)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert len(exchanges(world, "Delete")) == 1
    return failed_id


def assert_in_use_until_the_end(world: World, stack: Stack) -> None:
    """The one campaign is there, and goes with the stack."""
    assert stack.resources["Campaign"].physical_id == campaign_arn(only_campaign(world))
    stack.delete()
    world.run()
    assert (stack.status, world.campaigns()) == ("DELETE_COMPLETE", {})


@ORDERS
@pytest.mark.parametrize("template", [AT_SYNTHESIS, BY_THE_SERVICE])
def test_what_a_later_create_has_made_outlives_the_delete_of_the_refused_one(
    template: dict[str, Declared], failed_go: FailedGo
) -> None:
    world = short_world()
    stack = failed(world, template)
    failed_id = deployed_again(world, stack, failed_go)
    assert failed_id.startswith("not-created:")
    assert_in_use_until_the_end(world, stack)


@ORDERS
def test_what_a_create_without_an_answer_has_made_is_taken_over_and_outlives_its_delete(
    failed_go: FailedGo,
) -> None:
    """The same campaign, made by the first request and used by the second."""
    world = short_world()
    world.cloudformation.put_trouble = lambda: ConnectionError("no way out")
    stack = failed(world)
    world.cloudformation.put_trouble = lambda: None
    made = only_campaign(world)
    failed_id = deployed_again(world, stack, failed_go)
    assert failed_id.startswith("shop-Campaign-")
    assert only_campaign(world) == made
    assert_in_use_until_the_end(world, stack)


@ORDERS
@pytest.mark.parametrize("effect", ["die_after", "die_before"])
def test_what_nobody_knows_the_fate_of_is_neither_lost_nor_doubled(
    effect: str, failed_go: FailedGo
) -> None:
    """The front door dies each time its execution has started, or is about to."""
    death = Nth(1, effect, only=["StartExecution"], times=3)  # type: ignore[arg-type]
    world = short_world(faults=death)
    world.personalize.plan("*", Plan(create_s=600.0, delete_s=10.0))
    stack = failed(world)
    death.armed = False
    deployed_again(world, stack, failed_go)
    assert_in_use_until_the_end(world, stack)


@ORDERS
def test_a_campaign_that_failed_is_made_anew_and_stays(failed_go: FailedGo) -> None:
    """Its id is its ARN, and that of the new one is the same, so nothing is left to delete."""
    world = short_world()
    world.personalize.plan("*", Plan(create_s=20.0, delete_s=10.0, create_fails={1: "Not today."}))
    stack = failed(world)
    stack.update(TEMPLATE, failed_go=failed_go)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert_in_use_until_the_end(world, stack)


@pytest.mark.parametrize("death", [None, Nth(1, "die_after", only=["DeleteCampaign"])])
def test_why_something_failed_is_told_though_what_replaces_it_is_refused(death: Nth | None) -> None:
    """Nobody could look it up any more: the service forgets what it deletes."""
    world = short_world(faults=death)
    world.personalize.plan("*", Plan(create_s=20.0, delete_s=10.0, create_fails={1: "Not today."}))
    stack = failed(world)
    stack.update(BY_THE_SERVICE)
    world.run()
    assert (stack.status, world.campaigns()) == ("UPDATE_FAILED", {})
    reason = last(world, "Create").reason
    assert "ResourceNotFoundException" in reason
    assert "It was to be made anew, for before it was CREATE FAILED: Not today." in reason


@ORDERS
def test_a_recommender_too(failed_go: FailedGo) -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create({"Films": recommender(RecipeArn="aws-user-personalization")}, rolls_back=False)
    world.run()
    assert stack.status == "CREATE_FAILED"
    stack.update({"Films": recommender()}, failed_go=failed_go)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    (arn,) = (each["arn"] for each in world.personalize.resources())
    assert stack.resources["Films"].physical_id == arn


@ORDERS
def test_a_jobs_end_is_told_although_the_one_that_was_refused_is_deleted(
    failed_go: FailedGo,
) -> None:
    """That Delete is of nothing, and must not stop what follows the job that runs by now."""
    world = short_world()
    world.personalize.plan("*", Plan(create_s=600.0))
    refused = job(WaitForCompletion=False, SolutionVersionArn=f"{OTHER_VERSION}9")
    stack = failed(world, {"Job": refused})
    stack.update({"Job": job(WaitForCompletion=False)}, failed_go=failed_go)
    world.run()
    assert stack.status == "UPDATE_COMPLETE"
    assert len(exchanges(world, "Delete")) == 1
    assert [each.state for each in world.bus.events] == ["PENDING", "IN_PROGRESS", "ACTIVE"]


def test_a_training_that_a_kept_update_left_behind_ends_with_the_stack() -> None:
    """CloudFormation knows the version before alone, and has that one deleted."""
    world = short_world()
    stack = world.stack("shop")
    stack.create({"Model": solution_version(timeout_s=600)})
    world.run()
    world.personalize.plan("*", Plan(create_s=18_000.0, delete_s=10.0))
    stack.keeps_failures = True
    stack.update({"Model": solution_version(Triggers={"data": "2"}, timeout_s=600)})
    world.run_for(700)
    assert stack.status == "UPDATE_FAILED", stack.events
    assert "CREATE IN_PROGRESS" in versions(world).values()
    world.cloudformation.lag_s = 20.0
    stack.delete()
    world.run_for(300)
    assert stack.status == "DELETE_COMPLETE"
    assert sorted(versions(world).values()) == ["ACTIVE", "CREATE STOPPED"]


def test_a_delete_of_an_older_version_stops_no_training_while_the_logical_id_lives_on() -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create({"Model": solution_version(timeout_s=600)})
    world.run()
    older = stack.resources["Model"]
    world.personalize.plan("*", Plan(create_s=400.0, delete_s=10.0))
    stack.update({"Model": solution_version(Triggers={"data": "2"}, timeout_s=600)})
    world.run_for(100)
    stack.ask("Delete", "Model", older.declared.type, older.properties, older.physical_id)
    world.run()
    assert last(world, "Delete").succeeded
    assert set(versions(world).values()) == {"ACTIVE"}


def test_a_delete_is_not_fooled_by_a_stack_that_shows_late_what_it_deletes() -> None:
    """Else what a create without an answer has made would be left for good."""
    world = short_world()
    world.cloudformation.put_trouble = lambda: ConnectionError("no way out")
    stack = failed(world)
    world.cloudformation.put_trouble = lambda: None
    arn = campaign_arn(only_campaign(world))
    until_s = world.scheduler.now_s + 20
    shown = world.cloudformation.resource_of

    def late(stack_id: str, logical_id: str) -> Resource | None:
        found = shown(stack_id, logical_id)
        if found is None or world.scheduler.now_s >= until_s:
            return found
        return replace(found, status="CREATE_COMPLETE", physical_id=arn)

    world.cloudformation.resource_of = late
    stack.delete()
    world.run()
    assert (stack.status, world.campaigns()) == ("DELETE_COMPLETE", {})


def test_a_create_in_the_same_second_as_the_delete_before_it_is_answered() -> None:
    """The Delete's tick may die after its answer, so that its execution is still there."""
    same = 0
    for seed in SEEDS:
        world = short_world(seed=seed)
        stack = failed(world, AT_SYNTHESIS)
        world.cloudformation.on_answer = _dies_once_after_a_delete()
        stack.update(TEMPLATE, failed_go="first")
        world.run()
        delete, create = (exchanges(world, each)[-1] for each in ("Delete", "Create"))
        same += int(delete.asked_s) == int(create.asked_s)
        assert stack.status == "UPDATE_COMPLETE", stack.events
        # The fence takes 30 s, the create 20 s, and the looks are 5 s apart: no hour of silence.
        assert create.answered_s < create.asked_s + 75
        assert_in_use_until_the_end(world, stack)
    assert same


def _dies_once_after_a_delete() -> Callable[[Exchange], None]:
    """The process that answers a Delete dies before it can tell the state machine."""
    died: list[Exchange] = []

    def on_answer(exchange: Exchange) -> None:
        if exchange.event["RequestType"] == "Delete" and not died:
            died.append(exchange)
            raise KilledError

    return on_answer
