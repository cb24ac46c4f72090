"""A custom resource, and the wait segments behind it: one for each started hour after the first.

They are to be told alike. So what reaches the custom resource alone by way of the CDK's escape
hatches, its segments are told too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii

from cdk_personalize.faults import is_token, report_found
from personalize_provider import segments
from personalize_provider.schema import Fault, cloudformation_name

if TYPE_CHECKING:
    from constructs import Construct, IConstruct

    from personalize_provider.resources import ResourceSpec

_ALL = "Properties"
_OWN = f"{_ALL}."
_CONDITION = "Condition"
_MACHINERY = ("ServiceToken", *segments.LIMITS)
"""Properties that a segment has by itself; the resource's other ones are in its `Properties`."""

_AFTER_OTHER_ASPECTS = 900
"""Priority of an aspect that copies what others have changed: before those that only read."""


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


class FirstLink(cdk.CfnResource):
    """The custom resource itself, which tells its wait segments what it is told by hand.

    Args:
        scope: The construct.
        id: Its name in that scope.
        type: Its CloudFormation type.
        properties: Its properties.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        type: str,  # noqa: A002 (the CDK's own name for it)
        properties: Mapping[str, Any],
    ) -> None:
        super().__init__(scope, id, type=type, properties=properties)
        self._scope = scope
        self._segments: list[cdk.CfnResource] = []
        self._told = dict(properties)
        self._has_condition = False
        self._strength: cdk.ReferenceStrength | None = None
        report_found(self, self._limit_faults)

    def chain(self, *, count: int, spec: ResourceSpec, properties: Mapping[str, Any]) -> Chain:
        """Add the wait segments.

        Args:
            count: How many links there are to be, this one included.
            spec: The resource's kind.
            properties: A segment's time limits, and the resource's own properties.
        """
        last: cdk.CfnResource = self
        for position in range(2, count + 1):
            # What other stacks import is exported by the last one's name, whatever the hours are.
            name = "Wait" if position == count else f"Wait{position}"
            last = self._segment(last, name, position=position, spec=spec, properties=properties)
            self._segments.append(last)
        if self._segments:
            cdk.Aspects.of(self).add(_SameCondition(), priority=_AFTER_OTHER_ASPECTS)
        return Chain(resource=self, last=last)

    def add_override(self, path: str, value: Any) -> None:
        """Override a part of the resource; a property, or the condition, of its segments too.

        The CDK's other overrides and deletions of properties come here too.

        Args:
            path: Such as `Properties.MinProvisionedTPS`.
            value: What to put there; None deletes.
        """
        super().add_override(path, value)
        if path == _ALL and isinstance(value, Mapping):
            for each, property_value in value.items():
                self._tell_segments(f"{_OWN}{each}", property_value)
        else:
            self._tell_segments(path, value)

    def apply_cross_stack_reference_strength(self, strength: cdk.ReferenceStrength) -> None:
        """Say how other stacks refer to the resource: by the attributes of its last link.

        Args:
            strength: Whether as an export, or by the stack's output.
        """
        super().apply_cross_stack_reference_strength(strength)
        self._strength = strength
        for segment in self._segments:
            segment.apply_cross_stack_reference_strength(strength)

    @property
    def strength(self) -> cdk.ReferenceStrength | None:
        """How other stacks refer to the resource, where that was said of itself."""
        return self._strength

    def _tell_segments(self, path: str, value: Any) -> None:
        """Override the same in the wait segments, whose own properties stand one level deeper."""
        name, _, within = path.removeprefix(_OWN).partition(".")
        if path.startswith(_OWN) and not within:
            self._told[name] = value
        if path == _CONDITION:
            self._has_condition = value is not None
        if path == _CONDITION or (path.startswith(_OWN) and name in _MACHINERY):
            there = path
        elif path.startswith(_OWN):
            there = f"{_OWN}{path}"
        else:
            return
        for segment in self._segments:
            segment.add_override(there, value)

    @property
    def told(self) -> Mapping[str, Any]:
        """Its properties, as they were given and then overridden as a whole."""
        return self._told

    @property
    def is_conditional(self) -> bool:
        """Whether CloudFormation may leave it out."""
        return self._has_condition or self.cfn_options.condition is not None

    def match_condition(self) -> None:
        """Have the segments only where the resource is."""
        condition = self.cfn_options.condition
        for segment in self._segments if condition is not None else ():
            segment.cfn_options.condition = condition

    def _limit_faults(self) -> Iterator[Fault]:
        """What is wrong with limits that were overridden: nobody would go on from the last link."""
        links = 1 + len(self._segments)
        limits = [self._told[name] for name in segments.LIMITS]
        if any(is_token(limit) for limit in limits):
            return
        try:
            service_timeout, timeout = map(int, limits)
            needed = segments.count(timeout, service_timeout)
        except (TypeError, ValueError, ZeroDivisionError):
            # Deleted, or no number: the handler has its own defaults, and its own refusal.
            return
        if needed > links:
            yield Fault(
                property="Timeout",
                value=timeout,
                rule=f"be at most {links * service_timeout}, which is {links} times ServiceTimeout:"
                " so often CloudFormation waits for this construct",
                way_out="Give the construct a longer `timeout`, and override neither.",
            )

    def _segment(
        self,
        before: cdk.CfnResource,
        name: str,
        *,
        position: int,
        spec: ResourceSpec,
        properties: Mapping[str, Any],
    ) -> cdk.CfnResource:
        """One further hour for the resource's work.

        It is fed by an attribute that changes with every request of the resource, so that it runs
        whenever that does; of it the handler reads no more than what the request empties.

        Args:
            before: The link before this one.
            name: The segment's id in the construct.
            position: 2 for the first segment.
            spec: The resource's kind.
            properties: The time limits, and the resource's own properties.
        """
        segment = cdk.CfnResource(
            self._scope,
            name,
            type=segments.CLOUDFORMATION_TYPE,
            properties={
                **properties,
                "Position": position,
                "ResourceType": spec.cloudformation_type,
                "LogicalResourceId": self.logical_id,
                "Arn": self.get_att(cloudformation_name(spec.arn_member)),
                segments.REQUEST_ATTRIBUTE: self.get_att(segments.REQUEST_ATTRIBUTE),
                segments.SEEN_ATTRIBUTE: before.get_att(segments.SEEN_ATTRIBUTE),
            },
        )
        segment.node.add_dependency(before)
        return segment


@jsii.implements(cdk.IAspect)
class _SameCondition:
    """Copies a condition to the wait segments, once nobody changes it any more."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, FirstLink):
            node.match_condition()
