"""Adoption: what was there before is taken over on request, changed where it differs, and kept."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.plans import Plan
from personalize_provider import ownership
from simulator.matrix import (
    FEW_SEEDS,
    SEEDS,
    Nth,
    campaign_arn,
    changes_since,
    created,
    describe,
    exchanges,
    foreign,
    last,
    reasons,
    requests,
    short_world,
    statuses,
    tags_of,
)
from simulator.slow import BOTH_ROLLBACKS
from simulator.stacks import Rollback, Stack
from simulator.templates import Declared
from simulator.wire import Effect
from simulator.world import (
    DATASET_GROUP,
    OTHER_DATASET_GROUP,
    OTHER_VERSION,
    RECIPE,
    World,
    campaign,
    recommender,
)

NAME = "live"
ADOPTS = {"AdoptExisting": True, "Name": NAME}
SAME = {"Campaign": campaign(MinProvisionedTPS=7, **ADOPTS)}
CHANGED = {"Campaign": campaign(MinProvisionedTPS=2, **ADOPTS)}
DELETES = {"Campaign": campaign(MinProvisionedTPS=7, DeleteAdopted=True, **ADOPTS)}
OTHER_NAME = {"Campaign": campaign(MinProvisionedTPS=7, Name="other")}
BROKEN = {"Campaign": campaign(Name=NAME, SolutionVersionArn=f"{OTHER_VERSION}9")}

ALL = ("CreateCampaign", "UpdateCampaign", "DeleteCampaign")


def tags(world: World, arn: str = campaign_arn(NAME)) -> dict[str, str]:
    """The tags of what exists."""
    return tags_of(world, arn)


def marks(world: World, arn: str = campaign_arn(NAME)) -> set[str]:
    """The library's own tags among them."""
    return {key for key in tags(world, arn) if key.startswith(ownership.PREFIX)}


def owner(world: World, arn: str = campaign_arn(NAME)) -> tuple[str, str]:
    """Stack and logical id of its owner."""
    told = tags(world, arn)
    return told.get(ownership.STACK, ""), told.get(ownership.LOGICAL_ID, "")


def existing(world: World, name: str = NAME) -> str:
    """A campaign that was made by hand and is ACTIVE; its ARN."""
    arn = foreign(world, name)
    world.run_for(30)
    return arn


def deployed(world: World, template: dict[str, Declared], name: str = "shop") -> Stack:
    stack = world.stack(name)
    stack.create(template)
    world.run()
    return stack


# --- taking over ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_what_is_as_asked_is_taken_over_and_not_touched(seed: int) -> None:
    world = short_world(seed=seed)
    arn = existing(world)
    began_s = world.scheduler.now_s
    stack = deployed(world, SAME)
    assert stack.status == "CREATE_COMPLETE", stack.events
    assert stack.resources["Campaign"].physical_id == arn
    assert owner(world) == (stack.id, "Campaign")
    assert changes_since(world, began_s) == []
    assert "was there before, and is adopted" in last(world, "Create").reason


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_what_differs_is_updated(seed: int) -> None:
    world = short_world(seed=seed)
    existing(world)
    stack = deployed(world, CHANGED)
    assert stack.status == "CREATE_COMPLETE", stack.events
    assert describe(world, NAME)["minProvisionedTPS"] == 2
    assert [each["operation"] for each in requests(world, *ALL)] == [
        "CreateCampaign",
        "UpdateCampaign",
    ]


def test_without_the_prop_it_is_left_alone_and_the_reason_names_the_way() -> None:
    world = short_world()
    existing(world)
    stack = deployed(world, {"Campaign": campaign(Name=NAME)})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert marks(world) == set()
    (reason,) = reasons(stack, "CREATE_FAILED")
    assert "Or take it over with AdoptExisting." in reason


def test_where_there_is_nothing_it_is_created_and_is_the_stacks_own() -> None:
    world = short_world()
    stack = deployed(world, SAME)
    assert stack.status == "CREATE_COMPLETE"
    stack.delete()
    world.run()
    assert world.campaigns() == {}


def test_what_is_still_being_made_is_waited_for() -> None:
    world = short_world()
    foreign(world, NAME)
    stack = deployed(world, SAME)
    assert stack.status == "CREATE_COMPLETE", stack.events
    assert owner(world) == (stack.id, "Campaign")


def test_what_is_being_deleted_is_made_anew() -> None:
    world = short_world()
    arn = existing(world)
    world.wire.client("personalize").delete_campaign(campaignArn=arn)
    stack = deployed(world, SAME)
    assert stack.status == "CREATE_COMPLETE", stack.events
    assert ownership.ORIGIN not in marks(world)


def test_what_has_failed_is_left_alone_with_its_own_reason() -> None:
    world = short_world()
    world.personalize.plan("*", Plan(create_s=5.0, create_fails={1: "It could not be."}))
    foreign(world, NAME)
    world.run_for(30)
    stack = deployed(world, SAME)
    assert stack.status == "ROLLBACK_COMPLETE"
    (reason,) = reasons(stack, "CREATE_FAILED")
    assert "is CREATE FAILED, so it cannot be adopted: It could not be." in reason
    assert marks(world) == set()


@pytest.mark.parametrize("effect", ["drop_after", "drop_before", "die_after", "late", "throttle"])
@pytest.mark.parametrize("nth", range(1, 10))
def test_trouble_anywhere_does_not_lose_it(nth: int, effect: Effect) -> None:
    trouble = Nth(nth, effect, armed=False)
    world = short_world(faults=trouble)
    arn = existing(world)
    trouble.armed = True
    stack = deployed(world, CHANGED)
    trouble.armed = False
    assert stack.status == "CREATE_COMPLETE", stack.events
    assert list(world.campaigns()) == [NAME]
    stack.delete()
    world.run()
    assert (stack.status, marks(world)) == ("DELETE_COMPLETE", set())
    assert world.campaigns()[NAME]["arn"] == arn


def test_an_update_that_fails_at_the_service_gives_its_reason_and_gives_it_back() -> None:
    world = short_world()
    world.personalize.plan("*", Plan(update_s=5.0, update_fails={1: "It did not converge."}))
    existing(world)
    stack = deployed(world, CHANGED)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "It did not converge." in reasons(stack, "CREATE_FAILED")[0]
    assert (list(world.campaigns()), marks(world)) == ([NAME], set())


# --- giving back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_delete_removes_the_marks_and_nothing_else(seed: int) -> None:
    world = short_world(seed=seed)
    arn = existing(world)
    world.wire.client("personalize").tag_resource(
        resourceArn=arn, tags=[{"tagKey": "team", "tagValue": "films"}]
    )
    stack = deployed(world, SAME)
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert tags(world) == {"team": "films"}
    assert "there before this resource of this stack, so it is kept" in last(world, "Delete").reason


def test_a_delete_deletes_it_if_that_was_asked_for() -> None:
    world = short_world()
    existing(world)
    stack = deployed(world, DELETES)
    stack.delete()
    world.run()
    assert (stack.status, world.campaigns()) == ("DELETE_COMPLETE", {})


@pytest.mark.parametrize("template", [SAME, CHANGED, DELETES])
@pytest.mark.parametrize("fails_after_s", [1, 8, 20, 60])
def test_a_create_that_is_rolled_back_gives_it_back_whatever_was_asked(
    template: dict[str, Declared], fails_after_s: float
) -> None:
    world = short_world()
    existing(world)
    stack = world.stack("shop")
    stack.create(template, fails_after_s=fails_after_s)
    world.run()
    assert stack.status in ("ROLLBACK_COMPLETE", "CREATE_COMPLETE")
    if stack.status == "ROLLBACK_COMPLETE":
        assert (list(world.campaigns()), marks(world)) == ([NAME], set())


@pytest.mark.parametrize("rollback", BOTH_ROLLBACKS)
@pytest.mark.parametrize("fails_after_s", [1, 8, 20, 60])
def test_a_replacement_by_what_exists_is_undone(rollback: Rollback, fails_after_s: float) -> None:
    world = short_world(rollback=rollback)
    existing(world)
    stack = deployed(world, OTHER_NAME)
    stack.update(DELETES, fails_after_s=fails_after_s)
    world.run()
    assert set(world.campaigns()) == {NAME, "other"} or stack.status == "UPDATE_COMPLETE"
    if stack.status == "UPDATE_ROLLBACK_COMPLETE":
        assert marks(world) == set()
        assert owner(world, campaign_arn("other")) == (stack.id, "Campaign")


def test_a_replacement_by_what_exists_deletes_the_one_before() -> None:
    world = short_world()
    existing(world)
    stack = deployed(world, OTHER_NAME)
    stack.update(SAME)
    world.run()
    assert (stack.status, list(world.campaigns())) == ("UPDATE_COMPLETE", [NAME])


def test_what_breaks_once_it_replaces_another_is_given_back_at_once() -> None:
    """Somebody deletes it while the Update that adopted it goes on, and the service fails to."""
    world = short_world()
    arn = existing(world)
    stack = deployed(world, OTHER_NAME)
    stack.update(SAME)
    while not marks(world):
        world.run_for(1)
    world.personalize.plan("*", Plan(delete_s=1.0, delete_fails={1: "Stuck."}))
    world.call_as_other_owner("DeleteCampaign", {"campaignArn": arn})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    (failed,) = reasons(stack, "UPDATE_FAILED")
    assert "Stuck." in failed
    assert (set(world.campaigns()), marks(world)) == ({NAME, "other"}, set())
    assert owner(world, campaign_arn("other")) == (stack.id, "Campaign")
    asked = exchanges(world, "Update")[0]
    assert asked.answered_s is not None
    assert asked.answered_s < asked.asked_s + 60


def test_what_replaces_another_goes_back_if_its_update_fails_even_without_a_rollback() -> None:
    """Else the Delete of the stack, which knows the old id alone, would leave it with our marks."""
    world = short_world()
    existing(world)
    stack = world.stack("shop")
    stack.create({**OTHER_NAME, "Wrong": campaign(MinProvisionedTPS=0)}, rolls_back=False)
    world.run()
    assert stack.status == "CREATE_FAILED"
    world.personalize.plan("*", Plan(update_s=15.0, delete_s=5.0, update_fails={1: "Too little."}))
    stack.update({**CHANGED, "Wrong": campaign()})
    world.run()
    assert stack.status == "UPDATE_FAILED"
    assert "Too little." in reasons(stack, "UPDATE_FAILED")[0]
    assert marks(world) == set()
    stack.delete()
    world.run()
    assert (stack.status, list(world.campaigns())) == ("DELETE_COMPLETE", [NAME])


@pytest.mark.parametrize("rollback", BOTH_ROLLBACKS)
@pytest.mark.parametrize("deletes", [False, True])
def test_an_update_that_takes_anothers_campaign_and_fails_never_deletes_it(
    rollback: Rollback, deletes: bool
) -> None:
    """The Update ends before the stack says that it rolls back."""
    world = short_world(rollback=rollback)
    other = campaign(MinProvisionedTPS=7, Name=NAME)
    stack = deployed(world, {**OTHER_NAME, "Extra": other})
    world.personalize.plan("*", Plan(update_s=15.0, delete_s=5.0, update_fails={1: "Too little."}))
    taking = campaign(MinProvisionedTPS=2, DeleteAdopted=deletes, **ADOPTS)
    stack.update({"Campaign": taking})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert set(world.campaigns()) == {NAME, "other"}
    assert owner(world) == (stack.id, "Extra")


def test_a_replacement_of_what_was_adopted_keeps_it() -> None:
    world = short_world()
    existing(world)
    stack = deployed(world, SAME)
    stack.update(OTHER_NAME)
    world.run()
    assert stack.status == "UPDATE_COMPLETE"
    assert (set(world.campaigns()), marks(world)) == ({NAME, "other"}, set())


@pytest.mark.parametrize("effect", ["drop_after", "die_after", "throttle"])
@pytest.mark.parametrize("nth", range(1, 6))
def test_a_delete_that_meets_trouble_gives_it_back_all_the_same(nth: int, effect: Effect) -> None:
    trouble = Nth(nth, effect, armed=False)
    world = short_world(faults=trouble)
    existing(world)
    stack = deployed(world, SAME)
    trouble.armed = True
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert (list(world.campaigns()), marks(world)) == ([NAME], set())


# --- from one stack to another -------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_another_stacks_campaign_is_taken_over_and_that_stack_leaves_it_alone(seed: int) -> None:
    world = short_world(seed=seed)
    first = deployed(world, {"Live": campaign(Name=NAME, MinProvisionedTPS=7)}, "first")
    second = deployed(world, SAME, "second")
    assert second.status == "CREATE_COMPLETE", second.events
    first.delete()
    world.run()
    assert first.status == "DELETE_COMPLETE"
    assert owner(world) == (second.id, "Campaign")


@pytest.mark.parametrize("how", ["rolled back", "deleted"])
def test_what_was_taken_from_another_stack_is_given_back_to_it(how: str) -> None:
    world = short_world()
    first = deployed(world, {"Live": campaign(Name=NAME, MinProvisionedTPS=7)}, "first")
    second = world.stack("second")
    second.create(SAME, fails_after_s=200 if how == "deleted" else 12)
    world.run()
    if how == "deleted":
        second.delete()
        world.run()
    assert owner(world) == (first.id, "Live")
    # ... which made it, so that its own Delete takes it along
    first.delete()
    world.run()
    assert (first.status, world.campaigns()) == ("DELETE_COMPLETE", {})


def test_what_was_adopted_before_is_given_back_as_such() -> None:
    world = short_world()
    existing(world)
    first = deployed(world, SAME, "first")
    second = deployed(world, SAME, "second")
    assert owner(world) == (second.id, "Campaign")
    second.delete()
    world.run()
    assert owner(world) == (first.id, "Campaign")
    first.delete()
    world.run()
    assert (list(world.campaigns()), marks(world)) == ([NAME], set())


# --- within a stack ------------------------------------------------------------------------------

RENAMED = {"Better": campaign(MinProvisionedTPS=7, **ADOPTS)}


def test_a_new_logical_id_takes_the_campaign_along() -> None:
    world = short_world()
    stack = deployed(world, {"Campaign": campaign(Name=NAME, MinProvisionedTPS=7)})
    began_s = world.scheduler.now_s
    stack.update(RENAMED)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert owner(world) == (stack.id, "Better")
    assert changes_since(world, began_s) == []
    # ... and it is still the stack's own
    stack.delete()
    world.run()
    assert (stack.status, world.campaigns()) == ("DELETE_COMPLETE", {})


@pytest.mark.parametrize("fails_after_s", [1, 8, 20])
def test_a_new_logical_id_that_is_rolled_back_gives_the_campaign_back(fails_after_s: float) -> None:
    world = short_world()
    stack = deployed(world, {"Campaign": campaign(Name=NAME, MinProvisionedTPS=7)})
    stack.update({**RENAMED, "Other": campaign(Name="other")}, fails_after_s=fails_after_s)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert (list(world.campaigns()), owner(world)) == ([NAME], (stack.id, "Campaign"))
    stack.delete()
    world.run()
    assert world.campaigns() == {}


def test_what_was_adopted_stays_adopted_under_a_new_logical_id() -> None:
    world = short_world()
    existing(world)
    stack = deployed(world, SAME)
    stack.update(RENAMED)
    world.run()
    assert owner(world) == (stack.id, "Better")
    stack.delete()
    world.run()
    assert list(world.campaigns()) == [NAME]


# --- recommenders --------------------------------------------------------------------------------


def recommender_by_hand(world: World, group: str = DATASET_GROUP) -> str:
    client = world.wire.client("personalize")
    answer = client.create_recommender(name=NAME, datasetGroupArn=group, recipeArn=RECIPE)
    world.run_for(30)
    return str(answer["recommenderArn"])


def test_a_recommender_is_adopted_and_given_back_too() -> None:
    world = short_world()
    arn = recommender_by_hand(world)
    faster = {"MinRecommendationRequestsPerSecond": 2}
    stack = deployed(world, {"ForYou": recommender(RecommenderConfig=faster, **ADOPTS)})
    assert stack.status == "CREATE_COMPLETE", stack.events
    assert stack.resources["ForYou"].physical_id == arn
    assert owner(world, arn) == (stack.id, "ForYou")
    stack.delete()
    world.run()
    assert (statuses(world, "recommender"), marks(world, arn)) == ({arn: "ACTIVE"}, set())


def test_a_recommender_of_another_dataset_group_is_not_touched() -> None:
    world = short_world()
    arn = recommender_by_hand(world, OTHER_DATASET_GROUP)
    stack = deployed(world, {"ForYou": recommender(**ADOPTS)})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "with another DatasetGroupArn, which no update can change" in str(stack.events)
    assert marks(world, arn) == set()


# --- removed tags --------------------------------------------------------------------------------


def test_what_lost_its_tags_is_adopted_again_by_the_next_update() -> None:
    world = short_world()
    arn = existing(world)
    stack = deployed(world, SAME)
    client: Any = world.wire.client("personalize")
    client.untag_resource(resourceArn=arn, tagKeys=list(ownership.OWN))
    stack.update(CHANGED)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert owner(world) == (stack.id, "Campaign")
    assert len(exchanges(world, "Update")) == 1


def test_what_a_refused_update_has_adopted_goes_back_before_the_answer() -> None:
    """A stack that keeps failures is not rolled back, and its deletion knows the old id alone."""
    world = short_world()
    stack = created(world, {"Mover": campaign(Name="old"), "Maker": campaign(Name=NAME)})
    stack.keeps_failures = True
    adopting = campaign(AdoptExisting=True, Name=NAME, SolutionVersionArn=f"{OTHER_VERSION}9")
    stack.update({"Mover": adopting})
    world.run()
    assert stack.status == "UPDATE_FAILED", stack.events
    assert "UpdateCampaign: ResourceNotFoundException" in last(world, "Update").reason
    assert tags(world)[f"{ownership.PREFIX}logical-id"] == "Maker"
    stack.delete()
    world.run()
    assert (stack.status, world.campaigns()) == ("DELETE_COMPLETE", {})
