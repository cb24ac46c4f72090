"""Synthesizes small stacks, and shows their templates with `${…}` where intrinsics stand."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType
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


@dataclass(frozen=True)
class Told:
    """A fault as a failed synthesis tells it."""

    path: str
    property: str
    value: Any
    rule: str
    way_out: str
    text: str

    def __str__(self) -> str:
        return self.text


_LINE = re.compile(
    r"  \[(?P<path>[^\]]*)\] (?P<text>(?P<property>.+?) is (?P<value>missing|.+): it must "
    r"(?P<rule>.+?)\. (?P<way_out>.+))"
)


def told_by_synthesis(app: cdk.App) -> list[Told]:
    """Every fault that makes the synthesis of an app fail; fails if it does not."""
    with pytest.raises(RuntimeError, match="Validation failed with the following errors") as caught:
        app.synth()
    told = []
    for line in str(caught.value).split("errors:\n", 1)[1].splitlines():
        found = _LINE.fullmatch(line)
        assert found, f"not readable: {line!r}"
        told.append(Told(**{**found.groupdict(), "value": _value(found["value"])}))
    return told


def _value(shown: str) -> Any:
    """The value in a message; its text where that is no literal, or was cut off."""
    if shown == "missing":
        return None
    try:
        return ast.literal_eval(shown)
    except (SyntaxError, ValueError):
        return shown


@pytest.fixture(scope="session")
def synthesis_faults() -> Callable[[cdk.App], list[Told]]:
    """The faults with which an app's synthesis fails."""
    return told_by_synthesis


@pytest.fixture(scope="session")
def faults_of() -> Callable[[Callable[[], Any]], dict[str, Told]]:
    """Build a construct, and give the faults with which its app's synthesis fails, each once."""

    def told(build: Callable[[], Any]) -> dict[str, Told]:
        found = told_by_synthesis(build().node.root)
        by_property = {fault.property: fault for fault in found}
        assert len(by_property) == len(found), "a fault is told twice"
        return by_property

    return told


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


@pytest.fixture(scope="session")
def module_of(project: Path) -> Callable[[str], ModuleType]:
    """A file of an example, which is in no package, as a module."""

    def load(path: str) -> ModuleType:
        name = re.sub(r"\W", "_", path)
        spec = importlib.util.spec_from_file_location(name, project / "examples" / path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        # Dataclasses look their module up there.
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def synthesized_alone(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., dict[str, Any]]:
    """Run an example's app as its cdk.json says; its templates by their stacks' names."""

    def run(name: str, **context: str) -> dict[str, Any]:
        folder, out = project / "examples" / name, tmp_path_factory.mktemp(name)
        command = json.loads((folder / "cdk.json").read_text())["app"].split()
        assert command == ["python", "app.py"]
        environment = {
            **os.environ,
            "CDK_OUTDIR": str(out),
            "CDK_CONTEXT_JSON": json.dumps(context),
        }
        subprocess.run([sys.executable, *command[1:]], cwd=folder, env=environment, check=True)
        found: dict[str, Any] = {}
        for manifest in out.rglob("manifest.json"):
            for artifact in json.loads(manifest.read_text())["artifacts"].values():
                if artifact["type"] == "aws:cloudformation:stack":
                    stack = artifact["properties"]
                    template = json.loads((manifest.parent / stack["templateFile"]).read_text())
                    found[stack.get("stackName") or artifact["displayName"]] = template
        return found

    return run
