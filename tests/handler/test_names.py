"""Names and ids are derived from the request, so that a second delivery finds the first one's."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.given import (
    CAMPAIGN,
    DATASET_GROUP,
    FULL,
    JOB,
    JOB_PROPERTIES,
    MINIMAL,
    RECIPE,
    RECOMMENDER,
    REQUEST_ID,
    STACK,
    TRAINING,
    VERSION,
    request,
)
from personalize_provider import names, waiter
from personalize_provider.resources import SPECS

ARN = "arn:aws:personalize:eu-west-1:123456789012:campaign/x"
EACH = pytest.mark.parametrize("kind", SPECS)
KNOWN_BEFORE = [kind for kind, spec in SPECS.items() if not spec.arn_from_service]

STACK_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,127}", fullmatch=True)
LOGICAL_IDS = st.from_regex(r"[A-Za-z0-9]{1,255}", fullmatch=True)
REQUEST_IDS = st.uuids().map(str)
KINDS = st.sampled_from(sorted(SPECS))
REGIONS = st.sampled_from([("aws", "us-east-1"), ("aws-cn", "cn-north-1")])


def stack_id(name: str, *, partition: str = "aws", region: str = "eu-west-1") -> str:
    return f"arn:{partition}:cloudformation:{region}:123456789012:stack/{name}/1d0c5a40-aaaa"


def name_rules(kind: str) -> Any:
    model = botocore.session.get_session().get_service_model("personalize")
    spec = SPECS[kind]
    shape: Any = model.operation_model(spec.operations.create).input_shape
    return shape.members[spec.name_member].metadata


RULES = {kind: name_rules(kind) for kind in SPECS}


@given(KINDS, STACK_NAMES, LOGICAL_IDS, REQUEST_IDS)
def test_a_generated_name_is_one_that_the_service_takes(
    kind: str, stack: str, logical_id: str, request_id: str
) -> None:
    made = request(
        kind=kind, StackId=stack_id(stack), LogicalResourceId=logical_id, RequestId=request_id
    )
    name = names.resource_name(made)
    rules = RULES[kind]
    assert rules["min"] <= len(name) <= rules["max"] == 63
    assert re.fullmatch(rules["pattern"], name)
    assert not made.spec.faults({**made.properties, name_property(kind): name})


def name_property(kind: str) -> str:
    return SPECS[kind].name_property


@given(KINDS, STACK_NAMES, LOGICAL_IDS, REQUEST_IDS, st.integers(0, 10**11))
def test_an_execution_name_is_one_that_step_functions_takes(
    kind: str, stack: str, logical_id: str, request_id: str, signed_at_s: int
) -> None:
    made = request(
        kind=kind,
        StackId=stack_id(stack),
        LogicalResourceId=logical_id,
        RequestId=request_id,
        ResponseURL=f"https://b/k?Expires={signed_at_s}",
    )
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", waiter.execution_name(made))


@given(KINDS, st.sampled_from(["Create", "Update", "Delete"]), STACK_NAMES, LOGICAL_IDS)
def test_the_same_request_always_has_the_same_names(
    kind: str, request_type: str, stack: str, logical_id: str
) -> None:
    def made() -> tuple[str, ...]:
        one = request(
            request_type, kind=kind, StackId=stack_id(stack), LogicalResourceId=logical_id
        )
        return (names.resource_name(one), names.target_id(one), waiter.execution_name(one))

    assert made() == made()


@given(KINDS, st.lists(st.tuples(STACK_NAMES, LOGICAL_IDS), min_size=2, unique=True))
def test_different_resources_have_different_names(
    kind: str, resources: list[tuple[str, str]]
) -> None:
    made = {
        names.resource_name(
            request(kind=kind, StackId=stack_id(stack), LogicalResourceId=logical_id)
        )
        for stack, logical_id in resources
    }
    assert len(made) == len(resources)


@pytest.mark.parametrize("logical_ids", [("L" * 255, "L" * 254), ("A1", "A2")])
@EACH
def test_ids_that_only_differ_at_the_end_are_told_apart(
    kind: str, logical_ids: tuple[str, str]
) -> None:
    one, other = (
        names.resource_name(request(kind=kind, LogicalResourceId=each)) for each in logical_ids
    )
    assert one != other


def test_a_deleted_and_remade_stack_has_names_of_its_own() -> None:
    first = request()
    second = request(StackId=STACK.replace("1d0c5a40", "2e1d6b51"))
    assert names.resource_name(first) != names.resource_name(second)


@given(st.lists(st.lists(st.text(), max_size=4).map(tuple), min_size=2, max_size=6, unique=True))
def test_no_two_tuples_of_texts_share_a_digest(tuples: list[tuple[str, ...]]) -> None:
    assert len({names.digest(*each, length=64) for each in tuples}) == len(tuples)


def test_a_digest_is_as_long_as_asked_for() -> None:
    assert re.fullmatch("[0-9a-f]{12}", names.digest("a", "b", length=12))


def test_a_campaign_keeps_its_name_over_all_its_requests() -> None:
    made = {
        names.resource_name(request(request_type, RequestId=request_id, properties=properties))
        for request_type in ("Create", "Update", "Delete")
        for request_id in ("one", "two")
        for properties in (MINIMAL[CAMPAIGN], {**MINIMAL[CAMPAIGN], "MinProvisionedTPS": "3"})
    }
    assert len(made) == 1


def test_a_job_has_a_name_for_each_request_and_each_set_of_properties() -> None:
    made = [
        names.resource_name(request(kind=JOB, RequestId=request_id, properties=properties))
        for request_id in ("one", "two")
        for properties in (JOB_PROPERTIES, {**JOB_PROPERTIES, "NumResults": "5"})
    ]
    assert len(set(made)) == 4


def test_all_runs_with_the_same_properties_share_the_head_of_their_names() -> None:
    runs = [request(kind=JOB, RequestId=request_id) for request_id in ("one", "two")]
    prefixes = {names.job_name_prefix(run, run.properties) for run in runs}
    (prefix,) = prefixes
    assert len(prefix) <= 47
    assert all(names.resource_name(run).startswith(prefix) for run in runs)


def test_a_recommender_has_a_name_for_each_value_that_no_update_can_change() -> None:
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"DatasetGroupArn": f"{DATASET_GROUP}-2"},
        {"RecipeArn": RECIPE.replace("for-you", "before")},
        {"RecommenderConfig": {"MinRecommendationRequestsPerSecond": "2"}},
    )
    made = [
        names.resource_name(request(kind=RECOMMENDER, properties={**MINIMAL[RECOMMENDER], **each}))
        for each in changes
    ]
    assert len(set(made)) == 3
    assert made[0] == made[3]


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_the_arn_of_a_version_is_not_known_before_the_call(request_type: str) -> None:
    made = request(request_type, kind=TRAINING)
    assert names.own_arn(made) == names.target_id(made) == ""


def test_executions_of_versions_are_told_apart_although_no_arn_is_known() -> None:
    one, other = (waiter.execution_name(request(kind=TRAINING, RequestId=each)) for each in "ab")
    target = one.split("-")[2]
    assert target not in (other.split("-")[2], "00000000")
    delete = request("Delete", kind=TRAINING, PhysicalResourceId="shop-Model-1A2B")
    assert waiter.execution_name(delete).split("-")[2] == "00000000"


@pytest.mark.parametrize(
    ("physical_id", "arn"), [(VERSION, VERSION), (f"unknown:{REQUEST_ID}", "")]
)
def test_a_segment_carries_the_arn_if_there_is_one(physical_id: str, arn: str) -> None:
    made = replace(request(kind=TRAINING), position=2, physical_id=physical_id)
    assert names.own_arn(made) == arn


def test_a_changed_timeout_is_no_other_job() -> None:
    one = request(kind=JOB)
    other = request(kind=JOB, properties={**JOB_PROPERTIES, "Timeout": "60"})
    assert names.resource_name(one) == names.resource_name(other)


@EACH
def test_a_given_name_is_taken_as_it_is(kind: str) -> None:
    made = request(kind=kind, properties=FULL[kind])
    assert names.has_given_name(made)
    assert names.resource_name(made) == FULL[kind][name_property(kind)]
    assert not names.has_given_name(request(kind=kind))


@EACH
def test_the_name_of_older_properties_can_be_asked_for(kind: str) -> None:
    made = request(kind=kind, properties=FULL[kind])
    older = {**MINIMAL[kind], name_property(kind): "winter"}
    assert names.resource_name(made, older) == "winter"


@pytest.mark.parametrize(
    ("kind", "partition", "region", "arn"),
    [
        (CAMPAIGN, "aws", "eu-west-1", "arn:aws:personalize:eu-west-1:123456789012:campaign/x"),
        (
            CAMPAIGN,
            "aws-cn",
            "cn-north-1",
            "arn:aws-cn:personalize:cn-north-1:123456789012:campaign/x",
        ),
        (
            JOB,
            "aws",
            "us-east-1",
            "arn:aws:personalize:us-east-1:123456789012:batch-inference-job/x",
        ),
    ],
)
def test_the_arn_is_known_before_the_call(kind: str, partition: str, region: str, arn: str) -> None:
    made = request(kind=kind, StackId=stack_id("shop", partition=partition, region=region))
    assert names.arn(made, "x") == arn
    assert names.is_arn(made, arn)


@given(st.sampled_from(KNOWN_BEFORE), REGIONS, STACK_NAMES, LOGICAL_IDS)
def test_a_target_is_the_arn_of_the_name(
    kind: str, place: tuple[str, str], stack: str, logical_id: str
) -> None:
    partition, region = place
    made = request(
        kind=kind,
        StackId=stack_id(stack, partition=partition, region=region),
        LogicalResourceId=logical_id,
    )
    target = names.target_id(made)
    assert names.is_arn(made, target)
    assert target.endswith(f"/{names.resource_name(made)}")
    assert len(target) <= 256


@pytest.mark.parametrize(
    ("physical_id", "is_one"),
    [
        ("arn:aws:personalize:eu-west-1:1:campaign/x", True),
        ("arn:aws-cn:personalize:cn-north-1:1:campaign/x", True),
        ("arn:aws:personalize:eu-west-1:1:campaign/", False),
        ("arn:aws:personalize:eu-west-1:1:solution/x", False),
        ("arn:aws:personalize:eu-west-1:1:batch-inference-job/x", False),
        ("arn:aws:s3:::campaign/x", False),
        ("shop-Campaign-1A2B3C4D5E6F", False),
        ("not-created:6a4fa0a1", False),
        ("", False),
        ("x arn:aws:personalize:eu-west-1:1:campaign/x", False),
    ],
)
def test_an_arn_of_the_kind_is_told_from_other_ids(physical_id: str, is_one: bool) -> None:
    assert names.is_arn(request(), physical_id) is is_one


@given(KINDS, REQUEST_IDS)
def test_the_id_of_nothing_is_never_mistaken_for_an_arn(kind: str, request_id: str) -> None:
    made = request(kind=kind, RequestId=request_id)
    nothing = names.id_of_nothing(made)
    assert request_id in nothing
    assert not names.is_arn(made, nothing)
    assert not nothing.startswith("arn:")


def test_a_failure_that_created_nothing_keeps_the_id_where_there_is_one() -> None:
    update = request("Update")
    assert names.id_unless_created(update) == update.physical_id
    create = request("Create")
    assert names.id_unless_created(create) == names.id_of_nothing(create)


@pytest.mark.parametrize("physical_id", ["not-created:1", "shop-Campaign-1A2B3C", ""])
def test_a_delete_with_an_invented_id_is_about_no_arn(physical_id: str) -> None:
    assert names.target_id(request("Delete", PhysicalResourceId=physical_id)) == ""


def test_a_delete_with_an_arn_is_about_that_arn_whatever_its_properties() -> None:
    made = request("Delete", properties={**FULL[CAMPAIGN], "Name": "other"})
    assert names.target_id(made) == made.physical_id


@pytest.mark.parametrize("certain", [True, False])
def test_an_id_tells_whether_it_is_certain_that_nothing_was_created(certain: bool) -> None:
    made = names.id_of_nothing(request(), certain=certain)
    assert names.tells_of_nothing(made) is certain
    assert not names.is_arn(request(), made)


@pytest.mark.parametrize("physical_id", ["shop-Campaign-1A2B3C", "unknown:1", ARN, ""])
def test_an_id_of_cloudformations_own_tells_nothing(physical_id: str) -> None:
    assert not names.tells_of_nothing(physical_id)


def test_long_names_keep_the_heads_that_people_know_them_by() -> None:
    changes = {"StackId": stack_id("S" * 128), "LogicalResourceId": "L" * 255}
    campaign, job = (request(kind=kind, **changes) for kind in (CAMPAIGN, JOB))
    assert re.fullmatch("S{24}-L{24}-[0-9a-f]{12}", names.resource_name(campaign))
    assert re.fullmatch("S{16}-L{16}-[0-9a-f]{12}-[0-9a-f]{8}", names.resource_name(job))
    assert re.fullmatch("S{16}-L{16}-[0-9a-f]{12}-", names.job_name_prefix(job, job.properties))


@pytest.mark.parametrize("name", [None, 7, {"Ref": "Other"}, ""])
def test_what_is_no_text_is_no_given_name(name: object) -> None:
    made = request(properties={**MINIMAL[CAMPAIGN], "Name": name})
    assert not names.has_given_name(made)
    assert names.resource_name(made) == names.resource_name(request())


def test_a_colon_in_a_stacks_id_does_not_shift_region_and_account() -> None:
    made = request(StackId=f"{STACK}:1")
    assert names.arn(made, "x") == ARN


def test_an_id_of_nothing_is_spelt_as_deployed_stacks_keep_it() -> None:
    made = request()
    assert names.id_of_nothing(made) == f"not-created:{REQUEST_ID}"
    assert names.id_of_nothing(made, certain=False) == f"unknown:{REQUEST_ID}"
    assert names.id_unless_created(made, certain=False) == f"unknown:{REQUEST_ID}"


@pytest.mark.parametrize(
    ("physical_id", "request_id"),
    [
        (f"not-created:{REQUEST_ID}", REQUEST_ID),
        (f"unknown:{REQUEST_ID}", REQUEST_ID),
        ("unknown:a:b", "a:b"),
        ("shop-Campaign-1A2B3C", ""),
        (ARN, ""),
        ("", ""),
    ],
)
def test_an_id_of_nothing_tells_whose_failure_it_was(physical_id: str, request_id: str) -> None:
    assert names.request_of_nothing(physical_id) == request_id


def test_what_is_not_given_counts_as_empty_in_a_generated_name() -> None:
    made = request(kind=RECOMMENDER, properties={"RecipeArn": RECIPE})
    hashed = names.digest(made.stack_id, made.logical_id, "", RECIPE, length=12)
    assert names.resource_name(made).endswith(f"-{hashed}")


@given(st.text())
def test_a_draw_is_a_share_of_two_to_the_thirty_two(text: str) -> None:
    assert (names.draw(text) * 2**32).is_integer()
