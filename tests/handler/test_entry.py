"""The entry loads whatever is broken behind it, and says so at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import personalize_provider
from handler.given import STATE_MACHINE, event
from handler.listener import Listener

PACKAGE = Path(str(personalize_provider.__file__)).parent

PROGRAM = """
import json, sys, types
from personalize_provider import entry
assert entry.__file__.startswith(sys.argv[1]), entry.__file__
context = types.SimpleNamespace(log_group_name="/aws/lambda/provider")
print(json.dumps(entry.handler(json.load(sys.stdin), context)))
"""


def ran(folder: Path, sent: dict[str, Any], *, broken: str = "", text: str = "") -> Any:
    """What the entry of a copied package gives; one of its files may be broken."""
    copied = folder / "personalize_provider"
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    if broken:
        (copied / broken).write_text(text)
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "STATE_MACHINE_ARN": STATE_MACHINE,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        input=json.dumps(sent),
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )


BREAKAGES = pytest.mark.parametrize(
    ("broken", "text", "cause"),
    [
        ("lifecycle.py", "def decide(:\n", "SyntaxError: "),
        ("front_door.py", "import crhelper_of_another_name\n", "ModuleNotFoundError: No module"),
        ("resources/campaign.py", "raise RuntimeError('bad day')\n", "RuntimeError: bad day"),
    ],
)


@BREAKAGES
def test_a_broken_room_is_answered_at_once_at_the_door(
    tmp_path: Path, listener: Listener, broken: str, text: str, cause: str
) -> None:
    done = ran(tmp_path, event(ResponseURL=listener.url), broken=broken, text=text)
    assert done.returncode == 0, done.stderr
    (body,) = listener.bodies
    answer = json.loads(body)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"The provider's code cannot be imported: {cause}")
    assert answer["PhysicalResourceId"].startswith("not-created:")
    assert "/aws/lambda/provider" in answer["Reason"]
    assert "Traceback" in done.stderr


@pytest.mark.parametrize(
    ("physical_id", "status"),
    [
        ("not-created:1", "SUCCESS"),
        ("unknown:1", "FAILED"),
        ("arn:aws:personalize:eu-west-1:111122223333:campaign/shop", "FAILED"),
    ],
)
def test_a_broken_room_deletes_nothing_and_says_so_unless_nothing_was_created(
    tmp_path: Path, listener: Listener, physical_id: str, status: str
) -> None:
    sent = event("Delete", ResponseURL=listener.url, PhysicalResourceId=physical_id)
    ran(tmp_path, sent, broken="lifecycle.py", text="def decide(:\n")
    (body,) = listener.bodies
    answer = json.loads(body)
    assert (answer["Status"], answer["PhysicalResourceId"]) == (status, physical_id)


def test_a_broken_room_is_answered_at_once_in_a_tick_which_ends(
    tmp_path: Path, listener: Listener
) -> None:
    inner = {**event("Update", ResponseURL=listener.url), "CrHelperPoll": True}
    state = {"version": 1, "event": inner, "next": {"wait_s": 5, "done": False, "memo": {}}}
    done = ran(tmp_path, state, broken="lifecycle.py", text="def decide(:\n")
    assert done.returncode == 0, done.stderr
    (body,) = listener.bodies
    answer = json.loads(body)
    assert (answer["Status"], answer["PhysicalResourceId"]) == (
        "FAILED",
        inner["PhysicalResourceId"],
    )
    assert json.loads(done.stdout) == {"wait_s": 0, "done": True, "memo": {}}


def test_an_answer_that_is_not_taken_is_tried_again(tmp_path: Path, listener: Listener) -> None:
    listener.statuses = [500]
    done = ran(
        tmp_path, event(ResponseURL=listener.url), broken="lifecycle.py", text="def decide(:\n"
    )
    assert done.returncode != 0
    assert listener.url.partition("?")[2] not in done.stderr


def test_a_whole_package_serves_by_the_front_door(tmp_path: Path, listener: Listener) -> None:
    done = ran(tmp_path, event(ResponseURL=listener.url, properties={}))
    # Without a log stream's context it can only fail behind the door, which is what is seen here.
    assert "cannot be imported" not in done.stderr
    assert "aws_request_id" in done.stderr
