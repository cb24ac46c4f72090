"""What every campaign offers, whether this app makes it or only refers to it."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar, Unpack

import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk.interfaces import aws_personalize as references

from cdk_personalize.endpoint import Endpoint, checked_arn, name_in
from cdk_personalize.grants import GET_ACTION_RECOMMENDATIONS, GET_PERSONALIZED_RANKING
from cdk_personalize.metrics import MetricProps
from personalize_provider.resources import CAMPAIGN

if TYPE_CHECKING:
    from constructs import Construct

    from personalize_provider.resources import ResourceSpec


@jsii.implements(references.ICampaignRef)
class ICampaign(Endpoint):
    """A campaign: one that this app makes (`Campaign`), or one that exists already.

    An abstract class, since a Python library cannot add interfaces to jsii's. The CDK's own
    constructs take it wherever they take an `ICampaignRef`.
    """

    spec: ClassVar[ResourceSpec] = CAMPAIGN

    @property
    @abc.abstractmethod
    def campaign_arn(self) -> str:
        """The campaign's ARN."""

    @property
    @abc.abstractmethod
    def campaign_name(self) -> str:
        """The campaign's name."""

    @property
    def endpoint_arn(self) -> str:
        """The campaign's ARN, which calls name."""
        return self.campaign_arn

    @property
    def min_provisioned_tps(self) -> jsii.Number | None:
        """Transactions per second that are kept at least; None where that is not known."""
        return None

    @property
    def campaign_ref(self) -> references.CampaignReference:
        """What the CDK's own constructs take as a campaign (`ICampaignRef`)."""
        return references.CampaignReference(campaign_arn=self.campaign_arn)

    def grant_get_personalized_ranking(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow someone to have lists of items ranked by this campaign.

        Args:
            grantee: See `grant`. Filters need no grant of their own.
        """
        return self.grant(grantee, GET_PERSONALIZED_RANKING)

    def grant_get_action_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow someone to get recommendations of actions from this campaign.

        Args:
            grantee: See `grant`. Filters need no grant of their own.
        """
        return self.grant(grantee, GET_ACTION_RECOMMENDATIONS)

    def metric_get_personalized_ranking(self, **props: Unpack[MetricProps]) -> cloudwatch.Metric:
        """Calls of GetPersonalizedRanking that succeeded. Default: their sum over 5 minutes."""
        return self.metric("GetPersonalizedRanking", **props)

    def metric_get_personalized_ranking_4xx_errors(
        self, **props: Unpack[MetricProps]
    ) -> cloudwatch.Metric:
        """Calls of GetPersonalizedRanking that got a 4xx. Default: their sum over 5 minutes."""
        return self.metric("GetPersonalizedRanking4xxErrors", **props)

    def metric_get_personalized_ranking_5xx_errors(
        self, **props: Unpack[MetricProps]
    ) -> cloudwatch.Metric:
        """Calls of GetPersonalizedRanking that got a 5xx. Default: their sum over 5 minutes."""
        return self.metric("GetPersonalizedRanking5xxErrors", **props)

    def metric_get_personalized_ranking_latency(
        self, **props: Unpack[MetricProps]
    ) -> cloudwatch.Metric:
        """Milliseconds of GetPersonalizedRanking, if no error. Default: average of 5 minutes."""
        return self.metric("GetPersonalizedRankingLatency", **props)


class ImportedCampaign(ICampaign):
    """A campaign that exists already; it adds nothing to the template.

    Args:
        scope: Where it is referred to.
        id: Its name in that scope.
        campaign_arn: The ARN, plain or a token. Account and region are taken from it.

    Raises:
        InvalidPropertiesError: It is no ARN of a campaign.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        campaign_arn: str,
    ) -> None:
        self._arn = checked_arn(scope, id, campaign_arn, spec=CAMPAIGN)
        super().__init__(scope, id, environment_from_arn=self._arn)

    @property
    def campaign_arn(self) -> str:
        """The campaign's ARN, as it was given."""
        return self._arn

    @property
    def campaign_name(self) -> str:
        """The campaign's name, taken from the ARN."""
        return name_in(self.stack, self._arn)
