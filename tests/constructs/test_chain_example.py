"""examples/chain: what `cdk deploy` finds in that folder."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import aws_cdk as cdk
import pytest


@pytest.fixture(scope="module")
def folder(project):
    return project / "examples" / "chain"


@pytest.fixture(scope="module")
def example(folder, feature_flags, synthesized_from):
    spec = importlib.util.spec_from_file_location("chain_example", folder / "app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    context = {**feature_flags, "bucket": "films", "training": "2026-12", "stackName": "Films"}
    return synthesized_from(module.build(cdk.App(analytics_reporting=False, context=context)))


def test_context_values_reach_the_resources(example):
    assert example.one("Custom::PersonalizeSolutionVersion")["Properties"]["Triggers"] == {
        "training": "2026-12"
    }
    imported = example.one("AWS::Personalize::Dataset")["Properties"]["DatasetImportJob"]
    assert imported["DataSource"] == {"DataLocation": "s3://films/interactions.csv"}
    assert example.one("AWS::Personalize::Solution")["Properties"]["Name"] == "Films"


def test_every_link_waits_for_the_one_before_so_that_a_destroy_goes_backwards(example):
    order = [example.resources[name]["Type"].rpartition("::")[2] for name in links(example)]
    assert order == [
        "DatasetGroup",
        "Dataset",
        "Solution",
        "PersonalizeSolutionVersion",
        "PersonalizeCampaign",
    ]
    depends = example.dependencies()
    (job,) = example.of_type("Custom::PersonalizeBatchInferenceJob")
    (unseen,) = example.of_type("AWS::Personalize::Filter")
    (dataset,) = example.of_type("AWS::Personalize::Dataset")
    assert unseen in depends[job]
    assert dataset in depends[unseen]
    assert example.creation_order()


def links(example):
    """The logical ids from the dataset group to the campaign, each the one that the next needs."""
    depends = example.dependencies()
    (name,) = example.of_type("Custom::PersonalizeCampaign")
    found = [name]
    for kind in (
        "Custom::PersonalizeSolutionVersion",
        "AWS::Personalize::Solution",
        "AWS::Personalize::Dataset",
        "AWS::Personalize::DatasetGroup",
    ):
        chosen = example.of_type(kind).keys() & with_segments(depends, example, found[0])
        assert len(chosen) == 1, kind
        found.insert(0, chosen.pop())
    return found


def with_segments(depends, example, name):
    """What a resource needs, the wait segments that it needs included with what they need."""
    needed = set(depends[name])
    for each in list(needed):
        if example.resources[each]["Type"] == "Custom::PersonalizeWait":
            needed |= with_segments(depends, example, each)
    return needed


def test_the_only_warnings_are_about_the_policy_of_the_bucket_outside(example):
    assert len(example.warnings) == 2
    assert all("films" in each for each in example.warnings)


def test_cdk_json_names_the_app_which_synthesizes_alone(folder, tmp_path):
    command = json.loads((folder / "cdk.json").read_text())["app"].split()
    assert command == ["python", "app.py"]
    environment = {**os.environ, "CDK_OUTDIR": str(tmp_path)}
    subprocess.run([sys.executable, *command[1:]], cwd=folder, env=environment, check=True)
    assert (tmp_path / "Chain.template.json").is_file()
