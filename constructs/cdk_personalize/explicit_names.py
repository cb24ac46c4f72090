"""Names that are given twice in a stack: of two resources of one kind, one can have it at most."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import aws_cdk as cdk
from constructs import Construct

from cdk_personalize.faults import is_token, report_found
from personalize_provider.schema import Fault

if TYPE_CHECKING:
    from cdk_personalize.wait_segments import FirstLink
    from personalize_provider.resources import ResourceSpec

_ID = "CdkPersonalizeExplicitNames"


class ExplicitNames(Construct):
    """The resources of one stack that were given a name, by kind and name; adds nothing to it.

    Args:
        scope: The stack.
        id: Name in that scope.
    """

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002 (the CDK's own name)
        super().__init__(scope, id)
        self._known: dict[tuple[str, str], list[FirstLink]] = {}

    @staticmethod
    def note(scope: Construct, resource: FirstLink, *, spec: ResourceSpec) -> None:
        """Make synthesis fail where a resource has the name of one before it.

        What only CloudFormation knows is left alone, and so is what is there under a condition:
        two conditions may exclude each other.

        Args:
            scope: The construct that the resource stands for.
            resource: The resource.
            spec: Its kind. One whose ARN does not follow from its name is left alone.
        """
        name = resource.told.get(spec.name_property)
        if spec.arn_from_service or not isinstance(name, str) or is_token(name):
            return
        stack = cdk.Stack.of(scope)
        names = stack.node.try_find_child(_ID)
        if not isinstance(names, ExplicitNames):
            names = ExplicitNames(stack, _ID)
        same = names._known.setdefault((spec.cloudformation_type, name), [])
        before = tuple(same)
        if before:
            report_found(scope, lambda: _faults(resource, before, spec))
        same.append(resource)


def _faults(
    resource: FirstLink, before: tuple[FirstLink, ...], spec: ResourceSpec
) -> Iterator[Fault]:
    name = resource.told.get(spec.name_property)
    taken = (
        each
        for each in before
        if each.told.get(spec.name_property) == name
        and not each.is_conditional
        and not resource.is_conditional
        and _is_in_tree(each)
    )
    other = next(taken, None)
    if other is None or is_token(name):
        return
    yield Fault(
        property=spec.name_property,
        value=name,
        rule=f"be the name of one {spec.title.lower()} alone, and {_path(other)} has it already",
        way_out=f"Give {_path(resource)} another name, or none; where both mean the same "
        f"{spec.title.lower()}, keep one of them.",
    )


def _is_in_tree(resource: FirstLink) -> bool:
    """Whether nobody has taken it, or what it stands in, out of the app."""
    way = resource.node.scopes
    return all(
        above.node.try_find_child(each.node.id) is not None
        for above, each in itertools.pairwise(way)
    )


def _path(resource: FirstLink) -> str:
    """The path of the construct that a resource stands for."""
    return resource.node.path.rpartition("/")[0]
