"""Templates as the CDK synthesizes them, and what of them can be known before a deploy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    JobInput,
    JobOutput,
    PersonalizeProvider,
    SolutionVersion,
)
from cdk_personalize_cli.doctor.rights import PROVIDER_TYPES, RIGHTS
from cdk_personalize_cli.doctor.template import UNKNOWN, BadTemplateError, read, resolve
from cdk_personalize_cli.watch.stacks import Stacks
from cli.account import DEPLOY_ROLE, ROLE, Account, account
from cli.answering import RefusalError, answering
from cli.stage import summary
from handler.given import ACCOUNT, STACK, VERSION

KNOWN = {"AWS::Region": "eu-west-1", "AWS::Partition": "aws", "AWS::AccountId": ACCOUNT}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stacks, one of them with a nested one, and a third that is none of ours."""
    folder = tmp_path_factory.mktemp("cdk.out")
    app = cdk.App(outdir=str(folder))
    outer = cdk.Stack(app, "Outer")
    data = s3.Bucket.from_bucket_name(outer, "Data", "data")
    Campaign(outer, "Campaign", solution_version=VERSION, campaign_name="sale")
    BatchInferenceJob(
        outer,
        "Newsletter",
        solution_version=SolutionVersion.of_solution(
            outer.format_arn(service="personalize", resource="solution", resource_name="shop"), "v1"
        ),
        job_input=JobInput.from_bucket(data, "in/users.json"),
        job_output=JobOutput.from_bucket(s3.Bucket(outer, "Out"), "out/"),
        timeout=cdk.Duration.hours(3),
    )
    inner = cdk.NestedStack(outer, "Inner")
    Campaign(inner, "Deep", solution_version=VERSION)
    other = cdk.Stack(app, "Other", stack_name="other-name")
    Campaign(other, "Campaign", solution_version=VERSION)
    s3.Bucket(cdk.Stack(app, "Buckets"), "Bucket")
    app.synth()
    return folder


@pytest.fixture
def made() -> Iterator[Account]:
    with account() as found:
        yield found


def test_an_assembly_is_read_with_its_nested_stacks(assembly: Path) -> None:
    found = read(assembly, KNOWN)
    stacks = [template.stack for template in found]
    assert stacks[0] == "Outer"
    assert stacks[1].startswith("Outer/InnerNestedStack")
    assert stacks[2:] == ["other-name"]
    kinds = [[each.spec.kind for each in template.resources] for template in found]
    assert [sorted(each) for each in kinds] == [
        ["batch-inference-job", "campaign"],
        ["campaign"],
        ["campaign"],
    ]
    assert found[1].artifact == found[0].artifact


def test_one_stack_can_be_chosen(assembly: Path) -> None:
    (only,) = read(assembly, KNOWN, stack="other-name")
    assert only.stack == "other-name"
    with pytest.raises(BadTemplateError, match="it has Outer, other-name"):
        read(assembly, KNOWN, stack="Buckets")


def test_a_single_template_finds_its_manifest(assembly: Path) -> None:
    (only,) = read(assembly / "Other.template.json", KNOWN)
    assert only.stack == "other-name"
    assert only.artifact["requiresBootstrapStackVersion"] == 6


def test_literals_and_pseudo_parameters_are_known_and_references_are_not(assembly: Path) -> None:
    outer = read(assembly, KNOWN)[0]
    job = next(each for each in outer.resources if each.spec.kind == "batch-inference-job")
    campaign = next(each for each in outer.resources if each.spec.kind == "campaign")
    assert campaign.at("Name") == "sale"
    assert job.at("SolutionVersionArn") == (
        f"arn:aws:personalize:eu-west-1:{ACCOUNT}:solution/shop/v1"
    )
    assert job.at("JobInput", "S3DataSource", "Path") == "s3://data/in/users.json"
    assert job.at("JobOutput", "S3DataDestination", "Path") is UNKNOWN
    assert job.at("RoleArn") is UNKNOWN
    assert job.at("FilterArn", "Deeper") is None


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "Bucket"}, UNKNOWN),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}]]}, "a-eu-west-1"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Bucket"}]]}, UNKNOWN),
        ({"Fn::Sub": "${AWS::Region}"}, UNKNOWN),
        ([1, {"Ref": "Bucket"}], [1, UNKNOWN]),
        ({"a": {"Fn::GetAtt": ["A", "Arn"]}, "b": 1}, {"a": UNKNOWN, "b": 1}),
    ],
)
def test_values_are_resolved_as_far_as_they_can_be(value: Any, known: Any) -> None:
    assert resolve(value, KNOWN) == known


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "is no JSON"), ("[]", "is no template"), ("{}", "has no Resources")],
)
def test_what_is_no_template_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "x.template.json"
    file.write_text(text)
    with pytest.raises(BadTemplateError, match=words):
        read(file, KNOWN)


def test_what_is_not_there_is_wrong_use(made: Account, tmp_path: Path) -> None:
    code, _, err = made.run("doctor", "--template", str(tmp_path / "nothing.json"))
    assert code == 2
    assert "cannot be read: No such file or directory" in err
    code, _, err = made.run("doctor", "--template", str(tmp_path))
    assert code == 2
    assert "Run `cdk synth` first." in err


def test_the_rights_cover_the_providers_resources(assembly: Path) -> None:
    other = read(assembly, KNOWN, stack="other-name")[0]
    ours = {each for each in other.types if each.startswith("AWS::") and "CDK" not in each}
    assert ours == PROVIDER_TYPES
    assert PROVIDER_TYPES.issubset(RIGHTS)


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_waiter_is_found_by_the_logical_ids_of_a_provider(is_shared: bool) -> None:
    """The physical ids are the logical ones here."""
    app = cdk.App()
    stack = cdk.Stack(app, "Platform")
    provider = PersonalizeProvider(stack, "Shared") if is_shared else None
    Campaign(stack, "Campaign", solution_version=VERSION, provider=provider)
    resources = app.synth().get_stack_by_name("Platform").template["Resources"]
    types = {logical_id: each["Type"] for logical_id, each in resources.items()}
    summaries = [summary(each, kind, each) for each, kind in types.items()]
    listing = {"ListStackResources": lambda _: {"StackResourceSummaries": summaries}}
    client = answering("cloudformation", listing, Counter())

    (waiter,) = (each for each in types if types[each] == "AWS::StepFunctions::StateMachine")
    (campaign,) = (each for each in resources.values() if each["Type"].startswith("Custom::"))
    handler, _ = campaign["Properties"]["ServiceToken"]["Fn::GetAtt"]
    token = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{handler}"
    assert Stacks(client).waiter(STACK, token) == waiter
    assert Stacks(client).waiter(STACK) == ("" if is_shared else waiter)


def test_the_bootstraps_roles_are_who_deploys(made: Account, assembly: Path) -> None:
    _, findings = made.doctor("--template", str(assembly), "--stack", "other-name")
    assert [each["level"] for each in findings if each["check"] == "permissions"] == ["ok", "ok"]
    principals = {principal for principal, action, _ in made.simulated if action[:3] != "sts"}
    assert principals == {ROLE}
    assumed = [resource for _, action, resource in made.simulated if action == "sts:AssumeRole"]
    assert assumed == [DEPLOY_ROLE]
    (bootstrap,) = [each for each in findings if each["check"] == "bootstrap"]
    assert "6 is needed" in bootstrap["what"]


def test_a_missing_role_of_the_bootstrap_is_told(made: Account, assembly: Path) -> None:
    def nothing(_: dict[str, Any]) -> dict[str, Any]:
        raise RefusalError("NoSuchEntity", "no such role", 404)

    made.caller = f"arn:aws:iam::{ACCOUNT}:user/ada"
    made.clients.serve("iam", {"SimulatePrincipalPolicy": nothing})
    found = made.findings("permissions", "--template", str(assembly), "--stack", "other-name")
    assert {each["level"] for each in found} == {"missing"}
    assert found[0]["what"] == f"There is no {ROLE}."
    assert "cdk bootstrap" in found[0]["wayOut"]
