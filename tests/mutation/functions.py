"""Mutants within functions: mutmut makes and tries them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

from mutation.mutants import PACKAGE, Mutant, mutant, place
from mutation.workspace import SOURCES

_KILLED = {"killed", "timeout", "segfault"}
_SURVIVED = {"survived", "no tests"}


class UnfinishedError(Exception):
    """mutmut ended before every mutant was tried."""


def tried(*, workers: int, log: Path, but: Collection[str] = ()) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant within a function of the workspace, which is the current folder; was it killed?

    Args:
        workers: How many are tried at once.
        log: For mutmut's own output.
        but: Functions to leave out.

    Raises:
        UnfinishedError: With mutmut's last words.
    """
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(workers)]
    with log.open("w", encoding="utf-8") as lines:
        ended = subprocess.run(command, stdout=lines, stderr=subprocess.STDOUT, env=_environment())
    if ended.returncode != 0:
        raise UnfinishedError(_tail(log))
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        room = str(path.relative_to(SOURCES / PACKAGE.name).with_suffix(""))
        for key, exit_code in data.exit_code_by_key.items():
            status = status_by_exit_code[exit_code]
            if orig_function_and_class_names_from_key(key)[0] in but:
                continue
            if status not in _KILLED | _SURVIVED:
                raise UnfinishedError(f"{key}: {status}. {_tail(log)}")
            yield _named(room, key, path), status in _KILLED


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _named(room: str, key: str, path: Path) -> Mutant:
    function, owner = orig_function_and_class_names_from_key(key)
    name = f"{owner}.{function}" if owner else function
    hunks = get_diff_for_mutant(key, path=path).splitlines()[2:]
    before, after = (
        "\n".join(line[1:] for line in hunks if line[:1] in (" ", sign)) for sign in "-+"
    )
    return mutant(place(room, name), before, after)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8").splitlines()[-30:])
