"""A resource carries the tags of its maker, spelt as on every resource that was ever made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handler.given import REQUEST_ID, STACK, request
from personalize_provider.ownership import Owner, owner_of, tags_of

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
