"""docs/waiting.md and the README's costs, computed anew."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from docs.pages import page
from personalize_provider import event, lifecycle, supersede, tick
from personalize_provider.waiter import (
    FUNCTION_TIMEOUT_S,
    LATEST_LOOK_S,
    SOONEST_LOOK_S,
    next_look,
    next_try,
)

WAITING = page("docs/waiting.md")
SECONDS = {"5 min": 300, "20 min": 1200, "1 h": 3600}

USD_A_TRANSITION = 0.025 / 1000
USD_A_REQUEST = 0.20 / 1_000_000
USD_A_GB_S = 0.0000166667
GB_S_A_LOOK = 0.25


def looks(active_after_s: int) -> list[int]:
    """The times of all looks, up to the one that sees ACTIVE; a look itself takes no time."""
    times = [0]
    while times[-1] < active_after_s:
        times.append(times[-1] + next_look(times[-1]))
    return times


def seconds(cell: str) -> int:
    return int(re.sub(r"[ s,]", "", cell))


def test_the_schedule_is_the_codes() -> None:
    section = WAITING.section("The schedule")
    assert f"not sooner than {SOONEST_LOOK_S} s" in section.text
    assert f"not later than {LATEST_LOOK_S} s" in section.text
    rows = section.table("Time waited")
    assert len(rows) >= 5
    for row in rows:
        assert next_look(seconds(row["Time waited"])) == seconds(row["Next look after"])


@pytest.mark.parametrize("elapsed_s", [499, 501, 5999, 6000, 6001, 100_000])
def test_the_upper_bound_is_reached_when_the_page_says_so(elapsed_s: int) -> None:
    assert "would be reached after 6,000 s" in " ".join(WAITING.text.split())
    assert (next_look(elapsed_s) == LATEST_LOOK_S) == (elapsed_s >= 6000)


def test_the_delay_is_at_most_5_s_or_1_percent_of_the_time_waited() -> None:
    for active_after_s in range(0, 3600, 7):
        delay_s = looks(active_after_s)[-1] - active_after_s
        assert delay_s <= max(SOONEST_LOOK_S, 0.01 * active_after_s)


def test_the_looks_are_counted_right() -> None:
    rows = WAITING.section("Looks").table("ACTIVE after")
    assert [row["ACTIVE after"] for row in rows] == list(SECONDS)
    for row in rows:
        times = looks(SECONDS[row["ACTIVE after"]])
        distance_s = [later - earlier for earlier, later in pairwise(times)][-1]
        assert int(row["Looks"]) == len(times)
        assert seconds(row["Distance of the last two"]) == distance_s
        assert int(row["Transitions"]) == 3 * len(times) + 1


def test_the_other_times_are_the_codes() -> None:
    rows = WAITING.section("Other times").table("What")
    assert [row["Time"] for row in rows] == [
        f"{', '.join(str(next_try(troubles)) for troubles in range(1, 6))} s",
        f"{tick.QUOTA_PAUSE_S} s",
        f"{tick.PERMISSIONS_ARRIVE_WITHIN_S} s",
        f"{lifecycle.VISIBLE_AFTER_S} s",
        f"{supersede.STACK_SHOWS_WITHIN_S} s",
        f"{FUNCTION_TIMEOUT_S} s",
        f"{supersede.LISTS_SETTLE_WITHIN_S} s",
    ]


def test_the_deadlines_are_the_codes() -> None:
    text = WAITING.section("Deadlines").text
    last_s = event.CLOUDFORMATION_WAITS_S - event.ANSWER_MARGIN_S
    assert f"waits {event.CLOUDFORMATION_WAITS_S:,} s" in text
    assert f"{event.ANSWER_MARGIN_S} s before that" in text
    assert f"at\n{last_s:,} s" in text
    assert text.count(f"{last_s // 60} minutes") == 2


def test_the_readmes_costs_follow_from_the_schedule() -> None:
    rows = page("README.md").section("What that costs").table("ACTIVE after")
    assert len(rows) == 2
    for row in rows:
        count = len(looks(SECONDS[row["ACTIVE after"]]))
        transitions, invocations = 3 * count + 1, count + 1
        steps_usd = transitions * USD_A_TRANSITION
        gb_s = invocations * GB_S_A_LOOK
        lambda_usd = invocations * USD_A_REQUEST + gb_s * USD_A_GB_S
        assert row == {
            "ACTIVE after": row["ACTIVE after"],
            "Looks": str(count),
            "Transitions": f"3 \N{MULTIPLICATION SIGN} {count} + 1 = {transitions}",
            "Step Functions": f"${steps_usd:.4f}",
            "Requests": str(invocations),
            "GB-s": f"{gb_s:.2f}",
            "Lambda": f"${lambda_usd:.4f}",
            "Sum": f"${steps_usd + lambda_usd:.3f}",
        }
