"""A copy of the handler and its tests, so that no mutant ever stands in the work tree."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import libcst as cst

from mutation.mutants import PACKAGE, PROJECT

SOURCES = Path("src")
TESTS = Path("tests")
TESTED_BY = ("handler", "docs")
COPIED = (
    "README.md",
    "docs",
    "tests/docs/__init__.py",
    "tests/docs/pages.py",
    "tests/docs/test_lifecycle.py",
    "tests/docs/test_waiting.py",
    "tests/emulator",
    "tests/handler",
)
"""The handler's tests, and those of the pages that need nothing of the constructs."""

NOT_RUN = ("tests/handler/test_entry.py", "tests/handler/test_last_resort.py")
"""They start processes of their own, and try what must do without the pure rooms."""

SELECTED = tuple(str(TESTS / room) for room in TESTED_BY)
PYTEST = ("-p", "no:cacheprovider", *(f"--ignore={path}" for path in NOT_RUN))

_QUICK_FIRST = """
from hypothesis import is_hypothesis_test


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: is_hypothesis_test(item.obj))
"""

# A mutant may only take this much longer than its tests took, since some of them loop for ever.
_TIMEOUT_FACTOR = 5.0
_TIMEOUT_EXTRA_S = 4.0


def prepare(folder: Path, rooms: tuple[str, ...]) -> None:
    """Make the workspace anew: results of earlier runs would hide what tests no longer catch."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PACKAGE, folder / SOURCES / PACKAGE.name, ignore=_LEFTOVERS)
    for path in COPIED:
        _copy(PROJECT / path, folder / path)
    (folder / TESTS / "conftest.py").write_text(_QUICK_FIRST, encoding="utf-8")
    (folder / "pyproject.toml").write_text(_settings(rooms), encoding="utf-8")
    for room in rooms:
        copied = folder / SOURCES / PACKAGE.name / f"{room}.py"
        copied.write_text(with_plain_properties(copied.read_text("utf-8")), encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=_LEFTOVERS)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


_LEFTOVERS = shutil.ignore_patterns("__pycache__")


def _settings(rooms: tuple[str, ...]) -> str:
    mutated = [str(SOURCES / PACKAGE.name / f"{room}.py") for room in rooms]
    return "\n".join(
        [
            "[tool.pytest.ini_options]",
            'addopts = "--import-mode=importlib"',
            f"pythonpath = {json.dumps([str(TESTS), str(SOURCES)])}",
            "[tool.mutmut]",
            f"source_paths = {json.dumps([str(SOURCES)])}",
            f"only_mutate = {json.dumps(mutated)}",
            f"pytest_add_cli_args = {json.dumps(PYTEST)}",
            f"pytest_add_cli_args_test_selection = {json.dumps(SELECTED)}",
            f"also_copy = {json.dumps([path for path in COPIED if not path.startswith('tests')])}",
            f"timeout_multiplier = {_TIMEOUT_FACTOR}",
            f"timeout_constant = {_TIMEOUT_EXTRA_S}",
            "use_git_change_detection = false",
            "",
        ]
    )


def with_plain_properties(source: str) -> str:
    """The same code with each `@property` applied below its function.

    mutmut passes over decorated functions; deadlines and ranks are properties here.
    """
    module: cst.Module = cst.parse_module(source).visit(_PlainProperties())
    return str(module.code)


class _PlainProperties(cst.CSTTransformer):  # type: ignore[misc] # libcst is not in .venv
    def leave_FunctionDef(  # noqa: N802 named by libcst
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.FlattenSentinel[cst.BaseStatement]:
        name = updated_node.name.value
        match updated_node.decorators:
            case [cst.Decorator(decorator=cst.Name("property"))]:
                applied = cst.parse_statement(f"{name} = property({name})")
                return cst.FlattenSentinel([updated_node.with_changes(decorators=[]), applied])
        return updated_node
