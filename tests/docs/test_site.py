"""docs/site/: the contents, the API reference, and the pages as Sphinx gets them."""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import cdk_personalize
from docs.pages import PROJECT, pages

SITE = PROJECT / "docs" / "site"
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that Sphinx reads."""
    spec = importlib.util.spec_from_file_location("stage", SITE / "stage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("site")
    module.main(str(folder / "src"))
    return folder / "src"


def contents() -> list[str]:
    """The pages in the site's table of contents, in order."""
    blocks = re.findall(r"```\{toctree\}\n(.*?)```", (SITE / "contents.md").read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(":") and "<" not in line]


def test_every_page_is_in_the_contents_once() -> None:
    there = {each.path.removesuffix(".md") for each in pages()} - {"README"} | {"reference"}
    assert set(contents()) == there
    assert len(contents()) == len(there)


def test_every_link_of_a_page_leads_somewhere_on_the_site_too(staged: Path) -> None:
    found = sorted(staged.rglob("*.md"))
    assert len(found) == len(pages()) + 1
    for path in found:
        for link in LINK.findall(path.read_text()):
            assert (path.parent / link).is_file(), f"{path.relative_to(staged)}: {link}"


def test_the_readme_is_the_first_page_with_the_contents_behind_it(staged: Path) -> None:
    text = (staged / "index.md").read_text()
    assert text.startswith("# cdk-personalize\n")
    assert text.endswith((SITE / "contents.md").read_text())
    assert not (staged / "README.md").exists()


def test_the_reference_has_every_public_name_once() -> None:
    directives = r"^\.\. auto(?:class|function|exception):: (\w+)$"
    told = re.findall(directives, (SITE / "reference.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(cdk_personalize.__all__)


def documented() -> Iterator[tuple[str, Any]]:
    """Every public name, and every public member of this library behind it."""
    for name in cdk_personalize.__all__:
        public = getattr(cdk_personalize, name)
        yield name, public
        if not inspect.isclass(public):
            continue
        for base in public.__mro__:
            if not base.__module__.startswith("cdk_personalize"):
                continue
            for member, value in vars(base).items():
                is_code = isinstance(value, FunctionType | property | staticmethod | classmethod)
                if is_code and not member.startswith("_"):
                    yield f"{name}.{member}", value


@pytest.mark.parametrize(
    ("name", "public"), [pytest.param(*each, id=each[0]) for each in documented()]
)
def test_every_public_name_is_documented(name: str, public: Any) -> None:
    text = inspect.cleandoc(public.__doc__ or "")
    assert len(text) > 10, name
    assert text[0].isupper() or text[0] == "`", name


def parameters(public: Any) -> list[str]:
    """What a constructor, or a function, is given."""
    code = public.__init__ if inspect.isclass(public) else public
    return [each for each in inspect.signature(code).parameters if each not in ("self", "props")]


WITH_ARGUMENTS = [
    name for name in cdk_personalize.__all__ if "Args:" in getattr(cdk_personalize, name).__doc__
]


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_every_parameter_of_a_constructor_is_documented(name: str) -> None:
    public = getattr(cdk_personalize, name)
    for parameter in parameters(public):
        assert re.search(rf"^\s+{parameter}: ", public.__doc__, re.MULTILINE), parameter


def test_the_site_fetches_nothing() -> None:
    for path in [SITE / "conf.py", *(SITE / "static").iterdir()]:
        assert "://" not in path.read_text(), path.name


def test_the_generator_is_pinned_exactly() -> None:
    lines = (SITE / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in pins)
    assert {"Sphinx", "furo", "myst-parser"} <= {line.partition("==")[0] for line in pins}
