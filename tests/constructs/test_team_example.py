"""examples/team: what `cdk deploy` finds in that folder, and the function that follows up."""

from __future__ import annotations

import io
import json
import re

import aws_cdk as cdk
import pytest
from botocore.response import StreamingBody


@pytest.fixture(scope="module")
def app_module(module_of):
    return module_of("team/app.py")


@pytest.fixture(scope="module")
def example(app_module, feature_flags, synthesized_from):
    context = {
        **feature_flags,
        "solutionVersionArn": "arn:aws:personalize:eu-west-1:210987654321:solution/s/1",
        "bucket": "films",
        "issue": "2026-12",
        "email": "team@example.com",
        "stackName": "Autumn",
    }
    return synthesized_from(app_module.build(cdk.App(analytics_reporting=False, context=context)))


def test_context_values_reach_the_resources(example):
    campaign = example.one("Custom::PersonalizeCampaign")["Properties"]
    job = example.one("Custom::PersonalizeBatchInferenceJob")["Properties"]
    assert campaign["SolutionVersionArn"] == job["SolutionVersionArn"]
    assert campaign["SolutionVersionArn"].endswith("solution/s/1")
    assert job["Triggers"] == {"issue": "2026-12"}
    assert job["JobInput"]["S3DataSource"]["Path"] == "s3://films/newsletter/users.json"
    assert example.one("AWS::SNS::Subscription")["Properties"]["Endpoint"] == "team@example.com"
    assert example.stack.stack_name == "Autumn"


def test_the_deployment_does_not_wait_for_the_job(example):
    job = example.one("Custom::PersonalizeBatchInferenceJob")["Properties"]
    assert job["WaitForCompletion"] is False


def test_the_rules_are_there_before_the_job_so_that_its_end_is_not_missed(example):
    depends = example.dependencies()
    job, campaign = (
        next(iter(example.of_type(f"Custom::Personalize{kind}")))
        for kind in ("BatchInferenceJob", "Campaign")
    )
    rules = example.of_type("AWS::Events::Rule")
    assert len(rules) == 2
    for rule in rules:
        needed = {rule}
        while more := {each for name in needed for each in depends[name]} - needed:
            needed |= more
        assert not needed & {job, campaign}


def test_completion_invokes_the_function_and_failure_tells_the_topic(example):
    targets = {
        tuple(rule["Properties"]["EventPattern"]["detail"]["state"]): rule["Properties"]["Targets"]
        for rule in example.of_type("AWS::Events::Rule").values()
    }
    (done,), (failed,) = targets["ACTIVE",], targets["FAILED", "STOPPED"]
    assert done["Arn"].startswith("${FollowUp")
    input_of_the_function = re.sub("[<>]", '"', done["InputTransformer"]["InputTemplate"])
    assert set(json.loads(input_of_the_function)) == {"job", "outputPath"}
    assert failed["Arn"].startswith("${Team")


def test_the_function_may_read_the_output_alone_and_publish(example):
    (policy,) = (
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in example.of_type("AWS::IAM::Policy").items()
        if name.startswith("FollowUp")
    )
    reading, publishing = policy
    assert all(action.startswith("s3:") for action in reading["Action"])
    assert not {a for a in reading["Action"] if "Put" in a or "Delete" in a}
    assert [arn.rpartition("films")[2] for arn in reading["Resource"]] == [
        "",
        "/newsletter/recommendations/*",
    ]
    assert publishing["Action"] == "sns:Publish"
    assert publishing["Resource"].startswith("${Team")


def test_campaign_has_an_alarm_and_a_dashboard_and_alarms_may_publish(example):
    (campaign,) = example.of_type("Custom::PersonalizeCampaign")
    alarm = example.one("AWS::CloudWatch::Alarm")["Properties"]
    assert alarm["Dimensions"] == [{"Name": "CampaignArn", "Value": f"${{{campaign}.CampaignArn}}"}]
    (action,) = alarm["AlarmActions"]
    assert action.startswith("${Team")
    assert len(example.of_type("AWS::CloudWatch::Dashboard")) == 1
    document = example.one("AWS::SNS::TopicPolicy")["Properties"]["PolicyDocument"]
    allowed = {
        statement["Principal"]["Service"]
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
    }
    assert allowed == {"cloudwatch.amazonaws.com", "events.amazonaws.com"}


def test_nobody_is_told_if_no_address_is_given(synthesized_alone):
    made = synthesized_alone("team")["Team"]
    assert "AWS::SNS::Subscription" not in {r["Type"] for r in made["Resources"].values()}


def test_the_only_warnings_are_about_the_policy_of_the_bucket_outside(example):
    assert len(example.warnings) == 2
    assert all("films" in each for each in example.warnings)


@pytest.fixture
def follow_up(module_of, monkeypatch):
    """The function, between an S3 and an SNS that hold what they are given."""
    module = module_of("team/follow_up/index.py")
    files = {
        "out/users.json.out": b'{"input":{},"output":{},"error":null}\n' * 3
        + b'{"input":{},"output":null,"error":"no such user"}',
        "out/more.json.out": b"",
        "out/_CHECK": b"not JSON",
    }
    told = []

    class Client:
        def get_paginator(self, name):
            assert name == "list_objects_v2"
            return self

        def paginate(self, **given):
            assert given == {"Bucket": "films", "Prefix": "out/"}
            return [{"Contents": [{"Key": key}]} for key in files] + [{}]

        def get_object(self, **given):
            body = files[given["Key"]]
            return {"Body": StreamingBody(io.BytesIO(body), len(body))}

        def publish(self, **given):
            told.append(given)

    monkeypatch.setattr(module.boto3, "client", lambda _name: Client())
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:team")
    return module.handler, told


def test_the_function_counts_the_output_and_tells_the_team(follow_up):
    handler, told = follow_up
    assert handler({"job": "weekly", "outputPath": "s3://films/out/"}, None) == {
        "served": 3,
        "failed": 1,
    }
    (message,) = told
    assert message["TopicArn"].endswith(":team")
    assert message["Message"] == (
        "weekly: 3 users have recommendations in s3://films/out/, 1 have none"
    )
