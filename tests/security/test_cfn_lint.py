"""cfn-lint on the templates of the example app and of small stacks with every setting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from cdk_personalize import (
    Campaign,
    CampaignDashboard,
    PersonalizeProvider,
    ProviderSettings,
)
from docs.pages import PROJECT

IGNORED = {
    # The CDK's own: a Lambda function depends on its role, which its property refers to as well.
    "W3005": "A dependency that a reference enforces already is superfluous, and does no harm.",
}
VERSION_ARN = "arn:aws:personalize:us-east-1:123456789012:solution/movies/5f3a9c1e"
REGIONS = ("us-east-1", "eu-west-1")


def lint(template: Path) -> list[str]:
    """What cfn-lint says of a template, one line a finding."""
    program = str(Path(sys.executable).with_name("cfn-lint"))
    command = [program, "--format", "json", "--regions", *REGIONS]
    command += ["--ignore-checks", *IGNORED, "--template", str(template)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    found = json.loads(done.stdout or "[]")
    return [f"{each['Rule']['Id']} {each['Message']}" for each in found]


@pytest.mark.parametrize(
    "folder", [".", "examples/chain", "examples/integ", "examples/stages", "examples/team"]
)
def test_an_example_app_has_no_findings(folder: str, tmp_path: Path) -> None:
    environment = {**os.environ, "CDK_OUTDIR": str(tmp_path)}
    subprocess.run([sys.executable, "app.py"], cwd=PROJECT / folder, env=environment, check=True)
    found = {template.name: lint(template) for template in tmp_path.rglob("*.template.json")}
    assert found
    assert not any(found.values()), found


def test_a_stack_with_every_setting_has_no_findings(tmp_path: Path) -> None:
    app = cdk.App(analytics_reporting=False, outdir=str(tmp_path))
    stack = cdk.Stack(app, "Shop")
    PersonalizeProvider.configure(
        stack,
        ProviderSettings(
            encryption_key=kms.Key(stack, "Key", enable_key_rotation=True),
            vpc=ec2.Vpc(stack, "Vpc"),
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            log_level="DEBUG",
            memory_mb=512,
        ),
    )
    campaign = Campaign(
        stack, "Campaign", solution_version=VERSION_ARN, timeout=cdk.Duration.hours(2)
    )
    CampaignDashboard(stack, "Watch", campaigns=[campaign])
    app.synth()
    assert lint(tmp_path / "Shop.template.json") == []


def test_a_stack_that_another_ones_provider_serves_has_no_findings(tmp_path: Path) -> None:
    app = cdk.App(analytics_reporting=False, outdir=str(tmp_path))
    provider = PersonalizeProvider(cdk.Stack(app, "Platform"), "Provider")
    provider.export("recommendations")
    provider.allow_stacks("blog-*")
    Campaign(cdk.Stack(app, "Shop"), "Campaign", solution_version=VERSION_ARN, provider=provider)
    app.synth()
    assert [lint(tmp_path / f"{name}.template.json") for name in ("Platform", "Shop")] == [[], []]


def test_a_faulty_template_is_noticed(tmp_path: Path) -> None:
    template = {"Resources": {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"No": 1}}}}
    (tmp_path / "bad.json").write_text(json.dumps(template))
    assert any(each.startswith("E3002") for each in lint(tmp_path / "bad.json"))
