"""asset_kb, import_ratio: how large the handler's zip is, and how long its import takes."""

from __future__ import annotations

import compileall
import io
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

import aws_cdk as cdk

from bench.figures import CRHELPER, FRAMEWORK, Figure, Measured
from bench.processes import Contender, environment, take_turns
from bench.stacks import CONTEXT, FUNCTIONS, framework
from cdk_personalize.asset import copy_sources, crhelper_folder, handler_folder

LARGEST_KB: Final = 64.0
LARGEST_IMPORT_RATIO: Final = 1.1
IMPORT_RUNS: Final = 31

OUR_IMPORT: Final = "import personalize_provider.entry as e; assert not e._import_failure"
PEERS_IMPORT: Final = "import boto3, crhelper"


def zipped_kb(*folders: Path) -> float:
    """The size of a zip of folders' files, in KB of 1,024 bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path.suffix != ".pyc":
                    archive.write(path, path.relative_to(folder))
    return len(buffer.getvalue()) / 1024


def measure() -> Measured:
    """Zip and import, ours and the peers'."""
    with handler_folder() as ours, tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        alone = Path(temporary) / "alone"
        alone.mkdir()
        copy_sources(crhelper_folder(), alone / "crhelper")
        return Measured(figures=(_sizes(ours, alone), *_imports(ours, alone, Path(temporary))))


def _sizes(ours: Path, crhelper: Path) -> Figure:
    with tempfile.TemporaryDirectory(prefix="bench-") as out:
        app = cdk.App(outdir=out, context=dict(CONTEXT))
        framework(cdk.Stack(app, "Bench"), 1)
        app.synth()
        assets = sum(zipped_kb(each) for each in Path(out).glob("asset.*"))
    own = zipped_kb(ours)
    return Figure(
        key="asset_kb",
        case="all zips of a stack",
        unit="KB",
        digits=1,
        ours=own,
        peers={FRAMEWORK: assets, CRHELPER: zipped_kb(FUNCTIONS, crhelper)},
        target=f"<= {LARGEST_KB:.0f} KB",
        met=own <= LARGEST_KB,
        limit="the handler's sources",
    )


def _imports(ours: Path, alone: Path, temporary: Path) -> list[Figure]:
    compiled = {}
    for name, folder in (("ours", ours), ("alone", alone)):
        compiled[name] = temporary / f"{name}-compiled"
        shutil.copytree(folder, compiled[name])
        compileall.compile_dir(compiled[name], quiet=1)
    times = take_turns(
        {
            "ours": _import(OUR_IMPORT, ours),
            "alone": _import(PEERS_IMPORT, alone),
            "ours, compiled": _import(OUR_IMPORT, compiled["ours"]),
            "alone, compiled": _import(PEERS_IMPORT, compiled["alone"]),
        },
        runs=IMPORT_RUNS,
    )
    figures = []
    for case, suffix in (("from sources, as on Lambda", ""), ("from bytecode", ", compiled")):
        own, peer = times["ours" + suffix].wall_median_s, times["alone" + suffix].wall_median_s
        judged = not suffix
        figures.append(
            Figure(
                key="import_ratio",
                case=case,
                unit="ms",
                ours=own * 1000,
                peers={CRHELPER: peer * 1000},
                target=f"<= {LARGEST_IMPORT_RATIO:g} of boto3 and crhelper" if judged else "",
                met=own <= LARGEST_IMPORT_RATIO * peer if judged else None,
                limit=f"it is {own / peer:.2f}: the handler is some 40 modules, most of them data"
                " classes, which Python makes at the import; and a zip has no bytecode, so it"
                " compiles their sources first",
            )
        )
    return figures


def _import(code: str, folder: Path) -> Contender:
    return Contender(
        # Nothing writes bytecode, as nothing can on Lambda.
        command=(sys.executable, "-B", "-c", code),
        environment=environment(PYTHONPATH=str(folder), AWS_REGION="us-east-1"),
        folder=folder,
    )
