"""The same stack of campaigns three times: ours, on the CDK's Provider framework, and native."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import assertions, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_personalize as personalize

from cdk_personalize import Campaign

SOLUTION_ARN: Final = "arn:aws:personalize:us-east-1:123456789012:solution/movies"
SOLUTION_VERSION_ARN: Final = f"{SOLUTION_ARN}/5f3a9c1e"
FUNCTIONS: Final = Path(__file__).with_name("functions")
"""The code that the peers' users write."""
MEMORY_MB: Final = 256
"""Of the functions that users write: as much as our handler has."""
CONTEXT: Final[Mapping[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "cdk.json").read_text(encoding="utf-8")
)["context"]

Build = Callable[[cdk.Stack, int], None]
"""Adds so many campaigns to a stack."""


def ours(stack: cdk.Stack, count: int) -> None:
    """With this library's construct."""
    for number in range(1, count + 1):
        Campaign(stack, f"Campaign{number}", solution_version=SOLUTION_VERSION_ARN)


def native(stack: cdk.Stack, count: int) -> None:
    """With CloudFormation's own resource, which the CDK's own validation does not know yet."""
    cdk.Validations.of(stack).acknowledge(
        cdk.Acknowledgment(id="CloudFormation-Validate::F3006", reason="it is newer than the rule")
    )
    for number in range(1, count + 1):
        personalize.CfnCampaign(
            stack,
            f"Campaign{number}",
            name=f"campaign-{number}",
            solution_version_arn=SOLUTION_VERSION_ARN,
            min_provisioned_tps=1,
        )


def framework(stack: cdk.Stack, count: int, *, timeout: cdk.Duration | None = None) -> None:
    """With the CDK's Provider framework, at its defaults, around the functions of a user.

    Args:
        stack: Where it goes.
        count: How many campaigns.
        timeout: The framework's `total_timeout`; its default is 30 minutes.
    """
    code = lambda_.Code.from_asset(str(FUNCTIONS), exclude=["__pycache__"])

    def function(name: str, handler: str) -> lambda_.Function:
        made = lambda_.Function(
            stack,
            name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=f"for_provider.{handler}",
            code=code,
            memory_size=MEMORY_MB,
            timeout=cdk.Duration.seconds(30),
        )
        made.add_to_role_policy(
            iam.PolicyStatement(
                actions=[
                    f"personalize:{verb}Campaign" for verb in ("Create", "Describe", "Delete")
                ],
                resources=[
                    SOLUTION_ARN,
                    stack.format_arn(service="personalize", resource="campaign/*"),
                ],
            )
        )
        return made

    provider = custom_resources.Provider(
        stack,
        "Provider",
        on_event_handler=function("OnEvent", "on_event"),
        is_complete_handler=function("IsComplete", "is_complete"),
        total_timeout=timeout,
    )
    for number in range(1, count + 1):
        cdk.CustomResource(
            stack,
            f"Campaign{number}",
            service_token=provider.service_token,
            resource_type="Custom::PeerCampaign",
            properties={"SolutionVersionArn": SOLUTION_VERSION_ARN},
        )


BUILDS: Final[Mapping[str, Build]] = {"ours": ours, "native": native, "framework": framework}


def template(build: Build, count: int) -> dict[str, Any]:
    """The template of a stack with so many campaigns."""
    stack = cdk.Stack(cdk.App(context=dict(CONTEXT)), "Bench")
    build(stack, count)
    return dict(assertions.Template.from_stack(stack).to_json())
