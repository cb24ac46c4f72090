"""A job really reads its input and writes its output, and fails where the service would."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.scene import FILTER, MemoryS3, Scene, solution_version

USER = '{"userId":"4638"}'


def ran(objects: dict[str, str], *, denied: tuple[str, ...] = (), **members: Any) -> Any:
    """Run one job over these objects to its end; the scene's S3 and what a describe shows."""
    s3 = MemoryS3(objects, denied=denied)
    scene = Scene(s3=s3)
    scene.backend.add_filter(FILTER, placeholders=["GENRES"])
    arn = scene.job(**members)
    scene.later(2)
    return s3, scene.seen_job(arn)


def output(s3: MemoryS3, key: str = "data/out/users.json.out") -> list[Any]:
    return [json.loads(line) for line in s3.objects[key].splitlines()]


@pytest.mark.parametrize(
    ("recipe", "line"),
    [
        ("aws-user-personalization", {"userId": "4638"}),
        ("aws-personalized-ranking", {"userId": "891", "itemList": ["27", "886", "101"]}),
        ("aws-similar-items", {"itemId": "105"}),
    ],
)
def test_each_recipe_reads_its_own_lines(recipe: str, line: dict[str, Any]) -> None:
    version = solution_version(recipe)
    if recipe == "aws-user-personalization":
        version = "arn:aws:personalize:us-east-1:000000000000:solution/shop/v1"
    objects = {"data/in/users.json": json.dumps(line) + "\n"}
    s3, seen = ran(objects, solutionVersionArn=version, numResults=4)
    assert seen["status"] == "ACTIVE"
    [answered] = output(s3)
    items, scores = answered["output"]["recommendedItems"], answered["output"]["scores"]
    assert (answered["input"], answered["error"]) == (line, None)
    assert len(items) == len(scores) == len(set(items)) == (3 if "itemList" in line else 4)
    assert scores == sorted(scores, reverse=True)
    assert set(items) == set(line["itemList"]) if "itemList" in line else "105" not in items


def test_the_same_input_gives_the_same_output_and_25_results_by_default() -> None:
    runs = [output(ran({"data/in/users.json": USER})[0]) for _ in range(2)]
    assert runs[0] == runs[1]
    assert len(runs[0][0]["output"]["recommendedItems"]) == 25


MALFORMED = [
    ("no JSON", "userId,itemId", "Not a line of JSON"),
    ("another recipe's line", '{"itemId":"1"}', "Expected an object with userId"),
    ("a number for an id", '{"userId":4638}', "have to be strings"),
    ("an unknown member", '{"userId":"1","age":"3"}', "Expected an object with userId"),
    ("a list", "[1]", "Expected an object"),
    ("a filter value that is no string", '{"userId":"1","filterValues":{"A":1}}', "strings"),
]


@pytest.mark.parametrize(
    ("line", "words"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED]
)
def test_a_malformed_line_becomes_an_error_line(line: str, words: str) -> None:
    s3, seen = ran({"data/in/users.json": f"{USER}\n\n{line}\n{USER}\n"})
    assert seen["status"] == "ACTIVE"
    good, bad, _ = output(s3)
    assert good["error"] is None
    assert bad["output"] is None
    assert words in bad["error"]


def test_a_ranking_needs_items() -> None:
    lines = '{"userId":"1","itemList":["2"]}\n{"userId":"1","itemList":[]}\n'
    version = solution_version("aws-personalized-ranking")
    s3, _ = ran({"data/in/users.json": lines}, solutionVersionArn=version)
    assert "at least one item" in output(s3)[1]["error"]


def test_a_filter_with_placeholders_needs_a_value_in_every_line() -> None:
    lines = '{"userId":"1","filterValues":{"GENRES":"\\"drama\\""}}\n{"userId":"2"}\n'
    s3, _ = ran({"data/in/users.json": lines}, filterArn=FILTER)
    good, bad = output(s3)
    assert good["input"]["filterValues"] == {"GENRES": '"drama"'}
    assert "GENRES" in bad["error"]


def test_an_input_path_is_matched_as_a_prefix_over_all_pages() -> None:
    objects = {
        "data/in/": "",
        "data/in/a.json": USER,
        "data/in/b.json": USER,
        "data/in/deep/a.json": USER,
        "data/in_test/c.json": USER,
        "data/other/d.json": USER,
    }
    s3, seen = ran(objects, jobInput={"s3DataSource": {"path": "s3://data/in"}})
    assert seen["status"] == "ACTIVE"
    assert sorted(key for key in s3.objects if key.endswith(".out")) == [
        "data/out/a.json.out",
        "data/out/b.json.out",
        "data/out/c.json.out",
        "data/out/in/deep/a.json.out",
    ]


def test_themes_come_with_their_own_scores() -> None:
    s3, _ = ran(
        {"data/in/users.json": '{"itemId":"40"}'},
        solutionVersionArn=solution_version("aws-similar-items"),
        batchInferenceJobMode="THEME_GENERATION",
        themeGenerationConfig={"fieldsForThemeGeneration": {"itemName": "TITLE"}},
        numResults=3,
    )
    [answered] = output(s3)
    assert len(answered["output"]["itemsThemeRelevanceScores"]) == 3
    assert answered["output"]["theme"]


FAILING = [
    ("a wrong path", {"data/else.json": USER}, (), "Invalid S3 input path: s3://data/in/users"),
    ("no bucket", {"other/in/users.json": USER}, (), "Insufficient privileges"),
    ("no access", {"data/in/users.json": USER}, ("data",), "fix the bucket policy on data"),
    ("another format", {"data/in/users.json": "a,b\nc,d\n"}, (), "No valid record found"),
    ("an empty file", {"data/in/users.json": "\n"}, (), "No valid record found"),
]


@pytest.mark.parametrize(
    ("objects", "denied", "words"), [row[1:] for row in FAILING], ids=[row[0] for row in FAILING]
)
def test_a_job_fails_with_a_reason(
    objects: dict[str, str], denied: tuple[str, ...], words: str
) -> None:
    s3, seen = ran(dict(objects), denied=denied)
    assert seen["status"] == "CREATE FAILED"
    assert words in seen["failureReason"]
    assert s3.objects == objects


def test_an_output_that_can_not_be_written_fails_the_job() -> None:
    to = {"s3DataDestination": {"path": "s3://shut/out/"}}
    _, seen = ran({"data/in/users.json": USER, "shut/x": ""}, denied=("shut",), jobOutput=to)
    assert seen["status"] == "CREATE FAILED"
    assert "shut" in seen["failureReason"]
