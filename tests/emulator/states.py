"""A status that moves by itself, from pending over in progress to how it ends.

moto's ManagedState is the model, but it reads `datetime.now()` and takes its pace from a
process-wide registry, so two tests could not have two clocks. Here every step's time is fixed when
the work starts and the clock's time is handed in, so a status depends on nothing but the two.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PENDING_SHARE = 0.2
"""The part of the whole duration that is spent pending."""
PENDING_AT_MOST_S = 60.0
"""So that work that never ends still gets as far as being in progress."""

ACTIVE = "ACTIVE"
CREATE_PENDING = "CREATE PENDING"
CREATE_IN_PROGRESS = "CREATE IN_PROGRESS"
CREATE_FAILED = "CREATE FAILED"
CREATE_STOPPING = "CREATE STOPPING"
CREATE_STOPPED = "CREATE STOPPED"
DELETE_PENDING = "DELETE PENDING"
DELETE_IN_PROGRESS = "DELETE IN_PROGRESS"
INACTIVE = "INACTIVE"
STOP_PENDING = "STOP PENDING"
START_PENDING = "START PENDING"


@dataclass(frozen=True)
class Words:
    """How the service spells the two statuses on the way."""

    pending: str
    in_progress: str


DELETION = Words(DELETE_PENDING, DELETE_IN_PROGRESS)


@dataclass(frozen=True)
class Outcome:
    """How the work ends; a status of None means that the resource is gone."""

    status: str | None
    reason: str | None = None


def ended(failure: str | None) -> Outcome:
    """How a create or an update ends: well, or for the reason given."""
    return Outcome(ACTIVE) if failure is None else Outcome(CREATE_FAILED, failure)


@dataclass(frozen=True)
class Change:
    """One change of one status, at the time at which it happened rather than was looked at."""

    at_s: float
    old: str | None
    new: str | None
    reason: str | None = None


class ManagedStatus:
    """The status of one piece of work: a create, an update or a delete.

    Args:
        words: The spelling of the statuses on the way; None: there are none.
        started_s: When the work was accepted, in epoch seconds.
        duration_s: How long it takes, >= 0; infinite when it never ends.
        finish: Called once, when the end is first seen; does what the end brings and tells it.
        before: The status that this work starts from; None when it is the first.
    """

    def __init__(
        self,
        *,
        words: Words | None,
        started_s: float,
        duration_s: float,
        finish: Callable[[], Outcome],
        before: str | None = None,
    ) -> None:
        pending_s = min(duration_s * PENDING_SHARE, PENDING_AT_MOST_S)
        self.started_s = started_s
        self.changed_s = started_s
        self.status = before
        self.reason: str | None = None
        self._finish = finish
        self.ends_s = started_s + duration_s
        self._ahead: deque[tuple[float, str]] = deque()
        if words is not None:
            self._ahead.append((started_s, words.pending))
            self._ahead.append((started_s + pending_s, words.in_progress))
        self.running = True

    @property
    def pending(self) -> bool:
        """The first of the statuses on the way is not over yet."""
        return len(self._ahead) > 0

    def divert(
        self, now_s: float, *, by: str | None, duration_s: float, finish: Callable[[], Outcome]
    ) -> None:
        """Give up the end that was ahead for another one.

        Args:
            now_s: The present, in epoch seconds.
            by: The status on the way to the new end; None: it comes without one.
            duration_s: How long that way is, >= 0.
            finish: Takes the place of the `finish` that the work started with.
        """
        assert self.running
        self._ahead = deque([(now_s, by)] if by is not None else [])
        self.ends_s = now_s + duration_s
        self._finish = finish

    def advance(self, now_s: float) -> Iterator[Change]:
        """Take every step that is due at `now_s`, in order; the iterator must be exhausted."""
        while self._ahead and self._ahead[0][0] <= now_s:
            at_s, status = self._ahead.popleft()
            yield self._move(at_s, Outcome(status))
        if self.running and self.ends_s <= now_s:
            self.running = False
            yield self._move(self.ends_s, self._finish())

    def _move(self, at_s: float, outcome: Outcome) -> Change:
        change = Change(at_s, self.status, outcome.status, outcome.reason)
        self.status, self.reason, self.changed_s = outcome.status, outcome.reason, at_s
        return change
