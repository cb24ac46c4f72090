"""The crowd's parts, and a small crowd."""

from __future__ import annotations

from collections import Counter

import pytest

from bench import crowd
from bench.crowd import BURST, TOKENS_A_SECOND, Crowd, TokenBucket
from simulator.scheduler import START_S


def test_a_token_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    now_s = START_S
    bucket = TokenBucket(clock=lambda: now_s)
    asked = [bucket.strike("personalize", "DescribeCampaign") for _ in range(int(BURST) + 5)]
    assert asked.count("throttle") == 5
    now_s += 1
    asked = [bucket.strike("personalize", "DescribeCampaign") for _ in range(100)]
    assert asked.count(None) == TOKENS_A_SECOND
    assert bucket.asked == Counter({0: int(BURST) + 5, 1: 100})


def test_only_describes_are_throttled() -> None:
    bucket = TokenBucket(clock=lambda: START_S, tokens=0)
    assert bucket.strike("personalize", "CreateCampaign") is None
    assert bucket.strike("stepfunctions", "ListExecutions") is None


def test_looks_are_averaged_over_windows() -> None:
    made = Crowd(answered=1, asked={0: 10, 4: 5, 5: 20}, throttled=0, latest_s=0)
    assert made.rates() == [3, 4]
    assert made.peak == 4


def test_a_small_crowd_is_all_answered() -> None:
    made = crowd.gather(5)
    assert made.answered == 5
    assert made.throttled == 0
    assert 0 < made.latest_s <= 6


def test_crhelpers_policy_grows_by_a_statement_a_wait_and_has_room_for_few() -> None:
    grown = crowd.crhelpers_policy(11) - crowd.crhelpers_policy(10)
    assert grown == pytest.approx(crowd.crhelpers_policy(21) - crowd.crhelpers_policy(20))
    assert 50 <= crowd.waits_that_fit() <= 65
