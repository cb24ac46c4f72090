"""The command line itself: arguments, exit codes, what is imported, the terminal."""

from __future__ import annotations

import io
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from rich.console import Console

from cdk_personalize_cli import __main__ as entry
from cdk_personalize_cli import command
from cdk_personalize_cli.watch.loop import Watch
from cdk_personalize_cli.watch.table import LiveTable
from cli.stage import Stage
from handler.given import CAMPAIGN, CAMPAIGN_PROPERTIES

PROJECT = Path(__file__).parents[2]


def test_the_command_line_loads_neither_the_cdk_nor_jsii() -> None:
    code = (
        "import sys, cdk_personalize_cli.command; "
        "sys.exit(bool({'aws_cdk', 'jsii', 'constructs', 'cdk_personalize'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_extra_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "NEEDED", ("boto3", "no_such_library"))
    assert entry.main(["watch", "shop"]) == 2
    told = capsys.readouterr().err
    assert told == "cdk-personalize needs no_such_library: pip install 'cdk-personalize[cli]'\n"


def test_what_is_asked_for_is_what_the_extra_installs() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extra = {each.partition(">")[0] for each in project["optional-dependencies"]["cli"]}
    assert extra == set(entry.NEEDED)
    script = project["scripts"]["cdk-personalize"]
    assert script == f"{entry.__name__}:{entry.main.__name__}"


@pytest.mark.parametrize(
    "arguments",
    [(), ("dance",), ("watch",), ("watch", "shop", "--interval", "1"), ("doctor", "--what")],
)
def test_wrong_use_is_exit_code_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert Stage().run(*arguments)[0] == command.COULD_NOT
    assert "usage: cdk-personalize" in capsys.readouterr().err


def test_help_is_exit_code_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert Stage().run("watch", "--help")[0] == command.GOOD
    assert "--start-within SECONDS" in capsys.readouterr().out


def test_a_missing_region_and_profile_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert command.run(["watch", "shop"]) == command.COULD_NOT
    assert "Give --region" in capsys.readouterr().err
    assert command.run(["watch", "shop", "--profile", "nobody"]) == command.COULD_NOT
    assert "The config profile (nobody) could not be found" in capsys.readouterr().err


def test_an_interrupted_watch_ends_quietly() -> None:
    stage = Stage()
    stage.stack("CREATE_IN_PROGRESS")

    def interrupt() -> None:
        raise KeyboardInterrupt

    stage.at.append((stage.now_s + 60, interrupt))
    code, _, err = stage.run("watch", "shop")
    assert (code, err) == (command.INTERRUPTED, "")


def test_a_terminal_has_a_table_and_each_address_once() -> None:
    stage, out = Stage(), io.StringIO()
    stage.plan(create_s=120)
    stage.stack("CREATE_IN_PROGRESS")
    stage.ask(
        "Campaign", CAMPAIGN, CAMPAIGN_PROPERTIES, then=lambda: stage.stack("CREATE_COMPLETE")
    )
    screen = Console(file=out, force_terminal=True, width=100, color_system=None)
    with LiveTable(screen) as display:
        ended = Watch(
            clients=stage.clients,
            stack="shop",
            display=display,
            clock=lambda: stage.now_s,
            sleep=stage.sleep,
        ).run()
    assert ended.succeeded
    text = out.getvalue()
    assert "CREATE IN_PROGRESS" in text
    addresses = [line for line in text.splitlines() if "Campaign, Step Functions: https" in line]
    assert len(addresses) == 1
    # The table is drawn in place: each picture goes over the one before.
    assert "\x1b[1A" in text
    assert "shop: CREATE_COMPLETE after 2m" in text.rstrip().splitlines()[-1]
