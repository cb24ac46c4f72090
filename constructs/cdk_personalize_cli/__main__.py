"""The entry of `cdk-personalize`; it says in one line what to install if the extra is missing."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

NEEDED = ("boto3", "rich")
"""What the extra `cli` installs."""

INSTALL = "pip install 'cdk-personalize[cli]'"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: Those of the command line, without the program's name.

    Returns:
        The exit code: docs/cli.md, "Exit codes".
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.stderr.write(f"cdk-personalize needs {' and '.join(missing)}: {INSTALL}\n")
        return 2
    # Only now, since it imports both.
    from cdk_personalize_cli.command import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
