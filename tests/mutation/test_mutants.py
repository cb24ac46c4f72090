"""The page's list of surviving mutants is read as it was written, and speaks of code that exists.

Whether they survive, `make mutate` says.
"""

from __future__ import annotations

import pytest

from mutation.factories import called_at_import
from mutation.mutants import PACKAGE, PAGE, ROOMS, Mutant, listed, mutant, place

TEXTS = {place(room, ""): (PACKAGE / f"{room}.py").read_text("utf-8") for room in ROOMS}


@pytest.mark.parametrize(
    ("before", "after", "was", "becomes"),
    [
        ("a = 1\nb = 2", "a = 1\nb = 3", "b = 2", "b = 3"),
        ("    x |= y\n", "    x &= y\n", "x |= y", "x &= y"),
        ("f(\n    a,\n    b,\n)", "f(\n    a,\n)", "b,", ""),
        ('f"see `a`"', 'f"see `A`"', 'f"see `a`"', 'f"see `A`"'),
        ("a\nb\nc", "a\nx\ny", "b ⏎ c", "x ⏎ y"),
    ],
)
def test_a_mutant_is_named_by_the_lines_that_it_changes_and_read_back(
    before: str, after: str, was: str, becomes: str
) -> None:
    named = mutant("room.function", before, after)
    assert named == Mutant("room.function", was, becomes)
    assert list(listed(f"| Where | Was | Becomes |\n| --- | --- | --- |\n{named}\n")) == [named]


LISTED = list(listed(PAGE.read_text(encoding="utf-8")))


def test_survivors_are_listed_once() -> None:
    assert LISTED
    assert len(LISTED) == len(set(LISTED))


@pytest.mark.parametrize("survivor", LISTED, ids=lambda survivor: survivor.where)
def test_a_survivor_changes_lines_that_exist(survivor: Mutant) -> None:
    (text,) = (text for start, text in TEXTS.items() if survivor.where.startswith(start))
    lines = {line.strip() for line in text.splitlines()}
    assert set(survivor.was.split(" ⏎ ")) <= lines | {""}


def test_functions_that_make_what_the_import_needs_are_told_from_all_others() -> None:
    made = "def shape(): ...\ndef rule(): ...\ndef late(): ...\ndef factor(): return late()\n"
    used = "A = field(default=shape())\nclass B:\n    c = made.rule(d)\n    e = lambda: late()\n"
    assert called_at_import([made, used]) == {"shape", "rule"}
