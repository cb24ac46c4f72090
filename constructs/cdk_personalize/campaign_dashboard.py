"""A dashboard of campaigns: traffic, latency and errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_personalize.campaign_base import ICampaign
from cdk_personalize.faults import shown

_HEIGHT = 6
_WIDTH = 8
"""A third of CloudWatch's grid of 24 columns."""


class CampaignDashboard(Construct):
    """A CloudWatch dashboard with one row a campaign, for the operators of a service.

    A row shows the calls a second against the provisioned ones, the latency, and the errors.

    Args:
        scope: Where the dashboard belongs.
        id: Its name in that scope.
        campaigns: The campaigns, top to bottom; at least one.
        dashboard_name: Its name in CloudWatch. Default: made by CloudFormation.
        default_interval: The time that it shows at first. Default: CloudWatch's, 3 hours.

    Attributes:
        dashboard: The CDK's dashboard, to add further widgets to.

    Raises:
        ValueError: There is no campaign, or one of them is none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        campaigns: Sequence[ICampaign],
        dashboard_name: str | None = None,
        default_interval: cdk.Duration | None = None,
    ) -> None:
        super().__init__(scope, id)
        if not campaigns:
            raise ValueError(f"{self.node.path} needs a campaign: campaigns=[campaign].")
        others = [each for each in campaigns if not isinstance(each, ICampaign)]
        if others:
            raise ValueError(
                f"{self.node.path} shows campaigns, and {shown(others[0])} is none. For others "
                "there are their own metrics, such as recommender.metric_get_recommendations()."
            )
        self.dashboard: cloudwatch.Dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=dashboard_name,
            default_interval=default_interval,
        )
        for campaign in campaigns:
            self.dashboard.add_widgets(*campaign_widgets(campaign))


def campaign_widgets(campaign: ICampaign) -> list[cloudwatch.IWidget]:
    """The widgets of one campaign, for a dashboard of your own: traffic, latency, errors.

    Args:
        campaign: Shown. A line for `min_provisioned_tps` is drawn where that is known.
    """
    return [_traffic(campaign), _latency(campaign), _errors(campaign)]


def _traffic(campaign: ICampaign) -> cloudwatch.IWidget:
    tps = campaign.min_provisioned_tps
    provisioned = (
        []
        if tps is None
        else [
            cloudwatch.HorizontalAnnotation(
                value=tps, label="Provisioned", color=cloudwatch.Color.ORANGE
            )
        ]
    )
    return _graph(
        f"{campaign.campaign_name}: calls per second",
        [
            _rate("items", campaign.metric_get_recommendations()),
            _rate("ranks", campaign.metric_get_personalized_ranking()),
        ],
        label="Calls per second",
        annotations=provisioned,
    )


def _latency(campaign: ICampaign) -> cloudwatch.IWidget:
    maximum = cloudwatch.Stats.MAXIMUM
    return _graph(
        f"{campaign.campaign_name}: latency",
        [
            campaign.metric_get_recommendations_latency(label="GetRecommendations, average"),
            campaign.metric_get_recommendations_latency(
                label="GetRecommendations, maximum", statistic=maximum
            ),
            campaign.metric_get_personalized_ranking_latency(
                label="GetPersonalizedRanking, average"
            ),
            campaign.metric_get_personalized_ranking_latency(
                label="GetPersonalizedRanking, maximum", statistic=maximum
            ),
        ],
        label="Milliseconds",
    )


def _errors(campaign: ICampaign) -> cloudwatch.IWidget:
    return _graph(
        f"{campaign.campaign_name}: errors",
        [
            campaign.metric_get_recommendations_4xx_errors(label="GetRecommendations, 4xx"),
            campaign.metric_get_recommendations_5xx_errors(label="GetRecommendations, 5xx"),
            campaign.metric_get_personalized_ranking_4xx_errors(
                label="GetPersonalizedRanking, 4xx"
            ),
            campaign.metric_get_personalized_ranking_5xx_errors(
                label="GetPersonalizedRanking, 5xx"
            ),
        ],
        label="Calls",
    )


def _rate(id_in_graph: str, calls: cloudwatch.Metric) -> cloudwatch.IMetric:
    """Calls a second, from the number of calls in a period."""
    rate = cloudwatch.MathExpression(
        expression=f"{id_in_graph} / PERIOD({id_in_graph})",
        using_metrics={id_in_graph: calls},
        label=calls.metric_name,
    )
    # jsii's classes name some parameters unlike their interfaces do, which pyright minds.
    return cast("cloudwatch.IMetric", rate)


def _graph(
    title: str,
    metrics: Sequence[cloudwatch.IMetric],
    *,
    label: str,
    annotations: Sequence[cloudwatch.HorizontalAnnotation] = (),
) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=metrics,
        left_y_axis=cloudwatch.YAxisProps(label=label, min=0, show_units=False),
        left_annotations=list(annotations),
        height=_HEIGHT,
        width=_WIDTH,
    )
