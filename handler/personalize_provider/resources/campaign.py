"""The campaign: a solution version that is deployed for real-time recommendations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from personalize_provider.resources.regions import one_place
from personalize_provider.resources.shapes import (
    EXPLORATION,
    EXPLORATION_DEFAULTS,
    NAME,
    RANKING_INFLUENCE,
    SOLUTION_VERSION_ARN,
    exploration_faults,
    known,
    solution_version_faults,
)
from personalize_provider.resources.spec import Change, Operations, ResourceSpec
from personalize_provider.schema import Boolean, Fault, Integer, Opaque, Structure


def _exploration(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    return exploration_faults(desired, config="campaignConfig", opaque=opaque)


def _solution_version(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    return solution_version_faults(desired, latest=True, opaque=opaque)


def _latest_goes_with_sync(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    """`<solution ARN>/$LATEST` and syncWithLatestSolutionVersion only make sense together."""
    arn = known(desired, "solutionVersionArn", opaque=opaque)
    config = desired.get("campaignConfig", {})
    sync = False if opaque(config) else config.get("syncWithLatestSolutionVersion", False)
    if arn is None or opaque(config) or opaque(sync):
        return
    if arn.endswith("/$LATEST") and not sync:
        yield Fault(
            property="CampaignConfig.SyncWithLatestSolutionVersion",
            value=sync,
            rule="be true when SolutionVersionArn ends with /$LATEST",
            way_out="Set it to true, or give the ARN of one version.",
        )
    elif sync and not arn.endswith("/$LATEST"):
        yield Fault(
            property="SolutionVersionArn",
            value=arn,
            rule="end with /$LATEST when SyncWithLatestSolutionVersion is true",
            way_out="Give <solution ARN>/$LATEST, or leave the synchronization off.",
        )


def _follows_latest(desired: object, described: object) -> bool:
    """`<solution ARN>/$LATEST` may be described as such, or as the version that runs now."""
    if not isinstance(desired, str) or not isinstance(described, str):
        return False
    solution, _, version = desired.rpartition("/")
    return version == "$LATEST" and described.startswith(f"{solution}/")


CAMPAIGN = ResourceSpec(
    title="Campaign",
    cloudformation_type="Custom::PersonalizeCampaign",
    arn_resource="campaign",
    name_member="name",
    arn_member="campaignArn",
    described_member="campaign",
    update_member="latestCampaignUpdate",
    operations=Operations(
        create="CreateCampaign",
        describe="DescribeCampaign",
        update="UpdateCampaign",
        delete="DeleteCampaign",
    ),
    properties=Structure(
        members={
            "name": NAME,
            "solutionVersionArn": SOLUTION_VERSION_ARN,
            "minProvisionedTPS": Integer(minimum=1),
            "campaignConfig": Structure(
                members={
                    "itemExplorationConfig": EXPLORATION,
                    "enableMetadataWithRecommendations": Boolean(),
                    "syncWithLatestSolutionVersion": Boolean(),
                    "rankingInfluence": RANKING_INFLUENCE,
                }
            ),
        },
        required=frozenset({"name", "solutionVersionArn"}),
    ),
    created_from=("solution",),
    change=Change.IN_PLACE,
    defaults={
        "minProvisionedTPS": 1,
        "campaignConfig": {
            "itemExplorationConfig": EXPLORATION_DEFAULTS,
            "enableMetadataWithRecommendations": False,
            "syncWithLatestSolutionVersion": False,
            # An influence of 0 is none, and may be described as such.
            "rankingInfluence": {"POPULARITY": 0, "FRESHNESS": 0},
        },
    },
    attributes={
        "CampaignArn": ("campaignArn",),
        "Name": ("name",),
        "Status": ("status",),
        "CreationDateTime": ("creationDateTime",),
        "LastUpdatedDateTime": ("lastUpdatedDateTime",),
    },
    equivalent={"solutionVersionArn": _follows_latest},
    rules=(
        _solution_version,
        _latest_goes_with_sync,
        _exploration,
        one_place(("solutionVersionArn",)),
    ),
)
