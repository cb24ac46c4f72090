"""Jobs that nobody waits for, and that end badly after the stack has gone on."""

from __future__ import annotations

import pytest

from emulator.plans import Plan
from simulator.matrix import created, exchanges, requests, short_world
from simulator.templates import Declared
from simulator.world import job

UNWAITED = job(WaitForCompletion=False)
FAILS = Plan(create_s=20.0, create_fails="No records.")


@pytest.mark.parametrize("changed", [job(WaitForCompletion=False, NumResults=10), job()])
def test_a_rollback_to_a_job_that_has_failed_since_succeeds_and_runs_nothing(
    changed: Declared,
) -> None:
    """Another run would fail like the first, and leave the stack in UPDATE_ROLLBACK_FAILED."""
    world = short_world()
    world.personalize.plan("*", FAILS)
    stack = created(world, {"Job": UNWAITED})
    first = stack.resources["Job"].physical_id
    stack.update({"Job": changed}, fails_after_s=120)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert stack.resources["Job"].physical_id == first
    assert len(requests(world, "CreateBatchInferenceJob")) == 2


def test_an_update_to_a_job_that_has_failed_runs_it_again() -> None:
    """Only a rollback may take what has failed for what was there before."""
    world = short_world()
    world.personalize.plan("*", Plan(create_s=20.0, create_fails={1: "No records."}))
    stack = created(world, {"Job": UNWAITED})
    stack.update({"Job": job(WaitForCompletion=False, Timeout=3000)})
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert len(requests(world, "CreateBatchInferenceJob")) == 2
    assert exchanges(world, "Update")[-1].succeeded
