"""Schemas: what the records of a dataset look like, in Avro.

Source: API reference, "CreateSchema"; developer guide, "Creating schema JSON files".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator.exceptions import invalid_input
from emulator.plain import PlainKind

if TYPE_CHECKING:
    from emulator.world import Request

TYPES = frozenset({"null", "boolean", "int", "long", "float", "double", "string"})
"""The types of fields that the guide names."""


class Schemas(PlainKind):
    """Schemas are there, and gone, at once; they have neither a status nor tags."""

    kind = what = "schema"
    noun = "Schema"
    arn_member = "schemaArn"
    at_once = True
    echoed = ("schema", "domain")
    unseen = frozenset({"status", "failureReason"})

    def _checked(self, request: Request) -> tuple[str, ...]:
        mistake = _mistake(request["schema"])
        if mistake is not None:
            raise invalid_input(f"The schema is not a valid Avro schema: {mistake}.")
        return ()


def required_columns(schema: str) -> list[str]:
    """The fields of a valid schema that may not be null: every file has to have them."""
    fields = json.loads(schema)["fields"]
    return [field["name"] for field in fields if "null" not in _types(field)]


def _mistake(text: str) -> str | None:
    """What keeps a text from being a schema of records; None: nothing."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        return "it is not JSON"
    if not isinstance(schema, dict) or schema.get("type") != "record":
        return "it is not of the type record"
    if not isinstance(schema.get("name"), str) or not schema["name"]:
        return "it has no name"
    fields = schema.get("fields")
    if not isinstance(fields, list) or not fields:
        return "it has no fields"
    names = [field.get("name") if isinstance(field, dict) else None for field in fields]
    for name, field in zip(names, fields, strict=True):
        if not isinstance(name, str) or not name:
            return f"the field {field} has no name"
        if names.count(name) > 1:
            return f"the field {name} is there more than once"
        types = _types(field)
        if not types or not all(isinstance(each, str) and each in TYPES for each in types):
            return f"the field {name} has to be of one or more of {', '.join(sorted(TYPES))}"
    return None


def _types(field: dict[str, Any]) -> list[Any]:
    types = field.get("type")
    return types if isinstance(types, list) else [types]
