"""Nested stacks, stages, boundaries, aspects: the library inside of what others build."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    JobInput,
    JobOutput,
    PersonalizeProvider,
    SolutionVersion,
)

BOUNDARY = "arn:aws:iam::123456789012:policy/Boundary"


@pytest.fixture
def app():
    return cdk.App(analytics_reporting=False)


def everything(scope, version_arn, *, provider=None):
    """A stack's worth of the library: real time, a run with a role, a training, wait segments."""
    campaign = Campaign(
        scope,
        "Campaign",
        solution_version=version_arn,
        timeout=cdk.Duration.hours(2),
        provider=provider,
    )
    BatchInferenceJob(
        scope,
        "Job",
        solution_version=version_arn,
        job_input=JobInput.from_s3_path("s3://shop/in/"),
        job_output=JobOutput.from_s3_path("s3://shop/out/"),
        provider=provider,
    )
    SolutionVersion(scope, "Training", solution=version_arn.rpartition("/")[0], provider=provider)
    return campaign


# --- nested stacks -------------------------------------------------------------------------------


def test_a_nested_stack_has_a_provider_of_its_own_and_the_parent_none(
    stack, synthesized_from, version_arn
):
    nested = cdk.NestedStack(stack, "Nested")
    everything(nested, version_arn)
    inner = synthesized_from(nested)
    assert len(inner.of_type("AWS::StepFunctions::StateMachine")) == 1
    assert inner.creation_order()
    (outer,) = synthesized_from(stack).raw["Resources"].values()
    assert outer["Type"] == "AWS::CloudFormation::Stack"


def test_siblings_and_the_parent_have_a_provider_each(stack, synthesized_from, version_arn):
    places = [stack, cdk.NestedStack(stack, "One"), cdk.NestedStack(stack, "Two")]
    for place in places:
        Campaign(place, "Campaign", solution_version=version_arn)
    providers = {PersonalizeProvider.get_or_create(place).node.path for place in places}
    assert providers == {
        "Shop/CdkPersonalizeProvider",
        "Shop/One/CdkPersonalizeProvider",
        "Shop/Two/CdkPersonalizeProvider",
    }
    for place in places:
        assert synthesized_from(place).creation_order()


def test_the_parent_uses_a_nested_campaign_once_it_serves(stack, synthesized_from, version_arn):
    nested = cdk.NestedStack(stack, "Nested")
    campaign = everything(nested, version_arn)
    ssm.StringParameter(stack, "User", string_value=campaign.campaign_arn)
    (output,) = synthesized_from(nested).raw["Outputs"].values()
    # The last link of the chain, at which the campaign is ACTIVE.
    last = nested.get_logical_id(campaign.node.find_child("Wait"))
    assert output["Value"]["Fn::GetAtt"][0] == last
    user = synthesized_from(stack).raw["Resources"]["User00B015A1"]
    assert user["Properties"]["Value"]["Fn::GetAtt"][1].startswith("Outputs.")


def test_a_nested_stack_takes_a_version_that_the_parent_trains(
    stack, synthesized_from, version_arn
):
    training = SolutionVersion(stack, "Training", solution=version_arn.rpartition("/")[0])
    nested = cdk.NestedStack(stack, "Nested")
    Campaign(nested, "Campaign", solution_version=training)
    outer = synthesized_from(stack)
    (parameter,) = outer.one("AWS::CloudFormation::Stack")["Properties"]["Parameters"].values()
    waits = outer.of_type("Custom::PersonalizeWait").items()
    last = max(waits, key=lambda item: item[1]["Properties"]["Position"])[0]
    assert parameter == f"${{{last}.SolutionVersionArn}}"
    assert outer.creation_order()


# --- several stacks, stages ----------------------------------------------------------------------


def test_a_campaign_used_in_another_stack_is_exported_and_deployed_first(
    app, synthesized_from, version_arn
):
    models, shop = cdk.Stack(app, "Models"), cdk.Stack(app, "Shop")
    campaign = everything(models, version_arn)
    ssm.StringParameter(shop, "User", string_value=campaign.campaign_arn)
    user = synthesized_from(shop).one("AWS::SSM::Parameter")["Properties"]["Value"]
    assert [each.stack_name for each in shop.dependencies] == ["Models"]
    (export,) = synthesized_from(models).raw["Outputs"].values()
    assert user == {"Fn::ImportValue": export["Export"]["Name"]}
    last = models.get_logical_id(campaign.node.find_child("Wait"))
    assert export["Value"]["Fn::GetAtt"] == [last, "CampaignArn"]


def test_a_grant_to_a_role_of_another_stack_stays_in_that_stack(app, synthesized_from, version_arn):
    models, shop = cdk.Stack(app, "Models"), cdk.Stack(app, "Shop")
    campaign = Campaign(models, "Campaign", solution_version=version_arn)
    caller = iam.Role(shop, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    campaign.grant_get_recommendations(caller)
    assert "personalize:GetRecommendations" in str(synthesized_from(shop).raw)
    assert not models.dependencies


def test_each_stage_is_an_app_of_its_own_with_the_same_logical_ids(
    app, synthesized_from, version_arn
):
    templates = []
    for name in ("Test", "Live"):
        stack = cdk.Stack(cdk.Stage(app, name), "Shop")
        everything(stack, version_arn)
        templates.append(synthesized_from(stack))
    assert [template.stack.stack_name for template in templates] == ["Test-Shop", "Live-Shop"]
    assert templates[0].raw["Resources"] == templates[1].raw["Resources"]


def test_one_provider_serves_the_stacks_of_its_stage(app, synthesized_from, version_arn):
    for name in ("Test", "Live"):
        stage = cdk.Stage(app, name)
        provider = PersonalizeProvider(cdk.Stack(stage, "Platform"), "Provider")
        shop = cdk.Stack(stage, "Shop")
        everything(shop, version_arn, provider=provider)
        assert "AWS::Lambda::Function" not in str(synthesized_from(shop).raw)
        assert f"{name}-Platform:Exports" in str(synthesized_from(shop).raw)
    app.synth()


# --- permissions boundaries ----------------------------------------------------------------------


def boundaries(template):
    return {
        name: role["Properties"].get("PermissionsBoundary")
        for name, role in template.of_type("AWS::IAM::Role").items()
    }


def of_a_stack(app):
    boundary = cdk.PermissionsBoundary.from_arn(BOUNDARY)
    return cdk.Stack(app, "Shop", permissions_boundary=boundary)


def of_a_stage(app):
    boundary = cdk.PermissionsBoundary.from_arn(BOUNDARY)
    return cdk.Stack(cdk.Stage(app, "Live", permissions_boundary=boundary), "Shop")


def applied_to_the_app(app):
    stack = cdk.Stack(app, "Shop")
    policy = iam.ManagedPolicy.from_managed_policy_arn(stack, "Boundary", BOUNDARY)
    iam.PermissionsBoundary.of(app).apply(policy)
    return stack


WAYS = pytest.mark.parametrize("make", [of_a_stack, of_a_stage, applied_to_the_app])


@WAYS
def test_a_permissions_boundary_reaches_every_role(app, synthesized_from, version_arn, make):
    stack = make(app)
    everything(stack, version_arn)
    found = boundaries(synthesized_from(stack))
    assert len(found) == 4
    assert set(found.values()) == {BOUNDARY}


@WAYS
def test_a_permissions_boundary_reaches_every_role_of_a_nested_stack(
    app, synthesized_from, version_arn, make
):
    nested = cdk.NestedStack(make(app), "Nested")
    everything(nested, version_arn)
    found = boundaries(synthesized_from(nested))
    assert len(found) == 4
    assert set(found.values()) == {BOUNDARY}


# --- aspects -------------------------------------------------------------------------------------


@jsii.implements(cdk.IAspect)
class Keep:
    """Keeps every resource, as a platform's rule may demand."""

    def visit(self, node):
        if isinstance(node, cdk.CfnResource):
            node.apply_removal_policy(cdk.RemovalPolicy.RETAIN)


@jsii.implements(cdk.IAspect)
class Prefix:
    """Gives every role and function a name that starts with a prefix."""

    def visit(self, node):
        if isinstance(node, cdk.CfnResource):
            name = {"AWS::IAM::Role": "RoleName", "AWS::Lambda::Function": "FunctionName"}.get(
                node.cfn_resource_type
            )
            if name:
                node.add_property_override(name, f"acme-{node.node.addr[-8:]}")


@jsii.implements(cdk.IAspect)
class MakesMore:
    """Adds a campaign to every stack, so late that the tree is being visited already."""

    def __init__(self, version_arn):
        self.version_arn = version_arn

    def visit(self, node):
        if isinstance(node, cdk.Stack) and node.node.try_find_child("Added") is None:
            Campaign(node, "Added", solution_version=self.version_arn)


def shared(app):
    """A provider's stack, and one that it serves."""
    platform = cdk.Stack(app, "Platform")
    return cdk.Stack(app, "Shop"), PersonalizeProvider(platform, "Provider")


def own(app):
    return cdk.Stack(app, "Shop"), None


HOW = pytest.mark.parametrize("how", [own, shared])


@HOW
def test_tags_reach_what_takes_tags_and_change_nothing_else_of_the_custom_resources(
    app, synthesized_from, version_arn, how
):
    stack, provider = how(app)
    everything(stack, version_arn, provider=provider)
    bare = custom(synthesized_from(stack))

    app = cdk.App(analytics_reporting=False)
    stack, provider = how(app)
    everything(stack, version_arn, provider=provider)
    cdk.Tags.of(app).add("team", "shop")
    template = synthesized_from(stack)
    tags = [{"Key": "team", "Value": "shop"}]
    assert custom(template) == {
        name: {
            **properties,
            **(
                {"Properties": {**properties["Properties"], "Tags": tags}}
                if "Position" in properties
                else {"Tags": tags}
            ),
        }
        for name, properties in bare.items()
    }
    for role in template.of_type("AWS::IAM::Role").values():
        assert {"Key": "team", "Value": "shop"} in role["Properties"]["Tags"]


@HOW
def test_an_aspect_may_keep_everything(app, synthesized_from, version_arn, how):
    stack, provider = how(app)
    everything(stack, version_arn, provider=provider)
    cdk.Aspects.of(app).add(Keep())
    template = synthesized_from(stack)
    assert {each["DeletionPolicy"] for each in template.raw["Resources"].values()} == {"Retain"}
    assert template.creation_order()


@HOW
def test_an_aspect_may_name_roles_and_functions(app, synthesized_from, version_arn, how):
    stack, provider = how(app)
    everything(stack, version_arn, provider=provider)
    cdk.Aspects.of(app).add(Prefix())
    template = synthesized_from(stack)
    named = [
        each["Properties"].get("RoleName") or each["Properties"].get("FunctionName")
        for kind in ("AWS::IAM::Role", "AWS::Lambda::Function")
        for each in template.of_type(kind).values()
    ]
    assert named
    assert all(each.startswith("acme-") for each in named)
    assert template.creation_order()


def test_an_aspect_may_add_a_construct_of_the_library(app, version_arn):
    stack = cdk.Stack(app, "Shop")
    cdk.Aspects.of(app).add(MakesMore(version_arn))
    template = assertions.Template.from_stack(stack)
    template.resource_count_is("Custom::PersonalizeCampaign", 1)
    template.resource_count_is("AWS::StepFunctions::StateMachine", 1)


def custom(template):
    return {
        name: each["Properties"]
        for name, each in template.raw["Resources"].items()
        if each["Type"].startswith("Custom::")
    }
