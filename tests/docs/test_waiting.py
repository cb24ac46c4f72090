"""docs/waiting.md and the README's costs, computed anew."""

from __future__ import annotations

import re
from statistics import mean

import pytest

from docs.pages import page
from personalize_provider import follow_up, lifecycle, names, segments, stack, supersede, tick, work
from personalize_provider.resources import LONGEST_TIMEOUT_S
from personalize_provider.waiter import (
    FUNCTION_TIMEOUT_S,
    JITTER,
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


ALMOST_1 = 0.999_999
REQUESTS = [f"request-{number}" for number in range(200)]


def looks(active_after_s: int, request: str = REQUESTS[0]) -> list[int]:
    """The times of all looks, up to the one that sees ACTIVE; a look itself takes no time."""
    times = [0]
    while times[-1] < active_after_s:
        draw = names.draw(request, str(times[-1]))
        times.append(times[-1] + next_look(times[-1], draw))
    return times


def mean_looks(active_after_s: int) -> int:
    return round(mean(len(looks(active_after_s, request)) for request in REQUESTS))


def seconds(cell: str) -> int:
    return int(re.sub(r"[ s,]", "", cell))


def test_the_schedule_is_the_codes() -> None:
    section = WAITING.section("The schedule")
    assert f"not sooner than {SOONEST_LOOK_S} s" in section.text
    assert f"not later than {LATEST_LOOK_S} s" in section.text
    assert f"up to {JITTER:.0%}".replace("%", " %") in section.text
    rows = section.table("Time waited")
    assert len(rows) >= 5
    for row in rows:
        waited_s = seconds(row["Time waited"])
        shortest, longest = sorted(next_look(waited_s, draw) for draw in (0, ALMOST_1))
        assert row["Next look after"] == f"{shortest} to {longest} s"


@pytest.mark.parametrize("elapsed_s", [499, 501, 5999, 6000, 6001, 100_000])
def test_the_upper_bound_is_reached_when_the_page_says_so(elapsed_s: int) -> None:
    assert "is reached after 6,000 s" in " ".join(WAITING.text.split())
    assert (next_look(elapsed_s, 0) == LATEST_LOOK_S) == (elapsed_s >= 6000)


@pytest.mark.parametrize("request_id", REQUESTS[:5])
def test_the_delay_is_at_most_5_s_or_1_percent_of_the_time_waited(request_id: str) -> None:
    for active_after_s in range(0, 3600, 7):
        delay_s = looks(active_after_s, request_id)[-1] - active_after_s
        assert delay_s <= max(SOONEST_LOOK_S, 0.01 * active_after_s)


def test_the_looks_are_counted_right() -> None:
    rows = WAITING.section("Looks").table("ACTIVE after")
    assert [row["ACTIVE after"] for row in rows] == list(SECONDS)
    for row in rows:
        active_after_s = SECONDS[row["ACTIVE after"]]
        count = mean_looks(active_after_s)
        delay_s = mean(looks(active_after_s, each)[-1] - active_after_s for each in REQUESTS)
        assert int(row["Looks"]) == count
        assert row["Mean delay"] == f"{delay_s:.1f} s"
        assert int(row["Transitions"]) == 3 * count + 1


def test_the_other_times_are_the_codes() -> None:
    rows = WAITING.section("Other times").table("What")
    assert [row["Time"] for row in rows] == [
        f"{', '.join(str(next_try(troubles, 0)) for troubles in range(1, 6))} s",
        f"{tick.QUOTA_PAUSE_S} s",
        f"{tick.PERMISSIONS_ARRIVE_WITHIN_S} s",
        f"{lifecycle.CALLS_ACT_WITHIN_S} s",
        f"{lifecycle.VISIBLE_AFTER_S} s",
        f"{lifecycle.CALLS_SHOW_WITHIN_S} s",
        f"{stack.STACK_SHOWS_WITHIN_S} s",
        f"{lifecycle.VISIBLE_AFTER_S} s",
        f"{lifecycle.CALLS_SHOW_WITHIN_S} s, at most a quarter of `timeout`",
        f"{FUNCTION_TIMEOUT_S} s",
        f"{supersede.LISTS_SETTLE_WITHIN_S} s",
        f"{work.TAGS_TAKE_S} s",
    ]


def test_the_deadlines_are_the_codes() -> None:
    text = WAITING.section("Deadlines").text
    last_s = segments.share_s(segments.CLOUDFORMATION_WAITS_S)
    assert f"waits {segments.CLOUDFORMATION_WAITS_S:,} s" in text
    assert f"{segments.ANSWER_MARGIN_S} s before that" in text
    assert f"at\n{last_s:,} s" in text
    assert text.count(f"{last_s // 60} minutes") == 3


def test_the_times_of_a_chain_are_the_codes() -> None:
    text = " ".join(WAITING.section("Longer than an hour").text.split())
    hour_s = segments.CLOUDFORMATION_WAITS_S
    share_s = segments.share_s(hour_s)
    assert f"up to {LONGEST_TIMEOUT_S // hour_s} hours" in text
    assert segments.count(3 * hour_s) == 3
    assert f"{share_s // 60} of its {hour_s // 60} minutes" in text
    hours, rest_s = divmod(3 * share_s, hour_s)
    assert f"{hours} h {rest_s // 60} min together" in text


def test_the_readmes_costs_follow_from_the_schedule() -> None:
    rows = page("README.md").section("What that costs").table("ACTIVE after")
    assert len(rows) == 2
    for row in rows:
        count = mean_looks(SECONDS[row["ACTIVE after"]])
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


def test_the_readmes_costs_of_a_job_that_nobody_waits_for_follow_too() -> None:
    text = " ".join(page("README.md").section("What that costs").text.split())
    look_usd = 3 * USD_A_TRANSITION + USD_A_REQUEST + GB_S_A_LOOK * USD_A_GB_S
    half_a_day_usd = look_usd * len(looks(43_200))
    whole_usd = look_usd * len(looks(follow_up.LONGEST_S))
    assert f"12 hours of that cost ${half_a_day_usd:.2f}" in text
    days = follow_up.LONGEST_S // 86_400
    assert f"the {days} days after which it ends ${whole_usd:.2f}" in text
