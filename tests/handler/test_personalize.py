"""The service is looked at and changed through real clients, on the emulated service."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.plans import Fault, Plan
from emulator.scene import FILTER, SOLUTION, START_S, VERSION, Scene, job_request
from personalize_provider.calls import BusyError, PassingError, RefusedError, TakenError
from personalize_provider.ownership import LOGICAL_ID, PROPERTIES, REQUEST, STACK, Owner
from personalize_provider.personalize import Personalize
from personalize_provider.resources import (
    BATCH_INFERENCE_JOB,
    CAMPAIGN,
    RECOMMENDER,
    SOLUTION_VERSION,
)

ARN = "arn:aws:personalize:us-east-1:000000000000:campaign/shop"
JOB_ARN = "arn:aws:personalize:us-east-1:000000000000:batch-inference-job/run"
DESIRED = {"name": "shop", "solutionVersionArn": VERSION}
TAGS = {STACK: "stack", LOGICAL_ID: "Campaign", REQUEST: "request", PROPERTIES: "abc"}


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def campaigns(scene: Scene) -> Personalize:
    return Personalize(scene.client, CAMPAIGN)


@pytest.fixture
def jobs(scene: Scene) -> Personalize:
    return Personalize(scene.client, BATCH_INFERENCE_JOB)


def test_what_does_not_exist_is_not_found(campaigns: Personalize, jobs: Personalize) -> None:
    assert campaigns.find(ARN) is None
    assert campaigns.owner(ARN) is None
    assert jobs.find(JOB_ARN) is None


def test_a_campaign_is_created_marked_and_found(scene: Scene, campaigns: Personalize) -> None:
    campaigns.create(DESIRED, TAGS)
    found = campaigns.find(ARN)
    assert found is not None
    assert (found.arn, found.status, found.failure_reason) == (ARN, "CREATE PENDING", "")
    assert found.created_at_s == START_S
    assert found.update is None
    assert found.description["solutionVersionArn"] == VERSION
    assert campaigns.owner(ARN) == Owner(
        stack_id="stack", logical_id="Campaign", request_id="request", fingerprint="abc"
    )


def test_a_job_is_created_marked_and_found(scene: Scene, jobs: Personalize) -> None:
    jobs.create(job_request(), TAGS)
    found = jobs.find(JOB_ARN)
    assert found is not None
    assert found.update is None
    assert found.description["jobName"] == "run"
    assert jobs.owner(JOB_ARN) is not None


def test_what_carries_no_marks_has_no_owner(scene: Scene, campaigns: Personalize) -> None:
    scene.campaign()
    assert campaigns.owner(ARN) is None
    scene.client.tag_resource(resourceArn=ARN, tags=[{"tagKey": STACK, "tagValue": "stack"}])
    assert campaigns.owner(ARN) is None


def test_an_owner_may_be_told_by_older_marks(scene: Scene, campaigns: Personalize) -> None:
    campaigns.create(DESIRED, {STACK: "stack", LOGICAL_ID: "Campaign"})
    assert campaigns.owner(ARN) == Owner(
        stack_id="stack", logical_id="Campaign", request_id="", fingerprint=""
    )


def test_a_failure_comes_with_the_services_words(scene: Scene, campaigns: Personalize) -> None:
    scene.backend.plan("shop", Plan(create_fails="Too little data."))
    campaigns.create(DESIRED, TAGS)
    scene.later(5)
    found = campaigns.find(ARN)
    assert found is not None
    assert (found.status, found.failure_reason) == ("CREATE FAILED", "Too little data.")


def test_an_update_shows_apart_from_what_runs(scene: Scene, campaigns: Personalize) -> None:
    scene.backend.plan("shop", Plan(update_s=50, update_fails="No capacity."))
    scene.active_campaign()
    created_s = scene.now_s
    campaigns.update(ARN, {**DESIRED, "minProvisionedTPS": 3})
    found = campaigns.find(ARN)
    assert found is not None
    assert found.update is not None
    assert found.status == "ACTIVE"
    assert found.update.status == "CREATE PENDING"
    assert found.update.created_at_s == created_s
    assert found.update.description["minProvisionedTPS"] == 3
    scene.later(60)
    ended = campaigns.find(ARN)
    assert ended is not None
    assert ended.update is not None
    assert (ended.update.status, ended.update.failure_reason) == ("CREATE FAILED", "No capacity.")


def test_a_deleted_campaign_is_gone_and_deleting_it_again_is_no_error(
    scene: Scene, campaigns: Personalize
) -> None:
    scene.active_campaign()
    campaigns.delete(ARN)
    scene.later(5)
    assert campaigns.find(ARN) is None
    campaigns.delete(ARN)


def test_a_campaign_under_way_is_busy_and_its_name_taken(
    scene: Scene, campaigns: Personalize
) -> None:
    campaigns.create(DESIRED, TAGS)
    with pytest.raises(BusyError):
        campaigns.delete(ARN)
    with pytest.raises(BusyError):
        campaigns.update(ARN, DESIRED)
    with pytest.raises(TakenError):
        campaigns.create(DESIRED, TAGS)


def test_a_job_can_neither_be_changed_nor_deleted_nor_stopped(jobs: Personalize) -> None:
    with pytest.raises(RefusedError, match="cannot be stopped"):
        jobs.stop(JOB_ARN)
    with pytest.raises(RefusedError, match="cannot be updated"):
        jobs.update(JOB_ARN, job_request())
    with pytest.raises(RefusedError, match="cannot be deleted"):
        jobs.delete(JOB_ARN)


@pytest.mark.parametrize("effect", ["throttle", "error", "drop_before", "drop_after"])
def test_what_may_pass_is_no_answer(scene: Scene, campaigns: Personalize, effect: Any) -> None:
    scene.active_campaign()
    scene.backend.plan("*", Plan(faults=[Fault(effect=effect, times=4)]))
    for ask in (campaigns.find, campaigns.owner, campaigns.delete):
        with pytest.raises(PassingError):
            ask(ARN)


def test_a_create_whose_answer_was_lost_is_found(scene: Scene, campaigns: Personalize) -> None:
    lost = Fault(effect="drop_after", operation="CreateCampaign", times=1)
    scene.backend.plan("*", Plan(faults=[lost]))
    with pytest.raises(PassingError):
        campaigns.create(DESIRED, TAGS)
    assert campaigns.owner(ARN) is not None


def test_jobs_of_a_version_are_listed_over_all_pages(scene: Scene, jobs: Personalize) -> None:
    scene.backend.plan("*", Plan(create_s=0))
    names = [f"run-{number}" for number in range(120)]
    for name in names:
        scene.job(name)
        scene.later(1)
    listed = list(jobs.listed(VERSION))
    assert sorted(each.arn.rsplit("/")[-1] for each in listed) == sorted(names)
    assert {each.status for each in listed} == {"ACTIVE"}
    first = min(listed, key=lambda each: each.created_at_s)
    assert first.arn.endswith("/run-0")
    assert list(jobs.listed(VERSION.replace("v1", "v2"))) == []


@pytest.fixture
def versions(scene: Scene) -> Personalize:
    return Personalize(scene.client, SOLUTION_VERSION)


def test_the_answer_of_a_create_tells_the_arn(
    scene: Scene, campaigns: Personalize, versions: Personalize
) -> None:
    assert campaigns.create(DESIRED, TAGS) == ARN
    arn = versions.create({"name": "model", "solutionArn": SOLUTION}, TAGS)
    assert arn.startswith(f"{SOLUTION}/")
    found = versions.find(arn)
    assert found is not None
    assert found.status == "CREATE PENDING"


def test_training_is_stopped_and_what_has_ended_is_refused(
    scene: Scene, versions: Personalize
) -> None:
    arn = versions.create({"solutionArn": SOLUTION}, TAGS)
    versions.stop(arn)
    stopped = versions.find(arn)
    assert stopped is not None
    assert stopped.status == "CREATE STOPPED"
    with pytest.raises(RefusedError):
        versions.stop(arn)
    versions.stop(f"{arn}0")
    with pytest.raises(RefusedError, match="cannot be deleted"):
        versions.delete(arn)
    with pytest.raises(RefusedError, match="cannot be started"):
        versions.start(arn)


def test_a_recommender_that_was_stopped_is_started(scene: Scene) -> None:
    recommenders = Personalize(scene.client, RECOMMENDER)
    arn = scene.active_recommender()
    recommenders.stop(arn)
    scene.later(60)
    recommenders.start(arn)
    found = recommenders.find(arn)
    assert found is not None
    assert found.status == "START PENDING"
    scene.later(60)
    recommenders.stop(arn)
    found = recommenders.find(arn)
    assert found is not None
    assert found.status == "STOP PENDING"


def test_versions_that_a_schedule_has_trained_are_passed_over(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, versions: Personalize
) -> None:
    by_hand, by_schedule = (scene.version() for _ in range(2))
    client = scene.client
    list_all = client.list_solution_versions

    def listed(**asked: Any) -> Any:
        answer = list_all(**asked)
        for each in answer["solutionVersions"]:
            if each["solutionVersionArn"] == by_schedule:
                each["trainingType"] = "AUTOMATIC"
        return answer

    monkeypatch.setattr(client, "list_solution_versions", listed)
    assert [each.arn for each in versions.listed(SOLUTION)] == [by_hand]


def test_what_is_listed_under_something_gone_is_nothing(versions: Personalize) -> None:
    assert list(versions.listed(f"{SOLUTION}-of-old")) == []


def test_a_kind_whose_names_are_stable_is_not_listed(campaigns: Personalize) -> None:
    assert list(campaigns.listed(FILTER)) == []
