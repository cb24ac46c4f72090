"""Batch inference jobs: accepted or refused at once, then pending, in progress, and done."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.oddities import REFERENCE_JOB_SPELLING
from emulator.plans import Plan
from emulator.scene import ROLE, SOLUTION, Scene, refusal, solution_version

SIMILAR = solution_version("aws-similar-items")
THEMED: dict[str, Any] = {
    "solutionVersionArn": SIMILAR,
    "batchInferenceJobMode": "THEME_GENERATION",
    "themeGenerationConfig": {"fieldsForThemeGeneration": {"itemName": "TITLE"}},
}


def test_a_job_ends_in_active(scene: Scene) -> None:
    scene.backend.plan("run", Plan(create_s=50))
    arn = scene.job()
    assert arn == "arn:aws:personalize:us-east-1:000000000000:batch-inference-job/run"
    scene.later(100)
    assert scene.seen_job(arn)["status"] == "ACTIVE"
    assert scene.statuses("job") == [
        (0, "CREATE PENDING"),
        (10, "CREATE IN_PROGRESS"),
        (50, "ACTIVE"),
    ]


def test_a_job_can_be_spelt_as_the_reference_spells_it() -> None:
    scene = Scene(oddities=REFERENCE_JOB_SPELLING)
    scene.job()
    scene.later(2)
    assert [status for _, status in scene.statuses("job")] == ["PENDING", "IN PROGRESS", "ACTIVE"]


def test_a_failed_job_tells_its_reason_and_keeps_its_name_for_good(scene: Scene) -> None:
    scene.backend.plan("run", Plan(create_fails="Out of luck."))
    arn = scene.job()
    scene.later(2)
    seen = scene.seen_job(arn)
    assert (seen["status"], seen["failureReason"]) == ("CREATE FAILED", "Out of luck.")
    assert refusal(scene.job)[0] == "ResourceAlreadyExistsException"


def test_a_describe_shows_what_was_asked_for_and_the_defaults(scene: Scene) -> None:
    config = {"itemExplorationConfig": {"explorationWeight": "0.1"}}
    seen = scene.seen_job(scene.job(batchInferenceJobConfig=config))
    assert seen["batchInferenceJobConfig"] == config
    assert seen["roleArn"] == ROLE
    assert (seen["numResults"], seen["batchInferenceJobMode"]) == (25, "BATCH_INFERENCE")


def path(**paths: str) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if "source" in paths:
        members["jobInput"] = {"s3DataSource": {"path": paths["source"]}}
    if "to" in paths:
        members["jobOutput"] = {"s3DataDestination": {"path": paths["to"]}}
    return members


REFUSED = [
    ("an output that is no folder", path(to="s3://data/out"), "Invalid S3 output path"),
    ("an output without a bucket", path(to="s3:///"), "Invalid S3 output path"),
    ("an output over the web", path(to="https://data/out/"), "Invalid S3 output path"),
    ("an input over the web", path(source="https://data/in"), "Invalid S3 input path"),
    ("output over input", path(source="s3://b/x/", to="s3://b/x/"), "differ from the input"),
    ("no results", {"numResults": 0}, "from 1 to 500"),
    ("too many results", {"numResults": 501}, "from 1 to 500"),
    ("trending", {"solutionVersionArn": solution_version("aws-trending-now")}, "not supported"),
    (
        "a recipe for segments",
        {"solutionVersionArn": solution_version("aws-item-affinity")},
        "Batch inference is not supported",
    ),
    (
        "exploration with another recipe",
        {
            "solutionVersionArn": SIMILAR,
            "batchInferenceJobConfig": {"itemExplorationConfig": {"explorationWeight": "0"}},
        },
        "not supported by the recipe",
    ),
    ("themes with another recipe", {**THEMED, "solutionVersionArn": f"{SOLUTION}/v1"}, "recipe"),
    (
        "themes without their config",
        {"solutionVersionArn": SIMILAR, "batchInferenceJobMode": "THEME_GENERATION"},
        "together",
    ),
    (
        "themes without their mode",
        {**THEMED, "batchInferenceJobMode": "BATCH_INFERENCE"},
        "together",
    ),
]


@pytest.mark.parametrize(
    ("members", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_job_is_refused_at_once(scene: Scene, members: dict[str, Any], words: str) -> None:
    code, message = refusal(scene.job, **members)
    assert (code, words in message) == ("InvalidInputException", True)
    assert scene.backend.resources() == []


@pytest.mark.parametrize(
    "members",
    [
        {"solutionVersionArn": SOLUTION},
        {"solutionVersionArn": f"{SOLUTION}/$LATEST"},
        {"filterArn": "arn:aws:personalize:us-east-1:000000000000:filter/no"},
    ],
)
def test_a_job_that_refers_to_nothing_is_refused(scene: Scene, members: dict[str, Any]) -> None:
    assert refusal(scene.job, **members)[0] == "ResourceNotFoundException"


def test_a_role_that_can_not_be_assumed_is_named() -> None:
    roles: set[str] = set()
    scene = Scene(role_exists=roles.__contains__)
    code, message = refusal(scene.job)
    assert (code, ROLE in message) == ("InvalidInputException", True)
    roles.add(ROLE)
    scene.job()


def test_themes_are_made_in_some_regions_only(scene: Scene) -> None:
    scene.job(**THEMED)
    scene.client = scene.client_in("eu-west-1")
    code, message = refusal(scene.job, **THEMED)
    assert (code, "eu-west-1" in message) == ("InvalidInputException", True)


def test_five_jobs_may_run_at_once(scene: Scene) -> None:
    for number in range(5):
        scene.job(f"run{number}")
    code, message = refusal(scene.job, "sixth")
    assert code == "LimitExceededException"
    assert message == "More than 5 resources with PENDING or IN_PROGRESS status."
    scene.later(2)
    scene.job("sixth")
    scene.backend.set_quotas(jobs_in_progress=1)
    assert refusal(scene.job, "seventh")[0] == "LimitExceededException"


def test_jobs_are_listed_by_solution_version(scene: Scene) -> None:
    scene.job("a")
    scene.job("b", solutionVersionArn=SIMILAR)
    listed = scene.client.list_batch_inference_jobs(solutionVersionArn=SIMILAR)
    assert [job["jobName"] for job in listed["batchInferenceJobs"]] == ["b"]
    assert len(scene.client.list_batch_inference_jobs()["batchInferenceJobs"]) == 2


def test_a_job_carries_tags(scene: Scene) -> None:
    tags = [{"tagKey": "team", "tagValue": "shop"}]
    arn = scene.job(tags=tags)
    assert scene.client.list_tags_for_resource(resourceArn=arn)["tags"] == tags
