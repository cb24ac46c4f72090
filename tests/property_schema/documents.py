"""The published documents: one JSON Schema a kind, of the `Properties` of its custom resource."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from personalize_provider import segments
from personalize_provider.resources import SPECS, Change, ResourceSpec
from personalize_provider.resources.spec import (
    CONTROL_PROPERTIES,
)
from personalize_provider.schema import (
    Dictionary,
    Integer,
    Structure,
    Text,
    cloudformation_name,
)
from property_schema.shapes import DEFINITIONS, Schema, members, value

VERSION: Final = "1"
"""Version of the schemas: within one, properties are added, and none is removed or changed."""

FOLDER: Final = Path(__file__).parents[2] / "docs" / "schema" / f"v{VERSION}"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

WAIT: Final = Structure(
    members={
        "Position": Integer(minimum=2),
        "ResourceType": Text(choices=tuple(SPECS), means="the resource's type"),
        "LogicalResourceId": Text(min_length=1, means="the resource's logical id"),
        "Arn": Text(min_length=1, means="the resource's ARN"),
        segments.REQUEST_ATTRIBUTE: Text(min_length=1, means="the resource's Request"),
        segments.SEEN_ATTRIBUTE: Text(min_length=1, means="the Seen of the link before"),
        "Properties": Dictionary(key=Text(), value=Text()),
    },
    required=frozenset({"Position", "ResourceType", "LogicalResourceId", "Arn", "Properties"}),
)
"""A wait segment's own properties; `Properties` are those of the resource, written out below."""


def documents() -> dict[str, str]:
    """File name -> text, of every document of this version."""
    schemas = {_file_of(each.cloudformation_type): of_kind(each) for each in SPECS.values()}
    schemas[_file_of(segments.CLOUDFORMATION_TYPE)] = of_wait()
    return {name: json.dumps(schema, indent=2) + "\n" for name, schema in schemas.items()}


def of_kind(spec: ResourceSpec) -> Schema:
    """The schema of a kind's properties."""
    own = Structure(
        members=spec.properties.members,
        required=spec.properties.required - {spec.name_member},
    )
    control = {name: value(shape) for name, shape in spec.control_properties.items()}
    return _document(
        spec.cloudformation_type,
        f"{spec.title} of Amazon Personalize",
        properties={**control, **members(own)},
        required={"ServiceToken", *map(cloudformation_name, own.required)},
        about={
            "ref": "the ARN",
            "attributes": list(spec.attributes),
            "replacedByAChangeOf": _replacing(spec),
        },
    )


def of_wait() -> Schema:
    """The schema of a wait segment's properties."""
    control = {name: value(CONTROL_PROPERTIES[name]) for name in _LIMITS}
    own = members(WAIT)
    own["Properties"] = {
        "description": "The resource's own properties, without ServiceToken, ServiceTimeout and "
        "Timeout, as in the resource itself.",
        "type": "object",
    }
    return _document(
        segments.CLOUDFORMATION_TYPE,
        "Wait segment: a further hour for another resource's work",
        properties={**control, **own},
        required={*_LIMITS, *WAIT.required},
        about={
            "ref": "an id of its own",
            "attributes": ["those of ResourceType", *_PASSED_ON],
            "replacedByAChangeOf": [],
        },
    )


_LIMITS: Final = ("ServiceToken", "ServiceTimeout", "Timeout")
_PASSED_ON: Final = (segments.REQUEST_ATTRIBUTE, segments.SEEN_ATTRIBUTE)


def _document(
    kind: str,
    title: str,
    *,
    properties: Mapping[str, Any],
    required: set[str],
    about: Mapping[str, Any],
) -> Schema:
    return {
        "$schema": DIALECT,
        "$id": f"urn:cdk-personalize:schema:v{VERSION}:{_name_of(kind)}",
        "title": title,
        "description": f"The Properties of {kind} in a template. Within v{VERSION}, properties are "
        "added, and none is removed or changed.",
        "x-cloudformation": {"type": kind, **about},
        "type": "object",
        "properties": dict(properties),
        "required": sorted(required),
        "additionalProperties": False,
        "$defs": dict(DEFINITIONS),
    }


def _replacing(spec: ResourceSpec) -> list[str]:
    """The properties whose change makes a new resource; all own ones of what cannot change."""
    if spec.change is Change.IN_PLACE:
        return [spec.name_property, *map(cloudformation_name, spec.fixed_members)]
    own = [cloudformation_name(name) for name in spec.properties.members]
    return [*own, *(["Triggers"] if spec.has_triggers else [])]


def _file_of(kind: str) -> str:
    return f"{_name_of(kind)}.schema.json"


def _name_of(kind: str) -> str:
    """`Custom::PersonalizeCampaign` -> `Campaign`."""
    return kind.removeprefix("Custom::Personalize")
