"""Tags of campaigns and jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.campaign import FakeCampaign
from emulator.exceptions import resource_in_use, resource_not_found
from emulator.rules import checked_tags

if TYPE_CHECKING:
    from emulator.batch_inference_job import BatchInferenceJobs, FakeBatchInferenceJob
    from emulator.campaign import Campaigns
    from emulator.world import Answer, Request, World


class Tags:
    """Tag, untag and list, for whatever of one place carries tags."""

    def __init__(self, *, world: World, campaigns: Campaigns, jobs: BatchInferenceJobs) -> None:
        self._world = world
        self._campaigns = campaigns
        self._jobs = jobs

    def tag(self, request: Request) -> Answer:
        resource = self._changeable(request["resourceArn"])
        resource.tags = checked_tags(request, world=self._world, present=resource.tags)
        return {}

    def untag(self, request: Request) -> Answer:
        resource = self._changeable(request["resourceArn"])
        unwanted = set(request["tagKeys"])
        resource.tags = {key: each for key, each in resource.tags.items() if key not in unwanted}
        return {}

    def list_all(self, request: Request) -> Answer:
        tags = self._find(request["resourceArn"]).tags
        return {"tags": [{"tagKey": key, "tagValue": each} for key, each in tags.items()]}

    def _find(self, arn: str) -> FakeCampaign | FakeBatchInferenceJob:
        found = self._campaigns.all().get(arn) or self._jobs.all().get(arn)
        if found is None:
            raise resource_not_found(arn)
        return found

    def _changeable(self, arn: str) -> FakeCampaign | FakeBatchInferenceJob:
        found = self._find(arn)
        if isinstance(found, FakeCampaign) and found.deletion and found.deletion.running:
            raise resource_in_use(arn, found.status)
        return found
