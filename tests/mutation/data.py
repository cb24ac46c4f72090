"""Mutants of what the import computes: tables, constants, specs, and the functions that make them.

mutmut leaves these alone, because it switches mutants on by function after the code was imported.
Here its own operators make them. Each is tried in a process of its own, forked before the handler
is imported, so that the import sees the mutant.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import types
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
import pytest
from mutmut.mutation.file_mutation import create_mutations, deep_replace

from mutation.mutants import PACKAGE, Mutant, mutant, place
from mutation.workspace import PYTEST, SELECTED, SOURCES, TESTED_BY, TESTS

TIMEOUT_S = 120
"""Processor-bound tests of all rooms take a tenth of that."""

PRELOADED = (
    "boto3",
    "botocore.session",
    "botocore.stub",
    "crhelper",
    "hypothesis",
    "hypothesis.internal.conjecture.engine",
    "hypothesis.strategies",
    "_hypothesis_pytestplugin",
    "http.server",
)
"""What takes long to import and knows nothing of the handler."""

NEAR = {"resources": ("contract", "rules", "schema", "golden"), "waiter": ("waiter", "waiting")}
"""Tests to try first, by the room's folder or name; else those named after the room."""

NOT_BEHAVIOUR = {"__all__"}
"""Constants that only tools read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A room's code with one mutant in it."""

    mutant: Mutant
    room: str
    code: str


def variants(room: str, source: str, functions: Collection[str] = ()) -> Iterator[Variant]:
    """The mutants of a room that stand in no function, or in one of these."""
    module, mutations, _, _ = create_mutations(f"{room}.py", source)
    names = dict(_named_nodes(module, functions))
    seen: set[str] = set()
    for mutation in mutations:
        name = names.get(id(mutation.original_node))
        if name is None or name in NOT_BEHAVIOUR:
            continue
        changed = deep_replace(module, mutation.original_node, mutation.mutated_node)
        assert isinstance(changed, cst.Module)
        if changed.code in seen or not _compiles(changed.code):
            continue
        seen.add(changed.code)
        named = mutant(place(room, name), source, changed.code)
        yield Variant(mutant=named, room=room, code=changed.code)


def _named_nodes(module: cst.Module, functions: Collection[str]) -> Iterator[tuple[int, str]]:
    """Each node of a constant, a class's attribute, or one of these functions, and its name."""
    for statement in module.body:
        if isinstance(statement, cst.FunctionDef) and statement.name.value in functions:
            yield from ((id(node), statement.name.value) for node in _walk(statement))
        elif isinstance(statement, cst.ClassDef):
            for member in statement.body.body:
                yield from _nodes_of(member, f"{statement.name.value}.")
        else:
            yield from _nodes_of(statement, "")


def _nodes_of(statement: cst.CSTNode, prefix: str) -> Iterator[tuple[int, str]]:
    if not isinstance(statement, cst.SimpleStatementLine):
        return
    for small in statement.body:
        target = None
        if isinstance(small, cst.Assign):
            target = small.targets[0].target
        elif isinstance(small, cst.AnnAssign):
            target = small.target
        if isinstance(target, cst.Name):
            yield from ((id(node), prefix + target.value) for node in _walk(small))


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _compiles(code: str) -> bool:
    try:
        compile(code, "mutant", "exec")
    except SyntaxError:
        return False
    return True


class SurvivingOriginalError(Exception):
    """The tests fail without any mutant, so that nothing can be said."""


def tried(made: Sequence[Variant], *, workers: int) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant, and whether a test noticed it; the workspace is the current folder.

    Raises:
        SurvivingOriginalError: The tests fail without a mutant.
    """
    for name in PRELOADED:
        importlib.import_module(name)
    _, status = os.waitpid(_forked(None), 0)
    if status:
        raise SurvivingOriginalError(f"the tests fail without a mutant (wait status {status})")
    waiting = list(reversed(made))
    running: dict[int, Mutant] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            variant = waiting.pop()
            running[_forked(variant)] = variant.mutant
        pid, status = os.wait()
        yield running.pop(pid), status != 0


def _forked(variant: Variant | None) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signal.alarm(TIMEOUT_S)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        near: tuple[str, ...] = ()
        if variant is not None:
            sys.meta_path.insert(0, _Finder(variant))
            near = _near(variant.room)
        status = next((code for tests in (near, SELECTED) if tests and (code := _run(tests))), 0)
    finally:
        os._exit(status)


def _run(tests: Iterable[str]) -> int:
    return int(pytest.main(["-x", "-q", "--rootdir=.", *PYTEST, *tests]))


def _near(room: str) -> tuple[str, ...]:
    names = NEAR.get(room.split("/")[0], (Path(room).name,))
    paths = (TESTS / folder / f"test_{name}.py" for folder in TESTED_BY for name in names)
    return tuple(str(path) for path in paths if path.is_file())


class _Finder(importlib.abc.MetaPathFinder):
    """Imports a room with its mutant, from memory."""

    def __init__(self, variant: Variant) -> None:
        dotted = f"{PACKAGE.name}.{variant.room.replace('/', '.')}"
        self._name = dotted.removesuffix(".__init__")
        self._path = str(Path.cwd() / SOURCES / PACKAGE.name / f"{variant.room}.py")
        self._code = variant.code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        loader = _Loader(fullname, self._path, self._code)
        return importlib.util.spec_from_file_location(fullname, self._path, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, code: str) -> None:
        super().__init__(fullname, path)
        self._mutated = code

    def get_code(self, fullname: str) -> types.CodeType:
        return compile(self._mutated, self.path, "exec", dont_inherit=True)
