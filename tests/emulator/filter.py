"""Filters: an expression that says what is recommended, with placeholders for what calls fill in.

Source: API reference, "CreateFilter"; developer guide, "Filter expression structure and elements".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emulator.exceptions import invalid_input
from emulator.plain import PlainKind
from emulator.states import CREATE_PENDING

if TYPE_CHECKING:
    from emulator.plain import FakePlain
    from emulator.world import Request

EXPRESSION = re.compile(r"\s*(INCLUDE|EXCLUDE)\s+(ItemID|ActionID|UserID)\s+WHERE\s+\S", re.I)
"""How every expression starts; conditions are not looked into."""
QUOTED = re.compile(r'"[^"]*"')
PLACEHOLDER = re.compile(r"\$(\w+)")


class Filters(PlainKind):
    """A filter is known to batch jobs as soon as it is ACTIVE."""

    kind = what = "filter"
    noun = "Filter"
    arn_member = "filterArn"
    echoed = ("datasetGroupArn", "filterExpression")

    def _checked(self, request: Request) -> tuple[str, ...]:
        if not EXPRESSION.match(request["filterExpression"]):
            raise invalid_input(
                "filterExpression has to start like INCLUDE ItemID WHERE or EXCLUDE ItemID WHERE."
            )
        return (self._world.catalogue.dataset_group(request["datasetGroupArn"]).arn,)

    def _register(self, made: FakePlain) -> None:
        found = placeholders(made.request["filterExpression"])
        self._world.catalogue.add_filter(made.arn, placeholders=found, status=CREATE_PENDING)


def placeholders(expression: str) -> list[str]:
    """The names of an expression's placeholders, without their dollar signs, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(QUOTED.sub("", expression))))
