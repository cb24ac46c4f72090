"""What the service refuses beyond what its shapes say, for more than one kind of resource."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from emulator.exceptions import invalid_input, invalid_next_token, too_many_tags

if TYPE_CHECKING:
    from emulator.world import Request, World

Listed = TypeVar("Listed")

EXPLORATION_RANGES = {
    "explorationWeight": (0.0, 1.0),
    "explorationItemAgeCutOff": (1.0, math.inf),
}
"""The documented keys of itemExplorationConfig, and the numbers (sent as strings) they take."""
EXPLORATION_DEFAULTS = {"explorationWeight": "0.3", "explorationItemAgeCutOff": "30.0"}
MAX_PAGE = 100


def check_exploration(
    config: Mapping[str, str], *, explores: bool, recipe: str, world: World
) -> None:
    """Refuse an itemExplorationConfig that its recipe does not take, or a value out of range."""
    if config and not explores:
        raise invalid_input(f"itemExplorationConfig is not supported by the recipe {recipe}.")
    for key, text in config.items():
        if key not in EXPLORATION_RANGES:
            if world.oddities.unknown_exploration_keys_refused:
                known = ", ".join(EXPLORATION_RANGES)
                raise invalid_input(f"itemExplorationConfig has no key {key}; it has {known}.")
            continue
        low, high = EXPLORATION_RANGES[key]
        number = _number(text)
        if number is None or not low <= number <= high:
            raise invalid_input(
                f"{key} is {text!r}; it has to be a number between {low} and {high}."
            )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def checked_tags(request: Request, *, world: World, present: Mapping[str, str]) -> dict[str, str]:
    """The tags of a request laid over those present; each key once, none reserved, not too many."""
    given = [(tag["tagKey"], tag["tagValue"]) for tag in request.get("tags", ())]
    tags = dict(given)
    if len(tags) < len(given):
        raise invalid_input("A tag key is given more than once.")
    for key in tags:
        if key.lower().startswith("aws:"):
            raise invalid_input(f"Tag key {key} starts with aws:, which is reserved.")
    merged = {**present, **tags}
    if len(merged) > world.quotas.tags_per_resource:
        raise too_many_tags(world.quotas.tags_per_resource)
    return merged


def check_role(arn: str, *, world: World) -> None:
    """Refuse a role that the service can not assume."""
    if not world.role_exists(arn):
        raise invalid_input(
            f"Unable to assume the role {arn}. Please check that it exists and that "
            "personalize.amazonaws.com may assume it."
        )


def page(items: Sequence[Listed], request: Request) -> tuple[Sequence[Listed], dict[str, str]]:
    """The items of the page that a request asks for, and the members that lead to the next one."""
    start = 0
    if "nextToken" in request:
        prefix, _, number = request["nextToken"].partition("-")
        if prefix != "page" or not (number.isascii() and number.isdigit() and len(number) < 9):
            raise invalid_next_token()
        start = int(number)
    end = start + request.get("maxResults", MAX_PAGE)
    return items[start:end], {"nextToken": f"page-{end}"} if end < len(items) else {}
