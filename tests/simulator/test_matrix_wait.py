"""Rows of the failure matrix about waiting: polls, troubles that pass, ends that never come."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator.oddities import Oddities
from emulator.plans import NEVER, Fault, Plan
from simulator.matrix import (
    CHANGED,
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
from simulator.scheduler import KilledError
from simulator.stacks import Stack
from simulator.wire import Effect
from simulator.world import World, campaign, job

# --- polls of an older request -------------------------------------------------------------------


def _poll_of_first(world: World, request_type: str) -> dict[str, Any]:
    """What the state machine hands to a tick of the first request of a type."""
    sent = exchanges(world, request_type)[0].event["RequestId"]
    for execution in world.states.executions.values():
        state: dict[str, Any] = json.loads(execution.given)
        if state["event"]["RequestId"] == sent:
            return state
    raise AssertionError(f"no execution of a {request_type}")


@pytest.mark.parametrize("seed", FEW_SEEDS)
@pytest.mark.parametrize("moment_s", [1, 6, 12, 40])
def test_row_05_a_stale_poll_of_the_create_while_an_update_runs_touches_nothing(
    seed: int, moment_s: int
) -> None:
    quiet, disturbed = short_world(seed=seed), short_world(seed=seed)
    for world in (quiet, disturbed):
        stack = created(world)
        stack.update(CHANGED)
        world.run_for(moment_s)
        if world is disturbed:
            poll = _poll_of_first(world, "Create")
            for _ in range(3):
                world.functions.invoke(world.handler.arn, poll, lambda _result: None)
        world.run()
        assert stack.status == "UPDATE_COMPLETE"
        assert broken_promises(world) == []

    changes = [
        [(each["operation"], each["input"]) for each in changes_since(world, 0)]
        for world in (quiet, disturbed)
    ]
    assert changes[0] == changes[1]


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_row_05_a_stale_poll_after_everything_is_done_touches_nothing(request_type: str) -> None:
    world = short_world()
    stack = created(world)
    stack.update(CHANGED)
    world.run()
    stack.update({"Campaign": campaign(MinProvisionedTPS=3)})
    world.run()
    since_s = world.scheduler.now_s
    answered = [each.answer for each in world.cloudformation.exchanges]

    poll = _poll_of_first(world, request_type)
    world.functions.invoke(world.handler.arn, poll, lambda _result: None)
    world.run()

    assert changes_since(world, since_s) == []
    assert [each.answer for each in world.cloudformation.exchanges] == answered
    assert broken_promises(world) == []


@pytest.mark.parametrize("late_s", range(10, 24))
def test_row_05_an_update_that_arrives_after_its_rollback_was_answered_changes_nothing(
    late_s: float,
) -> None:
    world = short_world()
    stack = created(world)
    deliver_late(world, late_s)
    stack.update(CHANGED, fails_after_s=3)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert broken_promises(world) == []


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_05_a_stale_poll_after_the_stack_is_gone_creates_nothing(seed: int) -> None:
    world = short_world(seed=seed)
    stack = created(world)
    stack.delete()
    world.run()
    results: list[Any] = []

    world.functions.invoke(world.handler.arn, _poll_of_first(world, "Create"), results.append)
    world.run()

    assert world.campaigns() == {}
    assert len(requests(world, "CreateCampaign")) == 1


# --- troubles that pass --------------------------------------------------------------------------

TROUBLES = {
    "throttled": Fault(effect="throttle", times=4),
    "internal errors": Fault(effect="error", times=4),
    "unavailable": Fault(effect="error", code="ServiceUnavailable", http_status=503, times=4),
    "cut before": Fault(effect="drop_before", times=4),
    "cut after": Fault(effect="drop_after", times=4),
    "describes throttled": Fault(effect="throttle", operation="Describe*", times=9),
    "creates cut after": Fault(effect="drop_after", operation="Create*", times=3),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_10_troubles_that_pass_are_borne(seed: int, trouble: Fault) -> None:
    world = short_world(seed=seed)
    plan = Plan(create_s=20.0, update_s=15.0, delete_s=10.0, faults=[trouble])
    world.personalize.plan("*", plan)
    stack = created(world, {"Campaign": campaign(), "Job": job()})
    world.personalize.plan("*", plan)
    stack.update({"Campaign": campaign(MinProvisionedTPS=2), "Job": job(NumResults=9)})
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events[-1]
    assert broken_promises(world) == []
    world.personalize.plan("*", plan)
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}


@pytest.mark.parametrize("times", [1, 3, 8])
def test_row_10_a_new_campaign_that_does_not_show_yet_is_waited_for(times: int) -> None:
    world = short_world(oddities=Oddities(describes_not_found_after_create=times))
    created(world)
    assert [each["outcome"] for each in requests(world, "CreateCampaign")] == ["ok"]


@pytest.mark.parametrize("effect", ["die_after", "drop_after"])
def test_row_10_a_new_campaign_that_does_not_show_after_a_crash_is_not_made_twice(
    effect: Effect,
) -> None:
    world = short_world(
        oddities=Oddities(describes_not_found_after_create=3),
        faults=Nth(1, effect, only=["CreateCampaign"]),
    )
    created(world)
    assert [each["outcome"] for each in requests(world, "CreateCampaign")].count("ok") == 1
    assert broken_promises(world) == []


@pytest.mark.parametrize("lag_s", [5.0, 25.0, 59.0])
@pytest.mark.parametrize("effect", ["die_after", "drop_after", None])
def test_row_10_a_new_campaign_whose_tags_do_not_show_yet_is_taken_for_nobody_elses(
    lag_s: float, effect: Effect | None
) -> None:
    faults = Nth(1, effect, only=["CreateCampaign"]) if effect else None
    world = short_world(oddities=Oddities(tag_list_lag_s=lag_s), faults=faults)
    created(world)
    assert [each["outcome"] for each in requests(world, "CreateCampaign")].count("ok") == 1
    assert broken_promises(world) == []


@pytest.mark.parametrize("fails_after_s", [0.6, 3, 8, 22, 40])
@pytest.mark.parametrize("late", [{"tag_list_lag_s": 59.0}, {"describe_lag_s": 59.0}])
def test_row_10_a_rollback_does_not_leave_a_campaign_that_does_not_show_yet(
    late: dict[str, float], fails_after_s: float
) -> None:
    world = short_world(oddities=Oddities(**late))  # type: ignore[arg-type]
    stack = world.stack("shop")
    stack.create(TEMPLATE, fails_after_s=fails_after_s)
    world.run()
    assert (stack.status, world.campaigns()) == ("ROLLBACK_COMPLETE", {})


def test_row_10_an_unknown_status_is_waited_out_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = short_world(oddities=Oddities(campaign_in_progress_status="HIBERNATING"))
    created(world)
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert any("-> HIBERNATING" in record.getMessage() for record in warnings)


def test_row_10_trouble_without_end_is_bounded_by_the_deadline_and_named() -> None:
    world = short_world()
    world.personalize.plan("*", Plan(faults=[Fault(effect="throttle")]))
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Timeout=600)})
    world.run_for(700)

    (reason,) = reasons(stack, "CREATE_FAILED")
    assert "after 10 minutes" in reason
    assert "ThrottlingException" in reason
    # Patience grows with the troubles: far fewer looks than one every five seconds.
    assert len(requests(world, "DescribeCampaign")) < 50
    world.personalize.plan("*", Plan(faults=[]))
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"


def test_row_10_what_a_busy_quota_refuses_is_tried_again_until_a_place_is_free() -> None:
    world = short_world()
    world.personalize.set_quotas(jobs_in_progress=2)
    created(world, {f"Job{number}": job(NumResults=number) for number in range(1, 7)})


# --- two polls -----------------------------------------------------------------------------------


def _twins(world: World) -> None:
    """Run every invocation twice at the same time, as a client of Lambda that gave up too soon."""
    invoke = world.functions.invoke

    def twice(arn: str, event: dict[str, Any], done: Callable[[Any], None]) -> None:
        invoke(arn, event, done)
        invoke(arn, event, lambda _result: None)

    world.functions.invoke = twice  # type: ignore[method-assign]


@pytest.mark.parametrize("seed", SEEDS)
def test_row_13_two_polls_that_race_act_once_and_give_the_same_answer(seed: int) -> None:
    world = short_world(seed=seed)
    _twins(world)
    stack = created(world, {"Campaign": campaign(), "Job": job()})
    stack.update({"Campaign": campaign(MinProvisionedTPS=2), "Job": job(NumResults=9)})
    world.run()
    assert stack.status == "UPDATE_COMPLETE"
    stack.update({"Campaign": campaign(Name="renamed"), "Job": job(NumResults=9)})
    world.run()
    assert stack.status == "UPDATE_COMPLETE"
    assert broken_promises(world) == []
    stack.delete()
    world.run()

    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}
    for operation, times in (("CreateCampaign", 2), ("UpdateCampaign", 1), ("DeleteCampaign", 2)):
        outcomes = [each["outcome"] for each in requests(world, operation)]
        assert outcomes.count("ok") == times, operation
    for exchange in world.cloudformation.exchanges:
        assert len(set(exchange.deliveries)) == 1


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_13_two_polls_that_race_on_a_failure_give_one_reason(seed: int) -> None:
    world = short_world(seed=seed)
    _twins(world)
    world.personalize.plan("*", Plan(create_s=20.0, delete_s=10.0, create_fails="No metrics."))
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "No metrics." in reasons(stack, "CREATE_FAILED")[0]
    assert broken_promises(world) == []


# --- it never ends -------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout_s", [120, 3600])
@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_row_15_what_never_ends_fails_with_the_real_id_before_cloudformation_gives_up(
    request_type: str, timeout_s: int
) -> None:
    world = short_world()
    template = {"Campaign": campaign(MinProvisionedTPS=2, Timeout=timeout_s)}
    if request_type == "Create":
        world.personalize.plan("*", Plan(create_s=NEVER))
        stack = world.stack("shop")
        stack.create(template)
    else:
        stack = created(world)
        world.personalize.plan("*", Plan(update_s=NEVER))
        stack.update(template)
    world.run_for(3610)

    exchange = exchanges(world, request_type)[0]
    assert exchange.answer is not None
    assert exchange.answer["Status"] == "FAILED"
    assert exchange.answer["PhysicalResourceId"] == campaign_arn(only_campaign(world))
    assert "IN_PROGRESS" in exchange.reason
    assert exchange.asked_s + timeout_s - 65 <= exchange.answered_s
    assert exchange.answered_s <= exchange.asked_s + min(timeout_s + 10, 3599)


def test_row_15_a_delete_that_cannot_end_within_its_hour_says_delete_again() -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=2 * 3600.0, delete_s=10.0))
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Timeout=120)})
    world.run()

    assert stack.status == "ROLLBACK_FAILED"
    (reason,) = reasons(stack, "DELETE_FAILED")
    assert campaign_arn(only_campaign(world)) in reason
    assert "delete again" in reason
    assert last(world, "Delete").answer is not None

    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}


# --- the Lambda itself ---------------------------------------------------------------------------


def _broken(world: World, break_: Callable[[], Any], *, until_s: float | None = None) -> None:
    """Let the handler end like this from now on, or for so many seconds."""
    works = world.handler.code
    end_s = None if until_s is None else world.scheduler.now_s + until_s

    def code(event: dict[str, Any], context: Any) -> Any:
        if end_s is None or world.scheduler.now_s < end_s:
            return break_()
        return works(event, context)

    world.handler.code = code


def _out_of_memory() -> None:
    raise KilledError("RequestId: 1 Error: Runtime exited with error: signal: killed")


def _missing_module() -> None:
    raise ModuleNotFoundError("No module named 'crhelper'")


@pytest.mark.parametrize("ends", ["times out", "runs out of memory", "cannot be imported"])
def test_row_16_a_lambda_that_breaks_during_the_wait_is_answered_for_by_the_waiter(
    ends: str,
) -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=900.0))
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(30)
    breaks: dict[str, Callable[[], Any]] = {
        "times out": lambda: world.scheduler.sleep(60),
        "runs out of memory": _out_of_memory,
        "cannot be imported": _missing_module,
    }
    _broken(world, breaks[ends])
    since_s = world.scheduler.now_s
    world.run_for(3600)

    create = last(world, "Create")
    assert create.answer is not None
    assert create.answer["Status"] == "FAILED"
    assert create.answered_s < since_s + 600
    causes = {
        "times out": "Sandbox.Timedout",
        "runs out of memory": "signal: killed",
        "cannot be imported": "No module named 'crhelper'",
    }
    assert causes[ends] in create.reason
    # The rollback's Delete cannot do better, and says so too.
    delete = exchanges(world, "Delete")[0]
    assert delete.answer is not None
    assert causes[ends] in delete.reason


@pytest.mark.parametrize("ends", ["times out", "runs out of memory"])
def test_row_16_a_lambda_that_breaks_for_a_while_costs_nothing_but_time(ends: str) -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(8)
    sleeps = lambda: world.scheduler.sleep(60)  # noqa: E731 one of two ways to break
    _broken(world, sleeps if ends == "times out" else _out_of_memory, until_s=60)
    world.run()
    assert stack.status == "CREATE_COMPLETE"
    assert broken_promises(world) == []


@pytest.mark.parametrize("error", ["Lambda.TooManyRequestsException", "Lambda.ServiceException"])
def test_row_16_lambdas_own_troubles_are_borne_until_the_deadline(error: str) -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(8)
    end_s = world.scheduler.now_s + 1500
    world.functions.trouble = lambda: error if world.scheduler.now_s < end_s else None
    world.run()
    assert stack.status == "CREATE_COMPLETE"
    assert broken_promises(world) == []


# --- deletes -------------------------------------------------------------------------------------


def _delete_at_once(world: World, stack: Stack) -> None:
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    delete = last(world, "Delete")
    assert delete.answered_s < delete.asked_s + 5


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_24_a_delete_of_something_already_gone_succeeds_at_once(seed: int) -> None:
    world = short_world(seed=seed)
    stack = created(world)
    arn = stack.resources["Campaign"].physical_id
    world.wire.client("personalize").delete_campaign(campaignArn=arn)
    world.run_for(60)
    _delete_at_once(world, stack)


@pytest.mark.parametrize(
    "refused",
    [campaign(Name="not a name"), campaign(MinProvisionedTPS=0), job(NumResults=501)],
    ids=["name", "throughput", "results"],
)
def test_row_24_a_delete_of_what_was_never_created_succeeds_at_once(refused: Any) -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create({"Refused": refused})
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert last(world, "Create").event["LogicalResourceId"] == "Refused"
    delete = last(world, "Delete")
    assert delete.event["PhysicalResourceId"].startswith("not-created:")
    assert delete.answered_s < delete.asked_s + 5
    assert changes_since(world, 0) == []


def test_row_24_a_delete_of_what_someone_else_has_made_anew_leaves_it_alone() -> None:
    world = short_world()
    stack = created(world, {"Campaign": campaign(Name="spring")})
    client = world.wire.client("personalize")
    client.delete_campaign(campaignArn=campaign_arn("spring"))
    world.run_for(60)
    foreign(world, "spring")
    # From then on its tags, were it ours, would show.
    world.run_for(60)
    _delete_at_once(world, stack)
    world.run()
    assert describe(world, "spring")["minProvisionedTPS"] == 7


@pytest.mark.parametrize("second_delete_in_use", [True, False])
@pytest.mark.parametrize("times", [1, 3, 20])
def test_row_25_a_delete_that_meets_resource_in_use_tries_again_until_it_is_gone(
    times: int, second_delete_in_use: bool
) -> None:
    world = short_world(oddities=Oddities(second_delete_in_use=second_delete_in_use))
    stack = created(world)
    busy = Fault(
        effect="error",
        operation="DeleteCampaign",
        code="ResourceInUseException",
        http_status=400,
        times=times,
    )
    world.personalize.plan("*", Plan(delete_s=10.0, faults=[busy]))
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}
    assert len(requests(world, "DeleteCampaign")) == times + 1


@pytest.mark.parametrize("effect", ["drop_after", "die_after"])
def test_row_25_a_second_delete_call_while_the_first_one_works_is_no_failure(
    effect: Effect,
) -> None:
    faults = Nth(1, effect, only=["DeleteCampaign"])
    world = short_world(faults=faults)
    stack = created(world)
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}


@pytest.mark.parametrize("status", ["DELETE FAILED", "ACTIVE"])
def test_row_25_a_delete_that_the_service_let_fail_once_is_tried_again(status: str) -> None:
    world = short_world(oddities=Oddities(failed_delete_status=status))
    stack = created(world)
    world.personalize.plan("*", Plan(delete_s=10.0, delete_fails={1: "Try again."}))
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}
