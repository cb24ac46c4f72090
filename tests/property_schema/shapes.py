"""A property's shape as JSON Schema, as a template may state it.

A template may give a number or a boolean as such or as text, and an intrinsic function instead of
any value. So the schema takes all of that. It is never stricter than the handler: what a schema
cannot say, such as the range of a number that is given as text, the handler checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from personalize_provider.schema import (
    Boolean,
    Dictionary,
    Integer,
    Listing,
    Number,
    Shape,
    Structure,
    Text,
    cloudformation_name,
)

Schema = dict[str, Any]

# Of `Text`, `Integer` and so on, as `personalize_provider.schema` reads them.
_NUMBER_TEXT: Final = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\s*$"
_BOOLEAN_TEXT: Final = r"^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"

DEFINITIONS: Final[Mapping[str, Schema]] = {
    "intrinsic": {
        "description": "An intrinsic function, which CloudFormation puts a value in place of.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "patternProperties": {"^(Ref|Condition|Fn::[A-Za-z0-9]+(::[A-Za-z0-9]+)?)$": True},
        "additionalProperties": False,
    },
    "numberText": {"type": "string", "pattern": _NUMBER_TEXT},
    "boolean": {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": _BOOLEAN_TEXT}]},
}
"""What the schemas refer to by `#/$defs/…`."""


def value(shape: Shape) -> Schema:
    """The schema of a property's value: the shape, or an intrinsic function."""
    return {"anyOf": [literal(shape), {"$ref": "#/$defs/intrinsic"}]}


def literal(shape: Shape) -> Schema:
    """The schema of a value that is stated as it is."""
    write: Callable[[Any], Schema] = _WRITERS[type(shape)]
    return write(shape)


def members(shape: Structure) -> Schema:
    """The properties of a structure, in CloudFormation's spelling."""
    return {cloudformation_name(name): value(each) for name, each in shape.members.items()}


def _text(shape: Text) -> Schema:
    # The handler matches the whole value; a schema's pattern is sought anywhere in it.
    pattern = None if shape.pattern is None else f"^(?:{shape.pattern.removeprefix('^')})$"
    return _given(
        {
            "type": "string",
            "enum": list(shape.choices) or None,
            "minLength": shape.min_length or None,
            "maxLength": shape.max_length,
            "pattern": pattern,
            "description": f"Give {shape.means}." if shape.means else None,
        }
    )


def _integer(shape: Integer) -> Schema:
    return _numeric("integer", shape)


def _number(shape: Number) -> Schema:
    return _numeric("number", shape)


def _numeric(kind: str, shape: Integer | Number) -> Schema:
    number = _given({"type": kind, "minimum": shape.minimum, "maximum": shape.maximum})
    return {"anyOf": [number, {"$ref": "#/$defs/numberText"}]}


def _boolean(_shape: Boolean) -> Schema:
    return {"$ref": "#/$defs/boolean"}


def _listing(shape: Listing) -> Schema:
    return _given({"type": "array", "items": value(shape.item), "maxItems": shape.max_items})


def _dictionary(shape: Dictionary) -> Schema:
    return _given(
        {
            "type": "object",
            "propertyNames": _text(shape.key),
            "additionalProperties": value(shape.value),
            "maxProperties": shape.max_entries,
        }
    )


def _structure(shape: Structure) -> Schema:
    return _given(
        {
            "type": "object",
            "properties": members(shape),
            "required": sorted(map(cloudformation_name, shape.required)) or None,
            "additionalProperties": False,
        }
    )


def _given(schema: Schema) -> Schema:
    return {keyword: item for keyword, item in schema.items() if item is not None}


_WRITERS: Final[Mapping[type, Callable[..., Schema]]] = {
    Text: _text,
    Integer: _integer,
    Number: _number,
    Boolean: _boolean,
    Listing: _listing,
    Dictionary: _dictionary,
    Structure: _structure,
}
