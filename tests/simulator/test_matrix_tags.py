"""The template's tags reach the resource, on updates too, and nobody else's are touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.oddities import Oddities
from emulator.plans import Plan
from personalize_provider import ownership
from simulator.chains import chained
from simulator.matrix import (
    Nth,
    campaign_arn,
    changes_since,
    foreign,
    only_campaign,
    requests,
    short_world,
)
from simulator.stacks import Stack
from simulator.templates import Declared
from simulator.wire import Effect
from simulator.world import World, campaign, job, recommender, solution_version


def listed(**tags: str) -> list[dict[str, str]]:
    """Tags as a template states them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tagged(**tags: str) -> dict[str, Declared]:
    return {"Campaign": campaign(Tags=listed(**tags))}


def deployed(world: World, template: dict[str, Declared]) -> Stack:
    stack = world.stack("shop")
    stack.create(template)
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events
    return stack


def seen(world: World, kind: str = "campaign") -> dict[str, str]:
    """The tags of the one resource of a kind that are not the library's own."""
    (found,) = (each for each in world.personalize.resources() if each["kind"] == kind)
    return {
        key: value for key, value in found["tags"].items() if not key.startswith(ownership.PREFIX)
    }


def tag_by_hand(world: World, **tags: str) -> None:
    world.wire.client("personalize").tag_resource(
        resourceArn=campaign_arn(only_campaign(world)),
        tags=[{"tagKey": key, "tagValue": value} for key, value in tags.items()],
    )


def test_a_create_sets_them_in_its_own_call() -> None:
    world = short_world()
    deployed(world, tagged(team="films", cost="7"))
    assert seen(world) == {"team": "films", "cost": "7"}
    assert requests(world, "TagResource", "UntagResource") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"team": "films"}),
        ({"team": "films"}, {"team": "books"}),
        ({"team": "films"}, {}),
        ({"team": "films", "cost": "7"}, {"cost": "8", "stage": "prod"}),
    ],
)
def test_an_update_of_nothing_else_changes_them_and_only_them(
    before: dict[str, str], after: dict[str, str]
) -> None:
    world = short_world()
    stack = deployed(world, tagged(**before))
    began_s = world.scheduler.now_s
    stack.update(tagged(**after))
    world.run()
    assert (stack.status, seen(world)) == ("UPDATE_COMPLETE", after)
    assert changes_since(world, began_s) == []


def test_what_others_set_stays() -> None:
    world = short_world()
    stack = deployed(world, tagged(team="films", stage="test"))
    tag_by_hand(world, owner="somebody", stage="prod")
    stack.update(tagged(cost="7"))
    world.run()
    # "stage" was the template's, but somebody has changed it since
    assert seen(world) == {"owner": "somebody", "stage": "prod", "cost": "7"}


@pytest.mark.parametrize("fails_after_s", [1, 6, 12, 30])
def test_a_rollback_brings_the_ones_before_back(fails_after_s: float) -> None:
    world = short_world()
    stack = deployed(world, tagged(team="films", cost="7"))
    stack.update(tagged(team="books", stage="prod"), fails_after_s=fails_after_s)
    world.run()
    if stack.status == "UPDATE_ROLLBACK_COMPLETE":
        assert seen(world) == {"team": "films", "cost": "7"}


@pytest.mark.parametrize("effect", ["drop_after", "die_after", "drop_before", "throttle", "late"])
@pytest.mark.parametrize("nth", range(1, 8))
def test_an_update_that_meets_trouble_sets_them_all_the_same(nth: int, effect: Effect) -> None:
    trouble = Nth(nth, effect, armed=False)
    world = short_world(faults=trouble)
    stack = deployed(world, tagged(team="films", cost="7"))
    trouble.armed = True
    stack.update(tagged(team="books", stage="prod"))
    world.run()
    assert (stack.status, seen(world)) == (
        "UPDATE_COMPLETE",
        {"team": "books", "stage": "prod"},
    )


def test_a_job_that_has_finished_gets_new_ones_without_a_new_run() -> None:
    world = short_world()
    stack = deployed(world, {"Nightly": job(Tags=listed(team="films"))})
    stack.update({"Nightly": job(Tags=listed(team="books"))})
    world.run()
    assert (stack.status, seen(world, "batch-inference-job")) == (
        "UPDATE_COMPLETE",
        {"team": "books"},
    )
    assert len(requests(world, "CreateBatchInferenceJob")) == 1


def test_a_job_that_nobody_waits_for_gets_them_while_it_runs() -> None:
    world = short_world()
    left: Any = {"WaitForCompletion": False, "NumResults": 10}
    stack = world.stack("shop")
    stack.create({"Nightly": job(Tags=listed(team="films"), **left)})
    world.run_for(15)
    stack.update({"Nightly": job(Tags=listed(team="books"), **left)})
    world.run()
    assert (stack.status, seen(world, "batch-inference-job")) == (
        "UPDATE_COMPLETE",
        {"team": "books"},
    )


def test_a_stopped_recommender_gets_them_and_stays_stopped() -> None:
    world = short_world()
    stack = deployed(world, {"ForYou": recommender(Active=False)})
    stack.update({"ForYou": recommender(Active=False, Tags=listed(team="films"))})
    world.run()
    assert (stack.status, seen(world, "recommender")) == ("UPDATE_COMPLETE", {"team": "films"})
    assert requests(world, "StartRecommender") == []


@pytest.mark.parametrize("count", [2, 3])
def test_they_arrive_through_wait_segments_too(count: int) -> None:
    world = short_world()
    limits: Any = {"ServiceTimeout": 120, "Timeout": 120 * count}
    stack = world.stack("shop")
    stack.create(chained({"Campaign": campaign(Tags=listed(team="films"), **limits)}))
    world.run()
    world.personalize.plan("*", Plan(update_s=120.0 * count - 100))
    changed = campaign(Tags=listed(stage="prod"), MinProvisionedTPS=3, **limits)
    stack.update(chained({"Campaign": changed}))
    world.run()
    assert (stack.status, seen(world)) == ("UPDATE_COMPLETE", {"stage": "prod"})


@pytest.mark.parametrize("hour_s", [60.0, 90.0, 120.0])
def test_a_rollback_that_looks_twice_has_time_left_to_bring_them_back(hour_s: float) -> None:
    """It waits for what the update before may yet show, and that is all of a short limit."""
    world = short_world()
    limits: Any = {"ServiceTimeout": int(hour_s), "Timeout": int(hour_s)}
    stack = deployed(world, {"Campaign": campaign(Tags=listed(team="films"), **limits)})
    stack.update({"Campaign": campaign(**limits)}, fails_after_s=15.0)
    world.run()
    assert (stack.status, seen(world)) == ("UPDATE_ROLLBACK_COMPLETE", {"team": "films"})


def test_they_may_be_of_any_script() -> None:
    tags = {"Équipe 1": "Фильмы/кино: 映画 _.:/=+-@", "empty": ""}
    world = short_world()
    deployed(world, {"Campaign": campaign(Tags=listed(**tags))})
    assert seen(world) == tags


def test_what_is_adopted_gets_them_beside_its_own() -> None:
    world = short_world()
    arn = foreign(world, "live")
    world.run_for(30)
    tags = [{"tagKey": "owner", "tagValue": "somebody"}]
    world.wire.client("personalize").tag_resource(resourceArn=arn, tags=tags)
    template = {"Campaign": campaign(Name="live", AdoptExisting=True, Tags=listed(team="films"))}
    deployed(world, template)
    assert seen(world) == {"owner": "somebody", "team": "films"}


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        (listed(**{"aws:mine": "1"}), "a key that does not start with aws:"),
        (listed(**{"cdk-personalize:stack-id": "1"}), "a key that does not start with aws:"),
        (listed(**{"we?ird": "1"}), "Tags.0.Key is 'we?ird': it must hold letters, digits"),
        (listed(team="a!b"), "Tags.0.Value is 'a!b': it must hold letters, digits, blanks"),
        ([{"Key": "team"}], "Tags.0.Value is missing"),
        ([{"TagKey": "team", "TagValue": "films"}], "Tags.0.TagKey is 'team'"),
        ({"team": "films"}, "be a list"),
    ],
)
def test_faulty_ones_are_refused_before_anything_is_created(tags: Any, told: str) -> None:
    world = short_world()
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Tags=tags)})
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert told in str(stack.events)
    assert requests(world, "CreateCampaign") == []


BOOKS = listed(team="books", season="2")
KINDS = pytest.mark.parametrize(
    ("make", "kind"),
    [(campaign, "campaign"), (job, "batch-inference-job"), (solution_version, "solution-version")],
)


@KINDS
@pytest.mark.parametrize("lag_s", [12.0, 59.0])
@pytest.mark.parametrize("fails_after_s", [3.0, 20.0])
def test_a_rollback_brings_them_back_although_the_list_still_shows_them(
    fails_after_s: float, lag_s: float, make: Callable[..., Declared], kind: str
) -> None:
    world = short_world(oddities=Oddities(tag_change_lag_s=lag_s))
    stack = deployed(world, {"It": make(Tags=listed(team="films"))})
    stack.update({"It": make(Tags=BOOKS)}, fails_after_s=fails_after_s)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert seen(world, kind) == {"team": "films"}


@KINDS
def test_so_does_a_deploy_right_after_another(make: Callable[..., Declared], kind: str) -> None:
    world = short_world(oddities=Oddities(tag_change_lag_s=59.0))
    stack = deployed(world, {"It": make(Tags=listed(team="films"))})
    for tags in (BOOKS, listed(team="films")):
        stack.update({"It": make(Tags=tags)})
        world.run()
        assert stack.status == "UPDATE_COMPLETE", stack.events
    assert seen(world, kind) == {"team": "films"}
