"""What a check has found."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Level(enum.Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked.

    Attributes:
        level: How bad it is. UNCHECKED: nobody knows, for the check itself was not possible.
        check: Name of the check.
        what: What was found.
        where: Logical ids in the template that it is about, or what else.
        why: Why that matters; "" where all is well.
        way_out: What to do; "" where all is well.
    """

    level: Level
    check: str
    what: str
    where: str = ""
    why: str = ""
    way_out: str = ""


def ok(check: str, what: str, where: str = "") -> Finding:
    """All is well."""
    return Finding(level=Level.OK, check=check, what=what, where=where)


def unchecked(check: str, why_not: str, where: str = "") -> Finding:
    """It could not be checked.

    Args:
        check: Name of the check.
        why_not: What was in the way.
        where: What it is about.
    """
    return Finding(
        level=Level.UNCHECKED, check=check, what=f"could not check: {why_not}", where=where
    )
