"""Which tags are set and removed: the template's, and nobody else's."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, cast

import pytest

from handler.cases import Case
from handler.given import CAMPAIGN, CAMPAIGN_PROPERTIES, MINIMAL, request
from personalize_provider.event import Request
from personalize_provider.ownership import OWN, Origin, Owner, tags_of_returned
from personalize_provider.personalize import Personalize
from personalize_provider.resources import SPECS
from personalize_provider.resources.spec import tags_in
from personalize_provider.tagging import bring, changes, give_back, may_differ


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
        ({"a": "1"}, {"a": "1"}, {"a": "1"}, {}, ()),
        ({"a": "1"}, {"a": "1"}, {}, {"a": "1"}, ()),
        ({"a": "1"}, {"a": "2"}, {"a": "1"}, {"a": "2"}, ()),
        ({"a": "1"}, {}, {"a": "1"}, {}, ("a",)),
        # set by others, or changed by them
        ({}, {}, {"b": "9"}, {}, ()),
        ({"a": "1"}, {}, {"a": "9"}, {}, ()),
        # a list that lags may show what was before
        ({}, {"a": "1"}, {"a": "1"}, {"a": "1"}, ()),
        ({"a": "1"}, {}, {}, {}, ("a",)),
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


# --- calls ---------------------------------------------------------------------------------------

ARN = "arn:aws:personalize:eu-west-1:123456789012:campaign/live"


class Calls:
    """Notes the calls."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str, Any]] = []

    def tag(self, arn: str, tags: Any) -> None:
        self.made.append(("tag", arn, tags))

    def untag(self, arn: str, keys: Any) -> None:
        self.made.append(("untag", arn, keys))

    @property
    def service(self) -> Personalize:
        return cast("Personalize", self)


@pytest.mark.parametrize(
    ("missing", "gone", "called"),
    [
        ({}, (), []),
        ({"a": "1"}, (), [("tag", ARN, {"a": "1"})]),
        ({}, ("b",), [("untag", ARN, ("b",))]),
        ({"a": "1"}, ("b",), [("tag", ARN, {"a": "1"}), ("untag", ARN, ("b",))]),
    ],
)
def test_only_what_differs_is_called_for(
    missing: dict[str, str], gone: tuple[str, ...], called: list[Any]
) -> None:
    calls = Calls()
    bring(calls.service, ARN, missing, gone)
    assert calls.made == called


def test_what_is_set_and_removed_is_logged_by_its_keys(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        bring(Calls().service, ARN, {"a": "secret", "b": "2"}, ("c", "d"))
    assert caplog.record_tuples == [
        ("personalize_provider.tagging", logging.INFO, f"tags of {ARN}: set a, b"),
        ("personalize_provider.tagging", logging.INFO, f"tags of {ARN}: removed c, d"),
    ]


OWNER = Owner(stack_id="stack", logical_id="Live", request_id="", fingerprint="")


def test_what_was_found_loses_all_marks_in_one_call() -> None:
    calls = Calls()
    give_back(calls.service, ARN, replace(OWNER, origin=Origin.FOUND))
    assert calls.made == [("untag", ARN, OWN)]


@pytest.mark.parametrize("origin", [Origin.TAKEN, Origin.TAKEN_FOUND])
def test_what_was_taken_goes_back_in_one_call(origin: Origin) -> None:
    calls, owner = Calls(), replace(OWNER, origin=origin, previous=("other", "Old"))
    give_back(calls.service, ARN, owner)
    assert calls.made == [("tag", ARN, tags_of_returned(owner))]


# --- the property --------------------------------------------------------------------------------

A_KEY = "Give a key that does not start with aws: or cdk-personalize:."


@pytest.mark.parametrize(
    ("tags", "faults"),
    [
        ([], []),
        (listed({"k" * 128: "v" * 256}), []),
        (listed({"awsome": "", "cdk-personalized": ""}), []),
        ([{"Key": f"{number}", "Value": ""} for number in range(190)], []),
        (
            [{"Key": f"{number}", "Value": ""} for number in range(191)],
            [("Tags", "have at most 190 items (it has 191)", "Leave some out.")],
        ),
        (listed({"": "v"}), [("Tags.0.Key", "have at least 1 character(s)", A_KEY)]),
        (
            listed({"k" * 129: "v"}),
            [("Tags.0.Key", "have at most 128 characters (it has 129)", A_KEY)],
        ),
        *(
            (
                listed({key: "v"}),
                [("Tags.0.Key", "match (?![aA][wW][sS]:|cdk-personalize:).*", A_KEY)],
            )
            for key in ("aws:x", "AWS:x", "aWs:", "cdk-personalize:stack-id")
        ),
        (
            listed({"k": "v" * 257}),
            [
                (
                    "Tags.0.Value",
                    "have at most 256 characters (it has 257)",
                    "Give such a value.",
                )
            ],
        ),
        ([{"Key": "k"}], [("Tags.0.Value", "be given", "Add Value.")]),
        ([{"Value": "v"}], [("Tags.0.Key", "be given", "Add Key.")]),
    ],
)
def test_tags_are_checked_by_the_services_rules(
    tags: list[Any], faults: list[tuple[str, str, str]]
) -> None:
    found = SPECS[CAMPAIGN].faults({**CAMPAIGN_PROPERTIES, "Tags": tags})
    assert [(each.property, each.rule, each.way_out) for each in found] == faults


@pytest.mark.parametrize("part", ["Key", "Value"])
@pytest.mark.parametrize("text", ["a!", "a*b", "50%"])
def test_a_sign_that_the_service_does_not_take_is_refused_by_name(part: str, text: str) -> None:
    tag = {"Key": "a", "Value": "1", part: text}
    (fault,) = SPECS[CAMPAIGN].faults({**CAMPAIGN_PROPERTIES, "Tags": [tag]})
    (sign,) = (each for each in text if not each.isalnum())
    assert fault.property == f"Tags.0.{part}"
    assert f"letters, digits, blanks and _.:/=+-@ alone, not {sign!r}" in fault.rule


@pytest.mark.parametrize("part", ["Key", "Value"])
def test_letters_digits_and_blanks_of_any_script_and_some_signs_are_taken(part: str) -> None:
    tag = {"Key": "a", "Value": "1", part: "\u00dcber \u6771\u4eac 7_.:/=+-@"}
    assert SPECS[CAMPAIGN].faults({**CAMPAIGN_PROPERTIES, "Tags": [tag]}) == ()


@pytest.mark.parametrize(
    ("properties", "tags"),
    [
        ({}, {}),
        ({"Tags": None}, {}),
        ({"Tags": listed({"a": "1", "b": ""})}, {"a": "1", "b": ""}),
        ({"Tags": [{"Key": "a"}, *listed({"b": "2"})]}, {"b": "2"}),
        ({"Tags": "a=1"}, {}),
    ],
)
def test_the_tags_that_are_good_are_read(properties: Any, tags: dict[str, str]) -> None:
    assert tags_in(properties) == tags


@pytest.mark.parametrize("kind", SPECS)
def test_tags_change_no_fingerprint_and_are_no_input_of_a_create(kind: str) -> None:
    spec, bare = SPECS[kind], MINIMAL[kind]
    tagged = {**bare, "Tags": listed({"a": "1"})}
    assert spec.fingerprint(tagged) == spec.fingerprint(bare)
    assert spec.desired(tagged) == spec.desired(bare)
