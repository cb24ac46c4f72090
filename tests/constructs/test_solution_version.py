"""SolutionVersion: props in, template out; what takes it, and in which order all is made."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as personalize

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    ISolutionVersion,
    JobInput,
    JobOutput,
    SolutionVersion,
)

VERSION = "Custom::PersonalizeSolutionVersion"
CAMPAIGN = "Custom::PersonalizeCampaign"
JOB = "Custom::PersonalizeBatchInferenceJob"
WAIT = "Custom::PersonalizeWait"
RULE = "AWS::Events::Rule"
SOLUTION_ARN = "arn:aws:personalize:us-east-1:123456789012:solution/movies"

ATTRIBUTES = {
    "solution_version_arn": "SolutionVersionArn",
    "solution_version_name": "Name",
    "solution_arn": "SolutionArn",
    "status": "Status",
    "training_hours": "TrainingHours",
    "creation_date_time": "CreationDateTime",
    "last_updated_date_time": "LastUpdatedDateTime",
}


def native(stack):
    return personalize.CfnSolution(stack, "Movies", name="movies", dataset_group_arn="group")


def own(resource):
    machinery = {"ServiceToken", "ServiceTimeout", "Timeout"}
    return {k: v for k, v in resource["Properties"].items() if k not in machinery}


@pytest.fixture(scope="module")
def chain(synthesize):
    """A native solution, a version with every prop, and a campaign and a job that take it."""

    def build(stack):
        version = SolutionVersion(
            stack,
            "Trained",
            solution=native(stack),
            training_mode="FULL",
            solution_version_name="november",
            triggers={"data": "2026-11"},
            timeout=cdk.Duration.hours(3),
            removal_policy=cdk.RemovalPolicy.RETAIN,
            state_change_events=False,
        )
        Campaign(stack, "Campaign", solution_version=version)
        BatchInferenceJob(
            stack,
            "Job",
            solution_version=version,
            job_input=JobInput.from_s3_path("s3://shop/in/"),
            job_output=JobOutput.from_s3_path("s3://shop/out/"),
        )
        for name in ATTRIBUTES:
            cdk.CfnOutput(stack, name.replace("_", ""), value=getattr(version, name))

    return synthesize(build)


def test_every_prop_reaches_the_template_under_the_services_name(chain):
    assert own(chain.one(VERSION)) == {
        "Name": "november",
        "SolutionArn": "${Movies}",
        "TrainingMode": "FULL",
        "Triggers": {"data": "2026-11"},
        "StateChangeEvents": False,
    }


def test_what_is_left_out_is_left_out_of_the_template(synthesize):
    made = synthesize(lambda stack: SolutionVersion(stack, "Trained", solution=SOLUTION_ARN))
    assert own(made.one(VERSION)) == {"SolutionArn": SOLUTION_ARN}


def test_a_training_may_take_six_hours_where_nothing_is_said(synthesize):
    made = synthesize(lambda stack: SolutionVersion(stack, "Trained", solution=SOLUTION_ARN))
    assert made.one(VERSION)["Properties"]["Timeout"] == 6 * 3600
    assert len(made.of_type(WAIT)) == 5


def test_each_started_hour_after_the_first_is_one_resource_more(chain):
    assert chain.one(VERSION)["Properties"]["Timeout"] == 10_800
    (first, second) = chain.of_type(WAIT).values()
    (name,) = chain.of_type(VERSION)
    for wait in (first, second):
        assert wait["Properties"]["Arn"] == f"${{{name}.SolutionVersionArn}}"
        assert wait["Properties"]["ResourceType"] == VERSION


def last_link(made):
    return max(made.of_type(WAIT), key=lambda name: made.resources[name]["Properties"]["Position"])


def test_attributes_come_from_the_last_link(chain):
    last = last_link(chain)
    assert chain.outputs == {
        name.replace("_", ""): f"${{{last}.{attribute}}}" for name, attribute in ATTRIBUTES.items()
    }


def test_campaigns_and_jobs_take_the_version_as_it_is(chain):
    for kind in (CAMPAIGN, JOB):
        arn = chain.one(kind)["Properties"]["SolutionVersionArn"]
        assert arn == f"${{{last_link(chain)}.SolutionVersionArn}}"


def test_all_is_made_in_the_order_of_the_chain_and_so_deleted_in_the_reverse_one(chain):
    order = chain.creation_order()
    (version,), (campaign,), (job,) = (chain.of_type(kind) for kind in (VERSION, CAMPAIGN, JOB))
    assert order.index("Movies") < order.index(version) < order.index(last_link(chain))
    assert order.index(last_link(chain)) < min(order.index(campaign), order.index(job))


def test_what_becomes_of_it_is_as_the_removal_policy_says(chain, synthesize):
    assert chain.one(VERSION)["DeletionPolicy"] == "Retain"
    made = synthesize(lambda stack: SolutionVersion(stack, "Trained", solution=SOLUTION_ARN))
    assert made.one(VERSION).get("DeletionPolicy") in (None, "Delete")


def test_tokens_are_accepted_everywhere(synthesize):
    def build(stack):
        def parameter(name):
            return cdk.CfnParameter(stack, name).value_as_string

        SolutionVersion(
            stack,
            "Trained",
            solution=parameter("Solution"),
            training_mode=parameter("Mode"),
            solution_version_name=parameter("Name"),
            triggers={"build": parameter("Build")},
        )

    assert own(synthesize(build).one(VERSION)) == {
        "Name": "${Name}",
        "SolutionArn": "${Solution}",
        "TrainingMode": "${Mode}",
        "Triggers": {"build": "${Build}"},
    }


def test_all_faults_are_told_at_synthesis(faults_of, stack):
    faults = faults_of(
        lambda: SolutionVersion(
            stack,
            "Broken",
            solution=f"{SOLUTION_ARN}/5f3a9c1e",
            training_mode="full",
            solution_version_name="-",
            timeout=cdk.Duration.hours(49),
            removal_policy=cdk.RemovalPolicy.SNAPSHOT,
        )
    )
    assert set(faults) == {"SolutionArn", "TrainingMode", "Name", "Timeout", "DeletionPolicy"}
    assert SOLUTION_ARN in faults["SolutionArn"].way_out
    assert "keep the solution version itself" in faults["DeletionPolicy"].way_out


@pytest.mark.parametrize(
    "given",
    [
        lambda stack: personalize.CfnDatasetGroup(stack, "Group", name="group"),
        lambda _: SolutionVersion.of_solution(SOLUTION_ARN, "5f3a9c1e"),
        lambda _: 7,
    ],
)
def test_what_is_no_solution_is_refused_with_the_way_out(faults_of, stack, given):
    what = given(stack)
    faults = faults_of(lambda: SolutionVersion(stack, "Broken", solution=what))
    (fault,) = faults.values()
    assert fault.property == "SolutionArn"
    assert str(fault.value).startswith(str(what) if isinstance(what, int) else type(what).__name__)
    assert "a native solution (CfnSolution)" in fault.rule
    assert "Give the solution itself" in fault.way_out


def test_it_is_a_version_and_says_so(stack):
    assert isinstance(SolutionVersion(stack, "Trained", solution=SOLUTION_ARN), ISolutionVersion)


def test_a_campaign_cannot_synchronize_with_one_version(faults_of, stack):
    version = SolutionVersion(stack, "Trained", solution=SOLUTION_ARN)
    faults = faults_of(
        lambda: Campaign(
            stack, "Live", solution_version=version, sync_with_latest_solution_version=True
        )
    )
    assert "end with /$LATEST" in faults["SolutionVersionArn"].rule


@pytest.mark.parametrize(
    ("method", "states"),
    [
        ("on_state_change", None),
        ("on_completed", ["ACTIVE"]),
        ("on_failed", ["FAILED", "STOPPED"]),
    ],
)
def test_it_has_rules_for_its_ends(synthesize, method, states):
    made = synthesize(
        lambda stack: getattr(SolutionVersion(stack, "Trained", solution=SOLUTION_ARN), method)(
            "Rule"
        )
    )
    pattern = made.one(RULE)["Properties"]["EventPattern"]
    (logical_id,) = made.of_type(VERSION)
    assert pattern["detail-type"] == ["Personalize Solution Version State Change"]
    assert pattern["detail"]["logicalResourceId"] == [logical_id]
    assert pattern["detail"].get("state") == states


def test_a_changed_timeout_or_name_of_a_rule_changes_no_property_of_the_version(synthesize):
    def properties(**props):
        made = synthesize(
            lambda stack: SolutionVersion(stack, "Trained", solution=SOLUTION_ARN, **props)
        )
        return own(made.one(VERSION))

    assert properties(timeout=cdk.Duration.hours(1)) == properties(timeout=cdk.Duration.hours(9))
