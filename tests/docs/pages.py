"""Reads the project's Markdown pages: sections, tables, code blocks, links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]

_FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Page:
    """A page, or a section of one.

    Attributes:
        path: Where it is, from the project's root.
        text: Its Markdown.
    """

    path: str
    text: str

    @property
    def prose(self) -> str:
        """The text without code blocks."""
        return _FENCE.sub("", self.text)

    @property
    def headings(self) -> list[str]:
        return [title for _, title in _HEADING.findall(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """The headings as links name them."""
        return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in self.headings}

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def code(self) -> list[str]:
        """What stands in backticks within a line."""
        return _CODE.findall(self.prose)

    def section(self, title: str) -> Page:
        """A section with its subsections."""
        start = re.search(rf"^(#+) {re.escape(title)}$", self.text, re.MULTILINE)
        assert start is not None, f"{self.path} has no section {title!r}"
        rest = self.text[start.end() :]
        level = len(start[1])
        end = re.search(rf"^#{{1,{level}}} ", _blank_fences(rest), re.MULTILINE)
        return Page(self.path, rest[: end.start()] if end else rest)

    def blocks(self, language: str) -> list[str]:
        """The code blocks in a language."""
        return [body for _, name, body in _FENCE.findall(self.text) if name == language]

    def table(self, first_column: str) -> list[dict[str, str]]:
        """The rows of the first table whose first column has that title."""
        lines = self.prose.splitlines()
        head = next(n for n, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
        titles = _cells(lines[head])
        rows: list[dict[str, str]] = []
        for line in lines[head + 2 :]:
            if not line.startswith("|"):
                break
            rows.append(dict(zip(titles, _cells(line), strict=True)))
        return rows


def _blank_fences(text: str) -> str:
    """The same text, of the same length, with nothing in its code blocks."""
    return _FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


@cache
def page(path: str) -> Page:
    """A page of the project: `README.md`, `docs/waiting.md`."""
    return Page(path, (PROJECT / path).read_text(encoding="utf-8"))


def pages() -> list[Page]:
    """All of them."""
    folders = (PROJECT, PROJECT / "docs", *(PROJECT / "examples").iterdir())
    paths = [path for folder in folders for path in folder.glob("*.md")]
    return [page(str(path.relative_to(PROJECT))) for path in sorted(paths)]


def bare(cell: str) -> str:
    """A cell without backticks."""
    return cell.replace("`", "")


def names(cell: str) -> list[str]:
    """What a cell has in backticks."""
    return _CODE.findall(cell)
