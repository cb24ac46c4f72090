"""`python -m bench`, run by `make bench`: measures ours and the peers, and writes the figures.

They go to the terminal, to build/bench.json and into docs/benchmark.md; `python -m bench.plots`
draws them. Exit codes: 0 when all was measured, whether targets are met or not; 2 when a tool is
missing.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from bench import crowd, deploys, package, page, synth, table, waits
from bench.figures import Figure, Measured
from local_aws.engine import EngineError
from local_aws.installation import PROJECT, Installation, NotInstalledError

RESULTS: Final = PROJECT / "build" / "bench.json"
TERMINAL_COLUMNS: Final = 170
"""Where the output goes to a file or a pipe."""

MEASUREMENTS: Final[Mapping[str, Callable[[], Measured]]] = {
    "waits": waits.measure,
    "templates": synth.measure_templates,
    "synthesis": synth.measure_synthesis,
    "package": package.measure,
    "deploys": deploys.measure,
    "crowd": crowd.measure,
}


def measured(names: Sequence[str], console: Console) -> dict[str, Any]:
    """All figures, as build/bench.json has them."""
    began_s = time.monotonic()
    document: dict[str, Any] = {"machine": machine(), "figures": [], "series": {}, "notes": {}}
    for name in names:
        with console.status(f"measuring: {name} ..."):
            started_s = time.monotonic()
            found = MEASUREMENTS[name]()
        console.print(f"measured: {name}, in {time.monotonic() - started_s:.0f} s")
        document["figures"] += [each.as_json() for each in found.figures]
        document["series"] |= found.series
        document["notes"] |= found.notes
    document["took_s"] = time.monotonic() - began_s
    return document


def machine() -> dict[str, Any]:
    """Where it was measured, and with what."""
    node = subprocess.run(
        [str(Installation.find().node), "--version"], capture_output=True, text=True, check=True
    )
    return {
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "node": node.stdout.strip().removeprefix("v"),
        **{name: version(name) for name in ("aws-cdk-lib", "crhelper", "boto3")},
    }


def main(arguments: list[str]) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "only",
        nargs="*",
        metavar="measurement",
        help=f"of {', '.join(MEASUREMENTS)}; then nothing is written",
    )
    only = parser.parse_args(arguments).only
    unknown = set(only) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else TERMINAL_COLUMNS)
    try:
        document = measured(only or tuple(MEASUREMENTS), console)
    except (NotInstalledError, EngineError) as error:
        console.print(f"[red]bench: {escape(str(error))}[/]")
        return 2
    figures = [Figure.from_json(each) for each in document["figures"]]
    console.print(table.for_terminal(figures))
    for line in table.missed(figures):
        console.print(f"missed: {line}", markup=False)
    if not only:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        page.write(document)
    verdicts = [each.verdict for each in figures]
    console.print(
        f"bench: met={verdicts.count('met')} missed={verdicts.count('missed')}"
        f" reported={verdicts.count('reported')} seconds={document['took_s']:.0f}"
    )
    return 0


def _end(number: int, _: FrameType | None) -> None:
    """Lets SIGTERM unwind the stack, so that everything is ended and removed."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _end)
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(main(sys.argv[1:]))
