"""The virtual clock, and the tasks that take turns on it.

A task is a greenlet: it runs until it waits, and nothing else runs meanwhile, so there are no
threads and no races but those that the seed asks for. Events of the same time come in an order
drawn from the seed.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from typing import Any

import greenlet

START_S = 1_800_000_000.0
"""The clock's first reading, in epoch seconds: an ordinary day in 2027."""


class KilledError(BaseException):
    """Ends a task from outside; a BaseException, so that no handler's code can swallow it."""


class Task:
    """A piece of code that can wait, and be killed while it waits."""

    def __init__(self, scheduler: Scheduler, run: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._greenlet = greenlet.greenlet(run, parent=scheduler.hub)
        self.killed: str | None = None

    @property
    def alive(self) -> bool:
        return not self._greenlet.dead

    def resume(self) -> None:
        """Run until the next wait; from the hub only."""
        if self.alive:
            self._greenlet.switch()

    def kill(self, why: str) -> None:
        """End the task where it waits; from the hub, or from another task."""
        if not self.alive:
            return
        self.killed = why
        if self._greenlet is greenlet.getcurrent():
            raise KilledError(why)
        self._scheduler.at(0, self._throw)

    def _throw(self) -> None:
        if self.alive and self.killed is not None:
            self._greenlet.throw(KilledError(self.killed))


class Scheduler:
    """Runs events in the order of their virtual times.

    Args:
        seed: Decides every draw.
    """

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)  # noqa: S311 a simulation's draws, not a secret's
        self.now_s = START_S
        self.steps = 0
        self.hub = greenlet.getcurrent()
        self._queue: list[tuple[float, float, int, Callable[[], None]]] = []
        self._count = 0

    def clock(self) -> float:
        return self.now_s

    def at(self, delay_s: float, act: Callable[[], Any]) -> None:
        """Do something so many seconds from now, >= 0."""
        self._count += 1
        entry = (self.now_s + delay_s, self.random.random(), self._count, act)
        heapq.heappush(self._queue, entry)

    def spawn(self, run: Callable[[], None], *, delay_s: float = 0) -> Task:
        """Start a task."""
        task = Task(self, run)
        self.at(delay_s, task.resume)
        return task

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass; in a task only."""
        current = greenlet.getcurrent()
        self.at(seconds, lambda: current.dead or current.switch())
        self.hub.switch()

    def wait_for(self, ready: Callable[[], bool], *, step_s: float = 1.0) -> None:
        """Wait until a condition holds, asking ever more seldom; in a task only."""
        while not ready():
            self.sleep(step_s)
            step_s = min(step_s * 1.3, 5.0)

    def run(self, *, until_s: float | None = None, most_steps: int = 2_000_000) -> None:
        """Run events until none is left, or the virtual time is reached.

        Raises:
            RuntimeError: The simulation does not come to rest.
        """
        budget = most_steps
        while self._queue and (until_s is None or self._queue[0][0] <= until_s):
            at_s, _, _, act = heapq.heappop(self._queue)
            self.now_s = max(self.now_s, at_s)
            self.steps += 1
            budget -= 1
            if budget < 0:
                raise RuntimeError("the simulation does not come to rest")
            act()
        if until_s is not None:
            self.now_s = max(self.now_s, until_s)
