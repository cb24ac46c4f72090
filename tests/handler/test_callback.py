"""The answer is delivered: in secret, and tried again a few times while that can help."""

from __future__ import annotations

import logging
import traceback
import urllib.error
from collections.abc import Sequence

import pytest

from handler.given import CREDENTIAL, SIGNATURE, response_url
from handler.listener import Listener
from personalize_provider.callback import (
    ATTEMPTS,
    TIMEOUT_S,
    UndeliveredError,
    deliver,
    put_over_http,
)

URL = response_url()
ANSWER = b'{"Status":"SUCCESS"}'

Outcome = int | Exception


class Line:
    """A line to CloudFormation that meets the given outcomes, and the time that passes on it."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[tuple[str, bytes]] = []
        self.pauses_s: list[float] = []

    def put(self, url: str, answer: bytes) -> int:
        self.sent.append((url, answer))
        outcome = self.outcomes[len(self.sent) - 1]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def deliver(self) -> None:
        deliver(URL, ANSWER, put=self.put, sleep=self.pauses_s.append)


RESET = ConnectionResetError(f"reset by {URL}")
DNS = urllib.error.URLError(f"no such host: {URL}")


@pytest.mark.parametrize(
    ("outcomes", "attempts"),
    [
        ([200], 1),
        ([204], 1),
        ([403], 1),  # the URL has expired: no repetition can change that
        ([400], 1),
        ([404], 1),
        ([307, 200], 2),  # not followed, and no refusal either
        ([500, 200], 2),
        ([503, 502, 200], 3),
        ([429, 200], 2),
        ([408, 200], 2),
        ([RESET, 200], 2),
        ([DNS, TimeoutError(), 200], 3),
        ([500, 403], 2),
    ],
)
def test_delivery_ends_with_the_first_answer_that_counts(
    outcomes: list[Outcome], attempts: int
) -> None:
    line = Line(outcomes)
    line.deliver()
    assert line.sent == [(URL, ANSWER)] * attempts


@pytest.mark.parametrize(
    ("outcomes", "trouble"),
    [
        ([500, 500, 500], "HTTP 500"),
        ([RESET, RESET, RESET], "ConnectionResetError"),
        ([DNS, DNS, DNS], "URLError"),
        ([RESET, 500, 429], "HTTP 429"),
    ],
)
def test_what_can_not_be_delivered_is_told_after_some_attempts(
    outcomes: list[Outcome], trouble: str
) -> None:
    line = Line(outcomes)
    with pytest.raises(UndeliveredError, match=f"{trouble}$"):
        line.deliver()
    assert len(line.sent) == ATTEMPTS


def test_all_attempts_fit_into_the_functions_time_out() -> None:
    line = Line([500] * ATTEMPTS)
    with pytest.raises(UndeliveredError):
        line.deliver()
    assert line.pauses_s == sorted(line.pauses_s)
    assert all(pause_s > 0 for pause_s in line.pauses_s)
    assert sum(line.pauses_s) + ATTEMPTS * TIMEOUT_S < 20


@pytest.mark.parametrize("outcomes", [[200], [403], [500] * 3, [RESET] * 3, [DNS, 500, 200]])
def test_neither_log_nor_error_tells_the_url(
    outcomes: list[Outcome], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = ""
    try:
        Line(outcomes).deliver()
    except UndeliveredError as error:
        told = f"{error!r} {error.__cause__!r} {error.__context__!r}"
    assert caplog.records
    for text in (told, caplog.text):
        assert SIGNATURE not in text
        assert CREDENTIAL not in text
        assert "https://" not in text


@pytest.mark.parametrize("status", [200, 204, 403, 404, 429, 500, 503])
def test_a_status_comes_back_as_it_is(listener: Listener, status: int) -> None:
    listener.statuses = [status]
    assert put_over_http(listener.url, ANSWER) == status


def test_a_put_carries_the_answer_with_an_empty_content_type(listener: Listener) -> None:
    put_over_http(listener.url, ANSWER)
    assert listener.bodies == [ANSWER]
    assert listener.headers[0]["content-type"] == ""
    assert listener.headers[0]["content-length"] == str(len(ANSWER))


def test_a_redirection_is_not_followed(listener: Listener) -> None:
    listener.statuses = [307]
    assert put_over_http(listener.url, ANSWER) == 307
    assert len(listener.bodies) == 1


def test_a_dropped_connection_is_an_os_error_without_the_url(listener: Listener) -> None:
    listener.statuses = [0]
    with pytest.raises(OSError, match=r"\w") as dropped:
        put_over_http(listener.url, ANSWER)
    assert SIGNATURE not in repr(dropped.value)


@pytest.mark.parametrize(
    "url",
    [
        f"http://127.0.0.1:1/answer?X-Amz-Signature={SIGNATURE}",
        f"http://127.0.0.1:port/answer?X-Amz-Signature={SIGNATURE}",
        f"http://127.0.0.1:1/an answer?X-Amz-Signature={SIGNATURE}",
        f"http://127.0.0.1:1/antwört?X-Amz-Signature={SIGNATURE}",
        f"answer?X-Amz-Signature={SIGNATURE}",
    ],
)
def test_a_url_that_leads_nowhere_is_an_os_error_without_the_url(url: str) -> None:
    with pytest.raises(OSError, match=r"\w") as failed:
        put_over_http(url, ANSWER)
    assert SIGNATURE not in "".join(traceback.format_exception(failed.value))
