"""docs/plain-cloudformation.md and its template: linted, valid, and as the library does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
import yaml
from aws_cdk import assertions
from cfnlint.decode import cfn_yaml

from cdk_personalize import PersonalizeProvider, SolutionVersion
from docs.pages import PROJECT, bare, names, page
from property_schema.documents import FOLDER, documents
from security.test_cfn_lint import lint

PAGE = page("docs/plain-cloudformation.md")
TEMPLATE = PROJECT / "examples" / "plain" / "template.yaml"


def resources(path: Path) -> dict[str, Any]:
    """The resources of a YAML template, with its short functions written out."""
    return dict(cfn_yaml.load(str(path))["Resources"])


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's chain of a training and its wait segments, as a template."""
    (text,) = PAGE.section("Longer than an hour").blocks("yaml")
    rights = (
        "  HandlerRights:\n    Type: AWS::IAM::Policy\n    Properties:\n      PolicyName: one\n"
        "      Roles: [one]\n      PolicyDocument: {Version: '2012-10-17', Statement: []}\n"
    )
    body = "".join(f"  {line}\n" for line in text.splitlines())
    path = tmp_path_factory.mktemp("plain") / "segments.yaml"
    path.write_text(
        "AWSTemplateFormatVersion: '2010-09-09'\n"
        "Parameters: {SolutionArn: {Type: String}}\n"
        f"Resources:\n{rights}{body}"
    )
    return path


def test_the_example_has_no_findings() -> None:
    assert lint(TEMPLATE) == []


def test_the_chain_by_hand_has_no_findings(segments: Path) -> None:
    assert lint(segments) == []


def test_the_custom_resources_of_example_and_page_are_valid(segments: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    checked = []
    for path in (TEMPLATE, segments):
        for each in resources(path).values():
            if each["Type"].startswith("Custom::"):
                name = each["Type"].removeprefix("Custom::Personalize")
                schema = yaml.safe_load(documents()[f"{name}.schema.json"])
                jsonschema.Draft202012Validator(schema).validate(each["Properties"])
                checked.append(name)
    assert checked == ["Campaign", "SolutionVersion", "Wait", "Wait"]


def test_the_example_gives_the_handler_the_right_that_the_constructs_give() -> None:
    app = cdk.App(analytics_reporting=False)
    stack = cdk.Stack(app, "Shop")
    provider = PersonalizeProvider.from_service_token(
        stack, "Provider", cdk.Fn.import_value("a"), handler_role_name="b"
    )
    SolutionVersion(
        stack,
        "Training",
        solution="arn:aws:personalize:us-east-1:123456789012:solution/movies",
        state_change_events=False,
        provider=provider,
    )
    made = assertions.Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    (ours,) = (each["Properties"]["PolicyDocument"] for each in made.values())
    theirs = resources(TEMPLATE)["HandlerRights"]["Properties"]["PolicyDocument"]
    assert theirs == ours


def test_whoever_needs_the_rights_waits_for_them() -> None:
    found = resources(TEMPLATE)
    for each in found.values():
        if each["Type"].startswith("Custom::"):
            assert each["DependsOn"] == "HandlerRights"


def test_the_example_imports_what_the_page_exports() -> None:
    (block,) = PAGE.section("The provider").blocks("python")
    made: dict[str, Any] = {}
    exec(compile(block, PAGE.path, "exec"), made)  # noqa: S102 (the page's own example)
    outputs = assertions.Template.from_stack(made["platform"]).find_outputs("*")
    exported = {each["Export"]["Name"] for each in outputs.values()}
    told = {bare(row["Export"]) for row in PAGE.section("The provider").table("Export")}
    prefix = cfn_yaml.load(str(TEMPLATE))["Parameters"]["Provider"]["Default"]
    imported = {
        f"{prefix}{suffix}"
        for suffix in re.findall(r"\$\{Provider\}([\w-]+)", TEMPLATE.read_text())
    }
    assert exported == told == imported


def test_an_exported_provider_may_put_events_as_the_page_says() -> None:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Platform")
    PersonalizeProvider(stack, "Provider").export("recommendations")
    assert "events:PutEvents" in str(assertions.Template.from_stack(stack).to_json())


def test_the_chain_by_hand_is_the_one_that_the_construct_makes(segments: Path) -> None:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    parameter = cdk.CfnParameter(stack, "SolutionArn")
    SolutionVersion(
        stack,
        "Training",
        solution=parameter.value_as_string,
        timeout=cdk.Duration.hours(3),
        provider=PersonalizeProvider.from_service_token(
            stack, "Provider", cdk.Fn.import_value("recommendations-service-token")
        ),
    )
    made = assertions.Template.from_stack(stack).to_json()["Resources"]
    # The construct's logical ids have hashes behind.
    own, second, third = sorted(made, key=lambda name: made[name]["Properties"].get("Position", 1))
    renamed = {own: "Training", second: "TrainingWait2", third: "TrainingWait"}
    ours = {renamed[name]: as_text(each["Properties"], renamed) for name, each in made.items()}
    theirs = {
        name: as_text(each["Properties"], {})
        for name, each in resources(segments).items()
        if name != "HandlerRights"
    }
    assert theirs == ours


def as_text(value: Any, renamed: Mapping[str, str]) -> Any:
    """A value as CloudFormation hands it over, with other logical ids."""
    match value:
        case Mapping():
            return {key: as_text(item, renamed) for key, item in value.items()}
        case list():
            return [as_text(item, renamed) for item in value]
    return renamed.get(str(value), str(value))


def test_the_table_of_schemas_is_the_folder() -> None:
    told = {}
    for row in PAGE.section("Properties").table("Type"):
        (link,) = re.findall(r"\]\((.+)\)", row["Schema"])
        assert (PROJECT / "docs" / link).parent == FOLDER
        told[Path(link).name] = bare(row["Type"])
    assert set(told) == set(documents())
    for name, kind in told.items():
        assert f'"type": "{kind}"' in documents()[name]


def test_the_rights_are_told_with_their_actions() -> None:
    rows = PAGE.section("Rights").table("Action")
    told = {name for row in rows for name in names(row["Action"])}
    policy = resources(TEMPLATE)["HandlerRights"]["Properties"]["PolicyDocument"]
    for statement in policy["Statement"]:
        assert set(statement["Action"]) <= told
