"""What campaigns and recommenders offer alike: both answer calls, in real time.

Both exist already, or are made by this app; who calls them and how often is asked of both.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar, Unpack

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam

from cdk_personalize.faults import InvalidPropertiesError, is_dummy, is_token, shown
from cdk_personalize.grants import GET_RECOMMENDATIONS, grant_on
from cdk_personalize.metrics import MetricProps, metric_of
from personalize_provider.resources import Fault
from personalize_provider.resources.regions import account_of
from personalize_provider.schema import cloudformation_name, read

if TYPE_CHECKING:
    from constructs import Construct

    from personalize_provider.resources import ResourceSpec


class Endpoint(cdk.Resource):
    """A resource that answers GetRecommendations. Take one of its subclasses.

    Attributes:
        spec: Its kind.
    """

    spec: ClassVar[ResourceSpec]

    @property
    @abc.abstractmethod
    def endpoint_arn(self) -> str:
        """The ARN that calls name, whatever the kind."""

    def grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Allow someone to take actions on this resource, by a statement in their own policy.

        A grantee that cannot use the grant draws the warning `cdk-personalize:grantWithoutEffect`:
        one of another account, or one without a policy of its own, such as a service.

        Args:
            grantee: A role, a user, a group, or what has a role, such as a Lambda function.
            actions: Such as `personalize:GetRecommendations`. Actions without such a resource,
                such as `personalize:ListCampaigns`, cannot be granted here.

        Raises:
            ValueError: There is no action, or one is not Amazon Personalize's.
        """
        return grant_on(self, grantee, actions)

    def grant_get_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow someone to get recommendations of items from this resource.

        Args:
            grantee: See `grant`. Filters need no grant of their own.
        """
        return self.grant(grantee, GET_RECOMMENDATIONS)

    def metric(self, metric_name: str, **props: Unpack[MetricProps]) -> cloudwatch.Metric:
        """A metric of this resource, from the namespace `AWS/Personalize`.

        Args:
            metric_name: Such as `GetRecommendations5xxErrors`.
            props: How it is read: see MetricProps.

        Source: Amazon Personalize Developer Guide, "CloudWatch metrics for Amazon Personalize".
        """
        return metric_of(self, metric_name, **props)

    def metric_get_recommendations(self, **props: Unpack[MetricProps]) -> cloudwatch.Metric:
        """Calls of GetRecommendations that succeeded. Default: their sum over 5 minutes."""
        return self.metric("GetRecommendations", **props)

    def metric_get_recommendations_4xx_errors(
        self, **props: Unpack[MetricProps]
    ) -> cloudwatch.Metric:
        """Calls of GetRecommendations that got a 4xx. Default: their sum over 5 minutes."""
        return self.metric("GetRecommendations4xxErrors", **props)

    def metric_get_recommendations_5xx_errors(
        self, **props: Unpack[MetricProps]
    ) -> cloudwatch.Metric:
        """Calls of GetRecommendations that got a 5xx. Default: their sum over 5 minutes."""
        return self.metric("GetRecommendations5xxErrors", **props)

    def metric_get_recommendations_latency(self, **props: Unpack[MetricProps]) -> cloudwatch.Metric:
        """Milliseconds of GetRecommendations, if no error. Default: average of 5 minutes."""
        return self.metric("GetRecommendationsLatency", **props)


def checked_arn(scope: Construct, id: str, arn: str, *, spec: ResourceSpec) -> str:  # noqa: A002
    """The ARN of a resource that exists already, once it is sure to be one of its kind.

    Args:
        scope: Where the resource is referred to.
        id: Its name in that scope.
        arn: The ARN, plain or a token.
        spec: The kind.

    Returns:
        The ARN. Of one that is still to be looked up, an ARN in its place, for policies name it.

    Raises:
        InvalidPropertiesError: It is no ARN of that kind.
    """
    faults = _arn_faults(arn, spec)
    if faults:
        path = "/".join(part for part in (scope.node.path, id) if part)
        raise InvalidPropertiesError(construct_path=path, faults=faults)
    if is_dummy(arn) and not arn.startswith("arn:"):
        return arn_of_name(scope, arn.rpartition("/")[2], spec=spec)
    return arn


def name_in(stack: cdk.Stack, arn: str) -> str:
    """The name within an ARN, plain or a token."""
    if not cdk.Token.is_unresolved(arn):
        return arn.rpartition("/")[2]
    return str(stack.split_arn(arn, cdk.ArnFormat.SLASH_RESOURCE_NAME).resource_name)


def arn_of_name(scope: Construct, name: str, *, spec: ResourceSpec) -> str:
    """ARN of the resource of a name, where the stack that holds a construct is.

    Args:
        scope: A construct of that stack.
        name: 1 to 63 letters, digits, `-` and `_`, or a token.
        spec: The kind.

    Raises:
        InvalidPropertiesError: It is no name.
    """
    faults = _name_faults(name, spec)
    if faults:
        raise InvalidPropertiesError(construct_path=scope.node.path, faults=faults)
    return cdk.Stack.of(scope).format_arn(
        service="personalize", resource=spec.arn_resource, resource_name=name
    )


def _name_faults(name: object, spec: ResourceSpec) -> tuple[Fault, ...]:
    if is_token(name):
        return ()
    means = read(spec.properties.members[spec.name_member], name)[1]
    return tuple(
        Fault(
            property=spec.name_property,
            value=shown(name),
            rule=f"be the name of a {spec.kind}: 1 to 63 letters, digits, hyphens or underscores",
            way_out=f"`aws personalize list-{spec.kind}s` shows the names. For an ARN there is "
            f"{spec.title}.from_{spec.kind}_arn.",
        )
        for _ in means[:1]
    )


def _arn_faults(arn: object, spec: ResourceSpec) -> tuple[Fault, ...]:
    if is_token(arn):
        return ()
    known = arn if isinstance(arn, str) else ""
    parts = known.split(":", 5)
    kind, _, name = parts[-1].partition("/")
    is_ours = len(parts) == 6 and parts[0] == "arn" and parts[2] == "personalize"
    is_placed = is_ours and all(parts) and account_of(known) is not None
    if is_placed and kind == spec.arn_resource and not _name_faults(name, spec):
        return ()
    way_out = (
        f"This is the ARN of a {kind}. `aws personalize list-{spec.kind}s` shows those of "
        f"{spec.kind}s."
        if is_ours and kind != spec.arn_resource
        else f"`aws personalize list-{spec.kind}s` shows it. For a name alone there is "
        f"{spec.title}.from_{spec.kind}_name."
    )
    return (
        Fault(
            property=cloudformation_name(spec.arn_member),
            value=shown(arn),
            rule=f"be the ARN of a {spec.kind} "
            f"(arn:PARTITION:personalize:REGION:ACCOUNT:{spec.arn_resource}/NAME)",
            way_out=way_out,
        ),
    )
