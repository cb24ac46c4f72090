"""docs/campaign.md: its examples run, and its tables are the code's."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions, aws_iam, aws_personalize, aws_s3

import cdk_personalize
from cdk_personalize.metrics import STATISTICS
from docs.pages import Page, bare, names, page

CAMPAIGN = page("docs/campaign.md")


def run(section: Page) -> assertions.Template:
    """The template of a stack that a section's examples build, one after the other."""
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    given: dict[str, Any] = {
        **{name: getattr(cdk_personalize, name) for name in cdk_personalize.__all__},
        "aws_iam": aws_iam,
        "aws_personalize": aws_personalize,
        "cdk": cdk,
        "stack": stack,
        "group_arn": "arn:aws:personalize:us-east-1:123456789012:dataset-group/movies",
        "data": aws_s3.Bucket(stack, "Data"),
    }
    for block in section.blocks("python"):
        exec(compile(block, CAMPAIGN.path, "exec"), given)  # noqa: S102 (the page's own examples)
    return assertions.Template.from_stack(stack)


def test_the_example_of_references_joins_native_resources() -> None:
    template = run(CAMPAIGN.section("References"))
    template.has_resource_properties(
        "Custom::PersonalizeCampaign",
        {"SolutionVersionArn": {"Fn::Join": ["", [{"Ref": "Movies"}, "/$LATEST"]]}},
    )
    template.has_resource_properties(
        "Custom::PersonalizeBatchInferenceJob", {"FilterArn": {"Ref": "Unseen"}}
    )


@pytest.mark.parametrize("name", ["from_campaign_arn", "from_campaign_name"])
def test_the_ways_to_refer_to_a_campaign_exist(name: str) -> None:
    assert f"Campaign.{name}(" in CAMPAIGN.section("References").text
    assert callable(getattr(cdk_personalize.Campaign, name))


def test_the_grants_are_told_with_their_actions() -> None:
    rows = CAMPAIGN.section("Grants").table("Method")
    told = {bare(row["Method"]): names(row["Allows"]) for row in rows}
    offered = {name for name in dir(cdk_personalize.ICampaign) if name.startswith("grant")}
    assert told.keys() == offered
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    campaign = cdk_personalize.Campaign.from_campaign_name(stack, "Campaign", "shop")
    for method, actions in told.items():
        if actions:
            grant = getattr(campaign, method)(aws_iam.User(stack, method))
            assert grant.principal_statement.actions == actions


def test_the_example_of_grants_adds_to_the_callers_policy() -> None:
    template = run(CAMPAIGN.section("Grants"))
    template.resource_count_is("AWS::IAM::Policy", 1)


def test_the_metrics_are_told_with_their_units_and_statistics() -> None:
    rows = CAMPAIGN.section("Metrics").table("Method")
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    campaign = cdk_personalize.Campaign.from_campaign_name(stack, "Campaign", "shop")
    for row in rows:
        metric = getattr(campaign, bare(row["Method"]))()
        assert (metric.metric_name, metric.statistic) == (bare(row["Metric"]), row["Statistic"])
        assert (row["Unit"] == "milliseconds") == metric.metric_name.endswith("Latency")
    assert [bare(row["Metric"]) for row in rows] == list(STATISTICS)


def test_what_a_metric_takes_is_told_whole() -> None:
    text = CAMPAIGN.section("Metrics").text
    taken = cdk_personalize.MetricProps.__optional_keys__
    assert {name for name in taken if f"`{name}`" not in text} == set()


def test_the_example_of_metrics_makes_an_alarm_and_a_dashboard() -> None:
    template = run(CAMPAIGN.section("Metrics"))
    template.resource_count_is("AWS::CloudWatch::Alarm", 1)
    template.resource_count_is("AWS::CloudWatch::Dashboard", 1)
