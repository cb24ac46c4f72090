"""Rules for a resource's events: what they match, and that they need nothing of the resource."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    JobInput,
    JobOutput,
    StateChangeEvent,
)

RULE = "AWS::Events::Rule"
JOB = "Custom::PersonalizeBatchInferenceJob"
HERE = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}"
ROLE = "arn:aws:iam::123456789012:role/reader"


def campaign(stack, version_arn, **props):
    return Campaign(stack, "Live", solution_version=version_arn, **props)


def job(stack, version_arn, **props):
    return BatchInferenceJob(
        stack,
        "Nightly",
        solution_version=version_arn,
        job_input=JobInput.from_s3_path("s3://data/in/users.json"),
        job_output=JobOutput.from_s3_path("s3://data/out/"),
        role=cdk.aws_iam.Role.from_role_arn(stack, "Reader", ROLE),
        **props,
    )


def test_a_rule_matches_the_events_of_its_resource_alone(synthesize, version_arn):
    made = synthesize(lambda stack: campaign(stack, version_arn).on_state_change("All"))
    (logical_id,) = made.of_type("Custom::PersonalizeCampaign")
    assert made.one(RULE)["Properties"] == {
        "State": "ENABLED",
        "EventPattern": {
            "source": ["cdk-personalize"],
            "detail-type": ["Personalize Campaign State Change"],
            "detail": {"stackId": ["${AWS::StackId}"], "logicalResourceId": [logical_id]},
        },
    }


@pytest.mark.parametrize(
    ("method", "states"),
    [("on_state_change", None), ("on_completed", ["ACTIVE"]), ("on_failed", ["FAILED", "STOPPED"])],
)
def test_a_job_has_rules_for_its_ends(synthesize, version_arn, method, states):
    made = synthesize(lambda stack: getattr(job(stack, version_arn), method)("Rule"))
    pattern = made.one(RULE)["Properties"]["EventPattern"]
    assert pattern["detail-type"] == ["Personalize Batch Inference Job State Change"]
    assert pattern["detail"].get("state") == states


def test_a_rule_takes_what_the_cdks_own_take(synthesize, version_arn):
    def build(stack):
        job(stack, version_arn).on_completed(
            "Done",
            target=targets.SqsQueue(sqs.Queue(stack, "Queue")),
            description="what for",
            rule_name="done",
            event_pattern=events.EventPattern(detail={"name": ["nightly"]}),
        )

    properties = synthesize(build).one(RULE)["Properties"]
    assert (properties["Description"], properties["Name"]) == ("what for", "done")
    assert properties["EventPattern"]["detail"]["name"] == ["nightly"]
    assert properties["EventPattern"]["detail"]["state"] == ["ACTIVE"]
    assert len(properties["Targets"]) == 1


def test_a_pattern_may_be_given_as_a_mapping_as_anywhere_in_the_cdk(
    synthesize, faults_of, stack, version_arn
):
    pattern = {"detail": {"updateStatus": ["CREATE FAILED"]}}
    made = synthesize(
        lambda stack: campaign(stack, version_arn).on_state_change("Few", event_pattern=pattern)
    )
    detail = made.one(RULE)["Properties"]["EventPattern"]["detail"]
    assert detail["updateStatus"] == ["CREATE FAILED"]

    def widening():
        campaign(stack, version_arn).on_state_change("All", event_pattern={"source": ["mine"]})
        return stack

    assert len(faults_of(widening)) == 1


def test_a_misspelled_prop_of_a_rule_is_refused(stack, version_arn):
    with pytest.raises(TypeError, match="rulename"):
        campaign(stack, version_arn).on_state_change("All", rulename="all")


def test_a_rule_can_go_into_another_stack(version_arn):
    app = cdk.App(analytics_reporting=False)
    stack, other = cdk.Stack(app, "Shop"), cdk.Stack(app, "Other")
    rule = job(stack, version_arn).on_failed("Failed", cross_stack_scope=other)
    assert cdk.Stack.of(rule) is other


def test_such_a_rule_does_not_wait_for_the_resources_stack(synthesized_from, version_arn):
    """Else it would miss the first run, and a bucket of the rule's stack would close a circle."""
    app = cdk.App(analytics_reporting=False)
    stack, other = cdk.Stack(app, "Shop"), cdk.Stack(app, "Other")
    job(stack, version_arn).on_failed("Failed", cross_stack_scope=other)
    detail = synthesized_from(other).one(RULE)["Properties"]["EventPattern"]["detail"]
    arn = "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/Shop/"
    assert detail["stackId"] == [{"prefix": arn}]
    assert other.dependencies == []
    assert "Outputs" not in synthesized_from(stack).raw


def test_a_rule_and_its_resource_need_nothing_of_each_other(synthesize, version_arn):
    def build(stack):
        queue = sqs.Queue(stack, "Queue")
        made = job(stack, version_arn)
        text = f"{StateChangeEvent.name}: {StateChangeEvent.output_path}"
        target = targets.SqsQueue(queue, message=events.RuleTargetInput.from_text(text))
        made.on_completed("Done", target=target)

    made = synthesize(build)
    (rule,) = made.of_type(RULE)
    (resource,) = made.of_type(JOB)
    needs = made.dependencies()
    assert resource not in needs[rule]
    assert rule not in needs[resource]
    # Whoever wants the rule first can have it so.
    made.creation_order()


def test_a_resource_can_wait_for_its_rule(synthesize, version_arn):
    def build(stack):
        made = job(stack, version_arn)
        rule = made.on_failed("Failed", target=targets.SqsQueue(sqs.Queue(stack, "Queue")))
        made.node.default_child.node.add_dependency(rule)

    order = synthesize(build).creation_order()
    assert next(n for n in order if "Failed" in n) in order[:-1]
    assert order[-1].startswith("Nightly")


def test_the_fields_of_an_event_go_into_a_targets_input(synthesize, version_arn):
    def build(stack):
        queue = sqs.Queue(stack, "Queue")
        fields = {"arn": StateChangeEvent.arn, "why": StateChangeEvent.failure_reason}
        message = events.RuleTargetInput.from_object(fields)
        job(stack, version_arn).on_failed("Failed", target=targets.SqsQueue(queue, message=message))

    (target,) = synthesize(build).one(RULE)["Properties"]["Targets"]
    assert target["InputTransformer"]["InputPathsMap"] == {
        "detail-arn": "$.detail.arn",
        "detail-failureReason": "$.detail.failureReason",
    }


def test_the_kind_and_the_version_of_an_event_are_fields_too():
    found = {
        cdk.Tokenization.reverse_string(each).tokens[0]
        for each in (StateChangeEvent.resource_type, StateChangeEvent.version)
    }
    assert {each.path for each in found} == {"$.detail.resourceType", "$.detail.version"}


@pytest.mark.parametrize("silence", [False, "false"])
def test_a_rule_that_would_never_match_is_refused(faults_of, stack, version_arn, silence):
    silent = campaign(stack, version_arn, state_change_events=silence)
    faults = faults_of(lambda: silent.on_state_change("Never"))
    assert "rule Never, which would never match" in faults["StateChangeEvents"].rule


def test_a_flag_that_is_a_token_reaches_the_template(synthesize, version_arn):
    def build(stack):
        told = cdk.Fn.condition_if("Loud", True, False)
        cdk.CfnCondition(stack, "Loud", expression=cdk.Fn.condition_equals("a", "a"))
        campaign(stack, version_arn, state_change_events=told).on_state_change("Any")

    properties = synthesize(build).one("Custom::PersonalizeCampaign")["Properties"]
    assert properties["StateChangeEvents"] == {"Fn::If": ["Loud", True, False]}


@pytest.mark.parametrize("method", ["on_state_change", "on_completed", "on_failed"])
@pytest.mark.parametrize(
    ("pattern", "field"),
    [
        ({"source": ["mine"]}, "source"),
        ({"detail_type": ["Mine"]}, "detail-type"),
        ({"detail": {"stackId": ["mine"]}}, "detail.stackId"),
        ({"detail": {"logicalResourceId": ["Mine"], "name": ["shop"]}}, "detail.logicalResourceId"),
    ],
)
def test_a_pattern_that_would_widen_the_rule_is_refused(
    faults_of, stack, version_arn, method, pattern, field
):
    """The CDK joins the values of a field that both state."""
    made, given = job(stack, version_arn), events.EventPattern(**pattern)
    (fault,) = faults_of(lambda: getattr(made, method)("Rule", event_pattern=given)).values()
    assert (fault.path, fault.property) == ("Shop/Nightly", f"event_pattern.{field}")
    assert fault.rule.startswith("be left to the rule Rule, which states it itself")
    assert "on_state_change" in fault.way_out


@pytest.mark.parametrize("method", ["on_completed", "on_failed"])
def test_so_is_one_that_states_the_state_where_the_rule_does(faults_of, stack, version_arn, method):
    made, given = job(stack, version_arn), events.EventPattern(detail={"state": ["STOPPED"]})
    (fault,) = faults_of(lambda: getattr(made, method)("Rule", event_pattern=given)).values()
    assert (fault.property, fault.value) == ("event_pattern.detail.state", ["STOPPED"])


def test_a_campaign_has_a_rule_for_its_failures_by_a_pattern_of_states(synthesize, version_arn):
    failed = events.EventPattern(detail={"state": ["FAILED"]})
    made = synthesize(
        lambda stack: campaign(stack, version_arn).on_state_change("Failed", event_pattern=failed)
    )
    (logical_id,) = made.of_type("Custom::PersonalizeCampaign")
    detail = made.one(RULE)["Properties"]["EventPattern"]["detail"]
    assert detail["state"] == ["FAILED"]
    assert detail["logicalResourceId"] == [logical_id]


# --- what the template says ----------------------------------------------------------------------


def test_what_is_the_default_is_left_out(synthesize, version_arn):
    made = synthesize(lambda stack: (campaign(stack, version_arn), job(stack, version_arn)))
    for kind in ("Custom::PersonalizeCampaign", JOB):
        properties = made.one(kind)["Properties"]
        assert {"StateChangeEvents", "WaitForCompletion"}.isdisjoint(properties)


def test_what_is_not_wanted_is_said(synthesize, version_arn):
    props = {"wait_for_completion": False, "state_change_events": False}
    properties = synthesize(lambda stack: job(stack, version_arn, **props)).one(JOB)["Properties"]
    assert properties["WaitForCompletion"] is False
    assert properties["StateChangeEvents"] is False


def test_a_wait_segment_hears_of_both(synthesize, version_arn):
    props = {"wait_for_completion": False, "timeout": cdk.Duration.hours(2)}
    made = synthesize(lambda stack: job(stack, version_arn, **props))
    own = made.one("Custom::PersonalizeWait")["Properties"]["Properties"]
    assert own["WaitForCompletion"] is False


def test_the_right_to_put_events_is_there_only_where_something_tells(synthesize, version_arn):
    for told in (True, False):
        made = synthesize(lambda stack, told=told: campaign(stack, version_arn, **_told(told)))
        assert ("events:PutEvents" in json.dumps(made.raw)) is told


def _told(told):
    return {} if told else {"state_change_events": False}


def test_the_right_is_for_the_default_bus_and_for_one_source(synthesize, version_arn):
    made = synthesize(lambda stack: (campaign(stack, version_arn), job(stack, version_arn)))
    statements = made.named("CdkPersonalizeProviderHandlerPolicy")["Properties"]["PolicyDocument"]
    (statement,) = (s for s in statements["Statement"] if s["Action"] == "events:PutEvents")
    assert statement == {
        "Action": "events:PutEvents",
        "Condition": {"StringEquals": {"events:source": "cdk-personalize"}},
        "Effect": "Allow",
        "Resource": f"{HERE}:event-bus/default",
    }
