"""What botocore's service model says of a value: every constraint it breaks, in AWS's own wording.

The same walk checks requests before they are obeyed and answers before they leave. botocore's own
ParamValidator knows neither patterns nor enums nor upper bounds, which the service does enforce.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

SEPARATORS = " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
INT_MAX = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One broken constraint.

    Args:
        kind: `type` is what AWS's deserializer stumbles over; `unknown` is a member that the shape
            does not have; `length` is a list that is too long; `constraint` is any other.
    """

    kind: Literal["type", "unknown", "length", "constraint"]
    path: str
    message: str


def violations(shape: Shape, value: Any, path: str = "") -> Iterator[Violation]:
    """Every way in which a value, as it comes out of JSON, does not fit its shape."""
    fits, expectation = TYPES[shape.type_name]
    if not fits(value):
        yield Violation(kind="type", path=path, message=f"{_kind(value)} {expectation}")
        return
    yield from _constraints(shape, value, path)
    yield from CHILDREN.get(shape.type_name, _no_children)(shape, value, path)


def _structure(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[Violation]:
    present = {key: each for key, each in value.items() if each is not None}
    for key in present:
        if key not in shape.members:
            # The service ignores such members; ours are refused, for they are never meant.
            text = f"Member is not part of {shape.name}"
            yield _broken("unknown", _joined(path, key), None, text, sensitive=True)
    for key in shape.required_members:
        if key not in present:
            yield _broken("constraint", _joined(path, key), "null", "Member must not be null")
    for key, member in shape.members.items():
        if key in present:
            yield from violations(member, present[key], _joined(path, key))


def _list(shape: ListShape, value: list[Any], path: str) -> Iterator[Violation]:
    for number, each in enumerate(value, start=1):
        yield from violations(shape.member, each, f"{path}.{number}.member")


def _map(shape: MapShape, value: Mapping[str, Any], path: str) -> Iterator[Violation]:
    for key, each in value.items():
        for broken in violations(shape.key, key, path):
            yield _rephrased(broken, "Map keys must satisfy constraint")
        yield from violations(shape.value, each, f"{path}.{key}.member")


def _no_children(_shape: Any, _value: Any, _path: str) -> Iterator[Violation]:
    return iter(())


def _rephrased(broken: Violation, start: str) -> Violation:
    head, sep, constraint = broken.message.partition("failed to satisfy constraint: ")
    message = f"{head}{sep}{start}: [{constraint}]" if sep else broken.message
    return Violation(kind=broken.kind, path=broken.path, message=message)


CHILDREN: Mapping[str, Any] = {"structure": _structure, "list": _list, "map": _map}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(value: Any) -> bool:
    return _is_number(value) and value == int(value) and abs(value) <= INT_MAX


TYPES: Mapping[str, tuple[Any, str]] = {
    "string": (lambda value: isinstance(value, str), "can not be converted to a String"),
    "boolean": (lambda value: isinstance(value, bool), "can not be converted to a Boolean"),
    "integer": (_is_integer, "can not be converted to an Integer"),
    "double": (_is_number, "can not be converted to a Double"),
    "timestamp": (_is_number, "can not be converted to milliseconds since epoch"),
    "structure": (lambda value: isinstance(value, Mapping), "is not a structure"),
    "map": (lambda value: isinstance(value, Mapping), "is not a map"),
    "list": (lambda value: isinstance(value, list), "is not a list"),
}
KINDS = {bool: "BOOLEAN_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE", str: "STRING_VALUE"}


def _kind(value: Any) -> str:
    names = {**KINDS, dict: "START_OBJECT", list: "START_ARRAY", type(None): "NULL_VALUE"}
    return names.get(type(value), type(value).__name__)


def _constraints(shape: Shape, value: Any, path: str) -> Iterator[Violation]:
    limits: Mapping[str, Any] = shape.metadata
    size: float = value if _is_number(value) else 0
    unit = "value"
    if isinstance(value, str):
        # Lengths are counted in UTF-16 units, as Java does.
        size, unit = len(value.encode("utf-16-le", "surrogatepass")) // 2, "length"
    elif isinstance(value, list | Mapping):
        size, unit = len(value), "length"
    found: list[tuple[Literal["length", "constraint"], str]] = []
    if "min" in limits and size < limits["min"]:
        found.append(("constraint", f"have {unit} greater than or equal to {limits['min']}"))
    if "max" in limits and size > limits["max"]:
        kind: Literal["length", "constraint"] = (
            "length" if isinstance(value, list) else "constraint"
        )
        found.append((kind, f"have {unit} less than or equal to {limits['max']}"))
    pattern = limits.get("pattern")
    if pattern and isinstance(value, str) and not java_pattern(pattern).fullmatch(value):
        found.append(("constraint", f"satisfy regular expression pattern: {pattern}"))
    if "enum" in limits and value not in limits["enum"]:
        found.append(("constraint", f"satisfy enum value set: [{', '.join(limits['enum'])}]"))
    for kind, text in found:
        sensitive = bool(limits.get("sensitive"))
        yield _broken(kind, path, value, f"Member must {text}", sensitive=sensitive)


def _broken(
    kind: Literal["unknown", "length", "constraint"],
    path: str,
    value: Any,
    constraint: str,
    *,
    sensitive: bool = False,
) -> Violation:
    quoted = "null" if value == "null" else f"'{value}'"
    shown = "Value" if sensitive else f"Value {quoted}"
    message = f"{shown} at '{path}' failed to satisfy constraint: {constraint}"
    return Violation(kind=kind, path=path, message=message)


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


@cache
def java_pattern(pattern: str) -> re.Pattern[str]:
    r"""A pattern of the service model (Java's dialect) as Python's.

    Python has no `\p{..}`, and its `\d` takes digits of every script where Java's takes ASCII.
    """
    inside = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": SEPARATORS, r"\d": "0-9"}
    outside = {r"\p{ASCII}": r"[\x00-\x7f]", r"\d": "[0-9]"}
    translated, in_class = "", False
    for token in re.findall(r"\\p\{\w+\}|\\.|.", pattern, re.DOTALL):
        in_class = token == "[" or (in_class and token != "]")
        translated += (inside if in_class else outside).get(token, token)
    return re.compile(translated)
