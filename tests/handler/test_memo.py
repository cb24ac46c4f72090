"""What one tick notes, the next one reads: of this version or of another."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_provider.memo import Memo, from_json

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "str": st.text(),
    "bool": st.booleans(),
    "int": st.integers(0, 10**6),
    "float": st.floats(0, 4e9),
    "tuple[str, ...]": st.lists(st.text()).map(tuple),
}
MEMOS = st.builds(
    Memo, **{field.name: VALUES[str(field.type)] for field in dataclasses.fields(Memo)}
)


@given(MEMOS)
def test_a_memo_survives_the_executions_state(memo: Memo) -> None:
    assert from_json(json.loads(json.dumps(memo.to_json()))) == memo


@pytest.mark.parametrize("stored", [None, {}])
def test_the_first_tick_has_an_empty_memo(stored: dict[str, Any] | None) -> None:
    assert from_json(stored) == Memo()
    assert Memo().to_json() == {}


def test_only_what_was_noted_is_stored() -> None:
    assert Memo(troubles=2, rivals=("arn",)).to_json() == {"troubles": 2, "rivals": ["arn"]}


@given(MEMOS, st.dictionaries(st.text(), st.none() | st.text() | st.integers()))
def test_fields_of_another_version_are_passed_over(memo: Memo, other: dict[str, Any]) -> None:
    known = {field.name for field in dataclasses.fields(Memo)}
    unknown = {key: value for key, value in other.items() if key not in known}
    assert from_json({**unknown, **memo.to_json()}) == memo


def test_a_changed_memo_leaves_the_first_as_it_was() -> None:
    first = Memo(last_status="ACTIVE")
    assert first.but(troubles=1) == Memo(last_status="ACTIVE", troubles=1)
    assert first == Memo(last_status="ACTIVE")


def test_nothing_noted_means_never_nothing_and_nobody() -> None:
    noted = {field.name: getattr(Memo(), field.name) for field in dataclasses.fields(Memo)}
    empty = {"str": "", "bool": False, "int": 0, "float": 0, "tuple[str, ...]": ()}
    for field in dataclasses.fields(Memo):
        nothing = empty[str(field.type)]
        assert (noted[field.name], type(noted[field.name])) == (nothing, type(nothing)), field.name
