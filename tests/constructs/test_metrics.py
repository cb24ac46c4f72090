"""Metrics: the service's names, statistics that say most, alarms in one line, a dashboard."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_personalize import Campaign, CampaignDashboard, campaign_widgets
from cdk_personalize.metrics import STATISTICS

ARN = "arn:aws:personalize:eu-west-1:210987654321:campaign/shop-window"
ALARM = "AWS::CloudWatch::Alarm"
DASHBOARD = "AWS::CloudWatch::Dashboard"


@pytest.fixture
def campaign(stack):
    return Campaign.from_campaign_arn(stack, "Campaign", ARN)


def method_of(metric_name):
    """`GetRecommendations5xxErrors` -> `metric_get_recommendations_5xx_errors`."""
    words = metric_name.replace("4xx", "_4xx_").replace("5xx", "_5xx_")
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in words)
    return "metric" + snake.replace("__", "_")


@pytest.mark.parametrize("name", STATISTICS)
def test_every_metric_has_a_method_and_the_statistic_that_says_most(campaign, name):
    metric = getattr(campaign, method_of(name))()
    assert metric.namespace == "AWS/Personalize"
    assert metric.metric_name == name
    assert metric.dimensions == {"CampaignArn": ARN}
    assert metric.statistic == ("Average" if name.endswith("Latency") else "Sum")
    assert metric.period.to_minutes() == 5


def test_there_is_no_method_without_a_metric():
    offered = {name for name in dir(Campaign) if name.startswith("metric_")}
    assert offered == {method_of(name) for name in STATISTICS}


def test_any_other_metric_is_read_by_its_name_as_an_average(campaign):
    metric = campaign.metric("GetPersonalizedRankingRequests")
    assert (metric.metric_name, metric.statistic) == ("GetPersonalizedRankingRequests", "Average")


def test_how_a_metric_is_read_can_be_said(campaign):
    metric = campaign.metric_get_recommendations_latency(
        statistic=cloudwatch.Stats.MAXIMUM,
        period=cdk.Duration.minutes(1),
        label="slowest",
        color="#1f77b4",
        unit=cloudwatch.Unit.MILLISECONDS,
        account="111111111111",
        region="us-east-1",
    )
    assert metric.statistic == "Maximum"
    assert metric.period.to_minutes() == 1
    assert (metric.label, metric.color) == ("slowest", "#1f77b4")
    assert metric.unit == cloudwatch.Unit.MILLISECONDS
    assert (metric.account, metric.region) == ("111111111111", "us-east-1")


def test_an_alarm_is_one_line(synthesize, version_arn):
    def build(stack):
        campaign = Campaign(stack, "Campaign", solution_version=version_arn)
        campaign.metric_get_recommendations_5xx_errors().create_alarm(
            stack, "Errors", threshold=5, evaluation_periods=1
        )

    made = synthesize(build)
    (name,) = made.of_type("Custom::PersonalizeCampaign")
    assert made.one(ALARM)["Properties"] == {
        "Namespace": "AWS/Personalize",
        "MetricName": "GetRecommendations5xxErrors",
        "Dimensions": [{"Name": "CampaignArn", "Value": f"${{{name}.CampaignArn}}"}],
        "Statistic": "Sum",
        "Period": 300,
        "Threshold": 5,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }


@pytest.mark.parametrize("arn_is_token", [True, False])
def test_an_alarm_on_an_imported_campaign_of_the_same_region_is_allowed(synthesize, arn_is_token):
    def build(stack):
        arn = cdk.CfnParameter(stack, "Arn").value_as_string if arn_is_token else ARN
        campaign = Campaign.from_campaign_arn(stack, "Campaign", arn)
        campaign.metric_get_recommendations().create_alarm(
            stack, "Traffic", threshold=5, evaluation_periods=1
        )

    env = cdk.Environment(account="210987654321", region="eu-west-1")
    assert synthesize(build, env=env).one(ALARM)["Properties"]["MetricName"]


def body_of(made):
    return json.loads(made.one(DASHBOARD)["Properties"]["DashboardBody"])


def graphs(body):
    return [widget["properties"] for widget in body["widgets"]]


def test_a_dashboard_shows_traffic_against_the_provisioned_one_latency_and_errors(
    synthesize, version_arn
):
    def build(stack):
        campaign = Campaign(stack, "Campaign", solution_version=version_arn, min_provisioned_tps=3)
        CampaignDashboard(stack, "Watch", campaigns=[campaign], dashboard_name="shop")

    made = synthesize(build)
    assert made.one(DASHBOARD)["Properties"]["DashboardName"] == "shop"
    traffic, latency, errors = graphs(body_of(made))
    drawn = [metric[0] for metric in traffic["metrics"] if isinstance(metric[0], dict)]
    assert {rate["label"]: rate["expression"] for rate in drawn} == {
        "GetRecommendations": "items / PERIOD(items)",
        "GetPersonalizedRanking": "ranks / PERIOD(ranks)",
    }
    (line,) = traffic["annotations"]["horizontal"]
    assert (line["value"], line["label"]) == (3, "Provisioned")
    shown = {metric[1] for graph in (latency, errors) for metric in graph["metrics"]}
    assert shown == {name for name in STATISTICS if name.endswith(("Latency", "Errors"))}
    assert latency["yAxis"]["left"]["label"] == "Milliseconds"


def test_the_provisioned_line_is_the_services_default_where_nothing_was_asked(
    synthesize, version_arn
):
    def build(stack):
        campaign = Campaign(stack, "Campaign", solution_version=version_arn)
        CampaignDashboard(stack, "Watch", campaigns=[campaign])

    (line,) = graphs(body_of(synthesize(build)))[0]["annotations"]["horizontal"]
    assert line["value"] == 1


def test_an_imported_campaign_has_no_line_and_its_graphs_name_its_region(synthesize):
    def build(stack):
        campaign = Campaign.from_campaign_arn(stack, "Campaign", ARN)
        assert campaign.min_provisioned_tps is None
        CampaignDashboard(stack, "Watch", campaigns=[campaign])

    env = cdk.Environment(account="210987654321", region="us-east-1")
    traffic, latency, _ = graphs(body_of(synthesize(build, env=env)))
    assert "annotations" not in traffic
    assert latency["title"] == "shop-window: latency"
    assert {metric[4]["region"] for metric in latency["metrics"]} == {"eu-west-1"}


@pytest.mark.parametrize("kind", ["number", "text", "any"])
def test_a_provisioning_that_is_a_token_reaches_the_dashboard(synthesize, version_arn, kind):
    def build(stack):
        parameter = cdk.CfnParameter(stack, "Tps", type="Number")
        tps = {
            "number": parameter.value_as_number,
            "text": parameter.value_as_string,
            "any": parameter.value,
        }[kind]
        campaign = Campaign(
            stack, "Campaign", solution_version=version_arn, min_provisioned_tps=tps
        )
        CampaignDashboard(stack, "Watch", campaigns=[campaign])

    assert '"value":${Tps}' in synthesize(build).one(DASHBOARD)["Properties"]["DashboardBody"]


def test_several_campaigns_are_a_row_each(synthesize):
    def build(stack):
        campaigns = [Campaign.from_campaign_name(stack, name, name) for name in ("first", "second")]
        CampaignDashboard(stack, "Watch", campaigns=campaigns)

    body = body_of(synthesize(build))
    assert [widget["y"] for widget in body["widgets"]] == [0, 0, 0, 6, 6, 6]
    assert [widget["x"] for widget in body["widgets"]] == [0, 8, 16, 0, 8, 16]
    assert all(w["properties"]["title"].startswith("first: ") for w in body["widgets"][:3])


def test_the_widgets_go_on_a_dashboard_of_ones_own(stack, campaign):
    dashboard = cloudwatch.Dashboard(stack, "Own")
    dashboard.add_widgets(*campaign_widgets(campaign))
    assert len(campaign_widgets(campaign)) == 3


def test_a_dashboard_without_a_campaign_is_refused(stack):
    with pytest.raises(ValueError, match="Shop/Watch needs a campaign"):
        CampaignDashboard(stack, "Watch", campaigns=[])
