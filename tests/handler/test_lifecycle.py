"""A request and what is seen lead to one step, over all situations of every kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handler.cases import CONVERGING, ELSE, Case
from handler.given import JOB, RECOMMENDER, TRAINING
from personalize_provider.lifecycle import (
    Phase,
    Situation,
    Step,
    after_failure_in_rollback,
    converging,
    is_failed_replacement,
    needs_no_certain_successor,
    phase_of,
    removing,
    situation,
)


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("PENDING", Phase.WORKING),
        ("IN PROGRESS", Phase.WORKING),
        ("IN_PROGRESS", Phase.WORKING),
        ("CREATE PENDING", Phase.WORKING),
        ("CREATE_PENDING", Phase.WORKING),
        ("CREATE IN_PROGRESS", Phase.WORKING),
        ("CREATE IN PROGRESS", Phase.WORKING),
        ("create in_progress", Phase.WORKING),
        ("UPDATE PENDING", Phase.WORKING),
        ("UPDATE IN_PROGRESS", Phase.WORKING),
        ("ACTIVE", Phase.ACTIVE),
        ("CREATE FAILED", Phase.FAILED),
        ("CREATE_FAILED", Phase.FAILED),
        ("UPDATE FAILED", Phase.FAILED),
        ("DELETE FAILED", Phase.FAILED),
        ("FAILED", Phase.FAILED),
        ("DELETE PENDING", Phase.LEAVING),
        ("DELETE IN_PROGRESS", Phase.LEAVING),
        ("START PENDING", Phase.WORKING),
        ("START IN_PROGRESS", Phase.WORKING),
        ("CREATE STOPPING", Phase.LEAVING),
        ("STOP PENDING", Phase.LEAVING),
        ("STOP IN_PROGRESS", Phase.LEAVING),
        ("CREATE STOPPED", Phase.STOPPED),
        ("CREATE_STOPPED", Phase.STOPPED),
        ("INACTIVE", Phase.STOPPED),
        ("HIBERNATING", Phase.UNKNOWN),
        ("", Phase.UNKNOWN),
    ],
)
def test_a_status_means_the_same_in_every_spelling(status: str, phase: Phase) -> None:
    assert phase_of(status) is phase


@pytest.mark.parametrize(("case", "found", "step"), CONVERGING)
def test_a_situation_is_named_and_leads_to_one_step(
    case: Case, found: Situation, step: Step
) -> None:
    view = case.view()
    assert situation(view) is found
    assert converging(view) is step


def test_the_table_reaches_every_situation_and_every_step() -> None:
    assert {found for _, found, _ in CONVERGING} == set(Situation)
    # Nothing is given back but by a Delete, or what a rollback does instead of one.
    assert {step for _, _, step in CONVERGING} == set(Step) - {Step.GIVE_BACK}


def test_a_situation_of_a_job_never_leads_to_a_change_of_what_is_there() -> None:
    steps = {step for case, _, step in CONVERGING if case.kind == JOB}
    assert steps.isdisjoint({Step.UPDATE, Step.DELETE})


REMOVING: list[tuple[Case, Step]] = [
    (Case(status=None), Step.SUCCEED),
    (Case(owned="foreign"), Step.SUCCEED),
    (Case(owned="unmarked"), Step.SUCCEED),
    (Case(owned="foreign", status="CREATE PENDING"), Step.SUCCEED),
    (Case(status="ACTIVE"), Step.DELETE),
    (Case(status="ACTIVE", owned="earlier"), Step.DELETE),
    (Case(status="ACTIVE", owned="earlier", other_properties=True), Step.DELETE),
    (Case(status="CREATE FAILED"), Step.DELETE),
    (Case(status="CREATE_FAILED"), Step.DELETE),
    (Case(status="DELETE FAILED"), Step.DELETE),
    (Case(status="CREATE PENDING"), Step.LOOK),
    (Case(status="CREATE IN_PROGRESS"), Step.LOOK),
    (Case(status="DELETE PENDING"), Step.LOOK),
    (Case(status="DELETE IN_PROGRESS"), Step.LOOK),
    (Case(status="HIBERNATING"), Step.LOOK),
    (Case(update="CREATE PENDING"), Step.LOOK),
    (Case(update="CREATE IN_PROGRESS"), Step.LOOK),
    (Case(update="ACTIVE"), Step.DELETE),
    (Case(update="CREATE FAILED"), Step.DELETE),
    (Case(kind=JOB, status=None), Step.SUCCEED),
    (Case(kind=JOB), Step.SUCCEED),
    (Case(kind=JOB, status="IN PROGRESS"), Step.SUCCEED),
    (Case(kind=JOB, owned="foreign"), Step.SUCCEED),
    (Case(kind=TRAINING, status=None), Step.SUCCEED),
    (Case(kind=TRAINING, owned="foreign", status="CREATE PENDING"), Step.SUCCEED),
    (Case(kind=TRAINING, owned="unmarked", status="CREATE PENDING"), Step.SUCCEED),
    (Case(kind=TRAINING, status="CREATE PENDING"), Step.STOP),
    (Case(kind=TRAINING, status="CREATE IN_PROGRESS", owned="earlier"), Step.STOP),
    (Case(kind=TRAINING, status="CREATE STOPPING"), Step.LOOK),
    (Case(kind=TRAINING, status="HIBERNATING"), Step.LOOK),
    (Case(kind=TRAINING, status="CREATE STOPPED"), Step.SUCCEED),
    (Case(kind=TRAINING, status="CREATE FAILED"), Step.SUCCEED),
    (Case(kind=TRAINING), Step.SUCCEED),
    (Case(kind=RECOMMENDER), Step.DELETE),
    (Case(kind=RECOMMENDER, status="INACTIVE"), Step.DELETE),
    (Case(kind=RECOMMENDER, status="STOP IN_PROGRESS"), Step.LOOK),
    (Case(kind=RECOMMENDER, update="CREATE PENDING"), Step.LOOK),
]


@pytest.mark.parametrize(("case", "step"), REMOVING)
def test_what_is_ours_is_removed_once_nothing_works_on_it(case: Case, step: Step) -> None:
    view = replace(case, type="Delete").view()
    assert removing(view.request, view.found, view.owner) is step


@pytest.mark.parametrize("status", ["ACTIVE", "CREATE FAILED", "CREATE PENDING", "DELETE PENDING"])
def test_what_is_given_back_is_not_waited_for(status: str) -> None:
    view = Case(type="Delete", status=status, adopted=True).view()
    assert removing(view.request, view.found, view.owner, gives_back=True) is Step.GIVE_BACK


@pytest.mark.parametrize("case", [Case(status=None), Case(owned="foreign"), Case(kind=JOB)])
def test_what_is_not_there_or_not_ours_is_not_given_back(case: Case) -> None:
    view = replace(case, type="Delete").view()
    assert removing(view.request, view.found, view.owner, gives_back=True) is Step.SUCCEED


@pytest.mark.parametrize(
    ("case", "is_one"),
    [
        (Case(type="Update", status="CREATE FAILED", by_id=False), True),
        (Case(type="Update", status="CREATE FAILED", by_id=True), False),
        (Case(type="Update", status="CREATE FAILED", by_id=False, owned="earlier"), False),
        (Case(type="Update", status="CREATE FAILED", by_id=False, owned="foreign"), False),
        (Case(type="Update", status="ACTIVE", by_id=False), False),
        (Case(type="Update", status=None, by_id=False), False),
        (Case(type="Create", status="CREATE FAILED"), False),
        (Case(kind=JOB, type="Update", status="CREATE FAILED", by_id=False), False),
    ],
)
def test_a_replacement_that_failed_is_told_from_other_failures(case: Case, is_one: bool) -> None:
    assert is_failed_replacement(case.view()) is is_one


@pytest.mark.parametrize(
    ("case", "step"),
    [
        (Case(type="Update", runs=ELSE, update="CREATE FAILED"), Step.UPDATE),
        (Case(type="Update", status="CREATE FAILED"), Step.DELETE),
        (Case(type="Create", status="CREATE FAILED"), Step.FAIL),
        # what was there before is not made anew
        (Case(type="Update", status="CREATE FAILED", adopted=True), Step.FAIL),
        (Case(type="Update", owned="foreign", by_id=False), Step.FAIL),
        (Case(type="Update", runs=ELSE, update="ACTIVE"), Step.FAIL),
        # a job can neither be changed nor deleted
        (Case(kind=JOB, type="Update", status="CREATE FAILED"), Step.FAIL),
        (Case(kind=JOB, type="Update", other_properties=True), Step.FAIL),
    ],
)
def test_in_a_rollback_what_may_succeed_is_tried_again(case: Case, step: Step) -> None:
    assert after_failure_in_rollback(case.view()) is step


SHARE_S = 3540
"""What the first link has of an hour, after which CloudFormation asks the next within 10 s."""


@pytest.mark.parametrize(
    ("case", "may"),
    [
        # what is under way as asked for ends by itself, and nothing else does
        (Case(update="CREATE PENDING"), True),
        (Case(update="CREATE PENDING", update_asks=ELSE), False),
        (Case(update="CREATE FAILED"), False),
        (Case(update="ACTIVE", update_asks=ELSE), False),
        (Case(status="CREATE IN_PROGRESS"), True),
        (Case(runs=ELSE), False),
        # the update that is undone has gone on for so long that it reached the next link
        (Case(update="CREATE PENDING", update_asks=ELSE, update_at_s=-SHARE_S - 10), True),
        (Case(update="CREATE PENDING", update_asks=ELSE, update_at_s=-SHARE_S - 9), False),
        (Case(update="CREATE FAILED", update_asks=ELSE, update_at_s=-SHARE_S - 10), False),
        # a rollback's second link was asked an hour after its first
        (
            Case(update="UPDATING", update_asks=ELSE, update_at_s=-3 * SHARE_S - 10, position=2),
            True,
        ),
        (
            Case(update="UPDATING", update_asks=ELSE, update_at_s=-3 * SHARE_S - 9, position=2),
            False,
        ),
    ],
)
def test_a_rollback_hands_over_what_ends_by_itself_or_what_had_reached_the_next_link(
    case: Case, may: bool
) -> None:
    view = replace(case, type="Update").view()
    properties = {**view.request.properties, "Timeout": "10800", "ServiceTimeout": "3600"}
    request = replace(view.request, properties=properties)
    assert view.found is not None
    assert needs_no_certain_successor(request, view.desired, view.found) is may


@pytest.mark.parametrize(
    ("case", "found"),
    [
        (Case(status=None, memo={"created_at_s": 300 - 59}), Situation.UNSEEN),
        (Case(status=None, memo={"created_at_s": 300 - 60}), Situation.ABSENT),
        # an update that failed: of this request, if it was not made long before it
        (
            Case(type="Update", runs=ELSE, update="CREATE FAILED", update_at_s=-5),
            Situation.UPDATE_FAILED,
        ),
        (
            Case(type="Update", runs=ELSE, update="CREATE FAILED", update_at_s=-6),
            Situation.DIFFERENT,
        ),
    ],
)
def test_a_moment_is_a_minute_and_clocks_differ_by_five_seconds(
    case: Case, found: Situation
) -> None:
    assert situation(case.view()) is found


def test_a_job_is_as_asked_by_the_properties_it_was_made_with_whatever_is_described() -> None:
    described = {"roleArn": "arn:aws:iam::123456789012:role/another"}
    assert situation(Case(kind=JOB, runs=described).view()) is Situation.AS_ASKED
