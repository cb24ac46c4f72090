"""Rules for what a resource's wait tells EventBridge, and the fields of those events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

import aws_cdk as cdk
from aws_cdk import aws_events as events

from cdk_personalize.faults import report
from personalize_provider.resources import Fault
from personalize_provider.resources.spec import STATE_CHANGE_EVENTS
from personalize_provider.state_change import SOURCE, State, detail_type

if TYPE_CHECKING:
    from constructs import Construct

    from personalize_provider.resources import ResourceSpec

ENDED_BADLY = (State.FAILED, State.STOPPED)
"""What a run may end in, if it does not succeed."""


class _Field:
    """A field of an event, as the token that a rule's target takes for it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __get__(self, instance: object, owner: type) -> str:
        return events.EventField.from_path(self._path)


class StateChangeEvent:
    """The fields of a state-change event, for the input that a rule's target is given.

    For example `events.RuleTargetInput.from_text(f"{StateChangeEvent.name} is ready")`. A field
    that an event has not (see docs/events.md) is an empty text.

    Attributes:
        version: Version of the schema: 1.
        id: Names the change; the same in an event that comes twice.
        arn: ARN of the resource.
        name: Its name; of a solution version, its id.
        resource_type: Its kind, such as `campaign` or `batch-inference-job`.
        status: The service's status, as the service spells it.
        previous_status: The status before.
        update_status: Status of the latest update of a campaign or recommender.
        state: What the status means: PENDING, IN_PROGRESS, ACTIVE, FAILED, STOPPING, STOPPED,
            DELETING, UNKNOWN.
        failure_reason: The service's words where the state is FAILED.
        output_path: Output folder of a job, an s3 path.
        solution_arn: ARN of a solution version's solution.
        training_hours: Hours that a solution version's training is billed for.
        adopted: "true" for what was there before its stack.
        stack_id: ARN of the stack.
        logical_resource_id: Logical id in the stack's template.
    """

    version: Final = _Field("$.detail.version")
    id: Final = _Field("$.detail.id")
    arn: Final = _Field("$.detail.arn")
    name: Final = _Field("$.detail.name")
    resource_type: Final = _Field("$.detail.resourceType")
    status: Final = _Field("$.detail.status")
    previous_status: Final = _Field("$.detail.previousStatus")
    update_status: Final = _Field("$.detail.updateStatus")
    state: Final = _Field("$.detail.state")
    failure_reason: Final = _Field("$.detail.failureReason")
    output_path: Final = _Field("$.detail.outputPath")
    solution_arn: Final = _Field("$.detail.solutionArn")
    training_hours: Final = _Field("$.detail.trainingHours")
    adopted: Final = _Field("$.detail.adopted")
    stack_id: Final = _Field("$.detail.stackId")
    logical_resource_id: Final = _Field("$.detail.logicalResourceId")


class RuleProps(TypedDict, total=False):
    """What a rule takes, as the `on_...` methods of the CDK's own constructs do.

    Attributes:
        description: What the rule is for. Default: none.
        rule_name: A physical name. Default: CloudFormation makes one.
        event_pattern: Narrows the rule by fields that it does not state itself. Those are `source`,
            `detail-type`, `detail.stackId` and `detail.logicalResourceId`, and `detail.state` of
            `on_completed` and `on_failed`. Default: no further pattern.
        cross_stack_scope: Where the rule goes when the target is in another stack. Default: here.

    Source: AWS CDK API reference, OnEventOptions.
    """

    description: str | None
    rule_name: str | None
    event_pattern: events.EventPattern | None
    cross_stack_scope: Construct | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanges:
    """What a construct knows of the events about its resource.

    Attributes:
        scope: The construct.
        spec: Its kind.
        resource: Its custom resource, whose logical id the events carry.
        told: Whether there are any.
    """

    scope: Construct
    spec: ResourceSpec
    resource: cdk.CfnResource
    told: bool

    def rule(
        self,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        states: Sequence[State] = (),
        target: events.IRuleTarget | None = None,
        **props: Unpack[RuleProps],
    ) -> events.Rule:
        """A rule for the events of this one resource.

        It names the resource by stack and logical id and not by ARN, so that it needs nothing of
        the resource, and is there before it.

        Args:
            id: Name of the rule in the construct's scope.
            states: Narrows the rule to these. Default: all.
            target: What is invoked; None adds none yet.
            props: See RuleProps.

        Synthesis fails if the construct tells no state changes, or if the pattern in the props
        states a field that the rule states too.
        """
        if not self.told:
            fault = Fault(
                property=STATE_CHANGE_EVENTS,
                value=False,
                rule=f"be true for the rule {id}, which would never match",
                way_out="Leave state_change_events at its default.",
            )
            report(self.scope, [fault])
        if isinstance(pattern := props.get("event_pattern"), Mapping):
            # As jsii takes every struct.
            props["event_pattern"] = events.EventPattern(**pattern)
        rule = events.Rule(self.scope, id, **props)
        detail: dict[str, Any] = {
            "stackId": [self._stack_id_seen_from(rule)],
            "logicalResourceId": [self.resource.logical_id],
        }
        if states:
            detail["state"] = [state.value for state in states]
        own: dict[str, Any] = {
            "source": [SOURCE],
            "detail_type": [detail_type(self.spec)],
            "detail": detail,
        }
        widening = _stated_twice(id, props.get("event_pattern"), events.EventPattern(**own))
        if widening:
            report(self.scope, widening)
        else:
            rule.add_event_pattern(**own)
        rule.add_target(target)
        return rule

    def _stack_id_seen_from(self, rule: events.Rule) -> str | dict[str, str]:
        """What matches the stack's id, without making the rule's stack wait for this one."""
        stack = cdk.Stack.of(self.scope)
        if cdk.Stack.of(rule) is stack or cdk.Token.is_unresolved(stack.stack_name):
            return stack.stack_id
        # CloudFormation draws the rest of the id.
        begins = stack.format_arn(
            service="cloudformation", resource="stack", resource_name=f"{stack.stack_name}/"
        )
        return {"prefix": begins}


def _stated_twice(
    rule_id: str, given: events.EventPattern | None, own: events.EventPattern
) -> tuple[Fault, ...]:
    """What of a pattern would not narrow a rule but widen it: the CDK joins what both state.

    Args:
        rule_id: Name of the rule, for the message.
        given: The user's pattern.
        own: The rule's own.
    """
    stated, own_values = _stated(given), _stated(own)
    return tuple(
        Fault(
            property=f"event_pattern.{field}",
            value=value,
            rule=f"be left to the rule {rule_id}, which states it itself and would match either",
            way_out="Leave it out. For other states there is on_state_change, with "
            "event_pattern=events.EventPattern(detail={'state': [...]}); for anything else a rule "
            "of your own, see docs/events.md.",
        )
        for field, value in stated.items()
        if field in own_values
    )


def _stated(pattern: events.EventPattern | None) -> dict[str, object]:
    """The fields that a pattern states, as events spell them: `detail-type`, `detail.state`."""
    if pattern is None:
        return {}
    whole = {"source": pattern.source, "detail-type": pattern.detail_type}
    within = {f"detail.{name}": value for name, value in (pattern.detail or {}).items()}
    return {field: value for field, value in {**whole, **within}.items() if value is not None}


class TellsStateChanges:
    """What a construct offers whose resource's wait tells state changes; it sets `_changes`."""

    _changes: StateChanges

    def on_state_change(
        self,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        target: events.IRuleTarget | None = None,
        **props: Unpack[RuleProps],
    ) -> events.Rule:
        """A rule for every status of the resource, and of its updates, that a wait sees.

        The rule needs nothing of the resource, so it is there before the resource is. A target
        that uses the resource's attributes is not: it is made after the resource, and the rule
        with it, so it misses the creation. Take `StateChangeEvent` for such values instead.

        Args:
            id: Name of the rule.
            target: What the rule invokes. Default: none; `rule.add_target` adds some.
            props: See RuleProps.

        Synthesis fails if the resource was made with `state_change_events=False`.
        """
        return self._changes.rule(id, target=target, **props)


class TellsItsEnd(TellsStateChanges):
    """What a construct offers whose resource is a run that ends."""

    def on_completed(
        self,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        target: events.IRuleTarget | None = None,
        **props: Unpack[RuleProps],
    ) -> events.Rule:
        """A rule for the end of every run that succeeds; see `on_state_change`.

        Args:
            id: Name of the rule.
            target: What the rule invokes. Default: none; `rule.add_target` adds some.
            props: See RuleProps.

        Synthesis fails if the resource was made with `state_change_events=False`.
        """
        return self._changes.rule(id, states=[State.ACTIVE], target=target, **props)

    def on_failed(
        self,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        target: events.IRuleTarget | None = None,
        **props: Unpack[RuleProps],
    ) -> events.Rule:
        """A rule for the end of every run that fails or is stopped; see `on_state_change`.

        Args:
            id: Name of the rule.
            target: What the rule invokes. Default: none; `rule.add_target` adds some.
            props: See RuleProps.

        Synthesis fails if the resource was made with `state_change_events=False`.
        """
        return self._changes.rule(id, states=ENDED_BADLY, target=target, **props)
