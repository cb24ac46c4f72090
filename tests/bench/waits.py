"""notice_delay_s, looks, cost_usd: the schedules, replayed over many waits on a virtual clock."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk

from bench import prices, schedules
from bench.figures import CRHELPER, FRAMEWORK, Figure, Measured
from bench.schedules import SEGMENT_S, Looks, noticed_s, until
from bench.stacks import framework, template
from simulator.deployment import deployment

DISTRIBUTIONS: Final = {"5 min": 300.0, "20 min": 1200.0, "3 h": 10_800.0}
SPREAD: Final = 0.2
"""The waits of a distribution are spread evenly from 20 % less to 20 % more."""
DURATIONS: Final = {"20 min": 1200.0, "1 h": 3600.0, "6 h": 21_600.0}

DRAWS: Final = 200
"""Waits that are drawn, jitter included."""
MOMENTS: Final = 101
"""Moments of ACTIVE that are tried for each of them."""

SHORTEST_ALLOWED_S: Final = 5.0
ALLOWED_SHARE: Final = 0.01
LONGEST_ALLOWED_S: Final = 60.0

MEAN_OF_CRHELPERS: Final = 1 / 9
LOOKS_OF_FRAMEWORKS: Final = {"20 min": 0.9, "1 h": 0.5, "6 h": 0.17}
CURVE_S: Final = tuple(range(300, 21_601, 300))

RESTART_LIMIT: Final = (
    "each started hour is a request of its own, which starts again with pauses of 5 s"
)


def allowed_s(active_s: float) -> float:
    """How late ACTIVE may be noticed."""
    return min(LONGEST_ALLOWED_S, max(SHORTEST_ALLOWED_S, ALLOWED_SHARE * active_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """From ACTIVE to the answer, in seconds.

    Attributes:
        mean_s: Over all waits.
        worst_s: Over all waits.
        excess_s: The most by which a delay exceeds what is allowed; negative if none does.
    """

    mean_s: float
    worst_s: float
    excess_s: float


def delays(looks: Looks, around_s: float, *, seed: int = 0) -> Delays:
    """How late a schedule notices ACTIVE, over waits around a length."""
    draws = random.Random(seed)  # noqa: S311 a simulation's draws, not a secret's
    step = 2 * SPREAD * around_s / (MOMENTS - 1)
    found: list[tuple[float, float]] = []
    for _ in range(DRAWS):
        times = until(looks(draws), (1 + SPREAD) * around_s)
        # The moments of a wait lie evenly, and those of another wait in between.
        shift_s = step * (draws.random() - 0.5)
        for n in range(MOMENTS):
            active_s = min((1 - SPREAD) * around_s + n * step + shift_s, times[-1])
            found.append((active_s, noticed_s(times, active_s) - active_s))
    late = [each for _, each in found]
    return Delays(
        mean_s=statistics.fmean(late),
        worst_s=max(late),
        excess_s=max(each - allowed_s(active_s) for active_s, each in found),
    )


def looks_until(looks: Looks, active_s: float, *, seed: int = 0) -> float:
    """How often a schedule looks until it sees ACTIVE: the mean over many draws."""
    draws = random.Random(seed)  # noqa: S311
    return statistics.fmean(len(until(looks(draws), active_s)) for _ in range(DRAWS))


def segments(active_s: float) -> int:
    """Requests that a wait of ours takes."""
    return max(1, math.ceil(active_s / SEGMENT_S))


def transitions_a_look() -> int:
    """State transitions of one turn of our waiter, by the synthesized definition."""
    definition = deployment("arn:aws:lambda:us-east-1:123456789012:function:last").definition
    states, start = definition["States"], definition["StartAt"]
    name, count = start, 0
    while True:
        count += 1
        state = states[name]
        name = state.get("Next") or state["Default"]
        if name == start:
            return count


def measure(*, carries_elapsed: bool = True) -> Measured:
    """Replay all schedules.

    Args:
        carries_elapsed: See `schedules.ours`.
    """
    given = schedules.retrier(template(framework, 1))
    polling = schedules.crhelper_polling()
    mine = schedules.ours(carries_elapsed=carries_elapsed)
    theirs = {
        FRAMEWORK: schedules.framework(given),
        CRHELPER: schedules.crhelper(polling.interval_s),
    }
    limit = "" if carries_elapsed else RESTART_LIMIT
    return Measured(
        figures=(
            *_notice(mine, theirs),
            *_looks(mine, theirs, limit),
            *_costs(mine, theirs, limit),
        ),
        series={
            "delays": _delay_curves(mine, theirs),
            "looks": _look_curves(mine, theirs),
            "costs": _cost_curves(mine, theirs),
        },
        notes={
            "framework_interval_s": given.interval_s,
            "framework_backoff": given.backoff,
            "framework_attempts_by_default": given.attempts,
            "framework_takes_six_hours": _takes(cdk.Duration.hours(6)),
            "crhelper_interval_s": polling.interval_s,
            "crhelper_calls": list(polling.calls),
            "transitions_a_look": transitions_a_look(),
            "segment_s": SEGMENT_S,
            "carries_elapsed": carries_elapsed,
            "waits_a_distribution": DRAWS * MOMENTS,
        },
    )


def _takes(timeout: cdk.Duration) -> bool:
    """Whether the framework synthesizes with such a time-out at all."""
    try:
        template(lambda stack, count: framework(stack, count, timeout=timeout), 1)
    except RuntimeError:
        return False
    return True


def _notice(mine: Looks, theirs: Mapping[str, Looks]) -> list[Figure]:
    figures: list[Figure] = []
    for name, around_s in DISTRIBUTIONS.items():
        own = delays(mine, around_s)
        others = {peer: delays(looks, around_s) for peer, looks in theirs.items()}
        judged = around_s <= DISTRIBUTIONS["20 min"]
        share = own.mean_s / others[CRHELPER].mean_s
        figures += [
            Figure(
                key="notice_delay_s",
                case=f"{name}, mean",
                unit="s",
                digits=1,
                ours=own.mean_s,
                peers={peer: each.mean_s for peer, each in others.items()},
                target="<= 1/9 of crhelper's" if judged else "",
                met=share <= MEAN_OF_CRHELPERS if judged else None,
                limit=f"it is {share:.3f} of crhelper's; our pauses set it",
            ),
            Figure(
                key="notice_delay_s",
                case=f"{name}, worst",
                unit="s",
                digits=1,
                ours=own.worst_s,
                peers={peer: each.worst_s for peer, each in others.items()},
                target="<= max(5 s, 1 %), <= 60 s",
                met=own.excess_s <= 1e-6,
                limit=f"up to {own.excess_s:.1f} s more than allowed; our pauses set it",
            ),
        ]
    return figures


def _looks(mine: Looks, theirs: Mapping[str, Looks], limit: str) -> list[Figure]:
    figures: list[Figure] = []
    for name, active_s in DURATIONS.items():
        own = looks_until(mine, active_s)
        others = {peer: looks_until(looks, active_s) for peer, looks in theirs.items()}
        most = LOOKS_OF_FRAMEWORKS[name]
        figures.append(
            Figure(
                key="looks",
                case=name,
                ours=own,
                peers=others,
                target=f"<= {most:g} of the framework's",
                met=own <= most * others[FRAMEWORK],
                limit=limit or "our pauses set it: 5 s at first, then 1 % of the time waited",
            )
        )
    return figures


def costs(
    mine: Looks, theirs: Mapping[str, Looks], active_s: float
) -> tuple[float, dict[str, float]]:
    """What a wait costs in US dollars: ours, and the peers'."""
    own = prices.ours(
        looks_until(mine, active_s),
        segments=segments(active_s),
        transitions_a_look=transitions_a_look(),
    )
    uses = {FRAMEWORK: prices.framework, CRHELPER: prices.crhelper}
    return own.usd, {
        peer: uses[peer](looks_until(looks, active_s)).usd for peer, looks in theirs.items()
    }


def _costs(mine: Looks, theirs: Mapping[str, Looks], limit: str) -> list[Figure]:
    figures: list[Figure] = []
    for name, active_s in DURATIONS.items():
        own, others = costs(mine, theirs, active_s)
        judged = name == "6 h"
        figures.append(
            Figure(
                key="cost_usd",
                case=name,
                unit="$",
                digits=4,
                ours=own,
                peers=others,
                target="below the framework's" if judged else "",
                met=own < others[FRAMEWORK] if judged else None,
                limit="a look is three transitions of ours, and one of the framework's"
                + (f"; {limit}" if limit else ""),
            )
        )
    return figures


def _delay_curves(mine: Looks, theirs: Mapping[str, Looks]) -> dict[str, list[float]]:
    """The worst delay around each time waited."""
    curves = {"x": [float(each) for each in CURVE_S], "allowed": [allowed_s(x) for x in CURVE_S]}
    for name, looks in {"ours": mine, **theirs}.items():
        draws = random.Random(0)  # noqa: S311
        many = [until(looks(draws), CURVE_S[-1] + 300) for _ in range(20)]
        curves[name] = [max(_longest_gap(times, x) for times in many) for x in CURVE_S]
    return curves


def _longest_gap(times: list[float], around_s: float) -> float:
    """The longest pause that begins within 150 s before or after a time."""
    return max(
        later - earlier
        for earlier, later in zip([0.0, *times], times, strict=False)
        if abs(earlier - around_s) <= 150
    )


def _look_curves(mine: Looks, theirs: Mapping[str, Looks]) -> dict[str, list[float]]:
    curves = {"x": [float(each) for each in CURVE_S]}
    for name, looks in {"ours": mine, **theirs}.items():
        times = until(looks(random.Random(0)), CURVE_S[-1])  # noqa: S311
        curves[name] = [float(sum(at < x for at in times) + 1) for x in CURVE_S]
    return curves


def _cost_curves(mine: Looks, theirs: Mapping[str, Looks]) -> dict[str, list[float]]:
    looks = _look_curves(mine, theirs)
    turn = transitions_a_look()
    return {
        "x": looks["x"],
        "ours": [
            prices.ours(count, segments=segments(x), transitions_a_look=turn).usd
            for x, count in zip(looks["x"], looks["ours"], strict=True)
        ],
        FRAMEWORK: [prices.framework(count).usd for count in looks[FRAMEWORK]],
        CRHELPER: [prices.crhelper(count).usd for count in looks[CRHELPER]],
    }
