"""Contenders take turns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.package import zipped_kb
from bench.processes import Contender, environment, take_turns


def contender(folder: Path, code: str) -> Contender:
    return Contender(command=(sys.executable, "-c", code), environment=environment(), folder=folder)


def test_every_contender_runs_as_often_and_the_order_turns(tmp_path: Path) -> None:
    note = "open('order', 'a').write('{}')"
    times = take_turns(
        {name: contender(tmp_path, note.format(name)) for name in ("a", "b")}, runs=3
    )
    assert (tmp_path / "order").read_text() == "abbaab"
    assert [len(each.wall_s) for each in times.values()] == [3, 3]
    assert all(each.processor_median_s > 0 for each in times.values())


def test_a_contender_that_fails_ends_the_race(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        take_turns({"a": contender(tmp_path, "raise SystemExit(1)")}, runs=1)


def test_bytecode_is_not_counted_in_a_zip(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    size = zipped_kb(tmp_path)
    (tmp_path / "a.pyc").write_bytes(bytes(100_000))
    assert zipped_kb(tmp_path) == size
