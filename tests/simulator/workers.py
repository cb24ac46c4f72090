"""Runs many histories over several processes."""

from __future__ import annotations

import gc
import json
import logging
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

from crhelper import log_helper

from personalize_provider.resources import ResourceSpec
from personalize_provider.schema import nothing_is_opaque
from simulator import histories
from simulator.coverage import Coverage, Pair
from simulator.deployment import Deployment
from simulator.running import run

Reader = Callable[[ResourceSpec, Any, Any], tuple[dict[str, Any], Any]]

CHUNK = 50
"""Histories that a worker runs before it reports."""


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


def keep_quiet() -> None:
    """What the handler logs is judged, not read.

    crhelper sets the same log levels anew at every invocation, and each time Python forgets which
    loggers are enabled: a tenth of all the time. The levels are set once here, and kept.
    """
    logging.getLogger().addHandler(logging.NullHandler())
    log_helper.setup("INFO", boto_level="ERROR")
    logging.Manager._clear_cache = lambda _self: None  # type: ignore[attr-defined]


def reading_once() -> Reader:
    """Reads each set of properties once: a tick reads the same ones several times over."""
    read = ResourceSpec._read
    # With the spec itself, so that no other one comes to have its id.
    known: dict[tuple[int, str], tuple[ResourceSpec, dict[str, Any], Any]] = {}

    def remembered(self: ResourceSpec, properties: Any, opaque: Any) -> tuple[dict[str, Any], Any]:
        if opaque is not nothing_is_opaque:
            return read(self, properties, opaque)
        key = (id(self), json.dumps(properties))
        if key not in known:
            known[key] = (self, *read(self, properties, opaque))
        _, desired, faults = known[key]
        return dict(desired), faults

    return remembered


def get_ready() -> None:
    """Prepare a worker's process."""
    keep_quiet()
    ResourceSpec._read = reading_once()  # type: ignore[assignment, method-assign]


def run_chunk(seeds: range, synthesized: Deployment) -> Report:
    """Run the histories of some seeds in this process."""
    # Collecting between chunks instead of all the time saves a seventh.
    gc.disable()
    report = Report()
    with Coverage() as coverage:
        for seed in seeds:
            outcome = run(histories.draw(seed), synthesized=synthesized)
            report.histories += 1
            report.steps += outcome.steps
            report.faults += len(outcome.struck)
            if outcome.violations:
                report.violated.append((seed, outcome.violations[0].invariant))
    gc.collect()
    report.pairs = coverage.met
    return report


def reports(seeds: range, *, workers: int, synthesized: Deployment) -> Iterator[Report]:
    """Run all histories, and report chunk by chunk, in no certain order."""
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    if workers == 1 or len(chunks) == 1:
        get_ready()
        yield from (run_chunk(chunk, synthesized) for chunk in chunks)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=get_ready) as pool:
        futures = [pool.submit(run_chunk, chunk, synthesized) for chunk in chunks]
        for future in as_completed(futures):
            yield future.result()
