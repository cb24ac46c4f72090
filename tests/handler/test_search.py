"""What is ours is found among what the service lists, by the tags that its create call has set."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from handler.given import SIGNED_AT_S, SOLUTION, TRAINING, request
from personalize_provider import search
from personalize_provider.event import Request
from personalize_provider.memo import Memo
from personalize_provider.ownership import Owner
from personalize_provider.personalize import Listed

MINE = request(kind=TRAINING)
FINGERPRINT = MINE.spec.fingerprint(MINE.properties)
ELSEWHERE = f"{SOLUTION}-of-old"


def version(
    number: int,
    status: str = "CREATE IN_PROGRESS",
    *,
    age_s: float = 0,
    request_id: str = MINE.request_id,
    fingerprint: str = FINGERPRINT,
    stack_id: str = MINE.stack_id,
    solution: str = SOLUTION,
) -> tuple[Listed, Owner]:
    """A version, made so many seconds before the request was signed, and who made it."""
    listed = Listed(arn=f"{solution}/{number}", status=status, created_at_s=SIGNED_AT_S - age_s)
    owner = Owner(
        stack_id=stack_id,
        logical_id=MINE.logical_id,
        request_id=request_id,
        fingerprint=fingerprint,
    )
    return listed, owner


def work(
    *versions: tuple[Listed, Owner],
    of: Request = MINE,
    target: str = "",
    asked: Any = None,
    places: list[str] | None = None,
) -> Any:
    """A tick's work on a service that lists these versions.

    `asked` collects whose tags it read, and `places` of which solutions it listed versions.
    """
    owners = {listed.arn: owner for listed, owner in versions}

    def owner(arn: str) -> Owner:
        if asked is not None:
            asked.append(arn)
        return owners[arn]

    def listed(solution: str) -> list[Listed]:
        if places is not None:
            places.append(solution)
        return [each for each, _ in versions if each.arn.startswith(f"{solution}/")]

    return SimpleNamespace(
        request=of,
        memo=Memo(target_arn=target),
        desired=of.spec.desired(of.properties),
        fingerprint=of.spec.fingerprint(of.properties),
        services=SimpleNamespace(personalize=SimpleNamespace(owner=owner, listed=listed)),
    )


# --- made ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["CREATE PENDING", "ACTIVE", "CREATE FAILED", "CREATE STOPPED"])
def test_what_a_request_has_made_is_found_whatever_has_become_of_it(status: str) -> None:
    assert search.made(work(version(1, status))) == f"{SOLUTION}/1"


@pytest.mark.parametrize(
    "other",
    [
        version(1, request_id="another"),
        version(1, stack_id="another"),
        # Nobody makes something before being asked to, but clocks differ.
        version(1, age_s=6),
    ],
)
def test_what_others_have_made_is_not(other: tuple[Listed, Owner]) -> None:
    assert search.made(work(other)) == ""


def test_clocks_may_differ_by_five_seconds() -> None:
    assert search.made(work(version(1, age_s=5))) == f"{SOLUTION}/1"


def test_of_two_the_older_one_is_taken_in_whatever_order_they_are_listed() -> None:
    twins = [version(1, age_s=-2), version(2, age_s=-1)]
    assert {search.made(work(*each)) for each in (twins, twins[::-1])} == {f"{SOLUTION}/2"}


def test_the_tags_of_what_is_too_old_are_not_read() -> None:
    asked: list[str] = []
    search.made(work(version(1, age_s=60), version(2), asked=asked))
    assert asked == [f"{SOLUTION}/2"]


def test_a_segment_takes_what_the_link_before_has_made() -> None:
    segment = replace(
        MINE,
        position=3,
        request_id="the segment's own",
        properties={**MINE.properties, "Timeout": "36000"},
    )
    two_hours_s = segment.waited_before_s
    assert search.made(work(version(1, age_s=two_hours_s + 5), of=segment)) == f"{SOLUTION}/1"
    assert search.made(work(version(1, age_s=two_hours_s + 6), of=segment)) == ""
    assert search.made(work(version(1, fingerprint="other"), of=segment)) == ""


# --- earlier -------------------------------------------------------------------------------------


def test_earlier_ones_come_newest_first_and_failures_are_left_out() -> None:
    found = search.earlier(
        work(
            version(1, "ACTIVE", age_s=300),
            version(2, "CREATE FAILED", age_s=200),
            version(3, "CREATE IN_PROGRESS", age_s=100),
            version(4, "CREATE STOPPED", age_s=50),
        )
    )
    assert [each.arn for each in found] == [f"{SOLUTION}/3", f"{SOLUTION}/1"]


def test_no_more_are_looked_at_than_one_tick_can_take() -> None:
    found = search.earlier(work(*(version(age, age_s=age) for age in range(60))))
    assert [each.arn for each in found] == [f"{SOLUTION}/{age}" for age in range(50)]


def test_a_rollback_looks_in_the_solution_before_too() -> None:
    update = replace(
        request("Update", kind=TRAINING),
        old_properties={**MINE.properties, "SolutionArn": ELSEWHERE},
    )
    found = search.earlier(work(version(1), version(2, solution=ELSEWHERE), of=update))
    assert {each.arn for each in found} == {f"{SOLUTION}/1", f"{ELSEWHERE}/2"}


# --- stray ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["CREATE PENDING", "CREATE IN_PROGRESS", "CREATE STOPPING"])
def test_what_is_worked_on_for_nothing_is_a_stray(status: str) -> None:
    found = search.stray(
        work(version(1), version(2, status, request_id="x"), target=f"{SOLUTION}/1")
    )
    assert found is not None
    assert found.arn == f"{SOLUTION}/2"


@pytest.mark.parametrize(
    "other",
    [
        version(2, "ACTIVE"),
        version(2, "CREATE FAILED"),
        version(2, "CREATE STOPPED"),
        version(2, stack_id="another"),
    ],
)
def test_what_is_at_rest_or_someone_elses_is_none(other: tuple[Listed, Owner]) -> None:
    assert search.stray(work(version(1), other, target=f"{SOLUTION}/1")) is None


def test_a_stray_in_the_solution_before_is_found() -> None:
    update = replace(
        request("Update", kind=TRAINING),
        old_properties={**MINE.properties, "SolutionArn": ELSEWHERE},
    )
    found = search.stray(work(version(2, solution=ELSEWHERE), of=update))
    assert found is not None
    assert found.arn == f"{ELSEWHERE}/2"


def test_where_the_rules_refused_the_solution_nothing_is_listed() -> None:
    """Nothing was made there, and the service may refuse to list it."""
    for wrong in (f"{SOLUTION}/3f9d1b2c", "arn:aws:personalize:eu-west-1:1:filter/a"):
        refused = {**MINE.properties, "SolutionArn": wrong}
        places: list[str] = []
        for of in (
            replace(MINE, properties=refused),
            replace(request("Update", kind=TRAINING), old_properties=refused),
            replace(MINE, properties={**MINE.properties, "Name": "-"}),
            replace(MINE, properties={}),
        ):
            search.stray(work(of=of, places=places))
        assert places == [SOLUTION, SOLUTION]
