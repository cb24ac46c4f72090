"""State-change events, and what goes on after an answer: with all that can go wrong meanwhile."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

import pytest

from emulator.batch_inference_job import BatchInferenceJobs
from emulator.plans import NEVER, Plan
from emulator.world import Place
from personalize_provider.follow_up import LONGEST_S, MOST_LOOKS, MOST_TRIES
from simulator.matrix import (
    CHANGED,
    FEW_SEEDS,
    TEMPLATE,
    Nth,
    broken_promises,
    created,
    exchanges,
    last,
    reasons,
    requests,
    short_world,
)
from simulator.templates import Declared
from simulator.wire import ACCOUNT, REGION, Effect
from simulator.world import World, campaign, job

UNWAITED: Mapping[str, Declared] = {"Job": job(WaitForCompletion=False)}
PUT = ("PutEvents",)
ON_THE_WAY = {"CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE"}
HOUR_S = 3600.0


def told(world: World, *fields: str) -> list[Any]:
    """One field, or several, of each event so far, in order."""
    details = [each.detail for each in world.bus.events]
    if len(fields) == 1:
        return [detail.get(fields[0]) for detail in details]
    return [tuple(detail.get(name) for name in fields) for detail in details]


def running(world: World) -> list[str]:
    """The names of the executions that run."""
    return [each.name for each in world.states.executions.values() if each.status == "RUNNING"]


def slow_world(**settings: Any) -> World:
    """A world in which each status lasts for some looks."""
    world = World(**settings)
    world.personalize.plan("*", Plan(create_s=150.0, update_s=150.0, delete_s=100.0))
    return world


def looks(world: World) -> int:
    return len(requests(world, "DescribeBatchInferenceJob"))


def long_job(world: World, hours: float, **changes: Any) -> None:
    """Jobs take so many hours, the first minutes of which they are pending."""
    world.personalize.plan("*", Plan(create_s=hours * HOUR_S, **changes))


# --- what is told --------------------------------------------------------------------------------


def test_a_life_is_told_status_by_status() -> None:
    world = slow_world()
    stack = created(world)
    assert told(world, "status", "state") == [
        ("CREATE PENDING", "PENDING"),
        ("CREATE IN_PROGRESS", "IN_PROGRESS"),
        ("ACTIVE", "ACTIVE"),
    ]
    world.bus.events.clear()

    stack.update(CHANGED)
    world.run()
    assert told(world, "status", "updateStatus", "state") == [
        ("ACTIVE", "CREATE PENDING", "PENDING"),
        ("ACTIVE", "CREATE IN_PROGRESS", "IN_PROGRESS"),
        ("ACTIVE", "ACTIVE", "ACTIVE"),
    ]
    world.bus.events.clear()

    stack.delete()
    world.run()
    assert set(told(world, "state")) == {"DELETING"}
    assert running(world) == []


def test_every_event_names_the_resource_as_its_stack_does() -> None:
    world = short_world()
    stack = created(world)
    for event in world.bus.events:
        assert event.detail_type == "Personalize Campaign State Change"
        assert event.resources == (event.arn,)
        assert event.detail["stackId"] == stack.id
        assert event.detail["logicalResourceId"] == "Campaign"
        assert all(isinstance(value, str) and value for value in event.detail.values())
        assert event.time_s <= event.at_s


def test_a_failure_is_told_with_the_services_reason() -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=20.0, create_fails={1: "No such recipe."}))
    world.stack("shop").create(TEMPLATE)
    world.run()
    failed = [each for each in world.bus.events if each.state == "FAILED"]
    assert [each.detail["failureReason"] for each in failed] == ["No such recipe."]


def test_an_update_of_something_else_starts_no_follow_up_again() -> None:
    world = short_world()
    both = {**TEMPLATE, "Job": job()}
    stack = created(world, both)
    world.bus.events.clear()
    # Another Timeout alone is an Update of both which changes neither.
    stack.update(
        {"Campaign": campaign(MinProvisionedTPS=1, Timeout=3000), "Job": job(Timeout=3000)}
    )
    world.run()
    assert stack.status == "UPDATE_COMPLETE"
    assert world.bus.events == []


@pytest.mark.parametrize("after_s", [30 + tenths / 10 for tenths in range(0, 60, 5)])
def test_an_end_while_one_request_takes_over_from_another_is_told(after_s: float) -> None:
    world = World()
    stack = created(world)
    world.bus.events.clear()
    world.personalize.plan("*", Plan(update_s=33.0, update_fails="No such version."))
    stack.update(CHANGED, fails_after_s=after_s)
    world.run()
    assert "FAILED" in told(world, "state")


def test_who_wants_no_events_gets_none_and_nothing_is_called() -> None:
    calls = Nth(nth=0, effect="error", only=PUT)
    world = short_world(faults=calls)
    stack = created(world, {"Campaign": campaign(StateChangeEvents=False)})
    stack.delete()
    world.run()
    assert calls.calls == []


def test_a_create_that_dies_before_it_notes_anything_is_told_all_the_same() -> None:
    world = short_world(faults=Nth(nth=1, effect="die_after", only=("CreateCampaign",)))
    world.personalize.plan("*", Plan(create_s=0.0))
    created(world)
    assert "ACTIVE" in told(world, "state")


# --- EventBridge in trouble ----------------------------------------------------------------------

TROUBLES: tuple[Effect, ...] = (
    "throttle",
    "error",
    "drop_before",
    "drop_after",
    "die_before",
    "die_after",
    "slow",
    "late",
)


@pytest.mark.parametrize("seed", FEW_SEEDS)
@pytest.mark.parametrize("effect", TROUBLES)
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_an_event_that_meets_trouble_comes_at_least_once_and_the_answer_is_good(
    nth: int, effect: Effect, seed: int
) -> None:
    fault = Nth(nth=nth, effect=effect, only=PUT)
    world = slow_world(seed=seed, faults=fault)
    created(world)
    assert fault.struck
    assert set(told(world, "status")) >= ON_THE_WAY
    assert broken_promises(world) == []
    assert running(world) == []


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_crash_after_put_events_repeats_the_event_with_the_same_id(nth: int) -> None:
    fault = Nth(nth=nth, effect="die_after", only=PUT)
    world = slow_world(faults=fault)
    created(world)
    pairs = told(world, "status", "id")
    assert len(pairs) == 4
    assert len(set(pairs)) == 3


def test_an_entry_that_alone_is_refused_is_sent_again() -> None:
    world = short_world()
    codes = iter(["ThrottlingException", "InternalFailure"])
    world.bus.entry_trouble = lambda: next(codes, None)
    created(world)
    assert told(world, "state")[-1] == "ACTIVE"
    assert {"PENDING", "IN_PROGRESS"} <= set(told(world, "state"))


@pytest.mark.parametrize("effect", ["error", "slow", "late"])
def test_no_answer_is_later_for_an_event_in_trouble(effect: Effect) -> None:
    answered_s = []
    for times in (0, 50):
        world = short_world(seed=3, faults=Nth(nth=1, effect=effect, only=PUT, times=times))
        created(world)
        answered_s.append(last(world, "Create").answered_s)
    quiet_s, troubled_s = answered_s
    # A look may come later by what the call before it took, and not by more.
    assert troubled_s - quiet_s < 8


def test_who_may_not_put_events_is_served_all_the_same_and_the_log_says_what_was_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = short_world()
    world.bus.denied = True
    with caplog.at_level(logging.ERROR):
        created(world)
    assert world.bus.events == []
    assert running(world) == []
    (line,) = (record.getMessage() for record in caplog.records)
    assert f"given up after {MOST_TRIES} tries" in line
    assert "ACTIVE" in line


def test_events_come_late_when_the_permission_does() -> None:
    world = short_world()
    world.bus.denied = True
    world.scheduler.at(300, lambda: setattr(world.bus, "denied", False))
    created(world)
    assert told(world, "state") == ["PENDING", "IN_PROGRESS", "ACTIVE"]


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_request_delivered_twice_is_told_once(seed: int) -> None:
    world = short_world(seed=seed)
    world.functions.deliveries = lambda: 2
    created(world)
    assert told(world, "state") == ["PENDING", "IN_PROGRESS", "ACTIVE"]


# --- not waiting ---------------------------------------------------------------------------------


def test_a_job_that_nobody_waits_for_is_answered_when_it_runs_and_told_when_it_ends() -> None:
    world = short_world()
    long_job(world, 5)
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run()
    answer = last(world, "Create")
    assert stack.status == "CREATE_COMPLETE"
    assert answer.answer is not None
    assert answer.answer["Data"]["Status"] == "CREATE IN_PROGRESS"
    ended = world.bus.events[-1]
    assert ended.state == "ACTIVE"
    assert answer.answered_s + HOUR_S < ended.at_s
    assert told(world, "state") == ["PENDING", "IN_PROGRESS", "ACTIVE"]
    assert running(world) == []


def test_a_failure_after_the_answer_is_told_and_answers_nothing() -> None:
    world = short_world()
    long_job(world, 3, create_fails={1: "The input is malformed."})
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run()
    assert stack.status == "CREATE_COMPLETE"
    assert len(last(world, "Create").deliveries) == 1
    assert world.bus.events[-1].detail["failureReason"] == "The input is malformed."
    assert world.bus.events[-1].state == "FAILED"


def test_a_job_that_fails_before_it_runs_fails_the_stack() -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=0.0, create_fails={1: "No such bucket."}))
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert any("No such bucket." in each for each in reasons(stack, "CREATE_FAILED"))
    assert told(world, "state")[-1] == "FAILED"


def test_a_job_that_is_done_before_anyone_looks_is_a_success() -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=0.0))
    stack = created(world, UNWAITED)
    assert stack.resources["Job"].attributes["Status"] == "ACTIVE"
    assert told(world, "state") == ["ACTIVE"]


def test_a_timeout_limits_the_time_until_it_runs() -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=NEVER))
    stack = world.stack("news")
    # It is pending for a minute.
    stack.create({"Job": job(WaitForCompletion=False, Timeout=30)})
    world.run_for(2 * HOUR_S)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert any("not at work as asked for" in each for each in reasons(stack, "CREATE_FAILED"))


def test_without_events_nothing_goes_on_after_the_answer() -> None:
    world = short_world()
    long_job(world, 5)
    created(world, {"Job": job(WaitForCompletion=False, StateChangeEvents=False)})
    assert world.bus.events == []
    assert world.scheduler.now_s < last(world, "Create").answered_s + HOUR_S + 1


@pytest.mark.parametrize("seed", FEW_SEEDS)
@pytest.mark.parametrize("effect", TROUBLES)
def test_a_follow_up_outlives_trouble_with_its_looks(effect: Effect, seed: int) -> None:
    fault = Nth(nth=20, effect=effect, only=("DescribeBatchInferenceJob",), times=3)
    world = short_world(seed=seed, faults=fault)
    long_job(world, 2)
    created(world, UNWAITED)
    assert fault.struck
    assert told(world, "state")[-1] == "ACTIVE"
    assert len(requests(world, "CreateBatchInferenceJob")) == 1
    assert running(world) == []


def test_a_follow_up_outlives_lambdas_own_trouble_past_the_deadline() -> None:
    world = short_world()
    long_job(world, 4)
    world.stack("news").create(UNWAITED)
    world.run_for(1.5 * HOUR_S)
    world.functions.trouble = lambda: "Lambda.ServiceException"
    world.run_for(0.5 * HOUR_S)
    world.functions.trouble = lambda: None
    world.run()
    assert told(world, "state")[-1] == "ACTIVE"
    assert len(last(world, "Create").deliveries) == 1
    assert world.last_resort.invocations == 0


def test_a_follow_up_that_cannot_go_on_fails_and_answers_nothing() -> None:
    world = short_world()
    long_job(world, 4)
    world.stack("news").create(UNWAITED)
    world.run_for(1.5 * HOUR_S)

    def broken(_event: Any, _context: Any) -> None:
        raise RuntimeError("broken by a deployment")

    world.handler.code = broken
    world.run()
    (execution,) = world.states.executions.values()
    assert (execution.status, execution.history[-1]) == ("FAILED", "FollowUpFailed")
    assert world.last_resort.invocations == 0


# --- newer requests ------------------------------------------------------------------------------


def test_a_delete_stops_a_follow_up() -> None:
    world = short_world()
    long_job(world, 8)
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run_for(HOUR_S)
    before = looks(world)
    stack.delete()
    world.run_for(300)
    assert stack.status == "DELETE_COMPLETE"
    assert running(world) == []
    world.run()
    assert looks(world) <= before + 5


def test_a_delete_stops_the_follow_up_of_an_update_that_went_back_to_an_earlier_run() -> None:
    world = short_world()
    long_job(world, 8)
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run_for(HOUR_S)
    # Only Timeout changes, so the Update finds the run that there is, and follows it.
    stack.update({"Job": job(WaitForCompletion=False, Timeout=3000)})
    world.run_for(HOUR_S)
    assert stack.status == "UPDATE_COMPLETE"
    (name,) = running(world)
    assert name.endswith("f1")
    assert len(requests(world, "CreateBatchInferenceJob")) == 1
    stack.delete()
    world.run_for(300)
    assert stack.status == "DELETE_COMPLETE"
    assert running(world) == []


def test_an_update_takes_a_follow_up_over_and_tells_the_end_once() -> None:
    world = short_world()
    long_job(world, 5)
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run_for(HOUR_S)
    stack.update({"Job": job(WaitForCompletion=False, Timeout=3000)})
    world.run()
    assert told(world, "state").count("ACTIVE") == 1
    assert running(world) == []


def test_an_update_that_waits_after_all_is_answered_at_the_end() -> None:
    world = short_world()
    long_job(world, 1.5)
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run_for(HOUR_S)
    stack.update({"Job": job()})
    world.run()
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.resources["Job"].attributes["Status"] == "ACTIVE"


def test_a_new_run_ends_the_follow_up_of_the_run_before() -> None:
    world = short_world()
    long_job(world, 6)
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run_for(HOUR_S)
    stack.update({"Job": job(WaitForCompletion=False, NumResults=10)})
    world.run()
    first, second = (each["name"] for each in requests(world, "CreateBatchInferenceJob"))
    ends = [each.detail["name"] for each in world.bus.events if each.state == "ACTIVE"]
    assert (first in ends, second in ends) == (False, True)


def test_a_stale_tick_of_an_older_request_ends_when_a_follow_up_runs() -> None:
    world = short_world()
    long_job(world, 6)
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run_for(HOUR_S)
    stack.update({"Job": job(WaitForCompletion=False, Timeout=3000)})
    world.run_for(HOUR_S)
    answers = len(exchanges(world, "Create")[0].deliveries)
    execution = next(iter(world.states.executions.values()))
    stale = json.loads(execution.given)
    world.functions.invoke(world.handler.arn, stale, lambda _result: None)
    world.run_for(60)
    assert len(exchanges(world, "Create")[0].deliveries) == answers
    assert len(running(world)) == 1


# --- without end ---------------------------------------------------------------------------------


def _events_of(history: list[str]) -> int:
    """Events that Step Functions writes for the states of an execution, none of them retried."""
    each = {"Wait": 2, "Pause": 2, "Tick": 5, "Done": 2, "Answered": 2}
    return 1 + sum(each[name] for name in history)


@pytest.mark.parametrize("effect", [None, "die_after"])
def test_a_follow_up_goes_on_in_a_fresh_execution_below_the_limit_of_events(
    effect: Effect | None,
) -> None:
    fault = Nth(nth=2, effect=effect or "error", only=("StartExecution",))
    world = short_world(faults=fault)
    fault.armed = effect is not None
    long_job(world, 50)
    created(world, UNWAITED)
    names = [each.name for each in world.states.executions.values()]
    assert [re.sub(r".*-\w{12}", "", name) for name in names] == ["", "f1"]
    first = next(iter(world.states.executions.values()))
    assert first.history.count("Tick") > MOST_LOOKS
    assert _events_of(first.history) < 25_000 - 3 * 1_000
    assert told(world, "state") == ["PENDING", "IN_PROGRESS", "ACTIVE"]
    assert running(world) == []


def test_a_delete_stops_a_follow_up_in_its_fresh_execution() -> None:
    world = short_world()
    long_job(world, 90)
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run_for(40 * HOUR_S)
    (name,) = running(world)
    assert name.endswith("f1")
    stack.delete()
    world.run_for(300)
    assert running(world) == []


def test_a_job_that_never_ends_is_followed_for_two_weeks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=NEVER))
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run_for(2 * HOUR_S)
    (execution,) = world.states.executions.values()
    # The weeks in between are like one another: the clock alone goes on.
    world.scheduler.now_s += LONGEST_S
    with caplog.at_level(logging.ERROR):
        world.run()
    assert execution.status == "SUCCEEDED"
    assert "is followed no longer" in caplog.text


def test_a_job_whose_record_is_gone_is_followed_no_longer() -> None:
    world = short_world()
    long_job(world, 10)
    stack = world.stack("news")
    stack.create(UNWAITED)
    world.run_for(HOUR_S)
    region = world.personalize.region(Place(account=ACCOUNT, region=REGION))
    vars(region.of(BatchInferenceJobs))["_by_arn"].clear()
    world.run_for(HOUR_S)
    assert running(world) == []
