"""How much popularity or freshness moves an item up the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk


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

    def to_map(self) -> dict[str, float]:
        """The map that the service takes, without what was left out."""
        weights = {"POPULARITY": self.popularity, "FRESHNESS": self.freshness}
        return {factor: weight for factor, weight in weights.items() if weight is not None}


RankingInfluenceLike = RankingInfluence | Mapping[str, float] | cdk.IResolvable
"""What `ranking_influence` takes: the value class, or the service's own map."""


def influence_map(
    influence: RankingInfluenceLike | None,
) -> Mapping[str, float] | cdk.IResolvable | None:
    """The map that the service takes, however it was given."""
    return influence.to_map() if isinstance(influence, RankingInfluence) else influence
