"""The pinned environment is what pyproject.toml asks for: nothing missing, nothing too old."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[1]


def pins(name: str) -> dict[str, str]:
    lines = (PROJECT / "tests" / name).read_text().splitlines()
    found = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(package): version for package, version in found}


def wanted() -> list[Requirement]:
    document: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    project = document["project"]
    texts = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return [Requirement(text) for text in [*texts, *document["build-system"]["requires"]]]


@pytest.mark.parametrize("requirement", wanted(), ids=lambda each: each.name)
def test_what_pyproject_asks_for_is_pinned(requirement: Requirement) -> None:
    version = pins("requirements.txt").get(canonicalize_name(requirement.name))
    assert version is not None, "it is not pinned; 'make pins' writes the pins anew"
    assert requirement.specifier.contains(version)


@pytest.mark.parametrize("name", ["aws-cdk-lib", "crhelper"])
def test_the_lowest_versions_are_those_that_pyproject_promises(name: str) -> None:
    (requirement,) = (each for each in wanted() if each.name == name)
    promised = {each.version for each in requirement.specifier if each.operator == ">="}
    assert promised == {pins("requirements-lowest.txt")[name]}


def test_ministacks_environment_is_pinned_to_what_the_launcher_was_written_for() -> None:
    launcher = (PROJECT / "tests" / "local_aws" / "launcher.py").read_text()
    (version,) = re.findall(r'WRITTEN_FOR: Final = "(.+)"', launcher)
    assert pins("local_aws/requirements.txt")["ministack"] == version
