"""docs/recommender.md: its example runs, and its tables and times are the code's."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import assertions, aws_iam, aws_personalize

import cdk_personalize
from cdk_personalize import IRecommender
from cdk_personalize.recommender import DEFAULT_TIMEOUT_H
from docs.pages import names, page
from personalize_provider.resources import LONGEST_TIMEOUT_S, RECOMMENDER
from personalize_provider.schema import cloudformation_name

PAGE = page("docs/recommender.md")


def test_the_example_makes_a_recommender_that_a_caller_may_ask() -> None:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    given: dict[str, Any] = {
        **{name: getattr(cdk_personalize, name) for name in cdk_personalize.__all__},
        "aws_personalize": aws_personalize,
        "stack": stack,
        "caller": aws_iam.User(stack, "Caller"),
    }
    (block,) = PAGE.blocks("python")
    exec(compile(block, PAGE.path, "exec"), given)  # noqa: S102 (the page's own example)
    template = assertions.Template.from_stack(stack)
    template.has_resource_properties(
        RECOMMENDER.cloudformation_type, {"DatasetGroupArn": {"Ref": "Shop"}}
    )
    template.resource_count_is("AWS::CloudWatch::Alarm", 1)


def test_what_replaces_a_recommender_is_what_no_update_changes() -> None:
    (first, *_) = PAGE.section("Changes").table("What changes")
    fixed = {cloudformation_name(member) for member in RECOMMENDER.fixed_members}
    assert fixed == {"DatasetGroupArn", "RecipeArn"}
    assert names(first["What changes"]) == ["dataset_group", "recipe_arn", "recommender_name"]


def test_the_times_are_the_codes() -> None:
    text = " ".join(PAGE.section("How long").text.split())
    assert f"`timeout` is {DEFAULT_TIMEOUT_H} hours where nothing is said" in text
    assert f"and {LONGEST_TIMEOUT_S // 3600} hours at most" in text


def test_every_grant_and_metric_is_told() -> None:
    text = PAGE.section("References, grants and metrics").text
    offered = {name for name in dir(IRecommender) if name.startswith(("grant", "metric"))}
    assert {name for name in offered if f"`{name}" not in text} == set()
