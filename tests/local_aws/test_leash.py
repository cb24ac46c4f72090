"""Nothing that a leash started is left, however the owner ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

from local_aws.leash import Leash

FAMILY = """
    import os, signal, subprocess, sys, time
    # A child that ignores the polite signal, as a hanging function may.
    child = subprocess.Popen([sys.executable, "-c", "import signal, time;"
        " signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True);"
        " time.sleep(600)"], stdout=subprocess.PIPE)
    child.stdout.readline()
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    time.sleep(600)
"""


def family(pids: Path) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(FAMILY), str(pids)]


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def gone(pids: Path) -> bool:
    return not any(_alive(int(pid)) for pid in pids.read_text().split())


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Whoever reaps orphans may be slow; a zombie runs nothing any more.
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def start(command: list[str], cwd: Path) -> Leash:
    return Leash(command, env=os.environ, cwd=cwd, output=subprocess.DEVNULL)


def test_ending_a_leash_ends_the_whole_family(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    leash = start(family(pids), tmp_path)
    until(pids.exists)

    leash.end()

    assert gone(pids)


def test_the_family_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    owner = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path;"
            " from local_aws import test_leash;"
            " leash = test_leash.start(sys.argv[3:], Path(sys.argv[2])); leash.wait()",
            str(Path(__file__).parents[1]),
            str(tmp_path),
            *family(pids),
        ]
    )
    until(pids.exists)

    owner.send_signal(signal.SIGKILL)
    owner.wait()

    until(lambda: gone(pids))


def test_a_command_that_ends_by_itself_tells_its_exit_code(tmp_path: Path) -> None:
    leash = start([sys.executable, "-c", "raise SystemExit(7)"], tmp_path)

    assert leash.wait(15) == 7
    leash.end()


def test_ending_what_has_ended_is_harmless(tmp_path: Path) -> None:
    leash = start([sys.executable, "-c", ""], tmp_path)
    leash.wait(15)

    leash.end()
    leash.end()

    assert leash.exit_code == 0
