"""docs/cli.md against what the commands write, call and answer."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cdk_personalize_cli import __main__ as entry
from cdk_personalize_cli import command
from cdk_personalize_cli.doctor import bootstrap, checks, quotas, report
from cdk_personalize_cli.doctor.finding import Level
from cdk_personalize_cli.usual import USUAL
from cdk_personalize_cli.watch import lines as watch_lines
from cdk_personalize_cli.watch.loop import (
    DEFAULT_INTERVAL_S,
    MOST_TROUBLES,
    SHORTEST_INTERVAL_S,
    Watch,
)
from cdk_personalize_cli.watch.outcome import Outcome
from cdk_personalize_cli.watch.rows import Snapshot
from cdk_personalize_cli.watch.table import ending, picture
from cli.account import account, bucket, declared, template
from cli.stage import Stage
from docs.pages import bare, names, page
from emulator.plans import Plan
from handler.given import (
    CAMPAIGN,
    CAMPAIGN_PROPERTIES,
    JOB,
    JOB_PROPERTIES,
    TRAINING,
    TRAINING_PROPERTIES,
)
from personalize_provider.resources import SPECS

CLI = page("docs/cli.md")
WAITING = page("docs/waiting.md")


STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1d0c5a40-aaaa-11ee"


class Kept:
    """Keeps what is shown."""

    def __init__(self) -> None:
        self.pictures: list[Snapshot] = []
        self.ended: Outcome | None = None

    def show(self, snapshot: Snapshot) -> None:
        self.pictures.append(snapshot)

    def end(self, ended: Outcome) -> None:
        self.ended = ended


def failing() -> Stage:
    """A stack of which one resource fails after a quarter of an hour."""
    stage = Stage()
    reason = "The solution version cannot serve this exploration weight."
    stage.plan(create_s=3000)
    stage.backend.plan("shop-Campaign*", Plan(create_s=900, create_fails=reason))
    stage.stack("CREATE_IN_PROGRESS", stack=STACK, reason="User Initiated")

    def rollback() -> None:
        stage.stack("ROLLBACK_IN_PROGRESS", stack=STACK)
        stage.stack("ROLLBACK_COMPLETE", stack=STACK)

    stage.ask("Campaign", CAMPAIGN, CAMPAIGN_PROPERTIES, stack=STACK, then=rollback)
    stage.ask("Newsletter", JOB, JOB_PROPERTIES, stack=STACK)
    stage.ask("Trained", TRAINING, TRAINING_PROPERTIES, stack=STACK)
    return stage


def watched(stage: Stage) -> Kept:
    kept = Kept()
    Watch(
        clients=stage.clients,
        stack="shop",
        display=kept,
        clock=lambda: stage.now_s,
        sleep=stage.sleep,
    ).run()
    return kept


def drawn(what: Any) -> str:
    out = io.StringIO()
    Console(file=out, width=100).print(what)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def test_the_example_of_a_watch_is_real() -> None:
    kept = watched(failing())
    then = next(each for each in kept.pictures if each.at_s - each.stack.began_s >= 300)
    shown, ended = CLI.section("Watch").blocks("text")
    assert shown.rstrip() == drawn(picture(then))
    assert ended.rstrip() == drawn(ending(kept.ended))


def test_the_example_of_a_line_is_real() -> None:
    stage = failing()
    code, out, _ = stage.run("watch", "shop", "--json")
    assert code == command.BAD
    (example,) = CLI.section("Lines of JSON").blocks("json")
    made = [json.loads(line) for line in out.splitlines()]
    assert json.loads(example) in made


def told_row(name: str) -> dict[str, str]:
    rows = CLI.section("Lines of JSON").table("Line field")
    return next(row for row in rows if bare(row["Line field"]) == name)


def test_the_fields_of_the_lines_are_told() -> None:
    stage = failing()
    _, out, _ = stage.run("watch", "shop", "--json")
    made = [json.loads(line) for line in out.splitlines()]
    trouble = {"type": "trouble", "version": "1", "time": "", "message": ""}
    rows = CLI.section("Lines of JSON").table("Line field")
    told = {bare(row["Line field"]): row["In"] for row in rows}
    for line in (*made, trouble):
        kind = line["type"]
        of_line = {name for name, where in told.items() if where == "all" or kind in where}
        assert set(line) == of_line, kind
    (failure,) = made[-1]["failures"]
    assert names(told_row("failures")["Value"]) == list(failure)
    known = {name for line in made for name in line.get("links", {})}
    assert set(names(told_row("links")["Value"])) == known
    assert watch_lines.VERSION == "1"


def test_the_example_of_a_doctors_report_is_real(tmp_path: Path) -> None:
    with account() as made:
        bucket(made, "data", "in/users.json")
        recipe = made.stage.trained("similar", "aws-similar-items")
        path = template(
            tmp_path,
            Campaign=declared(
                CAMPAIGN,
                SolutionVersionArn=recipe,
                CampaignConfig={"ItemExplorationConfig": {"explorationWeight": "0.3"}},
            ),
            Newsletter=declared(
                JOB,
                **{
                    **JOB_PROPERTIES,
                    "SolutionVersionArn": made.stage.version,
                    "JobInput": {"S3DataSource": {"Path": "s3://data/in/users.jsonl"}},
                    "JobOutput": {"S3DataDestination": {"Path": {"Ref": "Output"}}},
                },
            ),
        )
        out = io.StringIO()
        asked = command.subject(command.Question(template=path), made.clients)
        Console(file=out, width=100).print(report.as_text(asked, checks.examine(asked)))
    (example,) = CLI.section("Doctor").blocks("text")
    assert example.rstrip() == "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def test_the_checks_and_levels_are_told() -> None:
    rows = CLI.section("Doctor").table("Check")
    assert [row["Check"] for row in rows] == list(checks.CHECKS)
    told = [bare(row["Level"]) for row in CLI.section("Doctor").table("Level")]
    assert told == [level.value for level in Level]


def test_the_fields_of_the_doctors_json_are_told() -> None:
    with account() as made:
        _, out, _ = made.run("doctor", "--json")
    body = json.loads(out)
    rows = CLI.section("The report as JSON").table("Report field")
    told = [bare(row["Report field"]) for row in rows]
    assert told == [*body, *body["findings"][0]]


def test_the_quotas_are_told() -> None:
    rows = CLI.section("Doctor").table("Quota")
    told = [(row["Quota"], bare(row["Code"]), int(row["Default"])) for row in rows]
    every = quotas.QUOTAS.values()
    assert told == [(each.name, each.code or "none", each.default) for each in every]
    assert set(quotas.QUOTAS) == {spec.kind for spec in SPECS.values()}


def test_the_exit_codes_are_told() -> None:
    rows = CLI.section("Exit codes").table("Code")
    told = [int(row["Code"]) for row in rows]
    assert told == [command.GOOD, command.BAD, command.COULD_NOT, command.INTERRUPTED]


def test_the_options_are_told() -> None:
    stage = Stage()
    for each in ("watch", "doctor"):
        options = set(re.findall(r"--[a-z-]+", _help(stage, each))) - {"--help"}
        rows = CLI.section("Options").table("Option")
        told = {
            name.split()[0]
            for row in rows
            for name in names(row["Option"])
            if row["For"] in ("both", each)
        }
        assert told == options


def _help(stage: Stage, name: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        out = io.StringIO()
        patch.setattr("sys.stdout", out)
        assert stage.run(name, "--help")[0] == 0
    return out.getvalue()


def test_the_bounds_are_the_codes() -> None:
    text = " ".join(CLI.text.split())
    assert f"every {DEFAULT_INTERVAL_S} s" in text
    assert f"at least {SHORTEST_INTERVAL_S} s" in text
    assert f"{MOST_TROUBLES} looks in a row" in text
    assert f"version {bootstrap.NEEDED_VERSION}" in text
    assert entry.INSTALL in text


def test_the_usual_times_are_those_of_the_page_on_waiting() -> None:
    rows = {row["Kind"]: row["Usual"] for row in WAITING.section("How long it takes").table("Kind")}
    small, real = "Batch inference job, a small file", "Batch inference job, real data"
    told = {
        "campaign": rows["Campaign, create or update"],
        "batch-inference-job": f"{rows[small]}, real data {rows[real]}",
        "batch-segment-job": f"{rows[small]}, real data {rows[real]}",
        "recommender": rows["Recommender, create or update"],
        "solution-version": rows["Solution version"],
    }
    assert told == USUAL
    assert rows["Batch segment job"] == "as a batch inference job"


def test_the_calls_that_the_page_names_are_those_that_are_made(tmp_path: Path) -> None:
    told = {row["Command"]: set(names(row["Actions"])) for row in CLI.table("Command")}
    stage = failing()
    stage.provider_stack = "arn:aws:cloudformation:eu-west-1:123456789012:stack/platform/1d0c5a40"
    stage.run("watch", "shop")
    calls = {call for call in stage.clients.calls if not call.startswith("personalize")}
    actions = {call.replace("stepfunctions:", "states:") for call in calls}
    assert actions <= told["watch"]
    assert {each for each in told["watch"] if not each.startswith("personalize")} == actions
    described = {f"personalize:{spec.operations.describe}" for spec in SPECS.values()}
    assert {each for each in told["watch"] if each.startswith("personalize")} == {
        *described,
        "personalize:DescribeSolution",
    }
    with account() as made:
        made.stage.stack("CREATE_COMPLETE")
        made.run("doctor", "--template", template(tmp_path, A=declared(CAMPAIGN, Name="a")))
        counted = {call.replace("service-quotas:", "servicequotas:") for call in made.clients.calls}
    assert counted <= told["doctor"]
