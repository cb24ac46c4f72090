"""docs/campaign.md: its examples run, and its tables are the code's."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions, aws_personalize, aws_s3

import cdk_personalize
from docs.pages import Page, page

CAMPAIGN = page("docs/campaign.md")


def run(section: Page) -> assertions.Template:
    """The template of a stack that a section's examples build, one after the other."""
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    names: dict[str, Any] = {
        **{name: getattr(cdk_personalize, name) for name in cdk_personalize.__all__},
        "aws_personalize": aws_personalize,
        "cdk": cdk,
        "stack": stack,
        "group_arn": "arn:aws:personalize:us-east-1:123456789012:dataset-group/movies",
        "data": aws_s3.Bucket(stack, "Data"),
    }
    for block in section.blocks("python"):
        exec(compile(block, CAMPAIGN.path, "exec"), names)  # noqa: S102 (the page's own examples)
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
