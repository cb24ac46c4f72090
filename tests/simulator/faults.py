"""What goes wrong in a history, as data: which call, which answer, which delivery.

Everything is numbered (the 17th call, the 3rd answer), so a history can be shrunk by leaving
faults out, and the rest still strikes at the same places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Any, get_args

from simulator.wire import Effect

EFFECTS: tuple[Effect, ...] = get_args(Effect)
CALLS = 120
"""Calls of an average history; faults are drawn among the first so many."""


LAGS = ("lag_s", "view_lag_s")


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """All faults of one history.

    Attributes:
        calls: Number of the call -> its fault.
        puts: Number of the answer's PUT -> its HTTP status, or 0 for a reset connection.
        deliveries: Number of the asynchronous event -> how often it is delivered.
        lateness_s: Number of the asynchronous event -> seconds that it comes late.
        invocations: Number of the invocation -> an error of Lambda itself.
        lag_s: How long the lists of Step Functions lag behind.
        view_lag_s: How long what CloudFormation tells of a stack lags behind.
    """

    calls: Mapping[int, Effect] = field(default_factory=dict)
    puts: Mapping[int, int] = field(default_factory=dict)
    deliveries: Mapping[int, int] = field(default_factory=dict)
    lateness_s: Mapping[int, float] = field(default_factory=dict)
    invocations: Mapping[int, str] = field(default_factory=dict)
    lag_s: float = 0.0
    view_lag_s: float = 0.0

    @property
    def count(self) -> int:
        """How many there are."""
        maps = (self.calls, self.puts, self.deliveries, self.lateness_s, self.invocations)
        return sum(len(each) for each in maps) + bool(self.lag_s) + bool(self.view_lag_s)

    def without(self, name: str, number: int) -> Trouble:
        """All but one fault."""
        left = {key: value for key, value in getattr(self, name).items() if key != number}
        changed: dict[str, Any] = {name: left}
        return replace(self, **changed)

    def each(self) -> list[tuple[str, int]]:
        """The name and number of every fault that can be left out."""
        named = [each.name for each in fields(self) if each.name not in LAGS]
        return [(name, number) for name in named for number in getattr(self, name)]


def draw(random: Random) -> Trouble:
    """Draw the faults of a history; a third of all histories has none."""
    if random.random() < 1 / 3:
        return Trouble()

    def some(most: int, among: int) -> list[int]:
        return random.sample(range(among), random.randint(0, most))

    return Trouble(
        calls={number: random.choice(EFFECTS) for number in some(6, CALLS)},
        puts={number: random.choice((0, 500, 503)) for number in some(2, 12)},
        deliveries=dict.fromkeys(some(3, 12), 2),
        lateness_s={number: random.choice((1.0, 20.0, 120.0)) for number in some(2, 12)},
        invocations={
            number: random.choice(("Lambda.ServiceException", "Lambda.TooManyRequestsException"))
            for number in some(2, 80)
        },
        lag_s=random.choice((0.0, 0.0, 3.0)),
        view_lag_s=random.choice((0.0, 0.0, 0.0, 3.0, 20.0)),
    )


class Struck:
    """The faults at work: counts what happens and strikes where the history says.

    Attributes:
        met: What has struck so far, in words, with the clock's time.
    """

    def __init__(self, trouble: Trouble, clock: Any) -> None:
        self._trouble = trouble
        self._clock = clock
        self._counts: dict[str, int] = {}
        self.met: list[tuple[float, str]] = []

    def strike(self, service: str, operation: str) -> Effect | None:
        effect = self._trouble.calls.get(self._next("call"))
        if effect is not None:
            self._note(f"{service}:{operation} meets {effect}")
        return effect

    def put(self) -> int | OSError | None:
        status = self._trouble.puts.get(self._next("put"))
        if status is None:
            return None
        self._note(f"the answer meets {status or 'a reset connection'}")
        return status or ConnectionResetError("reset")

    def deliveries(self) -> int:
        times = self._trouble.deliveries.get(self._next("event"), 1)
        if times > 1:
            self._note("the event is delivered twice")
        return times

    def lateness_s(self) -> float:
        late_s = self._trouble.lateness_s.get(self._next("delivery"), 0.05)
        if late_s > 1:
            self._note(f"the event is delivered {late_s:.0f} s late")
        return late_s

    def invocation(self) -> str | None:
        error = self._trouble.invocations.get(self._next("invocation"))
        if error is not None:
            self._note(f"Lambda answers {error}")
        return error

    def _next(self, what: str) -> int:
        number = self._counts.get(what, 0)
        self._counts[what] = number + 1
        return number

    def _note(self, text: str) -> None:
        self.met.append((self._clock(), text))
