"""Themes: a batch inference job that groups similar items and names the groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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

    def to_config(self) -> dict[str, Any]:
        """The `ThemeGenerationConfig` property."""
        return {"FieldsForThemeGeneration": {"ItemName": self.item_name}}
