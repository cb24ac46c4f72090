"""cdk-nag's packs AwsSolutions, NIST 800-53 R5 and HIPAA on the example app."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from cdk_personalize import Campaign, PersonalizeProvider, ProviderSettings
from docs.pages import PROJECT, names, page
from security.acknowledged import (
    THE_EXAMPLES,
    THE_PROVIDERS,
    THE_SETTINGS,
    Acknowledged,
    regulated,
    solutions,
)

PACKS = (cdk_nag.AwsSolutionsChecks, cdk_nag.NIST80053R5Checks, cdk_nag.HIPAASecurityChecks)
STACK = "Recommendations"

Finding = tuple[str, str]


@pytest.fixture(scope="module")
def build() -> Callable[[cdk.App], cdk.Stack]:
    """`build` of app.py."""
    spec = importlib.util.spec_from_file_location("nagged_app", PROJECT / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    made: Callable[[cdk.App], cdk.Stack] = module.build
    return made


def app_in(folder: Path) -> cdk.App:
    context = json.loads((PROJECT / "cdk.json").read_text())["context"]
    return cdk.App(analytics_reporting=False, context=context, outdir=str(folder))


def findings(app: cdk.App, folder: Path) -> set[Finding]:
    """(path below the stack, rule) of everything that the packs find."""
    for pack in PACKS:
        cdk.Validations.of(app).add_plugins(pack(app))
    try:
        app.synth()
    except RuntimeError as error:
        # Findings fail the synthesis, after the report of them was written.
        if "ValidationFailed" not in str(error):
            raise
    report: Any = json.loads((folder / "validation-report.json").read_text())
    return {
        (construct["constructPath"].removeprefix(f"{STACK}/"), violation["ruleName"])
        for pack in report["pluginReports"]
        for violation in pack["violations"]
        for construct in violation["violatingConstructs"]
    }


def all_of(rows: Iterable[Acknowledged]) -> set[Finding]:
    return {finding for row in rows for finding in row.findings()}


def test_every_finding_has_a_reason_and_every_reason_a_finding(
    build: Callable[[cdk.App], cdk.Stack], tmp_path: Path
) -> None:
    app = app_in(tmp_path)
    build(app)
    found = findings(app, tmp_path)
    told = all_of((*THE_PROVIDERS, *THE_EXAMPLES))
    assert found - told == set()
    assert told - found == set()


def test_with_the_acknowledgments_all_packs_pass(
    build: Callable[[cdk.App], cdk.Stack], tmp_path: Path
) -> None:
    app = app_in(tmp_path)
    stack = build(app)
    for row in (*THE_PROVIDERS, *THE_EXAMPLES):
        for path, rule in row.findings():
            construct = stack.node.find_child(path.partition("/")[0])
            for name in path.split("/")[1:]:
                construct = construct.node.find_child(name)
            cdk.Validations.of(construct).acknowledge(
                cdk.Acknowledgment(id=rule, reason=row.reason)
            )
    assert findings(app, tmp_path) == set()


def test_a_key_a_vpc_and_a_newer_runtime_leave_only_what_is_meant(
    build: Callable[[cdk.App], cdk.Stack], tmp_path: Path
) -> None:
    app = app_in(tmp_path)
    base = cdk.Stack(app, "Base")
    PersonalizeProvider.configure(
        app,
        ProviderSettings(
            encryption_key=kms.Key(base, "Key", enable_key_rotation=True),
            vpc=ec2.Vpc(base, "Vpc"),
            runtime=lambda_.Runtime.PYTHON_3_14,
        ),
    )
    build(app)
    provider = "CdkPersonalizeProvider/"
    left = {(path, rule) for path, rule in findings(app, tmp_path) if path.startswith(provider)}
    settled = {
        *solutions("L1"),
        *regulated("CloudWatchLogGroupEncrypted", "LambdaInsideVPC"),
    }
    meant = {
        (path, rule)
        for path, rule in all_of(THE_PROVIDERS)
        if path.startswith(provider) and rule not in settled
    } | all_of(THE_SETTINGS)
    assert left - meant == set()
    assert meant - left == set()


def test_a_served_stack_draws_the_finding_of_its_one_policy_alone(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    served = cdk.Stack(app, STACK)
    provider = PersonalizeProvider(cdk.Stack(app, "Platform"), "Provider")
    version = "arn:aws:personalize:us-east-1:123456789012:solution/movies/5f3a9c1e"
    Campaign(served, "Campaign", solution_version=version, provider=provider)
    found = {(path, rule) for path, rule in findings(app, tmp_path) if "Platform/" not in path}
    assert {rule for _, rule in found} == set(regulated("IAMNoInlinePolicy"))
    assert all(re.fullmatch(r"CdkPersonalizeRights\w+/Policy/Resource", path) for path, _ in found)


def test_every_reason_is_a_sentence_and_no_finding_has_two() -> None:
    rows = (*THE_PROVIDERS, *THE_SETTINGS, *THE_EXAMPLES)
    assert sum(len(list(row.findings())) for row in rows) == len(all_of(rows))
    for row in rows:
        assert row.reason.endswith(".")
        assert len(row.reason) > 20


def test_the_page_tells_what_is_found_in_the_librarys_own_resources() -> None:
    rows = page("docs/provider.md").section("cdk-nag").table("Rule")
    told = {name for row in rows for name in names(row["Rule"])}
    found = {rule.partition("[")[0].partition("-")[2] for _, rule in all_of(THE_PROVIDERS)}
    assert told == found
