"""Batch segment jobs: what they share with batch inference, and what they do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.oddities import REFERENCE_JOB_SPELLING, Oddities
from emulator.plans import Plan
from emulator.scene import (
    ATTRIBUTE_AFFINITY,
    FILTER,
    ITEM_AFFINITY,
    ROLE,
    VERSION,
    MemoryS3,
    Scene,
    job_request,
    refusal,
    solution_version,
)

BY_ATTRIBUTE = {"solutionVersionArn": solution_version(ATTRIBUTE_AFFINITY)}
COMEDY = 'ITEMS.genres = "Comedy" AND ITEMS.genres = "Action"'


def ran(*lines: Any, options: Any = None, **members: Any) -> tuple[Any, list[Any]]:
    """Run one job over a file of these lines to its end; what a describe shows, and its output."""
    s3 = MemoryS3({"data/in/items.json": "\n".join(map(json.dumps, lines))})
    scene = Scene(s3=s3, **(options or {}))
    scene.backend.add_filter(FILTER, placeholders=["COUNTRY"])
    path = {"s3DataSource": {"path": "s3://data/in/items.json"}}
    arn = scene.segment_job(jobInput=path, **members)
    scene.later(2)
    seen = scene.seen_segment_job(arn)
    written = s3.objects.get("data/out/items.json.out", "")
    return seen, [json.loads(line) for line in written.splitlines()]


def test_a_segment_job_ends_in_active(scene: Scene) -> None:
    scene.backend.plan("run", Plan(create_s=50))
    arn = scene.segment_job()
    assert arn == "arn:aws:personalize:us-east-1:000000000000:batch-segment-job/run"
    scene.later(100)
    assert scene.seen_segment_job(arn)["status"] == "ACTIVE"
    assert scene.statuses("job") == [
        (0, "CREATE PENDING"),
        (10, "CREATE IN_PROGRESS"),
        (50, "ACTIVE"),
    ]


def test_a_segment_job_can_be_spelt_as_the_reference_spells_it() -> None:
    scene = Scene(oddities=REFERENCE_JOB_SPELLING)
    scene.segment_job()
    scene.later(2)
    assert [status for _, status in scene.statuses("job")] == ["PENDING", "IN PROGRESS", "ACTIVE"]


def test_a_failed_segment_job_tells_its_reason_and_keeps_its_name_for_good(scene: Scene) -> None:
    scene.backend.plan("run", Plan(create_fails="Out of luck."))
    arn = scene.segment_job()
    scene.later(2)
    seen = scene.seen_segment_job(arn)
    assert (seen["status"], seen["failureReason"]) == ("CREATE FAILED", "Out of luck.")
    assert refusal(scene.segment_job)[0] == "ResourceAlreadyExistsException"


def test_a_describe_shows_what_was_asked_for_and_the_defaults(scene: Scene) -> None:
    scene.backend.add_filter(FILTER)
    seen = scene.seen_segment_job(scene.segment_job(filterArn=FILTER))
    assert (seen["filterArn"], seen["roleArn"], seen["numResults"]) == (FILTER, ROLE, 25)
    assert seen["jobOutput"]["s3DataDestination"]["path"] == "s3://data/out/"
    assert not {"batchInferenceJobMode", "failureReason"} & set(seen)


@pytest.mark.parametrize(
    ("recipe", "line"),
    [(ITEM_AFFINITY, {"itemId": "105"}), (ATTRIBUTE_AFFINITY, {"itemAttributes": COMEDY})],
)
def test_each_recipe_reads_its_own_lines(recipe: str, line: dict[str, str]) -> None:
    seen, [answered] = ran(line, solutionVersionArn=solution_version(recipe), numResults=4)
    assert seen["status"] == "ACTIVE"
    users = answered["output"]["recommendedUsers"]
    assert answered == {"input": line, "output": {"recommendedUsers": users}, "error": None}
    assert len(users) == len(set(users)) == 4


def test_the_same_input_gives_the_same_25_users_by_default() -> None:
    runs = [ran({"itemId": "105"})[1] for _ in range(2)]
    assert runs[0] == runs[1]
    assert len(runs[0][0]["output"]["recommendedUsers"]) == 25


def test_a_segment_has_no_more_users_than_there_are() -> None:
    _, [answered] = ran({"itemId": "105"}, numResults=5_000_000)
    users = answered["output"]["recommendedUsers"]
    assert len(users) == len(set(users)) == 100_000


MALFORMED = [
    ("another recipe's line", {}, {"userId": "1"}, "Expected an object with itemId"),
    ("a number for an id", {}, {"itemId": 105}, "have to be strings"),
    ("an item for attributes", BY_ATTRIBUTE, {"itemId": "1"}, "object with itemAttributes"),
    ("no expression", BY_ATTRIBUTE, {"itemAttributes": ""}, "have to be strings"),
    ("no equation", BY_ATTRIBUTE, {"itemAttributes": "comedies"}, "has to read like"),
    ("OR", BY_ATTRIBUTE, {"itemAttributes": COMEDY.replace("AND", "OR")}, "has to read like"),
    ("IN", BY_ATTRIBUTE, {"itemAttributes": 'ITEMS.genres IN ("A")'}, "has to read like"),
]


@pytest.mark.parametrize(
    ("members", "line", "words"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED]
)
def test_a_malformed_line_becomes_an_error_line(members: Any, line: Any, words: str) -> None:
    good = {"itemAttributes": "ITEMS.year = 1999"} if members else {"itemId": "1"}
    seen, [first, second] = ran(good, line, **members)
    assert (seen["status"], first["error"], second["output"]) == ("ACTIVE", None, None)
    assert words in second["error"]


def test_a_job_without_a_well_formed_line_fails() -> None:
    seen, output = ran({"userId": "1"})
    assert (seen["status"], output) == ("CREATE FAILED", [])
    assert "No valid record found" in seen["failureReason"]
    oddities = Oddities(all_records_malformed_fails=False)
    assert ran({"userId": "1"}, options={"oddities": oddities})[0]["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("members", "line", "most"),
    [({}, {"itemId": "1"}, 500), (BY_ATTRIBUTE, {"itemAttributes": COMEDY}, 10)],
)
def test_a_file_may_hold_so_many_lines(members: Any, line: Any, most: int) -> None:
    assert ran(*[line] * most, numResults=1, **members)[0]["status"] == "ACTIVE"
    seen, _ = ran(*[line] * (most + 1), numResults=1, **members)
    assert seen["status"] == "CREATE FAILED"
    assert f"Too many records in s3://data/in/items.json: {most + 1}" in seen["failureReason"]


def test_a_filter_with_placeholders_needs_a_value_in_every_line() -> None:
    line = {"itemId": "1", "filterValues": {"COUNTRY": '"Japan"'}}
    _, [good, bad] = ran(line, {"itemId": "2"}, filterArn=FILTER)
    assert good["input"] == line
    assert "COUNTRY" in bad["error"]


REFUSED = [
    (
        "a recipe for recommendations",
        {"solutionVersionArn": VERSION},
        "Batch segmentation is not supported by the recipe aws-user-personalization",
    ),
    ("no results", {"numResults": 0}, "from 1 to 5000000"),
    ("too many results", {"numResults": 5_000_001}, "from 1 to 5000000"),
    (
        "an output that is no folder",
        {"jobOutput": {"s3DataDestination": {"path": "s3://data/out"}}},
        "Invalid S3 output path",
    ),
]


@pytest.mark.parametrize(
    ("members", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_segment_job_is_refused_at_once(
    scene: Scene, members: dict[str, Any], words: str
) -> None:
    code, message = refusal(scene.segment_job, **members)
    assert (code, words in message) == ("InvalidInputException", True)
    assert scene.backend.resources() == []


def test_a_segment_job_that_refers_to_nothing_is_refused(scene: Scene) -> None:
    for members in ({"filterArn": FILTER}, {"solutionVersionArn": f"{VERSION}00"}):
        assert refusal(scene.segment_job, **members)[0] == "ResourceNotFoundException"


def test_the_two_kinds_of_job_count_apart_and_share_no_names(scene: Scene) -> None:
    for number in range(5):
        scene.segment_job(f"run{number}")
    code, message = refusal(scene.segment_job, "sixth")
    assert code == "LimitExceededException"
    assert message == "More than 5 resources with PENDING or IN_PROGRESS status."
    scene.job("run0")
    scene.later(2)
    scene.segment_job("sixth")
    scene.backend.set_quotas(segment_jobs_in_progress=1)
    assert refusal(scene.segment_job, "seventh")[0] == "LimitExceededException"


def test_segment_jobs_are_listed_by_solution_version_and_by_page(scene: Scene) -> None:
    for name in ("a", "b", "c"):
        scene.segment_job(name)
    scene.segment_job("d", **BY_ATTRIBUTE)
    version = solution_version(ATTRIBUTE_AFFINITY)
    listed = scene.client.list_batch_segment_jobs(solutionVersionArn=version)
    assert [job["jobName"] for job in listed["batchSegmentJobs"]] == ["d"]
    pages = scene.client.get_paginator("list_batch_segment_jobs").paginate(
        PaginationConfig={"PageSize": 3}
    )
    assert [len(page["batchSegmentJobs"]) for page in pages] == [3, 1]


def test_a_segment_job_carries_tags_and_is_among_the_resources(scene: Scene) -> None:
    tags = [{"tagKey": "team", "tagValue": "shop"}]
    arn = scene.segment_job(tags=tags)
    assert scene.client.list_tags_for_resource(resourceArn=arn)["tags"] == tags
    assert [each["kind"] for each in scene.backend.resources()] == ["batch-segment-job"]


def test_what_only_inference_jobs_take_is_unknown_here(scene: Scene) -> None:
    body = json.dumps({**job_request(), "batchInferenceJobMode": "BATCH_INFERENCE"}).encode()
    headers = {"x-amz-target": "AmazonPersonalize.CreateBatchSegmentJob"}
    status, _, content = scene.response.dispatch(headers, body, region="us-east-1")
    assert (status, b"batchInferenceJobMode" in content) == (400, True)


def test_the_first_describes_may_find_nothing() -> None:
    scene = Scene(oddities=Oddities(describes_not_found_after_create=1))
    arn = scene.segment_job()
    assert refusal(scene.seen_segment_job, arn)[0] == "ResourceNotFoundException"
    assert scene.seen_segment_job(arn)["jobName"] == "run"
