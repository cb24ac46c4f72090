"""docs/properties.md against the specs and the constructs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from aws_cdk import aws_personalize

from cdk_personalize import (
    BatchInferenceJob,
    BatchSegmentJob,
    Campaign,
    Recommender,
    SolutionVersion,
)
from cdk_personalize import recommender as recommenders
from cdk_personalize import solution_version as solution_versions
from cdk_personalize.faults import SHORTEST_TIMEOUT_S
from cdk_personalize.resource import DEFAULT_TIMEOUT_S
from docs.pages import PROJECT, Page, bare, names, page
from handler.given import MINIMAL
from personalize_provider.resources import LONGEST_TIMEOUT_S, SPECS, ResourceSpec
from personalize_provider.resources.shapes import EXPLORATION_DEFAULTS
from personalize_provider.resources.spec import (
    CONTROL_PROPERTIES,
)
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

PROPERTIES = page("docs/properties.md")

CONSTRUCTS: Mapping[str, type] = {
    "Custom::PersonalizeCampaign": Campaign,
    "Custom::PersonalizeBatchInferenceJob": BatchInferenceJob,
    "Custom::PersonalizeSolutionVersion": SolutionVersion,
    "Custom::PersonalizeBatchSegmentJob": BatchSegmentJob,
    "Custom::PersonalizeRecommender": Recommender,
}
KINDS = pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.kind)

RULED = {
    "Custom::PersonalizeBatchInferenceJob": {"NumResults": Integer(minimum=1, maximum=500)},
    "Custom::PersonalizeBatchSegmentJob": {"NumResults": Integer(minimum=1, maximum=5_000_000)},
}
"""Ranges of a kind that a rule states instead of the shape; tried below."""

SAID = {
    "NumResults": "25",
    "BatchInferenceJobMode": "BATCH_INFERENCE",
    "TrainingMode": "FULL",
    "WaitForCompletion": "true",
    "Active": "true",
    "AdoptExisting": "false",
    "DeleteAdopted": "false",
}
"""Defaults that the specs need not know: the service's, since a job never changes, and ours."""


@dataclass(frozen=True)
class Property:
    path: str
    shape: Shape
    is_required: bool


def section(spec: ResourceSpec) -> Page:
    return PROPERTIES.section(spec.cloudformation_type)


def properties(spec: ResourceSpec) -> Iterator[Property]:
    yield from members(spec.properties, "", optional={spec.name_member})
    for name, shape in spec.control_properties.items():
        if name not in CONTROL_PROPERTIES:
            yield Property(name, shape, is_required=False)


def members(shape: Structure, within: str, optional: set[str]) -> Iterator[Property]:
    for name, member in shape.members.items():
        path = within + cloudformation_name(name)
        yield Property(path, member, is_required=name in shape.required - optional)
        if isinstance(member, Structure):
            yield from members(member, f"{path}.", set())


def type_of(shape: Shape) -> str:
    return {
        Text: "text",
        Integer: "integer",
        Number: "number",
        Boolean: "boolean",
        Dictionary: "map",
        Listing: "list",
        Structure: "structure",
    }[type(shape)]


def range_of(shape: Shape) -> str:
    match shape:
        case Text(choices=choices) if choices:
            return ", ".join(choices)
        case Text(min_length=least, max_length=most) if least and most:
            return f"{least} to {most} characters"
        case Text(max_length=most) if most:
            return f"at most {most:,} characters"
        case Text(min_length=least) if least:
            return f"at least {least} character"
        case Integer(minimum=least, maximum=None) if least is not None:
            return f"at least {least}"
        case Integer(minimum=least, maximum=most) if most is not None:
            return f"from {least} to {most}"
        case Dictionary(value=Number(minimum=least, maximum=most)):
            return f"each from {least} to {most}"
        case Listing(max_items=most) if most:
            return f"at most {most} items"
        case Dictionary(max_entries=most) if most:
            return f"at most {most} entries"
    return ""


@KINDS
def test_every_property_is_told_with_its_type_its_range_and_whether_it_is_required(
    spec: ResourceSpec,
) -> None:
    told = [
        (bare(row["Property"]), row["Type"], row["Range"], row["Required"])
        for row in section(spec).table("Property")
    ]
    assert told == [
        (
            each.path,
            type_of(each.shape),
            range_of(RULED.get(spec.cloudformation_type, {}).get(each.path, each.shape)),
            "yes" if each.is_required else "no",
        )
        for each in properties(spec)
    ]


@pytest.mark.parametrize("kind", RULED)
def test_a_range_that_a_rule_states_is_the_rules(kind: str) -> None:
    spec = SPECS[kind]
    shape = RULED[kind]["NumResults"]
    assert shape.minimum is not None
    assert shape.maximum is not None
    # What a job takes beside its number of results is the same for all jobs.
    properties = MINIMAL["Custom::PersonalizeBatchInferenceJob"]
    for number in (shape.minimum - 1, shape.minimum, shape.maximum, shape.maximum + 1):
        good = not spec.faults({**properties, "NumResults": number})
        assert good == (shape.minimum <= number <= shape.maximum)


@KINDS
def test_the_defaults_are_the_codes(spec: ResourceSpec) -> None:
    for row in section(spec).table("Property"):
        path = bare(row["Property"])
        told = row["Default"]
        if told in ("", "generated"):
            assert told == "generated" or row["Type"] == "structure" or row["Required"] == "yes"
            assert (told == "generated") == (path == cloudformation_name(spec.name_member))
        elif path in SAID:
            assert told == SAID[path]
        elif path.endswith("ItemExplorationConfig"):
            weight, days = EXPLORATION_DEFAULTS.values()
            assert told == f"{weight}, {days} days"
        else:
            default = default_of(spec.defaults, path)
            nothing = default is None or (isinstance(default, dict) and not any(default.values()))
            assert told == ("none" if nothing else str(default).lower())


def default_of(defaults: Any, path: str) -> Any:
    for name in path.split("."):
        if defaults is None:
            return None
        defaults = {cloudformation_name(key): value for key, value in defaults.items()}.get(name)
    return defaults


@KINDS
def test_every_prop_of_the_construct_stands_beside_its_property(spec: ResourceSpec) -> None:
    construct = CONSTRUCTS[spec.cloudformation_type]
    signature = inspect.signature(vars(construct)["__init__"]).parameters
    props = {name for name, each in signature.items() if each.kind is each.KEYWORD_ONLY}
    told = [bare(row["Prop"]) for row in section(spec).table("Property") if row["Prop"]]
    apart = {"timeout", "removal_policy", "state_change_events", "provider"}
    assert sorted(told) == sorted(props - apart)


@KINDS
def test_the_attributes_are_the_codes_and_the_constructs(spec: ResourceSpec) -> None:
    rows = section(spec).table("Attribute")
    assert [bare(row["Attribute"]) for row in rows] == list(spec.attributes)
    construct = CONSTRUCTS[spec.cloudformation_type]
    for row in rows:
        (name,) = names(row["On the construct"])
        assert isinstance(inspect.getattr_static(construct, name), property)


def test_the_properties_of_the_machinery_are_the_codes() -> None:
    rows = PROPERTIES.section("All").table("Property")
    told = [(bare(row["Property"]), row["Type"], row["Range"]) for row in rows]
    assert told == [
        (name, type_of(shape), range_of(shape)) for name, shape in CONTROL_PROPERTIES.items()
    ]


def test_the_limits_of_timeout_are_the_codes() -> None:
    text = " ".join(PROPERTIES.section("All").text.split())
    shortest, longest = SHORTEST_TIMEOUT_S // 60, LONGEST_TIMEOUT_S // 3600
    assert f"of {shortest} minute to {longest} hours" in text
    assert f"default is {DEFAULT_TIMEOUT_S // 60} minutes" in text
    assert f"{solution_versions.DEFAULT_TIMEOUT_H} hours for a solution version" in text
    assert f"{recommenders.DEFAULT_TIMEOUT_H} hours for a recommender" in text


def test_the_warnings_are_told_by_their_ids() -> None:
    sources = (PROJECT / "constructs" / "cdk_personalize").glob("*.py")
    ids = {
        found
        for path in sources
        for found in re.findall(r'_WARNING = "(.+)"', path.read_text(encoding="utf-8"))
    }
    rows = PROPERTIES.section("Warnings").table("Id")
    assert {bare(row["Id"]) for row in rows} == ids


def test_the_native_campaigns_properties_have_the_same_names() -> None:
    native = set(inspect.signature(aws_personalize.CfnCampaignProps.__init__).parameters)
    shape = aws_personalize.CfnCampaign.CampaignConfigProperty
    config = set(inspect.signature(shape.__init__).parameters)
    ours = SPECS["Custom::PersonalizeCampaign"].properties.members
    within = ours["campaignConfig"]
    assert isinstance(within, Structure)
    assert {snake(name) for name in ours} == native - {"self", "tags"}
    assert {snake(name) for name in within.members} == config - {"self"}


def snake(name: str) -> str:
    name = name.replace("TPS", "Tps").replace("ARN", "Arn")
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
