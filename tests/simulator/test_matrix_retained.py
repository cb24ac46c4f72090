"""What was retained when its name was given up, and what becomes of it when the name comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emulator.plans import Plan
from simulator.matrix import broken_promises, created, describe, short_world
from simulator.slow import BOTH_ROLLBACKS
from simulator.templates import Declared
from simulator.world import DATASET_GROUP, OTHER_DATASET_GROUP, campaign, recommender


def retained(**properties: Any) -> dict[str, Declared]:
    return {"Campaign": replace(campaign(**properties), retain=True)}


@pytest.mark.parametrize("rollback", BOTH_ROLLBACKS)
@pytest.mark.parametrize("fails", ["the update", "a sibling"])
def test_a_rollback_leaves_what_was_retained_before_the_update(rollback: Any, fails: str) -> None:
    """It has the tags of this resource, and was there before the update that failed."""
    world = short_world(rollback=rollback)
    stack = created(world, retained(Name="a"))
    stack.update(retained(Name="b"))
    world.run()
    if fails == "the update":
        world.personalize.plan("*", Plan(create_s=20.0, update_s=15.0, update_fails={1: "No."}))
    stack.update(
        retained(Name="a", MinProvisionedTPS=2),
        fails_after_s=5.0 if fails == "a sibling" else None,
    )
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert set(world.campaigns()) == {"a", "b"}
    assert describe(world, "b")["status"] == "ACTIVE"


@pytest.mark.parametrize("rollback", BOTH_ROLLBACKS)
def test_a_rollback_removes_what_the_update_itself_has_made(rollback: Any) -> None:
    world = short_world(rollback=rollback)
    stack = created(world, retained(Name="a"))
    stack.update({"Campaign": campaign(Name="b")}, fails_after_s=5.0)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert set(world.campaigns()) == {"a"}
    assert broken_promises(world) == []


def test_so_it_is_with_a_recommender_whose_dataset_group_comes_back() -> None:
    """Its name is generated from what cannot be changed."""
    world = short_world()

    def of_group(arn: str) -> dict[str, Declared]:
        return {"Films": replace(recommender(DatasetGroupArn=arn), retain=True)}

    stack = created(world, of_group(DATASET_GROUP))
    stack.update(of_group(OTHER_DATASET_GROUP))
    world.run()
    both = {each["arn"] for each in world.personalize.resources()}
    assert len(both) == 2, stack.events
    stack.update(of_group(DATASET_GROUP), fails_after_s=1.0)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert {each["arn"] for each in world.personalize.resources()} == both
