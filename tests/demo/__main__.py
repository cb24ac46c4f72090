"""`python -m demo`, run by `make demo`: deploys, updates, rolls back, replaces and destroys.

The real cdk CLI drives the project's app.py; ministack stands for AWS, an emulator for Personalize.
Exit codes: 0 when all is as expected, 1 when something is not, 2 when a tool is missing.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

from demo.observer import Observer
from demo.seen import Seen
from demo.steps import STEPS, Step
from demo.timeline import timeline
from local_aws.cdk_cli import CdkCli
from local_aws.engine import ACCOUNT, REGION, Engine, EngineError, Settings
from local_aws.installation import PROJECT, NotInstalledError

SOLUTION_VERSION_ARN: Final = f"arn:aws:personalize:{REGION}:{ACCOUNT}:solution/movies/5f3a9c1e"
SETTINGS: Final = Settings(waiting=0.2, create_s=2.5, update_s=2.5, delete_s=1.5)
"""Personalize takes seconds here instead of minutes, and the waiter waits a fifth as long."""

OUTPUT_LINES_SHOWN: Final = 2


def main(arguments: list[str]) -> int:
    """Runs the demo and answers its exit code."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__.partition("\n")[0])
    parser.add_argument("--verbose", action="store_true", help="show all that the cdk CLI prints")
    options = parser.parse_args(arguments)
    # A terminal tells its width; a file or a pipe gets lines that hold an ARN.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)
    try:
        with ExitStack() as stack:
            engine = stack.enter_context(Engine.started(SETTINGS))
            return Demo(engine, console, verbose=options.verbose).run()
    except (NotInstalledError, EngineError) as error:
        console.print(f"[red]demo: {escape(str(error))}[/]")
        return 2
    except KeyboardInterrupt:
        console.print("demo: interrupted, and everything it started is ended")
        return 130


class Demo:
    """The steps, one after the other, on one engine."""

    def __init__(self, engine: Engine, console: Console, *, verbose: bool) -> None:
        """Prepares the demo; nothing runs yet."""
        self._engine = engine
        self._console = console
        self._verbose = verbose

    def run(self) -> int:
        """Runs the steps until one is not as expected, and answers the exit code."""
        started_s = time.monotonic()
        self._console.print(
            f"A local AWS listens at {self._engine.endpoint}, account {ACCOUNT}, region {REGION}."
        )
        self._engine.personalize.add_solution_version(arn=SOLUTION_VERSION_ARN)
        with self._busy("cdk bootstrap"):
            self._cdk({}).bootstrap().check()
        observer = Observer(self._engine)
        seen: Seen | None = None
        for number, step in enumerate(STEPS, start=1):
            self._console.print()
            self._console.print(Rule(f"{number} of {len(STEPS)}: {step.title}", align="left"))
            seen = self._step(step, observer, before=seen)
            unexpected = self._judge(step, seen)
            if unexpected:
                self._console.print(f"\n[red]demo: step {number}, {unexpected} not as expected[/]")
                return 1
        took_s = time.monotonic() - started_s
        self._console.print(f"\n(in {took_s:.0f} seconds)", style="dim")
        self._console.print(f"demo: {len(STEPS)} steps, all as expected")
        return 0

    def _step(self, step: Step, observer: Observer, *, before: Seen | None) -> Seen:
        self._engine.personalize.plan(step.plan)
        cdk = self._cdk({"solutionVersionArn": SOLUTION_VERSION_ARN, **step.context})
        told = " ".join(
            [
                "cdk",
                step.command,
                *(f"--context {key}={each}" for key, each in step.context.items()),
            ]
        )
        self._console.print(f"$ {told}", style="bold")
        observer.start()
        with self._busy(told):
            outcome = cdk.deploy() if step.command == "deploy" else cdk.destroy()
        seen = observer.seen(outcome, before=before)
        self._console.print(timeline(seen))
        if step.shows_output:
            self._show_output(seen)
        return seen

    def _judge(self, step: Step, seen: Seen) -> int:
        """Tells which expectations hold, and answers how many do not."""
        unexpected = 0
        for expectation in step.expectations:
            fault = expectation.fault(seen)
            if fault is None:
                self._console.print(f"[green]as expected:[/] {escape(expectation.name)}")
            else:
                unexpected += 1
                self._console.print(
                    f"[red]NOT AS EXPECTED:[/] {escape(expectation.name)}: {escape(fault)}"
                )
        if unexpected:
            self._console.print("\nThe cdk CLI printed:", style="bold")
            self._console.print(seen.outcome.output, markup=False)
            self._console.print("\nThe end of ministack's log:", style="bold")
            self._console.print(self._engine.log("ministack")[-4000:], markup=False)
        return unexpected

    def _show_output(self, seen: Seen) -> None:
        self._console.print(f"The job's output, {seen.outputs.get('OutputPath')}:", style="bold")
        for line in seen.job_output[:OUTPUT_LINES_SHOWN]:
            self._console.print(f"  {line}", markup=False, no_wrap=True, overflow="ellipsis")
        more = len(seen.job_output) - OUTPUT_LINES_SHOWN
        if more > 0:
            self._console.print(f"  and {more} lines more", style="dim")

    def _cdk(self, context: dict[str, str]) -> CdkCli:
        echo = (
            (lambda line: self._console.print(f"  {line}", markup=False)) if self._verbose else None
        )
        return CdkCli(self._engine, PROJECT, context=context, echo=echo)

    def _busy(self, told: str) -> Any:
        return self._console.status(f"{told} ...")


def _end(number: int, _: FrameType | None) -> None:
    """Lets SIGTERM unwind the stack, so that everything is ended and removed."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _end)
    # The working copy stays as it is, wherever the command was typed.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(main(sys.argv[1:]))
