"""Every call to AWS is allowed by the synthesized policies, and all that they allow is called.

Two sets are compared: what the handler, the waiter and Lambda on the handler's behalf call in the
simulator, and what the roles' policies say, with the simulated account in place of references.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam

from cdk_personalize import BatchInferenceJob, Campaign, JobInput, JobOutput, PersonalizeProvider
from docs.pages import PROJECT
from security.iam import Grant, Right, grants, resolved
from security.recorder import BUS, HANDLER, LAST_RESORT, WAITER, Call
from simulator.wire import ACCOUNT, REGION
from simulator.world import LAST_RESORT_ARN, ROLE, STATE_MACHINE, VERSION

ROLES: Final = (HANDLER, WAITER, LAST_RESORT)
HANDLER_ARN: Final = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:handler"
LOGS_ARN: Final = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:provider:*"
STACK_ID: Final = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/shop/1d0c5a40"

Statements = Mapping[str, list[Any]]
"""Role, by the construct's id -> the statements of its policies, as synthesized."""


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """Rights that nothing in the simulator uses.

    Attributes:
        roles: Whose.
        actions: The actions, on whatever resource.
        reason: Who uses them.
        test: File and name of the test that holds them.
    """

    roles: tuple[str, ...]
    actions: tuple[str, ...]
    reason: str
    test: str


UNSEEN: Final = (
    Unseen(
        roles=(HANDLER,),
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        reason="Lambda writes the function's output to its log group with the function's role.",
        test="tests/constructs/test_provider.py::test_the_handler_may_do_exactly_this",
    ),
    Unseen(
        roles=(LAST_RESORT,),
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        reason="The same. Beside that, it only puts an answer to CloudFormation's own URL.",
        test="tests/constructs/test_provider.py::test_the_last_resort_may_only_log",
    ),
)


@pytest.fixture(scope="module")
def statements() -> Statements:
    """Of a stack with all that adds rights: events, a role that is given, one that is made."""
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "shop")
    Campaign(stack, "Live", solution_version=VERSION)
    files: dict[str, Any] = {
        "job_input": JobInput.from_s3_path("s3://data/in/users.json"),
        "job_output": JobOutput.from_s3_path("s3://data/out/"),
    }
    BatchInferenceJob(stack, "Made", solution_version=VERSION, **files)
    role: Any = iam.Role.from_role_arn(stack, "Given", ROLE)
    BatchInferenceJob(stack, "Job", solution_version=VERSION, role=role, **files)
    return statements_in(dict(assertions.Template.from_stack(stack).to_json()["Resources"]))


def statements_in(resources: Mapping[str, Any]) -> Statements:
    """The statements of the provider's roles, inline ones and those of policies."""
    found: dict[str, list[Any]] = {}
    for role in ROLES:
        prefix = f"CdkPersonalizeProvider{role}"
        ((logical_id, properties),) = (
            (name, each["Properties"])
            for name, each in resources.items()
            if each["Type"] == "AWS::IAM::Role" and name.startswith(prefix)
        )
        documents = [each["PolicyDocument"] for each in properties.get("Policies", [])]
        documents += [
            each["Properties"]["PolicyDocument"]
            for each in resources.values()
            if each["Type"] == "AWS::IAM::Policy"
            and {"Ref": logical_id} in each["Properties"]["Roles"]
        ]
        found[role] = [statement for each in documents for statement in each["Statement"]]
    return found


def allowed(statements: Statements, role: str, stack_id: str) -> list[Grant]:
    """What a role may do in the simulated account, if its stack is this one."""
    references = {
        "AWS::AccountId": ACCOUNT,
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::StackId": stack_id,
        "AWS::StackName": stack_id.split("/")[1],
        "CdkPersonalizeProviderHandler44179077.Arn": HANDLER_ARN,
        "CdkPersonalizeProviderLastResortDAA0B793.Arn": LAST_RESORT_ARN,
        "CdkPersonalizeProviderLogsA55F162D.Arn": LOGS_ARN,
        "CdkPersonalizeProviderWaiterEB7E51F6.Arn": STATE_MACHINE,
        "CdkPersonalizeProviderWaiterEB7E51F6.Name": STATE_MACHINE.rsplit(":", 1)[-1],
    }
    return grants(resolved(statements[role], references))


def refused(calls: Iterable[Call], statements: Statements) -> list[str]:
    """The calls that no statement allows."""
    known: dict[tuple[str, str], list[Grant]] = {}
    found: list[str] = []
    for call in calls:
        key = call.role, call.stack_id
        if key not in known:
            known[key] = allowed(statements, *key)
        if not any(grant.covers(call.right) for grant in known[key]):
            found.append(f"{call.role}: {call.right.action} on {call.right.resource}")
    return found


def unused(calls: Iterable[Call], statements: Statements) -> set[tuple[str, str]]:
    """(role, "action on resource") of what is allowed, and used by no call."""
    by_stack: dict[tuple[str, str], list[Right]] = {}
    for call in calls:
        by_stack.setdefault((call.role, call.stack_id), []).append(call.right)
    left = {(role, _told(each)) for role in ROLES for each in allowed(statements, role, STACK_ID)}
    for (role, stack_id), rights in by_stack.items():
        pairs = zip(
            allowed(statements, role, stack_id), allowed(statements, role, STACK_ID), strict=True
        )
        left -= {
            (role, _told(told))
            for grant, told in pairs
            if any(grant.covers(right) for right in rights)
        }
    return left


def _told(grant: Grant) -> str:
    return f"{grant.action} on {grant.resource}"


def without(statements: Statements, action: str) -> Statements:
    """The same, but for each statement that names an action."""
    return {
        role: [each for each in listed if action not in str(each["Action"])]
        for role, listed in statements.items()
    }


def with_further(statements: Statements, role: str, **statement: Any) -> Statements:
    """The same, and one statement more."""
    return {**statements, role: [*statements[role], {"Effect": "Allow", **statement}]}


# --- the two sets --------------------------------------------------------------------------------


def test_every_call_is_allowed_by_the_policies_of_its_role(
    calls: list[Call], statements: Statements
) -> None:
    assert refused(calls, statements) == []


def test_all_that_is_allowed_is_called_or_has_a_reason(
    calls: list[Call], statements: Statements
) -> None:
    told = {(role, action) for row in UNSEEN for role in row.roles for action in row.actions}
    left = unused(calls, statements)
    assert {(role, each.partition(" on ")[0]) for role, each in left} == told


@pytest.mark.parametrize("row", UNSEEN, ids=lambda row: row.reason[:20])
def test_a_reason_names_a_test_that_is_there(row: Unseen) -> None:
    path, _, name = row.test.partition("::")
    assert f"\ndef {name}(" in (PROJECT / path).read_text(encoding="utf-8")
    assert row.reason.endswith(".")


# --- both can fail -------------------------------------------------------------------------------


def test_a_statement_that_is_missing_is_missed(calls: list[Call], statements: Statements) -> None:
    """Whichever it is, but for those that nothing in the simulator uses."""
    unseen = {action for row in UNSEEN for action in row.actions}
    first = {
        grant.action for role in ROLES for grant in allowed(statements, role, STACK_ID)
    } - unseen
    assert len(first) >= 30
    for action in first:
        told = refused(calls, without(statements, action))
        assert any(f": {action} on " in each for each in told), action


@pytest.mark.parametrize(
    ("role", "action", "resource"),
    [
        (HANDLER, "personalize:DeleteSolution", "*"),
        (HANDLER, "personalize:DeleteCampaign", f"arn:aws:personalize:{REGION}:{ACCOUNT}:filter/*"),
        (HANDLER, "lambda:InvokeFunction", HANDLER_ARN),
        (WAITER, "states:StartExecution", STATE_MACHINE),
        (LAST_RESORT, "cloudformation:DescribeStacks", "*"),
    ],
)
def test_a_right_that_nothing_uses_is_seen(
    calls: list[Call], statements: Statements, role: str, action: str, resource: str
) -> None:
    more = with_further(statements, role, Action=action, Resource=resource)
    added = unused(calls, more) - unused(calls, statements)
    assert added == {(role, f"{action} on {resource}")}


def test_a_statement_on_another_stack_does_not_let_the_handler_ask_about_its_own(
    calls: list[Call], statements: Statements
) -> None:
    elsewhere = with_further(
        without(statements, "cloudformation:"),
        HANDLER,
        Action=["cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"],
        Resource=f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/other/*",
    )
    told = refused((each for each in calls if "/shop/" in each.stack_id), elsewhere)
    assert {each.split(" ")[1] for each in told} == {
        "cloudformation:DescribeStackResource",
        "cloudformation:DescribeStacks",
    }


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        ({"StringEquals": {"events:source": "cdk-personalize"}}, "cdk-personalize", True),
        ({"StringEquals": {"events:source": "cdk-personalize"}}, "aws.personalize", False),
        ({"StringEquals": {"events:source": ["a", "cdk-personalize"]}}, "cdk-personalize", True),
        ({"StringLike": {"events:source": "cdk-*"}}, "cdk-personalize", True),
        ({"StringEquals": {"events:detail-type": "x"}}, "cdk-personalize", False),
    ],
)
def test_a_condition_counts(condition: Any, context: str, holds: bool) -> None:
    (grant,) = grants(
        [{"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*", "Condition": condition}]
    )
    assert grant.covers(Right("events:PutEvents", BUS, {"events:source": context})) is holds


def test_what_the_evaluator_does_not_know_is_an_error_and_no_permission() -> None:
    statement = {"Effect": "Allow", "Action": "a:B", "Resource": "*"}
    with pytest.raises(NotImplementedError, match="Deny"):
        grants([{**statement, "Effect": "Deny"}])
    with pytest.raises(NotImplementedError, match="NotAction"):
        grants([{**statement, "NotAction": "a:C"}])
    (grant,) = grants([{**statement, "Condition": {"DateLessThan": {"aws:CurrentTime": "x"}}}])
    with pytest.raises(NotImplementedError, match="DateLessThan"):
        grant.covers(Right("a:B", "any", {"aws:CurrentTime": "x"}))


def test_a_provider_without_resources_has_no_right_that_only_jobs_and_events_need() -> None:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "shop")
    PersonalizeProvider.get_or_create(stack)
    found = statements_in(dict(assertions.Template.from_stack(stack).to_json()["Resources"]))
    actions = {grant.action for grant in allowed(found, HANDLER, STACK_ID)}
    assert not actions & {"events:PutEvents", "iam:PassRole"}
