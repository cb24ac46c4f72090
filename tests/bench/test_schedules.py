"""Schedules, as they are replayed: where they come from, and what a replay makes of them."""

from __future__ import annotations

import random
from itertools import islice, pairwise

import aws_cdk as cdk
import pytest

from bench import schedules
from bench.schedules import SEGMENT_S, Retrier, noticed_s, until
from bench.stacks import framework, template
from emulator.plans import Plan
from personalize_provider.waiter import LATEST_LOOK_S, next_look
from simulator.world import World, campaign


def draws() -> random.Random:
    return random.Random(7)  # noqa: S311 a simulation's draws, not a secret's


def test_our_looks_are_the_handlers_within_the_first_hour() -> None:
    replayed, drawn = until(schedules.ours()(draws()), 3000), draws()
    for earlier, later in pairwise(replayed):
        assert later - earlier == next_look(earlier, drawn.random())


def test_a_request_looks_at_its_deadline_and_the_next_one_at_once() -> None:
    times = until(schedules.ours()(draws()), SEGMENT_S + 100)
    assert times.count(SEGMENT_S) == 2


@pytest.mark.parametrize(("carries_elapsed", "longest_s"), [(True, 60), (False, 36)])
def test_a_later_hour_starts_anew_unless_it_knows_of_the_earlier_ones(
    carries_elapsed: bool, longest_s: float
) -> None:
    looks = schedules.ours(carries_elapsed=carries_elapsed)
    times = [each for each in until(looks(draws()), 5 * SEGMENT_S) if each > 3 * SEGMENT_S]
    assert 0.8 * longest_s <= max(b - a for a, b in pairwise(times)) <= longest_s <= LATEST_LOOK_S


def test_the_replay_looks_as_often_as_the_real_handler_does() -> None:
    world = World(seed=3)
    world.personalize.plan("*", Plan(create_s=1200.0))
    asked: list[str] = []
    world.wire.on_effect = lambda operation, _request, _caller: asked.append(operation)
    world.stack("one").create({"Campaign": campaign()})
    world.run()
    real = asked.count("DescribeCampaign")
    replayed = len(until(schedules.ours()(draws()), 1200))
    # A real tick takes its time, so there are a few looks less.
    assert 0.85 * replayed <= real <= 1.02 * replayed


def test_the_frameworks_schedule_is_read_from_its_state_machine() -> None:
    assert schedules.retrier(template(framework, 1)) == Retrier(
        interval_s=5, backoff=1, attempts=360
    )


def test_a_longer_time_out_of_the_framework_gives_more_retries_of_the_same_interval() -> None:
    longer = template(
        lambda stack, count: framework(stack, count, timeout=cdk.Duration.hours(1)), 1
    )
    assert schedules.retrier(longer) == Retrier(interval_s=5, backoff=1, attempts=720)


def test_the_framework_looks_at_once_and_gives_up_after_its_retries() -> None:
    given = Retrier(interval_s=5, backoff=2, attempts=3)
    assert list(schedules.framework(given, gives_up=True)(draws())) == [0, 5, 15, 35]
    assert list(islice(schedules.framework(given)(draws()), 5)) == [0, 5, 15, 35, 75]


def test_crhelpers_schedule_is_what_it_asks_of_eventbridge() -> None:
    polling = schedules.crhelper_polling()
    assert polling.interval_s == 120
    assert polling.calls == (
        "create_campaign",
        "put_rule",
        "add_permission",
        "put_targets",
        "describe_campaign",
        "remove_targets",
        "remove_permission",
        "delete_rule",
    )
    assert polling.statement["Sid"].startswith("Campaign1")
    assert list(islice(schedules.crhelper(polling.interval_s)(draws()), 3)) == [120, 240, 360]


def test_active_is_noticed_at_the_first_look_from_then_on() -> None:
    assert [noticed_s([0, 5, 10], each) for each in (0, 0.1, 5, 7)] == [0, 5, 5, 10]
    assert noticed_s([0, 5], 6) == float("inf")
