"""What comes of a tick: an answer, another look, or the end without an answer."""

from __future__ import annotations

from dataclasses import dataclass

from personalize_provider.memo import Memo
from personalize_provider.response import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Not decided yet: look again after so many seconds, with this memo."""

    wait_s: int
    memo: Memo


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """A newer request has taken over, or nobody wants an answer: end without one."""

    why: str


Outcome = Verdict | Again | Superseded


class OverError(Exception):
    """Ends a tick early, with an outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome
