"""A name that is given twice in a stack is told at synthesis, where it can be told."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from constructs import Construct

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    JobInput,
    JobOutput,
    Recommender,
    SolutionVersion,
)

GROUP = "arn:aws:personalize:us-east-1:123456789012:dataset-group/movies"
SOLUTION = "arn:aws:personalize:us-east-1:123456789012:solution/movies"


def campaign(stack, version_arn, id_, name, **props):
    return Campaign(stack, id_, solution_version=version_arn, campaign_name=name, **props)


def recommender(stack, _version_arn, id_, name, **props):
    return Recommender(
        stack,
        id_,
        dataset_group=GROUP,
        recipe_arn="aws-vod-top-picks",
        recommender_name=name,
        **props,
    )


def job(stack, version_arn, id_, name):
    return BatchInferenceJob(
        stack,
        id_,
        solution_version=version_arn,
        job_name=name,
        job_input=JobInput.from_s3_path("s3://shop/in/"),
        job_output=JobOutput.from_s3_path("s3://shop/out/"),
    )


def test_what_was_taken_out_of_the_app_has_no_name(stack, version_arn):
    group = Construct(stack, "Group")
    for scope, id_ in ((stack, "First"), (group, "Second")):
        campaign(scope, version_arn, id_, "shop")
    assert stack.node.try_remove_child("First")
    assert stack.node.try_remove_child("Group")
    campaign(stack, version_arn, "Third", "shop")
    resources = Template.from_stack(stack).find_resources("Custom::PersonalizeCampaign")
    assert len(resources) == 1


@pytest.mark.parametrize("adopting", ["First", "Second", None])
def test_the_second_is_told_with_both_paths_and_the_way_out(
    faults_of, stack, version_arn, adopting
):
    def build():
        for id_ in ("First", "Second"):
            campaign(stack, version_arn, id_, "shop", adopt_existing=id_ == adopting)
        return stack

    (fault,) = faults_of(build).values()
    assert str(fault) == (
        "Name is 'shop': it must be the name of one campaign alone, and Shop/First has it already. "
        "Give Shop/Second another name, or none; where both mean the same campaign, keep one of "
        "them."
    )
    assert fault.path == "Shop/Second"


@pytest.mark.parametrize(("make", "at"), [(recommender, "Name"), (job, "JobName")])
def test_it_holds_for_the_other_kinds(faults_of, stack, version_arn, make, at):
    def build():
        make(stack, version_arn, "First", "shop")
        return make(stack, version_arn, "Second", "shop")

    assert list(faults_of(build)) == [at]


def test_a_third_is_told_once(synthesis_faults, stack, version_arn):
    for id_ in ("A", "B", "C"):
        campaign(stack, version_arn, id_, "shop")
    assert [each.path for each in synthesis_faults(stack.node.root)] == ["Shop/B", "Shop/C"]


def test_names_of_other_kinds_and_other_stacks_are_other_names(stack, version_arn):
    campaign(stack, version_arn, "Campaign", "shop")
    recommender(stack, version_arn, "Recommender", "shop")
    job(stack, version_arn, "Job", "shop")
    campaign(cdk.Stack(stack.node.root, "Other"), version_arn, "Campaign", "shop")
    campaign(cdk.NestedStack(stack, "Inner"), version_arn, "Campaign", "shop")
    stack.node.root.synth()


def test_versions_of_different_solutions_may_have_one_name(stack):
    for name in ("movies", "books"):
        arn = SOLUTION.replace("movies", name)
        SolutionVersion(stack, name, solution=arn, solution_version_name="first")
    stack.node.root.synth()


def test_names_that_are_tokens_are_left_alone(stack, version_arn):
    name = cdk.CfnParameter(stack, "Name").value_as_string
    for id_ in ("First", "Second"):
        campaign(stack, version_arn, id_, name, adopt_existing=True)
    stack.node.root.synth()


@pytest.mark.parametrize("by_override", [False, True])
def test_two_of_which_a_condition_leaves_out_one_are_in_order(stack, version_arn, by_override):
    live = cdk.CfnCondition(stack, "Live", expression=cdk.Fn.condition_equals("a", "b"))
    campaign(stack, version_arn, "First", "shop")
    resource = campaign(stack, version_arn, "Second", "shop").node.default_child
    if by_override:
        resource.add_override("Condition", "Live")
    else:
        resource.cfn_options.condition = live
    stack.node.root.synth()


def test_a_name_that_was_overridden_counts_as_it_is(stack, version_arn):
    campaign(stack, version_arn, "First", "shop")
    second = campaign(stack, version_arn, "Second", "shop").node.default_child
    second.add_property_override("Name", "cinema")
    stack.node.root.synth()
