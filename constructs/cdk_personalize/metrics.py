"""What CloudWatch knows of a campaign or a recommender.

Source: Amazon Personalize Developer Guide, "CloudWatch metrics for Amazon Personalize"
(https://docs.aws.amazon.com/personalize/latest/dg/cloudwatch-metrics.html). It tells of campaigns
alone; that those of GetRecommendations exist for recommenders too, with the dimension
RecommenderArn, is what AWS's own sample `amazon-personalize-monitor` reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict, Unpack

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from personalize_provider.schema import cloudformation_name

if TYPE_CHECKING:
    from cdk_personalize.endpoint import Endpoint

NAMESPACE = "AWS/Personalize"

STATISTICS: Mapping[str, str] = {
    "GetRecommendations": cloudwatch.Stats.SUM,
    "GetRecommendations4xxErrors": cloudwatch.Stats.SUM,
    "GetRecommendations5xxErrors": cloudwatch.Stats.SUM,
    "GetRecommendationsLatency": cloudwatch.Stats.AVERAGE,
    "GetPersonalizedRanking": cloudwatch.Stats.SUM,
    "GetPersonalizedRanking4xxErrors": cloudwatch.Stats.SUM,
    "GetPersonalizedRanking5xxErrors": cloudwatch.Stats.SUM,
    "GetPersonalizedRankingLatency": cloudwatch.Stats.AVERAGE,
}
"""Metric -> the statistic that says most.

The two that count successful calls support Sum alone; all others support Average, Minimum, Maximum
and Sum. GetActionRecommendations has no metrics.
"""


class MetricProps(TypedDict, total=False):
    """How a metric is read, as the CDK's own `metric` methods take it.

    Attributes:
        account: Account of the metric. Default: the resource's.
        color: Its colour in graphs, such as `#1f77b4`. Default: CloudWatch's choice.
        label: Its name in graphs. Default: CloudWatch's choice.
        period: How long one value spans. Default: 5 minutes.
        region: Region of the metric. Default: the resource's.
        statistic: Such as `cloudwatch.Stats.MAXIMUM`. Default: Sum for numbers of calls, Average
            for latencies and for metrics that the library does not know.
        unit: Only values of this unit count. Default: all values.
        visible: Whether it is drawn in graphs. Default: true.

    Source: AWS CDK API reference, MetricOptions.
    """

    account: str
    color: str
    label: str
    period: cdk.Duration
    region: str
    statistic: str
    unit: cloudwatch.Unit
    visible: bool


def metric_of(
    endpoint: Endpoint, metric_name: str, **props: Unpack[MetricProps]
) -> cloudwatch.Metric:
    """One metric of one campaign or recommender.

    Args:
        endpoint: Whose.
        metric_name: Such as `GetRecommendations5xxErrors`.
        props: How it is read.
    """
    usual = STATISTICS.get(metric_name, cloudwatch.Stats.AVERAGE)
    complete: MetricProps = {"statistic": usual, **props}
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=metric_name,
        dimensions_map={cloudformation_name(endpoint.spec.arn_member): endpoint.endpoint_arn},
        **_place(endpoint),
        **complete,
    )


def _place(endpoint: Endpoint) -> dict[str, str]:
    """Where the metric is, so that dashboards and alarms elsewhere name it.

    What is a token is left out: a metric that is placed by a token counts as one of elsewhere,
    and the CDK refuses alarms on those.
    """
    place = {"stack_account": endpoint.env.account, "stack_region": endpoint.env.region}
    return {key: value for key, value in place.items() if not cdk.Token.is_unresolved(value)}
