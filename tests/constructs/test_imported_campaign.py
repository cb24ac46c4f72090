"""Campaigns that exist already: by ARN, by name, and as the CDK's own constructs see them."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as personalize

from cdk_personalize import Campaign, ICampaign, InvalidPropertiesError

ARN = "arn:aws:personalize:eu-west-1:210987654321:campaign/shop-window"


def outputs_of(synthesize, build, **stack_props):
    def outputs(stack):
        for name, value in build(stack).items():
            cdk.CfnOutput(stack, name, value=value)

    made = synthesize(outputs, **stack_props)
    assert "Resources" not in made.raw
    return made.outputs


def told(campaign):
    return {
        "Arn": campaign.campaign_arn,
        "Name": campaign.campaign_name,
        "Account": campaign.env.account,
        "Region": campaign.env.region,
        "Native": personalize.CfnCampaign.arn_for_campaign(campaign),
    }


def test_an_arn_tells_name_account_and_region_and_adds_nothing_to_the_template(synthesize):
    def build(stack):
        return told(Campaign.from_campaign_arn(stack, "Shop", ARN))

    assert outputs_of(synthesize, build) == {
        "Arn": ARN,
        "Name": "shop-window",
        "Account": "210987654321",
        "Region": "eu-west-1",
        "Native": ARN,
    }


def test_an_arn_may_be_a_token(stack):
    parameter = cdk.CfnParameter(stack, "Arn")
    campaign = Campaign.from_campaign_arn(stack, "Shop", parameter.value_as_string)
    assert stack.resolve(campaign.campaign_arn) == {"Ref": "Arn"}
    name = {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Arn"}]}]}
    whole = {"Fn::Select": [5, {"Fn::Split": [":", {"Ref": "Arn"}]}]}
    assert stack.resolve(campaign.campaign_name) in (
        name,
        {"Fn::Select": [1, {"Fn::Split": ["/", whole]}]},
    )
    region = {"Fn::Select": [3, {"Fn::Split": [":", {"Ref": "Arn"}]}]}
    assert stack.resolve(campaign.env.region) == region


def test_a_name_is_looked_for_in_the_stacks_own_place(synthesize):
    def build(stack):
        return told(Campaign.from_campaign_name(stack, "Shop", "shop-window"))

    arn = "arn:${AWS::Partition}:personalize:${AWS::Region}:${AWS::AccountId}:campaign/shop-window"
    made = outputs_of(synthesize, build)
    assert made["Arn"] == made["Native"] == arn
    env = cdk.Environment(account="123456789012", region="cn-north-1")
    placed = outputs_of(synthesize, build, env=env)
    assert placed["Arn"].endswith(":personalize:cn-north-1:123456789012:campaign/shop-window")
    assert placed["Account"] == "123456789012"


def test_a_name_may_be_a_token(stack):
    parameter = cdk.CfnParameter(stack, "Name")
    campaign = Campaign.from_campaign_name(stack, "Shop", parameter.value_as_string)
    assert "Name" in str(stack.resolve(campaign.campaign_arn))


def test_a_native_campaign_is_referred_to_by_its_arn(stack, version_arn):
    native = personalize.CfnCampaign(stack, "Native", name="shop", solution_version_arn=version_arn)
    campaign = Campaign.from_campaign_arn(stack, "Shop", native.attr_campaign_arn)
    assert stack.resolve(campaign.campaign_arn) == {"Fn::GetAtt": ["Native", "CampaignArn"]}


def test_made_and_imported_campaigns_are_campaigns_and_only_the_base_is_abstract(
    stack, version_arn
):
    made = Campaign(stack, "Made", solution_version=version_arn)
    imported = Campaign.from_campaign_arn(stack, "Imported", ARN)
    assert isinstance(made, ICampaign)
    assert isinstance(imported, ICampaign)
    assert not isinstance(imported, Campaign)
    with pytest.raises(TypeError, match="abstract"):
        ICampaign(stack, "Any")  # type: ignore[abstract]


@pytest.mark.parametrize(
    ("arn", "way_out"),
    [
        ("shop-window", "Campaign.from_campaign_name"),
        ("", "Campaign.from_campaign_name"),
        ("arn:aws:s3:::shop", "Campaign.from_campaign_name"),
        ("arn:aws:personalize:eu-west-1:210987654321:campaign/", "list-campaigns"),
        ("arn:aws:personalize:eu-west-1:210987654321:campaign/a/b", "list-campaigns"),
        ("arn:aws:personalize::210987654321:campaign/shop", "list-campaigns"),
        ("arn:aws:personalize:eu-west-1:210987654321:recommender/shop", "ARN of a recommender"),
        ("arn:aws:personalize:eu-west-1:210987654321:solution/movies/5f", "ARN of a solution"),
    ],
)
def test_what_is_no_arn_of_a_campaign_is_refused_with_the_way_out(stack, arn, way_out):
    with pytest.raises(InvalidPropertiesError, match="Shop/Wrong has 1 fault") as caught:
        Campaign.from_campaign_arn(stack, "Wrong", arn)
    (fault,) = caught.value.faults
    assert (fault.property, fault.value) == ("CampaignArn", arn)
    assert "campaign/NAME" in str(fault)
    assert way_out in fault.way_out
    assert stack.node.children == []


@pytest.mark.parametrize("name", ["-shop", "", "a" * 64, ARN])
def test_what_is_no_name_of_a_campaign_is_refused_with_the_way_out(stack, name):
    with pytest.raises(InvalidPropertiesError) as caught:
        Campaign.from_campaign_name(stack, "Wrong", name)
    (fault,) = caught.value.faults
    assert (fault.property, fault.value) == ("Name", name)
    assert "Campaign.from_campaign_arn" in fault.way_out
