"""docs/simulator.md against tests/simulator/."""

from __future__ import annotations

import inspect
import re

from docs.pages import names, page
from simulator import faults, story, wire

SIMULATOR = page("docs/simulator.md")


def test_the_faults_of_calls_are_those_that_are_drawn() -> None:
    rows = SIMULATOR.section("Faults").table("Fault of a call")
    assert [name for row in rows for name in names(row["Fault of a call"])] == list(faults.EFFECTS)


def test_their_times_are_the_codes() -> None:
    rows = SIMULATOR.section("Faults").table("Fault of a call")
    told = {names(row["Fault of a call"])[0]: row["What happens"] for row in rows}
    assert f"{wire.SLOW_S:.0f} s" in told["slow"]
    assert f"{wire.LATE_S:.0f} s later" in told["late"]


def test_the_lines_of_a_story_are_those_that_are_told() -> None:
    rows = SIMULATOR.section("Read a story").table("Line")
    told = {names(row["Line"])[0] for row in rows} - {"1. create shop …"}
    source = inspect.getsource(story)
    assert told == {*re.findall(r"f\"([A-Z]+) +\{", source), "VIOLATED", "Again"}
    assert "VIOLATED: " in source
    assert "Again: make simulate HISTORIES=1 SEED=" in source


def test_the_last_line_is_told_as_it_is_printed() -> None:
    (told,) = SIMULATOR.section("Run it").blocks("text")
    words = re.findall(r"(\w+)=", told)
    assert words == ["histories", "steps", "faults", "pairs", "violations"]
    from simulator import __main__ as command

    source = inspect.getsource(command)
    assert all(f"{word}={{" in source for word in words)
