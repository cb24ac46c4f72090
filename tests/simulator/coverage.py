"""Which pairs of lifecycle state and event the histories met, of those that can be met."""

from __future__ import annotations

from collections import Counter
from typing import Any

from personalize_provider.event import RequestType
from personalize_provider.lifecycle import Situation, View, situation
from personalize_provider.work import Work

Pair = tuple[Situation, RequestType]

_CANNOT: dict[RequestType, tuple[Situation, ...]] = {
    # A Create can find an earlier resource of its own name, retained or not yet deleted.
    RequestType.CREATE: (),
    RequestType.UPDATE: (),
    # A Delete neither creates nor updates, so nothing it sees is of its own making.
    RequestType.DELETE: (
        Situation.UNSEEN,
        Situation.TAKEN,
        Situation.FAILED_NOW,
        # A Delete of a job looks at nothing.
        Situation.RUNNING,
        Situation.FAILED_SINCE,
        Situation.UPDATE_UNSEEN,
        Situation.UPDATE_FAILED,
        Situation.NOT_TAKEN,
    ),
}

NOT_TAKEN_IS_UNSEEN_HERE = Situation.NOT_TAKEN
"""The emulated service always takes the configuration that an update asked for, so this state is
reached by a direct test alone."""


def possible() -> list[Pair]:
    """Every pair that a history can meet."""
    return [
        (state, event)
        for event in RequestType
        for state in Situation
        if state not in _CANNOT[event] and state is not NOT_TAKEN_IS_UNSEEN_HERE
    ]


class Coverage:
    """Counts the pairs as the handler looks."""

    def __init__(self) -> None:
        self.met: Counter[Pair] = Counter()
        self._look: Any = None

    def __enter__(self) -> Coverage:
        look = self._look = Work.view

        def looking(work: Any, target: str) -> View:
            view = look(work, target)
            self.met[situation(view), work.request.type] += 1
            return view

        Work.view = looking  # type: ignore[assignment,method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        Work.view = self._look  # type: ignore[method-assign]
