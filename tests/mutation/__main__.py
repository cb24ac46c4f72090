"""`python -m mutation`: does a test fail for every small change of the handler's pure rooms?"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from mutation import data, functions
from mutation.factories import called_at_import
from mutation.mutants import PACKAGE, PAGE, PROJECT, ROOMS, Mutant, listed, place
from mutation.workspace import prepare

WORK = PROJECT / ".cache" / "mutation"
LEAST_SCORE = 95.0
"""Per cent of the mutants that tests have to kill."""


def mutate(rooms: tuple[str, ...], *, workers: int, expected: set[Mutant]) -> dict[Mutant, bool]:
    """Every mutant of the rooms, and whether it was killed; survivors are told as they come.

    Two mutants that read the same, as in one line that stands twice in a function, are one here,
    which is killed if both are.
    """
    prepare(WORK / "work", rooms)
    os.chdir(WORK / "work")
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    # The workspace is ours; without its bytecode each mutant would rewrite all assertions anew.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sources = {room: (PACKAGE / f"{room}.py").read_text(encoding="utf-8") for room in ROOMS}
    early = called_at_import(sources.values())
    made = [variant for room in rooms for variant in data.variants(room, sources[room], early)]
    killed: dict[Mutant, bool] = {}
    for name, tried in (
        ("computed at the import", data.tried(made, workers=workers)),
        ("within functions", functions.tried(workers=workers, log=WORK / "mutmut.log", but=early)),
    ):
        print(f"{name} ...", flush=True)
        started_s = time.monotonic()
        before = len(killed)
        for mutant, was_killed in tried:
            killed[mutant] = was_killed and killed.get(mutant, True)
            if not was_killed and mutant not in expected:
                print(mutant, flush=True)
        print(f"{len(killed) - before} mutants in {time.monotonic() - started_s:.0f} s", flush=True)
    return killed


def judged(killed: dict[Mutant, bool], expected: set[Mutant]) -> bool:
    """Print the last lines; whether enough mutants are killed, and the page knows the others."""
    survived = {mutant for mutant, was_killed in killed.items() if not was_killed}
    page = PAGE.relative_to(PROJECT)
    if survived - expected:
        print(f"{len(survived - expected)} of the survivors are not explained in {page}")
    for mutant in sorted(expected - survived):
        print(f"explained in {page}, but killed or gone: {mutant}")
    score = 100 * (len(killed) - len(survived)) / max(1, len(killed))
    print(
        f"mutate: mutants={len(killed)} killed={len(killed) - len(survived)} "
        f"survived={len(survived)} score={score:.1f}%"
    )
    return score >= LEAST_SCORE and survived == expected


def main() -> int:
    parser = argparse.ArgumentParser(prog="mutation", description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="room", help=f"of {', '.join(ROOMS)}")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    unknown = set(given.rooms) - set(ROOMS)
    if unknown:
        parser.error(f"no such room: {', '.join(sorted(unknown))}")
    rooms = tuple(given.rooms) or ROOMS
    # The copy is imported, not what else may be on the path.
    sys.path = [path for path in sys.path if Path(path).resolve() != PROJECT / "tests"]
    places = tuple(place(room, "") for room in rooms)
    expected = {each for each in listed(PAGE.read_text("utf-8")) if each.where.startswith(places)}
    return 0 if judged(mutate(rooms, workers=given.workers, expected=expected), expected) else 1


if __name__ == "__main__":
    sys.exit(main())
