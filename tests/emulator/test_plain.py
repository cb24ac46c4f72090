"""What comes before a solution version is checked as it is created."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.filter import placeholders
from emulator.oddities import Oddities
from emulator.plans import NEVER, Plan
from emulator.scene import ROLE, SCHEMA, Scene, job_request, recipe_arn, refusal

ARNS = "arn:aws:personalize:us-east-1:000000000000"
GROUP = f"{ARNS}:dataset-group/club"
SCHEMA_ARN = f"{ARNS}:schema/clicks"
DATASET = f"{ARNS}:dataset/club/INTERACTIONS"
RECIPE = recipe_arn("aws-user-personalization")
CREATES: dict[str, dict[str, Any]] = {
    "create_dataset_group": {"name": "club"},
    "create_schema": {"name": "clicks", "schema": SCHEMA},
    "create_dataset": {
        "name": "clicks",
        "schemaArn": SCHEMA_ARN,
        "datasetGroupArn": GROUP,
        "datasetType": "Interactions",
    },
    "create_dataset_import_job": {
        "jobName": "first",
        "datasetArn": DATASET,
        "dataSource": {"dataLocation": "s3://data/in/"},
        "roleArn": ROLE,
    },
    "create_filter": {
        "name": "genre",
        "datasetGroupArn": GROUP,
        "filterExpression": "EXCLUDE ItemID WHERE Items.GENRE IN ($GENRE)",
    },
    "create_solution": {"name": "likes", "datasetGroupArn": GROUP, "recipeArn": RECIPE},
}
"""By method, in the order of their dependence: what it takes."""


def create(scene: Scene, method: str, **members: Any) -> Any:
    return getattr(scene.client, method)(**CREATES[method] | members)


@pytest.fixture
def made(scene: Scene) -> Scene:
    for method in CREATES:
        create(scene, method)
        scene.later(2)
    return scene


@pytest.mark.parametrize("method", CREATES)
def test_a_second_of_the_same_name_is_refused(made: Scene, method: str) -> None:
    assert refusal(create, made, method)[0] == "ResourceAlreadyExistsException"


@pytest.mark.parametrize(
    "method", sorted(CREATES.keys() - {"create_dataset_group", "create_schema"})
)
def test_what_is_referred_to_has_to_exist(scene: Scene, method: str) -> None:
    assert refusal(create, scene, method)[0] == "ResourceNotFoundException"
    assert scene.backend.resources() == []


def schema(**members: Any) -> dict[str, Any]:
    return {"name": "other", "schema": json.dumps(json.loads(SCHEMA) | members)}


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("create_dataset_group", {"roleArn": ROLE}, "given together"),
    ("create_schema", {"name": "other", "schema": "{"}, "not JSON"),
    ("create_schema", schema(type="enum"), "not of the type record"),
    ("create_schema", schema(name=""), "no name"),
    ("create_schema", schema(fields=[]), "no fields"),
    ("create_schema", schema(fields=[{"type": "string"}]), "has no name"),
    ("create_schema", schema(fields=[{"name": "A", "type": "text"}]), "field A has to be of"),
    ("create_schema", schema(fields=[{"name": "A", "type": "int"}] * 2), "more than once"),
    ("create_dataset", {"datasetType": "Things"}, "INTERACTIONS, ITEMS"),
    (
        "create_dataset_import_job",
        {"jobName": "other", "dataSource": {"dataLocation": "https://data/in/"}},
        "Invalid S3 input path",
    ),
    ("create_filter", {"name": "other", "filterExpression": "ItemID"}, "has to start like"),
]


@pytest.mark.parametrize(("method", "members", "words"), REFUSED)
def test_a_create_is_refused(made: Scene, method: str, members: dict[str, Any], words: str) -> None:
    code, message = refusal(create, made, method, **members)
    assert (code, words in message) == ("InvalidInputException", True)


def test_a_schema_comes_and_goes_at_once_whatever_is_planned(scene: Scene) -> None:
    scene.backend.plan("*", Plan(create_s=50, create_fails="No.", delete_s=50, delete_fails="No."))
    arn = create(scene, "create_schema")["schemaArn"]
    assert scene.statuses("schema") == [(0, "ACTIVE")]
    scene.client.delete_schema(schemaArn=arn)
    assert scene.backend.resources() == []


def test_a_recipe_has_to_be_known_and_given(made: Scene) -> None:
    code, _ = refusal(create, made, "create_solution", name="other", recipeArn=f"{RECIPE}-no")
    assert code == "ResourceNotFoundException"
    code, _ = refusal(made.client.create_solution, name="other", datasetGroupArn=GROUP)
    assert code == "InvalidInputException"


def test_the_role_of_an_import_is_checked() -> None:
    scene = Scene(role_exists=lambda _arn: False)
    for method in ("create_dataset_group", "create_schema", "create_dataset"):
        create(scene, method)
        scene.later(2)
    code, message = refusal(create, scene, "create_dataset_import_job")
    assert (code, ROLE in message) == ("InvalidInputException", True)


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)", ["GENRE"]),
        ('EXCLUDE ItemID WHERE Items.A IN ("$5") OR Items.B > $low AND Items.C < $low', ["low"]),
        ("INCLUDE ItemID WHERE Items.A IN ($x, $y) IF CurrentUser.AGE > $age", ["x", "y", "age"]),
        ('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy")', []),
    ],
)
def test_placeholders_are_found_outside_of_quotes(expression: str, names: list[str]) -> None:
    assert placeholders(expression) == names


def test_a_filter_can_be_used_once_it_is_active(made: Scene) -> None:
    made.backend.plan("slow", Plan(create_s=NEVER))
    arn = create(made, "create_filter", name="slow")["filterArn"]
    made.later(100)
    code, _ = refusal(made.client.create_batch_inference_job, **job_request(filterArn=arn))
    assert code == "ResourceInUseException"
    made.job(filterArn=f"{ARNS}:filter/genre")
    made.client.delete_filter(filterArn=f"{ARNS}:filter/genre")
    made.later(1)
    code, _ = refusal(made.job, "other", filterArn=f"{ARNS}:filter/genre")
    assert code == "ResourceNotFoundException"


def test_a_domain_is_told_by_create_and_describe(scene: Scene) -> None:
    answer = create(scene, "create_dataset_group", domain="ECOMMERCE")
    seen = scene.client.describe_dataset_group(datasetGroupArn=answer["datasetGroupArn"])
    assert (answer["domain"], seen["datasetGroup"].get("domain")) == ("ECOMMERCE", "ECOMMERCE")


@pytest.mark.parametrize("echo", [True, False])
def test_defaults_are_echoed_or_not(echo: bool) -> None:
    scene = Scene(oddities=Oddities(echo_defaults=echo))
    for method in CREATES:
        create(scene, method)
        scene.later(2)
    arn = f"{ARNS}:solution/likes"
    solution: Any = scene.client.describe_solution(solutionArn=arn)["solution"]
    version = scene.seen_version(scene.version(solutionArn=arn))
    for shown in (solution, version):
        assert ("performHPO" in shown) == echo
    assert ("performAutoTraining" in solution) == echo


def test_tags_reach_every_kind(made: Scene) -> None:
    for arn in (GROUP, DATASET, f"{ARNS}:filter/genre", f"{ARNS}:solution/likes"):
        made.client.tag_resource(resourceArn=arn, tags=[{"tagKey": "team", "tagValue": "shop"}])
    tagged = [each["kind"] for each in made.backend.resources() if each["tags"]]
    assert tagged == ["dataset-group", "dataset", "filter", "solution"]
