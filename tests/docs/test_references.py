"""What pages and code say of each other exists: sections, links, files, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.pages import PROJECT, Page, page, pages

CODE = [
    *(PROJECT / "constructs").rglob("*.py"),
    *(PROJECT / "handler").rglob("*.py"),
    *(PROJECT / "tests").rglob("*.py"),
    *(PROJECT / "examples").rglob("*.py"),
    *(PROJECT / name for name in ("app.py", "Makefile", "pyproject.toml")),
]

EACH_PAGE = pytest.mark.parametrize("each", pages(), ids=lambda each: each.path)


def citations() -> Iterator[tuple[Path, str, str]]:
    """(file, page, section or "") for each page that the code names."""
    for path in CODE:
        if (PROJECT / "tests" / "docs") in path.parents:
            continue
        # A citation may be broken over two lines, in a docstring or in a comment.
        text = re.sub(r"\s*\n\s*(#\s*)?", " ", path.read_text(encoding="utf-8"))
        for found in re.finditer(r"(docs/[\w-]+\.md)(?:, \"([^\"]+)\")?", text):
            yield path, found[1], found[2] or ""


def test_the_code_names_pages_at_all() -> None:
    assert len(list(citations())) >= 5


@pytest.mark.parametrize(
    ("file", "cited", "section"),
    [(str(path.relative_to(PROJECT)), *rest) for path, *rest in citations()],
)
def test_every_page_and_section_that_the_code_names_exists(
    file: str, cited: str, section: str
) -> None:
    assert (PROJECT / cited).is_file(), f"{file} names {cited}"
    assert not section or section in page(cited).headings, f"{file} names {section!r}"


@EACH_PAGE
def test_every_link_leads_somewhere(each: Page) -> None:
    for link in each.links:
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        path = (PROJECT / each.path).parent / target if target else PROJECT / each.path
        assert path.is_file(), link
        if anchor:
            assert anchor in page(str(path.resolve().relative_to(PROJECT))).anchors, link


@EACH_PAGE
def test_every_file_that_a_page_names_exists(each: Page) -> None:
    rooms = ("constructs/", "handler/", "tests/", "docs/")
    for text in each.code:
        if text.startswith(rooms) and not re.search(r"[<*\s]", text):
            assert (PROJECT / text).exists(), text


def commands(each: Page) -> set[str]:
    """The names behind `make` in code, in a line or in a block."""
    shells = "\n".join(each.blocks("sh"))
    return {
        found for text in [*each.code, shells] for found in re.findall(r"\bmake ([a-z-]+)", text)
    }


@EACH_PAGE
def test_every_make_command_that_a_page_names_exists(each: Page) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert commands(each) <= targets


def test_contributing_names_what_the_makefile_offers() -> None:
    offered = re.findall(r"^([a-z-]+):.*## ", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert set(offered) <= commands(page("CONTRIBUTING.md"))


@EACH_PAGE
def test_a_page_has_one_title_and_lines_that_fit_a_terminal(each: Page) -> None:
    assert len(re.findall(r"^# ", each.prose, re.MULTILINE)) == 1
    long = [
        line
        for line in each.text.splitlines()
        if len(line) > 100 and not line.startswith("|") and "http" not in line
    ]
    assert long == []
