"""deploy_overhead_s: what a deploy takes beyond the campaign's own 20 s, on a local AWS.

The engine waits in real time. Both stacks are deployed by the real cdk CLI, taking turns.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import aws_cdk as cdk

from bench.figures import FRAMEWORK, Figure, Measured
from bench.stacks import BUILDS, CONTEXT, SOLUTION_VERSION_ARN
from local_aws.cdk_cli import CdkCli
from local_aws.engine import Engine, Settings
from local_aws.events import stack_events

CREATE_S: Final = 20.0
ROUNDS: Final = 5
MOST: Final = 0.8
CONTENDERS: Final = ("ours", "framework")


def measure() -> Measured:
    """Deploy both stacks, round after round, each under a name of its own."""
    taken: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    with _engine() as engine, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for turn in range(ROUNDS):
            order = CONTENDERS if turn % 2 == 0 else tuple(reversed(CONTENDERS))
            for name in order:
                taken[name].append(_overhead_s(engine, Path(folder), name, turn))
    own, theirs = (statistics.median(taken[name]) for name in CONTENDERS)
    return Measured(
        figures=(
            Figure(
                key="deploy_overhead_s",
                case=f"median of {ROUNDS}",
                unit="s",
                digits=2,
                ours=own,
                peers={FRAMEWORK: theirs},
                target=f"<= {MOST:g} of the framework's",
                met=own <= MOST * theirs,
                limit=f"it is {own / theirs:.2f}; when the last look falls after ACTIVE decides"
                " most of it, for both",
            ),
        ),
        notes={"deploy_overheads_s": taken},
    )


@contextmanager
def _engine() -> Iterator[Engine]:
    with Engine.started(Settings(create_s=CREATE_S)) as engine:
        engine.personalize.add_solution_version(arn=SOLUTION_VERSION_ARN)
        CdkCli(engine, engine.folder).bootstrap().check()
        yield engine


def _overhead_s(engine: Engine, folder: Path, kind: str, turn: int) -> float:
    """From the stack's first event to its last, less what Personalize takes."""
    name = f"{kind.title()}{turn}"
    assembly = folder / name
    app = cdk.App(outdir=str(assembly), context=dict(CONTEXT))
    BUILDS[kind](cdk.Stack(app, name), 1)
    app.synth()
    CdkCli(engine, folder, app=str(assembly)).deploy().check()
    events = stack_events(engine, name)
    return (events[-1].time - events[0].time).total_seconds() - CREATE_S
