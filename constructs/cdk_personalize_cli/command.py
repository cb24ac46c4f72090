"""The arguments of `cdk-personalize`, and what each command does with them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TextIO

from botocore.exceptions import BotoCoreError
from rich.console import Console

from cdk_personalize_cli.aws import Clients, NoRegionError, SessionClients
from cdk_personalize_cli.doctor import checks, report
from cdk_personalize_cli.doctor.subject import Question, subject
from cdk_personalize_cli.doctor.template import BadTemplateError
from cdk_personalize_cli.watch.lines import Lines
from cdk_personalize_cli.watch.loop import DEFAULT_INTERVAL_S, SHORTEST_INTERVAL_S, Watch
from cdk_personalize_cli.watch.stacks import NoSuchStackError
from cdk_personalize_cli.watch.table import ChangeLines, LiveTable
from personalize_provider.calls import ServiceError

GOOD, BAD, COULD_NOT = 0, 1, 2
"""Exit codes: as wished; failed, or something is missing; wrong use, or AWS did not tell."""

INTERRUPTED = 130


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a command runs in.

    Attributes:
        clients: Makes the clients from region and profile.
        clock: Epoch seconds.
        sleep: Waits for so many seconds.
        out: Standard output.
        err: Standard error.
    """

    clients: Callable[[str | None, str | None], Clients]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    out: TextIO
    err: TextIO


def run(arguments: Sequence[str] | None, surroundings: Surroundings | None = None) -> int:
    """Run a command; its exit code."""
    around = surroundings or Surroundings(
        clients=lambda region, profile: SessionClients(region=region, profile=profile),
        clock=time.time,
        sleep=time.sleep,
        out=sys.stdout,
        err=sys.stderr,
    )
    try:
        asked = parser().parse_args(arguments)
    except SystemExit as left:
        return int(left.code or 0)
    try:
        code: int = asked.run(asked, around)
    except NoSuchStackError as error:
        return _could_not(around, f"There is no stack {error} in this account and region.")
    except (ServiceError, BotoCoreError, NoRegionError, BadTemplateError) as error:
        return _could_not(around, str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _could_not(around: Surroundings, why: str) -> int:
    around.err.write(f"cdk-personalize: {why}\n")
    return COULD_NOT


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--region", help="AWS region; else the profile's or AWS_REGION")
    common.add_argument("--profile", help="profile of the AWS configuration")
    common.add_argument("--json", action="store_true", help="JSON, for scripts: docs/cli.md")
    main = argparse.ArgumentParser(
        prog="cdk-personalize", description="Watches deployments, and checks accounts before them."
    )
    commands = main.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_watch(commands, common)
    _add_doctor(commands, common)
    return main


def _add_watch(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    watch = commands.add_parser(
        "watch", parents=[common], help="show what a stack waits for, until it has ended"
    )
    watch.add_argument("stack", metavar="STACK", help="name or ARN of the stack")
    watch.add_argument(
        "--interval",
        type=_interval,
        default=DEFAULT_INTERVAL_S,
        metavar="SECONDS",
        help=f"between two looks (default {DEFAULT_INTERVAL_S}, at least {SHORTEST_INTERVAL_S})",
    )
    watch.add_argument(
        "--start-within",
        type=float,
        default=0,
        metavar="SECONDS",
        help="wait so long for the stack to come to be, or to begin something (default 0)",
    )
    watch.set_defaults(run=_watch)


def _add_doctor(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    doctor = commands.add_parser(
        "doctor", parents=[common], help="say what an account is missing before a deploy"
    )
    doctor.add_argument(
        "--template",
        metavar="PATH",
        help="a synthesized template, or the folder cdk.out; without it, the account alone",
    )
    doctor.add_argument("--stack", metavar="NAME", help="only this stack of the folder")
    doctor.add_argument(
        "--qualifier", metavar="TEXT", help="the bootstrap's qualifier, if it is not the default"
    )
    doctor.add_argument(
        "--principal", metavar="ARN", help="whose permissions to check, if not those of who deploys"
    )
    doctor.set_defaults(run=_doctor)


def _interval(text: str) -> float:
    seconds = float(text)
    if seconds < SHORTEST_INTERVAL_S:
        raise argparse.ArgumentTypeError(f"at least {SHORTEST_INTERVAL_S} seconds, not {text}")
    return seconds


def _watch(asked: argparse.Namespace, around: Surroundings) -> int:
    screen = Console(file=around.out)
    table = LiveTable(screen) if screen.is_terminal else ChangeLines(screen)
    with nullcontext(Lines(around.out)) if asked.json else table as display:
        ended = Watch(
            clients=around.clients(asked.region, asked.profile),
            stack=asked.stack,
            display=display,
            clock=around.clock,
            sleep=around.sleep,
            interval_s=asked.interval,
            start_within_s=asked.start_within,
        ).run()
    return GOOD if ended.succeeded else BAD


def _doctor(asked: argparse.Namespace, around: Surroundings) -> int:
    question = Question(
        template=asked.template,
        stack=asked.stack,
        qualifier=asked.qualifier,
        principal=asked.principal,
    )
    asked_of = subject(question, around.clients(asked.region, asked.profile))
    findings = checks.examine(asked_of)
    if asked.json:
        around.out.write(report.as_json(asked_of, findings) + "\n")
    else:
        screen = Console(file=around.out)
        # In a log, a line is a line.
        screen.print(report.as_text(asked_of, findings), soft_wrap=not screen.is_terminal)
    return BAD if report.is_missing_something(findings) else GOOD
