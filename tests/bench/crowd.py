"""concurrent: 500 campaigns of one stack wait at once, and Personalize throttles describes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bench import schedules
from bench.figures import CRHELPER, FRAMEWORK, Figure, Measured
from bench.stacks import framework, ours, template
from emulator.plans import Plan
from simulator import workers
from simulator.scheduler import START_S
from simulator.wire import Effect
from simulator.world import World, campaign

RESOURCES: Final = 500
"""As many as CloudFormation takes in one template, the provider's own included."""
CAMPAIGNS: Final = 475
"""As many as a template has room for beside the framework's resources, the most of all."""
CREATE_S: Final = 300.0
TOKENS_A_SECOND: Final = 50.0
BURST: Final = 100.0
WINDOW_S: Final = 5
"""Looks are averaged over so many seconds."""
LOOKS_A_WINDOW: Final = 2
"""Of one wait at most: its first two looks, or two of later ones, which are 4 s or more apart."""

FUNCTION_POLICY_BYTES: Final = 20_480
"""Limit of a function's policy. Source: the Lambda guide, "Lambda quotas"."""


@dataclass(kw_only=True)
class TokenBucket:
    """Personalize's throttling of describes, as AWS throttles: a rate, and a burst above it.

    Attributes:
        clock: The virtual clock, in seconds.
        asked: Describes by the second in which they came.
        throttled: How many of those were refused.
    """

    clock: Any
    tokens: float = BURST
    filled_s: float = START_S
    asked: Counter[int] = field(default_factory=Counter)
    throttled: int = 0

    def strike(self, service: str, operation: str) -> Effect | None:
        """The simulator's question: what befalls this call?"""
        if (service, operation) != ("personalize", "DescribeCampaign"):
            return None
        now_s = self.clock()
        self.asked[int(now_s - START_S)] += 1
        self.tokens = min(BURST, self.tokens + (now_s - self.filled_s) * TOKENS_A_SECOND)
        self.filled_s = now_s
        if self.tokens < 1:
            self.throttled += 1
            return "throttle"
        self.tokens -= 1
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What became of a crowd of waits.

    Attributes:
        answered: Resources that CloudFormation saw succeed.
        asked: Describes by second.
        throttled: Describes that were refused.
        latest_s: The longest time from a campaign's ACTIVE to the answer.
    """

    answered: int
    asked: Mapping[int, int]
    throttled: int
    latest_s: float

    @property
    def peak(self) -> float:
        """The most describes a second, over any window."""
        return max(self.rates())

    def rates(self) -> list[float]:
        """Describes a second, window by window."""
        windows = max(self.asked) // WINDOW_S + 1
        totals = [0.0] * windows
        for second, count in self.asked.items():
            totals[second // WINDOW_S] += count / WINDOW_S
        return totals


def gather(count: int, *, seed: int = 0) -> Crowd:
    """Create a stack of so many campaigns in the simulator, and wait for its end."""
    workers.keep_quiet()
    world = World(seed=seed)
    bucket = TokenBucket(clock=world.scheduler.clock)
    world.wire.faults = bucket
    world.personalize.set_quotas(campaigns_per_dataset_group=count)
    world.personalize.plan("*", Plan(create_s=CREATE_S))
    stack = world.stack("crowd")
    stack.create({f"Campaign{n}": campaign() for n in range(count)})
    world.run()
    succeeded = [each for each in world.cloudformation.exchanges if each.succeeded]
    active_s = {
        entry["arn"]: entry["at_s"]
        for entry in world.personalize.log()
        if entry["kind"] == "status" and entry["new"] == "ACTIVE"
    }
    return Crowd(
        answered=len(succeeded),
        asked=bucket.asked,
        throttled=bucket.throttled,
        latest_s=max(
            each.answered_s - active_s[each.answer["PhysicalResourceId"]]
            for each in succeeded
            if each.answer is not None
        ),
    )


def policies(made: Mapping[str, Any]) -> int:
    """The size of a template's largest policy document, in bytes."""
    return max(
        len(json.dumps(each["Properties"]["PolicyDocument"]))
        for each in made["Resources"].values()
        if each["Type"] == "AWS::IAM::Policy"
    )


def crhelpers_policy(count: int) -> int:
    """The size of the function's policy while so many resources on stock crhelper wait."""
    statements = [schedules.crhelper_polling(f"Campaign{n}").statement for n in range(3)]
    one = max(len(json.dumps(each, separators=(",", ":"))) for each in statements)
    frame = {"Version": "2012-10-17", "Id": "default", "Statement": []}
    return len(json.dumps(frame, separators=(",", ":"))) + count * one + count - 1


def waits_that_fit() -> int:
    """How many waits of stock crhelper a function's policy can hold at once."""
    return max(n for n in range(1, RESOURCES) if crhelpers_policy(n) <= FUNCTION_POLICY_BYTES)


def measure() -> Measured:
    """The crowd, its policies, and the peers'."""
    crowd = gather(RESOURCES)
    bound = RESOURCES * LOOKS_A_WINDOW / WINDOW_S
    largest = {count: policies(template(ours, count)) for count in (1, CAMPAIGNS)}
    theirs = policies(template(framework, CAMPAIGNS))
    fit = waits_that_fit()
    return Measured(
        figures=(
            Figure(
                key="concurrent",
                case=f"failed, of {RESOURCES}",
                ours=RESOURCES - crowd.answered,
                peers={CRHELPER: RESOURCES - fit},
                target="0",
                met=crowd.answered == RESOURCES,
                limit="see the simulator's story of one that was not",
            ),
            Figure(
                key="concurrent",
                case=f"looks a second, most over {WINDOW_S} s",
                ours=crowd.peak,
                peers={FRAMEWORK: RESOURCES / 5.0},
                target=f"<= {bound:.0f}: two of each wait",
                met=crowd.peak <= bound,
                limit="a throttled look is tried again at once by the SDK, then ever later",
            ),
            Figure(
                key="concurrent",
                case="looks in the busiest second after the first",
                ours=max(count for second, count in crowd.asked.items() if second > 1),
                peers={FRAMEWORK: RESOURCES},
            ),
            Figure(
                key="concurrent",
                case="from ACTIVE to the answer, worst",
                unit="s",
                ours=crowd.latest_s,
            ),
            Figure(
                key="concurrent",
                case="largest policy document",
                unit="bytes",
                ours=largest[CAMPAIGNS],
                peers={FRAMEWORK: theirs, CRHELPER: crhelpers_policy(RESOURCES)},
                target="as with one resource",
                met=largest[CAMPAIGNS] == largest[1],
                limit=f"it is {largest[1]:,} bytes with one resource",
            ),
        ),
        series={
            "crowd": {
                "x": [float(n * WINDOW_S) for n in range(len(crowd.rates()))],
                "ours": crowd.rates(),
            }
        },
        notes={
            "throttled": crowd.throttled,
            "looks": sum(crowd.asked.values()),
            "tokens_a_second": TOKENS_A_SECOND,
            "burst": BURST,
            "create_s": CREATE_S,
            "crhelper_fits": fit,
            "crhelper_policy_limit_bytes": FUNCTION_POLICY_BYTES,
        },
    )
