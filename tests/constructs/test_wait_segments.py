"""What takes longer than CloudFormation waits: one more resource for each started hour."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk.assertions import Template

from cdk_personalize import BatchInferenceJob, Campaign, JobInput, JobOutput
from personalize_provider import segments

CAMPAIGN = "Custom::PersonalizeCampaign"
JOB = "Custom::PersonalizeBatchInferenceJob"


def campaign(stack, version_arn, **props):
    return Campaign(stack, "Slow", solution_version=version_arn, **props)


def job(stack, version_arn, **props):
    return BatchInferenceJob(
        stack,
        "Slow",
        solution_version=version_arn,
        job_input=JobInput.from_s3_path("s3://shop/users.json"),
        job_output=JobOutput.from_s3_path("s3://shop/output/"),
        **props,
    )


BOTH = pytest.mark.parametrize(
    ("make", "kind", "arn"),
    [(campaign, CAMPAIGN, "CampaignArn"), (job, JOB, "BatchInferenceJobArn")],
)


def links_of(stack, kind):
    """Logical id -> resource, from the first link to the last."""
    resources = Template.from_stack(stack).to_json()["Resources"]
    first = {name: each for name, each in resources.items() if each["Type"] == kind}
    waits = {
        name: each
        for name, each in resources.items()
        if each["Type"] == segments.CLOUDFORMATION_TYPE
    }
    in_order = sorted(waits.items(), key=lambda item: item[1]["Properties"]["Position"])
    return {**first, **dict(in_order)}


@BOTH
@pytest.mark.parametrize(
    ("timeout", "more"),
    [
        (None, 0),
        (cdk.Duration.minutes(60), 0),
        (cdk.Duration.seconds(3601), 1),
        (cdk.Duration.hours(2), 1),
        (cdk.Duration.hours(12), 11),
        (cdk.Duration.days(2), 47),
    ],
)
def test_each_started_hour_after_the_first_is_one_resource_more(
    stack, version_arn, make, kind, arn, timeout, more
):
    make(stack, version_arn, timeout=timeout)
    assert len(links_of(stack, kind)) == 1 + more


@BOTH
def test_a_segment_is_fed_by_the_resource_and_by_the_link_before(
    stack, version_arn, make, kind, arn
):
    make(stack, version_arn, timeout=cdk.Duration.hours(3))
    links = links_of(stack, kind)
    own_id, *wait_ids = links
    own = links[own_id]["Properties"]
    machinery = {"ServiceToken", "ServiceTimeout", "Timeout"}
    before = own_id
    for position, wait_id in enumerate(wait_ids, 2):
        wait = links[wait_id]
        assert wait["DependsOn"] == [before] if before != own_id else before in wait["DependsOn"]
        assert wait["Properties"] == {
            **{name: own[name] for name in machinery},
            "Position": position,
            "ResourceType": kind,
            "LogicalResourceId": own_id,
            "Arn": {"Fn::GetAtt": [own_id, arn]},
            "Request": {"Fn::GetAtt": [own_id, "Request"]},
            "Seen": {"Fn::GetAtt": [before, "Seen"]},
            "Properties": {key: value for key, value in own.items() if key not in machinery},
        }
        before = wait_id
    assert (own["Timeout"], own["ServiceTimeout"]) == (10_800, "3600")


@BOTH
def test_users_wait_for_the_last_link(stack, version_arn, make, kind, arn):
    made = make(stack, version_arn, timeout=cdk.Duration.hours(3))
    last = list(links_of(stack, kind))[-1]
    for attribute in (made.status, getattr(made, "campaign_arn", None) or made.job_arn):
        assert stack.resolve(attribute)["Fn::GetAtt"][0] == last


def test_whoever_depends_on_the_construct_depends_on_all_links(stack, version_arn):
    slow = campaign(stack, version_arn, timeout=cdk.Duration.hours(3))
    other = cdk.CfnResource(stack, "Other", type="Custom::Other")
    other.node.add_dependency(slow)
    template = Template.from_stack(stack).to_json()["Resources"]
    assert set(links_of(stack, CAMPAIGN)) <= set(template["Other"]["DependsOn"])


def test_the_time_belongs_to_no_token(stack, version_arn):
    """Both sides count the links alike, from the seconds in the template."""
    campaign(stack, version_arn, timeout=cdk.Duration.hours(5))
    links = links_of(stack, CAMPAIGN)
    own = next(iter(links.values()))["Properties"]
    assert segments.count(own["Timeout"], int(own["ServiceTimeout"])) == len(links)


def test_an_escape_hatch_reaches_every_link(stack, version_arn):
    """A segment that asked for something else would undo it, at the end of the first hour."""
    slow = campaign(stack, version_arn, min_provisioned_tps=1, timeout=cdk.Duration.hours(3))
    resource = slow.node.default_child
    resource.add_property_override("MinProvisionedTPS", 5)
    resource.add_override("Properties.CampaignConfig.EnableMetadataWithRecommendations", True)
    resource.add_property_override("Timeout", 7200)
    resource.add_property_deletion_override("Tags")
    resource.add_override("Metadata.Owner", "shop")
    own, *waits = links_of(stack, CAMPAIGN).values()
    assert own["Metadata"]["Owner"] == "shop"
    assert len(waits) == 2
    for wait in waits:
        told = wait["Properties"]["Properties"]
        assert told == {name: own["Properties"][name] for name in told}
        assert told["MinProvisionedTPS"] == 5
        assert told["CampaignConfig"] == {"EnableMetadataWithRecommendations": True}
        assert "Tags" not in told
        assert wait["Properties"]["Timeout"] == own["Properties"]["Timeout"] == 7200
        assert "Owner" not in wait.get("Metadata", {})


def test_so_do_properties_that_are_overridden_together(stack, version_arn):
    slow = campaign(stack, version_arn, timeout=cdk.Duration.hours(2))
    slow.node.default_child.add_override("Properties", {"MinProvisionedTPS": 5, "Timeout": 7200})
    own, wait = links_of(stack, CAMPAIGN).values()
    assert own["Properties"]["MinProvisionedTPS"] == 5
    assert wait["Properties"]["Properties"]["MinProvisionedTPS"] == 5
    assert own["Properties"]["Timeout"] == wait["Properties"]["Timeout"] == 7200


@pytest.mark.parametrize("hours", [1, 3])
@pytest.mark.parametrize("how", ["of the construct", "of the default child", "produce"])
def test_other_stacks_refer_to_every_link_as_they_are_told(stack, version_arn, hours, how):
    weak = cdk.ReferenceStrength.WEAK
    slow = campaign(stack, version_arn, timeout=cdk.Duration.hours(hours))
    if how == "produce":
        cdk.CrossStackReferences.of(slow).produce(weak)
    elif how == "of the construct":
        slow.apply_cross_stack_reference_strength(weak)
    else:
        slow.node.default_child.apply_cross_stack_reference_strength(weak)
    other = cdk.Stack(stack.node.root, "Other")
    cdk.CfnOutput(other, "Arn", value=slow.campaign_arn)
    (value,) = (each["Value"] for each in Template.from_stack(other).to_json()["Outputs"].values())
    assert "Fn::GetStackOutput" in value


def exports(version_arn, hours, *, keeps=None):
    """The names of what another stack takes of a campaign, and of a link's attribute to keep."""
    app = cdk.App(analytics_reporting=False)
    stack, other = cdk.Stack(app, "Shop"), cdk.Stack(app, "Other")
    slow = campaign(stack, version_arn, timeout=cdk.Duration.hours(hours))
    cdk.CfnOutput(other, "Arn", value=slow.campaign_arn)
    if keeps is not None:
        stack.export_value(slow.node.find_child(keeps).get_att("CampaignArn"))
    outputs = Template.from_stack(stack).to_json()["Outputs"].values()
    return {each["Export"]["Name"] for each in outputs}


def test_an_export_has_one_name_however_many_links_there_are(version_arn):
    """CloudFormation deletes no export that is in use."""
    assert exports(version_arn, 2) == exports(version_arn, 3) == exports(version_arn, 48)


def test_it_can_be_kept_where_the_first_segment_comes(version_arn):
    """The way out of docs/waiting.md."""
    assert not exports(version_arn, 1) & exports(version_arn, 2)
    assert exports(version_arn, 1) < exports(version_arn, 2, keeps="Resource")


@pytest.mark.parametrize("how", ["as an option", "by an aspect", "by an override"])
def test_a_condition_reaches_every_link(stack, version_arn, how):
    resource = campaign(stack, version_arn, timeout=cdk.Duration.hours(3)).node.default_child
    condition = cdk.CfnCondition(stack, "Wanted", expression=cdk.Fn.condition_equals(1, 1))

    @jsii.implements(cdk.IAspect)
    class Conditional:
        def visit(self, node):
            if node is resource:
                resource.cfn_options.condition = condition

    if how == "by an aspect":
        cdk.Aspects.of(stack).add(Conditional())
    elif how == "by an override":
        resource.add_override("Condition", "Wanted")
    else:
        resource.cfn_options.condition = condition
    links = links_of(stack, CAMPAIGN)
    assert [each.get("Condition") for each in links.values()] == ["Wanted"] * 3


# --- overrides of the time limits ----------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("overrides", "most"),
    [
        ({"Timeout": 7201}, "at most 7200, which is 2 times"),
        ({"Timeout": "7201"}, "at most 7200, which is 2 times"),
        ({"ServiceTimeout": 1800}, "at most 3600, which is 2 times"),
        ({"ServiceTimeout": "600", "Timeout": 1201}, "at most 1200, which is 2 times"),
    ],
)
def test_limits_that_need_more_links_than_there_are_are_told(
    faults_of, stack, version_arn, make, kind, arn, overrides, most
):
    """The last link would answer SUCCESS before ACTIVE."""

    def build():
        slow = make(stack, version_arn, timeout=cdk.Duration.seconds(7200))
        for name, value in overrides.items():
            slow.node.default_child.add_property_override(name, value)
        return slow

    (fault,) = faults_of(build).values()
    assert fault.property == "Timeout"
    assert most in fault.rule
    assert fault.way_out == "Give the construct a longer `timeout`, and override neither."


@BOTH
@pytest.mark.parametrize(
    "overrides",
    [
        {"Timeout": 7200},
        {"Timeout": 60},
        {"ServiceTimeout": 3000, "Timeout": 6000},
        {"Timeout": cdk.Fn.ref("Limit")},
        {"ServiceTimeout": cdk.Fn.ref("Limit")},
    ],
)
def test_limits_that_the_links_reach_or_that_are_tokens_are_in_order(
    stack, version_arn, make, kind, arn, overrides
):
    cdk.CfnParameter(stack, "Limit", type="Number")
    slow = make(stack, version_arn, timeout=cdk.Duration.seconds(7200))
    for name, value in overrides.items():
        slow.node.default_child.add_property_override(name, value)
    assert links_of(stack, kind)


@BOTH
@pytest.mark.parametrize("name", ["Timeout", "ServiceTimeout"])
def test_a_limit_that_is_deleted_is_left_alone(stack, version_arn, make, kind, arn, name):
    slow = make(stack, version_arn, timeout=cdk.Duration.seconds(7200))
    slow.node.default_child.add_property_deletion_override(name)
    (own, _) = links_of(stack, kind).values()
    assert name not in own["Properties"]
