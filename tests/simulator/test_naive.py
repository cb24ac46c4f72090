"""The simulator finds fault with naive code: one that does not proves nothing.

Each scenario is a row of the failure matrix, told once and played twice. The handler of this
project keeps every promise in it, and the naive provider of naive.py breaks one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from emulator.plans import Fault, Plan
from simulator.matrix import (
    CHANGED,
    TEMPLATE,
    Nth,
    broken_promises,
    campaign_arn,
    deliver_late,
    foreign,
    only_campaign,
)
from simulator.naive import naive_world
from simulator.stacks import Stack
from simulator.world import World, campaign

PLAN = Plan(create_s=150.0, update_s=130.0, delete_s=100.0)
"""Longer than the naive provider's pauses between two polls."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A row of the matrix, played.

    Attributes:
        row: Its number.
        play: What happens.
        breaks: The promise that the naive provider breaks.
        others: Names of campaigns that somebody else owns.
    """

    row: int
    play: Callable[[World], None]
    breaks: str
    others: tuple[str, ...] = ()


def _create(world: World, *, after_s: float | None = None) -> Stack:
    stack = world.stack("shop")
    stack.create(TEMPLATE, fails_after_s=after_s)
    world.run()
    return stack


def _delivered_twice(world: World) -> None:
    world.functions.deliveries = lambda: 2
    _create(world)


def _taken(world: World) -> None:
    foreign(world, "taken")
    world.run_for(300)
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Name="taken")})
    world.run()


def _given_up(world: World) -> None:
    _create(world, after_s=20)


def _created_after_its_delete(world: World) -> None:
    deliver_late(world, 100.0)
    _create(world, after_s=20)


def _create_fails(world: World) -> None:
    world.personalize.plan("*", Plan(create_s=150.0, create_fails="No metrics."))
    _create(world)


def _update_fails(world: World) -> None:
    stack = _create(world)
    world.personalize.plan("*", Plan(update_s=130.0, update_fails={1: "Too little data."}))
    stack.update(CHANGED)
    world.run()


def _updated(world: World) -> None:
    _create(world).update(CHANGED)
    world.run()


def _updated_while_an_update_runs(world: World) -> None:
    stack = _create(world)
    arn = campaign_arn(only_campaign(world))
    world.wire.client("personalize").update_campaign(campaignArn=arn, minProvisionedTPS=40)
    stack.update(CHANGED)
    world.run()


def _undone_while_the_update_runs(world: World) -> None:
    _create(world).update(CHANGED, fails_after_s=20)
    world.run()


def _throttled(world: World) -> None:
    fault = Fault(effect="throttle", operation="DescribeCampaign", times=4)
    world.personalize.plan("*", Plan(create_s=150.0, delete_s=100.0, faults=[fault]))
    _create(world)


def _replacement_undone(world: World) -> None:
    stack = _create(world)
    stack.update({"Campaign": campaign(Name="renamed", MinProvisionedTPS=1)}, fails_after_s=20)
    world.run()


def _never_ends(world: World) -> None:
    world.personalize.plan("*", Plan(create_s=5000.0, delete_s=100.0))
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Timeout=3600)})
    world.run_for(3700)
    # The campaign becomes ACTIVE while the rollback's Delete still has time.
    world.run()


def _dies_after_the_create(world: World) -> None:
    world.wire.faults = Nth(1, "die_after", only=["CreateCampaign"])
    _create(world)


def _put_meets_500(world: World) -> None:
    answers = iter([500])
    world.cloudformation.put_trouble = lambda: next(answers, None)
    _create(world)


def _already_gone(world: World) -> None:
    stack = _create(world)
    arn = campaign_arn(only_campaign(world))
    world.wire.client("personalize").delete_campaign(campaignArn=arn)
    world.run_for(200)
    stack.delete()
    world.run()


def _delete_meets_in_use(world: World) -> None:
    stack = _create(world)
    busy = Fault(
        effect="error",
        operation="DeleteCampaign",
        code="ResourceInUseException",
        http_status=400,
        times=2,
    )
    world.personalize.plan("*", Plan(delete_s=100.0, faults=[busy]))
    stack.delete()
    world.run()


SCENARIOS = [
    Scenario(row=1, play=_delivered_twice, breaks="orphan"),
    Scenario(row=2, play=_taken, breaks="stuck", others=("taken",)),
    Scenario(row=3, play=_given_up, breaks="orphan"),
    Scenario(row=4, play=_created_after_its_delete, breaks="orphan"),
    Scenario(row=6, play=_create_fails, breaks="orphan"),
    Scenario(row=7, play=_update_fails, breaks="id"),
    Scenario(row=8, play=_undone_while_the_update_runs, breaks="stuck"),
    Scenario(row=9, play=_updated_while_an_update_runs, breaks="stuck"),
    Scenario(row=10, play=_throttled, breaks="orphan"),
    Scenario(row=11, play=_replacement_undone, breaks="stuck"),
    Scenario(row=13, play=_updated, breaks="missing"),
    Scenario(row=15, play=_never_ends, breaks="answer"),
    Scenario(row=16, play=_dies_after_the_create, breaks="orphan"),
    Scenario(row=17, play=_put_meets_500, breaks="answer"),
    Scenario(row=24, play=_already_gone, breaks="stuck"),
    Scenario(row=25, play=_delete_meets_in_use, breaks="stuck"),
]

EACH = pytest.mark.parametrize(
    "scenario", SCENARIOS, ids=[f"row {each.row:02d}{each.play.__name__}" for each in SCENARIOS]
)


@EACH
def test_the_naive_provider_breaks_a_promise(scenario: Scenario) -> None:
    world = naive_world()
    world.personalize.plan("*", PLAN)
    scenario.play(world)
    broken = broken_promises(world, others=scenario.others)
    assert any(line.startswith(f"{scenario.breaks}:") for line in broken), broken


@EACH
def test_the_handler_of_this_project_breaks_none(scenario: Scenario) -> None:
    world = World()
    world.personalize.plan("*", PLAN)
    scenario.play(world)
    assert broken_promises(world, others=scenario.others) == []


def test_the_naive_provider_serves_where_nothing_goes_wrong() -> None:
    """It is naive, and not broken: without trouble a stack is created and deleted."""
    world = naive_world()
    world.personalize.plan("*", PLAN)
    stack = _create(world)
    assert stack.status == "CREATE_COMPLETE"
    assert broken_promises(world) == []
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}
