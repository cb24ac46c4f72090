"""What a recommender may be made of, how many there may be, and how they are shown."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.oddities import Oddities
from emulator.plans import Fault, Plan
from emulator.scene import CINEMA, SHOP, Scene, recipe_arn, refusal
from emulator.use_cases import USE_CASES, VIDEO_ON_DEMAND

EXPLORING = {"itemExplorationConfig": {"explorationWeight": "0.5"}}


@pytest.mark.parametrize("name", USE_CASES)
def test_each_use_case_belongs_to_the_dataset_groups_of_its_domain(scene: Scene, name: str) -> None:
    video = USE_CASES[name].domain == VIDEO_ON_DEMAND
    right, wrong = (CINEMA, SHOP) if video else (SHOP, CINEMA)
    arn = scene.recommender(datasetGroupArn=right, recipeArn=recipe_arn(name))
    seen = scene.seen_recommender(arn)
    assert (seen["datasetGroupArn"], seen["recipeArn"]) == (right, recipe_arn(name))
    members = {"datasetGroupArn": wrong, "recipeArn": recipe_arn(name)}
    code, message = refusal(scene.recommender, "other", **members)
    assert (code, name in message) == ("InvalidInputException", True)


@pytest.mark.parametrize(
    "name",
    ["aws-ecomm-recommended-for-you", "aws-vod-top-picks", "aws-vod-trending-now"],
)
def test_only_what_is_for_a_user_explores(scene: Scene, name: str) -> None:
    group = CINEMA if "-vod-" in name else SHOP
    members = {"datasetGroupArn": group, "recipeArn": recipe_arn(name)}
    explores = name != "aws-vod-trending-now"
    arn = scene.recommender(**members)
    config = scene.seen_recommender(arn)["recommenderConfig"]
    assert ("itemExplorationConfig" in config) is explores
    if explores:
        scene.recommender("exploring", **members, recommenderConfig=EXPLORING)
    else:
        code, _ = refusal(scene.recommender, "other", **members, recommenderConfig=EXPLORING)
        assert code == "InvalidInputException"


@pytest.mark.parametrize("echo", [True, False])
def test_defaults_are_echoed_or_not(echo: bool) -> None:
    scene = Scene(oddities=Oddities(echo_defaults=echo))
    columns = {"trainingDataConfig": {"excludedDatasetColumns": {"Items": ["COLOUR"]}}}
    defaults = {
        "minRecommendationRequestsPerSecond": 1,
        "enableMetadataWithRecommendations": False,
        "itemExplorationConfig": {"explorationWeight": "0.3", "explorationItemAgeCutOff": "30"},
    }
    seen = scene.seen_recommender(scene.recommender(recommenderConfig=columns))
    assert seen["recommenderConfig"] == {**columns, **(defaults if echo else {})}
    plain = scene.seen_recommender(scene.recommender("plain"))
    assert plain.get("recommenderConfig") == (defaults if echo else None)


REFUSED = [
    ("no such group", {"datasetGroupArn": f"{SHOP}s"}, "ResourceNotFoundException"),
    ("no such recipe", {"recipeArn": recipe_arn("aws-no")}, "ResourceNotFoundException"),
    ("no recipe", {"recipeArn": SHOP}, "ResourceNotFoundException"),
    ("a custom recipe", {"recipeArn": recipe_arn("aws-sims")}, "InvalidInputException"),
    (
        "an unknown key",
        {"recommenderConfig": {"itemExplorationConfig": {"explorationZeal": "1"}}},
        "InvalidInputException",
    ),
    (
        "a weight out of range",
        {"recommenderConfig": {"itemExplorationConfig": {"explorationWeight": "1.1"}}},
        "InvalidInputException",
    ),
    (
        "a reserved tag",
        {"tags": [{"tagKey": "aws:mine", "tagValue": ""}]},
        "InvalidInputException",
    ),
]


@pytest.mark.parametrize(
    ("members", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_create_is_refused_and_leaves_nothing(
    scene: Scene, members: dict[str, Any], code: str
) -> None:
    assert refusal(scene.recommender, **members)[0] == code
    assert scene.backend.resources() == []


@pytest.mark.parametrize(
    ("domain", "status", "code"),
    [
        (None, "ACTIVE", "InvalidInputException"),
        ("ECOMMERCE", "CREATE IN_PROGRESS", "ResourceInUseException"),
    ],
)
def test_a_dataset_group_has_to_have_a_domain_and_be_active(
    scene: Scene, domain: str | None, status: str, code: str
) -> None:
    scene.backend.add_dataset_group(SHOP, domain=domain, status=status)
    assert refusal(scene.recommender)[0] == code


def test_a_domain_that_does_not_exist_can_not_be_registered(scene: Scene) -> None:
    with pytest.raises(ValueError, match="VIDEO_ON_DEMAND"):
        scene.backend.add_dataset_group(SHOP, domain="MUSIC")


def test_recommenders_of_any_status_count_by_dataset_group_and_by_region(scene: Scene) -> None:
    scene.backend.plan("bad", Plan(create_fails="No."))
    scene.active_recommender("bad")
    scene.client.stop_recommender(recommenderArn=scene.active_recommender("idle"))
    for number in range(3):
        scene.active_recommender(f"good{number}")
    code, message = refusal(scene.recommender, "sixth")
    assert (code, "More than 5 resources" in message) == ("LimitExceededException", True)
    video = {"datasetGroupArn": CINEMA, "recipeArn": recipe_arn("aws-vod-top-picks")}
    scene.recommender("elsewhere", **video)
    scene.backend.set_quotas(recommenders_per_dataset_group=9, recommenders_per_region=6)
    assert refusal(scene.recommender, "sixth")[0] == "LimitExceededException"
    scene.backend.set_quotas(recommenders_per_region=7)
    scene.recommender("sixth")


def test_recommenders_are_listed_by_page_and_by_dataset_group(scene: Scene) -> None:
    scene.backend.plan("a", Plan(create_fails="No."))
    for name in ("a", "b", "c"):
        scene.active_recommender(name)
    video = {"datasetGroupArn": CINEMA, "recipeArn": recipe_arn("aws-vod-most-popular")}
    scene.recommender("d", **video)
    pages = scene.client.get_paginator("list_recommenders").paginate(
        PaginationConfig={"PageSize": 3}
    )
    assert [each["name"] for page in pages for each in page["recommenders"]] == list("abcd")
    [listed] = scene.client.list_recommenders(datasetGroupArn=CINEMA)["recommenders"]
    assert listed["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 1
    assert (listed["name"], listed["recipeArn"]) == ("d", video["recipeArn"])


def test_a_recommender_carries_tags_until_it_is_deleted(scene: Scene) -> None:
    tags: Any = [{"tagKey": "team", "tagValue": "shop"}]
    arn = scene.active_recommender(tags=tags)
    assert scene.client.list_tags_for_resource(resourceArn=arn)["tags"] == tags
    [listed] = scene.backend.resources()
    assert (listed["kind"], listed["status"], listed["update_status"]) == (
        "recommender",
        "ACTIVE",
        None,
    )
    scene.client.delete_recommender(recommenderArn=arn)
    code, _ = refusal(scene.client.tag_resource, resourceArn=arn, tags=tags)
    assert code == "ResourceInUseException"


def test_a_denial_names_the_recommender(scene: Scene) -> None:
    arn = scene.active_recommender()
    scene.backend.plan("shop", Plan(faults=[Fault(effect="deny", operation="StopRecommender")]))
    code, message = refusal(scene.client.stop_recommender, recommenderArn=arn)
    assert (code, arn in message) == ("AccessDeniedException", True)


def test_a_dataset_group_can_not_go_before_its_recommenders(scene: Scene) -> None:
    made = scene.client.create_dataset_group(name="tv", domain="VIDEO_ON_DEMAND")
    group = made["datasetGroupArn"]
    members = {"datasetGroupArn": group, "recipeArn": recipe_arn("aws-vod-more-like-x")}
    assert refusal(scene.recommender, **members)[0] == "ResourceInUseException"
    scene.later(2)
    arn = scene.active_recommender(**members)
    code, _ = refusal(scene.client.delete_dataset_group, datasetGroupArn=group)
    assert code == "ResourceInUseException"
    scene.client.delete_recommender(recommenderArn=arn)
    scene.later(1)
    scene.client.delete_dataset_group(datasetGroupArn=group)
    scene.later(1)
    assert refusal(scene.recommender, **members)[0] == "ResourceNotFoundException"
