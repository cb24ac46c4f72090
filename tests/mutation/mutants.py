"""A mutant as people name it, and the list of those that survive with a reason."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "mutation.md"
PACKAGE = PROJECT / "handler" / "personalize_provider"

ROOMS = (
    "event",
    "segments",
    "lifecycle",
    "undoing",
    "waiter",
    "response",
    "names",
    "comparison",
    "memo",
    "ownership",
    "tagging",
    "search",
    "state_change",
    "schema",
    "resources/spec",
    "resources/regions",
    "resources/shapes",
    "resources/campaign",
    "resources/jobs",
    "resources/batch_inference_job",
    "resources/solution_version",
    "resources/batch_segment_job",
    "resources/recommender",
    "resources/__init__",
)
"""The rooms without a clock, a network or a client of their own, as paths in the package."""

_ROW = re.compile(r"^\| `(?P<where>[\w./]+)` \| (?P<was>.+?) \| (?P<becomes>.+?) \|$", re.MULTILINE)
_NOTHING = "nothing"
_LINE_BREAK = " ⏎ "


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """One change of the code, named by what it changes, so that its name outlives other changes.

    Attributes:
        where: Room and function or constant: `waiter.next_look`.
        was: The lines that it replaces, without their indentation.
        becomes: The lines that replace them.
    """

    where: str
    was: str
    becomes: str

    def __str__(self) -> str:
        """A row of the page's tables."""
        return f"| `{self.where}` | {_code(self.was)} | {_code(self.becomes)} |"


def mutant(where: str, before: str, after: str) -> Mutant:
    """The mutant that turns one text of the place into another."""
    compared = list(difflib.ndiff(_lines(before), _lines(after)))
    return Mutant(where, *(_joined(compared, sign) for sign in ("- ", "+ ")))


def place(room: str, name: str) -> str:
    """`resources/spec`, `ResourceSpec.faults` -> `spec.ResourceSpec.faults`."""
    return f"{Path(room.removesuffix('/__init__')).name}.{name}"


def listed(page: str) -> Iterator[Mutant]:
    """The mutants in a page's tables."""
    for row in _ROW.finditer(page):
        yield Mutant(row["where"], _bare(row["was"]), _bare(row["becomes"]))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def _joined(compared: list[str], sign: str) -> str:
    return _LINE_BREAK.join(line[2:] for line in compared if line.startswith(sign))


def _code(text: str) -> str:
    if not text:
        return _NOTHING
    escaped = text.replace("|", "\\|")
    return f"`` {escaped} ``" if "`" in text else f"`{escaped}`"


def _bare(cell: str) -> str:
    if cell == _NOTHING:
        return ""
    return cell.strip("`").strip().replace("\\|", "|")
