"""docs/provider.md: its example runs, and its table is the settings' fields."""

from __future__ import annotations

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
    given: dict[str, Any] = {
        **{name: getattr(cdk_personalize, name) for name in cdk_personalize.__all__},
        "kms": kms,
        "logs": logs,
        "stack": stack,
        "SOLUTION_VERSION_ARN": "arn:aws:personalize:us-east-1:123456789012:solution/movies/1",
    }
    (block,) = PROVIDER.section("Settings").blocks("python")
    exec(compile(block, PROVIDER.path, "exec"), given)  # noqa: S102 (the page's own example)
    assertions.Template.from_stack(stack).has_resource_properties(
        "AWS::Logs::LogGroup",
        {"RetentionInDays": 365, "KmsKeyId": assertions.Match.any_value()},
    )
