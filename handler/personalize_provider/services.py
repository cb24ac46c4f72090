"""What a tick works with: AWS as it sees it, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from personalize_provider.outcome import Again
from personalize_provider.personalize import Personalize
from personalize_provider.stack import Course, Keeping, Wish
from personalize_provider.waiter import Others


class Rivals(Protocol):
    """Other executions of the same resource."""

    def rivals(self, *, ended: bool = False) -> Others:
        """The newer and the older ones; among the newer ones also ended ones, on demand."""
        ...

    def follows_closely(self, within_s: float) -> bool:
        """Whether an older one began so shortly before this request, whatever became of it."""
        ...

    def stop(self, arn: str) -> None:
        """Stop one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a tick works with.

    Attributes:
        personalize: The service, for the request's kind.
        executions: The other executions of the resource.
        wish: What the stack wants.
        course: Whether the stack undoes an operation.
        keeping: Whether the stack has the resource of that ARN, and keeps it.
        put_events: Puts events on EventBridge, and gives back those that were not taken.
        go_on: Starts a fresh execution of this request, with a first look to come.
        clock: Epoch seconds.
    """

    personalize: Personalize
    executions: Rivals
    wish: Callable[[], Wish]
    course: Callable[[], Course]
    keeping: Callable[[str], Keeping]
    put_events: Callable[[Sequence[str]], tuple[str, ...]]
    go_on: Callable[[Again], None]
    clock: Callable[[], float]
