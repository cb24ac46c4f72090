"""Jobs that nobody waits for, and that end badly after the stack has gone on."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.plans import Plan
from simulator.chains import HOUR_S, chained
from simulator.matrix import created, exchanges, requests, short_world, statuses
from simulator.slow import BOTH_REFERENCES
from simulator.stacks import References
from simulator.templates import Declared
from simulator.world import job

FAILS = Plan(create_s=20.0, create_fails="No records.")


def lasting(hours: float, **properties: Any) -> dict[str, Declared]:
    """A template with a job that may take so long."""
    return chained({"Job": job(timeout_s=hours * HOUR_S, **properties)})


@pytest.mark.parametrize("changed", [{"WaitForCompletion": False, "NumResults": 10}, {}])
@pytest.mark.parametrize("hours", [1, 3])
@pytest.mark.parametrize("references", BOTH_REFERENCES)
def test_a_rollback_to_a_job_that_has_failed_since_succeeds_and_runs_nothing(
    references: References, hours: float, changed: dict[str, Any]
) -> None:
    """Another run would fail like the first, and leave the stack in UPDATE_ROLLBACK_FAILED."""
    world = short_world(references=references)
    world.personalize.plan("*", FAILS)
    stack = created(world, lasting(hours, WaitForCompletion=False))
    first = stack.resources["Job"].physical_id
    stack.update(lasting(hours, **changed), fails_after_s=120)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert stack.resources["Job"].physical_id == first
    assert len(requests(world, "CreateBatchInferenceJob")) == 2


@pytest.mark.parametrize("name", [{}, {"JobName": "movies-for-fans"}], ids=["generated", "given"])
@pytest.mark.parametrize("hours", [0.5, 3])
def test_an_update_that_asks_for_no_run_leaves_a_job_that_has_failed_as_it_is(
    hours: float, name: dict[str, str]
) -> None:
    """Nobody waited for its end, so `timeout` runs nothing again, with wait segments or without."""
    world = short_world()
    world.personalize.plan("*", FAILS)
    stack = created(world, lasting(1, WaitForCompletion=False, **name))
    first = stack.resources["Job"].physical_id
    stack.update(lasting(hours, WaitForCompletion=False, **name))
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert stack.resources["Job"].physical_id == first
    assert exchanges(world, "Update")[-1].succeeded
    assert len(requests(world, "CreateBatchInferenceJob")) == 1


@pytest.mark.parametrize("changed", [{"WaitForCompletion": False, "NumResults": 10}, {}])
def test_an_update_that_asks_for_another_run_or_waits_for_the_end_runs_one(
    changed: dict[str, Any],
) -> None:
    """Only where nobody waits, and nothing else is asked for, is it no matter how a run ended."""
    world = short_world()
    world.personalize.plan("*", FAILS)
    stack = created(world, lasting(1, WaitForCompletion=False))
    world.personalize.plan("*", Plan(create_s=20.0))
    stack.update(lasting(1, **changed))
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert len(requests(world, "CreateBatchInferenceJob")) == 2
    assert exchanges(world, "Update")[-1].succeeded


@pytest.mark.parametrize("tags", [{}, {"Tags": [{"Key": "team", "Value": "films"}]}])
def test_the_end_is_told_though_a_link_has_stopped_who_followed_the_job(
    tags: dict[str, Any],
) -> None:
    """A link sends the tags that an update changes, and first stops who may act beside it."""
    world = short_world()
    stack = created(world, lasting(3, WaitForCompletion=False))
    world.personalize.plan("*", Plan(create_s=600.0))
    stack.update(lasting(3, WaitForCompletion=False, NumResults=10, **tags))
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    told = [each.state for each in world.bus.of(stack.resources["Job"].physical_id)]
    assert told[-1] == "ACTIVE"
    assert told.count("ACTIVE") == 1


def test_a_run_that_a_chain_has_waited_for_in_vain_is_of_matter() -> None:
    """A stack that keeps failures has it still: its first link had handed over before it failed."""
    world = short_world()
    world.personalize.plan("*", Plan(create_s=HOUR_S + 400, create_fails="No records."))
    stack = world.stack("shop")
    stack.create(lasting(3), rolls_back=False)
    world.run()
    assert stack.status == "CREATE_FAILED"
    world.personalize.plan("*", Plan(create_s=20.0))
    stack.update(lasting(2, WaitForCompletion=False))
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert list(statuses(world, "batch-inference-job").values())[-1] == "ACTIVE"
    assert len(requests(world, "CreateBatchInferenceJob")) == 2
