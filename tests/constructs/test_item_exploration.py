"""ItemExploration and RankingInfluence: numbers in, the service's maps out."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_personalize import ItemExploration, RankingInfluence
from cdk_personalize.item_exploration import number_text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.3, "0.3"),
        (0.1 + 0.2, "0.3"),
        (1, "1"),
        (1.0, "1"),
        (0, "0"),
        (0.05, "0.05"),
        (0.000001, "0.000001"),
        (30.0, "30"),
        (10000, "10000"),
    ],
)
def test_numbers_are_written_as_a_person_would(number, text):
    assert number_text(number) == text


def test_a_number_token_becomes_a_string_token(stack):
    text = number_text(cdk.CfnParameter(stack, "Weight", type="Number").value_as_number)
    assert stack.resolve(text) == {"Ref": "Weight"}


def test_durations_become_days():
    exploration = ItemExploration(age_cut_off=cdk.Duration.hours(48))
    assert exploration.to_map() == {"explorationItemAgeCutOff": "2"}


def test_nothing_given_is_an_empty_map():
    assert ItemExploration().to_map() == {}
    assert RankingInfluence().to_map() == {}


def test_zero_is_given_and_not_left_out():
    assert ItemExploration(weight=0).to_map() == {"explorationWeight": "0"}
    assert RankingInfluence(popularity=0).to_map() == {"POPULARITY": 0}


def test_equal_explorations_are_equal_and_cannot_be_changed():
    exploration = ItemExploration(weight=0.3)
    assert exploration == ItemExploration(weight=0.3)
    with pytest.raises(AttributeError):
        exploration.weight = 0.4  # type: ignore[misc]  # frozen is what is tried
