"""Recommenders live as campaigns do, but are stopped and started too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator.plans import NEVER, Plan
from emulator.scene import Scene, recipe_arn, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

EXPLORING = {"itemExplorationConfig": {"explorationWeight": "0.5"}}
FASTER: Any = {"minRecommendationRequestsPerSecond": 7}
BEST_SELLERS = {"recipeArn": recipe_arn("aws-ecomm-popular-items-by-purchases")}


def updated(scene: Scene, arn: str, config: Any = FASTER) -> None:
    scene.client.update_recommender(recommenderArn=arn, recommenderConfig=config)


def test_a_new_recommender_becomes_active(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(create_s=50))
    arn = scene.recommender()
    assert arn == "arn:aws:personalize:us-east-1:000000000000:recommender/shop"
    assert scene.seen_recommender(arn)["status"] == "CREATE PENDING"
    scene.later(50)
    assert scene.seen_recommender(arn)["status"] == "ACTIVE"


def test_its_statuses_are_logged_through_all_of_its_life(scene: Scene) -> None:
    scene.backend.plan("*", Plan(create_s=50, update_s=20, delete_s=10))
    arn = scene.recommender()
    scene.later(100)
    scene.client.stop_recommender(recommenderArn=arn)
    scene.later(100)
    scene.client.start_recommender(recommenderArn=arn)
    scene.later(100)
    scene.client.delete_recommender(recommenderArn=arn)
    scene.later(100)
    assert scene.statuses("recommender") == [
        (0, "CREATE PENDING"),
        (10, "CREATE IN_PROGRESS"),
        (50, "ACTIVE"),
        (100, "STOP PENDING"),
        (102, "STOP IN_PROGRESS"),
        (110, "INACTIVE"),
        (200, "START PENDING"),
        (204, "START IN_PROGRESS"),
        (220, "ACTIVE"),
        (300, "DELETE PENDING"),
        (302, "DELETE IN_PROGRESS"),
        (310, None),
    ]
    assert refusal(scene.seen_recommender, arn)[0] == "ResourceNotFoundException"


def test_a_failed_create_tells_its_reason_and_can_only_be_deleted(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(create_fails="Too little data."))
    arn = scene.active_recommender()
    seen = scene.seen_recommender(arn)
    assert (seen["status"], seen["failureReason"]) == ("CREATE FAILED", "Too little data.")
    assert refusal(scene.recommender)[0] == "ResourceAlreadyExistsException"
    for call in (updated_in, stopped, started):
        assert refusal(call, scene, arn)[0] == "ResourceInUseException"
    scene.client.delete_recommender(recommenderArn=arn)
    scene.later(1)
    scene.recommender()


def updated_in(scene: Scene, arn: str) -> None:
    updated(scene, arn)


def stopped(scene: Scene, arn: str) -> None:
    scene.client.stop_recommender(recommenderArn=arn)


def started(scene: Scene, arn: str) -> None:
    scene.client.start_recommender(recommenderArn=arn)


def deleted(scene: Scene, arn: str) -> None:
    scene.client.delete_recommender(recommenderArn=arn)


def created(scene: Scene) -> str:
    return scene.recommender()


def active(scene: Scene) -> str:
    return scene.active_recommender()


def updating(scene: Scene) -> str:
    arn = scene.active_recommender()
    updated(scene, arn)
    return arn


def stopping(scene: Scene) -> str:
    arn = scene.active_recommender()
    stopped(scene, arn)
    return arn


def inactive(scene: Scene) -> str:
    arn = stopping(scene)
    scene.later(1)
    return arn


def starting(scene: Scene) -> str:
    arn = inactive(scene)
    started(scene, arn)
    return arn


def deleting(scene: Scene) -> str:
    arn = scene.active_recommender()
    deleted(scene, arn)
    return arn


ACCEPTED: list[tuple[Callable[[Scene], str], tuple[str, ...]]] = [
    (created, ()),
    (active, ("updated_in", "stopped", "deleted")),
    (updating, ()),
    (stopping, ()),
    (inactive, ("started", "deleted")),
    (starting, ()),
    (deleting, ()),
]


@pytest.mark.parametrize(("state", "accepted"), ACCEPTED, ids=[row[0].__name__ for row in ACCEPTED])
@pytest.mark.parametrize("call", [updated_in, stopped, started, deleted])
def test_each_state_lets_some_changes_through_and_refuses_the_others(
    scene: Scene, state: Callable[[Scene], str], accepted: tuple[str, ...], call: Any
) -> None:
    arn = state(scene)
    if call.__name__ in accepted:
        call(scene, arn)
    else:
        assert refusal(call, scene, arn)[0] == "ResourceInUseException"


def test_an_update_has_a_status_of_its_own_and_the_old_settings_serve_meanwhile(
    scene: Scene,
) -> None:
    scene.backend.plan("shop", Plan(update_s=10))
    arn = scene.active_recommender()
    assert "latestRecommenderUpdate" not in scene.seen_recommender(arn)
    updated(scene, arn)
    seen = scene.seen_recommender(arn)
    update = seen["latestRecommenderUpdate"]
    assert seen["status"] == "ACTIVE"
    assert seen["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 1
    assert update["status"] == "CREATE PENDING"
    assert update["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 7
    assert not {"recipeArn", "datasetGroupArn"} & set(update)
    scene.later(10)
    seen = scene.seen_recommender(arn)
    assert seen["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 7
    assert seen["latestRecommenderUpdate"]["status"] == "ACTIVE"
    assert [status for _, status in scene.statuses("update")] == [
        "CREATE PENDING",
        "CREATE IN_PROGRESS",
        "ACTIVE",
    ]


def test_a_failed_update_leaves_the_old_settings_and_the_next_one_may_work(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(update_fails={1: "No capacity."}))
    arn = scene.active_recommender()
    updated(scene, arn)
    scene.later(2)
    seen = scene.seen_recommender(arn)
    assert (seen["status"], "failureReason" in seen) == ("ACTIVE", False)
    assert seen["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 1
    update = seen["latestRecommenderUpdate"]
    assert (update["status"], update["failureReason"]) == ("CREATE FAILED", "No capacity.")
    updated(scene, arn)
    scene.later(2)
    config = scene.seen_recommender(arn)["recommenderConfig"]
    assert config["minRecommendationRequestsPerSecond"] == 7


@pytest.mark.parametrize(("omitted", "weight"), [("keeps", "0.5"), ("resets", "0.3")])
def test_what_an_update_leaves_out_is_kept_or_reset(
    scene: Scene, omitted: str, weight: str
) -> None:
    scene.backend.set_oddities(omitted_config_on_update=omitted)
    arn = scene.active_recommender(recommenderConfig=EXPLORING)
    updated(scene, arn)
    scene.later(2)
    config = scene.seen_recommender(arn)["recommenderConfig"]
    assert config["minRecommendationRequestsPerSecond"] == 7
    assert config["itemExplorationConfig"]["explorationWeight"] == weight


def test_an_update_is_checked_as_a_create_is(scene: Scene) -> None:
    arn = scene.active_recommender(**BEST_SELLERS)
    assert refusal(updated, scene, arn, EXPLORING)[0] == "InvalidInputException"
    scene.backend.set_oddities(unchanged_update_refused=True)
    updated(scene, arn)
    scene.later(2)
    assert refusal(updated, scene, arn)[0] == "InvalidInputException"


def test_stop_and_start_take_a_delete_and_an_updates_time_but_count_apart(scene: Scene) -> None:
    plan = Plan(delete_s=(5, 9), update_s=(3, 30), delete_fails={1: "Stuck."})
    scene.backend.plan("shop", plan)
    arn = scene.active_recommender()
    stopped(scene, arn)
    scene.later(5)
    assert scene.seen_recommender(arn)["status"] == "INACTIVE"
    started(scene, arn)
    scene.later(3)
    updated(scene, arn)
    scene.later(3)
    seen = scene.seen_recommender(arn)
    assert (seen["status"], seen["latestRecommenderUpdate"]["status"]) == ("ACTIVE", "ACTIVE")
    deleted(scene, arn)
    scene.later(5)
    seen = scene.seen_recommender(arn)
    assert (seen["status"], seen["failureReason"]) == ("DELETE FAILED", "Stuck.")
    deleted(scene, arn)
    scene.later(9)
    assert refusal(scene.seen_recommender, arn)[0] == "ResourceNotFoundException"


def test_a_recommender_can_be_stopped_after_a_delete_that_left_it_active(scene: Scene) -> None:
    scene.backend.set_oddities(failed_delete_status="ACTIVE")
    scene.backend.plan("shop", Plan(delete_fails="Stuck."))
    arn = scene.active_recommender()
    deleted(scene, arn)
    scene.later(1)
    stopped(scene, arn)
    scene.later(1)
    assert scene.seen_recommender(arn)["status"] == "INACTIVE"


def test_a_stop_that_never_ends_stays_in_progress(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(delete_s=NEVER))
    arn = scene.active_recommender()
    stopped(scene, arn)
    scene.later(10**9)
    assert scene.seen_recommender(arn)["status"] == "STOP IN_PROGRESS"
