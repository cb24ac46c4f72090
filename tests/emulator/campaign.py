"""Campaigns: a solution version that serves.

Source: API reference, "CreateCampaign" and "UpdateCampaign".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from emulator.catalogue import LATEST
from emulator.deployment import SETTLED, Deployments, FakeDeployment, Settings, failure
from emulator.exceptions import invalid_input
from emulator.rules import EXPLORATION_DEFAULTS, check_exploration
from emulator.states import CREATE_FAILED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.kind import Operation
    from emulator.world import Answer, Request

DEFAULT_TPS = 1


@dataclass(frozen=True, kw_only=True)
class CampaignSettings(Settings):
    solution_version_arn: str
    min_provisioned_tps: int | None = None

    @property
    def holds(self) -> tuple[str, ...]:
        return (self.solution_version_arn.rpartition("/")[0],)


FakeCampaign: TypeAlias = FakeDeployment[CampaignSettings]


class Campaigns(Deployments[FakeCampaign, CampaignSettings]):
    """Create, update, describe, delete and list the campaigns of one place."""

    kind = "campaign"
    what = "campaign"
    arn_member = "campaignArn"
    update_member = "latestCampaignUpdate"
    updatable = SETTLED

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {
            "CreateCampaign": self.create,
            "UpdateCampaign": self.update,
            "DescribeCampaign": self.describe,
            "DeleteCampaign": self.delete,
            "ListCampaigns": self.list_all,
        }

    def _fake(self, **members: Any) -> FakeCampaign:
        return FakeCampaign(**members)

    def _wanted(self, request: Request) -> CampaignSettings:
        return self._checked(
            solution_version_arn=request["solutionVersionArn"],
            min_provisioned_tps=request.get("minProvisionedTPS"),
            config=request.get("campaignConfig"),
        )

    def _changed(self, current: CampaignSettings, request: Request) -> CampaignSettings:
        """What an update leaves out stays, and the config see `Oddities`."""
        keeps = self._world.oddities.omitted_config_on_update == "keeps"
        return self._checked(
            solution_version_arn=request.get("solutionVersionArn", current.solution_version_arn),
            min_provisioned_tps=request.get("minProvisionedTPS", current.min_provisioned_tps),
            config=request.get("campaignConfig", current.config if keeps else None),
        )

    def _checked(
        self,
        *,
        solution_version_arn: str,
        min_provisioned_tps: int | None,
        config: Mapping[str, Any] | None,
    ) -> CampaignSettings:
        """The settings, once the rules for exploration and automatic updates are met."""
        version = self._world.catalogue.solution_version(solution_version_arn)
        given = config or {}
        wants_latest = solution_version_arn.endswith(f"/{LATEST}")
        syncs = given.get("syncWithLatestSolutionVersion", False)
        if syncs and not wants_latest:
            raise invalid_input(
                f"syncWithLatestSolutionVersion is true, so solutionVersionArn has to end with "
                f"/{LATEST}; it is {solution_version_arn}."
            )
        if wants_latest and not syncs:
            raise invalid_input(
                f"solutionVersionArn is {solution_version_arn}, which needs "
                "syncWithLatestSolutionVersion to be true."
            )
        check_exploration(
            given.get("itemExplorationConfig", {}),
            explores=version.recipe.explores,
            recipe=version.recipe_name,
            world=self._world,
        )
        return CampaignSettings(
            dataset_group=version.dataset_group,
            solution_version_arn=solution_version_arn,
            min_provisioned_tps=min_provisioned_tps,
            config=config,
        )

    def _check_quota(self, settings: CampaignSettings) -> None:
        counted = [
            campaign
            for campaign in self._by_arn.values()
            if campaign.settings.dataset_group == settings.dataset_group
            and campaign.status != CREATE_FAILED
        ]
        self._refuse_more_than(self._world.quotas.campaigns_per_dataset_group, counted)

    def _is_listed(self, settings: CampaignSettings, request: Request) -> bool:
        of = request.get("solutionArn")
        return of in (None, settings.solution_version_arn.rpartition("/")[0])

    def _listed(self, found: FakeCampaign) -> Answer:
        return {**self._summary(found), **failure(found.reason)}

    def _echo(self, settings: CampaignSettings) -> Answer:
        oddities = self._world.oddities
        version = self._world.catalogue.find(settings.solution_version_arn)
        shown: Answer = {"solutionVersionArn": settings.solution_version_arn}
        if oddities.latest_is_resolved:
            shown["solutionVersionArn"] = version.arn
        if settings.min_provisioned_tps is not None or oddities.echo_defaults:
            shown["minProvisionedTPS"] = settings.min_provisioned_tps or DEFAULT_TPS
        config = dict(settings.config or {})
        if oddities.echo_defaults:
            exploration = EXPLORATION_DEFAULTS if version.recipe.explores else {}
            given = config.get("itemExplorationConfig", {})
            config["itemExplorationConfig"] = {**exploration, **given}
            config.setdefault("enableMetadataWithRecommendations", False)
            config.setdefault("syncWithLatestSolutionVersion", False)
        if config or settings.config is not None:
            shown["campaignConfig"] = config
        return shown
