"""examples/integ: what someone with an account would deploy."""

from __future__ import annotations

import csv
import io
from collections import Counter

import aws_cdk as cdk
import pytest


@pytest.fixture(scope="module")
def app_module(module_of):
    return module_of("integ/app.py")


def stack(app_module, feature_flags, **context):
    app = cdk.App(analytics_reporting=False, context={**feature_flags, **context})
    return app_module.build(app)


@pytest.fixture(scope="module")
def example(app_module, feature_flags, synthesized_from):
    return synthesized_from(stack(app_module, feature_flags, weight="0.5", training="second"))


def everything_before(example, name):
    depends, found = example.dependencies(), {name}
    while more := {each for known in found for each in depends[known]} - found:
        found |= more
    return {example.resources[each]["Type"] for each in found - {name}}


def test_the_made_up_data_are_enough_for_a_training(app_module):
    rows = list(csv.DictReader(io.StringIO(app_module.interactions())))
    fields = [each["name"] for each in app_module.SCHEMA["fields"]]
    assert list(rows[0]) == fields
    # Source: developer guide, "Dataset and schema requirements": 1,000 interactions, and 25 users
    # with two each.
    assert len(rows) == 1800
    assert min(Counter(row["USER_ID"] for row in rows).values()) >= 2
    assert len({row["USER_ID"] for row in rows}) == len(app_module.users().splitlines()) == 60
    assert len({row["ITEM_ID"] for row in rows}) > 50
    assert all(int(row["TIMESTAMP"]) < 1_800_000_000 for row in rows)
    assert app_module.interactions() == app_module.interactions()


def test_the_campaign_is_asked_once_it_is_complete(example):
    (campaign,) = example.of_type("Custom::PersonalizeCampaign")
    call = example.one("Custom::AWS")["Properties"]
    assert f"${{{campaign}.CampaignArn}}" in call["Create"]
    assert '"action":"GetRecommendations"' in call["Create"]
    (policy,) = (
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in example.of_type("AWS::IAM::Policy").items()
        if name.startswith("Answer")
    )
    (statement,) = policy
    assert statement["Action"] == "personalize:GetRecommendations"
    assert statement["Resource"] == f"${{{campaign}.CampaignArn}}"


def test_each_link_waits_for_the_one_before(example):
    (dataset,) = example.of_type("AWS::Personalize::Dataset")
    (solution,) = example.of_type("AWS::Personalize::Solution")
    (campaign,) = example.of_type("Custom::PersonalizeCampaign")
    (job,) = example.of_type("Custom::PersonalizeBatchInferenceJob")
    assert {"Custom::CDKBucketDeployment", "AWS::S3::BucketPolicy"} <= everything_before(
        example, dataset
    )
    assert "AWS::Personalize::Dataset" in everything_before(example, solution)
    assert "Custom::PersonalizeSolutionVersion" in everything_before(example, campaign)
    assert "Custom::CDKBucketDeployment" in everything_before(example, job)
    assert example.creation_order()


def test_personalize_may_read_the_interactions_by_role_and_by_bucket_policy(example):
    statements = example.one("AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]["Statement"]
    reading = [
        str(each["Resource"])
        for each in statements
        if each["Action"] == "s3:GetObject"
        and each["Principal"] == {"Service": "personalize.amazonaws.com"}
    ]
    assert any("/input/interactions.csv" in each for each in reading)
    reader = example.named("DataReader")["Properties"]["Policies"]
    assert "/input/interactions.csv" in str(reader)


def test_context_values_reach_the_resources(example):
    campaign = example.one("Custom::PersonalizeCampaign")["Properties"]
    assert campaign["CampaignConfig"]["ItemExplorationConfig"]["explorationWeight"] == "0.5"
    version = example.one("Custom::PersonalizeSolutionVersion")["Properties"]
    assert version["Triggers"] == {"training": "second"}


def test_the_faulty_step_changes_the_campaigns_version_alone(
    example, app_module, feature_flags, synthesized_from
):
    faulty = synthesized_from(
        stack(app_module, feature_flags, weight="0.5", training="second", faulty="yes")
    )
    (name,) = example.of_type("Custom::PersonalizeCampaign")
    changed = {
        each for each in example.resources if example.resources[each] != faulty.resources[each]
    }
    assert changed == {name}
    asked = faulty.resources[name]["Properties"]["SolutionVersionArn"]
    assert asked.endswith("/00000000")


def test_everything_but_logs_goes_with_the_stack_and_nothing_is_warned_of(example):
    kept = {r["Type"] for r in example.resources.values() if r.get("DeletionPolicy") == "Retain"}
    assert kept == {"AWS::Logs::LogGroup"}
    assert example.warnings == []


def test_it_synthesizes_alone_and_has_the_outputs_that_the_readme_names(synthesized_alone, project):
    made = synthesized_alone("integ")["PersonalizeInteg"]
    text = (project / "examples/integ/README.md").read_text()
    for name in ("CampaignArn", "CampaignLastUpdated", "SolutionVersionArn", "JobArn"):
        assert name in made["Outputs"]
        assert f"`{name}`" in text
    segments = [r for r in made["Resources"].values() if r["Type"] == "Custom::PersonalizeWait"]
    assert len(segments) == 5
    assert "five resources of type" in text
