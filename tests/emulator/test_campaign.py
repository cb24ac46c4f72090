"""Campaigns live as the service's reference says: created, updated, deleted, each in its time."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.plans import NEVER, Plan
from emulator.scene import SOLUTION, VERSION, Scene, refusal, solution_version

EXPLORING = {"itemExplorationConfig": {"explorationWeight": "0.5"}}


@pytest.mark.parametrize(
    ("after_s", "status"),
    [
        (0, "CREATE PENDING"),
        (9.9, "CREATE PENDING"),
        (10, "CREATE IN_PROGRESS"),
        (49.9, "CREATE IN_PROGRESS"),
        (50, "ACTIVE"),
        (9_000, "ACTIVE"),
    ],
)
def test_a_new_campaign_becomes_active(scene: Scene, after_s: float, status: str) -> None:
    scene.backend.plan("shop", Plan(create_s=50))
    arn = scene.campaign()
    scene.later(after_s)
    assert scene.seen(arn)["status"] == status


def test_status_changes_are_logged_at_the_times_they_happened_at(scene: Scene) -> None:
    scene.backend.plan("*", Plan(create_s=50, delete_s=10))
    arn = scene.campaign()
    scene.later(100)
    scene.client.delete_campaign(campaignArn=arn)
    scene.later(1_000)
    assert scene.statuses("campaign") == [
        (0, "CREATE PENDING"),
        (10, "CREATE IN_PROGRESS"),
        (50, "ACTIVE"),
        (100, "DELETE PENDING"),
        (102, "DELETE IN_PROGRESS"),
        (110, None),
    ]
    assert [entry["at_s"] for entry in scene.backend.log()] == sorted(
        entry["at_s"] for entry in scene.backend.log()
    )


def test_a_failed_create_tells_its_reason_and_keeps_the_name(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(create_fails="Too little data."))
    arn = scene.campaign()
    scene.later(2)
    seen = scene.seen(arn)
    assert (seen["status"], seen["failureReason"]) == ("CREATE FAILED", "Too little data.")
    code, message = refusal(scene.campaign)
    assert (code, arn in message) == ("ResourceAlreadyExistsException", True)


def test_a_create_that_never_ends_stays_in_progress(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(create_s=NEVER))
    arn = scene.campaign()
    scene.later(10**9)
    assert scene.seen(arn)["status"] == "CREATE IN_PROGRESS"


def test_an_update_has_a_status_of_its_own_and_the_old_settings_serve_meanwhile(
    scene: Scene,
) -> None:
    scene.backend.plan("shop", Plan(update_s=10))
    arn = scene.active_campaign(minProvisionedTPS=1)
    assert "latestCampaignUpdate" not in scene.seen(arn)
    scene.client.update_campaign(campaignArn=arn, minProvisionedTPS=7)
    seen = scene.seen(arn)
    update = seen["latestCampaignUpdate"]
    assert (seen["status"], seen["minProvisionedTPS"]) == ("ACTIVE", 1)
    assert (update["status"], update["minProvisionedTPS"]) == ("CREATE PENDING", 7)
    assert update["creationDateTime"].timestamp() == scene.now_s
    scene.later(10)
    seen = scene.seen(arn)
    assert (seen["minProvisionedTPS"], seen["latestCampaignUpdate"]["status"]) == (7, "ACTIVE")
    assert seen["lastUpdatedDateTime"].timestamp() == scene.now_s


def test_a_failed_update_leaves_the_old_settings_and_the_next_one_may_work(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(update_fails={1: "No capacity."}))
    arn = scene.active_campaign(minProvisionedTPS=1)
    scene.client.update_campaign(campaignArn=arn, minProvisionedTPS=7)
    scene.later(2)
    seen = scene.seen(arn)
    assert (seen["status"], seen["minProvisionedTPS"]) == ("ACTIVE", 1)
    assert "failureReason" not in seen
    update = seen["latestCampaignUpdate"]
    assert (update["status"], update["failureReason"]) == ("CREATE FAILED", "No capacity.")
    scene.client.update_campaign(campaignArn=arn, minProvisionedTPS=8)
    scene.later(2)
    assert scene.seen(arn)["minProvisionedTPS"] == 8


def test_each_update_can_take_a_time_of_its_own(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(update_s=(1, 30)))
    arn = scene.active_campaign()
    for seconds, before_s in ((1, 0.5), (30, 29), (30, 29)):
        scene.client.update_campaign(campaignArn=arn, minProvisionedTPS=2)
        scene.later(before_s)
        assert scene.seen(arn)["latestCampaignUpdate"]["status"] == "CREATE IN_PROGRESS"
        scene.later(seconds - before_s)
        assert scene.seen(arn)["latestCampaignUpdate"]["status"] == "ACTIVE"


def test_a_campaign_whose_create_failed_is_active_after_an_update(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(create_fails="Too little data."))
    arn = scene.active_campaign()
    scene.client.update_campaign(campaignArn=arn, minProvisionedTPS=2)
    assert scene.seen(arn)["status"] == "CREATE FAILED"
    scene.later(2)
    assert scene.seen(arn)["status"] == "ACTIVE"
    assert "failureReason" not in scene.seen(arn)


def creating(scene: Scene) -> str:
    return scene.campaign()


def updating(scene: Scene) -> str:
    arn = scene.active_campaign()
    scene.client.update_campaign(campaignArn=arn, minProvisionedTPS=3)
    return arn


def deleting(scene: Scene) -> str:
    arn = scene.active_campaign()
    scene.client.delete_campaign(campaignArn=arn)
    return arn


@pytest.mark.parametrize("given", [creating, updating, deleting])
@pytest.mark.parametrize("call", ["update_campaign", "delete_campaign"])
def test_work_under_way_shuts_out_other_work(scene: Scene, given: Any, call: str) -> None:
    arn = given(scene)
    code, _ = refusal(getattr(scene.client, call), campaignArn=arn)
    assert code == "ResourceInUseException"


def test_a_name_is_free_again_only_once_the_delete_has_finished(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(delete_s=10))
    arn = deleting(scene)
    scene.later(9)
    assert scene.seen(arn)["status"] == "DELETE IN_PROGRESS"
    assert refusal(scene.campaign)[0] == "ResourceAlreadyExistsException"
    scene.later(1)
    assert refusal(scene.seen, arn)[0] == "ResourceNotFoundException"
    assert scene.campaign() == arn


def test_a_delete_can_fail_and_be_tried_again(scene: Scene) -> None:
    scene.backend.plan("shop", Plan(delete_fails={1: "Try again."}))
    arn = deleting(scene)
    scene.later(1)
    seen = scene.seen(arn)
    assert (seen["status"], seen["failureReason"]) == ("DELETE FAILED", "Try again.")
    scene.client.delete_campaign(campaignArn=arn)
    scene.later(1)
    assert refusal(scene.seen, arn)[0] == "ResourceNotFoundException"


def test_automatic_updates_follow_the_latest_version_and_can_be_switched_off(scene: Scene) -> None:
    latest = f"{SOLUTION}/$LATEST"
    arn = scene.active_campaign(
        solutionVersionArn=latest, campaignConfig={"syncWithLatestSolutionVersion": True}
    )
    assert scene.seen(arn)["solutionVersionArn"] == latest
    code, _ = refusal(scene.client.update_campaign, campaignArn=arn, solutionVersionArn=VERSION)
    assert code == "InvalidInputException"
    scene.client.update_campaign(
        campaignArn=arn,
        solutionVersionArn=VERSION,
        campaignConfig={"syncWithLatestSolutionVersion": False},
    )
    scene.later(2)
    assert scene.seen(arn)["solutionVersionArn"] == VERSION


REFUSED = [
    ("a bare solution", {"solutionVersionArn": SOLUTION}, "ResourceNotFoundException"),
    ("an unknown version", {"solutionVersionArn": f"{SOLUTION}/no"}, "ResourceNotFoundException"),
    ("latest without sync", {"solutionVersionArn": f"{SOLUTION}/$LATEST"}, "InvalidInputException"),
    (
        "sync without latest",
        {"campaignConfig": {"syncWithLatestSolutionVersion": True}},
        "InvalidInputException",
    ),
    (
        "exploration with another recipe",
        {"solutionVersionArn": solution_version("aws-similar-items"), "campaignConfig": EXPLORING},
        "InvalidInputException",
    ),
    *[
        (
            f"{key} of {value}",
            {"campaignConfig": {"itemExplorationConfig": {key: value}}},
            "InvalidInputException",
        )
        for key, value in [
            ("explorationWeight", "1.1"),
            ("explorationWeight", "-0.1"),
            ("explorationWeight", "much"),
            ("explorationWeight", "nan"),
            ("explorationItemAgeCutOff", "0.9"),
            ("explorationItemAgeCutOff", "inf"),
            ("explorationZeal", "1"),
        ]
    ],
    (
        "a tag twice",
        {"tags": [{"tagKey": "a", "tagValue": "1"}, {"tagKey": "a", "tagValue": "2"}]},
        "InvalidInputException",
    ),
    (
        "a reserved tag",
        {"tags": [{"tagKey": "aws:mine", "tagValue": ""}]},
        "InvalidInputException",
    ),
    (
        "too many tags",
        {"tags": [{"tagKey": str(number), "tagValue": ""} for number in range(201)]},
        "TooManyTagsException",
    ),
]


@pytest.mark.parametrize(
    ("members", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_create_is_refused_and_leaves_nothing(
    scene: Scene, members: dict[str, Any], code: str
) -> None:
    assert refusal(scene.campaign, **members)[0] == code
    assert scene.backend.resources() == []


@pytest.mark.parametrize("weight", ["0", "1.0", "1"])
def test_exploration_may_be_at_its_limits(scene: Scene, weight: str) -> None:
    config = {"explorationWeight": weight, "explorationItemAgeCutOff": "1"}
    arn = scene.campaign(campaignConfig={"itemExplorationConfig": config})
    assert scene.seen(arn)["campaignConfig"]["itemExplorationConfig"] == config


def test_a_version_still_in_training_can_not_be_deployed(scene: Scene) -> None:
    scene.backend.add_solution_version(f"{SOLUTION}/v2", status="CREATE IN_PROGRESS")
    code, _ = refusal(scene.campaign, solutionVersionArn=f"{SOLUTION}/v2")
    assert code == "ResourceInUseException"


def test_five_campaigns_of_a_dataset_group_are_the_limit_and_failed_ones_do_not_count(
    scene: Scene,
) -> None:
    scene.backend.plan("bad", Plan(create_fails="No."))
    scene.active_campaign("bad")
    for number in range(5):
        scene.active_campaign(f"good{number}")
    code, message = refusal(scene.campaign, "sixth")
    assert (code, "More than 5 resources" in message) == ("LimitExceededException", True)
    scene.backend.add_solution_version(f"{SOLUTION}/v9", dataset_group="another")
    scene.campaign("elsewhere", solutionVersionArn=f"{SOLUTION}/v9")
    scene.backend.set_quotas(campaigns_per_dataset_group=6)
    scene.campaign("sixth")


def test_campaigns_are_listed_by_page_and_by_solution(scene: Scene) -> None:
    names = [f"c{number}" for number in range(5)]
    for name in names:
        scene.campaign(name)
    pages = scene.client.get_paginator("list_campaigns").paginate(PaginationConfig={"PageSize": 2})
    assert [each["name"] for page in pages for each in page["campaigns"]] == names
    of = scene.client.list_campaigns(solutionArn=SOLUTION)["campaigns"]
    assert [each["name"] for each in of] == names
    assert scene.client.list_campaigns(solutionArn=f"{SOLUTION}er")["campaigns"] == []
    code, _ = refusal(scene.client.list_campaigns, nextToken="nonsense")
    assert code == "InvalidNextTokenException"


def test_accounts_and_regions_do_not_see_each_other(scene: Scene) -> None:
    arn = scene.campaign()
    elsewhere = scene.client_in("cn-north-1")
    code, _ = refusal(elsewhere.describe_campaign, campaignArn=arn)
    assert code == "ResourceNotFoundException"
    made = elsewhere.create_campaign(name="shop", solutionVersionArn=VERSION)["campaignArn"]
    assert made == "arn:aws-cn:personalize:cn-north-1:000000000000:campaign/shop"


def test_tags_are_added_replaced_and_removed(scene: Scene) -> None:
    arn = scene.active_campaign(tags=[{"tagKey": "a", "tagValue": "1"}])
    tags: Any = [{"tagKey": "a", "tagValue": "2"}, {"tagKey": "b", "tagValue": "3"}]
    scene.client.tag_resource(resourceArn=arn, tags=tags)
    assert scene.client.list_tags_for_resource(resourceArn=arn)["tags"] == tags
    scene.client.untag_resource(resourceArn=arn, tagKeys=["a", "never there"])
    assert scene.client.list_tags_for_resource(resourceArn=arn)["tags"] == tags[1:]
    keys = [str(number) for number in range(201)]
    code, _ = refusal(scene.client.untag_resource, resourceArn=arn, tagKeys=keys)
    assert code == "TooManyTagKeysException"
    scene.client.delete_campaign(campaignArn=arn)
    code, _ = refusal(scene.client.tag_resource, resourceArn=arn, tags=tags)
    assert code == "ResourceInUseException"
    scene.later(1)
    code, _ = refusal(scene.client.list_tags_for_resource, resourceArn=arn)
    assert code == "ResourceNotFoundException"
