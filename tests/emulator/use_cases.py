"""The recipes of recommenders: what each domain can be asked for.

Source: developer guide, "ECOMMERCE use cases" and "VIDEO_ON_DEMAND use cases".
"""

from __future__ import annotations

from dataclasses import dataclass

ECOMMERCE = "ECOMMERCE"
VIDEO_ON_DEMAND = "VIDEO_ON_DEMAND"
DOMAINS = (ECOMMERCE, VIDEO_ON_DEMAND)


@dataclass(frozen=True, kw_only=True)
class UseCase:
    """What a recipe of a domain allows.

    Args:
        explores: It recommends to a user, rather than what is popular or similar, and so takes an
            itemExplorationConfig. Source: API reference, "RecommenderConfig".
    """

    domain: str
    explores: bool = False


USE_CASES = {
    "aws-ecomm-popular-items-by-views": UseCase(domain=ECOMMERCE),
    "aws-ecomm-popular-items-by-purchases": UseCase(domain=ECOMMERCE),
    "aws-ecomm-frequently-bought-together": UseCase(domain=ECOMMERCE),
    "aws-ecomm-customers-who-viewed-x-also-viewed": UseCase(domain=ECOMMERCE),
    "aws-ecomm-recommended-for-you": UseCase(domain=ECOMMERCE, explores=True),
    "aws-vod-most-popular": UseCase(domain=VIDEO_ON_DEMAND),
    "aws-vod-because-you-watched-x": UseCase(domain=VIDEO_ON_DEMAND),
    "aws-vod-more-like-x": UseCase(domain=VIDEO_ON_DEMAND),
    "aws-vod-trending-now": UseCase(domain=VIDEO_ON_DEMAND),
    "aws-vod-top-picks": UseCase(domain=VIDEO_ON_DEMAND, explores=True),
}
