"""Grants: one statement, on the campaign's ARN, and a warning where it cannot have an effect."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from cdk_personalize import Campaign
from cdk_personalize.grants import GRANT_WARNING

HERE = "111111111111"
ELSEWHERE = "222222222222"
ARN = f"arn:aws:personalize:us-east-1:{HERE}:campaign/shop"
POLICY = "AWS::IAM::Policy"


def stack_in(app, name, account):
    return cdk.Stack(app, name, env=cdk.Environment(account=account, region="us-east-1"))


@pytest.fixture
def app():
    return cdk.App(analytics_reporting=False)


@pytest.fixture
def home(app):
    return stack_in(app, "Shop", HERE)


@pytest.fixture
def campaign(home):
    return Campaign.from_campaign_arn(home, "Campaign", ARN)


def role_in(scope):
    return iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))


def granted(template):
    """Every statement of a policy of its own in a template."""
    return [
        statement
        for policy in template.of_type(POLICY).values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def warnings_of(stack):
    found = assertions.Annotations.from_stack(stack).find_warning("*", assertions.Match.any_value())
    return [str(message.entry.data) for message in found]


@pytest.mark.parametrize(
    ("method", "action"),
    [
        ("grant_get_recommendations", "personalize:GetRecommendations"),
        ("grant_get_personalized_ranking", "personalize:GetPersonalizedRanking"),
        ("grant_get_action_recommendations", "personalize:GetActionRecommendations"),
    ],
)
def test_a_grant_is_one_statement_on_the_campaigns_arn(
    home, campaign, synthesized_from, method, action
):
    grant = getattr(campaign, method)(role_in(home))
    assert grant.success
    assert granted(synthesized_from(home)) == [
        {"Action": action, "Effect": "Allow", "Resource": ARN}
    ]
    assert warnings_of(home) == []


def test_several_actions_are_one_statement_too(home, campaign, synthesized_from):
    campaign.grant(role_in(home), "personalize:GetRecommendations", "personalize:DescribeCampaign")
    (statement,) = granted(synthesized_from(home))
    assert statement["Action"] == [
        "personalize:GetRecommendations",
        "personalize:DescribeCampaign",
    ]


def test_a_function_may_call_a_campaign_of_its_own_stack_once_it_is_active(synthesize, version_arn):
    def build(stack):
        function = lambda_.Function(
            stack,
            "Caller",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context): ..."),
        )
        campaign = Campaign(stack, "Campaign", solution_version=version_arn)
        campaign.grant_get_recommendations(function)

    made = synthesize(build)
    (name,) = made.of_type("Custom::PersonalizeCampaign")
    policy = made.named("CallerServiceRoleDefaultPolicy")["Properties"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Resource"] == f"${{{name}.CampaignArn}}"
    assert made.creation_order()
    assert made.warnings == []


def test_a_grant_reaches_into_another_stack_of_the_account(
    app, home, version_arn, synthesized_from
):
    own_version = version_arn.replace("123456789012", HERE)
    campaign = Campaign(home, "Campaign", solution_version=own_version)
    other = stack_in(app, "Callers", HERE)
    campaign.grant_get_recommendations(role_in(other))
    (statement,) = granted(synthesized_from(other))
    assert "Fn::ImportValue" in str(statement["Resource"])
    assert warnings_of(home) == []


def test_an_imported_role_of_the_account_gets_a_policy(home, campaign, synthesized_from):
    role = iam.Role.from_role_arn(home, "Role", f"arn:aws:iam::{HERE}:role/caller")
    campaign.grant_get_recommendations(role)
    made = synthesized_from(home)
    assert made.one(POLICY)["Properties"]["Roles"] == ["caller"]
    assert [statement["Resource"] for statement in granted(made)] == [ARN]
    assert warnings_of(home) == []


def test_an_imported_role_of_another_account_draws_a_warning_with_both_accounts(home, campaign):
    role = iam.Role.from_role_arn(home, "Role", f"arn:aws:iam::{ELSEWHERE}:role/caller")
    campaign.grant_get_recommendations(role)
    (warning,) = warnings_of(home)
    assert f"The campaign is in account {HERE}, and the grantee in {ELSEWHERE}." in warning
    assert "Grant personalize:GetRecommendations to a role of the campaign's account" in warning
    assert GRANT_WARNING in warning


def test_a_role_of_a_stack_in_another_account_has_its_policy_there_and_draws_the_warning(
    app, home, campaign, synthesized_from
):
    other = stack_in(app, "Callers", ELSEWHERE)
    campaign.grant_get_recommendations(role_in(other))
    assert granted(synthesized_from(other)) == [
        {"Action": "personalize:GetRecommendations", "Effect": "Allow", "Resource": ARN}
    ]
    assert len(warnings_of(home)) == 1


def test_a_campaign_of_another_account_is_told_by_its_arn(app, synthesized_from):
    stack = stack_in(app, "Callers", ELSEWHERE)
    campaign = Campaign.from_campaign_arn(stack, "Campaign", ARN)
    campaign.grant_get_recommendations(role_in(stack))
    assert f"in account {HERE}, and the grantee in {ELSEWHERE}" in warnings_of(stack)[0]


@pytest.mark.parametrize(
    "principal",
    [iam.ServicePrincipal("lambda.amazonaws.com"), iam.AccountPrincipal(ELSEWHERE)],
)
def test_what_has_no_policy_of_its_own_is_granted_nothing_and_that_is_said(
    home, campaign, principal, synthesized_from
):
    grant = campaign.grant_get_recommendations(principal)
    assert not grant.success
    assert not synthesized_from(home).raw.get("Resources")
    (warning,) = warnings_of(home)
    assert "nothing was granted" in warning


def test_the_warning_can_be_acknowledged(home, campaign):
    role = iam.Role.from_role_arn(home, "Role", f"arn:aws:iam::{ELSEWHERE}:role/caller")
    cdk.Annotations.of(home).acknowledge_warning(GRANT_WARNING, "The role is only a test's.")
    campaign.grant_get_recommendations(role)
    assert warnings_of(home) == []


def test_accounts_that_are_not_known_draw_no_warning(stack, home):
    campaign = Campaign.from_campaign_arn(stack, "Campaign", ARN)
    campaign.grant_get_recommendations(role_in(stack))
    here = Campaign.from_campaign_name(stack, "Here", "shop")
    here.grant_get_recommendations(role_in(home))
    assert warnings_of(stack) == []


@pytest.mark.parametrize("action", ["GetRecommendations", "s3:GetObject", ""])
def test_an_action_of_something_else_is_refused_with_the_way_out(home, campaign, action):
    with pytest.raises(ValueError, match="write it as 'personalize:"):
        campaign.grant(role_in(home), action)


def test_a_grant_without_an_action_is_refused(home, campaign):
    with pytest.raises(ValueError, match=r"needs an action, such as personalize:Get"):
        campaign.grant(role_in(home))
