"""Which tags are set and removed: the template's, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handler.cases import Case
from handler.given import request
from personalize_provider.event import Request
from personalize_provider.tagging import changes, may_differ


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def update(before: dict[str, str], after: dict[str, str]) -> Request:
    made = request("Update")
    return replace(
        made,
        properties={**made.properties, "Tags": listed(after)},
        old_properties={**made.old_properties, "Tags": listed(before)},
    )


@pytest.mark.parametrize(
    ("before", "after", "present", "missing", "gone"),
    [
        ({}, {"a": "1"}, {}, {"a": "1"}, ()),
        ({}, {"a": "1"}, {"a": "1"}, {}, ()),
        ({"a": "1"}, {"a": "2"}, {"a": "1"}, {"a": "2"}, ()),
        ({"a": "1"}, {}, {"a": "1"}, {}, ("a",)),
        # set by others, or changed by them
        ({}, {}, {"b": "9"}, {}, ()),
        ({"a": "1"}, {}, {"a": "9"}, {}, ()),
        ({"a": "1"}, {}, {}, {}, ()),
        # what the template sets wins
        ({}, {"a": "1"}, {"a": "9"}, {"a": "1"}, ()),
        ({"a": "1", "b": "1"}, {"b": "2", "c": "1"}, {"a": "1", "b": "1"}, None, ("a",)),
    ],
)
def test_the_tags_of_the_template_are_brought(
    before: dict[str, str],
    after: dict[str, str],
    present: dict[str, str],
    missing: dict[str, str] | None,
    gone: tuple[str, ...],
) -> None:
    found = changes(update(before, after), present)
    assert found == (after if missing is None else missing, gone)


@pytest.mark.parametrize(
    ("case", "differs"),
    [
        (Case(owned="earlier"), True),
        (Case(owned="earlier", type="Update"), True),
        (Case(adopts=True, adopted=True), True),
        # the create call has set them
        (Case(), False),
        # not ours
        (Case(owned="foreign"), False),
        (Case(owned="unmarked", type="Update"), False),
    ],
)
def test_tags_are_looked_at_where_they_may_differ(case: Case, differs: bool) -> None:
    view = case.view()
    properties = {**view.request.properties, "Tags": listed({"a": "1"})}
    assert (
        may_differ(replace(view, request=replace(view.request, properties=properties))) is differs
    )


def test_without_tags_in_the_template_nothing_is_looked_at() -> None:
    assert not may_differ(Case(owned="earlier", type="Update").view())


def test_tags_that_the_template_has_dropped_are_looked_at() -> None:
    view = Case(owned="earlier", type="Update").view()
    old: dict[str, Any] = {**view.request.old_properties, "Tags": listed({"a": "1"})}
    assert may_differ(replace(view, request=replace(view.request, old_properties=old)))
