"""docs/architecture.md against the folders, the definition, the policies and the names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize import BatchInferenceJob, Campaign, JobInput, JobOutput, state_machine
from cdk_personalize.provider import HANDLER_TIMEOUT_S
from docs.pages import PROJECT, bare, names, page
from handler.given import request
from personalize_provider import callback, lifecycle, ownership, supersede, tick, waiter
from personalize_provider.names import resource_name
from personalize_provider.resources import SPECS

ARCHITECTURE = page("docs/architecture.md")
HANDLER = "handler/personalize_provider/"
CONSTRUCTS = "constructs/cdk_personalize/"
COMMANDS = "constructs/cdk_personalize_cli/"


# --- Layout --------------------------------------------------------------------------------------


def told_paths() -> list[str]:
    """The paths of the tree, in its order."""
    (tree,) = ARCHITECTURE.section("Layout").blocks("text")
    above: list[str] = []
    paths: list[str] = []
    for line in tree.strip().splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        above[depth:] = [name]
        paths.append("".join(above))
    return paths


def test_the_layout_names_every_room_that_there_is() -> None:
    told = told_paths()
    for room in (HANDLER, CONSTRUCTS, COMMANDS):
        there = {
            str(path.relative_to(PROJECT))
            for path in (PROJECT / room).rglob("*.py")
            if path.name != "__init__.py"
        }
        assert {path for path in told if path.startswith(room) and path.endswith(".py")} == there
    tests = {
        f"tests/{path.name}/"
        for path in (PROJECT / "tests").iterdir()
        if path.is_dir() and not path.name.startswith((".", "__"))
    }
    assert {path for path in told if path.startswith("tests/")} == tests
    assert len(told) == len(set(told))


def test_everything_in_the_layout_exists() -> None:
    for path in told_paths():
        assert (PROJECT / path).exists(), path


@pytest.mark.parametrize(
    ("pattern", "only"),
    [
        (r"^\s*(?:from|import) crhelper\b", "front_door.py"),
        (r"client\(\"personalize\"\)|ListTagsForResource", "personalize.py"),
    ],
)
def test_a_room_that_is_said_to_be_the_only_one_is(pattern: str, only: str) -> None:
    found = {
        path.name
        for path in (PROJECT / HANDLER).rglob("*.py")
        if re.search(pattern, path.read_text(), re.MULTILINE)
    }
    # The front door hands the client to the one room that calls it.
    assert found - {"front_door.py"} <= {only}
    assert only in found


# --- The waiter ----------------------------------------------------------------------------------


def definition() -> dict[str, Any]:
    return state_machine.definition(partition="aws", last_resort_arn="arn")


def transitions() -> Iterator[tuple[str, str]]:
    yield "[*]", definition()["StartAt"]
    for name, state in definition()["States"].items():
        if state["Type"] in ("Succeed", "Fail"):
            yield name, "[*]"
        for each in [state, *state.get("Catch", ()), *state.get("Choices", ())]:
            if "Next" in each:
                yield name, each["Next"]
        if "Default" in state:
            yield name, state["Default"]


def test_the_waiters_picture_is_its_definition() -> None:
    (diagram,) = ARCHITECTURE.section("The waiter").blocks("mermaid")
    drawn = re.findall(r"^    (\S+) --> ([^\s:]+)", diagram, re.MULTILINE)
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == set(transitions())


def test_the_waiters_input_is_told_field_by_field() -> None:
    started: list[Mapping[str, Any]] = []

    class Client:
        def start_execution(self, **given: Any) -> dict[str, Any]:
            started.append(given)
            return {}

    waiter.start(Client(), "machine", "function", {}, request())
    rows = ARCHITECTURE.section("The waiter").table("Field")
    sent = json.loads(started[0]["input"])
    assert {bare(row["Field"]) for row in rows} == sent.keys()
    assert {"wait_s", "done", "memo"} == sent["next"].keys()
    assert sent["version"] == 1


def waiting_s(retry: Mapping[str, Any]) -> float:
    """Seconds that all pauses of a retrier take, without jitter."""
    pauses = (
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** nth, retry["MaxDelaySeconds"])
        for nth in range(retry["MaxAttempts"])
    )
    return float(sum(pauses))


def test_the_waiters_retries_are_told_as_they_are() -> None:
    text = " ".join(ARCHITECTURE.section("The waiter").text.split())
    anything = state_machine.RETRY_ANYTHING
    assert f"retried {state_machine.RETRY_LAMBDA_TROUBLE['MaxAttempts']} times" in text
    assert f"retried {anything['MaxAttempts']} times, with {waiting_s(anything):.0f} s" in text
    assert f"pauses for {state_machine.PAUSE_S} s" in text
    more_s = state_machine.TICK_TIMEOUT_S - HANDLER_TIMEOUT_S
    assert f"may take {state_machine.TICK_TIMEOUT_S} s, {more_s} s more" in text
    assert waiter.FUNCTION_TIMEOUT_S == HANDLER_TIMEOUT_S
    assert f"one function time-out ({waiter.FUNCTION_TIMEOUT_S} s)" in text
    assert f"only when {supersede.LISTS_SETTLE_WITHIN_S} s have passed" in text
    assert f"given up may act for {lifecycle.CALLS_ACT_WITHIN_S} s" in text
    assert f"not show for another {lifecycle.VISIBLE_AFTER_S} s" in text
    shows_after_s = lifecycle.CALLS_SHOW_WITHIN_S
    assert f"creates nothing in its last {shows_after_s} s" in text
    assert f"the first one after {supersede.LISTS_SETTLE_WITHIN_S} s" in text
    assert f"begins more than {supersede.LATE_AFTER_S} s after" in text
    assert f"repeated after {lifecycle.CALLS_ACT_WITHIN_S} s" in text


def test_the_longest_name_of_an_execution_is_as_long_as_told() -> None:
    name = waiter.execution_name(request(LogicalResourceId="L" * 255))
    assert f"at most {len(name)} characters" in ARCHITECTURE.section("The waiter").text


# --- Ticks, Ownership, Names ---------------------------------------------------------------------


def test_the_times_of_a_tick_are_the_codes() -> None:
    text = " ".join(ARCHITECTURE.section("Ticks").text.split())
    tries = ", ".join(str(waiter.next_try(troubles, 0)) for troubles in range(1, 6))
    assert f"after {tries} s (with jitter)" in text
    assert f"again for {tick.PERMISSIONS_ARRIVE_WITHIN_S} s" in text
    assert f"in steps of {tick.QUOTA_PAUSE_S} s" in text
    assert callback.ATTEMPTS == 3
    assert "with three attempts" in text


def test_the_tags_are_those_that_are_written() -> None:
    rows = ARCHITECTURE.section("Ownership").table("Tag")
    assert tuple(bare(row["Tag"]) for row in rows) == ownership.OWN


@pytest.mark.parametrize("kind", SPECS)
def test_generated_names_have_the_parts_that_are_told(kind: str) -> None:
    rows = ARCHITECTURE.section("Names and replacement").table("Kind")
    told = {
        title: bare(row["Generated name"])
        for row in rows
        for title in row["Kind"].lower().split(", ")
    }
    assert told.keys() == {spec.title.lower() for spec in SPECS.values()}
    name = told[SPECS[kind].title.lower()]
    lengths = [int(length) for length in re.findall(r"<[^>]*, (\d+)>", name)]
    stack = "S" * 128
    made = resource_name(
        request(
            kind=kind,
            LogicalResourceId="L" * 255,
            StackId=f"arn:aws:cloudformation:eu-west-1:123456789012:stack/{stack}/1",
        )
    )
    assert [len(part) for part in made.split("-")] == lengths
    assert len(made) <= 63


# --- Permissions ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def policies() -> Mapping[str, set[str]]:
    """Start of a logical id -> all actions of its policies."""
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    version = "arn:aws:personalize:us-east-1:123456789012:solution/movies/5f3a9c1e"
    Campaign(stack, "Campaign", solution_version=version)
    bucket = s3.Bucket(stack, "Data", encryption_key=kms.Key(stack, "Key"))
    BatchInferenceJob(
        stack,
        "Job",
        solution_version=version,
        job_input=JobInput.from_bucket(bucket, "in/"),
        job_output=JobOutput.from_bucket(bucket, "out/"),
    )
    found: dict[str, set[str]] = {}
    for name, each in assertions.Template.from_stack(stack).to_json()["Resources"].items():
        given = each.get("Properties", {})
        documents = [inline["PolicyDocument"] for inline in given.get("Policies", ())]
        if each["Type"] == "AWS::IAM::Policy":
            documents.append(given["PolicyDocument"])
        for document in documents:
            for statement in document["Statement"]:
                action = statement["Action"]
                actions = [action] if isinstance(action, str) else action
                found.setdefault(name[:-8], set()).update(actions)
    return found


def test_the_handlers_actions_are_those_of_its_policy(policies: Mapping[str, set[str]]) -> None:
    rows = ARCHITECTURE.section("Permissions").table("Action")
    told = [action for row in rows for action in names(row["Action"])]
    assert len(told) == len(set(told))
    assert set(told) == policies["CdkPersonalizeProviderHandlerPolicy"]


def test_the_others_actions_are_those_of_their_policies(
    policies: Mapping[str, set[str]],
) -> None:
    rows = ARCHITECTURE.section("Permissions").table("Who")
    waiter_row, last_resort, role, with_keys = (
        {name for name in names(row["May"]) if ":" in name} for row in rows
    )
    assert waiter_row == policies["CdkPersonalizeProviderWaiterPolicy"]
    assert last_resort == policies["CdkPersonalizeProviderLastResortRole"]
    assert role | with_keys == policies["JobRole"]
    assert all(action.startswith("kms:") for action in with_keys)


# --- The asset -----------------------------------------------------------------------------------


def test_the_last_resort_fits_into_inline_code() -> None:
    source = (PROJECT / HANDLER / "last_resort.py").read_text()
    assert "limit\nof 4,096 characters" in ARCHITECTURE.section("The asset").text
    assert len(source) <= 4096
