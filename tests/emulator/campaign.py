"""Campaigns: the fake resource, and the operations on those of one account's region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from emulator.catalogue import LATEST
from emulator.exceptions import (
    invalid_input,
    limit_exceeded,
    resource_already_exists,
    resource_in_use,
)
from emulator.kind import FakeResource, Kind, Operation
from emulator.rules import EXPLORATION_DEFAULTS, check_exploration, checked_tags, page
from emulator.states import (
    ACTIVE,
    CREATE_FAILED,
    CREATE_PENDING,
    DELETION,
    ManagedStatus,
    Outcome,
    Words,
)

if TYPE_CHECKING:
    from emulator.catalogue import SolutionVersion
    from emulator.world import Answer, Request, World

SETTLED = (ACTIVE, CREATE_FAILED)
DEFAULT_TPS = 1


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a campaign serves with, as it was asked for; None is what was left out."""

    solution_version_arn: str
    min_provisioned_tps: int | None = None
    config: Mapping[str, Any] | None = None


@dataclass(kw_only=True)
class CampaignUpdate:
    """What `latestCampaignUpdate` shows."""

    settings: Settings
    work: ManagedStatus


@dataclass(kw_only=True)
class FakeCampaign(FakeResource):
    settings: Settings
    dataset_group: str
    update: CampaignUpdate | None = None
    revived: bool = False
    """(u) An update that succeeds after CREATE FAILED leaves the campaign ACTIVE."""
    stale_describes: int = 0
    """How many describes to come still show `update_before` as the latest update."""
    update_before: CampaignUpdate | None = None

    @property
    def updating(self) -> bool:
        return self.update is not None and self.update.work.running

    @property
    def status(self) -> str | None:
        return ACTIVE if self.revived and self.deletion is None else super().status

    @property
    def reason(self) -> str | None:
        return None if self.revived and self.deletion is None else super().reason

    @property
    def update_status(self) -> str | None:
        return self.update.work.status if self.update else None

    @property
    def changed_s(self) -> float:
        update = self.update.work if self.update else None
        return max(work.changed_s for work in (self.creation, update, self.deletion) if work)

    def advance(self, world: World, *, what: str) -> None:
        super().advance(world, what=what)
        if self.update is not None:
            world.watch(self.update.work, arn=self.arn, what="update")


class Campaigns(Kind[FakeCampaign]):
    """Create, update, describe, delete and list the campaigns of one place."""

    kind = "campaign"
    what = "campaign"
    arn_member = "campaignArn"

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {
            "CreateCampaign": self.create,
            "UpdateCampaign": self.update,
            "DescribeCampaign": self.describe,
            "DeleteCampaign": self.delete,
            "ListCampaigns": self.list_all,
        }

    def create(self, request: Request) -> Answer:
        world, name = self._world, request["name"]
        arn = self._place.arn(self.kind, name)
        settings = Settings(
            solution_version_arn=request["solutionVersionArn"],
            min_provisioned_tps=request.get("minProvisionedTPS"),
            config=request.get("campaignConfig"),
        )
        version = self._checked_version(settings)
        tags = checked_tags(request, world=world, present={})
        if arn in self._by_arn:
            raise resource_already_exists(arn)
        quota = world.quotas.campaigns_per_dataset_group
        if len(self._counted(version.dataset_group)) >= quota:
            raise limit_exceeded(
                f"Cannot create a campaign. More than {quota} resources in ACTIVE state. Please "
                "delete some and try again."
            )
        campaign = FakeCampaign(
            name=name,
            arn=arn,
            settings=settings,
            dataset_group=version.dataset_group,
            tags=tags,
        )
        course = world.plans.course("create", arn=arn, name=name)
        campaign.creation = ManagedStatus(
            words=Words(CREATE_PENDING, world.oddities.campaign_in_progress_status),
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=lambda: _ended(course.failure),
        )
        self._by_arn[arn] = campaign
        self.advance()
        return {"campaignArn": arn}

    def update(self, request: Request) -> Answer:
        world = self._world
        campaign = self.find(request["campaignArn"])
        for status in (campaign.status, campaign.update_status or ACTIVE):
            if status not in SETTLED:
                raise resource_in_use(campaign.arn, status)
        settings = self._merged(campaign.settings, request)
        version = self._checked_version(settings)
        if settings == campaign.settings and world.oddities.unchanged_update_refused:
            raise invalid_input(f"The update of {campaign.arn} changes nothing.")
        course = world.plans.course("update", arn=campaign.arn, name=campaign.name)

        def finish() -> Outcome:
            if course.failure is None:
                campaign.settings, campaign.revived = settings, True
                campaign.dataset_group = version.dataset_group
            return _ended(course.failure)

        work = ManagedStatus(
            words=Words(CREATE_PENDING, world.oddities.update_in_progress_status),
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=finish,
        )
        campaign.update_before = campaign.update
        campaign.stale_describes = world.oddities.describes_stale_after_update
        campaign.update = CampaignUpdate(settings=settings, work=work)
        self.advance()
        return {"campaignArn": campaign.arn}

    def describe(self, request: Request) -> Answer:
        campaign = self.described(request)
        shown = {**self._summary(campaign), **self._echo(campaign.settings)}
        update = campaign.update
        if campaign.stale_describes > 0:
            campaign.stale_describes -= 1
            update = campaign.update_before
        if update is not None:
            shown["latestCampaignUpdate"] = {
                **self._echo(update.settings),
                **_progress(update.work.status, update.work.reason),
                "creationDateTime": update.work.started_s,
                "lastUpdatedDateTime": update.work.changed_s,
            }
        return {"campaign": shown}

    def delete(self, request: Request) -> Answer | None:
        world = self._world
        campaign = self.find(request["campaignArn"])
        if campaign.deleting:
            if world.oddities.second_delete_in_use:
                raise resource_in_use(campaign.arn, campaign.status)
            return None
        if campaign.creation.running or campaign.updating:
            raise resource_in_use(campaign.arn, campaign.status)
        course = world.plans.course("delete", arn=campaign.arn, name=campaign.name)
        failed = Outcome(world.oddities.failed_delete_status, course.failure)
        campaign.deletion = ManagedStatus(
            words=DELETION,
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=lambda: failed if course.failure is not None else Outcome(None),
            before=campaign.status,
        )
        self.advance()
        return None

    def list_all(self, request: Request) -> Answer:
        of = request.get("solutionArn")
        shown = [
            self._summary(campaign)
            for campaign in self._by_arn.values()
            if of in (None, campaign.settings.solution_version_arn.rpartition("/")[0])
        ]
        campaigns, further = page(shown, request)
        return {"campaigns": list(campaigns), **further}

    def _counted(self, dataset_group: str) -> list[FakeCampaign]:
        return [
            campaign
            for campaign in self._by_arn.values()
            if campaign.dataset_group == dataset_group and campaign.status != CREATE_FAILED
        ]

    def _checked_version(self, settings: Settings) -> SolutionVersion:
        """The version to deploy, once its rules for exploration and automatic updates are met."""
        version = self._world.catalogue.solution_version(settings.solution_version_arn)
        config = settings.config or {}
        wants_latest = settings.solution_version_arn.endswith(f"/{LATEST}")
        syncs = config.get("syncWithLatestSolutionVersion", False)
        if syncs and not wants_latest:
            raise invalid_input(
                f"syncWithLatestSolutionVersion is true, so solutionVersionArn has to end with "
                f"/{LATEST}; it is {settings.solution_version_arn}."
            )
        if wants_latest and not syncs:
            raise invalid_input(
                f"solutionVersionArn is {settings.solution_version_arn}, which needs "
                "syncWithLatestSolutionVersion to be true."
            )
        exploration = config.get("itemExplorationConfig", {})
        check_exploration(
            exploration,
            explores=version.recipe.explores,
            recipe=version.recipe_name,
            world=self._world,
        )
        return version

    def _merged(self, current: Settings, request: Request) -> Settings:
        """The settings after an update; what it leaves out stays, and the config see `Oddities`."""
        keeps = self._world.oddities.omitted_config_on_update == "keeps"
        return replace(
            current,
            solution_version_arn=request.get("solutionVersionArn", current.solution_version_arn),
            min_provisioned_tps=request.get("minProvisionedTPS", current.min_provisioned_tps),
            config=request.get("campaignConfig", current.config if keeps else None),
        )

    def _summary(self, campaign: FakeCampaign) -> Answer:
        status = campaign.status
        if campaign.updating and self._world.oddities.campaign_status_while_updating:
            status = self._world.oddities.campaign_status_while_updating
        return {
            "name": campaign.name,
            "campaignArn": campaign.arn,
            **_progress(status, campaign.reason),
            "creationDateTime": campaign.creation.started_s,
            "lastUpdatedDateTime": campaign.changed_s,
        }

    def _echo(self, settings: Settings) -> Answer:
        """The settings as a describe shows them."""
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


def _ended(failure: str | None) -> Outcome:
    return Outcome(ACTIVE) if failure is None else Outcome(CREATE_FAILED, failure)


def _progress(status: str | None, reason: str | None) -> Answer:
    return {"status": status, **({"failureReason": reason} if reason else {})}
