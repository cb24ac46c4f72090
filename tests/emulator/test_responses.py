"""The protocol: what AWS JSON 1.1 says of requests and answers, whatever they are about."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.responses import MODEL, PersonalizeResponse
from emulator.scene import (
    FILTER,
    ITEM_AFFINITY,
    ROLE,
    SCHEMA,
    SHOP,
    SOLUTION,
    VERSION,
    Scene,
    recipe_arn,
    refusal,
    solution_version,
)
from emulator.shapes import java_pattern, violations
from emulator.world import Place

if TYPE_CHECKING:
    from botocore.model import Shape
    from hypothesis.strategies import SearchStrategy

SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-west-1/personalize/aws4_request, "
    "SignedHeaders=host, Signature=00"
}


def sent(scene: Scene, operation: str, body: bytes, **headers: str) -> tuple[int, Any]:
    target = {"X-Amz-Target": f"AmazonPersonalize.{operation}"}
    status, answered, content = scene.response.dispatch({**SIGNED, **target, **headers}, body)
    assert answered["Content-Type"] == "application/x-amz-json-1.1"
    assert answered["x-amzn-RequestId"]
    document = json.loads(content or b"{}")
    assert answered.get("x-amzn-ErrorType") == document.get("__type")
    return status, document


def test_the_region_comes_from_the_credential_scope(scene: Scene) -> None:
    body = json.dumps({"name": "shop", "solutionVersionArn": VERSION}).encode()
    _, answer = sent(scene, "CreateCampaign", body)
    assert answer == {"campaignArn": "arn:aws:personalize:eu-west-1:000000000000:campaign/shop"}


def test_region_and_account_can_be_handed_in(scene: Scene) -> None:
    headers = {"x-amz-target": "AmazonPersonalize.CreateCampaign"}
    body = json.dumps({"name": "shop", "solutionVersionArn": VERSION}).encode()
    _, _, content = scene.response.dispatch(
        headers, body, region="eu-west-1", account="111111111111"
    )
    assert json.loads(content)["campaignArn"].split(":")[3:5] == ["eu-west-1", "111111111111"]
    status, _, _ = scene.response.dispatch(headers, body)
    assert status == 403


@pytest.mark.parametrize(
    ("operation", "body", "code", "words"),
    [
        ("CreateCampaign", b"{", "SerializationException", "not a JSON document"),
        ("CreateCampaign", b"[" * 99_999, "SerializationException", "not a JSON document"),
        ("CreateCampaign", b"[]", "SerializationException", "START_ARRAY"),
        ("ListCampaigns", b'{"maxResults":"1"}', "SerializationException", "to an Integer"),
        ("ListCampaigns", b'{"maxResults":true}', "SerializationException", "to an Integer"),
        ("ListCampaigns", b'{"maxResults":1e300}', "SerializationException", "to an Integer"),
        ("ListCampaigns", b'{"maxResults":NaN}', "SerializationException", "JSON"),
        ("ListCampaigns", b'{"colour":"red"}', "ValidationException", "'colour'"),
        ("ListCampaigns", b'{"maxResults":0}', "ValidationException", "greater than or equal to 1"),
        ("DescribeCampaign", b'{"campaignArn":null}', "ValidationException", "must not be null"),
        ("CreateEventTracker", b"{}", "NotEmulatedException", "not emulated"),
        ("CreateFun", b"{}", "UnknownOperationException", "CreateFun"),
    ],
)
def test_a_bad_request_is_refused(
    scene: Scene, operation: str, body: bytes, code: str, words: str
) -> None:
    status, answer = sent(scene, operation, body)
    assert (status, answer["__type"]) == (400, code)
    assert words in answer["message"]


def test_all_broken_constraints_are_told_at_once_in_awss_words(scene: Scene) -> None:
    code, message = refusal(
        scene.campaign,
        "-" * 64,
        minProvisionedTPS=1,
        campaignConfig={"rankingInfluence": {"LUCK": 1.5}},
        tags=[{"tagKey": "%", "tagValue": ""}],
    )
    assert code == "ValidationException"
    assert message == (
        f"5 validation errors detected: Value '{'-' * 64}' at 'name' failed to satisfy constraint: "
        f"Member must have length less than or equal to 63; Value '{'-' * 64}' at 'name' failed to "
        r"satisfy constraint: Member must satisfy regular expression pattern: "
        r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*; Value 'LUCK' at 'campaignConfig.rankingInfluence' failed to "
        "satisfy constraint: Map keys must satisfy constraint: [Member must satisfy enum value "
        "set: [POPULARITY, FRESHNESS]]; Value '1.5' at "
        "'campaignConfig.rankingInfluence.LUCK.member' failed to satisfy constraint: Member must "
        "have value less than or equal to 1; Value at 'tags.1.member.tagKey' failed to satisfy "
        r"constraint: Member must satisfy regular expression pattern: "
        r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"
    )


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "Größe 5 漢字", True),
        (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "tab\there", False),
        (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "line\n", False),
        (r"\p{ASCII}{0,1500}", "abc~", True),
        (r"\p{ASCII}{0,1500}", "é", False),
        (r"arn:aws:iam::\d{12}:x", "arn:aws:iam::٠١٢٣٤٥٦٧٨٩٠١:x", False),
        (r"[A-Za-z_][A-Za-z\d_]*", "TITLE_2", True),
    ],
)
def test_javas_patterns_are_understood(pattern: str, text: str, fits: bool) -> None:
    assert bool(java_pattern(pattern).fullmatch(text)) is fits


def test_an_answer_that_the_model_does_not_allow_is_a_loud_defect(scene: Scene) -> None:
    arn = scene.active_campaign()
    scene.backend.set_oddities(campaign_status_while_updating="?" * 257)
    scene.client.update_campaign(campaignArn=arn)
    with pytest.raises(ClientError) as refused:
        scene.seen(arn)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    defects = [entry for entry in scene.backend.log() if entry["kind"] == "defect"]
    assert "campaign.status" in defects[0]["message"]


ARNS = "arn:aws:personalize:us-east-1:000000000000"
CAMPAIGN = f"{ARNS}:campaign/shop"
JOB = f"{ARNS}:batch-inference-job/run"
SEGMENT_JOB = f"{ARNS}:batch-segment-job/run"
RECOMMENDER = f"{ARNS}:recommender/shop"
PLAUSIBLE: dict[str, list[Any]] = {
    "name": ["shop", "shed"],
    "jobName": ["run", "walk"],
    "campaignArn": [CAMPAIGN],
    "batchInferenceJobArn": [JOB],
    "batchSegmentJobArn": [SEGMENT_JOB],
    "recommenderArn": [RECOMMENDER],
    "resourceArn": [CAMPAIGN, JOB, SEGMENT_JOB, RECOMMENDER],
    "solutionVersionArn": [
        VERSION,
        VERSION,
        f"{SOLUTION}/$LATEST",
        solution_version(ITEM_AFFINITY),
    ],
    "datasetGroupArn": [SHOP],
    "recipeArn": [
        recipe_arn("aws-ecomm-recommended-for-you"),
        recipe_arn("aws-user-personalization"),
    ],
    "solutionArn": [SOLUTION, f"{ARNS}:solution/shed"],
    "datasetType": ["INTERACTIONS", "Items"],
    "datasetArn": [f"{ARNS}:dataset/shop/INTERACTIONS"],
    "dataSource": [{"dataLocation": "s3://data/in/users.csv"}],
    "schemaArn": [f"{ARNS}:schema/shop"],
    "schema": [SCHEMA, SCHEMA, "{}"],
    "filterExpression": ["EXCLUDE ItemID WHERE Items.GENRE IN ($GENRE)", "nothing"],
    "filterArn": [FILTER],
    "roleArn": [ROLE],
    "itemExplorationConfig": [{}, {"explorationWeight": "0.5"}, {"explorationWeight": "2"}],
    "s3DataSource": [{"path": "s3://data/in/users.json"}],
    "s3DataDestination": [{"path": "s3://data/out/"}, {"path": "s3://data/out"}],
    "tags": [[], [{"tagKey": "team", "tagValue": "shop"}]],
    "tagKeys": [["team"]],
    "nextToken": ["page-1"],
}
"""By member: values that lead past the first checks."""


def values(shape: Shape, *, wild: bool, member: str = "") -> SearchStrategy[Any]:
    """Whatever botocore's own validation lets pass for a shape; plausible values unless `wild`."""
    shapes: Any = shape
    if not wild and member in PLAUSIBLE:
        return st.sampled_from(PLAUSIBLE[member])
    if shape.type_name == "structure":
        members = {
            name: values(each, wild=wild, member=name) for name, each in shapes.members.items()
        }
        required = {name: members.pop(name) for name in shapes.required_members}
        return st.fixed_dictionaries(required, optional=members)
    if shape.type_name == "list":
        return st.lists(values(shapes.member, wild=wild), max_size=3)
    if shape.type_name == "map":
        key, value = values(shapes.key, wild=wild), values(shapes.value, wild=wild)
        return st.dictionaries(key, value, max_size=3)
    low = shape.metadata.get("min", 1)
    if not wild and "enum" in shape.metadata:
        return st.sampled_from(shape.metadata["enum"])
    simple: dict[str, SearchStrategy[Any]] = {
        "boolean": st.booleans(),
        "integer": st.integers(low, None if wild else 30),
        "double": st.floats(low, None if wild else 1),
        "string": st.text(min_size=shape.metadata.get("min", 0)),
    }
    return simple[shape.type_name]


OPERATIONS = sorted(Scene().backend.region(Place(account="", region="")).operations)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any], float]:
    operation = draw(st.sampled_from(OPERATIONS))
    shape = MODEL.operation_model(operation).input_shape
    assert shape is not None
    wild = draw(st.sampled_from([False, False, True]))
    return operation, draw(values(shape, wild=wild)), draw(st.sampled_from([0.0, 1.0, 5.0]))


@settings(max_examples=160, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(requests(), max_size=10))
def test_whatever_botocore_accepts_is_answered_as_the_model_allows(
    calls: list[tuple[str, dict[str, Any], float]],
) -> None:
    scene = Scene()
    scene.backend.add_filter(FILTER)
    scene.campaign("shop")
    scene.job("run")
    scene.segment_job("run")
    scene.recommender("shop")
    codes = {"ok", "ValidationException", "SerializationException", *MODEL.shape_names}
    for operation, members, wait_s in calls:
        scene.later(wait_s)
        model = MODEL.operation_model(operation)
        with contextlib.suppress(ClientError):
            answer = getattr(scene.client, xform_name(operation))(**members)
            del answer["ResponseMetadata"]
            assert model.output_shape is not None or answer == {}
    seen = scene.backend.log()
    assert [entry for entry in seen if entry["kind"] == "defect"] == []
    answered = [entry for entry in seen if entry["kind"] == "request"]
    assert len(answered) == len(calls) + 4
    assert {entry["http_status"] for entry in answered} <= {200, 400}
    assert {entry["outcome"] for entry in answered} <= codes


def test_the_responses_need_no_more_than_a_backend(scene: Scene) -> None:
    arn = scene.campaign()
    again = PersonalizeResponse(scene.backend)
    body = json.dumps({"campaignArn": arn}).encode()
    headers = {"X-Amz-Target": "AmazonPersonalize.DescribeCampaign"}
    status, _, content = again.dispatch(headers, body, region="us-east-1")
    assert status == 200
    shape = MODEL.operation_model("DescribeCampaign").output_shape
    assert shape is not None
    assert list(violations(shape, json.loads(content))) == []
