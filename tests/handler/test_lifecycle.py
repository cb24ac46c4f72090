"""A request and what is seen lead to one step, over all situations of every kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handler.cases import CONVERGING, ELSE, Case
from handler.given import JOB
from personalize_provider.comparison import Unstated
from personalize_provider.lifecycle import (
    Phase,
    Situation,
    Step,
    converging,
    phase_of,
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
    earlier = Case(kind=JOB, type="Update", owned="earlier", runs=described)
    assert situation(earlier.view()) is Situation.AS_ASKED


@pytest.mark.parametrize(
    ("unstated", "seen"),
    [
        (Unstated.DEFAULT, Situation.DIFFERENT),
        (Unstated.LEFT_OUT, Situation.NOT_TAKEN),
        (Unstated.EMPTIED, Situation.NOT_TAKEN),
    ],
)
def test_an_update_was_told_too_little_by_the_way_in_which_it_was_sent(
    unstated: Unstated, seen: Situation
) -> None:
    """What it left out on purpose it lacks in any case."""
    explores = {"campaignConfig": {"itemExplorationConfig": {"explorationWeight": "0.5"}}}
    view = Case(type="Update", runs=explores, update="ACTIVE").view()
    assert situation(replace(view, memo=view.memo.but(unstated=unstated))) is seen
