"""docs/lifecycle.md against lifecycle.py and undoing.py of handler/personalize_provider/."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from docs.pages import Page, bare, page
from handler.given import request
from personalize_provider import lifecycle, state_change, undoing
from personalize_provider.event import RequestType
from personalize_provider.lifecycle import Phase, Situation, Step
from personalize_provider.ownership import Owner
from personalize_provider.personalize import Found, LatestUpdate
from personalize_provider.resources import SPECS, ResourceSpec

LIFECYCLE = page("docs/lifecycle.md")
KINDS = pytest.mark.parametrize("kind", SPECS)
SITUATIONS = pytest.mark.parametrize("seen", Situation)

ABILITIES: dict[str, Callable[[ResourceSpec], bool]] = {
    "updatable": lambda spec: spec.operations.update is not None,
    "deletable": lambda spec: spec.operations.delete is not None,
    "stoppable": lambda spec: spec.operations.stop is not None,
    "startable": lambda spec: spec.operations.start is not None,
    "named by the service": lambda spec: spec.arn_from_service,
}
"""What the page calls it when a kind can do something -> whether it can."""

Arrow = tuple[Situation, str]


def arrows(section: Page) -> dict[Arrow, Step]:
    """(situation, kind) -> step, as the section's one diagram draws it."""
    (diagram,) = section.blocks("mermaid")
    lines = diagram.strip().splitlines()
    assert lines[0] == "stateDiagram-v2"
    drawn: dict[Arrow, Step] = {}
    for line in lines[1:]:
        found = re.fullmatch(r"    (\w+) --> (\w+)(?:: (not )?(\w+))?", line)
        assert found is not None, line
        for kind, spec in SPECS.items():
            if found[4] and ABILITIES[found[4]](spec) is bool(found[3]):
                continue
            assert (Situation[found[1]], kind) not in drawn, line
            drawn[Situation[found[1]], kind] = Step[found[2]]
    return drawn


def test_the_table_of_kinds_is_that_of_the_specs() -> None:
    rows = LIFECYCLE.section("Kinds").table("Kind")
    assert [row.pop("Kind") for row in rows] == [spec.title for spec in SPECS.values()]
    for row, spec in zip(rows, SPECS.values(), strict=True):
        able = {name.lower(): {"yes": True, "no": False}[cell] for name, cell in row.items()}
        assert able == {name: can(spec) for name, can in ABILITIES.items()}


def view_in(
    seen: Situation, kind: str, monkeypatch: pytest.MonkeyPatch, request_type: RequestType
) -> Any:
    """A view whose situation is given."""
    for room in (lifecycle, undoing):
        monkeypatch.setattr(room, "situation", lambda _view: seen)
    request_of_kind = SimpleNamespace(
        type=request_type, spec=SPECS[kind], physical_id="arn", waits_for_completion=True
    )
    return SimpleNamespace(request=request_of_kind, owner=None, target_arn="arn")


def test_the_situations_are_worded_as_in_the_code() -> None:
    rows = LIFECYCLE.section("Situations").table("Situation")
    told = [(bare(row["Situation"]), row["Meaning"]) for row in rows]
    assert told == [(each.name, each.value) for each in Situation]


def test_the_steps_are_worded_as_in_the_code() -> None:
    rows = LIFECYCLE.section("Steps").table("Step")
    told = [(bare(row["Step"]), row["Meaning"]) for row in rows]
    assert told == [(each.name, each.value) for each in Step]


def test_a_moment_is_as_long_as_the_page_says() -> None:
    text = LIFECYCLE.section("Situations").text
    assert f"A moment is {lifecycle.VISIBLE_AFTER_S} s." in text
    assert f"got no answer it is {lifecycle.CALLS_ACT_WITHIN_S} s." in text


@SITUATIONS
@KINDS
def test_the_diagram_of_create_and_update_is_the_codes_table(
    seen: Situation, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = arrows(LIFECYCLE.section("Create and Update"))
    view = view_in(seen, kind, monkeypatch, RequestType.CREATE)
    assert drawn[seen, kind] is lifecycle.converging(view)


@SITUATIONS
@KINDS
def test_the_diagram_of_a_rollback_is_the_codes(
    seen: Situation, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = arrows(LIFECYCLE.section("In a rollback"))
    view = view_in(seen, kind, monkeypatch, RequestType.UPDATE)
    assert drawn.get((seen, kind), Step.FAIL) is undoing.after_failure_in_rollback(view)
    view = view_in(seen, kind, monkeypatch, RequestType.CREATE)
    assert undoing.after_failure_in_rollback(view) is Step.FAIL


DELETE = request("Delete")
OURS = Owner(
    stack_id=DELETE.stack_id, logical_id=DELETE.logical_id, request_id="", fingerprint="before"
)
THEIRS = Owner(stack_id="another", logical_id="Campaign", request_id="", fingerprint="")


def found(status: str, update_status: str | None = None) -> Found:
    update = update_status and LatestUpdate(
        status=update_status, failure_reason="", created_at_s=2, changed_at_s=2, description={}
    )
    return Found(
        arn=DELETE.physical_id,
        status=status,
        failure_reason="",
        created_at_s=1,
        description={},
        update=update or None,
    )


SEEN_BY_A_DELETE: dict[Situation, list[tuple[Found | None, Owner | None]]] = {
    Situation.ABSENT: [(None, None)],
    Situation.FOREIGN: [(found("ACTIVE"), THEIRS), (found("CREATE FAILED"), None)],
    Situation.WORKING: [
        (found("CREATE PENDING"), OURS),
        (found("CREATE IN_PROGRESS"), OURS),
    ],
    Situation.LEAVING: [
        (found("DELETE PENDING"), OURS),
        (found("DELETE IN_PROGRESS"), OURS),
        (found("CREATE STOPPING"), OURS),
        (found("STOP PENDING"), OURS),
    ],
    Situation.STOPPED: [(found("INACTIVE"), OURS), (found("CREATE STOPPED"), OURS)],
    Situation.UPDATING: [(found("ACTIVE", "CREATE IN_PROGRESS"), OURS)],
    Situation.FAILED_BEFORE: [(found("CREATE FAILED"), OURS)],
    Situation.AS_ASKED: [(found("ACTIVE"), OURS)],
    Situation.DIFFERENT: [(found("ACTIVE", "ACTIVE"), OURS), (found("ACTIVE", "FAILED"), OURS)],
}
"""Examples of what a Delete finds, as Create and Update would name it."""


@pytest.mark.parametrize("kind", [kind for kind, spec in SPECS.items() if spec.can_be_undone])
def test_the_diagram_of_delete_is_the_codes(kind: str) -> None:
    drawn = arrows(LIFECYCLE.section("Delete"))
    assert {seen for seen, _ in drawn} == SEEN_BY_A_DELETE.keys()
    asked = request("Delete", kind=kind)
    for seen, examples in SEEN_BY_A_DELETE.items():
        if seen is Situation.UPDATING and SPECS[kind].update_member is None:
            continue
        for each, owner in examples:
            assert undoing.removing(asked, each, owner) is drawn[seen, kind], seen


@pytest.mark.parametrize("kind", [kind for kind, spec in SPECS.items() if not spec.can_be_undone])
def test_a_delete_of_a_job_has_nothing_to_do(kind: str) -> None:
    job = request("Delete", kind=kind)
    for examples in SEEN_BY_A_DELETE.values():
        for each, owner in examples:
            assert undoing.removing(job, each, owner) is Step.SUCCEED


def test_the_statuses_are_read_as_the_page_says() -> None:
    rows = {
        row["Read as"]: row["Statuses"] for row in LIFECYCLE.section("Statuses").table("Read as")
    }
    assert rows.pop(Phase.UNKNOWN.value) == "any other"
    told = {status: Phase(phase) for phase, cell in rows.items() for status in cell.split(", ")}
    assert told == {status: lifecycle.phase_of(status) for status in state_change._STATES}
    for status, phase in told.items():
        assert lifecycle.phase_of(status.lower().replace(" ", "_")) is phase


def test_the_age_of_what_a_rollback_leaves_is_the_codes() -> None:
    text = " ".join(LIFECYCLE.section("What is not promised").text.split())
    assert "older than four days" in text
    assert undoing.UPDATES_WITHIN_S == 4 * 86_400
