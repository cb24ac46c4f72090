"""examples/stages: what `cdk deploy` finds in that folder."""

from __future__ import annotations

import pytest

DEV, PROD = "Dev-Recommendations", "Prod-Recommendations"


@pytest.fixture(scope="module")
def stages(synthesized_alone):
    return synthesized_alone("stages", devAccount="111111111111", prodAccount="222222222222")


def of_type(template, kind):
    return {n: r["Properties"] for n, r in template["Resources"].items() if r["Type"] == kind}


def campaigns(template):
    """By place: the logical id without the hash."""
    found = of_type(template, "Custom::PersonalizeCampaign")
    return {name[:-8]: properties for name, properties in found.items()}


def test_each_stage_has_the_same_campaigns_in_one_stack(stages):
    assert set(stages) == {DEV, PROD}
    places = {"HomePage", "ProductPage", "Basket", "SearchResults"}
    assert campaigns(stages[DEV]).keys() == campaigns(stages[PROD]).keys() == places


def test_the_stages_differ_in_provisioned_transactions(stages):
    def tps(name):
        return {place: each["MinProvisionedTPS"] for place, each in campaigns(stages[name]).items()}

    assert set(tps(DEV).values()) == {1}
    assert tps(PROD) == {"HomePage": 20, "ProductPage": 10, "SearchResults": 5, "Basket": 1}


def test_each_campaign_serves_a_version_of_its_stages_account(stages):
    for name, account in ((DEV, "111111111111"), (PROD, "222222222222")):
        for place, each in campaigns(stages[name]).items():
            text = str(each["SolutionVersionArn"])
            assert f":personalize:us-east-1:{account}:solution/" in text, place
    versions = [campaigns(stages[name])["HomePage"]["SolutionVersionArn"] for name in (DEV, PROD)]
    assert str(versions[0]).rpartition("/")[2] != str(versions[1]).rpartition("/")[2]


def test_only_the_recipe_that_explores_is_told_how_much(stages):
    for name in (DEV, PROD):
        exploring = {
            place
            for place, each in campaigns(stages[name]).items()
            if "ItemExplorationConfig" in each.get("CampaignConfig", {})
        }
        assert exploring == {"HomePage"}


def test_a_stage_has_one_provider_whose_log_is_kept_as_long_as_the_stage_says(stages):
    days = {
        name: [each["RetentionInDays"] for each in of_type(made, "AWS::Logs::LogGroup").values()]
        for name, made in stages.items()
    }
    assert days == {DEV: [7], PROD: [365]}
    for name in (DEV, PROD):
        tokens = {str(each["ServiceToken"]) for each in campaigns(stages[name]).values()}
        assert len(tokens) == 1


def test_only_prod_is_watched(stages):
    watching = ("AWS::CloudWatch::Dashboard", "AWS::CloudWatch::Alarm")
    assert [len(of_type(stages[DEV], kind)) for kind in watching] == [0, 0]
    assert [len(of_type(stages[PROD], kind)) for kind in watching] == [1, 4]


def test_no_campaign_waits_for_another(stages):
    for template in stages.values():
        names = set(of_type(template, "Custom::PersonalizeCampaign"))
        for name in names:
            assert not names & set(template["Resources"][name].get("DependsOn", []))
