"""A look into Personalize from behind, past its API: for invariants only."""

from __future__ import annotations

from typing import Any

from emulator.batch_inference_job import BatchInferenceJobs
from emulator.campaign import Campaigns
from emulator.states import CREATE_FAILED
from emulator.world import Place
from simulator.wire import ACCOUNT, REGION
from simulator.world import World

STACK_TAG = "cdk-personalize:stack-id"
LOGICAL_TAG = "cdk-personalize:logical-id"
_CREATES = {"CreateCampaign": "campaign", "CreateBatchInferenceJob": "batch-inference-job"}
_TOOK_EFFECT = ("ok", "dropped after")


class Inspection:
    """What really is there."""

    def __init__(self, world: World) -> None:
        self._personalize = world.personalize
        self._place = Place(account=ACCOUNT, region=REGION)

    def described(self, arn: str) -> dict[str, Any] | None:
        """Status, how the latest update fares, and what configuration serves; None: not there."""
        self._personalize.look()
        region = self._personalize.region(self._place)
        campaign = region.of(Campaigns).all().get(arn)
        if campaign is not None:
            config = campaign.settings.config or {}
            exploration = config.get("itemExplorationConfig", {})
            return {
                "status": campaign.status,
                "updating": campaign.updating,
                "update_failed": (
                    campaign.update is not None and campaign.update.work.status == CREATE_FAILED
                ),
                "configuration": {
                    "version": campaign.settings.solution_version_arn,
                    "tps": str(campaign.settings.min_provisioned_tps or 1),
                    "weight": exploration.get("explorationWeight", "0.3"),
                },
            }
        job = region.of(BatchInferenceJobs).all().get(arn)
        if job is None:
            return None
        return {
            "status": job.status,
            "updating": False,
            "update_failed": False,
            "configuration": {
                "version": job.request["solutionVersionArn"],
                "results": str(job.request.get("numResults")),
            },
        }

    def makers(self, arn: str) -> set[tuple[str, str]]:
        """The (stack id, logical id) of everyone who ever made a resource of that ARN."""
        name = arn.rsplit("/", 1)[-1]
        made = set()
        for entry in self._personalize.log():
            kind = _CREATES.get(entry.get("operation", ""))
            if kind is None or entry["name"] != name or f":{kind}/" not in arn:
                continue
            if entry["outcome"] in _TOOK_EFFECT:
                tags = {tag["tagKey"]: tag["tagValue"] for tag in entry["input"].get("tags", [])}
                made.add((tags.get(STACK_TAG, ""), tags.get(LOGICAL_TAG, "")))
        return made
