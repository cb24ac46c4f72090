"""docs/provider.md: its example runs, and its table is the settings' fields."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

import cdk_personalize
from cdk_personalize import ProviderSettings
from cdk_personalize.provider import LAST_RESORT_MEMORY_MB
from cdk_personalize.provider_settings import LARGEST_MEMORY_MB, LOG_LEVELS, SMALLEST_MEMORY_MB
from docs.pages import bare, names, page

PROVIDER = page("docs/provider.md")


def test_every_setting_is_told() -> None:
    rows = PROVIDER.section("Settings").table("Setting")
    assert [bare(row["Setting"]) for row in rows] == [
        each.name for each in fields(ProviderSettings)
    ]


def test_defaults_and_limits_are_the_codes() -> None:
    rows = {bare(row["Setting"]): row for row in PROVIDER.section("Settings").table("Setting")}
    assert rows["memory_mb"]["Default"] == str(ProviderSettings().memory_mb)
    limits = f"{SMALLEST_MEMORY_MB} to {LARGEST_MEMORY_MB:,}"
    assert limits in rows["memory_mb"]["Meaning"]
    assert f"the last resort has {LAST_RESORT_MEMORY_MB}" in rows["memory_mb"]["Meaning"]
    assert tuple(names(rows["log_level"]["Meaning"])) == LOG_LEVELS


def test_the_example_encrypts_and_keeps_the_log() -> None:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    run(PROVIDER.section("Settings").blocks("python"), stack=stack)
    assertions.Template.from_stack(stack).has_resource_properties(
        "AWS::Logs::LogGroup",
        {"RetentionInDays": 365, "KmsKeyId": assertions.Match.any_value()},
    )


def test_the_examples_of_sharing_make_one_provider_and_a_policy_for_each_stack() -> None:
    app = cdk.App(analytics_reporting=False)
    other = cdk.Stack(app, "Other")
    made = run(PROVIDER.section("One for many stacks").blocks("python"), app=app, other_stack=other)
    for stack in (made["shop"], other):
        template = assertions.Template.from_stack(stack)
        template.resource_count_is("AWS::Lambda::Function", 0)
        template.resource_count_is("AWS::IAM::Policy", 1)
    platform = assertions.Template.from_stack(made["platform"])
    platform.resource_count_is("AWS::Lambda::Function", 2)
    exported = {each["Export"]["Name"] for each in platform.find_outputs("*").values()}
    imported = assertions.Template.from_stack(other).to_json()
    for name in re.findall(r'import_value\("(.+?)"\)', PROVIDER.text):
        assert name in exported
        assert name in str(imported)


def run(blocks: list[str], **given: Any) -> dict[str, Any]:
    """Runs a page's own examples, one after the other, and gives what they have made."""
    names_known: dict[str, Any] = {
        **{name: getattr(cdk_personalize, name) for name in cdk_personalize.__all__},
        "cdk": cdk,
        "kms": kms,
        "logs": logs,
        "SOLUTION_VERSION_ARN": "arn:aws:personalize:us-east-1:123456789012:solution/movies/1",
        **given,
    }
    for block in blocks:
        exec(compile(block, PROVIDER.path, "exec"), names_known)  # noqa: S102 (its own example)
    return names_known
