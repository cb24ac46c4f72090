"""The wheel on every Python, with the lowest and the newest aws-cdk-lib: app.py synthesizes.

    python tests/pythons_check.py WHEEL

Run by `make pythons`. Each pair of versions gets an environment of its own, which is gone
afterwards. A Python is looked for by name on the path, and among those of pyenv.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wheel_check import PROJECT, origin, synthesized

LOWEST: Final = PROJECT / "tests" / "requirements-lowest.txt"
REPORTED: Final = ("aws-cdk-lib", "constructs", "crhelper")


@dataclass(frozen=True)
class Found:
    """What came of one environment.

    Attributes:
        python: Its version, in full.
        which: "lowest" or "newest".
        versions: Of the library's dependencies, in REPORTED's order.
        template: What app.py became.
        asset: Hash of the handler's asset.
        install_s: Seconds for the installation.
        synth_s: Seconds for the synthesis.
    """

    python: str
    which: str
    versions: tuple[str, ...]
    template: str
    asset: str
    install_s: float
    synth_s: float


def main(wheel: str) -> int:
    """Tries all that is here, tells, and answers the exit code."""
    found: list[Found] = []
    for version in promised():
        python = python_of(version)
        if python is None:
            print(f"Python {version}: not on this machine, neither on the path nor by pyenv")
            continue
        for which in ("lowest", "newest"):
            each = tried(python, Path(wheel).absolute(), which)
            print(line(each), flush=True)
            found.append(each)
    if not found:
        print("no Python that the library supports is on this machine")
        return 1
    faults = list(disagreements(found))
    for fault in faults:
        print(fault)
    if not faults:
        print("per aws-cdk-lib the same template, and everywhere the same handler")
    return 1 if faults else 0


def promised() -> list[str]:
    """The Pythons that pyproject.toml names: `3.11`, `3.12`, ..."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    pattern = r"Programming Language :: Python :: (3\.\d+)"
    return [hit[1] for each in project["classifiers"] if (hit := re.fullmatch(pattern, each))]


def python_of(version: str) -> str | None:
    """A Python of a version, if there is one on this machine."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = sorted(str(path) for path in pyenv.glob(f"{version}.*/bin/python{version}"))
    for candidate in (*reversed(installed), shutil.which(f"python{version}"), sys.executable):
        if candidate is not None and _answers(candidate, "%d.%d") == version:
            return candidate
    return None


def tried(python: str, wheel: Path, which: str) -> Found:
    """Installs the wheel into a fresh environment, and synthesizes app.py in it.

    Raises:
        SystemExit: The installation failed, or another copy of the library is imported.
    """
    with tempfile.TemporaryDirectory(prefix="pythons-") as name:
        folder = Path(name)
        subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
        own = str(folder / "venv" / "bin" / "python")
        start_s = time.monotonic()
        _install(own, str(wheel), *(("--constraint", str(LOWEST)) if which == "lowest" else ()))
        installed_s = time.monotonic()
        if not Path(origin(own)).is_relative_to(folder):
            raise SystemExit(f"{own} imports {origin(own)}, not the wheel")
        made = synthesized(own, folder / "app")
        template = json.loads(made.pop("template"))
        return Found(
            _answers(python, "%d.%d.%d"),
            which,
            tuple(_versions(own)),
            json.dumps(template, sort_keys=True),
            ", ".join(value[:12] for key, value in sorted(made.items()) if "Handler" in key),
            installed_s - start_s,
            time.monotonic() - installed_s,
        )


def line(found: Found) -> str:
    """What is told of an environment."""
    versions = ", ".join(f"{n} {v}" for n, v in zip(REPORTED, found.versions, strict=True))
    return (
        f"Python {found.python}, {found.which}: {versions}; installed in {found.install_s:.0f} s, "
        f"synthesized in {found.synth_s:.0f} s, {len(_resources(found))} resources"
    )


def disagreements(found: Iterable[Found]) -> Iterator[str]:
    """What depends on the Python although it must not: a sentence each."""
    found = list(found)
    for which in ("lowest", "newest"):
        alike = [each for each in found if each.which == which]
        if len({each.template for each in alike}) > 1:
            pythons = ", ".join(each.python for each in alike)
            yield f"with the {which} aws-cdk-lib the template differs between Python {pythons}"
    assets = {each.asset for each in found}
    if len(assets) > 1 or "" in assets:
        yield f"the handler's asset is not one and the same: {', '.join(sorted(assets))}"


def _resources(found: Found) -> dict[str, Any]:
    return dict(json.loads(found.template)["Resources"])


def _install(python: str, *what: str) -> None:
    quietly = ("--quiet", "--disable-pip-version-check")
    subprocess.run([python, "-m", "pip", "install", *quietly, *what], check=True)


def _versions(python: str) -> list[str]:
    code = f"import importlib.metadata as m; print(*(m.version(n) for n in {REPORTED!r}))"
    done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.split()


def _answers(python: str, form: str) -> str:
    """The version that a Python tells of itself; "" if it does not run."""
    count = form.count("%d")
    code = f"import sys; print({form!r} % sys.version_info[:{count}])"
    done = subprocess.run([python, "-c", code], check=False, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
