"""Recommenders: a use case of a domain that serves, and can be stopped and started.

Source: API reference, "CreateRecommender", "UpdateRecommender" and "RecommenderConfig"; developer
guide, "Domain recommenders" and "Stopping a recommender".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from emulator.catalogue import RECIPES
from emulator.deployment import Deployments, FakeDeployment, Settings
from emulator.exceptions import invalid_input, resource_in_use, resource_not_found
from emulator.rules import check_exploration
from emulator.states import (
    ACTIVE,
    INACTIVE,
    START_PENDING,
    STOP_PENDING,
    ManagedStatus,
    Outcome,
    Words,
)
from emulator.use_cases import USE_CASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.kind import Operation
    from emulator.oddities import Oddities
    from emulator.plans import Verb
    from emulator.use_cases import UseCase
    from emulator.world import Answer, Request, World

DEFAULTS = {"minRecommendationRequestsPerSecond": 1, "enableMetadataWithRecommendations": False}
EXPLORATION_DEFAULTS = {"explorationWeight": "0.3", "explorationItemAgeCutOff": "30"}


@dataclass(frozen=True, kw_only=True)
class RecommenderSettings(Settings):
    recipe_arn: str

    @property
    def holds(self) -> tuple[str, ...]:
        # (u) The reference of DeleteDatasetGroup names other kinds of resource, and not this one.
        return (self.dataset_group,)


@dataclass(kw_only=True)
class FakeRecommender(FakeDeployment[RecommenderSettings]):
    switching: ManagedStatus | None = None
    """The latest stop or start; None when there was none."""

    @property
    def changing(self) -> bool:
        return super().changing or (self.switching is not None and self.switching.running)

    @property
    def status(self) -> str | None:
        if self.switching is not None and self.deletion is None:
            return self.switching.status
        return super().status

    @property
    def changed_s(self) -> float:
        return max(super().changed_s, self.switching.changed_s if self.switching else 0.0)

    def advance(self, world: World, *, what: str) -> None:
        if self.switching is not None:
            world.watch(self.switching, arn=self.arn, what=what)
        super().advance(world, what=what)


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A stop or a start.

    Args:
        name: What its times are counted as, apart from those of updates and deletes.
        takes: The verb of the plan whose duration it takes; plans have none for it alone.
    """

    name: str
    takes: Verb
    before: str
    after: str
    words: Callable[[Oddities], Words]


STOP = Switch(
    name="stop",
    takes="delete",
    before=ACTIVE,
    after=INACTIVE,
    words=lambda oddities: Words(STOP_PENDING, oddities.stop_in_progress_status),
)
START = Switch(
    name="start",
    takes="update",
    before=INACTIVE,
    after=ACTIVE,
    words=lambda oddities: Words(START_PENDING, oddities.start_in_progress_status),
)


class Recommenders(Deployments[FakeRecommender, RecommenderSettings]):
    """Create, update, stop, start, describe, delete and list the recommenders of one place."""

    kind = "recommender"
    what = "recommender"
    arn_member = "recommenderArn"
    update_member = "latestRecommenderUpdate"
    updatable = (ACTIVE,)

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {
            "CreateRecommender": self.create,
            "UpdateRecommender": self.update,
            "StopRecommender": self.stop,
            "StartRecommender": self.start,
            "DescribeRecommender": self.describe,
            "DeleteRecommender": self.delete,
            "ListRecommenders": self.list_all,
        }

    def stop(self, request: Request) -> Answer:
        return self._switch(STOP, request)

    def start(self, request: Request) -> Answer:
        return self._switch(START, request)

    def _switch(self, switch: Switch, request: Request) -> Answer:
        world = self._world
        found = self.find(request[self.arn_member])
        if found.status != switch.before or found.changing:
            error = resource_in_use(found.arn, found.status)
            raise error if world.oddities.switch_in_use else invalid_input(error.message)
        course = world.plans.course(
            switch.takes, arn=found.arn, name=found.name, counted_as=switch.name
        )
        self._lag_behind(found)
        found.switching = ManagedStatus(
            words=switch.words(world.oddities),
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=lambda: Outcome(switch.after),
            before=found.status,
        )
        # A delete that failed may have left it ACTIVE or INACTIVE, which no longer matters.
        found.deletion = None
        self.advance()
        return {self.arn_member: found.arn}

    def _fake(self, **members: Any) -> FakeRecommender:
        return FakeRecommender(**members)

    def _wanted(self, request: Request) -> RecommenderSettings:
        group = self._world.catalogue.dataset_group(request["datasetGroupArn"])
        settings = RecommenderSettings(
            dataset_group=group.arn,
            recipe_arn=request["recipeArn"],
            config=request.get("recommenderConfig"),
        )
        use_case = _use_case(settings.recipe_arn)
        if group.domain is None:
            raise invalid_input(
                f"{group.arn} is not a domain dataset group; only those have recommenders."
            )
        if use_case is None or use_case.domain != group.domain:
            raise invalid_input(
                f"The recipe {settings.recipe_arn} is not one of the domain {group.domain}, which "
                f"{group.arn} is of."
            )
        return self._checked(settings)

    def _changed(self, current: RecommenderSettings, request: Request) -> RecommenderSettings:
        """The config is required; for what it leaves out, see `Oddities`."""
        keeps = self._world.oddities.omitted_config_on_update == "keeps"
        kept = (current.config or {}) if keeps else {}
        return self._checked(replace(current, config={**kept, **request["recommenderConfig"]}))

    def _checked(self, settings: RecommenderSettings) -> RecommenderSettings:
        check_exploration(
            (settings.config or {}).get("itemExplorationConfig", {}),
            explores=_explores(settings.recipe_arn),
            recipe=settings.recipe_arn,
            world=self._world,
        )
        return settings

    def _check_quota(self, settings: RecommenderSettings) -> None:
        quotas, everyone = self._world.quotas, list(self._by_arn.values())
        beside = [
            each for each in everyone if each.settings.dataset_group == settings.dataset_group
        ]
        self._refuse_more_than(quotas.recommenders_per_dataset_group, beside)
        self._refuse_more_than(quotas.recommenders_per_region, everyone)

    def _is_listed(self, settings: RecommenderSettings, request: Request) -> bool:
        return request.get("datasetGroupArn") in (None, settings.dataset_group)

    def _summary(self, found: FakeRecommender) -> Answer:
        return {
            **super()._summary(found),
            "datasetGroupArn": found.settings.dataset_group,
            "recipeArn": found.settings.recipe_arn,
        }

    def _listed(self, found: FakeRecommender) -> Answer:
        # Unlike a campaign's summary, that of a recommender has no failureReason.
        return {**self._summary(found), **self._echo(found.settings)}

    def _echo(self, settings: RecommenderSettings) -> Answer:
        config = dict(settings.config or {})
        if self._world.oddities.echo_defaults:
            config = {**DEFAULTS, **config}
            if _explores(settings.recipe_arn):
                given = config.get("itemExplorationConfig", {})
                config["itemExplorationConfig"] = {**EXPLORATION_DEFAULTS, **given}
        return {"recommenderConfig": config} if config or settings.config is not None else {}


def _use_case(recipe_arn: str) -> UseCase | None:
    """What a recipe is for; None when it is for no domain.

    Raises:
        ServiceError: There is no such recipe.
    """
    owner, _, name = recipe_arn.rpartition("/")
    if not owner.endswith(":personalize:::recipe") or name not in {**USE_CASES, **RECIPES}:
        raise resource_not_found(recipe_arn)
    return USE_CASES.get(name)


def _explores(recipe_arn: str) -> bool:
    use_case = _use_case(recipe_arn)
    return use_case is not None and use_case.explores
