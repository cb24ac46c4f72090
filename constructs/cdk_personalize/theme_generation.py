"""Themes: a batch inference job that groups similar items and names the groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cdk_personalize.faults import type_fault
from personalize_provider.resources import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeGeneration:
    """Makes a batch inference job generate themes.

    Only solution versions of the Similar-Items recipe take it, with at most 100 input items a
    file, in us-east-1, us-west-2 and ap-northeast-1.

    Attributes:
        item_name: Column of the Items dataset that holds each item's name, at most 150
            characters.

    Source: Amazon Personalize API reference, ThemeGenerationConfig.
    """

    item_name: str

    @classmethod
    def type_faults(cls, given: object) -> tuple[Fault, ...]:
        """What is wrong with something that is no ThemeGeneration."""
        if given is None or isinstance(given, cls):
            return ()
        column = repr(given) if isinstance(given, str) else "'TITLE'"
        return (
            type_fault(
                "ThemeGenerationConfig",
                given,
                rule="be a ThemeGeneration",
                way_out=f"Give ThemeGeneration(item_name={column}).",
            ),
        )

    def to_config(self) -> dict[str, Any]:
        """The `ThemeGenerationConfig` property."""
        return {"FieldsForThemeGeneration": {"ItemName": self.item_name}}
