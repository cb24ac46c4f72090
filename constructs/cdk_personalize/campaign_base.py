"""What every campaign offers, whether this app makes it or only refers to it."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Unpack

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk.interfaces import aws_personalize as references

from cdk_personalize.campaign_grants import (
    GET_ACTION_RECOMMENDATIONS,
    GET_PERSONALIZED_RANKING,
    GET_RECOMMENDATIONS,
    grant_on,
)
from cdk_personalize.campaign_metrics import MetricProps, metric_of
from cdk_personalize.resource import InvalidPropertiesError
from personalize_provider.resources import CAMPAIGN, Fault
from personalize_provider.schema import read

if TYPE_CHECKING:
    from constructs import Construct

_CAMPAIGN_ARN_RULE = (
    "be the ARN of a campaign (arn:PARTITION:personalize:REGION:ACCOUNT:campaign/NAME)"
)


@jsii.implements(references.ICampaignRef)
class ICampaign(cdk.Resource):
    """A campaign: one that this app makes (`Campaign`), or one that exists already.

    An abstract class, since a Python library cannot add interfaces to jsii's. The CDK's own
    constructs take it wherever they take an `ICampaignRef`.
    """

    @property
    @abc.abstractmethod
    def campaign_arn(self) -> str:
        """The campaign's ARN."""

    @property
    @abc.abstractmethod
    def campaign_name(self) -> str:
        """The campaign's name."""

    @property
    def min_provisioned_tps(self) -> jsii.Number | None:
        """Transactions per second that are kept at least; None where that is not known."""
        return None

    @property
    def campaign_ref(self) -> references.CampaignReference:
        """What the CDK's own constructs take as a campaign (`ICampaignRef`)."""
        return references.CampaignReference(campaign_arn=self.campaign_arn)

    def grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Allow someone to take actions on this campaign, by a statement in their own policy.

        A grantee that cannot use the grant draws the warning `cdk-personalize:grantWithoutEffect`:
        one of another account, or one without a policy of its own, such as a service.

        Args:
            grantee: A role, a user, a group, or what has a role, such as a Lambda function.
            actions: Such as `personalize:GetRecommendations`. Actions without a campaign as their
                resource, such as `personalize:ListCampaigns`, cannot be granted here.

        Raises:
            ValueError: There is no action, or one is not Amazon Personalize's.
        """
        return grant_on(self, grantee, actions)

    def grant_get_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow someone to get recommendations of items from this campaign.

        Args:
            grantee: See `grant`. Filters need no grant of their own.
        """
        return self.grant(grantee, GET_RECOMMENDATIONS)

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

    def metric(self, metric_name: str, **props: Unpack[MetricProps]) -> cloudwatch.Metric:
        """A metric of this campaign, from the namespace `AWS/Personalize`.

        Args:
            metric_name: Such as `GetRecommendations5xxErrors`.
            props: How it is read: see MetricProps.

        Source: Amazon Personalize Developer Guide, "CloudWatch metrics for Amazon Personalize".
        """
        return metric_of(self, metric_name, **props)

    def metric_get_recommendations(self, **props: Unpack[MetricProps]) -> cloudwatch.Metric:
        """Calls of GetRecommendations that succeeded. Default: their sum over 5 minutes."""
        return self.metric("GetRecommendations", **props)

    def metric_get_recommendations_4xx_errors(
        self, **props: Unpack[MetricProps]
    ) -> cloudwatch.Metric:
        """Calls of GetRecommendations that got a 4xx. Default: their sum over 5 minutes."""
        return self.metric("GetRecommendations4xxErrors", **props)

    def metric_get_recommendations_5xx_errors(
        self, **props: Unpack[MetricProps]
    ) -> cloudwatch.Metric:
        """Calls of GetRecommendations that got a 5xx. Default: their sum over 5 minutes."""
        return self.metric("GetRecommendations5xxErrors", **props)

    def metric_get_recommendations_latency(self, **props: Unpack[MetricProps]) -> cloudwatch.Metric:
        """Milliseconds of GetRecommendations, if no error. Default: average of 5 minutes."""
        return self.metric("GetRecommendationsLatency", **props)

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
        faults = _arn_faults(campaign_arn)
        if faults:
            path = "/".join(part for part in (scope.node.path, id) if part)
            raise InvalidPropertiesError(construct_path=path, faults=faults)
        super().__init__(scope, id, environment_from_arn=campaign_arn)
        self._arn = campaign_arn

    @property
    def campaign_arn(self) -> str:
        """The campaign's ARN, as it was given."""
        return self._arn

    @property
    def campaign_name(self) -> str:
        """The campaign's name, taken from the ARN."""
        if not cdk.Token.is_unresolved(self._arn):
            return self._arn.rpartition("/")[2]
        parts = self.stack.split_arn(self._arn, cdk.ArnFormat.SLASH_RESOURCE_NAME)
        return str(parts.resource_name)


def campaign_arn_of_name(scope: Construct, campaign_name: str) -> str:
    """ARN of the campaign of a name, where the stack that holds a construct is.

    Args:
        scope: A construct of that stack.
        campaign_name: 1 to 63 letters, digits, `-` and `_`, or a token.

    Raises:
        InvalidPropertiesError: It is no name of a campaign.
    """
    faults = _name_faults(campaign_name)
    if faults:
        raise InvalidPropertiesError(construct_path=scope.node.path, faults=faults)
    return cdk.Stack.of(scope).format_arn(
        service="personalize", resource=CAMPAIGN.arn_resource, resource_name=campaign_name
    )


def _name_faults(name: str) -> tuple[Fault, ...]:
    if cdk.Token.is_unresolved(name):
        return ()
    means = read(CAMPAIGN.properties.members[CAMPAIGN.name_member], name)[1]
    return tuple(
        Fault(
            property="Name",
            value=name,
            rule="be the name of a campaign: 1 to 63 letters, digits, hyphens or underscores",
            way_out="`aws personalize list-campaigns` shows the names. For an ARN there is "
            "Campaign.from_campaign_arn.",
        )
        for _ in means[:1]
    )


def _arn_faults(arn: str) -> tuple[Fault, ...]:
    if cdk.Token.is_unresolved(arn):
        return ()
    parts = arn.split(":", 5)
    kind, _, name = parts[-1].partition("/")
    is_ours = len(parts) == 6 and parts[0] == "arn" and parts[2] == "personalize"
    if is_ours and kind == CAMPAIGN.arn_resource and not _name_faults(name) and all(parts):
        return ()
    way_out = (
        f"This is the ARN of a {kind}. `aws personalize list-campaigns` shows those of campaigns."
        if is_ours and kind != CAMPAIGN.arn_resource
        else "`aws personalize list-campaigns` shows it. For a name alone there is "
        "Campaign.from_campaign_name."
    )
    return (Fault(property="CampaignArn", value=arn, rule=_CAMPAIGN_ARN_RULE, way_out=way_out),)
