"""PutEvents: what is taken is gone, what is not stays, and nothing is raised."""

from __future__ import annotations

import json
import logging

import pytest

from handler.services import EventBridge, stubbed
from personalize_provider.event_bus import MOST_ENTRIES, put

NOTED = tuple(
    json.dumps(
        {
            "Time": 1_738_555_506,
            "Source": "cdk-personalize",
            "Resources": ["arn:x"],
            "DetailType": "Personalize Campaign State Change",
            "Detail": json.dumps({"number": number}),
        }
    )
    for number in range(3)
)


def test_what_is_taken_is_gone() -> None:
    bus = EventBridge()
    assert put(bus.client(), NOTED) == ()
    assert [each["number"] for each in bus.details] == [0, 1, 2]


def test_an_entry_that_is_not_taken_stays_and_the_others_are_gone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus = EventBridge(codes=["", "ThrottlingException", ""])
    assert put(bus.client(), NOTED) == NOTED[1:2]
    assert [each["number"] for each in bus.details] == [0, 2]
    assert "ThrottlingException: sorry" in caplog.text


@pytest.mark.parametrize("status", [400, 500, 503])
def test_a_call_that_fails_leaves_all_and_raises_nothing(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert put(EventBridge(fails=status).client(), NOTED) == NOTED
    assert "will be tried again: PutEvents: InternalException" in caplog.text


def test_a_call_that_iam_refuses_leaves_all(caplog: pytest.LogCaptureFixture) -> None:
    with stubbed("events") as (client, stubber):
        stubber.add_client_error("put_events", "AccessDeniedException", "not authorized", 400)
        assert put(client, NOTED) == NOTED
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_no_more_than_a_call_takes_is_sent_in_one() -> None:
    bus = EventBridge(codes=["Busy"])
    many = NOTED * 5
    assert put(bus.client(), many) == (many[0], *many[MOST_ENTRIES:])
    assert len(bus.entries) == MOST_ENTRIES - 1
