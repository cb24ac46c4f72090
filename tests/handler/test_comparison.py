"""What runs is compared with what was asked for, however the service writes it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.given import LATEST, OTHER_VERSION, VERSION
from personalize_provider.comparison import (
    Unstated,
    fixed_differences,
    holds,
    is_as_asked,
    other_ways,
    to_empty,
    update_input,
    with_emptied,
)
from personalize_provider.resources import CAMPAIGN, RECOMMENDER, ResourceSpec

Config = Mapping[str, Any]

NAMED = {"name": "shop", "solutionVersionArn": VERSION}


def campaign(**members: Any) -> dict[str, Any]:
    return {**NAMED, **members}


def exploring(**exploration: str) -> dict[str, Any]:
    return campaign(campaignConfig={"itemExplorationConfig": exploration})


ALL_DEFAULTS = campaign(
    minProvisionedTPS=1,
    campaignConfig={
        "itemExplorationConfig": {"explorationWeight": "0.3", "explorationItemAgeCutOff": "30"},
        "enableMetadataWithRecommendations": False,
        "syncWithLatestSolutionVersion": False,
        "rankingInfluence": {},
    },
)


@pytest.mark.parametrize(
    ("desired", "described"),
    [
        (campaign(), campaign()),
        # Defaults are described, or left out, or stated by the template.
        (campaign(), ALL_DEFAULTS),
        (ALL_DEFAULTS, campaign()),
        (campaign(), campaign(campaignConfig={})),
        (campaign(campaignConfig={}), campaign()),
        (campaign(), campaign(campaignConfig={"itemExplorationConfig": {}})),
        (campaign(minProvisionedTPS=1), campaign()),
        (campaign(), campaign(minProvisionedTPS=1)),
        (campaign(campaignConfig={"syncWithLatestSolutionVersion": False}), campaign()),
        (exploring(explorationWeight="0.5"), exploring(explorationWeight="0.5")),
        (
            exploring(explorationWeight="0.5"),
            exploring(explorationWeight="0.5", explorationItemAgeCutOff="30"),
        ),
        # The same number in other digits.
        (exploring(explorationWeight="0.3"), exploring(explorationWeight="0.30")),
        (exploring(explorationWeight="0.3"), exploring(explorationWeight=".3")),
        (exploring(explorationItemAgeCutOff="7"), exploring(explorationItemAgeCutOff="7.0")),
        (exploring(explorationWeight="0.30"), campaign()),
        (
            campaign(campaignConfig={"rankingInfluence": {"POPULARITY": 0.1}}),
            campaign(campaignConfig={"rankingInfluence": {"POPULARITY": 0.1}}),
        ),
        # What the service adds to a description does not count.
        (campaign(), campaign(status="ACTIVE", campaignArn="arn", name="other")),
    ],
)
def test_the_same_configuration_is_recognized(desired: Config, described: Config) -> None:
    assert is_as_asked(CAMPAIGN, desired, described)


@pytest.mark.parametrize(
    ("desired", "described"),
    [
        (campaign(), campaign(solutionVersionArn=OTHER_VERSION)),
        (campaign(minProvisionedTPS=2), campaign()),
        (campaign(), campaign(minProvisionedTPS=2)),
        (exploring(explorationWeight="0.3"), exploring(explorationWeight="0.31")),
        (campaign(), exploring(explorationWeight="0.31")),
        (exploring(explorationItemAgeCutOff="7"), campaign()),
        (campaign(), campaign(campaignConfig={"enableMetadataWithRecommendations": True})),
        (campaign(campaignConfig={"enableMetadataWithRecommendations": True}), campaign()),
        (campaign(), campaign(campaignConfig={"rankingInfluence": {"FRESHNESS": 0.2}})),
        (
            campaign(campaignConfig={"rankingInfluence": {"POPULARITY": 0.1}}),
            campaign(campaignConfig={"rankingInfluence": {"FRESHNESS": 0.1}}),
        ),
        (campaign(), {"name": "shop"}),
    ],
)
def test_another_configuration_is_told_apart(desired: Config, described: Config) -> None:
    assert not is_as_asked(CAMPAIGN, desired, described)


FOLLOWING = {"campaignConfig": {"syncWithLatestSolutionVersion": True}}


@pytest.mark.parametrize(
    ("asked", "runs", "same"),
    [
        (LATEST, LATEST, True),
        (LATEST, VERSION, True),
        (LATEST, OTHER_VERSION, True),
        (LATEST, VERSION.replace("/shop/", "/shoes/"), False),
        (LATEST, VERSION.replace("/shop/", "/shop-2/"), False),
        (VERSION, LATEST, False),
        (VERSION, OTHER_VERSION, False),
    ],
)
def test_latest_is_whatever_version_of_the_solution_runs(asked: str, runs: str, same: bool) -> None:
    desired = {"solutionVersionArn": asked, **FOLLOWING}
    described = {"solutionVersionArn": runs, **FOLLOWING}
    assert is_as_asked(CAMPAIGN, desired, described) is same


def test_latest_without_synchronization_is_not_what_was_asked_for() -> None:
    desired = {"solutionVersionArn": LATEST, **FOLLOWING}
    assert not is_as_asked(CAMPAIGN, desired, campaign())


@pytest.mark.parametrize(
    ("desired", "described", "sent"),
    [
        (campaign(), campaign(), {"solutionVersionArn": VERSION}),
        (campaign(), campaign(minProvisionedTPS=5), {"minProvisionedTPS": 1}),
        (campaign(minProvisionedTPS=3), campaign(minProvisionedTPS=5), {"minProvisionedTPS": 3}),
        (
            campaign(),
            exploring(explorationWeight="0.9"),
            {"campaignConfig": {"itemExplorationConfig": {"explorationWeight": "0.3"}}},
        ),
        (
            exploring(explorationWeight="0.5"),
            exploring(explorationWeight="0.5", explorationItemAgeCutOff="9"),
            {
                "campaignConfig": {
                    "itemExplorationConfig": {
                        "explorationWeight": "0.5",
                        "explorationItemAgeCutOff": "30",
                    }
                }
            },
        ),
        (
            campaign(),
            campaign(campaignConfig={"rankingInfluence": {"POPULARITY": 0.5}}),
            {"campaignConfig": {"rankingInfluence": {"POPULARITY": 0}}},
        ),
        (
            campaign(),
            {"solutionVersionArn": LATEST, **FOLLOWING},
            {"campaignConfig": {"syncWithLatestSolutionVersion": False}},
        ),
        (campaign(), ALL_DEFAULTS, {}),
    ],
)
def test_what_a_template_no_longer_states_is_sent_as_the_default(
    desired: Config, described: Config, sent: Config
) -> None:
    assert update_input(CAMPAIGN, desired, described) == {"solutionVersionArn": VERSION, **sent}


def test_the_name_is_never_sent() -> None:
    assert "name" not in update_input(CAMPAIGN, campaign(), campaign(name="other"))


WEIGHTS = st.sampled_from(["0", "0.3", "0.30", "1", "0.75"])
AGES = st.sampled_from(["1", "30", "30.0", "365"])
EXPLORATIONS = st.fixed_dictionaries(
    {}, optional={"explorationWeight": WEIGHTS, "explorationItemAgeCutOff": AGES}
)
INFLUENCES = st.dictionaries(
    st.sampled_from(["POPULARITY", "FRESHNESS"]), st.sampled_from([0.0, 0.5, 1.0])
)


def configurations(exploration: Any = EXPLORATIONS) -> st.SearchStrategy[dict[str, Any]]:
    plain = st.fixed_dictionaries(
        {"solutionVersionArn": st.sampled_from([VERSION, OTHER_VERSION])},
        optional={
            "minProvisionedTPS": st.integers(1, 3),
            "campaignConfig": st.fixed_dictionaries(
                {},
                optional={
                    "itemExplorationConfig": exploration,
                    "enableMetadataWithRecommendations": st.booleans(),
                    "syncWithLatestSolutionVersion": st.just(False),
                    "rankingInfluence": INFLUENCES,
                },
            ),
        },
    )
    return plain | plain.map(following)


def following(configuration: Mapping[str, Any]) -> dict[str, Any]:
    config = {**configuration.get("campaignConfig", {}), "syncWithLatestSolutionVersion": True}
    return {**configuration, "solutionVersionArn": LATEST, "campaignConfig": config}


def replacing(runs: Config, sent: Config) -> dict[str, Any]:
    """An update that resets all that it leaves out."""
    return copy.deepcopy({"name": runs["name"], **sent})


def keeping_members(runs: Config, sent: Config) -> dict[str, Any]:
    """An update that keeps the members that it leaves out, and replaces the given ones."""
    return copy.deepcopy({**runs, **sent})


def keeping_config_members(runs: Config, sent: Config) -> dict[str, Any]:
    """One that keeps the members of campaignConfig too that it leaves out."""
    config = {**runs.get("campaignConfig", {}), **sent.get("campaignConfig", {})}
    return copy.deepcopy({**runs, **sent, "campaignConfig": config})


SEMANTICS = st.sampled_from([replacing, keeping_members, keeping_config_members])


@given(SEMANTICS, configurations(), configurations())
def test_after_the_update_what_was_asked_for_runs(
    semantics: Callable[[Config, Config], dict[str, Any]],
    desired: dict[str, Any],
    runs: dict[str, Any],
) -> None:
    described = {"name": "shop", **runs}
    before = copy.deepcopy((desired, described))
    sent = update_input(CAMPAIGN, desired, described)
    assert is_as_asked(CAMPAIGN, desired, semantics(described, sent))
    assert (desired, described) == before


@given(configurations())
def test_what_was_asked_for_is_as_asked(desired: dict[str, Any]) -> None:
    assert is_as_asked(CAMPAIGN, desired, desired)


@given(configurations(), configurations())
def test_being_as_asked_goes_both_ways(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert is_as_asked(CAMPAIGN, one, other) == is_as_asked(CAMPAIGN, other, one)


@pytest.mark.parametrize(
    "described",
    [
        {"rankingInfluence": {"POPULARITY": 0.0, "FRESHNESS": 0.0}},
        {"memberOfALaterVersion": True},
        {"itemExplorationConfig": {"keyOfALaterVersion": "1"}},
    ],
)
def test_what_the_service_describes_of_its_own_accord_is_no_difference(described: Config) -> None:
    runs = campaign(campaignConfig=described)
    assert is_as_asked(CAMPAIGN, campaign(), runs)
    assert update_input(CAMPAIGN, campaign(), runs) == {"solutionVersionArn": VERSION}


@pytest.mark.parametrize("version", [None, 7])
def test_latest_is_not_what_runs_where_no_version_is_described(version: object) -> None:
    asked = {"solutionVersionArn": LATEST, **FOLLOWING}
    assert not is_as_asked(CAMPAIGN, asked, {"solutionVersionArn": version, **FOLLOWING})


# --- recommenders: what no update can change, and what has no default -----------------------------

FOR_YOU: Mapping[str, Any] = {
    "name": "for-you",
    "datasetGroupArn": "arn:aws:personalize:eu-west-1:123456789012:dataset-group/shop",
    "recipeArn": "arn:aws:personalize:::recipe/aws-ecomm-recommended-for-you",
}


def columns(**excluded: list[str]) -> dict[str, Any]:
    config = {"trainingDataConfig": {"excludedDatasetColumns": excluded}}
    return {**FOR_YOU, "recommenderConfig": config}


def test_what_no_update_can_change_is_named_where_it_differs() -> None:
    other = {**FOR_YOU, "recipeArn": "another", "recommenderConfig": {}}
    assert fixed_differences(RECOMMENDER, FOR_YOU, other) == ("recipeArn",)
    assert fixed_differences(RECOMMENDER, FOR_YOU, FOR_YOU) == ()
    assert is_as_asked(RECOMMENDER, FOR_YOU, other)


def test_what_an_update_sends_leaves_out_what_it_cannot_change() -> None:
    assert update_input(RECOMMENDER, columns(ITEMS=["A"]), FOR_YOU) == {
        "recommenderConfig": columns(ITEMS=["A"])["recommenderConfig"]
    }


def test_columns_are_the_same_in_any_order_and_none_are_the_same_as_no_list() -> None:
    assert is_as_asked(RECOMMENDER, columns(ITEMS=["A", "B"]), columns(ITEMS=["B", "A"]))
    assert is_as_asked(RECOMMENDER, columns(ITEMS=[]), FOR_YOU)
    assert not is_as_asked(RECOMMENDER, columns(ITEMS=["A"]), columns(ITEMS=["A", "B"]))
    assert not is_as_asked(RECOMMENDER, columns(ITEMS=[]), columns(ITEMS=["A"]))


def emptied(spec: ResourceSpec, desired: Config, before: Config) -> Config:
    return with_emptied(desired, to_empty(spec, desired, before))


@pytest.mark.parametrize(
    ("desired", "before", "meant"),
    [
        (FOR_YOU, FOR_YOU, FOR_YOU),
        (FOR_YOU, {}, FOR_YOU),
        (columns(ITEMS=["A"]), FOR_YOU, columns(ITEMS=["A"])),
        (columns(ITEMS=["A"]), columns(ITEMS=["B"]), columns(ITEMS=["A"])),
        (FOR_YOU, columns(ITEMS=["B"]), columns(ITEMS=[])),
        (
            columns(USERS=["A"]),
            columns(ITEMS=["B"], USERS=["C"]),
            columns(USERS=["A"], ITEMS=[]),
        ),
    ],
)
def test_what_a_template_states_no_longer_is_emptied(
    desired: Config, before: Config, meant: Config
) -> None:
    assert emptied(RECOMMENDER, desired, before) == meant


def test_what_is_stated_is_not_emptied_whatever_an_earlier_request_has_told() -> None:
    told = to_empty(RECOMMENDER, FOR_YOU, columns(ITEMS=["B"], USERS=["C"]))
    wanted = columns(ITEMS=["A"], USERS=[])
    assert with_emptied(columns(ITEMS=["A"]), told) == wanted


def test_a_campaign_has_nothing_to_empty() -> None:
    before = exploring(explorationWeight="0.5")
    assert emptied(CAMPAIGN, campaign(), before) == campaign()


def included(**columns: list[str]) -> dict[str, Any]:
    config = {"trainingDataConfig": {"includedDatasetColumns": columns}}
    return {**FOR_YOU, "recommenderConfig": config}


def test_included_columns_are_emptied_too_and_their_neighbours_kept() -> None:
    small = {**FOR_YOU, "recommenderConfig": {"minRecommendationRequestsPerSecond": 2}}
    training: Config = {"excludedDatasetColumns": {"ITEMS": []}}
    assert emptied(RECOMMENDER, FOR_YOU, included(ITEMS=["A"])) == included(ITEMS=[])
    assert emptied(RECOMMENDER, small, columns(ITEMS=["A"])) == {
        **FOR_YOU,
        "recommenderConfig": {
            "minRecommendationRequestsPerSecond": 2,
            "trainingDataConfig": training,
        },
    }


@pytest.mark.parametrize(
    ("member", "default", "other"),
    [
        ("minRecommendationRequestsPerSecond", 1, 2),
        ("enableMetadataWithRecommendations", False, True),
        ("itemExplorationConfig", {"explorationWeight": "0.3"}, {"explorationWeight": "0.4"}),
    ],
)
def test_what_a_recommender_leaves_out_is_the_services_default(
    member: str, default: Any, other: Any
) -> None:
    shown = {**FOR_YOU, "recommenderConfig": {member: default}}
    assert is_as_asked(RECOMMENDER, FOR_YOU, shown)
    assert not is_as_asked(RECOMMENDER, FOR_YOU, {**FOR_YOU, "recommenderConfig": {member: other}})


def test_what_a_template_no_longer_states_of_a_recommender_is_sent_as_the_default() -> None:
    shown = {**FOR_YOU, "recommenderConfig": {"enableMetadataWithRecommendations": True}}
    assert update_input(RECOMMENDER, FOR_YOU, shown) == {
        "recommenderConfig": {"enableMetadataWithRecommendations": False}
    }


# --- what another recipe refuses -----------------------------------------------------------------

EXPLORES = {
    "solutionVersionArn": VERSION,
    "minProvisionedTPS": 3,
    "campaignConfig": {
        "itemExplorationConfig": {"explorationWeight": "0.5"},
        "rankingInfluence": {"POPULARITY": 0.5},
        "enableMetadataWithRecommendations": True,
    },
}


@pytest.mark.parametrize(
    ("way", "maps"),
    [
        (
            Unstated.DEFAULT,
            {
                "itemExplorationConfig": {"explorationWeight": "0.3"},
                "rankingInfluence": {"POPULARITY": 0},
            },
        ),
        (Unstated.LEFT_OUT, {}),
        (Unstated.EMPTIED, {"itemExplorationConfig": {}, "rankingInfluence": {}}),
    ],
)
def test_maps_that_are_stated_no_longer_are_sent_in_three_ways(
    way: Unstated, maps: dict[str, Any]
) -> None:
    assert update_input(CAMPAIGN, campaign(), EXPLORES, way) == {
        "solutionVersionArn": VERSION,
        "minProvisionedTPS": 1,
        "campaignConfig": {"enableMetadataWithRecommendations": False, **maps},
    }


@pytest.mark.parametrize("way", [Unstated.LEFT_OUT, Unstated.EMPTIED])
def test_what_is_stated_of_a_map_is_sent_alone(way: Unstated) -> None:
    stated = {"itemExplorationConfig": {"explorationItemAgeCutOff": "7"}}
    sent = update_input(CAMPAIGN, campaign(campaignConfig=stated), EXPLORES, way)
    assert sent["campaignConfig"]["itemExplorationConfig"] == stated["itemExplorationConfig"]


@pytest.mark.parametrize("way", Unstated)
def test_a_map_that_runs_as_it_is_left_out_is_never_sent(way: Unstated) -> None:
    sent = update_input(CAMPAIGN, campaign(), campaign(minProvisionedTPS=3), way)
    assert sent == {"solutionVersionArn": VERSION, "minProvisionedTPS": 1}


@pytest.mark.parametrize(
    ("refused", "others"),
    [
        (Unstated.DEFAULT, (Unstated.LEFT_OUT, Unstated.EMPTIED)),
        (Unstated.LEFT_OUT, (Unstated.EMPTIED,)),
        (Unstated.EMPTIED, ()),
    ],
)
def test_what_was_refused_may_be_sent_in_another_way(
    refused: Unstated, others: tuple[Unstated, ...]
) -> None:
    assert other_ways(CAMPAIGN, campaign(), EXPLORES, refused) == others


def test_a_way_that_sends_what_was_refused_is_no_other() -> None:
    """A map that is stated is sent as it is stated, whether others are left out or emptied."""
    explores = exploring(explorationWeight="0.5")
    stated = exploring(explorationItemAgeCutOff="7")
    assert other_ways(CAMPAIGN, stated, explores, Unstated.DEFAULT) == (
        Unstated.LEFT_OUT,
        Unstated.EMPTIED,
    )
    assert other_ways(CAMPAIGN, stated, explores, Unstated.LEFT_OUT) == ()


def test_a_map_that_runs_at_its_defaults_is_not_emptied() -> None:
    runs = {**ALL_DEFAULTS, "minProvisionedTPS": 3}
    sent = update_input(CAMPAIGN, campaign(), runs, Unstated.EMPTIED)
    assert sent == {"solutionVersionArn": VERSION, "minProvisionedTPS": 1}


def test_the_ways_have_the_numbers_that_memos_of_running_requests_hold() -> None:
    assert {way.name: way.value for way in Unstated} == {"DEFAULT": 0, "LEFT_OUT": 1, "EMPTIED": 2}


def test_where_all_ways_are_one_there_is_no_other() -> None:
    assert other_ways(CAMPAIGN, campaign(), campaign(), Unstated.DEFAULT) == ()


@pytest.mark.parametrize(
    ("described", "sent", "holding"),
    [
        ({"a": "1", "b": "2"}, {"a": 1}, True),
        ({"a": "1.0"}, {"a": 1}, True),
        ({"a": 2}, {"a": 1}, False),
        ({}, {"a": 1}, False),
        (None, {"a": 1}, False),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, True),
        ({"a": {}}, {"a": {"b": 1}}, False),
        ({"a": 1}, {"a": {"b": 1}}, False),
        ({}, {}, True),
        (None, {"a": {}}, True),
    ],
)
def test_a_description_holds_what_was_sent_or_not(
    described: object, sent: object, holding: bool
) -> None:
    assert holds(described, sent) is holding
