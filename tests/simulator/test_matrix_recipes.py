"""An update, or a rollback, that moves a campaign to a version of another recipe."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.oddities import Oddities
from simulator.matrix import (
    broken_promises,
    created,
    describe,
    exchanges,
    only_campaign,
    requests,
    short_world,
)
from simulator.templates import Declared
from simulator.wire import ACCOUNT, REGION
from simulator.world import World, campaign

SIMS = f"arn:aws:personalize:{REGION}:{ACCOUNT}:solution/similar/v1"
EXPLORING: dict[str, Any] = {
    "ItemExplorationConfig": {"explorationWeight": "0.5"},
    "RankingInfluence": {"POPULARITY": 0.5},
}

ODDITIES = pytest.mark.parametrize(
    "oddities",
    [
        Oddities(),
        Oddities(omitted_config_on_update="resets"),
        Oddities(echo_defaults=False),
        Oddities(echo_defaults=False, omitted_config_on_update="resets"),
    ],
    ids=["keeps", "resets", "keeps, no defaults", "resets, no defaults"],
)


def a_world(oddities: Oddities) -> World:
    world = short_world(oddities=oddities)
    world.personalize.add_solution_version(SIMS, recipe="aws-sims")
    return world


def similar(**settings: Any) -> dict[str, Declared]:
    return {"Campaign": campaign(SolutionVersionArn=SIMS, **settings)}


def exploring(**settings: Any) -> dict[str, Declared]:
    return {"Campaign": campaign(CampaignConfig=EXPLORING, **settings)}


@ODDITIES
def test_a_rollback_to_a_recipe_without_exploration_resets_none(oddities: Oddities) -> None:
    world = a_world(oddities)
    stack = created(world, similar(MinProvisionedTPS=1))
    stack.update(exploring(MinProvisionedTPS=2), fails_after_s=100)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    runs = describe(world, only_campaign(world))
    assert (runs["solutionVersionArn"], runs["minProvisionedTPS"]) == (SIMS, 1)
    assert broken_promises(world) == []


@ODDITIES
def test_an_update_to_one_resets_none_either(oddities: Oddities) -> None:
    world = a_world(oddities)
    stack = created(world, exploring(MinProvisionedTPS=2))
    stack.update(similar())
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    # What is no map has its default all the same.
    assert describe(world, only_campaign(world))["minProvisionedTPS"] == 1


def test_what_is_refused_in_every_way_is_told_in_the_services_words() -> None:
    world = a_world(Oddities())
    stack = created(world, exploring())
    before = len(requests(world, "UpdateCampaign"))
    stack.update({"Campaign": campaign(SolutionVersionArn=f"{SIMS}9")})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    refused, _ = exchanges(world, "Update")
    assert refused.answer is not None
    assert f"{SIMS}9" in refused.answer["Reason"]
    assert len(requests(world, "UpdateCampaign")) - before <= 3
