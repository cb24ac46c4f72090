"""What a Delete and a rollback undo, over all situations of every kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handler.cases import ELSE, Case
from handler.given import JOB, RECOMMENDER, TRAINING
from personalize_provider.lifecycle import Step
from personalize_provider.undoing import (
    UPDATES_WITHIN_S,
    after_failure_in_rollback,
    is_adopted_in_vain,
    is_failed_replacement,
    needs_no_certain_successor,
    removing,
    was_there_before,
)

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
    (Case(status="HIBERNATING"), Step.DELETE),
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


@pytest.mark.parametrize(
    ("case", "left_at_s", "is_older"),
    [
        # a failed replacement is younger than what it was to replace
        (Case(type="Update", owned="earlier", made_at_s=-9000), -9000, False),
        (Case(type="Update", owned="earlier", made_at_s=-9000), -8000, False),
        (Case(type="Update", owned="earlier", made_at_s=-9000), -9001, True),
        # ... or than any update, where what it was to replace is gone, made anew or adopted
        (Case(type="Update", status=None), -UPDATES_WITHIN_S, False),
        (Case(type="Update", status=None), -UPDATES_WITHIN_S - 1, True),
        (Case(type="Update", made_at_s=-10), -9000, False),
        (Case(type="Update", made_at_s=-10), -UPDATES_WITHIN_S - 1, True),
        (Case(type="Update", owned="earlier", adopted=True, made_at_s=-10), -9000, False),
        (Case(type="Update", owned="unmarked", made_at_s=-10), -9000, False),
    ],
)
def test_what_was_retained_is_told_from_a_failed_replacement(
    case: Case, left_at_s: float, is_older: bool
) -> None:
    view = case.view()
    found = Case(made_at_s=left_at_s).view().found
    assert found is not None
    undone = view.request.spec.fingerprint(view.request.old_properties)
    assert was_there_before(view, found, undone) is is_older
    # ... and what was made with other properties was never made by the update that is undone
    assert was_there_before(view, found, "of other properties")


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
        # ... unless it is to be stopped afterwards
        (Case(kind=RECOMMENDER, status="START IN_PROGRESS"), True),
        (Case(kind=RECOMMENDER, status="START IN_PROGRESS", rests=True), False),
        (Case(kind=RECOMMENDER, update="CREATE PENDING"), True),
        (Case(kind=RECOMMENDER, update="CREATE PENDING", rests=True), False),
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
    assert hands_over(case, timeout_before="10800") is may


@pytest.mark.parametrize(
    ("position", "timeout_before", "may"),
    [(1, "3601", True), (1, "3600", False), (2, "7201", True), (2, "7200", False)],
)
def test_an_update_without_a_next_link_has_not_reached_it_however_long_it_took(
    position: int, timeout_before: str, may: bool
) -> None:
    case = Case(update="UPDATING", update_asks=ELSE, update_at_s=-9 * SHARE_S, position=position)
    assert hands_over(case, timeout_before=timeout_before) is may


def hands_over(case: Case, *, timeout_before: str) -> bool:
    view = replace(case, type="Update").view()
    now = {"Timeout": "10800", "ServiceTimeout": "3600"}
    request = replace(
        view.request,
        properties={**view.request.properties, **now},
        old_properties={**view.request.old_properties, **now, "Timeout": timeout_before},
    )
    assert view.found is not None
    return needs_no_certain_successor(request, view.desired, view.found)


@pytest.mark.parametrize(("type_", "step"), [("Update", Step.SUCCEED), ("Create", Step.FAIL)])
def test_in_a_rollback_what_another_resource_has_adopted_is_left_to_it(
    type_: str, step: Step
) -> None:
    view = Case(type=type_, owned="foreign", runs=ELSE).view()
    assert view.owner is not None
    mine = (view.request.stack_id, view.request.logical_id)
    taken = replace(view, owner=replace(view.owner, previous=mine))
    assert after_failure_in_rollback(taken) is step
    others = replace(view, owner=replace(view.owner, previous=("a stack", view.request.logical_id)))
    assert after_failure_in_rollback(others) is Step.FAIL


@pytest.mark.parametrize(
    ("case", "step"),
    [
        (Case(type="Update"), Step.FAIL),
        (Case(type="Update", waits=False, by_id=False), Step.SUCCEED),
        (Case(type="Update", waits=False, other_properties=True), Step.FAIL),
        (Case(type="Create", waits=False), Step.FAIL),
    ],
)
def test_a_rollback_to_a_job_that_nobody_waited_for_does_not_ask_how_it_ended(
    case: Case, step: Step
) -> None:
    view = replace(case, kind=JOB, owned="earlier", status="CREATE FAILED").view()
    assert after_failure_in_rollback(view) is step


@pytest.mark.parametrize(
    ("case", "in_vain"),
    [
        (Case(type="Update", by_id=False, adopted=True), True),
        (Case(type="Update", by_id=True, adopted=True), False),
        (Case(type="Update", by_id=False, adopted=False), False),
        (Case(type="Update", by_id=False, adopted=True, owned="foreign"), False),
        (Case(type="Update", by_id=False, owned="unmarked"), False),
        (Case(type="Create", adopted=True), False),
        (Case(kind=JOB, type="Update", by_id=False, adopted=True), False),
    ],
)
def test_what_was_adopted_in_place_of_another_goes_back_if_the_update_fails(
    case: Case, in_vain: bool
) -> None:
    assert is_adopted_in_vain(case.view()) is in_vain
