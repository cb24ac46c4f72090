"""One provider for many stacks: who gets which right, what waits for what, and what is refused."""

from __future__ import annotations

import json
import re

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_personalize import (
    BatchInferenceJob,
    BatchSegmentJob,
    Campaign,
    JobInput,
    JobOutput,
    PersonalizeProvider,
    ProviderSettingsError,
    Recommender,
    SolutionVersion,
)
from cdk_personalize.stack_rights import HANDLER_POLICY_WARNING

TOKEN = "arn:aws:lambda:us-east-1:123456789012:function:provider"
HERE = {"account": "123456789012", "region": "us-east-1"}
INLINE_LIMIT = 10_240
"""Characters, without spaces, of all inline policies of a role. Source: IAM and STS quotas."""


@pytest.fixture
def app():
    return cdk.App(analytics_reporting=False)


@pytest.fixture
def platform(app):
    return PersonalizeProvider(cdk.Stack(app, "Platform"), "Provider")


def job(stack, version_arn, provider, **props):
    return BatchInferenceJob(
        stack,
        "Job",
        solution_version=version_arn,
        job_input=JobInput.from_s3_path("s3://shop/in/"),
        job_output=JobOutput.from_s3_path("s3://shop/out/"),
        provider=provider,
        **props,
    )


def rights(template):
    """The one policy that a served stack adds: its logical id and its properties."""
    ((name, policy),) = template.of_type("AWS::IAM::Policy").items()
    return name, policy["Properties"]


def passed_roles(template):
    """The other policy, for the roles that jobs are given: its logical id and its properties."""
    found = template.of_type("AWS::IAM::Policy").items()
    ((name, policy),) = ((name, each) for name, each in found if "PassedRoles" in name)
    return name, policy["Properties"]


def actions(policy):
    return {
        action
        for statement in policy["PolicyDocument"]["Statement"]
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }


EVERY_KIND = {
    "Campaign": lambda stack, version, provider: Campaign(
        stack, "It", solution_version=version, provider=provider
    ),
    "Recommender": lambda stack, version, provider: Recommender(
        stack,
        "It",
        dataset_group="arn:aws:personalize:us-east-1:123456789012:dataset-group/shop",
        recipe_arn="aws-ecomm-recommended-for-you",
        provider=provider,
    ),
    "SolutionVersion": lambda stack, version, provider: SolutionVersion(
        stack, "It", solution=version.rpartition("/")[0], provider=provider
    ),
    "BatchInferenceJob": job,
    "BatchSegmentJob": lambda stack, version, provider: BatchSegmentJob(
        stack,
        "It",
        solution_version=version,
        job_input=JobInput.from_s3_path("s3://shop/in/"),
        job_output=JobOutput.from_s3_path("s3://shop/out/"),
        provider=provider,
    ),
}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_construct_takes_another_stacks_provider_its_wait_segments_too(
    app, platform, synthesized_from, version_arn, kind
):
    stack = cdk.Stack(app, "Shop")
    EVERY_KIND[kind](stack, version_arn, platform)
    template = synthesized_from(stack)
    custom = [r for r in template.raw["Resources"].values() if r["Type"].startswith("Custom::")]
    assert custom
    for resource in custom:
        token = resource["Properties"]["ServiceToken"]["Fn::ImportValue"]
        assert token.startswith("Platform:ExportsOutputFnGetAttProviderHandler")
    assert "AWS::Lambda::Function" not in str(template.raw)


def test_a_served_stack_adds_one_policy_that_names_itself_alone(
    app, platform, synthesized_from, version_arn
):
    stack = cdk.Stack(app, "Shop")
    for name in ("One", "Two"):
        Campaign(stack, name, solution_version=version_arn, provider=platform)
    job(stack, version_arn, platform)
    template = synthesized_from(stack)
    _, policy = rights(template)
    assert "ProviderHandlerRole" in str(policy["Roles"])
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Action": ["cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"],
            "Effect": "Allow",
            "Resource": "${AWS::StackId}",
        },
        {
            "Action": "iam:PassRole",
            "Condition": {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}},
            "Effect": "Allow",
            "Resource": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-personalize/"
            "${AWS::StackName}/*",
        },
    ]


def test_the_right_to_tell_state_changes_is_the_providers_own_and_there_once(
    app, platform, synthesized_from, version_arn
):
    for name in ("Shop", "Blog"):
        Campaign(cdk.Stack(app, name), "C", solution_version=version_arn, provider=platform)
    text = json.dumps(synthesized_from(cdk.Stack.of(platform)).raw)
    assert text.count("events:PutEvents") == 1


def test_what_a_stack_does_not_use_is_not_allowed(app, platform, synthesized_from, version_arn):
    stack = cdk.Stack(app, "Quiet")
    Campaign(stack, "C", solution_version=version_arn, state_change_events=False, provider=platform)
    assert "events:PutEvents" not in json.dumps(synthesized_from(cdk.Stack.of(platform)).raw)
    _, policy = rights(synthesized_from(stack))
    assert actions(policy) == {
        "cloudformation:DescribeStackResource",
        "cloudformation:DescribeStacks",
    }


def test_a_given_role_is_passed_by_its_own_arn(app, platform, synthesized_from, version_arn):
    stack = cdk.Stack(app, "Shop")
    arn = "arn:aws:iam::123456789012:role/mine"
    job(stack, version_arn, platform, role=iam.Role.from_role_arn(stack, "Role", arn))
    _, policy = passed_roles(synthesized_from(stack))
    assert "ProviderHandlerRole" in str(policy["Roles"])
    (passing,) = policy["PolicyDocument"]["Statement"]
    assert (passing["Action"], passing["Resource"]) == ("iam:PassRole", arn)


def test_a_given_roles_policy_is_what_its_job_waits_for_and_nothing_else(
    app, platform, synthesized_from, version_arn
):
    stack = cdk.Stack(app, "Shop")
    Campaign(stack, "C", solution_version=version_arn, provider=platform)
    arn = "arn:aws:iam::123456789012:role/mine"
    job(stack, version_arn, platform, role=iam.Role.from_role_arn(stack, "Role", arn))
    template = synthesized_from(stack)
    passing, _ = passed_roles(template)
    waiting = {name[:-8] for name, before in template.dependencies().items() if passing in before}
    assert waiting == {"Job"}


def test_a_role_has_both_policies_of_a_stack_for_their_names_differ(
    app, platform, synthesized_from, version_arn
):
    stack = cdk.Stack(app, "Shop")
    arn = "arn:aws:iam::123456789012:role/mine"
    job(stack, version_arn, platform, role=iam.Role.from_role_arn(stack, "Role", arn))
    template = synthesized_from(stack)
    names = [
        "".join(str(part) for part in each["Properties"]["PolicyName"]["Fn::Join"][1])
        for each in template.raw["Resources"].values()
        if each["Type"] == "AWS::IAM::Policy"
    ]
    assert len(set(names)) == 2
    assert all("{'Ref': 'AWS::StackId'}" in name for name in names)


@pytest.mark.parametrize("how", ["handed over", "imported"])
def test_a_given_role_may_name_a_campaign_of_the_served_stack(
    app, platform, synthesized_from, version_arn, how
):
    stack = cdk.Stack(app, "Shop")
    is_imported = how == "imported"
    provider = imported(stack, handler_role_name="handler") if is_imported else platform
    campaign = Campaign(stack, "C", solution_version=version_arn, provider=provider)
    reading = iam.PolicyStatement(
        actions=["personalize:GetRecommendations"], resources=[campaign.campaign_arn]
    )
    role = iam.Role(
        stack,
        "Mine",
        assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"),
        inline_policies={"Reads": iam.PolicyDocument(statements=[reading])},
    )
    job(stack, version_arn, provider, role=role)
    assert synthesized_from(stack).creation_order()


def test_the_policy_is_there_before_the_resource_and_goes_after_it(
    app, platform, synthesized_from, version_arn
):
    stack = cdk.Stack(app, "Shop")
    Campaign(stack, "C", solution_version=version_arn, provider=platform)
    template = synthesized_from(stack)
    policy, _ = rights(template)
    assert policy in template.one("Custom::PersonalizeCampaign")["DependsOn"]
    assert [each.stack_name for each in stack.dependencies] == ["Platform"]


def test_the_providers_own_stack_says_nothing_of_those_it_serves(
    app, platform, synthesized_from, version_arn
):
    for name in ("Shop", "Blog"):
        job(cdk.Stack(app, name), version_arn, platform)
    template = synthesized_from(cdk.Stack.of(platform))
    assert not re.search("Shop|Blog|iam:PassRole", json.dumps(template.raw))
    assert not cdk.Stack.of(platform).dependencies


def test_in_its_own_stack_a_given_provider_is_like_the_stacks_own(
    app, platform, synthesized_from, version_arn
):
    job(cdk.Stack.of(platform), version_arn, platform)
    template = synthesized_from(cdk.Stack.of(platform))
    assert len(template.of_type("AWS::Lambda::Function")) == 2
    assert len(template.of_type("AWS::IAM::Policy")) == 2
    assert "iam:PassRole" in str(template.named("ProviderHandlerPolicy"))
    assert template.creation_order()


def test_two_stacks_of_the_same_name_in_turn_have_policies_of_two_names(
    app, platform, synthesized_from, version_arn
):
    stack = cdk.Stack(app, "Shop")
    Campaign(stack, "C", solution_version=version_arn, provider=platform)
    name = rights(synthesized_from(stack))[1]["PolicyName"]
    assert "{'Fn::Select': [2, {'Fn::Split': ['/', '${AWS::StackId}']}]}" in str(name)


def test_a_nested_stack_served_by_its_parents_provider_waits_for_all_of_it(
    app, platform, synthesized_from, version_arn
):
    parent = cdk.Stack.of(platform)
    nested = cdk.NestedStack(parent, "Nested")
    Campaign(nested, "C", solution_version=version_arn, provider=platform)
    template = synthesized_from(parent)
    waits = template.one("AWS::CloudFormation::Stack")["DependsOn"]
    for part in ("HandlerInvocation", "HandlerPolicy", "Logs", "WaiterPolicy"):
        assert any(each.startswith(f"Provider{part}") for each in waits), part
    assert template.creation_order()
    assert synthesized_from(nested).one("AWS::IAM::Policy")


def test_a_provider_in_a_nested_stack_serves_the_parent(app, synthesized_from, version_arn):
    parent = cdk.Stack(app, "Shop")
    provider = PersonalizeProvider(cdk.NestedStack(parent, "Nested"), "Provider")
    Campaign(parent, "C", solution_version=version_arn, provider=provider)
    template = synthesized_from(parent)
    (nested,) = template.of_type("AWS::CloudFormation::Stack")
    assert nested in template.one("Custom::PersonalizeCampaign")["DependsOn"]
    assert template.creation_order()


# --- imported ------------------------------------------------------------------------------------


def imported(stack, **props):
    return PersonalizeProvider.from_service_token(
        stack, "Provider", cdk.Fn.import_value("recommendations-service-token"), **props
    )


def test_an_imported_provider_is_named_and_its_role_gets_the_policy(
    stack, synthesized_from, version_arn
):
    name = cdk.Fn.import_value("recommendations-handler-role-name")
    provider = imported(stack, handler_role_name=name)
    Campaign(stack, "C", solution_version=version_arn, provider=provider)
    template = synthesized_from(stack)
    policy, properties = rights(template)
    assert "events:PutEvents" in actions(properties)
    assert properties["Roles"] == [{"Fn::ImportValue": "recommendations-handler-role-name"}]
    campaign = template.one("Custom::PersonalizeCampaign")
    assert campaign["DependsOn"] == [policy]
    assert campaign["Properties"]["ServiceToken"] == {
        "Fn::ImportValue": "recommendations-service-token"
    }
    assert len(template.raw["Resources"]) == 2
    assert template.warnings == []


def test_without_the_roles_name_each_statement_that_is_missing_is_a_warning(
    stack, synthesized_from, version_arn
):
    provider = imported(stack)
    for name in ("One", "Two"):
        Campaign(stack, name, solution_version=version_arn, provider=provider)
    job(stack, version_arn, provider)
    template = synthesized_from(stack)
    assert template.of_type("AWS::IAM::Policy") == {}
    told = [each for each in template.warnings if HANDLER_POLICY_WARNING in each]
    assert len(told) == 3
    text = "".join(told)
    assert ":cloudformation:${AWS::Region}:${AWS::AccountId}:stack/Shop/*" in text
    assert "events:PutEvents" in text
    assert "role/cdk-personalize/Shop/*" in text
    assert "AWS::StackName" not in text


def test_of_a_nested_stack_the_warnings_say_how_its_name_begins(
    stack, synthesized_from, version_arn
):
    nested = cdk.NestedStack(stack, "Nested")
    job(nested, version_arn, imported(nested))
    text = "".join(synthesized_from(stack).warnings)
    assert "role/cdk-personalize/Shop-*/*" in text
    assert "AWS::StackName" not in text


def test_without_the_roles_name_each_given_role_is_told_by_itself(
    stack, synthesized_from, version_arn
):
    provider = imported(stack)
    for name in ("one", "two", "one"):
        arn = f"arn:aws:iam::123456789012:role/{name}"
        provider.rights_for(stack).pass_role(arn)
    told = [each for each in synthesized_from(stack).warnings if "iam:PassRole" in each]
    assert len(told) == 2
    assert not any("role/one" in each and "role/two" in each for each in told)


def test_a_given_role_is_none_of_those_that_allow_stacks_covers(
    stack, synthesized_from, version_arn
):
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::123456789012:role/reader")
    job(stack, version_arn, imported(stack), role=role)
    told = [each for each in synthesized_from(stack).warnings if HANDLER_POLICY_WARNING in each]
    offered = {"role/reader" in each: "allow_stacks" in each for each in told}
    assert offered == {True: False, False: True}


def test_the_export_names_what_the_import_takes(app, platform, synthesized_from):
    platform.export("recommendations")
    outputs = synthesized_from(cdk.Stack.of(platform)).raw["Outputs"].values()
    assert {each["Export"]["Name"]: next(iter(each["Value"])) for each in outputs} == {
        "recommendations-service-token": "Fn::GetAtt",
        "recommendations-handler-role-name": "Ref",
    }


def test_the_owner_may_allow_stacks_by_name_which_adds_what_the_warnings_ask_for(
    app, platform, synthesized_from
):
    platform.allow_stacks("shop-*", "blog")
    allowed = synthesized_from(cdk.Stack.of(platform)).named("ProviderHandlerPolicy")
    statements = allowed["Properties"]["PolicyDocument"]["Statement"]
    asked = [
        each["Resource"].partition(":cloudformation:")[2]
        for each in statements
        if "cloudformation:DescribeStacks" in each["Action"]
    ]
    assert asked == [
        "",
        "${AWS::Region}:${AWS::AccountId}:stack/shop-*/*",
        "${AWS::Region}:${AWS::AccountId}:stack/blog/*",
    ]
    (passing,) = (each for each in statements if each["Action"] == "iam:PassRole")
    assert [each.rpartition(":")[2] for each in passing["Resource"]] == [
        "role/cdk-personalize/shop-*/*",
        "role/cdk-personalize/blog/*",
    ]
    assert "events:PutEvents" in str(statements)


@pytest.mark.parametrize("name", ["*", "", "-shop", "shop/*", "s*p"])
def test_a_pattern_that_stands_for_every_stack_or_none_is_refused(platform, name):
    with pytest.raises(ProviderSettingsError, match=r"such as shop-\*"):
        platform.allow_stacks("shop", name)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (
            lambda stack, version, provider: Campaign(
                stack, "C", solution_version=version, provider=provider
            ),
            "campaigns alone",
        ),
        (job, "jobs too"),
    ],
)
def test_a_role_has_room_for_the_policies_of_as_many_stacks_as_the_page_says(
    app, platform, synthesized_from, version_arn, project, build, words
):
    """With long names: what IAM counts is the text after CloudFormation has filled it in."""
    stack = cdk.Stack(app, "Shop")
    build(stack, version_arn, platform)
    own = synthesized_from(cdk.Stack.of(platform)).named("ProviderHandlerPolicy")
    room = INLINE_LIMIT - counted(own["Properties"])
    stacks = room // counted(rights(synthesized_from(stack))[1])
    text = " ".join((project / "docs" / "provider.md").read_text().split())
    assert f"{stacks} stacks with {words}" in text


def counted(policy):
    text = json.dumps(policy["PolicyDocument"], separators=(",", ":"))
    stack_id = (
        "arn:aws:cloudformation:ap-southeast-2:123456789012:stack/" + "s" * 30 + "/" + "1" * 36
    )
    for name, value in {
        "AWS::StackId": stack_id,
        "AWS::StackName": "s" * 30,
        "AWS::Partition": "aws",
        "AWS::Region": "ap-southeast-2",
        "AWS::AccountId": "123456789012",
    }.items():
        text = text.replace(f"${{{name}}}", value)
    # What is left are names and ARNs of the provider's own parts.
    return len(re.sub(r"\$\{\w+\.?\w*\}", "a" * 110, text))


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "elsewhere",
    [{**HERE, "region": "eu-west-1"}, {**HERE, "account": "210987654321"}, None],
    ids=["region", "account", "unknown"],
)
def test_a_provider_of_another_place_is_refused(faults_of, app, version_arn, elsewhere):
    env = cdk.Environment(**elsewhere) if elsewhere else None
    provider = PersonalizeProvider(cdk.Stack(app, "Platform", env=env), "Provider")
    stack = cdk.Stack(app, "Shop", env=cdk.Environment(**HERE))
    (fault,) = faults_of(
        lambda: Campaign(stack, "C", solution_version=version_arn, provider=provider)
    ).values()
    assert fault.property == "ServiceToken"
    assert "Platform/Provider in " in str(fault)
    assert "123456789012/us-east-1" in fault.rule
    assert "one provider for each account and region" in fault.way_out


def test_a_provider_of_another_stage_is_refused(faults_of, app, version_arn):
    provider = PersonalizeProvider(cdk.Stack(cdk.Stage(app, "Test"), "Platform"), "Provider")
    stack = cdk.Stack(cdk.Stage(app, "Live"), "Shop")
    (fault,) = faults_of(
        lambda: Campaign(stack, "C", solution_version=version_arn, provider=provider)
    ).values()
    assert "stage" in fault.rule
    assert "import that one by its service token" in fault.way_out


@pytest.mark.parametrize(
    ("token", "rule"),
    [
        (TOKEN.replace("us-east-1", "eu-west-1"), "region, us-east-1"),
        (TOKEN.replace("123456789012", "210987654321"), "account, 123456789012"),
        (f"{TOKEN}:live", "without version or alias"),
        ("arn:aws:sns:us-east-1:123456789012:topic", "ARN of a provider's function"),
        ("provider", "ARN of a provider's function"),
    ],
)
def test_a_service_token_that_cannot_serve_is_refused(faults_of, app, version_arn, token, rule):
    stack = cdk.Stack(app, "Shop", env=cdk.Environment(**HERE))
    provider = PersonalizeProvider.from_service_token(
        stack, "Provider", token, handler_role_name="handler"
    )
    (fault,) = faults_of(
        lambda: Campaign(stack, "C", solution_version=version_arn, provider=provider)
    ).values()
    assert rule in fault.rule
    assert fault.value == token


def test_the_arn_of_a_role_is_no_name(faults_of, stack, version_arn):
    provider = PersonalizeProvider.from_service_token(
        stack, "Provider", TOKEN, handler_role_name="arn:aws:iam::123456789012:role/handler"
    )
    (fault,) = faults_of(
        lambda: Campaign(stack, "C", solution_version=version_arn, provider=provider)
    ).values()
    assert (fault.property, "last slash" in fault.way_out) == ("handler_role_name", True)


def test_a_good_service_token_is_taken_where_the_place_is_known_and_where_not(app, version_arn):
    for name, env in {"Known": cdk.Environment(**HERE), "Unknown": None}.items():
        stack = cdk.Stack(app, name, env=env)
        provider = PersonalizeProvider.from_service_token(
            stack, "Provider", TOKEN, handler_role_name="handler"
        )
        assert Campaign(stack, "C", solution_version=version_arn, provider=provider)
