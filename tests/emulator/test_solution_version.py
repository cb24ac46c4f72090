"""Solution versions: each create trains a new one, which becomes ACTIVE, fails or is stopped."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from emulator.oddities import UNDERSCORED_VERSION_SPELLING, Oddities
from emulator.plans import Fault, Plan
from emulator.scene import SOLUTION, VERSION, Scene, job_request, refusal, solution

OTHER = solution("aws-similar-items")
LATEST = f"{SOLUTION}/$LATEST"
SYNCING = {"syncWithLatestSolutionVersion": True}


def listed(scene: Scene, **members: Any) -> list[str]:
    answer = scene.client.list_solution_versions(**members)
    return [each["solutionVersionArn"] for each in answer["solutionVersions"]]


def stop(scene: Scene, arn: str) -> None:
    scene.client.stop_solution_version_creation(solutionVersionArn=arn)


def test_a_version_is_trained_in_its_time(scene: Scene) -> None:
    scene.backend.plan("spring", Plan(create_s=50))
    arn = scene.version(name="spring")
    scene.later(100)
    assert scene.seen_version(arn)["status"] == "ACTIVE"
    assert scene.statuses("solution-version") == [
        (0, "CREATE PENDING"),
        (10, "CREATE IN_PROGRESS"),
        (50, "ACTIVE"),
    ]


def test_every_create_makes_a_new_version_whose_id_the_service_makes_up(scene: Scene) -> None:
    arns = [scene.version() for _ in range(3)]
    assert len(set(arns)) == 3
    for arn in arns:
        assert re.fullmatch(re.escape(SOLUTION) + "/[0-9a-f]{8}", arn)
    assert [Scene().version() for _ in range(2)] == arns[:1] * 2


def test_a_describe_shows_what_the_version_is_of(scene: Scene) -> None:
    arn = scene.version(name="spring", trainingMode="FULL")
    seen = scene.seen_version(arn)
    assert "trainingHours" not in seen
    assert (seen["name"], seen["solutionArn"]) == ("spring", SOLUTION)
    assert seen["recipeArn"] == "arn:aws:personalize:::recipe/aws-user-personalization"
    assert seen["datasetGroupArn"].endswith(":dataset-group/default")
    assert (seen["trainingMode"], seen["trainingType"]) == ("FULL", "MANUAL")
    assert "name" not in scene.seen_version(scene.version())


def test_training_hours_show_once_it_is_active(scene: Scene) -> None:
    scene.backend.plan("*", Plan(create_s=5_400))
    arn = scene.version()
    scene.later(9_000)
    assert scene.seen_version(arn)["trainingHours"] == 1.5


def test_a_failed_version_tells_its_reason_and_the_next_one_may_work(scene: Scene) -> None:
    scene.backend.plan("*", Plan(create_fails={1: "Too few users."}))
    failed, well = scene.version(), scene.version()
    scene.later(2)
    seen = scene.seen_version(failed)
    assert (seen["status"], seen["failureReason"]) == ("CREATE FAILED", "Too few users.")
    assert "trainingHours" not in seen
    assert scene.seen_version(well)["status"] == "ACTIVE"


def test_a_plan_may_go_by_the_id_of_a_version_without_a_name(scene: Scene) -> None:
    first = Scene().version().rpartition("/")[2]
    scene.backend.plan(first, Plan(create_s=50))
    arns = [scene.version(), scene.version()]
    scene.later(2)
    assert [scene.seen_version(arn)["status"] for arn in arns] == ["CREATE PENDING", "ACTIVE"]


def test_what_is_pending_stops_at_once(scene: Scene) -> None:
    scene.backend.plan("*", Plan(create_s=50, delete_s=20))
    arn = scene.version()
    scene.later(9)
    stop(scene, arn)
    assert scene.seen_version(arn)["status"] == "CREATE STOPPED"
    scene.later(1_000)
    assert scene.statuses("solution-version") == [(0, "CREATE PENDING"), (9, "CREATE STOPPED")]


def test_what_is_in_progress_takes_its_time_to_stop(scene: Scene) -> None:
    scene.backend.plan("spring", Plan(create_s=50, delete_s=20))
    arn = scene.version(name="spring")
    scene.later(40)
    stop(scene, arn)
    assert scene.seen_version(arn)["status"] == "CREATE STOPPING"
    assert refusal(stop, scene, arn)[0] == "ResourceInUseException"
    scene.later(1_000)
    assert scene.seen_version(arn)["status"] == "CREATE STOPPED"
    assert scene.statuses("solution-version")[-2:] == [
        (40, "CREATE STOPPING"),
        (60, "CREATE STOPPED"),
    ]


def test_what_has_ended_can_not_be_stopped(scene: Scene) -> None:
    scene.backend.plan("bad", Plan(create_fails="No."))
    active, failed, stopped = scene.version(), scene.version(name="bad"), scene.version()
    stop(scene, stopped)
    scene.later(2)
    for arn in (active, failed, stopped):
        code, message = refusal(stop, scene, arn)
        assert (code, arn in message) == ("InvalidInputException", True)
    assert refusal(stop, scene, f"{SOLUTION}/no")[0] == "ResourceNotFoundException"


def test_statuses_can_be_spelt_with_underscores() -> None:
    scene = Scene(oddities=UNDERSCORED_VERSION_SPELLING)
    arns = [scene.version(), scene.version()]
    stop(scene, arns[0])
    scene.later(1)
    stop(scene, arns[1])
    scene.later(1)
    assert {status for _, status in scene.statuses("solution-version")} == {
        "CREATE_PENDING",
        "CREATE_IN_PROGRESS",
        "CREATE_STOPPING",
        "CREATE_STOPPED",
    }


def test_a_campaign_waits_for_its_version_and_follows_the_newest_active_one(scene: Scene) -> None:
    scene.backend.set_oddities(latest_is_resolved=True)
    campaign = scene.active_campaign(solutionVersionArn=LATEST, campaignConfig=SYNCING)
    arn, stopped = scene.version(), scene.version()
    stop(scene, stopped)
    for unusable in (arn, stopped):
        code, _ = refusal(scene.campaign, "soon", solutionVersionArn=unusable)
        assert code == "ResourceInUseException"
        code, _ = refusal(scene.job, solutionVersionArn=unusable)
        assert code == "ResourceInUseException"
    assert scene.seen(campaign)["solutionVersionArn"] == VERSION
    scene.later(2)
    assert scene.seen(campaign)["solutionVersionArn"] == arn
    scene.campaign("now", solutionVersionArn=arn)
    scene.client.create_batch_inference_job(**job_request(solutionVersionArn=arn))


def test_an_update_needs_a_version_to_start_from(scene: Scene) -> None:
    scene.backend.add_solution(f"{SOLUTION}-new")
    members = {"solutionArn": f"{SOLUTION}-new", "trainingMode": "UPDATE"}
    code, message = refusal(scene.version, **members)
    assert (code, "trained with FULL" in message) == ("InvalidInputException", True)
    scene.version(solutionArn=f"{SOLUTION}-new")
    assert refusal(scene.version, **members)[0] == "InvalidInputException"
    scene.later(2)
    assert scene.seen_version(scene.version(**members))["trainingMode"] == "UPDATE"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"solutionArn": f"{SOLUTION}-no"}, "ResourceNotFoundException"),
        ({"solutionArn": OTHER, "trainingMode": "UPDATE"}, "InvalidInputException"),
        ({"trainingMode": "PARTIAL"}, "ValidationException"),
        ({"tags": [{"tagKey": "aws:mine", "tagValue": ""}]}, "InvalidInputException"),
    ],
)
def test_a_create_is_refused_and_leaves_nothing(
    scene: Scene, members: dict[str, Any], code: str
) -> None:
    assert refusal(scene.version, **members)[0] == code
    assert scene.backend.resources() == []


def test_a_solution_has_to_be_active(scene: Scene) -> None:
    scene.backend.add_solution(f"{SOLUTION}-new", status="CREATE PENDING")
    code, _ = refusal(scene.version, solutionArn=f"{SOLUTION}-new")
    assert code == "ResourceInUseException"


def test_names_are_unique_in_a_solution_or_not(scene: Scene) -> None:
    arn = scene.version(name="spring")
    scene.later(2)
    code, message = refusal(scene.version, name="spring")
    assert (code, arn in message) == ("ResourceAlreadyExistsException", True)
    scene.version(name="spring", solutionArn=OTHER)
    scene.backend.set_oddities(version_names_are_unique=False)
    assert scene.version(name="spring") != arn


def test_so_many_train_at_once(scene: Scene) -> None:
    scene.backend.set_quotas(solution_versions_in_training=2)
    arns = [scene.version(), scene.version(solutionArn=OTHER)]
    assert refusal(scene.version)[0] == "LimitExceededException"
    stop(scene, arns[0])
    scene.version()
    assert refusal(scene.version)[0] == "LimitExceededException"
    scene.later(2)
    scene.version()


def test_versions_are_listed_by_solution_and_page(scene: Scene) -> None:
    arns = [scene.version(name=f"v{number}") for number in range(3)]
    other = scene.version(solutionArn=OTHER)
    assert listed(scene) == [*arns, other]
    answer = scene.client.list_solution_versions(solutionArn=SOLUTION, maxResults=2)
    further = listed(
        scene, solutionArn=SOLUTION, maxResults=2, nextToken=str(answer.get("nextToken"))
    )
    assert [len(answer["solutionVersions"]), further] == [2, arns[2:]]
    assert set(answer["solutionVersions"][0]) == {
        "solutionVersionArn",
        "status",
        "trainingMode",
        "trainingType",
        "creationDateTime",
        "lastUpdatedDateTime",
    }
    assert refusal(listed, scene, solutionArn=f"{SOLUTION}-no")[0] == "ResourceNotFoundException"


def test_a_list_may_lag_behind() -> None:
    scene = Scene(oddities=Oddities(version_list_lag_s=5))
    arn = scene.version()
    scene.later(4.9)
    assert listed(scene) == []
    assert scene.seen_version(arn)["status"] == "ACTIVE"
    scene.later(0.1)
    assert listed(scene) == [arn]


def test_faults_find_the_name_behind_the_arn(scene: Scene) -> None:
    arn, other = scene.version(name="spring"), scene.version()
    scene.backend.plan("spring", Plan(faults=[Fault(effect="throttle")]))
    for call in (scene.seen_version, partial(stop, scene)):
        assert refusal(call, arn)[0] == "ThrottlingException"
        call(other)
    assert refusal(scene.version, name="spring")[0] == "ThrottlingException"
    scene.version(name="summer")


def test_an_answer_that_is_lost_leaves_a_version_that_only_the_list_shows(scene: Scene) -> None:
    fault = Fault(effect="drop_after", operation="CreateSolutionVersion", times=1)
    scene.backend.plan("shop", Plan(faults=[fault]))
    with pytest.raises(ConnectionClosedError):
        scene.version()
    assert len(listed(scene, solutionArn=SOLUTION)) == 1


def test_a_denial_names_the_solution(scene: Scene) -> None:
    scene.backend.plan("spring", Plan(faults=[Fault(effect="deny")]))
    _, message = refusal(scene.version, name="spring")
    assert f"personalize:CreateSolutionVersion on resource: {SOLUTION} " in message


def test_a_version_carries_tags_and_is_among_the_resources(scene: Scene) -> None:
    tags = [{"tagKey": "team", "tagValue": "shop"}]
    arn = scene.version(tags=tags)
    assert scene.client.list_tags_for_resource(resourceArn=arn)["tags"] == tags
    assert scene.backend.resources() == [
        {
            "arn": arn,
            "kind": "solution-version",
            "status": "CREATE PENDING",
            "update_status": None,
            "tags": {"team": "shop"},
        }
    ]
