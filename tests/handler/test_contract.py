"""Each kind's description agrees with Amazon Personalize's service model, as botocore ships it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel, ServiceModel
from botocore.model import Shape as ModelShape
from botocore.validate import ParamValidator

from handler.given import FULL, MINIMAL
from personalize_provider.ownership import tags_of
from personalize_provider.resources import SPECS, Change, ResourceSpec
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

KINDS = pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.kind)


@cache
def model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("personalize")


def operation(name: str | None) -> OperationModel:
    assert name is not None
    return model().operation_model(name)


def inputs(name: str | None) -> Any:
    return operation(name).input_shape


def outputs(name: str | None) -> Any:
    return operation(name).output_shape


def of_model(shape: ModelShape) -> Any:
    """What the model states about a shape, in plain data."""
    limits = {key: value for key, value in shape.metadata.items() if key != "required"}
    match shape.type_name:
        case "structure":
            members = {name: of_model(member) for name, member in members_of(shape).items()}
            return ("structure", members, sorted(shape.metadata.get("required", [])))
        case "map":
            parts: Any = shape
            return ("map", of_model(parts.key), of_model(parts.value), limits)
        case "list":
            items: Any = shape
            return ("list", of_model(items.member), limits)
        case "double" | "float":
            return ("number", limits)
        case name:
            return (name, limits)


def members_of(shape: ModelShape) -> dict[str, ModelShape]:
    structure: Any = shape
    return dict(structure.members)


def of_description(shape: Shape) -> Any:
    """What the project's own description states, in the same plain data."""
    match shape:
        case Structure():
            members = {name: of_description(member) for name, member in shape.members.items()}
            return ("structure", members, sorted(shape.required))
        case Dictionary():
            limits = {"max": shape.max_entries}
            return ("map", of_description(shape.key), of_description(shape.value), stated(limits))
        case Listing():
            return ("list", of_description(shape.item), stated({"max": shape.max_items}))
        case Text():
            limits = {"min": shape.min_length or None, "max": shape.max_length}
            words = {"pattern": shape.pattern, "enum": list(shape.choices) or None}
            return ("string", stated({**limits, **words}))
        case Integer():
            return ("integer", stated({"min": shape.minimum, "max": shape.maximum}))
        case Number():
            return ("number", stated({"min": shape.minimum, "max": shape.maximum}))
        case Boolean():
            return ("boolean", {})


def stated(limits: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in limits.items() if value is not None}


@KINDS
def test_properties_are_the_create_calls_input_member_by_member(spec: ResourceSpec) -> None:
    kind, members, required = of_model(inputs(spec.operations.create))
    members.pop("tags")
    assert of_description(spec.properties) == (kind, members, required)


@KINDS
def test_the_name_is_a_string_of_the_create_call(spec: ResourceSpec) -> None:
    shape = inputs(spec.operations.create)
    assert shape.members[spec.name_member].type_name == "string"


@pytest.mark.parametrize(
    "spec",
    [spec for spec in SPECS.values() if spec.operations.update],
    ids=lambda spec: spec.kind,
)
def test_an_update_takes_every_updatable_property_and_the_arn(spec: ResourceSpec) -> None:
    shape = inputs(spec.operations.update)
    assert set(shape.members) == {*spec.updatable_members, spec.arn_member}
    assert spec.arn_member in shape.required_members
    created = inputs(spec.operations.create)
    for member in spec.updatable_members:
        assert of_model(shape.members[member]) == of_model(created.members[member])


@KINDS
def test_what_can_not_be_changed_is_replaced(spec: ResourceSpec) -> None:
    assert (spec.operations.update is None) == (spec.change is Change.REPLACEMENT)


@KINDS
def test_the_operations_that_a_kind_does_without_do_not_exist(spec: ResourceSpec) -> None:
    noun = spec.operations.create.removeprefix("Create")
    names = set(model().operation_names)
    assert spec.operations.describe == f"Describe{noun}"
    operations = spec.operations
    assert (f"Update{noun}" in names) == (operations.update is not None)
    assert (f"Delete{noun}" in names) == (operations.delete is not None)
    assert (f"Start{noun}" in names) == (operations.start is not None)
    stops = [name for name in names if name.startswith(f"Stop{noun}")]
    assert stops == ([operations.stop] if operations.stop else [])


@KINDS
def test_all_but_create_update_and_list_take_the_arn_alone(spec: ResourceSpec) -> None:
    operations = spec.operations
    taking_more = (operations.create, operations.update, operations.list)
    for name in operations.all():
        if name not in taking_more:
            assert list(inputs(name).members) == [spec.arn_member]


@KINDS
def test_the_answer_of_create_carries_the_arn(spec: ResourceSpec) -> None:
    assert spec.arn_member in outputs(spec.operations.create).members


@KINDS
def test_the_description_shows_what_is_read_from_it(spec: ResourceSpec) -> None:
    described = outputs(spec.operations.describe).members[spec.described_member]
    read = {spec.arn_member, spec.name_member, "status", "failureReason", "creationDateTime"}
    assert read <= set(described.members)
    assert set(spec.properties.members) <= set(described.members)
    for path in spec.attributes.values():
        shape = described
        for member in path:
            shape = shape.members[member]
        assert shape.type_name in {"string", "timestamp", "double"}


@KINDS
def test_the_latest_update_shows_what_an_update_changes(spec: ResourceSpec) -> None:
    described = outputs(spec.operations.describe).members[spec.described_member]
    if spec.update_member is None:
        assert not [name for name in described.members if name.startswith("latest")]
        return
    shown = set(described.members[spec.update_member].members)
    assert {"status", "failureReason", "creationDateTime"} <= shown
    assert set(spec.updatable_members) <= shown


@KINDS
def test_the_list_is_filtered_and_read_by_members_that_exist(spec: ResourceSpec) -> None:
    if spec.operations.list is None:
        assert (spec.list_member, spec.list_filter) == (None, None)
        return
    asked = inputs(spec.operations.list).members
    assert {spec.list_filter, "nextToken", "maxResults"} <= set(asked)
    assert asked["maxResults"].metadata["max"] >= 100
    answer = outputs(spec.operations.list).members
    assert "nextToken" in answer
    summary = answer[spec.list_member].member.members
    assert {spec.arn_member, "status", "creationDateTime", *spec.list_only} <= set(summary)
    for name, value in spec.list_only.items():
        assert value in summary[name].metadata["enum"]


def leaves(defaults: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(defaults, dict) and defaults:
        for key, value in defaults.items():
            yield from leaves(value, (*path, key))
    else:
        yield path, defaults


@KINDS
def test_defaults_stand_for_properties_and_are_good_ones(spec: ResourceSpec) -> None:
    given = {
        **MINIMAL[spec.cloudformation_type],
        **{
            cloudformation_name(name): spelt(spec.properties.members[name], value)
            for name, value in spec.defaults.items()
        },
    }
    assert spec.faults(given) == ()


def spelt(shape: Shape, value: Any) -> Any:
    if isinstance(shape, Structure):
        return {
            cloudformation_name(name): spelt(shape.members[name], item)
            for name, item in value.items()
        }
    return dict(value) if isinstance(shape, Dictionary) else value


@KINDS
@pytest.mark.parametrize("examples", [MINIMAL, FULL], ids=["minimal", "full"])
def test_good_properties_become_an_input_that_botocore_takes(
    spec: ResourceSpec, examples: dict[str, dict[str, Any]]
) -> None:
    properties = examples[spec.cloudformation_type]
    assert spec.faults(properties) == ()
    tags = [{"tagKey": "cdk-personalize:stack-id", "tagValue": "x"}]
    asked = {spec.name_member: "name", **spec.desired(properties), "tags": tags}
    shape = inputs(spec.operations.create)
    report = ParamValidator().validate(asked, shape)
    assert report.generate_report() == ""


@pytest.mark.parametrize("kind", SPECS)
def test_the_full_examples_leave_no_property_out(kind: str) -> None:
    assert set(SPECS[kind].desired(FULL[kind])) == set(SPECS[kind].properties.members)


@KINDS
def test_what_is_fixed_or_filters_a_list_is_a_property(spec: ResourceSpec) -> None:
    assert set(spec.fixed_members) <= set(spec.properties.members)
    assert spec.list_filter is None or spec.list_filter in spec.properties.members


@KINDS
def test_a_kind_whose_arn_the_service_makes_can_be_listed(spec: ResourceSpec) -> None:
    assert not spec.arn_from_service or spec.operations.list is not None


@KINDS
def test_the_name_is_left_to_the_library_where_none_is_given(spec: ResourceSpec) -> None:
    assert spec.name_member not in spec.desired(MINIMAL[spec.cloudformation_type])


@KINDS
def test_the_tags_of_ownership_are_such_as_the_service_takes(spec: ResourceSpec) -> None:
    from handler.given import request

    made = tags_of(request(kind=spec.cloudformation_type, LogicalResourceId="L" * 255))
    tag = inputs(spec.operations.create).members["tags"].member
    for key, value in made.items():
        for text, member in ((key, "tagKey"), (value, "tagValue")):
            limits = tag.members[member].metadata
            assert limits.get("min", 0) <= len(text) <= limits["max"]
            assert re.fullmatch(r"[\w\s.:/=+\-@]*", text, re.ASCII)
