"""The answer is one that CloudFormation takes, whatever the reason says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.given import REQUEST_ID, STACK
from personalize_provider.response import MAX_ANSWER_BYTES, Status, Verdict, body

ARN = "arn:aws:personalize:eu-west-1:123456789012:campaign/shop"


def answered(
    status: Status = Status.FAILED,
    reason: str = "because",
    data: dict[str, str] | None = None,
    physical_id: str = ARN,
    logical_id: str = "Campaign",
) -> tuple[bytes, dict[str, Any]]:
    verdict = Verdict(status=status, physical_id=physical_id, reason=reason, data=data or {})
    encoded = body(verdict, stack_id=STACK, request_id=REQUEST_ID, logical_id=logical_id)
    return encoded, json.loads(encoded.decode())


def test_an_answer_has_all_that_cloudformation_wants() -> None:
    _, answer = answered(Status.SUCCESS, "done", {"Status": "ACTIVE"})
    assert answer == {
        "Status": "SUCCESS",
        "Reason": "done",
        "PhysicalResourceId": ARN,
        "StackId": STACK,
        "RequestId": REQUEST_ID,
        "LogicalResourceId": "Campaign",
        "NoEcho": False,
        "Data": {"Status": "ACTIVE"},
    }


@pytest.mark.parametrize("status", list(Status))
def test_a_reason_is_never_empty(status: Status) -> None:
    assert answered(status, reason="")[1]["Reason"] == status.value


TEXTS = st.text() | st.text('aä€😀"\\\n\x00\u0301\u200d', min_size=900, max_size=2500)


@given(st.sampled_from(Status), TEXTS, st.dictionaries(st.text(max_size=9), TEXTS, max_size=2))
def test_an_answer_is_always_valid_json_of_at_most_4096_bytes(
    status: Status, reason: str, data: dict[str, str]
) -> None:
    encoded, answer = answered(status, reason, data, logical_id="L" * 255)
    assert len(encoded) <= MAX_ANSWER_BYTES
    assert answer["Reason"]
    assert answer["PhysicalResourceId"] == ARN
    assert answer["Data"] in ({}, data)


@pytest.mark.parametrize("character", ["a", "ä", "€", "😀", '"', "\\", "\n", "\x00"])
@pytest.mark.parametrize("shift", range(4))
def test_a_long_reason_keeps_its_head_and_is_cut_at_a_whole_character(
    character: str, shift: int
) -> None:
    reason = "MinProvisionedTPS is bad: " + "." * shift + character * 5000
    encoded, answer = answered(reason=reason)
    kept = answer["Reason"]
    assert kept.endswith("…")
    assert reason.startswith(kept[:-1])
    # Nothing more would have fitted.
    assert MAX_ANSWER_BYTES - len(encoded) < len(json.dumps(character)) + 2


@pytest.mark.parametrize("reason", ["\ud800", "x\udfff" * 4000, "\ud83d" + "a" * 5000])
def test_half_a_character_does_not_break_the_answer(reason: str) -> None:
    encoded, answer = answered(reason=reason)
    assert len(encoded) <= MAX_ANSWER_BYTES
    assert "?" in answer["Reason"]


def test_a_reason_that_just_fits_is_not_cut() -> None:
    room = MAX_ANSWER_BYTES - len(answered(reason="x")[0]) + 1
    assert answered(reason="y" * room)[1]["Reason"] == "y" * room
    assert answered(reason="y" * (room + 1))[1]["Reason"] == "y" * (room - 3) + "…"


def test_attributes_outlive_a_long_reason() -> None:
    data = {"CampaignArn": ARN}
    _, answer = answered(Status.SUCCESS, "z" * 9000, data)
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", data)


def test_attributes_that_do_not_fit_make_a_failure_that_says_so() -> None:
    encoded, answer = answered(Status.SUCCESS, "done", {"OutputPath": "p" * 5000})
    assert len(encoded) <= MAX_ANSWER_BYTES
    assert (answer["Status"], answer["Data"], answer["PhysicalResourceId"]) == ("FAILED", {}, ARN)
    assert answer["Reason"].startswith("The attributes do not fit into the 4,096 bytes")


def test_ids_as_long_as_cloudformation_allows_still_leave_room_for_the_reason() -> None:
    encoded, answer = answered(reason="why " * 2000, physical_id="i" * 1024, logical_id="L" * 255)
    assert len(encoded) <= MAX_ANSWER_BYTES
    assert answer["Reason"].startswith("why why")


def test_cloudformations_limit_is_used_to_the_last_byte() -> None:
    assert len(answered(reason="y" * 9000)[0]) == 4096


def test_an_answer_has_no_spaces_to_spare() -> None:
    start = '{"Status":"FAILED","Reason":"because","PhysicalResourceId":'
    assert answered()[0].startswith(start.encode())


def test_attributes_may_leave_room_for_nothing_but_the_sign_of_a_cut() -> None:
    taken = len(answered(Status.SUCCESS, "", {"OutputPath": ""})[0]) - len("SUCCESS")
    room = MAX_ANSWER_BYTES - taken - len("…".encode())
    encoded, answer = answered(Status.SUCCESS, "done and dusted", {"OutputPath": "p" * room})
    assert (answer["Status"], answer["Reason"]) == ("SUCCESS", "…")
    assert len(encoded) == MAX_ANSWER_BYTES
    _, answer = answered(Status.SUCCESS, "done and dusted", {"OutputPath": "p" * (room + 1)})
    assert answer["Status"] == "FAILED"


@pytest.mark.parametrize("path", ["s3://data/out/", "p" * 5000], ids=["fits", "does not fit"])
def test_an_answer_names_its_request_even_if_the_attributes_do_not_fit(path: str) -> None:
    verdict = Verdict(
        status=Status.SUCCESS, physical_id=ARN, reason="done", data={"OutputPath": path}
    )
    answer = json.loads(
        body(verdict, stack_id=STACK, request_id=REQUEST_ID, logical_id="Job", no_echo=True)
    )
    assert (answer["StackId"], answer["RequestId"]) == (STACK, REQUEST_ID)
    assert (answer["LogicalResourceId"], answer["NoEcho"]) == ("Job", True)
