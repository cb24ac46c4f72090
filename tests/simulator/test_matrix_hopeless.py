"""Hopeless cases end in FAILED with the cause within six minutes, never in an hour of silence.

Row 16 of the failure matrix, and what a first deploy meets: permissions that arrive late.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest

from emulator.plans import Fault, Plan
from personalize_provider import front_door
from simulator.cloudformation import Exchange
from simulator.denials import denied
from simulator.matrix import (
    CHANGED,
    TEMPLATE,
    broken_promises,
    created,
    exchanges,
    last,
    requests,
    short_world,
)
from simulator.scheduler import KilledError
from simulator.world import World, _copy_of, _Transport, campaign, job

SOON_S = 360
"""Six minutes."""


def _failed_soon(exchange: Exchange, *, within_s: float = SOON_S) -> str:
    """The reason of a request that has failed in time."""
    assert exchange.answer is not None, "an hour of silence"
    assert exchange.answer["Status"] == "FAILED"
    assert exchange.answered_s - exchange.asked_s <= within_s
    assert exchange.faults == []
    return exchange.reason


# --- the code -------------------------------------------------------------------------------------


def test_row_16_an_import_error_is_answered_within_ten_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The entry is imported anew, while a room of the handler is missing from the package."""
    world = short_world()
    monkeypatch.setitem(sys.modules, "personalize_provider.front_door", None)
    entry = _copy_of("entry")
    entry.last_resort = _copy_of("last_resort")
    entry.last_resort.urllib = _Transport(world.cloudformation)
    world.handler.code = entry.handler

    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(60)

    reason = _failed_soon(exchanges(world, "Create")[0], within_s=10)
    assert "cannot be imported" in reason
    assert "personalize_provider.front_door" in reason
    assert world.campaigns() == {}


def test_row_16_an_import_error_during_the_wait_is_answered_at_the_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(12)
    monkeypatch.setitem(sys.modules, "personalize_provider.front_door", None)
    entry = _copy_of("entry")
    entry.last_resort = _copy_of("last_resort")
    entry.last_resort.urllib = _Transport(world.cloudformation)
    world.handler.code = entry.handler
    world.run_for(60)
    reason = _failed_soon(exchanges(world, "Create")[0], within_s=22)
    assert "cannot be imported" in reason


def _out_of_memory(_event: Any, _context: Any) -> None:
    raise KilledError("RequestId: 1 Error: Runtime exited with error: signal: killed")


def _broken_entry(_event: Any, _context: Any) -> None:
    raise ImportError("Unable to import module 'personalize_provider.entry'")


@pytest.mark.parametrize(
    ("code", "cause"),
    [(_out_of_memory, "signal: killed"), (_broken_entry, "personalize_provider.entry")],
    ids=["out of memory", "the entry itself"],
)
def test_row_16_a_handler_that_never_starts_is_answered_for_within_six_minutes(
    code: Any, cause: str
) -> None:
    world = short_world()
    stack = created(world)
    world.handler.code = code
    stack.update(CHANGED)
    other = world.stack("other")
    other.create(TEMPLATE)
    world.run()
    for exchange in [*exchanges(world, "Update"), last(world, "Create"), last(world, "Delete")]:
        assert cause in _failed_soon(exchange)


def test_row_16_a_handler_that_times_out_each_time_is_answered_for_within_six_minutes() -> None:
    world = short_world()
    world.handler.code = lambda _event, _context: world.scheduler.sleep(100)
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(1000)
    assert "Sandbox.Timedout" in _failed_soon(exchanges(world, "Create")[0])


def test_row_16_a_wrong_environment_is_answered_for_within_six_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("STATE_MACHINE_ARN", raising=False)
    front_door.lambda_runtime.cache_clear()
    world = short_world()
    world.handler.code = _copy_of("entry").handler
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(1000)
    assert "STATE_MACHINE_ARN" in _failed_soon(exchanges(world, "Create")[0])


# --- the waiter -----------------------------------------------------------------------------------


def test_row_16_a_deleted_state_machine_is_answered_for_within_six_minutes() -> None:
    world = short_world()
    stack = created(world)
    world.states.exists = False
    stack.update(CHANGED)
    other = world.stack("other")
    other.create(TEMPLATE)
    world.run()
    for exchange in [*exchanges(world, "Update"), last(world, "Create"), last(world, "Delete")]:
        assert "StateMachineDoesNotExist" in _failed_soon(exchange)
    assert len(requests(world, "CreateCampaign")) == 1


def test_row_16_a_state_machine_that_comes_back_in_time_serves() -> None:
    world = short_world()
    world.states.exists = False
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(100)
    world.states.exists = True
    world.run()
    assert stack.status == "CREATE_COMPLETE"
    assert broken_promises(world) == []


# --- permissions ----------------------------------------------------------------------------------

OPERATIONS = {
    "Create": ("DescribeCampaign", "CreateCampaign", "ListTagsForResource"),
    "Update": ("DescribeCampaign", "UpdateCampaign", "ListTagsForResource"),
    "Delete": ("DescribeCampaign", "DeleteCampaign", "ListTagsForResource"),
}
CASES = [(verb, operation) for verb, each in OPERATIONS.items() for operation in each]


def _begin(world: World, verb: str, operation: str, *, denied_for_s: float = math.inf) -> None:
    """Begin a request of a type, while IAM refuses an operation for so many seconds."""
    stack = world.stack("shop") if verb == "Create" else created(world)
    until_s = world.scheduler.now_s + denied_for_s
    fault = Fault(effect="deny", operation=operation, until_s=until_s)
    plan = Plan(create_s=20.0, update_s=15.0, delete_s=10.0, faults=[fault])
    world.personalize.plan("*", plan)
    if verb == "Create":
        stack.create(TEMPLATE)
    elif verb == "Update":
        stack.update(CHANGED)
    else:
        stack.delete()


@pytest.mark.parametrize(("verb", "operation"), CASES)
def test_row_16_a_permission_that_is_missing_is_named_after_90_seconds(
    verb: str, operation: str
) -> None:
    world = short_world()
    _begin(world, verb, operation)
    world.run()
    exchange = exchanges(world, verb)[0]
    reason = _failed_soon(exchange)
    assert exchange.answered_s - exchange.asked_s >= 90
    assert f"personalize:{operation}" in reason
    assert "not permitted" in reason


@pytest.mark.parametrize(("verb", "operation"), CASES)
@pytest.mark.parametrize("after_s", [5, 60, 85])
def test_row_16_a_permission_that_arrives_within_90_seconds_is_success(
    verb: str, operation: str, after_s: float
) -> None:
    world = short_world()
    _begin(world, verb, operation, denied_for_s=after_s)
    world.run()
    assert exchanges(world, verb)[0].succeeded, exchanges(world, verb)[0].reason
    assert broken_promises(world) == []


def test_row_16_a_create_that_was_never_permitted_rolls_back() -> None:
    """Its id says that nothing was created, so a Delete that may not even look is not needed."""
    world = short_world()
    _begin(world, "Create", "*")
    world.run()
    assert world.stacks[0].status == "ROLLBACK_COMPLETE"
    assert last(world, "Delete").answered_s - last(world, "Delete").asked_s < 5


OTHER_SERVICES = [
    ("stepfunctions", "StartExecution"),
    ("stepfunctions", "ListExecutions"),
    ("cloudformation", "DescribeStackResource"),
]


@pytest.mark.parametrize(("service", "operation"), OTHER_SERVICES)
def test_row_16_a_missing_permission_of_another_service_is_named_within_six_minutes(
    service: str, operation: str
) -> None:
    world = short_world()
    denied(world, service, [operation], until_s=world.scheduler.now_s + 10_000)
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(1000)
    reason = _failed_soon(exchanges(world, "Create")[0])
    assert operation in reason
    assert "AccessDenied" in reason
    assert world.campaigns() == {}


def test_row_06_the_services_reason_is_told_even_where_the_stacks_status_is_not() -> None:
    """An Update that fails asks whether the stack rolls back; the answer to that is worth less."""
    world = short_world()
    stack = created(world)
    failing = Plan(create_s=20.0, update_s=15.0, update_fails={1: "Too little data."})
    world.personalize.plan("*", failing)
    denied(world, "cloudformation", ["DescribeStacks"], until_s=math.inf)
    stack.update(CHANGED)
    world.run()
    assert "Too little data." in _failed_soon(exchanges(world, "Update")[0])
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize(("service", "operation"), OTHER_SERVICES)
@pytest.mark.parametrize("after_s", [30, 85])
def test_row_16_a_permission_of_another_service_that_arrives_within_90_seconds_is_success(
    service: str, operation: str, after_s: float
) -> None:
    world = short_world()
    denied(world, service, [operation], until_s=world.scheduler.now_s + after_s)
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run()
    assert stack.status == "CREATE_COMPLETE"
    assert broken_promises(world) == []


@pytest.mark.parametrize(("after_s", "succeeds"), [(60, True), (10_000, False)])
def test_row_16_a_role_that_personalize_does_not_know_yet_is_waited_for(
    after_s: float, *, succeeds: bool
) -> None:
    world = short_world()
    known_s = world.scheduler.now_s + after_s
    world.personalize.world.role_exists = lambda _arn: world.scheduler.now_s >= known_s
    stack = world.stack("shop")
    stack.create({"Job": job()})
    world.run()
    if succeeds:
        assert stack.status == "CREATE_COMPLETE"
    else:
        assert "role" in _failed_soon(exchanges(world, "Create")[0])


# --- the service refuses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "declared",
    [
        campaign(
            SolutionVersionArn="arn:aws:personalize:eu-west-1:111122223333:solution/films/gone"
        ),
        campaign(CampaignConfig={"ItemExplorationConfig": {"explorationWeight": "7"}}),
    ],
    ids=["an unknown solution version", "a weight out of range"],
)
def test_row_16_what_the_service_will_always_refuse_fails_at_once(declared: Any) -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create({"Campaign": declared})
    world.run()
    _failed_soon(exchanges(world, "Create")[0], within_s=10)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert broken_promises(world) == []


def test_row_16_a_quota_that_frees_nothing_by_itself_fails_at_once() -> None:
    world = short_world()
    world.personalize.set_quotas(campaigns_per_dataset_group=0)
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run()
    assert "LimitExceededException" in _failed_soon(exchanges(world, "Create")[0], within_s=10)
    assert stack.status == "ROLLBACK_COMPLETE"
