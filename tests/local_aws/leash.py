"""Runs a command that cannot outlive whoever started it, and takes its whole family along.

Used from both ends: `Leash` starts and ends such a command; as a script it stands between the two
and holds the leash, which is its own standard input. The pipe closes however the owner ends (a
return, an exception, Ctrl-C, `kill -9`), so no orphan is left in any of these cases; an exit
handler in the owner would miss the last one. The command and everything that it starts (Lambda's
workers, jsii's Node) share one process group, which is ended as a whole.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GRACE_S: Final = 3.0
"""Seconds between asking a process group to end and ending it."""

_PR_SET_CHILD_SUBREAPER: Final = 36


class Leash:
    """A running command that ends, with its descendants, when this process does or says so."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        output: IO[bytes] | int,
        inherit: Sequence[int] = (),
    ) -> None:
        """Starts the command.

        Args:
            command: What to run, and its arguments.
            env: Its whole environment; nothing is inherited.
            cwd: Where it runs.
            output: Where its output and its errors go, together: a file, or `subprocess.PIPE`.
            inherit: File descriptors that the command keeps under the same numbers.
        """
        keep = ",".join(str(descriptor) for descriptor in inherit)
        # A session of its own also keeps the terminal's Ctrl-C away: the owner decides the order
        # in which things end.
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).resolve()), keep, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            pass_fds=tuple(inherit),
            start_new_session=True,
        )

    @property
    def output(self) -> IO[bytes]:
        """What the command prints, when it was started with `subprocess.PIPE`."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def exit_code(self) -> int | None:
        """The command's exit code, or None while it runs."""
        return self._process.poll()

    def wait(self, timeout_s: float | None = None) -> int:
        """Waits for the command to end by itself, and answers its exit code.

        Raises:
            subprocess.TimeoutExpired: It still runs after `timeout_s` seconds.
        """
        return self._process.wait(timeout_s)

    def end(self) -> None:
        """Ends the command and its descendants; harmless when it has ended already."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(3 * GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _end_family(group: int) -> None:
    """Ends a process group, politely first, and returns when nobody of it is left."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal_group(group, number)
        deadline = time.monotonic() + GRACE_S
        while time.monotonic() < deadline:
            # A zombie counts as a member until it is reaped.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(-group, os.WNOHANG)
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return
            time.sleep(0.01)


def _hold(command: Sequence[str], keep: Sequence[int]) -> int:
    # A handler, not SIG_IGN: an ignored signal stays ignored in the command.
    signal.signal(signal.SIGTERM, lambda *_: None)
    if sys.platform == "linux":
        # Orphans of the family come to this process to be reaped, so that it knows when all are
        # gone. Elsewhere, the group's disappearance has to do.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, pass_fds=tuple(keep), process_group=0
    )

    def watch_owner() -> None:
        while os.read(0, 1024):
            pass
        _signal_group(child.pid, signal.SIGTERM)
        time.sleep(GRACE_S)
        _signal_group(child.pid, signal.SIGKILL)

    threading.Thread(target=watch_owner, daemon=True).start()
    exit_code = child.wait()
    # What the command left running ends with it.
    _end_family(child.pid)
    return exit_code if exit_code >= 0 else 128 - exit_code


if __name__ == "__main__":
    kept = [int(number) for number in sys.argv[1].split(",") if number]
    sys.exit(_hold(sys.argv[2:], kept))
