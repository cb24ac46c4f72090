"""docs/solution-version.md: its example runs, and what it says of times and modes is the code's."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions, aws_personalize, aws_s3, aws_sqs
from aws_cdk import aws_events_targets as targets

import cdk_personalize
from cdk_personalize.solution_version import DEFAULT_TIMEOUT_H
from docs.pages import page
from personalize_provider.resources import LONGEST_TIMEOUT_S

VERSION = page("docs/solution-version.md")


@pytest.fixture(scope="module")
def template() -> assertions.Template:
    """What the page's example makes."""
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    given: dict[str, Any] = {
        **{name: getattr(cdk_personalize, name) for name in cdk_personalize.__all__},
        "aws_personalize": aws_personalize,
        "stack": stack,
        "targets": targets,
        "group_arn": "arn:aws:personalize:us-east-1:123456789012:dataset-group/movies",
        "data": aws_s3.Bucket(stack, "Data"),
        "queue": aws_sqs.Queue(stack, "Queue"),
    }
    (block,) = VERSION.blocks("python")
    exec(compile(block, VERSION.path, "exec"), given)  # noqa: S102 (the page's own example)
    return assertions.Template.from_stack(stack)


def test_the_example_trains_the_native_solution_and_uses_the_version_twice(
    template: assertions.Template,
) -> None:
    template.has_resource_properties(
        "Custom::PersonalizeSolutionVersion", {"SolutionArn": {"Ref": "Movies"}}
    )
    for kind in ("Custom::PersonalizeCampaign", "Custom::PersonalizeBatchInferenceJob"):
        arn = {"Fn::GetAtt": [assertions.Match.any_value(), "SolutionVersionArn"]}
        template.has_resource_properties(kind, {"SolutionVersionArn": arn})


def test_the_times_are_the_codes() -> None:
    text = " ".join(VERSION.section("How long").text.split())
    assert f"`timeout` is {DEFAULT_TIMEOUT_H} hours where nothing is said" in text
    assert f"and {LONGEST_TIMEOUT_S // 3600} hours at most" in text
