"""A resource carries the tags of its maker, spelt as on every resource that was ever made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handler.given import REQUEST_ID, STACK, request
from personalize_provider.ownership import (
    OWN,
    Origin,
    Owner,
    owner_of,
    tags_of,
    tags_of_adopted,
    tags_of_returned,
)

TAGS = {
    "cdk-personalize:stack-id": STACK,
    "cdk-personalize:logical-id": "Campaign7A1B2C3D",
    "cdk-personalize:request-id": REQUEST_ID,
    "cdk-personalize:properties": "fingerprint",
}
OWNER = Owner(
    stack_id=STACK,
    logical_id="Campaign7A1B2C3D",
    request_id=REQUEST_ID,
    fingerprint="fingerprint",
)


def test_a_request_tags_what_it_creates_with_itself() -> None:
    made = request()
    fingerprint = made.spec.fingerprint(made.properties)
    assert tags_of(made) == {**TAGS, "cdk-personalize:properties": fingerprint}


def test_the_owner_is_read_back_from_the_tags() -> None:
    assert owner_of({**TAGS, "team": "shop"}) == OWNER


@pytest.mark.parametrize("tag", ["cdk-personalize:stack-id", "cdk-personalize:logical-id"])
def test_without_both_tags_of_the_resource_there_is_no_owner(tag: str) -> None:
    assert owner_of({key: value for key, value in TAGS.items() if key != tag}) is None


def test_the_tags_of_the_request_may_be_gone() -> None:
    kept = {key: TAGS[key] for key in ("cdk-personalize:stack-id", "cdk-personalize:logical-id")}
    assert owner_of(kept) == replace(OWNER, request_id="", fingerprint="")


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"request_id": "another", "fingerprint": "another"}, True),
        ({"stack_id": "another"}, False),
        ({"logical_id": "another"}, False),
    ],
)
def test_stack_and_logical_id_make_a_resource_the_same(changes: dict[str, str], same: bool) -> None:
    assert replace(OWNER, **changes).is_same_resource(request()) is same


# --- adoption ------------------------------------------------------------------------------------

ELSEWHERE = replace(OWNER, stack_id="arn:other", logical_id="Live")
EARLIER = replace(OWNER, logical_id="Earlier")


def adopted(before: Owner | None) -> Owner:
    """The owner after a request has adopted it."""
    owner = owner_of(tags_of_adopted(request(), before))
    assert owner is not None
    return owner


@pytest.mark.parametrize(
    ("before", "origin"),
    [
        (None, Origin.FOUND),
        (ELSEWHERE, Origin.TAKEN),
        (EARLIER, Origin.TAKEN),
        (replace(ELSEWHERE, origin=Origin.FOUND), Origin.TAKEN_FOUND),
        (replace(ELSEWHERE, origin=Origin.TAKEN, previous=("x", "y")), Origin.TAKEN_FOUND),
        (replace(ELSEWHERE, origin=Origin.TAKEN_FOUND), Origin.TAKEN_FOUND),
        # ... moved within the other stack, which had made it
        (replace(ELSEWHERE, origin=Origin.TAKEN, previous=("arn:other", "Old")), Origin.TAKEN),
    ],
)
def test_an_adopted_resource_is_the_requests_and_tells_whose_it_was(
    before: Owner | None, origin: Origin
) -> None:
    owner = adopted(before)
    assert owner.is_same_resource(request())
    assert owner.request_id == REQUEST_ID
    assert (owner.origin, owner.adopted) == (origin, True)
    assert owner.previous == ((before.stack_id, before.logical_id) if before else ("", ""))


@pytest.mark.parametrize(
    ("before", "moved"),
    [
        (None, False),
        (ELSEWHERE, False),
        (EARLIER, True),
        (replace(EARLIER, origin=Origin.FOUND), False),
    ],
)
def test_what_the_same_stack_had_made_has_only_moved(before: Owner | None, moved: bool) -> None:
    assert adopted(before).moved is moved


@pytest.mark.parametrize("before", [ELSEWHERE, replace(ELSEWHERE, origin=Origin.FOUND)])
def test_what_goes_back_is_to_its_owner_what_it_was(before: Owner) -> None:
    tags = {**tags_of_adopted(request(), before), **tags_of_returned(adopted(before))}
    returned = owner_of(tags)
    assert returned is not None
    assert (returned.stack_id, returned.logical_id) == (before.stack_id, before.logical_id)
    assert returned.origin is before.origin
    assert (returned.request_id, returned.fingerprint) == ("", "")


def test_the_origins_are_spelt_as_on_every_resource_that_was_ever_adopted() -> None:
    assert [each.value for each in Origin] == ["made", "found", "taken", "taken-found"]


def test_an_origin_of_another_version_is_not_taken_for_made() -> None:
    owner = owner_of({**TAGS, "cdk-personalize:origin": "inherited"})
    assert owner is not None
    assert owner.origin is Origin.FOUND


def test_all_tags_that_are_ever_written_are_known() -> None:
    written = {*tags_of(request()), *tags_of_adopted(request(), ELSEWHERE)}
    assert written | set(tags_of_returned(adopted(ELSEWHERE))) == set(OWN)
    assert OWN == (
        "cdk-personalize:stack-id",
        "cdk-personalize:logical-id",
        "cdk-personalize:request-id",
        "cdk-personalize:properties",
        "cdk-personalize:origin",
        "cdk-personalize:previous-stack-id",
        "cdk-personalize:previous-logical-id",
    )
