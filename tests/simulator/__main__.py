"""`python -m simulator --histories N --seed S`: run random histories over all cores.

The history of number n has the seed S + n, so that any of them can be run again by itself.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from simulator import histories
from simulator.coverage import Coverage, Pair, possible
from simulator.deployment import Deployment, deployment
from simulator.running import Outcome, run
from simulator.shrinking import shrink
from simulator.story import story
from simulator.world import LAST_RESORT_ARN

CHUNK = 20
"""Histories that a worker runs before it reports."""

STORIES = 3
"""Violations that are shrunk and told in full; more would hide the first."""


@dataclass
class Report:
    """What a chunk of histories came to."""

    histories: int = 0
    steps: int = 0
    faults: int = 0
    pairs: Counter[Pair] = field(default_factory=Counter)
    violated: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Report) -> None:
        self.histories += other.histories
        self.steps += other.steps
        self.faults += other.faults
        self.pairs += other.pairs
        self.violated += other.violated


_deployment: Deployment | None = None


def _begin(synthesized: Deployment) -> None:
    global _deployment
    _deployment = synthesized
    # What the handler logs is judged, not read.
    logging.getLogger().addHandler(logging.NullHandler())


def _run(seed: int) -> Outcome:
    return run(histories.draw(seed), synthesized=_deployment)


def _run_chunk(seeds: range) -> Report:
    report = Report()
    with Coverage() as coverage:
        for seed in seeds:
            outcome = _run(seed)
            report.histories += 1
            report.steps += outcome.steps
            report.faults += len(outcome.struck)
            if outcome.violations:
                report.violated.append((seed, outcome.violations[0].invariant))
    report.pairs = coverage.met
    return report


def _reports(seeds: range, workers: int, synthesized: Deployment) -> Iterator[Report]:
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    if workers == 1 or len(chunks) == 1:
        _begin(synthesized)
        yield from map(_run_chunk, chunks)
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, initializer=_begin, initargs=(synthesized,)) as pool:
        yield from pool.imap_unordered(_run_chunk, chunks)


def _tell(seed: int, invariant: str, synthesized: Deployment) -> str:
    """The shrunk story of a violation."""
    _begin(synthesized)

    def violates(history: histories.History) -> bool:
        violations = run(history, synthesized=synthesized).violations
        return bool(violations) and violations[0].invariant == invariant

    history = shrink(histories.draw(seed), violates)
    return story(history, run(history, synthesized=synthesized))


def simulate(count: int, seed: int, *, workers: int, console: Console) -> Report:
    """Run so many histories, tell the violations, and print the last line."""
    synthesized = deployment(LAST_RESORT_ARN)
    total = Report()
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("histories", total=count)
        for report in _reports(range(seed, seed + count), workers, synthesized):
            total.add(report)
            progress.advance(bar, report.histories)
    for violated_seed, invariant in total.violated[:STORIES]:
        print(_tell(violated_seed, invariant, synthesized))
    wanted = possible()
    missed = [pair for pair in wanted if pair not in total.pairs]
    if missed:
        named = ", ".join(f"{event.value} when {state.name}" for state, event in missed)
        print(f"never met: {named}")
    print(
        f"simulate: histories={total.histories} steps={total.steps} faults={total.faults} "
        f"pairs={len(wanted) - len(missed)}/{len(wanted)} violations={len(total.violated)}"
    )
    return total


def main() -> int:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--histories", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    console = Console(stderr=True)
    total = simulate(given.histories, given.seed, workers=given.workers, console=console)
    return 1 if total.violated else 0


if __name__ == "__main__":
    sys.exit(main())
