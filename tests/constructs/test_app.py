"""The example app: what `cdk deploy` finds in this folder."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import aws_cdk as cdk
import pytest


@pytest.fixture(scope="module")
def app_module(project):
    spec = importlib.util.spec_from_file_location("example_app", project / "app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def example(app_module, feature_flags, synthesized_from):
    app = cdk.App(
        analytics_reporting=False,
        context={
            **feature_flags,
            "solutionVersionArn": "arn:aws:personalize:eu-west-1:210987654321:solution/s/1",
            "explorationWeight": "0.5",
            "explorationAgeCutOffDays": "14",
            "numResults": "10",
            "stackName": "Autumn",
        },
    )
    return synthesized_from(app_module.build(app))


def test_context_values_reach_the_campaign_and_the_job(example):
    exploration = {"explorationWeight": "0.5", "explorationItemAgeCutOff": "14"}
    campaign = example.one("Custom::PersonalizeCampaign")["Properties"]
    job = example.one("Custom::PersonalizeBatchInferenceJob")["Properties"]
    assert campaign["CampaignConfig"]["ItemExplorationConfig"] == exploration
    assert job["BatchInferenceJobConfig"]["ItemExplorationConfig"] == exploration
    assert job["NumResults"] == 10
    assert campaign["SolutionVersionArn"] == job["SolutionVersionArn"]
    assert campaign["SolutionVersionArn"].endswith("solution/s/1")
    assert example.stack.stack_name == "Autumn"


def test_the_job_starts_after_its_input_file_is_there(example):
    (job,) = example.of_type("Custom::PersonalizeBatchInferenceJob")
    (contents,) = example.of_type("Custom::BucketContents")
    assert contents in example.dependencies()[job]


def test_the_outputs_are_those_that_a_team_looks_for(example):
    assert set(example.outputs) == {
        "CampaignArn",
        "CampaignStatus",
        "JobArn",
        "OutputPath",
        "Bucket",
        "Mailings",
    }


def test_the_jobs_completion_asks_for_a_mailing(example):
    rule = example.one("AWS::Events::Rule")["Properties"]
    assert rule["EventPattern"]["detail"]["state"] == ["ACTIVE"]
    (target,) = rule["Targets"]
    assert target["Arn"].startswith("${MailingsDue")


def test_other_resources_use_the_campaign(example):
    (campaign,) = example.of_type("Custom::PersonalizeCampaign")
    alarm = example.one("AWS::CloudWatch::Alarm")["Properties"]
    assert alarm["Namespace"] == "AWS/Personalize"
    assert alarm["Dimensions"] == [{"Name": "CampaignArn", "Value": f"${{{campaign}.CampaignArn}}"}]
    parameter = example.one("AWS::SSM::Parameter")["Properties"]
    assert parameter["Value"] == f"${{{campaign}.CampaignArn}}"


def test_no_resource_waits_in_a_circle_and_nothing_is_warned_of(example):
    assert example.creation_order()
    assert example.warnings == []


def test_everything_goes_with_the_stack(example):
    assert "Retain" not in {r.get("DeletionPolicy") for r in example.resources.values()}


def test_a_strange_context_value_is_an_error_that_shows_it(app_module):
    app = cdk.App(analytics_reporting=False, context={"numResults": "many"})
    with pytest.raises(ValueError, match="many"):
        app_module.build(app)


def test_python_app_py_alone_synthesizes(project, tmp_path):
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=project,
        env={**os.environ, "CDK_OUTDIR": str(tmp_path)},
        check=True,
    )
    template = json.loads((tmp_path / "Recommendations.template.json").read_text())
    assert "CampaignArn" in template["Outputs"]


def test_cdk_json_names_the_app(project):
    assert json.loads((project / "cdk.json").read_text())["app"] == "python app.py"


@pytest.fixture(scope="module")
def contents(app_module):
    """The inline function of the example, with an S3 and a CloudFormation that remember."""
    calls = []
    objects = ["input/users.json", "output/users.json.out"]

    class S3:
        def put_object(self, **arguments):
            calls.append(("put", arguments))

        def delete_object(self, **arguments):
            calls.append(("delete", arguments))

        def get_paginator(self, name):
            assert name == "list_objects_v2"
            return self

        def paginate(self, **_arguments):
            return [{"Contents": [{"Key": key} for key in objects]}, {}]

    names: dict = {}
    exec(compile(app_module.BUCKET_CONTENTS, "index.py", "exec"), names)  # noqa: S102 (our own)
    names["boto3"] = type("Boto3", (), {"client": staticmethod(lambda _name: S3())})
    answers = []
    names["urllib"].request.urlopen, restore = (
        lambda request, timeout: answers.append((request, json.loads(request.data))),
        names["urllib"].request.urlopen,
    )
    yield names["handler"], calls, answers
    names["urllib"].request.urlopen = restore


def event(kind, **properties):
    return {
        "RequestType": kind,
        "ResponseURL": "http://127.0.0.1:1/answer",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Contents",
        "ResourceProperties": {"Bucket": "shop", **properties},
    }


def test_the_examples_function_writes_json_lines_and_empties_the_bucket(contents):
    handler, calls, answers = contents
    handler(event("Create", Key="input/users.json", UserIds=["1", "2"]), None)
    handler(event("Delete"), None)
    handler(event("Create"), None)
    body = b'{"userId": "1"}\n{"userId": "2"}'
    assert calls == [
        ("put", {"Bucket": "shop", "Key": "input/users.json", "Body": body}),
        ("delete", {"Bucket": "shop", "Key": "input/users.json"}),
        ("delete", {"Bucket": "shop", "Key": "output/users.json.out"}),
    ]
    assert [answer["Status"] for _, answer in answers] == ["SUCCESS", "SUCCESS", "FAILED"]
    assert {answer["PhysicalResourceId"] for _, answer in answers} == {"shop"}
    assert {request.get_header("Content-type") for request, _ in answers} == {""}
