"""Rules for what a resource's wait tells EventBridge, and the fields of those events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
from aws_cdk import aws_events as events

from cdk_personalize.resource import InvalidPropertiesError
from personalize_provider.resources import Fault
from personalize_provider.resources.spec import STATE_CHANGE_EVENTS
from personalize_provider.state_change import SOURCE, State, detail_type

if TYPE_CHECKING:
    from constructs import Construct

    from personalize_provider.resources import ResourceSpec


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
        id: Names the change; the same in an event that comes twice.
        arn: ARN of the campaign or job.
        name: Its name.
        status: The service's status, as the service spells it.
        previous_status: The status before.
        update_status: Status of the latest update of a campaign.
        state: What the status means: PENDING, IN_PROGRESS, ACTIVE, FAILED, DELETING, UNKNOWN.
        failure_reason: The service's words where the state is FAILED.
        output_path: Output folder of a job, an s3 path.
        stack_id: ARN of the stack.
        logical_resource_id: Logical id in the stack's template.
    """

    id: Final = _Field("$.detail.id")
    arn: Final = _Field("$.detail.arn")
    name: Final = _Field("$.detail.name")
    status: Final = _Field("$.detail.status")
    previous_status: Final = _Field("$.detail.previousStatus")
    update_status: Final = _Field("$.detail.updateStatus")
    state: Final = _Field("$.detail.state")
    failure_reason: Final = _Field("$.detail.failureReason")
    output_path: Final = _Field("$.detail.outputPath")
    stack_id: Final = _Field("$.detail.stackId")
    logical_resource_id: Final = _Field("$.detail.logicalResourceId")


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
        target: events.IRuleTarget | None,
        description: str | None,
        rule_name: str | None,
        event_pattern: events.EventPattern | None,
        cross_stack_scope: Construct | None,
    ) -> events.Rule:
        """A rule for the events of this one resource.

        It names the resource by stack and logical id and not by ARN, so that it needs nothing of
        the resource, and is there before it.

        Args:
            id: Name of the rule in the construct's scope.
            states: Narrows the rule to these. Default: all.
            target: What is invoked; None adds none yet.
            description: For the console.
            rule_name: A physical name.
            event_pattern: Narrows the rule further.
            cross_stack_scope: Where the rule goes if the target is in another stack.

        Raises:
            InvalidPropertiesError: The construct tells no state changes.
        """
        if not self.told:
            fault = Fault(
                property=STATE_CHANGE_EVENTS,
                value=False,
                rule=f"be true for the rule {id}, which would never match",
                way_out="Leave state_change_events at its default.",
            )
            raise InvalidPropertiesError(construct_path=self.scope.node.path, faults=[fault])
        rule = events.Rule(
            self.scope,
            id,
            description=description,
            rule_name=rule_name,
            event_pattern=event_pattern,
            cross_stack_scope=cross_stack_scope,
        )
        detail: dict[str, Any] = {
            "stackId": [cdk.Stack.of(self.scope).stack_id],
            "logicalResourceId": [self.resource.logical_id],
        }
        if states:
            detail["state"] = [state.value for state in states]
        rule.add_event_pattern(source=[SOURCE], detail_type=[detail_type(self.spec)], detail=detail)
        rule.add_target(target)
        return rule
