"""Solution versions: their ARN is not known before the call, and they can only be stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.oddities import Oddities
from emulator.plans import Plan
from simulator.chains import chained
from simulator.matrix import (
    FEW_SEEDS,
    SEEDS,
    Nth,
    campaign_arn,
    exchanges,
    last,
    reasons,
    requests,
    short_world,
    statuses,
)
from simulator.slow import BOTH_REFERENCES, BOTH_ROLLBACKS, SHORT_HOUR_S
from simulator.stacks import References, Rollback, Stack
from simulator.templates import Attribute, Declared
from simulator.wire import Effect
from simulator.world import OTHER_SOLUTION, SOLUTION, World, campaign, solution_version

MODEL = {"Model": solution_version()}
RETRAINED = {"Model": solution_version(Triggers={"data": "2"})}
CHAIN: dict[str, Declared] = {
    **MODEL,
    "Live": campaign(SolutionVersionArn=Attribute("Model", "SolutionVersionArn")),
}
CAMPAIGN_ARN = campaign_arn("films")
LIST_LAG_S = 8.0
LISTS: tuple[dict[str, Any], ...] = (
    {},
    {"version_list_lag_s": LIST_LAG_S},
    {"version_list_lag_s": LIST_LAG_S, "version_names_are_unique": False},
)
"""Lists in time, lists that lag, and a service that lets a name be used twice."""


def versions(world: World) -> dict[str, str]:
    """ARN -> status of every version that was trained here."""
    return statuses(world, "solution-version")


def in_training(world: World) -> list[str]:
    return [arn for arn, status in versions(world).items() if status.endswith(("ING", "PROGRESS"))]


def trained(world: World, template: dict[str, Declared] | None = None) -> Stack:
    stack = world.stack("shop")
    stack.create(template or MODEL)
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events
    return stack


def model_arn(stack: Stack) -> str:
    return stack.resources["Model"].physical_id


def short_model(hours: float = 3, **properties: Any) -> dict[str, Declared]:
    """A version that may take so many hours of two minutes, with its segments."""
    limits = {"hour_s": SHORT_HOUR_S, "timeout_s": hours * SHORT_HOUR_S}
    return chained({"Model": solution_version(**limits, **properties)})


# --- made once -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_version_is_trained_and_its_arn_is_the_physical_id(seed: int) -> None:
    world = short_world(seed=seed)
    stack = trained(world)
    assert versions(world) == {model_arn(stack): "ACTIVE"}
    assert model_arn(stack).startswith(f"{SOLUTION}/")
    assert stack.resources["Model"].attributes["SolutionVersionArn"] == model_arn(stack)
    assert float(stack.resources["Model"].attributes["TrainingHours"]) > 0


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "die_before", "die_after", "late"])
@pytest.mark.parametrize("odd", LISTS, ids=["lists in time", "lists lag", "names are free"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_crash_between_call_and_answer_leaves_one_version(
    seed: int, odd: dict[str, Any], effect: Effect
) -> None:
    crash = Nth(1, effect, only=["CreateSolutionVersion"])
    world = World(seed=seed, faults=crash, oddities=Oddities(**odd))
    stack = trained(world)

    assert crash.struck
    alive = [arn for arn, status in versions(world).items() if status == "ACTIVE"]
    assert model_arn(stack) in alive
    assert in_training(world) == []
    if odd.get("version_names_are_unique", True):
        # The service refuses a second one of the same name, and the first is found in time.
        assert len(versions(world)) == 1
    else:
        # A second one may be begun, and is then stopped: there is one to pay for.
        assert len(alive) == 1


@pytest.mark.parametrize("effect", ["drop_after", "late"])
@pytest.mark.parametrize("seed", SEEDS)
def test_nor_does_a_lost_answer_leave_another_one_where_the_second_is_trained_at_once(
    seed: int, effect: Effect
) -> None:
    """Before a list shows the first, whose training goes on."""
    lost = Nth(1, effect, only=["CreateSolutionVersion"])
    odd = Oddities(version_names_are_unique=False, version_list_lag_s=45.0)
    world = World(seed=seed, faults=lost, oddities=odd)
    world.personalize.plan("*", Plan(create_s=[3000.0, 0.0], delete_s=10.0))
    stack = trained(world)
    assert [arn for arn, status in versions(world).items() if status == "ACTIVE"] == [
        model_arn(stack)
    ]


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_create_that_is_delivered_three_times_trains_one_version(seed: int) -> None:
    world = short_world(seed=seed)
    world.functions.deliveries = lambda: 3
    world.functions.lateness_s = lambda: world.scheduler.random.choice([0.05, 1.0, 30.0])
    stack = trained(world)
    assert versions(world) == {model_arn(stack): "ACTIVE"}


def test_a_name_that_was_used_before_fails_with_the_way_out() -> None:
    world = short_world()
    created = {"name": "spring", "solutionArn": SOLUTION}
    world.call_as_other_owner("CreateSolutionVersion", created)
    stack = world.stack("shop")
    stack.create({"Model": solution_version(Name="spring")})
    world.run()

    assert stack.status == "ROLLBACK_COMPLETE"
    (reason,) = reasons(stack, "CREATE_FAILED")
    assert "Solution version spring exists already" in reason
    assert "Choose another Name, or leave the name out" in reason
    assert list(versions(world).values()) == ["ACTIVE"]


def test_training_that_somebody_stops_fails_and_says_so() -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create(MODEL)
    world.run_for(12)
    (arn,) = versions(world)
    world.call_as_other_owner("StopSolutionVersionCreation", {"solutionVersionArn": arn})
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "is CREATE STOPPED" in reasons(stack, "CREATE_FAILED")[0]


def test_a_solution_without_a_free_place_in_training_is_waited_for() -> None:
    world = short_world()
    world.personalize.set_quotas(solution_versions_in_training=1)
    world.call_as_other_owner("CreateSolutionVersion", {"solutionArn": OTHER_SOLUTION})
    stack = trained(world)
    assert versions(world)[model_arn(stack)] == "ACTIVE"
    outcomes = {each["outcome"] for each in requests(world, "CreateSolutionVersion")}
    assert outcomes == {"ok", "LimitExceededException"}


# --- retrained -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_changed_trigger_trains_anew_and_moves_the_campaign_in_place(seed: int) -> None:
    world = short_world(seed=seed)
    stack = trained(world, CHAIN)
    before, live = model_arn(stack), stack.resources["Live"].physical_id
    stack.update({**CHAIN, **RETRAINED})
    world.run()

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.resources["Live"].physical_id == live
    assert versions(world) == {before: "ACTIVE", model_arn(stack): "ACTIVE"}
    assert model_arn(stack) != before
    (updated,) = requests(world, "UpdateCampaign")
    assert updated["input"]["solutionVersionArn"] == model_arn(stack)


@pytest.mark.parametrize("rollback", BOTH_ROLLBACKS)
@pytest.mark.parametrize("references", BOTH_REFERENCES)
@pytest.mark.parametrize("after_s", [3, 12, 30])
def test_a_rollback_goes_back_to_the_version_before_and_stops_the_new_one(
    rollback: Rollback, references: References, after_s: float
) -> None:
    world = short_world(rollback=rollback, references=references)
    stack = trained(world)
    before = model_arn(stack)
    stack.update(RETRAINED, fails_after_s=after_s)
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert model_arn(stack) == before
    assert in_training(world) == []
    # Nothing was trained to undo a training.
    assert len(versions(world)) <= 2


def test_a_rollback_to_another_solution_stops_what_was_begun_there() -> None:
    world = short_world()
    stack = trained(world)
    world.personalize.plan("*", Plan(create_s=400.0, delete_s=10.0))
    stack.update({"Model": solution_version(SolutionArn=OTHER_SOLUTION)}, fails_after_s=20)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    begun = [arn for arn in versions(world) if arn.startswith(f"{OTHER_SOLUTION}/")]
    assert [versions(world)[arn] for arn in begun] == ["CREATE STOPPED"]


WRONG_SOLUTIONS = pytest.mark.parametrize("arn", [f"{SOLUTION}/5f3a9c1e", CAMPAIGN_ARN])
"""Refused by the handler's rules; the service does not list by them either."""


@WRONG_SOLUTIONS
def test_row_24_a_create_with_what_is_no_solution_is_refused_and_rolled_back(arn: str) -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create({"Model": solution_version(SolutionArn=arn)})
    world.run()
    assert "nothing was created" in reasons(stack, "CREATE_FAILED")[0]
    assert stack.status == "ROLLBACK_COMPLETE", stack.events


@WRONG_SOLUTIONS
def test_row_24_an_update_to_what_is_no_solution_is_refused_and_undone(arn: str) -> None:
    world = short_world()
    stack = trained(world)
    before = model_arn(stack)
    stack.update({"Model": solution_version(SolutionArn=arn)})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert (model_arn(stack), list(versions(world))) == (before, [before])


def test_training_that_fails_keeps_the_version_before() -> None:
    world = short_world()
    stack = trained(world)
    before = model_arn(stack)
    world.personalize.plan("*", Plan(create_s=20.0, create_fails="Too few interactions."))
    stack.update(RETRAINED)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Too few interactions." in reasons(stack, "UPDATE_FAILED")[0]
    assert model_arn(stack) == before


# --- deleted -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_delete_leaves_a_trained_version_to_its_solution(seed: int) -> None:
    world = short_world(seed=seed)
    stack = trained(world, CHAIN)
    arn = model_arn(stack)
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert versions(world) == {arn: "ACTIVE"}
    assert requests(world, "StopSolutionVersionCreation") == []
    assert "cannot be deleted" in _delete_of(world, "Model").reason


MOMENTS_S = (0.5, 1, 2, 3, 7, 12, 21, 22)


@pytest.mark.parametrize("after_s", MOMENTS_S)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_create_that_is_given_up_leaves_nothing_in_training(seed: int, after_s: float) -> None:
    oddities = Oddities(version_list_lag_s=LIST_LAG_S if seed % 2 else 0.0)
    world = short_world(seed=seed, oddities=oddities)
    stack = world.stack("shop")
    stack.create(MODEL, fails_after_s=after_s)
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE", stack.events
    world.run_for(3600)
    assert set(versions(world).values()) <= {"ACTIVE", "CREATE STOPPED"}
    stopped = {each["outcome"] for each in requests(world, "StopSolutionVersionCreation")}
    assert stopped <= {"ok", "InvalidInputException"}


@pytest.mark.parametrize("after_s", MOMENTS_S)
def test_what_a_create_that_is_given_up_trains_is_stopped_although_it_shows_late(
    after_s: float,
) -> None:
    world = short_world(oddities=Oddities(version_list_lag_s=59.0))
    world.personalize.plan("*", Plan(create_s=3000.0))
    stack = world.stack("shop")
    stack.create(MODEL, fails_after_s=after_s)
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE", stack.events
    assert "ACTIVE" not in versions(world).values()


@pytest.mark.parametrize("after_s", MOMENTS_S)
def test_what_an_update_that_is_given_up_trains_is_stopped_although_it_shows_late(
    after_s: float,
) -> None:
    world = short_world(oddities=Oddities(version_list_lag_s=59.0))
    stack = trained(world)
    before = model_arn(stack)
    world.personalize.plan("*", Plan(create_s=3000.0))
    stack.update(RETRAINED, fails_after_s=after_s)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert [arn for arn, status in versions(world).items() if status == "ACTIVE"] == [before]


@pytest.mark.parametrize("after_s", MOMENTS_S)
def test_a_stop_whose_answer_is_lost_is_as_good(after_s: float) -> None:
    lost = Nth(1, "drop_after", only=["StopSolutionVersionCreation"])
    world = short_world(faults=lost)
    stack = world.stack("shop")
    stack.create(MODEL, fails_after_s=after_s)
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE", stack.events
    assert in_training(world) == []


def test_another_stacks_training_goes_on() -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=300.0, delete_s=5.0))
    other = world.stack("news")
    other.create(MODEL)
    stack = world.stack("shop")
    stack.create(MODEL, fails_after_s=30)
    world.run()
    assert (stack.status, other.status) == ("ROLLBACK_COMPLETE", "CREATE_COMPLETE")
    assert versions(world)[model_arn(other)] == "ACTIVE"


def test_a_delete_after_the_solution_has_gone_is_done() -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create(MODEL, fails_after_s=0.2)
    world.run_for(0.5)
    world.personalize.add_solution(SOLUTION, status="CREATE PENDING")
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE", stack.events


def _delete_of(world: World, name: str) -> Any:
    return next(
        each for each in exchanges(world, "Delete") if each.event["LogicalResourceId"] == name
    )


# --- longer than an hour -------------------------------------------------------------------------


def test_a_training_of_many_hours_is_waited_for_by_segments() -> None:
    world = World()
    world.personalize.plan("*", Plan(create_s=5.5 * 3600))
    template = chained({"Model": solution_version(timeout_s=6 * 3600)})
    stack = world.stack("shop")
    stack.create(template)
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events
    assert stack.resources["ModelWait"].attributes["Status"] == "ACTIVE"
    assert len(requests(world, "CreateSolutionVersion")) == 1


@pytest.mark.parametrize("rollback", BOTH_ROLLBACKS)
@pytest.mark.parametrize("references", BOTH_REFERENCES)
def test_a_place_that_frees_itself_after_an_hour_is_found_by_the_next_link(
    rollback: Rollback, references: References
) -> None:
    world = World(rollback=rollback, references=references)
    world.personalize.set_quotas(solution_versions_in_training=1)
    world.personalize.plan("*", Plan(create_s=150.0, delete_s=5.0))
    world.call_as_other_owner("CreateSolutionVersion", {"solutionArn": OTHER_SOLUTION})
    stack = world.stack("shop")
    stack.create(short_model(4))
    world.run()

    assert stack.status == "CREATE_COMPLETE", stack.events
    first = exchanges(world, "Create")[0]
    assert first.answer is not None
    assert first.answer["PhysicalResourceId"].startswith("unknown:")
    arn = stack.resources["ModelWait"].attributes["SolutionVersionArn"]
    assert versions(world)[arn] == "ACTIVE"

    # An update that trains nothing finds it by its tags, and takes its ARN for the id.
    stack.update(short_model(3))
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert model_arn(stack) == arn
    assert len(_of_ours(world)) == 1

    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert versions(world)[arn] == "ACTIVE"


def test_a_chain_that_is_given_up_before_it_has_an_arn_leaves_nothing_in_training() -> None:
    world = World()
    world.personalize.set_quotas(solution_versions_in_training=1)
    world.personalize.plan("*", Plan(create_s=150.0, delete_s=5.0))
    world.call_as_other_owner("CreateSolutionVersion", {"solutionArn": OTHER_SOLUTION})
    stack = world.stack("shop")
    stack.create(short_model(4), fails_after_s=220)
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE", stack.events
    assert in_training(world) == []
    assert last(world, "Delete").succeeded


def _of_ours(world: World) -> list[str]:
    return list(_with_tags(world))


def _with_tags(world: World) -> Iterator[str]:
    for each in world.personalize.resources():
        if each["kind"] == "solution-version" and each["tags"]:
            yield each["arn"]


class _FewAtOnce:
    """Takes a few ListTagsForResource in a row, and throttles the others of the same seconds."""

    def __init__(self, world: World, few: int) -> None:
        self._world = world
        self._few = few
        self._taken_s: list[float] = []

    def strike(self, _service: str, operation: str) -> Effect | None:
        if operation != "ListTagsForResource":
            return None
        now_s = self._world.scheduler.now_s
        self._taken_s = [each for each in self._taken_s if each > now_s - 4]
        if len(self._taken_s) >= self._few:
            return "throttle"
        self._taken_s.append(now_s)
        return None


def test_a_search_among_many_goes_on_where_throttling_has_cut_it_short() -> None:
    world = short_world()
    stack = trained(world)
    for number in range(12):
        stack.update({"Model": solution_version(Triggers={"data": str(number)})})
        world.run()
    world.run_for(100)
    world.wire.faults = _FewAtOnce(world, few=4)
    stack.update({"Model": solution_version(Triggers={"data": "new"}, Timeout=300)})
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events


def test_who_waits_for_a_place_asks_for_no_tags_twice() -> None:
    world = short_world()
    stack = trained(world)
    stack.update({"Model": solution_version(Triggers={"data": "1"})})
    world.run()
    world.run_for(100)
    world.personalize.set_quotas(solution_versions_in_training=1)
    world.personalize.plan("*", Plan(create_s=400.0))
    world.call_as_other_owner("CreateSolutionVersion", {"name": "other", "solutionArn": SOLUTION})
    world.run_for(100)
    before = len(requests(world, "ListTagsForResource"))
    stack.update({"Model": solution_version(Triggers={"data": "2"})})
    world.run_for(250)
    # Three versions, one of them for its own.
    assert len(requests(world, "ListTagsForResource")) - before <= 5
