"""How much popularity or freshness moves an item up the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk

from cdk_personalize.faults import missing_faults, text_faults
from personalize_provider.resources import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingInfluence:
    """The service's `rankingInfluence`.

    Attributes:
        popularity: Weight of an item's popularity, 0 to 1. Default: no influence.
        freshness: Weight of an item's freshness, 0 to 1. Default: no influence.

    Source: Amazon Personalize API reference, CampaignConfig and BatchInferenceJobConfig.
    """

    popularity: float | None = None
    freshness: float | None = None

    def faults(self, *, path: str) -> tuple[Fault, ...]:
        """What the rules let pass, since CloudFormation makes texts of numbers.

        Args:
            path: The property that holds the map, for the message.
        """
        found: tuple[Fault, ...] = ()
        for factor, weight in self.to_map().items():
            found += text_faults(f"{path}.{factor}", weight)
        return found

    def to_map(self) -> dict[str, float]:
        """The map that the service takes, without what was left out."""
        weights = {"POPULARITY": self.popularity, "FRESHNESS": self.freshness}
        return {factor: weight for factor, weight in weights.items() if weight is not None}


RankingInfluenceLike = RankingInfluence | Mapping[str, float] | cdk.IResolvable
"""What `ranking_influence` takes: the value class, or the service's own map."""


def influence_faults(influence: RankingInfluenceLike | None, *, path: str) -> tuple[Fault, ...]:
    """The faults that the rules cannot see: of the value class, and of entries without a value."""
    if isinstance(influence, RankingInfluence):
        return influence.faults(path=path)
    return missing_faults(path, influence)


def influence_map(
    influence: RankingInfluenceLike | None,
) -> Mapping[str, float] | cdk.IResolvable | None:
    """The map that the service takes, however it was given."""
    return influence.to_map() if isinstance(influence, RankingInfluence) else influence
