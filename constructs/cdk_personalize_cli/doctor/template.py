"""Synthesized templates -> what they declare. Values that only the deployment knows are told apart.

A value of a template is known if it is a literal, or made of literals and of what account, region
and partition are. All else (references to resources, parameters, imports) is UNKNOWN.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cdk_personalize_cli.watch.operation import NESTED, OWN_TYPES
from personalize_provider.resources import SPECS, ResourceSpec

TEMPLATE_SUFFIX = ".template.json"
NESTED_SUFFIX = ".nested.template.json"
ASSETS_SUFFIX = ".assets.json"
MANIFEST = "manifest.json"
STACK_ARTIFACT = "aws:cloudformation:stack"
PLACE = "aws://"
"""How an artifact's environment starts; account and region follow.

Source: aws-cdk-lib, cx-api, EnvironmentUtils.
"""

UNKNOWN_ACCOUNT, UNKNOWN_REGION = "unknown-account", "unknown-region"
"""What stands there for a stack without `env`."""


class BadTemplateError(Exception):
    """What was given is no template, and no folder of templates."""


class Unknown:
    """A value that only the deployment knows."""

    def __repr__(self) -> str:
        return "(known at deployment)"


UNKNOWN: Final = Unknown()


def is_unknown(value: object) -> bool:
    """Whether a value, or a part of it, is known only at deployment."""
    if isinstance(value, Mapping):
        return any(is_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(is_unknown(each) for each in value)
    return value is UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A resource of this library in a template.

    Attributes:
        stack: Name of its stack.
        logical_id: Logical id.
        spec: Its kind.
        properties: Its properties, UNKNOWN where only the deployment knows them.
    """

    stack: str
    logical_id: str
    spec: ResourceSpec
    properties: Mapping[str, Any]

    @property
    def where(self) -> str:
        """It, for people."""
        return f"{self.stack}/{self.logical_id}"

    def at(self, *path: str) -> Any:
        """The property at a path: None where there is none, UNKNOWN where it is not known."""
        value: Any = self.properties
        for name in path:
            if value is UNKNOWN or value is None:
                return value
            value = value.get(name) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A stack's template.

    Attributes:
        chain: Name of the stack; for a nested one that of the outermost, and then the logical id of
            each nested stack down to it.
        resources: This library's resources in it, wait segments left out.
        types: The CloudFormation types of all of its resources.
        artifact: What the cloud assembly's manifest says of it, or of the stack that it is nested
            in; empty without a manifest.
    """

    chain: tuple[str, ...]
    resources: tuple[Declared, ...]
    types: frozenset[str]
    artifact: Mapping[str, Any]

    @property
    def stack(self) -> str:
        """The stack, for people."""
        return "/".join(self.chain)

    @property
    def place(self) -> str:
        """Account and region that the stack is for, as the manifest writes them; "" without one."""
        return str(self.artifact.get("environment", ""))

    def is_for(self, account: str, region: str) -> bool:
        """Whether it is deployed there, as far as it says."""
        if not self.place:
            return True
        own_account, _, own_region = self.place.removeprefix(PLACE).partition("/")
        fits = own_account in (account, UNKNOWN_ACCOUNT)
        return fits and own_region in (region, UNKNOWN_REGION)

    @property
    def is_own(self) -> bool:
        """Whether this library has a part in it."""
        return bool(self.types & OWN_TYPES)


def read(path: Path, known: Mapping[str, str], *, stack: str | None = None) -> tuple[Template, ...]:
    """Read a template, or all of a cloud assembly.

    Args:
        path: A template's file, or the folder `cdk.out`.
        known: What pseudo parameters stand for: `AWS::Region` and the like.
        stack: The one to read, with those nested in it; None for all.

    Returns:
        Those that this library has a part in.

    Raises:
        BadTemplateError: There is no such template.
    """
    roots = _roots(path)
    found = [
        template
        for file, artifact in roots.items()
        for template in _templates(file, (_name(file, artifact),), artifact, known)
    ]
    own = [template for template in found if template.is_own]
    if stack is None:
        return tuple(own)
    wanted = tuple(template for template in own if template.chain[0] == stack)
    if not wanted:
        names = ", ".join(dict.fromkeys(template.chain[0] for template in own)) or "none"
        raise BadTemplateError(
            f"{path} has no stack {stack!r} with resources of this library; it has {names}."
        )
    return wanted


def _roots(path: Path) -> dict[Path, Mapping[str, Any]]:
    """The templates of stacks that are not nested, and what their manifest says of each."""
    if not path.is_dir():
        return {path: _artifacts(path.parent / MANIFEST).get(path, {})}
    manifests = sorted(path.rglob(MANIFEST))
    found = {file: each for one in manifests for file, each in _artifacts(one).items()}
    if not found:
        raise BadTemplateError(f"{path} has no stack in a {MANIFEST}. Run `cdk synth` first.")
    return found


def _artifacts(manifest: Path) -> dict[Path, Mapping[str, Any]]:
    """Template's file -> its stack's artifact, as a cloud assembly's manifest tells."""
    if not manifest.exists():
        return {}
    return {
        manifest.parent / artifact["properties"]["templateFile"]: {
            "stackName": name,
            "environment": artifact.get("environment", ""),
            **artifact["properties"],
        }
        for name, artifact in _json(manifest).get("artifacts", {}).items()
        if artifact.get("type") == STACK_ARTIFACT
    }


def _name(file: Path, artifact: Mapping[str, Any]) -> str:
    return str(artifact.get("stackName", file.name.removesuffix(TEMPLATE_SUFFIX)))


def _templates(
    file: Path, chain: tuple[str, ...], artifact: Mapping[str, Any], known: Mapping[str, str]
) -> Iterator[Template]:
    """A template, and those of the stacks nested in it."""
    resources = _json(file).get("Resources")
    if not isinstance(resources, Mapping):
        raise BadTemplateError(f"{file} is no template of CloudFormation: it has no Resources.")
    yield Template(
        chain=chain,
        resources=tuple(
            Declared(
                stack="/".join(chain),
                logical_id=logical_id,
                spec=SPECS[resource["Type"]],
                properties=resolve(resource.get("Properties", {}), known),
            )
            for logical_id, resource in resources.items()
            if resource.get("Type") in SPECS
        ),
        types=frozenset(str(resource.get("Type")) for resource in resources.values()),
        artifact=artifact,
    )
    assets = _nested_templates(file.parent)
    for logical_id, resource in resources.items():
        if resource.get("Type") == NESTED:
            address = json.dumps(resource["Properties"].get("TemplateURL", ""))
            for name in (name for name in assets if name in address):
                yield from _templates(assets[name], (*chain, logical_id), artifact, known)


def _nested_templates(folder: Path) -> dict[str, Path]:
    """Asset's hash, which stands in the nested stack's TemplateURL -> the template's file."""
    return {
        name: folder / asset["source"]["path"]
        for manifest in folder.glob(f"*{ASSETS_SUFFIX}")
        for name, asset in _json(manifest).get("files", {}).items()
        if asset["source"].get("path", "").endswith(NESTED_SUFFIX)
    }


def _json(file: Path) -> dict[str, Any]:
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadTemplateError(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise BadTemplateError(f"{file} is no JSON: {error}.") from error
    if not isinstance(body, dict):
        raise BadTemplateError(f"{file} is no template of CloudFormation.")
    return body


def resolve(value: Any, known: Mapping[str, str]) -> Any:
    """A value of a template, as far as it can be known before the deployment.

    Args:
        value: The value, with CloudFormation's intrinsic functions.
        known: What pseudo parameters stand for.
    """
    if isinstance(value, list):
        return [resolve(each, known) for each in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        (name, argument), *_ = value.items()
        if name == "Ref":
            return known.get(argument, UNKNOWN)
        if name == "Fn::Join":
            return _joined(argument, known)
        if name.startswith("Fn::"):
            return UNKNOWN
    return {name: resolve(each, known) for name, each in value.items()}


def _joined(argument: Sequence[Any], known: Mapping[str, str]) -> Any:
    separator, parts = argument
    resolved = resolve(parts, known)
    if is_unknown(resolved):
        return UNKNOWN
    return str(separator).join(str(part) for part in resolved)
