"""Wait segments: reading their events, their share of the time, and their answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.given import (
    ACCOUNT,
    CAMPAIGN,
    CAMPAIGN_PROPERTIES,
    JOB,
    MACHINERY,
    MINIMAL,
    RECOMMENDER,
    SIGNED_AT_S,
    event,
)
from personalize_provider import names, segments
from personalize_provider.event import BadEventError, Request, RequestType, parse
from personalize_provider.waiter import execution_name

ARN = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:campaign/spring-sale"
HOUR_S = 3600


def segment(
    request_type: str = "Create", *, position: int = 2, timeout_s: int = 3 * HOUR_S, **changes: Any
) -> dict[str, Any]:
    """The event of a wait segment; `changes` are further or other properties."""
    properties = {
        **MACHINERY,
        "Timeout": str(timeout_s),
        "Position": str(position),
        "Arn": ARN,
        "Request": "11111111-0000-4000-8000-000000000000",
        "Seen": "CREATE IN_PROGRESS",
        "ResourceType": CAMPAIGN,
        "LogicalResourceId": "Campaign7A1B2C3D",
        "Properties": carried(CAMPAIGN),
        **changes,
    }
    made = event(
        request_type,
        LogicalResourceId=f"CampaignWait{position}",
        ResourceType=segments.CLOUDFORMATION_TYPE,
        ResourceProperties=properties,
    )
    if request_type != "Create":
        made["PhysicalResourceId"] = "wait:0123456789ab"
    return made


def carried(kind: str) -> dict[str, Any]:
    """A kind's properties without the machinery's, as a segment carries them."""
    return {key: value for key, value in MINIMAL[kind].items() if key not in MACHINERY}


def link(position: int, timeout_s: int, **limits: str) -> Request:
    """The request of one link of a chain."""
    if position > 1:
        return parse(segment(position=position, timeout_s=timeout_s, **limits), now_s=0)
    properties = {**CAMPAIGN_PROPERTIES, "Timeout": str(timeout_s), **limits}
    return parse(event(properties=properties), now_s=0)


def test_a_segment_is_read_as_the_work_of_the_resource_that_it_follows() -> None:
    request = parse(segment(), now_s=0)
    own = parse(event(), now_s=0)
    assert (request.spec, request.logical_id, request.stack_id) == (
        own.spec,
        own.logical_id,
        own.stack_id,
    )
    assert request.spec.fingerprint(request.properties) == own.spec.fingerprint(own.properties)
    assert request.physical_id == ARN
    assert request.old_properties == {}
    assert (request.continues, request.position) == (True, 2)
    assert request.asked_of == "CampaignWait2"
    assert request.seen == "CREATE IN_PROGRESS"


@pytest.mark.parametrize("paths", [(), ("config/columns/ITEMS",), ("a/b/ITEMS", "a/b/USERS")])
def test_a_segment_is_told_by_the_first_link_what_to_empty(paths: tuple[str, ...]) -> None:
    told = segments.request_attribute("11111111-0000-4000-8000-000000000000", paths)
    assert parse(segment(Request=told), now_s=0).emptied(None) == paths
    assert told.split(" ")[0] == "11111111-0000-4000-8000-000000000000"


def test_a_segment_that_is_told_nothing_empties_nothing() -> None:
    sent = segment()
    del sent["ResourceProperties"]["Request"]
    assert parse(sent, now_s=0).emptied({"campaignArn": "another"}) == ()


def test_a_segment_empties_what_it_is_told_whatever_runs_with_further_lists() -> None:
    arn = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:recommender/shop-films-0a1b2c3d"
    sent = segment(ResourceType=RECOMMENDER, Arn=arn, Properties=carried(RECOMMENDER))
    columns = {"excludedDatasetColumns": {"ITEMS": ["PRICE"]}}
    described = {"recommenderArn": "another", "recommenderConfig": {"trainingDataConfig": columns}}
    assert parse(sent, now_s=0).emptied(described) == ()


def test_a_resources_own_request_continues_nothing() -> None:
    request = parse(event(), now_s=0)
    assert (request.continues, request.position, request.seen) == (False, 1, "")
    assert request.asked_of == request.logical_id


def test_the_executions_of_all_links_are_known_as_the_resources() -> None:
    prefixes = {execution_name(link(position, 3 * HOUR_S))[:29] for position in (1, 2, 3)}
    assert len(prefixes) == 1


def test_a_segment_is_about_the_arn_that_it_carries_whatever_name_would_follow() -> None:
    job = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:batch-inference-job/shop-nightly-0a1b2c3d"
    request = parse(segment(ResourceType=JOB, Arn=job, Properties=carried(JOB)), now_s=0)
    assert names.own_arn(request) == names.target_id(request) == job


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_an_updates_old_properties_are_the_first_links_matter(request_type: str) -> None:
    sent = segment(request_type)
    sent["OldResourceProperties"] = {"Anything": "else"}
    request = parse(sent, now_s=0)
    assert request.type is RequestType(request_type)
    assert request.old_properties == {}


@pytest.mark.parametrize("missing", ["Position", "Arn", "ResourceType", "Properties", "Timeout"])
def test_a_segment_without_what_it_goes_on_with_is_refused(missing: str) -> None:
    sent = segment()
    del sent["ResourceProperties"][missing]
    with pytest.raises(BadEventError, match=missing):
        parse(sent, now_s=0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Position": "1"}, "Position is 1"),
        ({"Position": "next"}, "next"),
        ({"Properties": "none"}, ": Properties is no map$"),
        ({"ResourceType": "Custom::Else"}, "this provider serves"),
    ],
)
def test_an_odd_segment_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadEventError, match=words):
        parse(segment(**changes), now_s=0)


# --- the time ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timeout_s", "links"),
    [(60, 1), (3600, 1), (3601, 2), (7200, 2), (7201, 3), (12 * 3600, 12), (48 * 3600, 48)],
)
def test_each_started_hour_is_a_link(timeout_s: int, links: int) -> None:
    assert segments.count(timeout_s) == links
    assert [link(n, timeout_s).hands_over for n in range(1, links + 1)] == [True] * (links - 1) + [
        False
    ]
    assert link(1, timeout_s).is_chained is (links > 1)


@pytest.mark.parametrize(
    ("timeout_s", "shares_s"),
    [
        (3000, [3000]),
        (3600, [3540]),
        (3601, [3540, 61]),
        (9000, [3540, 3540, 1920]),
        (10_800, [3540, 3540, 3540]),
    ],
)
def test_the_links_share_the_time(timeout_s: int, shares_s: list[int]) -> None:
    links = [link(position, timeout_s) for position in range(1, len(shares_s) + 1)]
    assert [each.timeout_s for each in links] == shares_s
    assert [each.waited_before_s for each in links] == [3540 * n for n in range(len(shares_s))]
    assert {each.asked_timeout_s for each in links} == {timeout_s}


@given(st.integers(60, 48 * HOUR_S))
def test_together_the_links_take_the_whole_timeout_but_for_their_margins(timeout_s: int) -> None:
    count = segments.count(timeout_s)
    links = [link(position, timeout_s) for position in range(1, count + 1)]
    total_s = sum(each.timeout_s for each in links)
    assert all(0 < each.timeout_s <= 3540 for each in links)
    assert total_s == min(timeout_s, count * 3540)


def test_a_short_hour_shortens_everything() -> None:
    links = [link(position, 100, ServiceTimeout="40") for position in (1, 2, 3)]
    assert [each.timeout_s for each in links] == [30, 30, 30]
    assert [each.hands_over for each in links] == [True, True, False]


def test_a_delete_belongs_to_no_chain() -> None:
    properties = {**CAMPAIGN_PROPERTIES, "Timeout": str(3 * HOUR_S)}
    request = parse(event("Delete", properties=properties), now_s=0)
    assert (request.is_chained, request.hands_over) == (False, False)
    assert request.deadline_s == SIGNED_AT_S + 3540


# --- the answer ----------------------------------------------------------------------------------


def test_a_segments_id_is_the_same_in_every_request_and_looks_like_no_arn() -> None:
    first = segments.physical_id(segment())
    assert first == segments.physical_id(segment(position=2, Arn="another"))
    assert first != segments.physical_id(segment(position=3))
    assert first.startswith("wait:")
    assert not names.is_arn(parse(event(), now_s=0), first)
    assert segments.physical_id(segment("Update")) == "wait:0123456789ab"


def test_only_segments_are_taken_for_segments() -> None:
    assert segments.is_segment(segment())
    assert not any(segments.is_segment(event(kind=kind)) for kind in MINIMAL)


def test_the_attributes_that_feed_a_segment_are_spelt_as_deployed_templates_ask_for_them() -> None:
    assert (segments.REQUEST_ATTRIBUTE, segments.SEEN_ATTRIBUTE) == ("Request", "Seen")


def test_of_an_updates_old_properties_a_segment_keeps_the_tags() -> None:
    tags = [{"Key": "team", "Value": "shop"}]
    sent = segment("Update")
    sent["OldResourceProperties"] = {"Properties": {"Tags": tags, "MinProvisionedTPS": "2"}}
    assert parse(sent, now_s=0).old_properties == {"Tags": tags}


def test_a_segment_that_was_told_of_no_status_has_seen_none() -> None:
    sent = segment()
    del sent["ResourceProperties"]["Seen"]
    assert parse(sent, now_s=0).seen == ""


def test_a_segments_id_is_spelt_as_deployed_stacks_keep_it() -> None:
    assert segments.physical_id(segment()) == "wait:40d57f0276f3"


@pytest.mark.parametrize(
    ("before_s", "expected"), [(None, False), (HOUR_S, False), (HOUR_S + 1, True)]
)
def test_an_update_knows_whether_another_link_went_on_before(
    before_s: int | None, expected: bool
) -> None:
    before = {key: value for key, value in CAMPAIGN_PROPERTIES.items() if key != "Timeout"}
    told = {} if before_s is None else {"Timeout": str(before_s)}
    sent = event("Update", OldResourceProperties={**before, **told})
    assert parse(sent, now_s=0).handed_over_before is expected
