"""The answers of batch jobs: made up, but always the same for the same input."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.world import Answer

Answerer: TypeAlias = Callable[[Mapping[str, Any]], "Answer"]
"""From a well-formed line of the input to the `output` of its line."""

POPULATION = 100_000
"""How many items there are, and how many users; their ids are "0" to one less."""
STRIDE = 7_919
"""Prime to the population, so that nobody is drawn twice."""


def recommended_items(
    record: Mapping[str, Any], *, seed: str, num_results: int, themed: bool
) -> Answer:
    """The best items first, each with its score; an itemList is put into order instead.

    Args:
        seed: Sets apart the answers of one solution version from another's.
    """
    key = json.dumps(record, sort_keys=True)
    found: Iterator[str]
    if "itemList" in record:
        found = iter(sorted(record["itemList"], key=lambda item: _digest(seed, key, item)))
    else:
        found = (item for item in _drawn(seed, key) if item != record.get("itemId"))
    items = list(islice(found, num_results))
    scores = [round(1 / (rank + 4), 7) for rank in range(len(items))]
    if themed:
        theme = f"Picked for {record['itemId']}"
        return {"recommendedItems": items, "theme": theme, "itemsThemeRelevanceScores": scores}
    return {"recommendedItems": items, "scores": scores}


def recommended_users(record: Mapping[str, Any], *, seed: str, num_results: int) -> Answer:
    """The segment's users, the likeliest first; at most all there are."""
    key = json.dumps(record, sort_keys=True)
    return {"recommendedUsers": list(islice(_drawn(seed, key), num_results))}


def _drawn(*parts: str) -> Iterator[str]:
    """Everyone, each once, in an order that follows from the parts."""
    first = _digest(*parts)
    return (str((first + rank * STRIDE) % POPULATION) for rank in range(POPULATION))


def _digest(*parts: object) -> int:
    text = json.dumps([str(part) for part in parts])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
