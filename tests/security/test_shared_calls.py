"""The calls of a provider that serves another stack, and the policies that this stack brings."""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    IPersonalizeProvider,
    JobInput,
    JobOutput,
    PersonalizeProvider,
)
from security.iam import resolved
from security.recorder import HANDLER, Call
from security.test_calls import (
    STACK_ID,
    UNSEEN,
    Statements,
    refused,
    statements_in,
    unused,
    without,
)
from simulator.wire import ACCOUNT, REGION
from simulator.world import ROLE, VERSION

PLATFORM_ID: Final = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/platform/77aa00ff"


class _Whole(dict[str, str]):
    """Leaves every reference but the provider's own stack as it is, to be resolved later."""

    def __missing__(self, name: str) -> Any:
        if name == "AWS::StackId":
            return PLATFORM_ID
        return f"${{{name}}}"


def _with_its_own_id(statements: list[Any]) -> list[Any]:
    """The provider's statements, in which its own stack is not the one that is served."""
    fixed = resolved(statements, _Whole())
    return [_again(each) for each in fixed]


def _again(value: Any) -> Any:
    """Texts with `${…}` as the function that resolves them."""
    match value:
        case dict():
            return {key: _again(item) for key, item in value.items()}
        case list():
            return [_again(item) for item in value]
        case str() if "${" in value:
            return {"Fn::Sub": value}
    return value


def _served(provider: IPersonalizeProvider, shop: cdk.Stack) -> list[Any]:
    """Fills a stack that a provider serves, and gives the statements that this stack brings."""
    files: dict[str, Any] = {
        "job_input": JobInput.from_s3_path("s3://data/in/users.json"),
        "job_output": JobOutput.from_s3_path("s3://data/out/"),
        "solution_version": VERSION,
        "provider": provider,
    }
    Campaign(shop, "Live", solution_version=VERSION, provider=provider)
    BatchInferenceJob(shop, "Made", **files)
    role: Any = iam.Role.from_role_arn(shop, "Given", ROLE)
    BatchInferenceJob(shop, "Job", role=role, **files)
    found = assertions.Template.from_stack(shop).find_resources("AWS::IAM::Policy")
    assert len(found) == 2
    return [
        statement
        for policy in found.values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def _provider(app: cdk.App, how: str) -> tuple[IPersonalizeProvider, PersonalizeProvider]:
    """What serves the stack, and the provider that is behind it."""
    made = PersonalizeProvider(cdk.Stack(app, "platform"), "CdkPersonalizeProvider")
    if how == "handed over":
        return made, made
    made.export("recommendations")
    stack = cdk.Stack(app, "imports")
    imported = PersonalizeProvider.from_service_token(
        stack, "Imported", cdk.Fn.import_value("a"), handler_role_name=cdk.Fn.import_value("b")
    )
    return imported, made


@pytest.fixture(scope="module", params=["handed over", "imported"])
def statements(request: pytest.FixtureRequest) -> Statements:
    """Of the provider's roles, with what the served stack adds to the handler's."""
    app = cdk.App(analytics_reporting=False)
    provider, behind = _provider(app, request.param)
    brought = _served(provider, cdk.Stack(app, "shop"))
    own = assertions.Template.from_stack(cdk.Stack.of(behind)).to_json()["Resources"]
    found = {role: _with_its_own_id(each) for role, each in statements_in(own).items()}
    return {**found, HANDLER: [*found[HANDLER], *brought]}


def test_every_call_for_a_served_stack_is_allowed(
    calls: list[Call], statements: Statements
) -> None:
    assert refused(calls, statements) == []


def test_all_that_is_allowed_is_called_or_is_about_the_providers_own_stack(
    calls: list[Call], statements: Statements
) -> None:
    told = {(role, action) for row in UNSEEN for role in row.roles for action in row.actions}
    left = {
        (role, each.partition(" on ")[0])
        for role, each in unused(calls, statements)
        if not each.endswith(PLATFORM_ID)
    }
    assert left == told


@pytest.mark.parametrize("action", ["cloudformation:", "iam:PassRole", "events:PutEvents"])
def test_what_the_served_stack_brings_is_needed(
    calls: list[Call], statements: Statements, action: str
) -> None:
    told = refused(calls, without(statements, action))
    assert any(f": {action}" in each for each in told)


def test_the_right_to_ask_about_the_providers_own_stack_is_none_for_the_served_one(
    calls: list[Call], statements: Statements
) -> None:
    own = {
        role: [each for each in listed if each.get("Resource") != {"Ref": "AWS::StackId"}]
        for role, listed in statements.items()
    }
    assert PLATFORM_ID in str(own)
    asked = [each for each in calls if each.stack_id.split("/")[1] == STACK_ID.split("/")[1]]
    assert {each.split(" ")[1] for each in refused(asked, own)} == {
        "cloudformation:DescribeStackResource",
        "cloudformation:DescribeStacks",
    }
