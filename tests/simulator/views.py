"""What CloudFormation shows of a stack, which may be some seconds old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulator.works import Resource

LONGEST_LAG_S = 60.0
"""How long a view may lag at most."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What CloudFormation shows of a stack.

    Attributes:
        status: The stack's status.
        resources: Logical id -> resource.
    """

    status: str
    resources: Mapping[str, Resource]


def view_of(status: str, resources: Mapping[str, Resource]) -> View:
    """A stack as it is now, whatever becomes of it."""
    return View(status=status, resources={name: replace(each) for name, each in resources.items()})


class Views:
    """What a stack was like before each of its latest changes."""

    def __init__(self) -> None:
        self._before: list[tuple[float, View]] = []

    def remember(self, view: View, *, now_s: float) -> None:
        """Keep what has been so far, as long as a view may lag."""
        kept = [each for each in self._before if each[0] > now_s - LONGEST_LAG_S]
        self._before = [*kept, (now_s, view)]

    def at(self, then_s: float, *, now: View) -> View:
        """What it was like at some time."""
        return next((view for at_s, view in self._before if at_s > then_s), now)
