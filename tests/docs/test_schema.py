"""docs/schema: what is published is what the specs say, neither too strict nor too lax."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_personalize import (
    BatchInferenceJob,
    BatchSegmentJob,
    Campaign,
    ItemExploration,
    JobInput,
    JobOutput,
    RankingInfluence,
    Recommender,
    SolutionVersion,
)
from docs.pages import PROJECT
from handler.given import CAMPAIGN, FULL, JOB, MINIMAL, RECOMMENDER, TRAINING
from personalize_provider.resources import SPECS
from property_schema.documents import FOLDER, documents

jsonschema = pytest.importorskip("jsonschema")

GOLDEN = sorted((PROJECT / "tests" / "handler" / "golden").glob("*/*.json"))
WAIT = "Custom::PersonalizeWait"
VERSION = "arn:aws:personalize:us-east-1:123456789012:solution/movies/5f3a9c1e"
KINDS = pytest.mark.parametrize("kind", SPECS)


def published() -> Iterator[Mapping[str, Any]]:
    for path in FOLDER.iterdir():
        yield json.loads(path.read_text(encoding="utf-8"))


VALIDATORS = {
    schema["x-cloudformation"]["type"]: jsonschema.Draft202012Validator(schema)
    for schema in published()
}


def is_good(kind: str, properties: Mapping[str, Any]) -> bool:
    return bool(VALIDATORS[kind].is_valid(properties))


# --- what is published ---------------------------------------------------------------------------


def test_the_published_files_are_those_that_the_specs_give() -> None:
    """`make schemas` writes them anew."""
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert found == documents()


def test_there_is_one_for_each_type_of_a_custom_resource() -> None:
    assert set(VALIDATORS) == {*SPECS, WAIT}


@pytest.mark.parametrize("kind", VALIDATORS)
def test_each_is_a_schema_of_its_draft(kind: str) -> None:
    schema = VALIDATORS[kind].schema
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]


@KINDS
def test_a_schema_tells_attributes_and_what_replaces_the_resource(kind: str) -> None:
    about = VALIDATORS[kind].schema["x-cloudformation"]
    assert about["attributes"] == list(SPECS[kind].attributes)
    own = {name for name in FULL[kind] if name not in MACHINERY}
    replacing = set(about["replacedByAChangeOf"])
    if kind == CAMPAIGN:
        assert replacing == {"Name"}
    elif kind == RECOMMENDER:
        assert replacing == {"Name", "DatasetGroupArn", "RecipeArn"}
    else:
        assert replacing == own


MACHINERY = {"ServiceToken", "ServiceTimeout", "Timeout"}


# --- it takes what is good -----------------------------------------------------------------------


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_properties_of_every_golden_event_are_valid(path: Any) -> None:
    event = json.loads(path.read_text(encoding="utf-8"))["event"]
    for key in ("ResourceProperties", "OldResourceProperties"):
        if key in event:
            VALIDATORS[event["ResourceType"]].validate(event[key])


@KINDS
def test_numbers_and_booleans_may_be_typed_or_text(kind: str) -> None:
    assert is_good(kind, FULL[kind])
    assert is_good(kind, typed(FULL[kind]))


def typed(value: Any) -> Any:
    """The same, with numbers and booleans as a template may state them."""
    match value:
        case Mapping():
            return {
                # The service itself takes the values of this map as strings.
                key: each if key == "ItemExplorationConfig" else typed(each)
                for key, each in value.items()
            }
        case "true" | "false":
            return value == "true"
        case str() if value.replace(".", "", 1).isdecimal():
            return json.loads(value)
    return value


@KINDS
@pytest.mark.parametrize(
    "function",
    [
        {"Ref": "Parameter"},
        {"Fn::ImportValue": {"Fn::Sub": "${Provider}-service-token"}},
        {"Fn::GetAtt": ["Other", "Arn"]},
        {"Fn::If": ["IsLive", {"Ref": "Live"}, {"Ref": "AWS::NoValue"}]},
    ],
    ids=lambda each: next(iter(each)),
)
def test_an_intrinsic_function_may_stand_for_any_value(kind: str, function: Any) -> None:
    assert is_good(kind, dict.fromkeys(FULL[kind], function))


def test_what_the_constructs_synthesize_is_valid() -> None:
    """Tokens and all; and wait segments, of which a solution version has five."""
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    parameter = cdk.CfnParameter(stack, "Tps", type="Number")
    training = SolutionVersion(
        stack, "Training", solution=VERSION.rpartition("/")[0], triggers={"data": "v2"}
    )
    Campaign(
        stack,
        "Campaign",
        solution_version=training,
        min_provisioned_tps=parameter.value_as_number,
        item_exploration=ItemExploration(weight=0.3, age_cut_off=cdk.Duration.days(30)),
        ranking_influence=RankingInfluence(popularity=0.5),
    )
    Recommender(
        stack,
        "Recommender",
        dataset_group="arn:aws:personalize:us-east-1:123456789012:dataset-group/shop",
        recipe_arn="aws-ecomm-recommended-for-you",
        excluded_dataset_columns={"ITEMS": ["TITLE"]},
        active=False,
    )
    for construct in (BatchInferenceJob, BatchSegmentJob):
        construct(
            stack,
            construct.__name__,
            solution_version=training,
            job_input=JobInput.from_s3_path("s3://shop/in/"),
            job_output=JobOutput.from_s3_path("s3://shop/out/"),
            num_results=10,
            wait_for_completion=False,
            state_change_events=False,
        )
    seen = set()
    for resource in assertions.Template.from_stack(stack).to_json()["Resources"].values():
        if resource["Type"].startswith("Custom::"):
            VALIDATORS[resource["Type"]].validate(resource["Properties"])
            seen.add(resource["Type"])
    assert seen == set(VALIDATORS)


# --- it refuses what is faulty -------------------------------------------------------------------


def without(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != name}


@KINDS
def test_what_is_required_is_missed(kind: str) -> None:
    for name in without(without(MINIMAL[kind], "ServiceTimeout"), "Timeout"):
        assert not is_good(kind, without(MINIMAL[kind], name)), name


@KINDS
def test_a_property_that_there_is_not_is_refused(kind: str) -> None:
    (error,) = VALIDATORS[kind].iter_errors({**MINIMAL[kind], "Labels": []})
    assert "'Labels' was unexpected" in error.message


FAULTS: list[tuple[str, dict[str, Any]]] = [
    (CAMPAIGN, {"MinProvisionedTPS": 0}),
    (CAMPAIGN, {"MinProvisionedTPS": 1.5}),
    (CAMPAIGN, {"MinProvisionedTPS": "many"}),
    (CAMPAIGN, {"MinProvisionedTPS": True}),
    (CAMPAIGN, {"Name": "-shop"}),
    (CAMPAIGN, {"Name": "s" * 64}),
    (CAMPAIGN, {"Name": "shop!"}),
    (CAMPAIGN, {"SolutionVersionArn": "movies"}),
    (CAMPAIGN, {"SolutionVersionArn": None}),
    (CAMPAIGN, {"StateChangeEvents": "perhaps"}),
    (CAMPAIGN, {"Timeout": 48 * 3600 + 1}),
    (CAMPAIGN, {"ServiceTimeout": 3601}),
    (CAMPAIGN, {"CampaignConfig": {"RankingInfluence": {"POPULARITY": 2}}}),
    (CAMPAIGN, {"CampaignConfig": {"RankingInfluence": {"PRICE": 0.5}}}),
    (CAMPAIGN, {"CampaignConfig": {"EnableMetadataWithRecommendations": 1}}),
    (CAMPAIGN, {"CampaignConfig": {"Unknown": {"Ref": "A"}}}),
    (CAMPAIGN, {"CampaignConfig": [1]}),
    (CAMPAIGN, {"WaitForCompletion": False}),
    (JOB, {"JobInput": {"S3DataSource": {}}}),
    (JOB, {"JobInput": {"S3DataSource": {"Path": "users.json"}}}),
    (JOB, {"RoleArn": "arn:aws:iam::123456789012:user/me"}),
    (JOB, {"BatchInferenceJobMode": "ALL"}),
    (JOB, {"Triggers": {"data": 2.5}}),
    (JOB, {"Active": False}),
    (TRAINING, {"TrainingMode": "FULLY"}),
    (
        RECOMMENDER,
        {
            "RecommenderConfig": {
                "TrainingDataConfig": {"ExcludedDatasetColumns": {"ITEMS": ["A"] * 51}}
            }
        },
    ),
    (
        RECOMMENDER,
        {"RecommenderConfig": {"TrainingDataConfig": {"ExcludedDatasetColumns": {"1": ["A"]}}}},
    ),
]


@pytest.mark.parametrize(("kind", "fault"), FAULTS, ids=str)
def test_a_fault_is_refused_by_the_schema_and_by_the_handler(
    kind: str, fault: dict[str, Any]
) -> None:
    properties = {**MINIMAL[kind], **fault}
    assert SPECS[kind].faults(properties)
    assert not is_good(kind, properties)


WAIT_GOOD = json.loads(
    (PROJECT / "tests/handler/golden/0.1.0/wait-create.json").read_text(encoding="utf-8")
)["event"]["ResourceProperties"]


@pytest.mark.parametrize(
    "fault", [{"Position": 1}, {"ResourceType": "Custom::Other"}, {"Properties": "x"}, {"More": 1}]
)
def test_a_faulty_wait_segment_is_refused(fault: dict[str, Any]) -> None:
    assert is_good(WAIT, WAIT_GOOD)
    assert not is_good(WAIT, {**WAIT_GOOD, **fault})


ODD = st.one_of(
    st.sampled_from(
        [True, False, "true", "FALSE", "no", 0, 1, -1, 500, 1.0, 2.5, 1e400, "1", " 2 ", "1e1"]
    ),
    st.sampled_from(
        ["+3", ".5", "1_0", "", "a", "POPULARITY", "FULL", "s3://b/", VERSION, "x" * 300]
    ),
    st.sampled_from([None, [], ["A"], {}, {"A": "1"}, {"POPULARITY": "0.1"}, {"ITEMS": ["A"]}]),
)


@st.composite
def almost_good(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Good properties in which some values are odd, at any depth."""
    kind = draw(st.sampled_from(sorted(SPECS)))
    properties = deepcopy(dict(draw(st.sampled_from([MINIMAL, FULL]))[kind]))
    for _ in range(draw(st.integers(1, 3))):
        at: Any = properties
        while True:
            name = draw(st.sampled_from(sorted(at)))
            if isinstance(at[name], dict) and at[name] and draw(st.booleans()):
                at = at[name]
                continue
            # A copy, for what is drawn may be made odder still.
            at[name] = deepcopy(draw(ODD))
            break
    return kind, properties


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(almost_good())
def test_what_the_handler_takes_the_schema_takes(drawn: tuple[str, dict[str, Any]]) -> None:
    kind, properties = drawn
    if not SPECS[kind].faults(properties):
        VALIDATORS[kind].validate(properties)
