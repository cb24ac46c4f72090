"""What goes into the handler's zip: two packages' sources, and nothing that varies."""

from __future__ import annotations

import ast
import importlib.metadata
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import personalize_provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CRHELPER = "crhelper"
CRHELPER_LOWEST = (2, 0, 12)
CRHELPER_BELOW = (3,)
"""The handler overrides private seams of crhelper, which hold within these versions."""

_FOLDER_MODE = 0o755
_FILE_MODE = 0o644


class AssetError(RuntimeError):
    """The handler's sources cannot be gathered; the message names the way out."""


@contextmanager
def handler_folder(*, keep: bool = False) -> Iterator[Path]:
    """A temporary folder with the `*.py` files of the handler and of the installed crhelper.

    The handler's have their docstrings shortened, which saves a seventh of the zip. Modes are set
    and bytecode is left out, so that the CDK's fingerprint of the folder depends neither on umask,
    time or installer, nor on whether the packages ran before.

    Args:
        keep: Whether the folder outlives the block. The CDK wants that when it is told not to
            stage assets, for then the template's readers open the folder itself.

    Yields:
        The folder to make a Lambda code asset of.

    Raises:
        AssetError: crhelper is missing, too old or too new.
    """
    folder = Path(tempfile.mkdtemp(prefix="cdk-personalize-"))
    try:
        handler = Path(personalize_provider.__file__).parent
        copy_sources(handler, folder / handler.name, edit=with_summaries_only)
        copy_sources(crhelper_folder(), folder / CRHELPER)
        folder.chmod(_FOLDER_MODE)
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder)


def copy_sources(package: Path, target: Path, *, edit: Callable[[str], str] | None = None) -> None:
    """Copy a package's `*.py` files, with the modes that Lambda can read.

    Args:
        package: The package's folder.
        target: The folder to make.
        edit: Changes the text of a file. Default: the bytes are copied as they are.
    """
    target.mkdir()
    target.chmod(_FOLDER_MODE)
    for entry in sorted(package.iterdir()):
        if entry.is_dir() and entry.name != "__pycache__":
            copy_sources(entry, target / entry.name, edit=edit)
        elif entry.suffix == ".py":
            copy = target / entry.name
            source = entry.read_bytes()
            copy.write_bytes(edit(source.decode()).encode() if edit else source)
            copy.chmod(_FILE_MODE)


def with_summaries_only(source: str) -> str:
    """A module's text with nothing but the first line of each docstring.

    Every other line stays where it is, so that a traceback of the Lambda leads to the sources.
    """
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for number, statement in enumerate(node.body):
            if not _is_text(statement) or statement.end_lineno is None:
                continue
            first, last = statement.lineno - 1, statement.end_lineno - 1
            if number > 0:
                # It describes the constant above.
                lines[first] = ""
            elif last > first:
                lines[first] += '"""'
            lines[first + 1 : last + 1] = [""] * (last - first)
    return "\n".join(lines) + "\n"


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def crhelper_folder() -> Path:
    """Where the installed crhelper is.

    Raises:
        AssetError: It is missing, or of a version that the handler was not tried with.
    """
    wanted = "crhelper>=2.0.12,<3"
    try:
        distribution = importlib.metadata.distribution(CRHELPER)
    except importlib.metadata.PackageNotFoundError as missing:
        raise AssetError(
            f"crhelper is not installed, and the handler needs it. Run: pip install '{wanted}'"
        ) from missing
    if not CRHELPER_LOWEST <= _numbers(distribution.version) < CRHELPER_BELOW:
        raise AssetError(
            f"crhelper {distribution.version} is installed, and the handler needs {wanted}, whose "
            f"private seams it overrides. Run: pip install '{wanted}'"
        )
    folder = Path(str(distribution.locate_file(CRHELPER)))
    if not (folder / "__init__.py").is_file():
        raise AssetError(
            f"crhelper {distribution.version} is installed without its sources in {folder}. "
            f"Run: pip install --force-reinstall '{wanted}'"
        )
    return folder


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: "2.0.12" is (2, 0, 12), "3.0.0rc1" is (3, 0)."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
