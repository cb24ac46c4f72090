"""How much a User-Personalization recipe explores new items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import aws_cdk as cdk

from cdk_personalize.faults import is_token, missing_faults, text_faults, type_fault
from personalize_provider.resources import Fault

# Enough for any weight or number of days, and short enough to hide 0.1 + 0.2 = 0.30000000000000004.
_SIGNIFICANT_DIGITS = 12

_WEIGHT = "explorationWeight"
_AGE_CUT_OFF = "explorationItemAgeCutOff"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemExploration:
    """The service's `itemExplorationConfig`, whose values travel as strings.

    Only solution versions of a User-Personalization recipe take it, and recommenders whose use case
    recommends to a user; the service refuses it for others.

    Attributes:
        weight: Share of exploration, 0 (none) to 1 (most). Default: the service's, 0.3.
        age_cut_off: Items whose last interaction is older than this are not explored; whole
            days, at least 1. Default: the service's, 30 days.

    Source: Amazon Personalize Developer Guide, User-Personalization recipe, campaign parameters.
    """

    weight: float | None = None
    age_cut_off: cdk.Duration | None = None

    def to_map(self) -> dict[str, str]:
        """The map that the service takes, without what was left out."""
        values: dict[str, str] = {}
        if self.weight is not None:
            values[_WEIGHT] = number_text(self.weight)
        if self.age_cut_off is not None:
            values[_AGE_CUT_OFF] = _days_text(self.age_cut_off)
        return values

    def faults(self, *, path: str) -> tuple[Fault, ...]:
        """What a string can no longer show: its type, and an age cut-off that is not whole days.

        Args:
            path: The property that holds the map, for the message.
        """
        return (
            *text_faults(f"{path}.{_WEIGHT}", self.weight),
            *_age_faults(f"{path}.{_AGE_CUT_OFF}", self.age_cut_off),
        )


ItemExplorationLike = ItemExploration | Mapping[str, str] | cdk.IResolvable
"""What `item_exploration` takes: the value class, or the service's own map of strings."""


def exploration_map(
    exploration: ItemExplorationLike | None,
) -> Mapping[str, str] | cdk.IResolvable | None:
    """The map that the service takes, however it was given."""
    return exploration.to_map() if isinstance(exploration, ItemExploration) else exploration


def exploration_faults(exploration: ItemExplorationLike | None, *, path: str) -> tuple[Fault, ...]:
    """The faults that the rules cannot see: of the value class, and of entries without a value."""
    if isinstance(exploration, ItemExploration):
        return exploration.faults(path=path)
    return missing_faults(path, exploration)


def number_text(number: Any) -> Any:
    """A number as a person would write it: "0.3", "30", never "0.30000000000000004" or "3e-01".

    A token keeps its value: it becomes text when CloudFormation resolves it. What is no number
    stays as it is, for the rules to judge.
    """
    if isinstance(number, bool) or not isinstance(number, (int, float, Decimal)):
        return number
    if not isinstance(number, Decimal) and is_token(number):
        return cdk.Tokenization.stringify_number(number)
    exact = number if isinstance(number, float) else Decimal(number)
    return f"{Decimal(f'{exact:.{_SIGNIFICANT_DIGITS}g}'):f}"


def _age_faults(where: str, age: object) -> tuple[Fault, ...]:
    if age is None:
        return ()
    if not isinstance(age, cdk.Duration):
        days = age if isinstance(age, int) and not isinstance(age, bool) else 30
        return (
            type_fault(where, age, rule="be a Duration", way_out=f"Give Duration.days({days})."),
        )
    if _is_unknown(age):
        rule, way_out = "be given in days, where it is a token", "Give Duration.days(token)."
        return (Fault(property=where, value="a token", rule=rule, way_out=way_out),)
    if age.is_unresolved() or float(_days(age)).is_integer():
        return ()
    return (
        Fault(
            property=where,
            value=age.to_human_string(),
            rule="be a whole number of days",
            way_out=f"Give Duration.days({int(_days(age)) + 1}).",
        ),
    )


def _days_text(age: object) -> str:
    # What `faults` tells becomes what no rule stumbles over.
    if not isinstance(age, cdk.Duration) or _is_unknown(age):
        return "1"
    return str(number_text(_days(age)))


def _is_unknown(age: cdk.Duration) -> bool:
    """Whether it holds a token of another unit, which the CDK refuses to convert to days."""
    return age.is_unresolved() and age.unit_label() != "days"


def _days(age: cdk.Duration) -> float:
    return age.to_days(integral=False)
