"""What a template states no longer, and the service knows no default for, through wait segments.

A link's own properties do not tell what was stated before; the first link tells the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from simulator.chains import HOUR_S, chained
from simulator.matrix import broken_promises, exchanges, reasons
from simulator.slow import BOTH_REFERENCES, MINUTE_S, plan
from simulator.stacks import References, Stack
from simulator.templates import Declared
from simulator.world import World, campaign, recommender


def excluding(*columns: str) -> Mapping[str, Declared]:
    """A recommender that excludes columns, and may take three hours."""
    excluded = {"ExcludedDatasetColumns": {"ITEMS": list(columns)}}
    config = {"RecommenderConfig": {"TrainingDataConfig": excluded}} if columns else {}
    return chained({"ForYou": recommender(timeout_s=3 * HOUR_S, **config)})


def made(template: Mapping[str, Declared], **settings: Any) -> tuple[World, Stack]:
    world = World(**settings)
    plan(world, create_s=20.0, delete_s=10.0)
    stack = world.stack("shop")
    stack.create(template)
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events
    return world, stack


def excluded_now(world: World, stack: Stack) -> dict[str, Any]:
    """The columns that are excluded by what runs."""
    client = world.wire.client("personalize")
    answer = client.describe_recommender(recommenderArn=stack.resources["ForYou"].physical_id)
    config = answer["recommender"].get("recommenderConfig", {}).get("trainingDataConfig", {})
    return {key: each for key, each in config.get("excludedDatasetColumns", {}).items() if each}


@pytest.mark.parametrize("update_min", [30, 80, 150])
def test_columns_are_emptied_whichever_link_sees_it(update_min: float) -> None:
    world, stack = made(excluding("PRICE"))
    plan(world, update_s=update_min * MINUTE_S, delete_s=10.0)
    stack.update(excluding())
    world.run()
    assert (stack.status, excluded_now(world, stack)) == ("UPDATE_COMPLETE", {})
    assert broken_promises(world) == []


@pytest.mark.parametrize("update_min", [30, 80])
def test_an_update_that_was_to_empty_columns_and_failed_is_told(update_min: float) -> None:
    world, stack = made(excluding("PRICE"))
    words = "It met an internal problem."
    plan(world, update_s=update_min * MINUTE_S, delete_s=10.0, update_fails={1: words})
    stack.update(excluding())
    world.run()
    assert words in reasons(stack, "UPDATE_FAILED")[0]
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert excluded_now(world, stack) == {"ITEMS": ["PRICE"]}
    assert broken_promises(world) == []


@pytest.mark.parametrize("references", BOTH_REFERENCES)
@pytest.mark.parametrize("update_min", [100, 70])
def test_a_rollback_takes_columns_back_that_an_update_under_way_brings(
    references: References, update_min: float
) -> None:
    """The update that is undone has reached the next link, which waits for it in the rollback."""
    world, stack = made(excluding(), references=references)
    plan(world, update_s=[update_min * MINUTE_S, 20 * MINUTE_S], delete_s=10.0)
    stack.update(excluding("PRICE"), fails_after_s=65 * MINUTE_S)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert excluded_now(world, stack) == {}
    assert broken_promises(world) == []


@pytest.mark.parametrize("update_min", [30, 80])
def test_what_is_made_again_takes_no_columns_over_from_what_was_retained(
    update_min: float,
) -> None:
    """A create has no properties before; what it finds under its name tells."""
    retained = {name: replace(each, retain=True) for name, each in excluding("PRICE").items()}
    world, stack = made({**retained, "Other": campaign()})
    stack.update({"Other": campaign()})
    world.run()
    assert (stack.status, set(stack.resources)) == ("UPDATE_COMPLETE", {"Other"})
    plan(world, update_s=update_min * MINUTE_S, delete_s=10.0)
    stack.update({**excluding(), "Other": campaign()})
    world.run()
    assert (stack.status, excluded_now(world, stack)) == ("UPDATE_COMPLETE", {})
    assert broken_promises(world) == []


def test_only_the_first_link_tells_the_others_what_to_empty() -> None:
    world, stack = made(excluding("PRICE"))
    stack.update(excluding())
    world.run()
    first, *others = (each.answer or {} for each in exchanges(world, "Update"))
    told = first["Data"]["Request"].partition(" ")[2]
    assert told == "recommenderConfig/trainingDataConfig/excludedDatasetColumns/ITEMS"
    assert others
    assert stack.status == "UPDATE_COMPLETE"
