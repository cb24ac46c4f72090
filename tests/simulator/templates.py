"""What a template declares: resources, what they take from each other, and their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Attribute:
    """Fn::GetAtt: an attribute of another resource, in place of a value.

    Attributes:
        logical_id: That resource.
        name: The attribute: a key of the Data of its latest success.
    """

    logical_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource as a template declares it.

    Attributes:
        type: `Custom::PersonalizeCampaign`.
        properties: Its properties, ServiceToken left out. A value may be an `Attribute`.
        retain: DeletionPolicy and UpdateReplacePolicy Retain.
        after: DependsOn: logical ids that come first. Those whose attributes it takes do anyway.
    """

    type: str
    properties: Mapping[str, Any]
    retain: bool = False
    after: tuple[str, ...] = ()

    @property
    def needs(self) -> frozenset[str]:
        """The resources that come before this one."""
        return frozenset(self.after) | {each.logical_id for each in _references(self.properties)}


Template = Mapping[str, Declared]

Needs = Mapping[str, frozenset[str]]
"""Logical id -> those that come first."""


class MissingAttributeError(Exception):
    """A resource does not have the attribute that another one takes."""


def resolved(properties: Mapping[str, Any], attributes: Callable[[str], Mapping[str, str]]) -> Any:
    """Properties with values in place of references.

    Args:
        properties: As declared.
        attributes: Logical id -> the attributes that the resource has.

    Raises:
        MissingAttributeError: In CloudFormation's words.
    """

    def value(declared: Any) -> Any:
        if isinstance(declared, Attribute):
            known = attributes(declared.logical_id)
            if declared.name not in known:
                raise MissingAttributeError(
                    f"CustomResource attribute error: Vendor response doesn't contain "
                    f"{declared.name} attribute in object {declared.logical_id}"
                )
            return known[declared.name]
        if isinstance(declared, Mapping):
            return {key: value(each) for key, each in declared.items()}
        if isinstance(declared, (list, tuple)):
            return [value(each) for each in declared]
        return declared

    return value(properties)


def referring(declared: Declared, others: Mapping[str, str]) -> Declared:
    """A resource that takes its attributes from others.

    Args:
        declared: As declared.
        others: Logical id -> the one to take the attributes from in its place.
    """

    def value(given: Any) -> Any:
        if isinstance(given, Attribute):
            return Attribute(others.get(given.logical_id, given.logical_id), given.name)
        if isinstance(given, Mapping):
            return {key: value(each) for key, each in given.items()}
        return given

    return replace(declared, properties=value(declared.properties))


def first_to_last(template: Template) -> Needs:
    """The order of creation, update and rollback."""
    return {name: declared.needs for name, declared in template.items()}


def last_to_first(template: Template) -> Needs:
    """The order of deletion: whoever needs a resource goes before it."""
    return {
        name: frozenset(other for other, each in template.items() if name in each.needs)
        for name in template
    }


def _references(value: Any) -> Iterator[Attribute]:
    if isinstance(value, Attribute):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _references(each)
