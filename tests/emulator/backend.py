"""The emulated service as a whole: one backend, and in it a region a pair of account and region."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from emulator.batch_inference_job import BatchInferenceJobs
from emulator.campaign import Campaigns
from emulator.catalogue import Catalogue
from emulator.journal import Journal
from emulator.oddities import Oddities, Quotas
from emulator.plans import DEFAULTS, Plan, PlanBook
from emulator.tags import Tags
from emulator.world import Answer, Place, Request, World

if TYPE_CHECKING:
    from emulator.batch import ObjectStore

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_DATASET_GROUP = "default"
Operation: TypeAlias = Callable[[Request], Answer | None]


def any_role_exists(_arn: str) -> bool:
    return True


class RegionBackend:
    """The resources of one account's region, and the operations on them by their API names."""

    def __init__(self, *, world: World, place: Place) -> None:
        self.campaigns = Campaigns(world=world, place=place)
        self.jobs = BatchInferenceJobs(world=world, place=place)
        tags = Tags(world=world, campaigns=self.campaigns, jobs=self.jobs)
        self.operations: Mapping[str, Operation] = {
            "CreateCampaign": self.campaigns.create,
            "UpdateCampaign": self.campaigns.update,
            "DescribeCampaign": self.campaigns.describe,
            "DeleteCampaign": self.campaigns.delete,
            "ListCampaigns": self.campaigns.list_all,
            "CreateBatchInferenceJob": self.jobs.create,
            "DescribeBatchInferenceJob": self.jobs.describe,
            "ListBatchInferenceJobs": self.jobs.list_all,
            "TagResource": tags.tag,
            "UntagResource": tags.untag,
            "ListTagsForResource": tags.list_all,
        }

    def advance(self) -> None:
        self.campaigns.advance()
        self.jobs.advance()


class PersonalizeBackend:
    """Personalize on an injected clock; everything it does follows from its calls and the clock.

    Args:
        clock: The present in epoch seconds; must never go back.
        s3: A boto3 S3 client, or what looks like one; None: jobs end well without reading anything.
        role_exists: Whether a job's role can be assumed.
        account: The account of requests that name none.
        defaults: How long things take, and how they end, where no plan says otherwise.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        s3: ObjectStore | None = None,
        role_exists: Callable[[str], bool] = any_role_exists,
        account: str = DEFAULT_ACCOUNT,
        oddities: Oddities | None = None,
        quotas: Quotas | None = None,
        defaults: Plan = DEFAULTS,
    ) -> None:
        self.account = account
        self._defaults = defaults
        self._oddities = oddities or Oddities()
        self._quotas = quotas or Quotas()
        self.world = World(
            clock=clock,
            s3=s3,
            role_exists=role_exists,
            plans=PlanBook(defaults),
            journal=Journal(),
            catalogue=Catalogue(),
            oddities=self._oddities,
            quotas=self._quotas,
        )
        self._regions: dict[Place, RegionBackend] = {}

    def add_solution_version(
        self,
        arn: str,
        *,
        recipe: str = "aws-user-personalization",
        dataset_group: str = DEFAULT_DATASET_GROUP,
        status: str = "ACTIVE",
    ) -> None:
        """Make a solution version known; the last one of a solution is its `$LATEST`."""
        self.world.catalogue.add_solution_version(
            arn, recipe=recipe, dataset_group=dataset_group, status=status
        )

    def add_filter(self, arn: str, *, placeholders: Sequence[str] = ()) -> None:
        """Make a filter known, with the parameters to which a job's input has to give values."""
        self.world.catalogue.add_filter(arn, placeholders=placeholders)

    def plan(self, glob: str, plan: Plan) -> None:
        """Say how resources whose names match `glob` fare from now on."""
        self.world.plans.put(glob, plan)

    def set_oddities(self, **switches: Any) -> None:
        """Change some fields of `Oddities`; raises TypeError for an unknown one."""
        self.world.oddities = replace(self.world.oddities, **switches)

    def set_quotas(self, **limits: int) -> None:
        """Change some fields of `Quotas`; raises TypeError for an unknown one."""
        self.world.quotas = replace(self.world.quotas, **limits)

    def region(self, place: Place) -> RegionBackend:
        if place not in self._regions:
            self._regions[place] = RegionBackend(world=self.world, place=place)
        return self._regions[place]

    def look(self) -> float:
        """Read the clock, bring everything to the present, and tell the time in epoch seconds."""
        self.world.now_s = self.world.clock()
        for region in self._regions.values():
            region.advance()
        return self.world.now_s

    def log(self) -> list[Mapping[str, Any]]:
        """What was seen and done until now, in time order; see `Journal` for the entries."""
        self.look()
        return self.world.journal.entries()

    def resources(self) -> list[Mapping[str, Any]]:
        """What exists now: ARN, kind, status, the latest update's status, and tags."""
        self.look()
        campaigns = [
            {
                "arn": each.arn,
                "kind": "campaign",
                "status": each.status,
                "update_status": each.update.work.status if each.update else None,
                "tags": each.tags,
            }
            for region in self._regions.values()
            for each in region.campaigns.all().values()
        ]
        jobs = [
            {
                "arn": each.arn,
                "kind": "batch-inference-job",
                "status": each.work.status,
                "update_status": None,
                "tags": each.tags,
            }
            for region in self._regions.values()
            for each in region.jobs.all().values()
        ]
        return [*campaigns, *jobs]

    def reset(self) -> None:
        """Forget resources, plans, registries and the log; switches and quotas start anew."""
        self._regions.clear()
        self.world.plans = PlanBook(self._defaults)
        self.world.journal = Journal()
        self.world.catalogue = Catalogue()
        self.world.oddities, self.world.quotas = self._oddities, self._quotas
