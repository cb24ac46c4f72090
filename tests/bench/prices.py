"""What a wait costs: AWS's list prices, and what each one uses of them.

Prices of us-east-1, which eu-west-1 shares, without free tiers. Amazon Personalize does not charge
for a describe, nor EventBridge for a scheduled rule. Logs are left out: a few lines a look for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

AS_OF: Final = "November 2026"
REGIONS: Final = ("us-east-1", "eu-west-1")
SOURCES: Final = {
    "Step Functions": "https://aws.amazon.com/step-functions/pricing/",
    "Lambda": "https://aws.amazon.com/lambda/pricing/",
    "EventBridge": "https://aws.amazon.com/eventbridge/pricing/",
}

USD_A_TRANSITION: Final = 0.025 / 1000
"""Standard workflows. Each entered state counts, and each retry of one."""
USD_A_REQUEST: Final = 0.20 / 1_000_000
"""Each invocation of a function."""
USD_A_GB_S: Final = 0.0000166667
"""x86, the first price step."""

INVOCATION_S: Final = 1.0
"""Taken for one invocation of any function here, as in the README."""
USER_GB: Final = 0.25
"""Memory of our handler, and of the functions that the peers' users write."""
FRAMEWORK_GB: Final = 0.125
"""Memory of the framework's own functions: the template names none, so it is Lambda's default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a wait uses.

    Attributes:
        transitions: Of state machines, retries included.
        invocations: Of functions.
        gb_s: Of functions.
    """

    transitions: float
    invocations: float
    gb_s: float

    @property
    def usd(self) -> float:
        """The price of it."""
        return (
            self.transitions * USD_A_TRANSITION
            + self.invocations * USD_A_REQUEST
            + self.gb_s * USD_A_GB_S
        )


def ours(looks: float, *, segments: int, transitions_a_look: int) -> Use:
    """Ours: each look is a turn of the waiter; each segment has a front door and an end."""
    invocations = looks + segments
    return Use(
        transitions=looks * transitions_a_look + segments,
        invocations=invocations,
        gb_s=invocations * USER_GB * INVOCATION_S,
    )


def framework(looks: float) -> Use:
    """The framework's: each look is one retry and two functions, one waiting for the other.

    The event before costs two functions as well. The execution's start and end are not counted.
    """
    invocations = looks + 1
    return Use(
        transitions=looks,
        invocations=2 * invocations,
        gb_s=invocations * (USER_GB + FRAMEWORK_GB) * INVOCATION_S,
    )


def crhelper(looks: float) -> Use:
    """Stock crhelper's: each look is one function, and so is the event before."""
    return Use(transitions=0, invocations=looks + 1, gb_s=(looks + 1) * USER_GB * INVOCATION_S)
