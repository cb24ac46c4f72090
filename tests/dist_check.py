"""Builds what would be uploaded, and holds that it is the same wherever and whenever it is built.

    python tests/dist_check.py FOLDER

Run by `make wheel`. It leaves an sdist and a wheel in the folder. Both are built twice: here, and
from a copy in another place, with other times, another umask and another locale. The first wheel is
built from the sdist, as pip does for who has no wheel, and the second from the sources.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[1]
SOURCES: Final = (
    *(".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"),
    *("constructs", "handler"),
)
LONG_AGO_S: Final = 1_000_000_000
"""Time of every file of the copy."""
ELSEWHERE: Final = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "7"}


def main(folder: str) -> int:
    """Builds, compares, tells, and answers the exit code."""
    out = Path(folder)
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "a copy elsewhere"
        _copy(copy)
        here = built(PROJECT, out, environment={})
        # Named, both are built from the sources; otherwise the wheel is built from the sdist.
        there = built(
            copy, Path(name) / "dist", "--sdist", "--wheel", environment=ELSEWHERE, umask=0o077
        )
        faults = [*differences(here, there), *missing(here)]
    for fault in faults:
        print(fault)
    if not faults:
        for path in here.values():
            print(f"{path.name}: {path.stat().st_size:,} bytes, twice the same: {_sha256(path)}")
    return 1 if faults else 0


def built(
    sources: Path, out: Path, *options: str, environment: Mapping[str, str], umask: int = -1
) -> dict[str, Path]:
    """An sdist and a wheel by their kinds, built with the tools of this Python."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out.absolute())]
    done = subprocess.run(
        [*command, *options, "."],
        cwd=sources,
        env={**os.environ, **environment},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the build in {sources} failed:\n{done.stdout}{done.stderr}")
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return {"sdist": sdist, "wheel": wheel}


def differences(one: Mapping[str, Path], other: Mapping[str, Path]) -> Iterator[str]:
    """What differs between two builds: a sentence for each file of them."""
    for kind, path in one.items():
        if path.name != other[kind].name:
            yield f"the {kind} is named {path.name} here and {other[kind].name} elsewhere"
        elif path.read_bytes() != other[kind].read_bytes():
            mine, others = contents(path), contents(other[kind])
            names = sorted(
                name for name in mine.keys() | others.keys() if mine.get(name) != others.get(name)
            )
            what = ", ".join(names) or "only how they are packed: times, modes or order"
            yield f"{path.name} differs between two builds; what differs: {what}"


def missing(files: Mapping[str, Path]) -> Iterator[str]:
    """What whoever installs needs and does not get: a sentence for each file that is not there."""
    wheel, sdist = contents(files["wheel"]), contents(files["sdist"])
    (root,) = {name.partition("/")[0] for name in sdist}
    (described,) = {name.partition("/")[0] for name in wheel if ".dist-info/" in name}
    modules = [
        path.relative_to(PROJECT / rooms).as_posix()
        for rooms in ("constructs", "handler")
        for path in sorted((PROJECT / rooms).rglob("*"))
        if path.suffix == ".py" or path.name == "py.typed"
    ]
    for name in (*modules, f"{described}/licenses/LICENSE"):
        if name not in wheel:
            yield f"the wheel lacks {name}"
    for name in sorted(wheel.keys() - set(modules)):
        if not name.startswith(described):
            yield f"the wheel has {name}, which is no source of the library"
    for name in ("PKG-INFO", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        if f"{root}/{name}" not in sdist:
            yield f"the sdist lacks {name}"


def contents(path: Path) -> dict[str, bytes]:
    """The files of an archive, by their names there."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    found: dict[str, bytes] = {}
    with tarfile.open(path) as sdist:
        for member in sdist:
            body = sdist.extractfile(member)
            if body is not None:
                found[member.name] = body.read()
    return found


def _copy(folder: Path) -> None:
    """The sources somewhere else, with other modes and times, written in another order."""
    folder.mkdir()
    for name in reversed(SOURCES):
        if (PROJECT / name).is_dir():
            no_bytecode = shutil.ignore_patterns("__pycache__")
            shutil.copytree(PROJECT / name, folder / name, ignore=no_bytecode)
        else:
            shutil.copy(PROJECT / name, folder / name)
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO_S, LONG_AGO_S))
        path.chmod(0o700 if path.is_dir() else 0o600)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
