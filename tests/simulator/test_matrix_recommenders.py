"""Recommenders: like campaigns, but for what no update can change, and what somebody may stop."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.oddities import Oddities
from emulator.plans import Fault, Plan
from simulator.matrix import (
    FEW_SEEDS,
    SEEDS,
    Nth,
    exchanges,
    reasons,
    remove_tags,
    requests,
    short_world,
    statuses,
)
from simulator.slow import BOTH_ROLLBACKS
from simulator.stacks import Rollback, Stack
from simulator.wire import Effect
from simulator.world import DATASET_GROUP, OTHER_DATASET_GROUP, RECIPE, World, recommender

TEMPLATE = {"ForYou": recommender()}
FASTER = {"ForYou": recommender(RecommenderConfig={"MinRecommendationRequestsPerSecond": 2})}
ELSEWHERE = {"ForYou": recommender(DatasetGroupArn=OTHER_DATASET_GROUP)}


def there(world: World) -> dict[str, str]:
    """ARN -> status of every recommender."""
    return statuses(world, "recommender")


def created(world: World, template: dict[str, Any] | None = None) -> Stack:
    stack = world.stack("shop")
    stack.create(template or TEMPLATE)
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events
    return stack


def arn_of(stack: Stack) -> str:
    return stack.resources["ForYou"].physical_id


def calls(world: World, noun: str = "Recommender") -> list[str]:
    """What was called that changes something, in order."""
    names = [f"{verb}{noun}" for verb in ("Create", "Update", "Start", "Delete")]
    return [each["operation"] for each in requests(world, *names) if each["outcome"] == "ok"]


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_life(seed: int) -> None:
    world = short_world(seed=seed)
    stack = created(world)
    arn = arn_of(stack)
    assert there(world) == {arn: "ACTIVE"}
    stack.update(FASTER)
    world.run()
    assert (stack.status, arn_of(stack)) == ("UPDATE_COMPLETE", arn)
    stack.delete()
    world.run()
    assert there(world) == {}
    assert calls(world) == ["CreateRecommender", "UpdateRecommender", "DeleteRecommender"]


@pytest.mark.parametrize("effect", ["drop_after", "die_after", "late", "throttle"])
@pytest.mark.parametrize("nth", range(1, 9))
def test_a_create_that_meets_trouble_anywhere_makes_one(nth: int, effect: Effect) -> None:
    world = short_world(faults=Nth(nth, effect))
    stack = created(world)
    assert there(world) == {arn_of(stack): "ACTIVE"}


# --- what no update can change -------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_another_dataset_group_makes_another_recommender_and_removes_the_one_before(
    seed: int,
) -> None:
    world = short_world(seed=seed)
    stack = created(world)
    before = arn_of(stack)
    stack.update(ELSEWHERE)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert arn_of(stack) != before
    assert there(world) == {arn_of(stack): "ACTIVE"}


@pytest.mark.parametrize("rollback", BOTH_ROLLBACKS)
@pytest.mark.parametrize("after_s", [3, 12, 25, 40])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_rollback_to_the_dataset_group_before_leaves_the_one_recommender(
    seed: int, after_s: float, rollback: Rollback
) -> None:
    world = short_world(seed=seed, rollback=rollback)
    stack = created(world)
    before = arn_of(stack)
    stack.update(ELSEWHERE, fails_after_s=after_s)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert arn_of(stack) == before
    assert there(world) == {before: "ACTIVE"}


def test_a_given_name_cannot_move_to_another_dataset_group() -> None:
    world = short_world()
    stack = created(world, {"ForYou": recommender(Name="for-you")})
    arn = arn_of(stack)
    stack.update({"ForYou": recommender(Name="for-you", DatasetGroupArn=OTHER_DATASET_GROUP)})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    (reason,) = reasons(stack, "UPDATE_FAILED")
    assert "exists with another DatasetGroupArn, which no update can change" in reason
    assert "Choose another Name" in reason
    assert there(world) == {arn: "ACTIVE"}
    assert calls(world) == ["CreateRecommender"]


def test_one_of_the_same_name_that_somebody_else_made_is_left_alone() -> None:
    world = short_world()
    asked = {"name": "for-you", "datasetGroupArn": DATASET_GROUP, "recipeArn": RECIPE}
    world.call_as_other_owner("CreateRecommender", asked)
    world.run_for(60)
    stack = world.stack("shop")
    stack.create({"ForYou": recommender(Name="for-you")})
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "left alone" in reasons(stack, "CREATE_FAILED")[0]
    assert list(there(world).values()) == ["ACTIVE"]


# --- what somebody has stopped -------------------------------------------------------------------


def stopped(world: World, stack: Stack) -> None:
    world.call_as_other_owner("StopRecommender", {"recommenderArn": arn_of(stack)})
    world.run_for(60)
    assert there(world) == {arn_of(stack): "INACTIVE"}


@pytest.mark.parametrize("effect", [None, "drop_after", "die_after", "error"])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_an_update_starts_a_stopped_recommender_and_changes_it(
    seed: int, effect: Effect | None
) -> None:
    fault = Nth(1 if effect else 0, effect or "error", only=["StartRecommender"])
    world = short_world(seed=seed, faults=fault)
    stack = created(world)
    stopped(world, stack)
    stack.update(FASTER)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert there(world) == {arn_of(stack): "ACTIVE"}
    assert calls(world) == ["CreateRecommender", "StartRecommender", "UpdateRecommender"]


@pytest.mark.parametrize("after_s", [0.5, 2, 6, 9, 12])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_recommender_is_deleted_whether_it_runs_or_stops_or_is_stopped(
    seed: int, after_s: float
) -> None:
    world = short_world(seed=seed)
    stack = created(world)
    world.call_as_other_owner("StopRecommender", {"recommenderArn": arn_of(stack)})
    world.run_for(after_s)
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE", stack.events
    assert there(world) == {}


def test_a_failed_creation_tells_the_services_words_and_leaves_nothing() -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=20.0, create_fails="Too few events.", delete_s=5.0))
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "Too few events." in reasons(stack, "CREATE_FAILED")[0]
    assert there(world) == {}
    assert all(each.answer is not None for each in exchanges(world, "Delete"))


# --- what is to be stopped -----------------------------------------------------------------------

RESTING = {"ForYou": recommender(Active=False)}
FASTER_AND_RESTING = {
    "ForYou": recommender(Active=False, RecommenderConfig={"MinRecommendationRequestsPerSecond": 2})
}


def switches(world: World) -> list[str]:
    names = ("StopRecommender", "StartRecommender", "UpdateRecommender")
    return [each["operation"] for each in requests(world, *names) if each["outcome"] == "ok"]


@pytest.mark.parametrize("effect", [None, "drop_after", "die_after", "late", "error"])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_recommender_is_put_to_rest_changed_and_woken(seed: int, effect: Effect | None) -> None:
    fault = Nth(1 if effect else 0, effect or "error", only=["StopRecommender"])
    world = short_world(seed=seed, faults=fault)
    stack = created(world)
    arn = arn_of(stack)
    for template, status, called in (
        (RESTING, "INACTIVE", {"StopRecommender"}),
        # What is stopped cannot be changed, so it runs for a while.
        (
            FASTER_AND_RESTING,
            "INACTIVE",
            {"StartRecommender", "UpdateRecommender", "StopRecommender"},
        ),
        (FASTER, "ACTIVE", {"StartRecommender"}),
    ):
        before = len(switches(world))
        stack.update(template)
        world.run()
        assert stack.status == "UPDATE_COMPLETE", stack.events
        assert there(world) == {arn: status}
        assert set(switches(world)[before:]) == called
        assert stack.resources["ForYou"].attributes["Status"] == status


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_recommender_can_be_created_at_rest_and_deleted(seed: int) -> None:
    world = short_world(seed=seed)
    stack = created(world, RESTING)
    assert list(there(world).values()) == ["INACTIVE"]
    stack.delete()
    world.run()
    assert there(world) == {}


@pytest.mark.parametrize("after_s", [0.5, 3, 8, 12, 20])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_rollback_wakes_what_was_put_to_rest(seed: int, after_s: float) -> None:
    world = short_world(seed=seed)
    stack = created(world)
    stack.update(RESTING, fails_after_s=after_s)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert there(world) == {arn_of(stack): "ACTIVE"}


# --- what has no default -------------------------------------------------------------------------


def excluding(**columns: list[str]) -> dict[str, Any]:
    config = {"TrainingDataConfig": {"ExcludedDatasetColumns": columns}}
    return {"ForYou": recommender(RecommenderConfig=config)}


def excluded(world: World, stack: Stack) -> dict[str, list[str]]:
    """The columns that the service describes as left out, empty lists aside."""
    client = world.wire.client("personalize")
    found = client.describe_recommender(recommenderArn=arn_of(stack))["recommender"]
    training = found.get("recommenderConfig", {}).get("trainingDataConfig", {})
    columns = training.get("excludedDatasetColumns", {})
    return {name: each for name, each in columns.items() if each}


@pytest.mark.parametrize("fails_after_s", [None, 3, 12, 25])
def test_columns_that_a_template_names_no_longer_are_trained_with_again(
    fails_after_s: float | None,
) -> None:
    world = short_world()
    first = {"ITEMS": ["PRICE"], "USERS": ["AGE"]}
    stack = created(world, excluding(**first))
    for template, then in (
        (excluding(ITEMS=["PRICE"]), {"ITEMS": ["PRICE"]}),
        (TEMPLATE, {}),
        (excluding(**first), first),
    ):
        before = excluded(world, stack)
        stack.update(template, fails_after_s=fails_after_s)
        world.run()
        if fails_after_s is None:
            assert (stack.status, excluded(world, stack)) == ("UPDATE_COMPLETE", then)
        else:
            assert (stack.status, excluded(world, stack)) == ("UPDATE_ROLLBACK_COMPLETE", before)


@pytest.mark.parametrize("lag_s", [12.0, 45.0])
def test_a_start_that_does_not_show_yet_may_be_refused_a_second_time(lag_s: float) -> None:
    world = short_world(oddities=Oddities(update_lag_s=lag_s, switch_in_use=False))
    stack = created(world, {"ForYou": recommender(Active=False)})
    stack.update({"ForYou": recommender()})
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert there(world) == {arn_of(stack): "ACTIVE"}


def test_a_start_that_is_refused_for_good_is_told_soon() -> None:
    world = short_world()
    stack = created(world, {"ForYou": recommender(Active=False)})
    refusal = Fault(
        effect="error",
        operation="StartRecommender",
        code="InvalidInputException",
        http_status=400,
        message="It has gone to sleep.",
    )
    world.personalize.plan("*", Plan(faults=[refusal]))
    stack.update({"ForYou": recommender()})
    world.run()
    forward, _ = exchanges(world, "Update")
    assert "InvalidInputException: It has gone to sleep." in forward.reason
    assert forward.answered_s - forward.asked_s < 120


def test_one_whose_tags_were_removed_is_not_said_to_rest_while_it_runs() -> None:
    world = short_world()
    stack = created(world)
    remove_tags(world, arn_of(stack))
    stack.update({"ForYou": recommender(Active=False)})
    world.run()
    forward, _ = exchanges(world, "Update")
    assert forward.answer is not None
    assert forward.answer["Status"] == "FAILED"
    assert "not made by this resource of this stack" in forward.reason
    # What the rollback asks for runs.
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events


def test_nor_does_one_that_rests_fail_a_rollback() -> None:
    world = short_world()
    stack = created(world, {"ForYou": recommender(Active=False)})
    remove_tags(world, arn_of(stack))
    stack.update({"ForYou": recommender()})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert there(world) == {arn_of(stack): "INACTIVE"}
