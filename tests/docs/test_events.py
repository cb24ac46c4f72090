"""docs/events.md against the code that makes events, and the rules that match them."""

from __future__ import annotations

import inspect
import json
from typing import Any

from cdk_personalize import BatchInferenceJob, Campaign, RuleProps, StateChangeEvent
from docs.pages import bare, names, page
from handler.cases import Case
from handler.given import JOB
from personalize_provider import event_bus, follow_up, state_change, waiter, work
from personalize_provider.resources import SPECS
from personalize_provider.state_change import State, detail_type, entry, state_of

EVENTS = page("docs/events.md")
WAITING = page("docs/waiting.md")


def event(case: Case, before: str = "CREATE IN_PROGRESS") -> dict[str, Any]:
    """The detail of an event."""
    text = entry(case.view(), before=before, is_news=True)
    assert text is not None
    detail: dict[str, Any] = json.loads(json.loads(text)["Detail"])
    return detail


def test_the_fields_of_the_detail_are_all_that_an_event_can_have() -> None:
    rows = EVENTS.section("The schema").table("Detail field")
    told = [bare(row["Detail field"]) for row in rows]
    found = {**event(Case(kind=JOB)), **event(Case(update="CREATE FAILED"))}
    found.update(event(Case(adopted=True)))
    found["failureReason"] = ""
    found.update({name: "" for spec in SPECS.values() for name in spec.told})
    assert set(told) == set(found)
    fields = {name for name in vars(StateChangeEvent) if not name.startswith("_")}
    camel = {_camel(name) for name in fields}
    assert camel == set(told)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def test_source_detail_types_and_version_are_told() -> None:
    rows = {bare(row["Field"]): row["Value"] for row in EVENTS.section("The schema").table("Field")}
    assert names(rows["source"]) == [state_change.SOURCE]
    assert names(rows["detail-type"]) == [detail_type(spec) for spec in SPECS.values()]
    kinds = {bare(row["Detail field"]): row for row in EVENTS.table("Detail field")}
    assert names(kinds["resourceType"]["Value"]) == [spec.kind for spec in SPECS.values()]
    assert state_change.DETAIL_VERSION == "1"
    assert f"at most {state_change.LONGEST_REASON:,} characters" in EVENTS.text


def test_the_states_are_read_from_the_statuses_that_are_told() -> None:
    rows = EVENTS.section("The schema").table("State")
    assert [bare(row["State"]) for row in rows] == [state.value for state in State]
    for row in rows[:-1]:
        statuses = row["Statuses"].partition(";")[0].split(", ")
        assert {state_of(status).value for status in statuses} == {bare(row["State"])}
    told = {status for row in rows[:-1] for status in row["Statuses"].partition(";")[0].split(", ")}
    assert told == set(state_change._STATES)


def test_the_example_is_what_the_code_makes() -> None:
    (text,) = EVENTS.section("The schema").blocks("json")
    example = json.loads(text)
    made = event(Case(kind=JOB))
    assert list(example["detail"]) == list(made)
    assert example["source"] == state_change.SOURCE
    assert example["resources"] == [example["detail"]["arn"]]


def test_the_props_of_a_rule_are_told() -> None:
    for method in (
        Campaign.on_state_change,
        BatchInferenceJob.on_state_change,
        BatchInferenceJob.on_completed,
        BatchInferenceJob.on_failed,
    ):
        for name, each in inspect.signature(method).parameters.items():
            if each.kind is each.KEYWORD_ONLY:
                assert f"`{name}`" in EVENTS.section("Rules").text
                assert each.default is None
    for name in RuleProps.__optional_keys__:
        assert f"`{name}`" in EVENTS.section("Rules").text


def test_the_bounds_are_the_codes() -> None:
    text = " ".join(EVENTS.section("At least once").text.split())
    assert f"tried again {follow_up.MOST_TRIES} times, for about half an hour" in text
    waits = [waiter.next_try(nth + 1, 0.5) for nth in range(follow_up.MOST_TRIES)]
    assert 15 * 60 < sum(waits) < 35 * 60
    assert f"At most {work.MOST_NOTED} events wait" in text
    assert work.MOST_NOTED <= event_bus.MOST_ENTRIES


def test_the_limits_of_a_follow_up_are_the_codes() -> None:
    told = [row["Limit"] for row in WAITING.section("Not waiting").table("What")]
    assert told == [
        f"{follow_up.MOST_LOOKS:,}",
        f"{follow_up.LONGEST_S // 86_400} days",
        f"{follow_up.GONE_AFTER_S} s",
        str(follow_up.MOST_TRIES),
    ]
