"""What every construct shares: its faults in one error, its time limits, its custom resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from cdk_personalize.provider import PersonalizeProvider
from cdk_personalize.tagging import ResourceTags
from personalize_provider import segments
from personalize_provider.resources import LONGEST_TIMEOUT_S, Fault
from personalize_provider.resources.spec import (
    ADOPT_EXISTING,
    DELETE_ADOPTED,
    STATE_CHANGE_EVENTS,
    TAGS,
)
from personalize_provider.schema import cloudformation_name

if TYPE_CHECKING:
    from constructs import Construct

    from cdk_personalize.provider_base import IPersonalizeProvider
    from personalize_provider.resources import ResourceSpec

DEFAULT_TIMEOUT_S = 3600
"""Seconds that a resource may take where `timeout` is left out."""

SHORTEST_TIMEOUT_S = 60
HOUR_S = 3600
"""CloudFormation waits no longer for one custom resource; what takes longer gets wait segments.

Source: AWS::CloudFormation::CustomResource, ServiceTimeout.
"""


class InvalidPropertiesError(ValueError):
    """A construct's props break rules of Amazon Personalize; all of them are named at once.

    Attributes:
        construct_path: Path of the construct in the app.
        faults: Each with property, value, rule and way out.
    """

    def __init__(self, *, construct_path: str, faults: Iterable[Fault]) -> None:
        self.construct_path: str = construct_path
        self.faults: tuple[Fault, ...] = tuple(faults)
        lines = "\n".join(f"  - {fault}" for fault in self.faults)
        super().__init__(f"{construct_path} has {len(self.faults)} fault(s):\n{lines}")


def given(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties without what was left out: None, and structures that hold nothing.

    CloudFormation would hand an empty structure to the handler as a value of its own.
    """
    kept: dict[str, Any] = {}
    for name, value in properties.items():
        within = given(value) if isinstance(value, Mapping) else value
        if within is not None and within != {}:
            kept[name] = within
    return kept


def adoption(*, adopt_existing: bool, delete_adopted: bool) -> dict[str, bool | None]:
    """The properties about what exists already, left out where they say what is usual."""
    return {ADOPT_EXISTING: adopt_existing or None, DELETE_ADOPTED: delete_adopted or None}


def refuse_faults(
    scope: Construct,
    *,
    spec: ResourceSpec,
    properties: Mapping[str, Any],
    timeout: cdk.Duration | None,
    provider: IPersonalizeProvider | None,
    further: Iterable[Fault] = (),
) -> None:
    """Check the props of a construct before it makes anything. Tokens are left alone.

    Args:
        scope: The construct, named in the error.
        spec: The kind, which knows the service's rules.
        properties: The CloudFormation properties, without what was left out.
        timeout: What the user asked for.
        provider: What is to serve it, or None for the stack's own provider.
        further: Faults that only the construct can see, such as those of a value class.

    Raises:
        InvalidPropertiesError: Something is wrong; every fault is in it.
    """
    faults = [
        *spec.faults(properties, opaque=cdk.Token.is_unresolved),
        *further,
        *timeout_faults(timeout),
        *(provider.faults(scope) if provider is not None else ()),
    ]
    if faults:
        raise InvalidPropertiesError(construct_path=scope.node.path, faults=faults)


def timeout_faults(timeout: cdk.Duration | None) -> tuple[Fault, ...]:
    """What is wrong with a `timeout`: a plain Duration, 1 minute to 48 hours, in whole seconds."""
    if timeout is None:
        return ()
    if timeout.is_unresolved():
        return (
            Fault(
                property="Timeout",
                value=str(timeout),
                rule="be known at synthesis",
                way_out="Give a plain Duration, such as Duration.minutes(45), not a token.",
            ),
        )
    seconds = timeout.to_seconds(integral=False)
    if seconds > LONGEST_TIMEOUT_S:
        rule = "be at most 48 hours"
        way_out = (
            "Give at most Duration.hours(48). What is still running then fails the deployment; "
            "where it takes longer, make it outside the stack."
        )
    elif seconds < SHORTEST_TIMEOUT_S:
        rule = "be at least 1 minute"
        way_out = "Give at least Duration.minutes(1); a campaign often takes 10 to 20 minutes."
    elif seconds != int(seconds):
        rule = "be a whole number of seconds"
        way_out = f"Give Duration.seconds({int(seconds) + 1})."
    else:
        return ()
    return (Fault(property="Timeout", value=timeout.to_human_string(), rule=rule, way_out=way_out),)


def removal_faults(policy: cdk.RemovalPolicy | None, *, spec: ResourceSpec) -> tuple[Fault, ...]:
    """What CloudFormation would refuse: custom resources have no snapshots."""
    if policy is not cdk.RemovalPolicy.SNAPSHOT:
        return ()
    return (
        Fault(
            property="DeletionPolicy",
            value=policy.name,
            rule="be DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, for there are no snapshots",
            way_out=f"Give RemovalPolicy.RETAIN to keep the {spec.title.lower()} itself.",
        ),
    )


def time_limits(timeout: cdk.Duration | None) -> dict[str, int | str]:
    """The two properties that limit the time.

    Args:
        timeout: What the user asked for, free of faults. Default: 60 minutes.

    Returns:
        `Timeout`, the seconds that a create or an update may take, which the handler keeps, and
        `ServiceTimeout`, the seconds that CloudFormation waits: always the whole hour, for a
        delete has to wait for a create under way to end.
    """
    asked_s = DEFAULT_TIMEOUT_S if timeout is None else int(timeout.to_seconds())
    # A string, as CloudFormation's reference types it.
    return {"ServiceTimeout": str(HOUR_S), "Timeout": asked_s}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A custom resource and the wait segments behind it, if its `timeout` needs any.

    Attributes:
        resource: The custom resource itself.
        last: The last link, at which all is done: the last segment, or the resource itself.
    """

    resource: cdk.CfnResource
    last: cdk.CfnResource

    def attribute(self, name: str) -> str:
        """An attribute as a token, which makes its users wait until the resource is ACTIVE."""
        return self.last.get_att(name).to_string()


def provider_of(scope: Construct, provider: IPersonalizeProvider | None) -> IPersonalizeProvider:
    """The provider that was given to a construct, or else its stack's own."""
    return PersonalizeProvider.get_or_create(scope) if provider is None else provider


def custom_resource(
    scope: Construct,
    *,
    spec: ResourceSpec,
    properties: Mapping[str, Any],
    timeout: cdk.Duration | None,
    provider: IPersonalizeProvider | None,
) -> Chain:
    """Put one custom resource into the stack, served by a provider.

    A `timeout` of more than an hour adds wait segments, one for each further started hour.

    A plain CfnResource and not a CustomResource, so that the construct's own
    `apply_removal_policy` and `node.default_child` reach it without a detour.

    Args:
        scope: The construct that it stands for.
        spec: The kind.
        properties: Its own CloudFormation properties; what was left out is dropped.
        timeout: What the user asked for, free of faults.
        provider: What serves it. Default: the stack's own provider.
    """
    provider = provider_of(scope, provider)
    limits = time_limits(timeout)
    control = {"ServiceToken": provider.service_token, **limits}
    own = given(properties)
    if own.get(STATE_CHANGE_EVENTS, True):
        provider.rights_for(scope).tell_state_changes()
    tags = ResourceTags(scope, resource_type=spec.cloudformation_type).listed
    resource = cdk.CfnResource(
        scope,
        "Resource",
        type=spec.cloudformation_type,
        properties={**control, **own, TAGS: tags},
    )
    provider.serve(resource)
    last = resource
    for position in range(2, segments.count(int(limits["Timeout"]), HOUR_S) + 1):
        last = _wait_segment(
            scope,
            spec=spec,
            resource=resource,
            before=last,
            position=position,
            properties={**control, "Properties": {**own, TAGS: tags}},
        )
    return Chain(resource=resource, last=last)


def _wait_segment(
    scope: Construct,
    *,
    spec: ResourceSpec,
    resource: cdk.CfnResource,
    before: cdk.CfnResource,
    position: int,
    properties: Mapping[str, Any],
) -> cdk.CfnResource:
    """One further hour for a resource's work.

    It is fed by an attribute that changes with every request of the resource, so that it runs
    whenever that does; the handler judges by the ARN and the properties alone.

    Args:
        scope: The construct.
        spec: The resource's kind.
        resource: The resource.
        before: The link before this one.
        position: 2 for the first segment.
        properties: The time limits, and the resource's own properties.
    """
    arn = cloudformation_name(spec.arn_member)
    segment = cdk.CfnResource(
        scope,
        f"Wait{position}",
        type=segments.CLOUDFORMATION_TYPE,
        properties={
            **properties,
            "Position": position,
            "ResourceType": spec.cloudformation_type,
            "LogicalResourceId": resource.logical_id,
            "Arn": resource.get_att(arn),
            segments.REQUEST_ATTRIBUTE: resource.get_att(segments.REQUEST_ATTRIBUTE),
            segments.SEEN_ATTRIBUTE: before.get_att(segments.SEEN_ATTRIBUTE),
        },
    )
    segment.node.add_dependency(before)
    return segment
