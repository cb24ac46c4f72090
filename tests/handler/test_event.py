"""CloudFormation's events are read into requests."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.given import (
    CAMPAIGN,
    CAMPAIGN_PROPERTIES,
    CREDENTIAL,
    JOB,
    MACHINERY,
    RECOMMENDER,
    RECOMMENDER_PROPERTIES,
    REQUEST_ID,
    SIGNATURE,
    SIGNED_AT_S,
    STACK,
    date,
    event,
    request,
    response_url,
)
from personalize_provider.event import (
    BadEventError,
    Request,
    RequestType,
    check,
    parse,
    signed_at,
)
from personalize_provider.resources import SPECS

TYPES = pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])


@TYPES
@pytest.mark.parametrize("kind", [CAMPAIGN, JOB])
def test_each_type_of_request_is_read(request_type: str, kind: str) -> None:
    sent = event(request_type, kind=kind)
    read = parse(sent, now_s=0)
    assert read.type.value == request_type
    assert read.spec is SPECS[kind]
    assert (read.request_id, read.stack_id, read.stack_name) == (REQUEST_ID, STACK, "shop")
    assert read.logical_id == sent["LogicalResourceId"]
    assert read.response_url == sent["ResponseURL"]
    assert read.physical_id == sent.get("PhysicalResourceId", "")
    assert read.properties == sent["ResourceProperties"]
    assert read.old_properties == sent.get("OldResourceProperties", {})


@pytest.mark.parametrize("request_type", ["Create", "Delete"])
def test_what_a_request_does_without_is_empty(request_type: str) -> None:
    sent = event(request_type, ResourceProperties=None, PhysicalResourceId=None)
    read = parse(sent, now_s=0)
    assert (read.physical_id, read.properties, read.old_properties) == ("", {}, {})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ResourceType": "Custom::Other"}, "ResourceType is 'Custom::Other'"),
        ({"ResourceType": None}, "ResourceType is None"),
        ({"RequestType": "Replace"}, "'Replace' is not a valid RequestType"),
        ({"StackId": "shop"}, "StackId is 'shop'"),
        ({"StackId": "arn:aws:cloudformation:eu-west-1:1:stack/shop"}, "no ARN of a stack"),
        ({"StackId": ""}, "StackId is not a text"),
        ({"RequestId": None}, "RequestId is not a text"),
        ({"ResponseURL": None}, "ResponseURL is not a text"),
        ({"ResourceProperties": "Name=x"}, "ResourceProperties is no map"),
    ],
)
def test_an_event_that_is_none_of_cloudformations_is_refused(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadEventError, match=words) as refused:
        parse(event(**changes), now_s=0)
    assert refused.value.faults == ()


@pytest.mark.parametrize(
    "key", ["RequestType", "RequestId", "StackId", "LogicalResourceId", "ResponseURL"]
)
def test_an_event_that_lacks_a_key_is_refused_by_its_name(key: str) -> None:
    sent = event()
    del sent[key]
    with pytest.raises(BadEventError, match=key):
        parse(sent, now_s=0)


def test_an_unknown_kind_is_told_which_ones_are_served() -> None:
    with pytest.raises(BadEventError, match=f"this provider serves .*{CAMPAIGN}"):
        parse({}, now_s=0)


@given(st.dictionaries(st.sampled_from(sorted(event())), st.text() | st.none()))
def test_odd_events_are_read_or_refused_but_never_break(changes: dict[str, Any]) -> None:
    try:
        read = parse(event(**changes), now_s=0)
    except BadEventError:
        return
    assert read.stack_name
    assert read.deadline_s > read.signed_at_s


@pytest.mark.parametrize(
    ("url", "at_s"),
    [
        (response_url(), SIGNED_AT_S),
        (response_url("20250203T040507Z"), SIGNED_AT_S + 1),
        (
            "https://b.s3.amazonaws.com/k?AWSAccessKeyId=A&Expires=1738562706&Signature=s",
            1738555506,
        ),
        ("https://b.s3.amazonaws.com/k?Expires=soon", None),
        ("https://b.s3.amazonaws.com/k?X-Amz-Date=yesterday", None),
        ("https://b.s3.amazonaws.com/k", None),
        ("", None),
    ],
)
def test_the_url_tells_when_it_was_signed(url: str, at_s: int | None) -> None:
    assert signed_at(url) == at_s


@given(st.integers(0, 4_000_000_000))
def test_the_time_of_signing_is_read_back_in_utc(epoch_s: int) -> None:
    assert signed_at(response_url(date(epoch_s))) == epoch_s


def test_where_the_url_does_not_tell_the_given_time_stands_in() -> None:
    read = parse(event(ResponseURL="http://localhost:4566/answer"), now_s=1234.9)
    assert read.signed_at_s == 1234


@pytest.mark.parametrize(
    ("request_type", "service_timeout", "timeout", "after_s"),
    [
        ("Create", "3600", "3000", 3000),
        ("Update", "3600", "3000", 3000),
        ("Delete", "3600", "3000", 3540),  # a Delete has all the time
        ("Create", "3600", "3600", 3540),  # a minute before CloudFormation gives up
        ("Create", "3600", None, 3540),
        ("Create", None, None, 3540),
        ("Create", "120", None, 90),  # a quarter, where a minute is too much
        ("Delete", "120", "10", 90),
        ("Create", "1", "1", 1),
        ("Create", "soon", "later", 3540),
        ("Create", "-5", "0", 3540),
    ],
)
def test_the_answer_is_due_before_cloudformation_gives_up(
    request_type: str, service_timeout: str | None, timeout: str | None, after_s: int
) -> None:
    given = {"ServiceTimeout": service_timeout, "Timeout": timeout}
    properties = {
        key: value for key, value in {**CAMPAIGN_PROPERTIES, **given}.items() if value is not None
    }
    read = request(request_type, properties=properties)
    assert read.deadline_s == SIGNED_AT_S + after_s
    assert read.timeout_s == after_s


@pytest.mark.parametrize("timeout", ["60", "3600", "10800"])
def test_cloudformation_waits_for_as_long_whatever_the_timeout(timeout: str) -> None:
    read = request("Update", properties={**CAMPAIGN_PROPERTIES, "Timeout": timeout})
    assert read.latest_s == SIGNED_AT_S + 3540


def test_what_a_template_states_no_longer_is_to_be_emptied() -> None:
    columns = {"ExcludedDatasetColumns": {"USERS": ["AGE"], "ITEMS": ["PRICE"]}}
    before = {**RECOMMENDER_PROPERTIES, "RecommenderConfig": {"TrainingDataConfig": columns}}
    read = request(
        "Update",
        kind=RECOMMENDER,
        properties=RECOMMENDER_PROPERTIES,
        OldResourceProperties=before,
    )
    config = "recommenderConfig/trainingDataConfig/excludedDatasetColumns"
    assert read.emptied(None) == (f"{config}/ITEMS", f"{config}/USERS")


@pytest.mark.parametrize(
    ("request_type", "arn", "paths"),
    [
        ("Create", "another", 1),
        ("Create", "own", 1),
        ("Update", "another", 1),
        # What runs under the id that it carries was made as the properties before asked.
        ("Update", "own", 0),
    ],
)
def test_what_is_taken_over_may_have_what_was_never_stated(
    request_type: str, arn: str, paths: int
) -> None:
    known = {"PhysicalResourceId": "own"} if request_type == "Update" else {}
    read = request(request_type, kind=RECOMMENDER, properties=RECOMMENDER_PROPERTIES, **known)
    columns = {"includedDatasetColumns": {"ITEMS": ["PRICE"]}}
    described = {"recommenderArn": arn, "recommenderConfig": {"trainingDataConfig": columns}}
    assert len(read.emptied(described)) == paths


def test_of_a_campaign_there_is_nothing_to_empty() -> None:
    before = {**CAMPAIGN_PROPERTIES, "CampaignConfig": {"SyncWithLatestSolutionVersion": "true"}}
    assert request("Update", OldResourceProperties=before).emptied(None) == ()


@given(st.text() | st.integers() | st.none(), st.text() | st.integers() | st.none())
def test_a_deadline_is_always_within_the_hour(service_timeout: object, timeout: object) -> None:
    properties = {"ServiceTimeout": service_timeout, "Timeout": timeout}
    for request_type in ("Create", "Delete"):
        read = request(request_type, properties=properties)
        assert 0 < read.deadline_s - read.signed_at_s <= 3540


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_bad_properties_are_refused_with_every_fault(request_type: str) -> None:
    bad = {**MACHINERY, "MinProvisionedTPS": "0", "Nmae": "x"}
    with pytest.raises(BadEventError) as refused:
        check(request(request_type, properties=bad))
    message = str(refused.value)
    assert message.startswith("3 properties are not valid, and nothing was created. (1) ")
    assert [fault.property for fault in refused.value.faults] == [
        "MinProvisionedTPS",
        "Nmae",
        "SolutionVersionArn",
    ]
    assert all(str(fault) in message for fault in refused.value.faults)


def test_one_bad_property_is_told_in_the_singular() -> None:
    with pytest.raises(BadEventError, match=r"^A property is not valid, and nothing was created"):
        check(request(properties={**CAMPAIGN_PROPERTIES, "Name": "-"}))


@pytest.mark.parametrize("properties", [{}, {"Name": "-"}, {"anything": {"at": "all"}}])
def test_a_delete_is_never_refused_for_its_properties(properties: dict[str, Any]) -> None:
    check(request("Delete", properties=properties))


@TYPES
def test_good_properties_pass(request_type: str) -> None:
    check(request(request_type))


@TYPES
def test_a_request_shows_no_secret(request_type: str) -> None:
    shown = repr(request(request_type))
    assert SIGNATURE not in shown
    assert CREDENTIAL not in shown
    assert "https://" not in shown


def test_a_delete_comes_after_an_update_and_an_update_after_a_create() -> None:
    assert [each.value for each in sorted(RequestType, key=lambda each: each.rank)] == [
        "Create",
        "Update",
        "Delete",
    ]


@pytest.mark.parametrize(("sent", "shown"), [({}, "None"), ({"ResourceType": "S3"}, "'S3'")])
def test_a_kind_that_is_not_served_is_told_word_by_word(sent: dict[str, str], shown: str) -> None:
    with pytest.raises(BadEventError) as refused:
        parse(sent, now_s=0)
    assert str(refused.value) == (
        f"ResourceType is {shown}; this provider serves "
        "Custom::PersonalizeBatchInferenceJob, Custom::PersonalizeBatchSegmentJob, "
        "Custom::PersonalizeCampaign, Custom::PersonalizeRecommender, "
        "Custom::PersonalizeSolutionVersion"
    )


def test_two_bad_properties_are_told_in_the_plural_and_numbered() -> None:
    bad = {**CAMPAIGN_PROPERTIES, "Name": "-", "MinProvisionedTPS": "0"}
    with pytest.raises(BadEventError) as refused:
        check(request(properties=bad))
    first, second = refused.value.faults
    assert str(refused.value) == (
        f"2 properties are not valid, and nothing was created. (1) {first} (2) {second}"
    )


def test_a_request_is_a_resources_own_unless_it_says_otherwise() -> None:
    fields = {each.name: each.default for each in dataclasses.fields(Request)}
    assert (fields["position"], fields["asked_of"], fields["seen"]) == (1, "", "")


@pytest.mark.parametrize(("said", "deletes"), [("true", True), ("false", False), (None, False)])
def test_what_was_adopted_is_deleted_only_if_the_template_says_so(
    said: str | None, deletes: bool
) -> None:
    properties = {**CAMPAIGN_PROPERTIES, **({"DeleteAdopted": said} if said else {})}
    made = request("Delete", properties=properties)
    assert made.deletes_adopted is deletes


@pytest.mark.parametrize(
    ("said", "before", "adopted"),
    [
        ("true", None, False),
        (None, "true", True),
        ("false", "true", True),
        ("true", "false", False),
        (None, None, False),
    ],
)
def test_whether_the_request_before_adopted_is_told_by_the_old_properties(
    said: str | None, before: str | None, adopted: bool
) -> None:
    new, old = (
        {**CAMPAIGN_PROPERTIES, **({"AdoptExisting": each} if each else {})}
        for each in (said, before)
    )
    made = request("Update", properties=new, OldResourceProperties=old)
    assert made.adopted_before is adopted
    assert request("Update", kind=JOB, OldResourceProperties=old).adopted_before is False


@pytest.mark.parametrize(("before", "waited"), [("true", True), ("false", False), (None, True)])
def test_whether_the_request_before_waited_is_told_by_the_old_properties(
    before: str | None, waited: bool
) -> None:
    old = {"WaitForCompletion": before} if before else {}
    made = request("Update", kind=JOB, OldResourceProperties=old)
    assert made.waited_for_completion is waited


@pytest.mark.parametrize(("timeout_s", "follow"), [("3600", False), ("3601", True)])
def test_wait_segments_follow_what_may_take_longer_than_an_hour(
    timeout_s: str, follow: bool
) -> None:
    """A Delete has none itself, but has to know whether links have gone before."""
    limits = {"ServiceTimeout": "3600", "Timeout": timeout_s}
    for request_type in ("Create", "Update", "Delete"):
        made = request(request_type, properties={**CAMPAIGN_PROPERTIES, **limits})
        assert made.has_segments is follow
        assert made.is_chained is (follow and request_type != "Delete")
