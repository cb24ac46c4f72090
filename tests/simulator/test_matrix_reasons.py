"""What an answer says when the time is over: why the service has not done what it was asked."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.plans import Fault, Plan
from simulator.matrix import TEMPLATE, created, exchanges, last, short_world
from simulator.world import campaign, solution_version

WORDS = "It is held by something else."


def refused(operation: str, code: str, *, times: int | None = None, **durations: Any) -> Plan:
    """A refusal that a later call might overcome."""
    fault = Fault(
        effect="error",
        operation=operation,
        code=code,
        http_status=400,
        message=WORDS,
        times=times,
    )
    return Plan(faults=[fault], **durations)


def reason_of_a_delete(plan: Plan) -> str:
    world = short_world()
    stack = created(world)
    world.personalize.plan("*", plan)
    stack.delete()
    world.run()
    return last(world, "Delete").reason


def reason_of_an_update(plan: Plan) -> str:
    world = short_world()
    stack = created(world)
    world.personalize.plan("*", plan)
    stack.update({"Campaign": campaign(MinProvisionedTPS=2, Timeout=600)})
    world.run()
    return exchanges(world, "Update")[0].reason


def test_why_a_delete_was_refused_until_the_end_is_told() -> None:
    reason = reason_of_a_delete(refused("DeleteCampaign", "ResourceInUseException"))
    assert "is ACTIVE after 59 minutes: delete again." in reason
    assert f"The latest error: DeleteCampaign: ResourceInUseException: {WORDS}" in reason


def test_why_an_update_was_refused_until_the_end_is_told() -> None:
    reason = reason_of_an_update(refused("UpdateCampaign", "ResourceInUseException"))
    assert "is ACTIVE, not configured as asked for, after 10 minutes." in reason
    assert f"UpdateCampaign: ResourceInUseException: {WORDS}" in reason


def test_why_a_create_was_refused_until_the_end_is_told() -> None:
    world = short_world()
    world.personalize.plan("*", refused("CreateCampaign", "ResourceAlreadyExistsException"))
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Timeout=600)})
    world.run()
    reason = exchanges(world, "Create")[0].reason
    assert f"CreateCampaign: ResourceAlreadyExistsException: {WORDS}" in reason


def test_why_a_training_could_not_be_stopped_is_told() -> None:
    world = short_world()
    stop = "StopSolutionVersionCreation"
    world.personalize.plan("*", refused(stop, "InvalidInputException", create_s=36_000.0))
    stack = world.stack("shop")
    stack.create({"Model": solution_version()}, fails_after_s=60.0)
    world.run_for(5000.0)
    reason = last(world, "Delete").reason
    assert f"{stop}: InvalidInputException: {WORDS}" in reason


def test_why_a_delete_has_failed_is_told() -> None:
    reason = reason_of_a_delete(Plan(delete_fails=WORDS))
    assert "after 59 minutes: delete again." in reason
    assert f"DELETE FAILED: {WORDS}" in reason


def test_a_refusal_that_has_passed_is_not_told() -> None:
    """Once the service has taken a change, the one that it did not take counts no more."""
    plan = refused("UpdateCampaign", "ResourceInUseException", times=2, update_s=2000.0)
    reason = reason_of_an_update(plan)
    assert "after 10 minutes" in reason
    assert WORDS not in reason


def test_what_a_failed_rollback_waits_for_is_told_as_what_it_is() -> None:
    """It is not what the rollback brings back, and needs no longer `timeout`."""
    world = short_world()
    stack = created(world)
    world.personalize.plan("b", Plan(create_s=9000.0))
    stack.update({"Campaign": campaign(Name="b")})
    world.run_for(8000.0)
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    reason = last(world, "Update").reason
    assert (
        "campaign/b, left by a replacement that failed, is CREATE IN_PROGRESS, not gone" in reason
    )
    assert "It goes when the rollback is continued." in reason
    assert "timeout" not in reason


def test_a_denial_that_has_passed_counts_no_more() -> None:
    """A second one, minutes later, has as long to pass as the first had."""
    world = short_world()
    start_s = world.scheduler.now_s
    first = Fault(effect="deny", operation="CreateCampaign", until_s=start_s + 10)
    second = Fault(effect="deny", operation="DescribeCampaign", times=1)
    world.personalize.plan("*", Plan(create_s=300.0, faults=[first]))
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(200.0)
    world.personalize.plan("*", Plan(faults=[second]))
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "InvalidClientTokenId"])
def test_credentials_that_are_not_known_yet_are_waited_for(code: str) -> None:
    """Those of a role that was made a moment ago."""
    world = short_world()
    fault = Fault(
        effect="error",
        code=code,
        http_status=400,
        message="The security token included in the request is invalid.",
        until_s=world.scheduler.now_s + 30,
    )
    world.personalize.plan("*", Plan(faults=[fault]))
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events


def test_why_the_update_of_a_rollback_fails_until_the_end_is_told() -> None:
    """The campaign itself stays ACTIVE, and tells no reason."""
    world = short_world()
    stack = created(world)
    fails = dict.fromkeys(range(2, 2000), WORDS)
    world.personalize.plan("*", Plan(update_s=60.0, update_fails=fails))
    stack.update({"Campaign": campaign(MinProvisionedTPS=2)}, fails_after_s=100)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    assert (
        f"It was tried again, for before its update was CREATE FAILED: {WORDS}"
        in last(world, "Update").reason
    )
