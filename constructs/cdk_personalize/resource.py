"""What every construct shares: its time limits and its custom resource."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from cdk_personalize.explicit_names import ExplicitNames
from cdk_personalize.faults import is_token
from cdk_personalize.provider import PersonalizeProvider
from cdk_personalize.tagging import ResourceTags
from cdk_personalize.wait_segments import FirstLink
from personalize_provider import segments
from personalize_provider.resources.spec import (
    ADOPT_EXISTING,
    DELETE_ADOPTED,
    STATE_CHANGE_EVENTS,
    TAGS,
)
from personalize_provider.schema import as_decimal

if TYPE_CHECKING:
    from constructs import Construct

    from cdk_personalize.faults import Checked
    from cdk_personalize.provider_base import IPersonalizeProvider
    from cdk_personalize.wait_segments import Chain
    from personalize_provider.resources import ResourceSpec

DEFAULT_TIMEOUT_S = 3600
"""Seconds that a resource may take where `timeout` is left out."""

HOUR_S = 3600
"""CloudFormation waits no longer for one custom resource; what takes longer gets wait segments.

Source: AWS::CloudFormation::CustomResource, ServiceTimeout.
"""


def given(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties without what was left out: None, and structures that hold nothing.

    CloudFormation would hand an empty structure to the handler as a value of its own. A Decimal
    becomes its text, which means the same, for jsii carries none.
    """
    kept: dict[str, Any] = {}
    for name, value in properties.items():
        within = given(value) if isinstance(value, Mapping) else value
        within = str(within) if isinstance(within, Decimal) else within
        if within is not None and within != {}:
            kept[name] = within
    return kept


def adoption(*, adopt_existing: object, delete_adopted: object) -> dict[str, object]:
    """The properties about what exists already, left out where they say what is usual."""
    return {
        ADOPT_EXISTING: None if adopt_existing is False else adopt_existing,
        DELETE_ADOPTED: None if delete_adopted is False else delete_adopted,
    }


def number_of(given: object) -> float | None:
    """A number, whether it was given as such or as a text; of a token, its number; else None."""
    if is_token(given):
        return cdk.Token.as_number(given)
    number = as_decimal(given)
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def unless_true(flag: object) -> object:
    """A flag as its property: left out where it is true, so that the template stays small.

    Anything else is kept as it was given, for the rules to judge: "false" is no true.
    """
    return None if flag is True else flag


def is_off(flag: object) -> bool:
    """Whether a flag is known to be false, in whatever spelling the rules take."""
    return str(flag).lower() == "false"


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


def provider_of(scope: Construct, provider: IPersonalizeProvider | None) -> IPersonalizeProvider:
    """The provider that was given to a construct, or else its stack's own."""
    return PersonalizeProvider.get_or_create(scope) if provider is None else provider


def custom_resource(
    scope: Construct,
    *,
    spec: ResourceSpec,
    checked: Checked,
    removal_policy: object = None,
) -> Chain:
    """Put one custom resource into the stack, served by a provider.

    A `timeout` of more than an hour adds wait segments, one for each further started hour.

    A CfnResource and not a CustomResource, so that the construct's own `apply_removal_policy` and
    `node.default_child` reach it without a detour. Overrides of properties, and a condition, reach
    the wait segments too.

    Args:
        scope: The construct that it stands for.
        spec: The kind.
        checked: Its own properties, its timeout and what serves it. What was left out of the
            properties is dropped.
        removal_policy: What becomes of it; what is no RemovalPolicy is told as a fault elsewhere.
    """
    provider = provider_of(scope, checked.provider)
    limits = time_limits(checked.timeout)
    control = {"ServiceToken": provider.service_token, **limits}
    own = given(checked.properties)
    if not is_off(own.get(STATE_CHANGE_EVENTS)):
        provider.rights_for(scope).tell_state_changes()
    tags = ResourceTags(scope, resource_type=spec.cloudformation_type).listed
    resource = FirstLink(
        scope,
        "Resource",
        type=spec.cloudformation_type,
        properties={**control, **own, TAGS: tags},
    )
    ExplicitNames.note(scope, resource, spec=spec)
    if isinstance(removal_policy, cdk.RemovalPolicy):
        resource.apply_removal_policy(removal_policy)
    provider.serve(resource)
    return resource.chain(
        count=segments.count(int(limits["Timeout"]), HOUR_S),
        spec=spec,
        properties={**control, "Properties": {**own, TAGS: tags}},
    )
