"""The kinds as a simulation sees them, told independently of the handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Properties = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of resource.

    Attributes:
        type: As templates call it.
        emulated: As the emulator calls it.
        arn_member: The member of a request that holds the ARN.
        arn_attribute: The attribute that holds it.
        changes: The operations that change or end a resource.
        can_go: Whether a Delete leaves nothing behind.
        can_stop: Whether a Delete ends what is under way, and leaves the rest.
        asked: What a template asks for, as `runs` tells it, defaults filled in.
        runs: What an emulated resource is configured with.
        replacing: The properties of which a changed one makes a new resource; None: all.
    """

    type: str
    emulated: str
    arn_member: str
    arn_attribute: str
    changes: tuple[str, ...] = ()
    can_go: bool = False
    can_stop: bool = False
    asked: Callable[[Properties], dict[str, Any]]
    runs: Callable[[Any], dict[str, Any]]
    replacing: tuple[str, ...] | None = None


def _weight(config: Properties, exploration: str, weight: str = "explorationWeight") -> Any:
    return (config.get(exploration) or {}).get(weight, "0.3")


def _campaign_asked(properties: Properties) -> dict[str, Any]:
    return {
        "version": properties["SolutionVersionArn"],
        "tps": str(properties.get("MinProvisionedTPS", 1)),
        "weight": _weight(properties.get("CampaignConfig", {}), "ItemExplorationConfig"),
    }


def _campaign_runs(found: Any) -> dict[str, Any]:
    return {
        "version": found.settings.solution_version_arn,
        "tps": str(found.settings.min_provisioned_tps or 1),
        "weight": _weight(found.settings.config or {}, "itemExplorationConfig"),
    }


def _job_asked(properties: Properties) -> dict[str, Any]:
    return {
        "version": properties["SolutionVersionArn"],
        "results": str(properties.get("NumResults")),
    }


def _job_runs(found: Any) -> dict[str, Any]:
    return {
        "version": found.request["solutionVersionArn"],
        "results": str(found.request.get("numResults")),
    }


def _version_asked(properties: Properties) -> dict[str, Any]:
    return {
        "solution": properties["SolutionArn"],
        "mode": properties.get("TrainingMode", "FULL"),
    }


def _version_runs(found: Any) -> dict[str, Any]:
    return {"solution": found.solution.arn, "mode": found.mode}


def _some(config: Properties, columns: str) -> dict[str, Any]:
    """The columns of a map that are any."""
    return {key: list(each) for key, each in (config.get(columns) or {}).items() if each}


_RATE = "inRecommendationRequestsPerSecond"


def _recommender_asked(properties: Properties) -> dict[str, Any]:
    config = properties.get("RecommenderConfig", {})
    return {
        "group": properties["DatasetGroupArn"],
        "recipe": properties["RecipeArn"],
        "rate": str(config.get(f"M{_RATE}", 1)),
        "weight": _weight(config, "ItemExplorationConfig"),
        "excluded": _some(config.get("TrainingDataConfig", {}), "ExcludedDatasetColumns"),
    }


def _recommender_runs(found: Any) -> dict[str, Any]:
    config = found.settings.config or {}
    return {
        "group": found.settings.dataset_group,
        "recipe": found.settings.recipe_arn,
        "rate": str(config.get(f"m{_RATE}", 1)),
        "weight": _weight(config, "itemExplorationConfig"),
        "excluded": _some(config.get("trainingDataConfig") or {}, "excludedDatasetColumns"),
    }


CAMPAIGN = Kind(
    type="Custom::PersonalizeCampaign",
    emulated="campaign",
    arn_member="campaignArn",
    arn_attribute="CampaignArn",
    changes=("UpdateCampaign", "DeleteCampaign"),
    can_go=True,
    asked=_campaign_asked,
    runs=_campaign_runs,
    replacing=("Name",),
)
JOB = Kind(
    type="Custom::PersonalizeBatchInferenceJob",
    emulated="batch-inference-job",
    arn_member="batchInferenceJobArn",
    arn_attribute="BatchInferenceJobArn",
    asked=_job_asked,
    runs=_job_runs,
)
SEGMENT_JOB = Kind(
    type="Custom::PersonalizeBatchSegmentJob",
    emulated="batch-segment-job",
    arn_member="batchSegmentJobArn",
    arn_attribute="BatchSegmentJobArn",
    asked=_job_asked,
    runs=_job_runs,
)
VERSION = Kind(
    type="Custom::PersonalizeSolutionVersion",
    emulated="solution-version",
    arn_member="solutionVersionArn",
    arn_attribute="SolutionVersionArn",
    changes=("StopSolutionVersionCreation",),
    can_stop=True,
    asked=_version_asked,
    runs=_version_runs,
)
RECOMMENDER = Kind(
    type="Custom::PersonalizeRecommender",
    emulated="recommender",
    arn_member="recommenderArn",
    arn_attribute="RecommenderArn",
    changes=("UpdateRecommender", "DeleteRecommender", "StartRecommender", "StopRecommender"),
    can_go=True,
    asked=_recommender_asked,
    runs=_recommender_runs,
    replacing=("Name", "DatasetGroupArn", "RecipeArn"),
)

KINDS: Mapping[str, Kind] = {
    kind.type: kind for kind in (CAMPAIGN, JOB, SEGMENT_JOB, VERSION, RECOMMENDER)
}
"""By the type that templates name."""

BY_EMULATED: Mapping[str, Kind] = {kind.emulated: kind for kind in KINDS.values()}

CHANGES: Mapping[str, Kind] = {change: kind for kind in KINDS.values() for change in kind.changes}
"""Every operation that changes or ends a resource."""
