"""Synthesizes small stacks, and shows their templates with `${…}` where intrinsics stand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from cdk_personalize.key_access import spelled

VERSION_ARN = "arn:aws:personalize:us-east-1:123456789012:solution/movies/5f3a9c1e"

Build = Callable[[cdk.Stack], Any]


@dataclass(frozen=True)
class Synthesized:
    """A stack's template, as CloudFormation would read it."""

    stack: cdk.Stack
    raw: dict[str, Any]

    @property
    def resources(self) -> dict[str, Any]:
        return spelled(self.raw["Resources"])

    @property
    def outputs(self) -> dict[str, Any]:
        return {name: spelled(o["Value"]) for name, o in self.raw.get("Outputs", {}).items()}

    def of_type(self, kind: str) -> dict[str, Any]:
        return {name: r for name, r in self.resources.items() if r["Type"] == kind}

    def one(self, kind: str) -> dict[str, Any]:
        (resource,) = self.of_type(kind).values()
        return resource

    def named(self, prefix: str) -> dict[str, Any]:
        (resource,) = (
            r for name, r in self.resources.items() if re.match(rf"{prefix}\w{{8}}$", name)
        )
        return resource

    @property
    def warnings(self) -> list[str]:
        found = assertions.Annotations.from_stack(self.stack).find_warning(
            "*", assertions.Match.any_value()
        )
        return [str(message.entry.data) for message in found]

    def dependencies(self) -> dict[str, set[str]]:
        """Logical id -> the logical ids that CloudFormation must make first."""
        resources = self.raw["Resources"]
        return {
            name: (set(_references(resource)) | set(resource.get("DependsOn", [])))
            & resources.keys()
            for name, resource in resources.items()
        }

    def creation_order(self) -> list[str]:
        """An order in which CloudFormation can make the resources; fails on a circle."""
        return list(TopologicalSorter(self.dependencies()).static_order())


def _references(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), _]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{(\w+)", text)
        case dict():
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)


def synthesize_stack(build: Build, **stack_props: Any) -> Synthesized:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop", **stack_props)
    build(stack)
    return Synthesized(stack, dict(assertions.Template.from_stack(stack).to_json()))


@pytest.fixture(scope="session")
def synthesize() -> Callable[..., Synthesized]:
    """Build a stack named Shop and give its template."""
    return synthesize_stack


@pytest.fixture(scope="session")
def synthesized_from() -> Callable[[cdk.Stack], Synthesized]:
    """The template of a stack of an app of one's own."""

    def read(stack: cdk.Stack) -> Synthesized:
        return Synthesized(stack, dict(assertions.Template.from_stack(stack).to_json()))

    return read


@pytest.fixture(scope="session")
def version_arn() -> str:
    return VERSION_ARN


@pytest.fixture
def stack() -> cdk.Stack:
    """A stack to build in, where no template is needed."""
    return cdk.Stack(cdk.App(analytics_reporting=False), "Shop")


@pytest.fixture(scope="session")
def project() -> Path:
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def feature_flags(project: Path) -> dict[str, Any]:
    return dict(json.loads((project / "cdk.json").read_text())["context"])
