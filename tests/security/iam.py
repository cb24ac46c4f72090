"""IAM as far as the synthesized policies go: what a role may do, and whether that covers a call.

Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition
operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.gaps.personalize import Right

__all__ = ["Grant", "Right", "grants", "matches", "resolved"]

Conditions = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One action on one resource that a policy allows.

    Attributes:
        action: Such as `events:PutEvents`.
        resource: An ARN, in which `*` and `?` stand for anything.
        conditions: Operator -> key -> value or values; all must hold.
    """

    action: str
    resource: str
    conditions: Conditions

    @property
    def pair(self) -> tuple[str, str]:
        """What tells it from others: the action and the resource."""
        return self.action, self.resource

    def covers(self, right: Right) -> bool:
        """Whether it allows a call; every condition must hold for it."""
        return (
            self.action == right.action
            and matches(self.resource, right.resource)
            and all(
                _holds(operator, wanted, right.context.get(key))
                for operator, keys in self.conditions.items()
                for key, wanted in keys.items()
            )
        )


def grants(statements: Iterable[Mapping[str, Any]]) -> list[Grant]:
    """Every action on every resource that resolved statements allow.

    Raises:
        NotImplementedError: A statement has what the library's own never have.
    """
    return [grant for statement in statements for grant in _grants_of(statement)]


def _grants_of(statement: Mapping[str, Any]) -> Iterator[Grant]:
    unknown = statement.keys() - {"Action", "Condition", "Effect", "Resource", "Sid"}
    if unknown or statement["Effect"] != "Allow":
        raise NotImplementedError(f"a statement: {statement}")
    for action in _listed(statement["Action"]):
        for resource in _listed(statement["Resource"]):
            yield Grant(action=action, resource=resource, conditions=statement.get("Condition", {}))


def matches(pattern: str, value: str) -> bool:
    """Whether a value fits a pattern in which `*` and `?` stand for anything."""
    wild = {"*": ".*", "?": "."}
    expression = "".join(wild.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def resolved(value: Any, references: Mapping[str, str]) -> Any:
    """A part of a template with values in place of intrinsic functions.

    Args:
        value: The part.
        references: `AWS::Region`, `LogicalId` and `LogicalId.Attribute` -> the value.

    Raises:
        KeyError: A reference is unknown.
        NotImplementedError: An intrinsic function is.
    """
    match value:
        case {"Ref": str(name)}:
            return references[name]
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return references[f"{name}.{attribute}"]
        case {"Fn::Join": [str(separator), [*parts]]}:
            return separator.join(resolved(part, references) for part in parts)
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: references[found[1]], text)
        case dict():
            if any(key.startswith("Fn::") for key in value):
                raise NotImplementedError(f"an intrinsic function: {value}")
            return {key: resolved(item, references) for key, item in value.items()}
        case list():
            return [resolved(item, references) for item in value]
    return value


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringLike": matches,
    "ArnLike": matches,
}


def _holds(operator: str, wanted: Any, given: str | None) -> bool:
    """Whether a condition holds; a key that the call does not carry holds nothing."""
    if operator not in _OPERATORS:
        raise NotImplementedError(f"a condition operator: {operator}")
    # One of several values is enough.
    return given is not None and any(_OPERATORS[operator](each, given) for each in _listed(wanted))


def _listed(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else list(value)
