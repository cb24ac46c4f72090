"""What is seen of a resource, and the event that it gives rise to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.cases import NOW_S, Case
from handler.given import CAMPAIGN, JOB, RECOMMENDER, SEGMENT_JOB, TRAINING
from personalize_provider.lifecycle import Phase, View, phase_of
from personalize_provider.resources import SPECS
from personalize_provider.state_change import (
    ABSENT,
    LONGEST_REASON,
    State,
    detail_type,
    entry,
    is_running,
    overall,
    state_of,
    status_text,
)

OF = "of 2025-02-03T04:06:46Z"
"""When the latest update of a Case was made."""


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PENDING", State.PENDING),
        ("CREATE PENDING", State.PENDING),
        ("UPDATE_PENDING", State.PENDING),
        ("IN PROGRESS", State.IN_PROGRESS),
        ("CREATE IN_PROGRESS", State.IN_PROGRESS),
        ("CREATE_IN_PROGRESS", State.IN_PROGRESS),
        ("UPDATE IN_PROGRESS", State.IN_PROGRESS),
        ("ACTIVE", State.ACTIVE),
        ("FAILED", State.FAILED),
        ("CREATE FAILED", State.FAILED),
        ("UPDATE FAILED", State.FAILED),
        ("DELETE FAILED", State.FAILED),
        ("DELETE PENDING", State.DELETING),
        ("DELETE IN_PROGRESS", State.DELETING),
        ("HIBERNATING", State.UNKNOWN),
    ],
)
def test_a_status_has_one_state_however_it_is_spelled(status: str, state: State) -> None:
    assert state_of(status) is state
    assert state_of(status.lower()) is state
    assert is_running(status) is (state is State.IN_PROGRESS)
    phases = {
        State.ACTIVE: Phase.ACTIVE,
        State.FAILED: Phase.FAILED,
        State.DELETING: Phase.LEAVING,
        State.UNKNOWN: Phase.UNKNOWN,
    }
    assert phase_of(status) is phases.get(state, Phase.WORKING)


@pytest.mark.parametrize(
    ("status", "update", "state"),
    [
        ("ACTIVE", None, State.ACTIVE),
        ("ACTIVE", "CREATE PENDING", State.PENDING),
        ("ACTIVE", "CREATE IN_PROGRESS", State.IN_PROGRESS),
        ("ACTIVE", "ACTIVE", State.ACTIVE),
        ("ACTIVE", "CREATE FAILED", State.FAILED),
        ("UPDATE IN_PROGRESS", "CREATE IN_PROGRESS", State.IN_PROGRESS),
        ("DELETE PENDING", "CREATE FAILED", State.DELETING),
        ("CREATE FAILED", None, State.FAILED),
    ],
)
def test_what_was_asked_last_decides_the_state(
    status: str, update: str | None, state: State
) -> None:
    found = Case(status=status, update=update).view().found
    assert found is not None
    assert overall(found) is state


def test_every_kind_has_a_detail_type_in_the_style_of_awss_own() -> None:
    assert {kind: detail_type(spec) for kind, spec in SPECS.items()} == {
        CAMPAIGN: "Personalize Campaign State Change",
        JOB: "Personalize Batch Inference Job State Change",
        TRAINING: "Personalize Solution Version State Change",
        SEGMENT_JOB: "Personalize Batch Segment Job State Change",
        RECOMMENDER: "Personalize Recommender State Change",
    }


# --- is there an event? --------------------------------------------------------------------------

FINAL = ("ACTIVE", "CREATE FAILED")
ON_ITS_WAY = ("CREATE PENDING", "CREATE IN_PROGRESS", "DELETE PENDING", "HIBERNATING")


def is_told(view: View, before: str = "", *, is_news: bool = False) -> bool:
    return entry(view, before=before, is_news=is_news) is not None


@pytest.mark.parametrize("status", FINAL + ON_ITS_WAY)
@pytest.mark.parametrize("before", [*FINAL, *ON_ITS_WAY, ABSENT])
def test_with_a_known_status_every_change_is_told_and_nothing_else(
    status: str, before: str
) -> None:
    for is_news in (False, True):
        view = Case(status=status, owned="earlier").view()
        assert is_told(view, before, is_news=is_news) == (before != status)


@pytest.mark.parametrize("status", FINAL)
def test_at_a_first_look_what_was_at_rest_is_told_only_of_this_requests_own(status: str) -> None:
    view = Case(status=status).view()
    assert not is_told(view)
    assert is_told(view, is_news=True)


@pytest.mark.parametrize("status", ON_ITS_WAY)
def test_at_a_first_look_what_is_under_way_is_told(status: str) -> None:
    assert is_told(Case(status=status).view())


def test_an_update_that_is_under_way_is_told_at_a_first_look() -> None:
    assert is_told(Case(update="CREATE IN_PROGRESS").view())
    assert not is_told(Case(update="ACTIVE").view())
    assert not is_told(Case(update="CREATE FAILED").view())


def test_a_change_of_the_update_alone_is_a_change() -> None:
    before = f"ACTIVE, update CREATE PENDING {OF}"
    assert status_text(Case(update="CREATE PENDING").view().found) == before
    assert not is_told(Case(update="CREATE PENDING").view(), before)
    assert is_told(Case(update="CREATE IN_PROGRESS").view(), before)
    assert is_told(Case(update="CREATE PENDING").view(), "ACTIVE")


def test_a_second_update_that_ends_like_the_first_before_anyone_looks_is_a_change() -> None:
    first = status_text(Case(update="ACTIVE").view().found)
    assert is_told(Case(update="ACTIVE", update_at_s=200).view(), first)


@pytest.mark.parametrize("owned", ["foreign", "unmarked"])
def test_nothing_is_told_of_what_is_someone_elses(owned: str) -> None:
    assert not is_told(Case(owned=owned).view(), "CREATE PENDING", is_news=True)


def test_nothing_is_told_of_what_is_not_there() -> None:
    assert not is_told(Case(status=None).view(), "DELETE IN_PROGRESS", is_news=True)


@pytest.mark.parametrize(
    ("said", "tells"), [("true", True), ("false", False), ("False", False), (False, False)]
)
def test_events_can_be_declined(said: Any, *, tells: bool) -> None:
    view = Case().view()
    request = replace(view.request, properties={"StateChangeEvents": said})
    assert is_told(replace(view, request=request), "CREATE PENDING") is tells


# --- what does it say? ---------------------------------------------------------------------------


def told(view: View, before: str = "CREATE IN_PROGRESS") -> tuple[dict[str, Any], dict[str, Any]]:
    """The entry, and its detail."""
    text = entry(view, before=before, is_news=True)
    assert text is not None
    made = json.loads(text)
    detail = json.loads(made.pop("Detail"))
    return made, detail


def test_an_event_of_a_campaign_says_all_of_this() -> None:
    view = Case().view()
    made, detail = told(view)
    assert made == {
        "Time": NOW_S,
        "Source": "cdk-personalize",
        "Resources": [view.target_arn],
        "DetailType": "Personalize Campaign State Change",
    }
    assert len(detail.pop("id")) == 32
    assert detail == {
        "version": "1",
        "arn": view.target_arn,
        "name": view.target_arn.rsplit("/", 1)[-1],
        "resourceType": "campaign",
        "status": "ACTIVE",
        "previousStatus": "CREATE IN_PROGRESS",
        "state": "ACTIVE",
        "stackId": view.request.stack_id,
        "logicalResourceId": view.request.logical_id,
    }


def test_an_event_of_an_update_says_what_became_of_the_update() -> None:
    view = Case(update="CREATE FAILED").view()
    assert view.found is not None
    assert view.found.update is not None
    update = replace(view.found.update, failure_reason="The version is gone.")
    view = replace(view, found=replace(view.found, update=update))
    _, detail = told(view, f"ACTIVE, update CREATE IN_PROGRESS {OF}")
    assert (detail["status"], detail["previousStatus"]) == ("ACTIVE", "ACTIVE")
    assert (detail["updateStatus"], detail["state"]) == ("CREATE FAILED", "FAILED")
    assert detail["failureReason"] == "The version is gone."


def test_an_event_of_a_job_names_its_output() -> None:
    _, detail = told(Case(kind=JOB).view())
    assert detail["resourceType"] == "batch-inference-job"
    assert detail["outputPath"] == "s3://data/out/"


def test_a_field_without_a_value_is_left_out() -> None:
    for before in ("", ABSENT):
        _, detail = told(Case(status="CREATE PENDING").view(), before)
        assert {"previousStatus", "updateStatus", "failureReason"}.isdisjoint(detail)


def test_a_reason_is_told_only_of_a_failure_and_not_without_end() -> None:
    view = Case(status="CREATE FAILED").view()
    assert view.found is not None
    long = replace(view, found=replace(view.found, failure_reason="é" * 5000))
    reason = told(long)[1]["failureReason"]
    assert (len(reason), reason[-2:]) == (LONGEST_REASON, "é…")
    fine = replace(view, found=replace(view.found, failure_reason="x" * LONGEST_REASON))
    assert told(fine)[1]["failureReason"] == "x" * LONGEST_REASON
    active = replace(view.found, status="ACTIVE", failure_reason="an old one")
    assert "failureReason" not in told(replace(view, found=active))[1]


def test_the_id_is_the_same_for_the_same_change_and_for_no_other() -> None:
    view = Case().view()
    later = replace(view, now_s=view.now_s + 60)
    other = replace(view, request=replace(view.request, request_id="another"))
    first = told(view)[1]["id"]
    assert told(later)[1]["id"] == first
    different = [
        told(other)[1]["id"],
        told(view, "CREATE PENDING")[1]["id"],
        told(Case(status="CREATE FAILED").view())[1]["id"],
    ]
    assert len({first, *different}) == 4


@given(st.text(max_size=4000))
def test_an_event_is_far_below_the_size_that_event_bridge_takes(reason: str) -> None:
    view = Case(status="CREATE FAILED").view()
    assert view.found is not None
    view = replace(view, found=replace(view.found, failure_reason=reason))
    text = entry(view, before="", is_news=True)
    assert text is not None
    assert len(text.encode()) < 40_000


def test_states_are_spelt_as_the_rules_of_deployed_stacks_match_them() -> None:
    assert [state.value for state in State] == [
        *("PENDING", "IN_PROGRESS", "ACTIVE", "FAILED"),
        *("STOPPING", "STOPPED", "DELETING", "UNKNOWN"),
    ]


def test_what_a_link_hands_on_for_nothing_is_spelt_as_running_waits_know_it() -> None:
    assert ABSENT == "absent"


def test_a_reason_has_two_thousand_characters_at_most() -> None:
    assert LONGEST_REASON == 2000


def test_the_id_tells_resources_apart() -> None:
    view = Case().view()
    assert view.found is not None
    other = replace(view, found=replace(view.found, arn=f"{view.found.arn}-2"))
    assert told(view)[1]["id"] != told(other)[1]["id"]


def test_a_versions_name_is_the_last_part_of_its_arn() -> None:
    view = Case(kind=TRAINING).view()
    assert told(view)[1]["name"] == view.target_arn.split("/")[2]


def test_an_event_says_of_what_was_adopted_that_it_was() -> None:
    assert told(Case(adopted=True).view())[1]["adopted"] == "true"
    assert "adopted" not in told(Case().view())[1]
