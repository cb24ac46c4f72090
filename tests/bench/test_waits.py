"""What is made of replayed schedules: delays, looks, costs."""

from __future__ import annotations

import pytest

from bench import prices, schedules, waits
from bench.schedules import SEGMENT_S

EVERY_10_S = schedules.crhelper(10)


@pytest.mark.parametrize(
    ("active_s", "allowed_s"), [(60, 5), (500, 5), (1200, 12), (6000, 60), (20_000, 60)]
)
def test_the_allowed_delay_is_the_issues(active_s: float, allowed_s: float) -> None:
    assert waits.allowed_s(active_s) == allowed_s


def test_delays_of_a_regular_schedule_are_half_its_interval_and_all_of_it() -> None:
    found = waits.delays(EVERY_10_S, 1000)
    assert found.mean_s == pytest.approx(5, abs=0.1)
    assert 9.9 < found.worst_s <= 10
    # At 800 s, 8 s are allowed.
    assert 1.5 < found.excess_s <= 2


def test_looks_are_counted_up_to_the_one_that_sees_active() -> None:
    assert waits.looks_until(EVERY_10_S, 40) == 4
    assert waits.looks_until(EVERY_10_S, 41) == 5


@pytest.mark.parametrize(
    ("active_s", "count"), [(1, 1), (SEGMENT_S, 1), (SEGMENT_S + 1, 2), (21_600, 7)]
)
def test_a_wait_takes_a_request_for_each_of_its_59_minutes(active_s: float, count: int) -> None:
    assert waits.segments(active_s) == count


def test_a_look_of_ours_is_three_transitions_by_the_synthesized_definition() -> None:
    assert waits.transitions_a_look() == 3


def test_our_price_is_the_readmes() -> None:
    use = prices.ours(210, segments=1, transitions_a_look=3)
    assert (use.transitions, use.invocations, use.gb_s) == (631, 211, 52.75)
    assert use.usd == pytest.approx(0.0167, abs=5e-5)


def test_a_look_of_the_framework_is_a_transition_and_two_functions() -> None:
    use = prices.framework(240)
    assert (use.transitions, use.invocations) == (240, 482)
    assert use.gb_s == 241 * (0.25 + 0.125)


def test_crhelper_has_no_state_machine() -> None:
    assert prices.crhelper(10).transitions == 0


def test_each_price_is_the_sum_of_its_parts() -> None:
    use = prices.Use(transitions=1000, invocations=1_000_000, gb_s=1000)
    assert use.usd == pytest.approx(0.025 + 0.20 + 0.0166667)
