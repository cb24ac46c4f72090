"""Runs contenders in processes of their own, taking turns, so that a busy moment hits all alike."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A command whose time is measured, from its start to its end.

    Attributes:
        command: What runs.
        environment: Its whole environment.
        folder: Where it runs.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Of one contender, a value a run.

    Attributes:
        wall_s: From start to end.
        processor_s: Of the process and its children; less disturbed by a busy machine.
    """

    wall_s: tuple[float, ...]
    processor_s: tuple[float, ...]

    @property
    def wall_median_s(self) -> float:
        """The median of the wall times."""
        return statistics.median(self.wall_s)

    @property
    def processor_median_s(self) -> float:
        """The median of the processor times."""
        return statistics.median(self.processor_s)


def take_turns(contenders: Mapping[str, Contender], *, runs: int) -> dict[str, Times]:
    """Runs every contender so often, one after the other, in an order that changes with each round.

    Raises:
        subprocess.CalledProcessError: One of them failed.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    names = list(contenders)
    for _ in range(runs):
        for name in names:
            found[name].append(_once(contenders[name]))
        names.reverse()
    return {
        name: Times(
            wall_s=tuple(wall for wall, _ in each), processor_s=tuple(used for _, used in each)
        )
        for name, each in found.items()
    }


def _once(contender: Contender) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started_s = time.perf_counter()
    subprocess.run(
        contender.command,
        env=dict(contender.environment),
        cwd=contender.folder,
        check=True,
        capture_output=True,
    )
    wall_s = time.perf_counter() - started_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return wall_s, used


def environment(**more: str) -> dict[str, str]:
    """This process's environment without its Python path, and with more."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**kept, **more}
