"""Campaign: props in, template out."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as personalize

from cdk_personalize import Campaign, ItemExploration, RankingInfluence

CAMPAIGN = "Custom::PersonalizeCampaign"


@pytest.fixture(scope="module")
def whole(synthesize, version_arn):
    def build(stack):
        campaign = Campaign(
            stack,
            "Full",
            solution_version=version_arn.replace("5f3a9c1e", "$LATEST"),
            campaign_name="shop-window",
            min_provisioned_tps=2,
            item_exploration=ItemExploration(weight=0.3, age_cut_off=cdk.Duration.days(30)),
            enable_metadata_with_recommendations=True,
            sync_with_latest_solution_version=True,
            ranking_influence=RankingInfluence(popularity=0.4, freshness=0.1),
            timeout=cdk.Duration.minutes(30),
        )
        Campaign(stack, "Small", solution_version=version_arn)
        Campaign(
            stack,
            "Maps",
            solution_version=version_arn,
            item_exploration={"explorationWeight": "0.5"},
            enable_metadata_with_recommendations=False,
            ranking_influence={"FRESHNESS": 1},
        )
        for name in (
            "campaign_arn",
            "campaign_name",
            "status",
            "creation_date_time",
            "last_updated_date_time",
        ):
            cdk.CfnOutput(stack, name.replace("_", ""), value=getattr(campaign, name))
        native = personalize.CfnCampaign.arn_for_campaign(campaign)
        cdk.CfnOutput(stack, "native", value=native)

    return synthesize(build)


def own(resource):
    """The properties that are the campaign's own, and not the machinery's."""
    machinery = {"ServiceToken", "ServiceTimeout", "Timeout"}
    return {k: v for k, v in resource["Properties"].items() if k not in machinery}


def test_every_prop_reaches_the_template_under_the_services_name(whole):
    assert own(whole.named("Full")) == {
        "Name": "shop-window",
        "SolutionVersionArn": "arn:aws:personalize:us-east-1:123456789012:solution/movies/$LATEST",
        "MinProvisionedTPS": 2,
        "CampaignConfig": {
            "ItemExplorationConfig": {
                "explorationWeight": "0.3",
                "explorationItemAgeCutOff": "30",
            },
            "EnableMetadataWithRecommendations": True,
            "SyncWithLatestSolutionVersion": True,
            "RankingInfluence": {"POPULARITY": 0.4, "FRESHNESS": 0.1},
        },
    }


def test_what_is_left_out_is_left_out_of_the_template(whole, version_arn):
    assert own(whole.named("Small")) == {"SolutionVersionArn": version_arn}


def test_plain_maps_and_false_are_kept_as_given(whole):
    assert own(whole.named("Maps"))["CampaignConfig"] == {
        "ItemExplorationConfig": {"explorationWeight": "0.5"},
        "EnableMetadataWithRecommendations": False,
        "RankingInfluence": {"FRESHNESS": 1},
    }


def test_cloudformation_waits_the_whole_hour_whatever_the_user_asked(whole):
    properties = whole.named("Full")["Properties"]
    assert (properties["Timeout"], properties["ServiceTimeout"]) == (1800, "3600")


def test_without_a_timeout_it_is_the_hour_that_cloudformation_waits_at_most(whole):
    properties = whole.named("Small")["Properties"]
    assert (properties["Timeout"], properties["ServiceTimeout"]) == (3600, "3600")


def test_attributes_come_from_the_custom_resource(whole):
    (name,) = (name for name in whole.resources if name.startswith("Full"))
    assert whole.outputs == {
        "campaignarn": f"${{{name}.CampaignArn}}",
        "campaignname": f"${{{name}.Name}}",
        "status": f"${{{name}.Status}}",
        "creationdatetime": f"${{{name}.CreationDateTime}}",
        "lastupdateddatetime": f"${{{name}.LastUpdatedDateTime}}",
        "native": f"${{{name}.CampaignArn}}",
    }


def test_each_campaign_is_exactly_one_resource_more(whole):
    kinds = [resource["Type"] for resource in whole.resources.values()]
    assert kinds.count(CAMPAIGN) == 3
    assert len(kinds) == 3 + 10


def test_tokens_are_accepted_everywhere(synthesize):
    def build(stack):
        def parameter(name, kind="String"):
            return cdk.CfnParameter(stack, name, type=kind)

        cdk.CfnCondition(stack, "Live", expression=cdk.Fn.condition_equals("a", "a"))
        flag = cdk.Fn.condition_if("Live", True, False)
        Campaign(
            stack,
            "Campaign",
            solution_version=parameter("Version").value_as_string,
            campaign_name=f"shop-{parameter('Name').value_as_string}",
            min_provisioned_tps=parameter("Tps", "Number").value_as_number,
            item_exploration=ItemExploration(
                weight=parameter("Weight", "Number").value_as_number,
                age_cut_off=cdk.Duration.days(parameter("Days", "Number").value_as_number),
            ),
            enable_metadata_with_recommendations=flag,
            sync_with_latest_solution_version=flag,
            ranking_influence=RankingInfluence(
                popularity=parameter("Popularity", "Number").value_as_number
            ),
        )

    switch = {"Fn::If": ["Live", True, False]}
    assert own(synthesize(build).one(CAMPAIGN)) == {
        "Name": "shop-${Name}",
        "SolutionVersionArn": "${Version}",
        "MinProvisionedTPS": "${Tps}",
        "CampaignConfig": {
            "ItemExplorationConfig": {
                "explorationWeight": "${Weight}",
                "explorationItemAgeCutOff": "${Days}",
            },
            "EnableMetadataWithRecommendations": switch,
            "SyncWithLatestSolutionVersion": switch,
            "RankingInfluence": {"POPULARITY": "${Popularity}"},
        },
    }


def test_whole_maps_may_be_tokens(synthesize, version_arn):
    def build(stack):
        cdk.CfnCondition(stack, "Live", expression=cdk.Fn.condition_equals("a", "a"))
        mapping = cdk.Fn.condition_if("Live", {"POPULARITY": 1}, cdk.Aws.NO_VALUE)
        Campaign(stack, "Campaign", solution_version=version_arn, ranking_influence=mapping)

    config = own(synthesize(build).one(CAMPAIGN))["CampaignConfig"]
    assert config["RankingInfluence"]["Fn::If"][1] == {"POPULARITY": 1}
