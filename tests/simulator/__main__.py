"""`python -m simulator --histories N --seed S`: run random histories over all cores.

The history of number n has the seed S + n, so that any of them can be run again by itself.
"""

from __future__ import annotations

import argparse
import os
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from simulator import histories
from simulator.coverage import possible
from simulator.deployment import Deployment, deployment
from simulator.running import run
from simulator.shrinking import shrink
from simulator.story import story
from simulator.workers import Report, reports
from simulator.world import LAST_RESORT_ARN

STORIES = 3
"""Violations that are shrunk and told in full; more would hide the first."""


def _tell(seed: int, invariant: str, synthesized: Deployment) -> str:
    """The shrunk story of a violation."""

    def violates(history: histories.History) -> bool:
        violations = run(history, synthesized=synthesized).violations
        return bool(violations) and violations[0].invariant == invariant

    history = shrink(histories.draw(seed), violates)
    return story(history, run(history, synthesized=synthesized))


def simulate(count: int, seed: int, *, workers: int, console: Console) -> Report:
    """Run so many histories, tell the violations, and print the last line."""
    synthesized = deployment(LAST_RESORT_ARN)
    total = Report()
    seeds = range(seed, seed + count)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("histories", total=count)
        for report in reports(seeds, workers=workers, synthesized=synthesized):
            total.add(report)
            progress.advance(bar, report.histories)
            for seed_of_one, invariant in report.violated:
                progress.console.print(f"seed {seed_of_one} violates: {invariant}")
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
