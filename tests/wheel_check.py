"""The wheel, alone in an environment: `python app.py` synthesizes there, and to the same asset.

    python tests/wheel_check.py PYTHON_OF_THE_ENVIRONMENT

Run by `make wheel`. The asset's hash decides whether a deploy replaces the handler's code, so it
must not depend on how the library was installed, nor change from one run to the next.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def synthesized(python: str, folder: Path) -> dict[str, str]:
    """The template and the file assets of app.py, run from a folder without the project's sources.

    Returns:
        The template's text, and each asset's hash by its name there.
    """
    folder.mkdir()
    shutil.copy(PROJECT / "app.py", folder)
    shutil.copy(PROJECT / "cdk.json", folder)
    context = json.loads((PROJECT / "cdk.json").read_text())["context"]
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(folder / "cdk.out"),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    environment.pop("PYTHONPATH", None)
    subprocess.run([python, "app.py"], cwd=folder, env=environment, check=True)
    (manifest,) = (folder / "cdk.out").glob("*.assets.json")
    (template,) = (folder / "cdk.out").glob("*.template.json")
    files = json.loads(manifest.read_text())["files"]
    assets = {entry["displayName"]: name for name, entry in files.items()}
    return {"template": template.read_text(), **assets}


def origin(python: str) -> str:
    """Where an environment imports the library from."""
    code = "import cdk_personalize; print(cdk_personalize.__file__)"
    found = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return found.stdout.strip()


def command_line(python: str) -> str:
    """What is wrong with the command line, which has to say what to install; "" if nothing is."""
    command = str(Path(python).with_name("cdk-personalize"))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([command], env=environment, check=False, capture_output=True, text=True)
    hint = "pip install 'cdk-personalize[cli]'"
    is_fine = done.returncode == 2 and hint in done.stderr and len(done.stderr.splitlines()) == 1
    return "" if is_fine else f"{command} ends in {done.returncode}: {done.stdout}{done.stderr}"


def main(wheel_python: str) -> int:
    """Runs the command line, compares three syntheses, tells, and answers the exit code."""
    wheel_python = str(Path(wheel_python).absolute())
    if not Path(origin(wheel_python)).is_relative_to(Path(wheel_python).parents[1]):
        print(f"the wheel's environment imports {origin(wheel_python)}, not the wheel")
        return 1
    if wrong := command_line(wheel_python):
        print(wrong)
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        from_wheel = synthesized(wheel_python, folder / "wheel")
        again = synthesized(wheel_python, folder / "again")
        from_sources = synthesized(sys.executable, folder / "sources")
    for told, other in (("a second run", again), ("the sources", from_sources)):
        differing = sorted(key for key in from_wheel if from_wheel[key] != other.get(key))
        if differing or from_wheel.keys() != other.keys():
            print(f"the wheel's synthesis differs from that of {told}: {', '.join(differing)}")
            return 1
    hashes = [value[:16] for key, value in from_wheel.items() if key != "template"]
    print(f"same template, same assets ({', '.join(hashes)}): wheel, second run, sources")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
