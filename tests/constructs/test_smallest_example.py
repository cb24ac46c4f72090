"""examples/smallest: what `cdk deploy` finds in that folder."""

from __future__ import annotations

VERSION = "arn:aws:personalize:eu-west-1:210987654321:solution/films/5f3a9c1e"
PROVIDER = 10
"""Resources of the provider."""


def test_it_is_one_campaign_of_the_version_that_is_given(synthesized_alone):
    made = synthesized_alone("smallest", solutionVersionArn=VERSION)["Smallest"]
    campaigns = [r for r in made["Resources"].values() if r["Type"].startswith("Custom::")]
    (campaign,) = campaigns
    assert campaign["Type"] == "Custom::PersonalizeCampaign"
    assert campaign["Properties"]["SolutionVersionArn"] == VERSION
    assert len(made["Resources"]) == PROVIDER + 1
    assert list(made["Outputs"]) == ["CampaignArn"]


def test_it_needs_no_context_and_stays_small(synthesized_alone, project):
    assert list(synthesized_alone("smallest")) == ["Smallest"]
    assert len((project / "examples/smallest/app.py").read_text().splitlines()) <= 20
