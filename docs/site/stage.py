"""Lays the pages out for Sphinx, as `make docs` does: python docs/site/stage.py FOLDER.

The pages stay where GitHub and an editor find them, with links from file to file. Here they are
copied to the same places below one folder, so that every link goes on working, and with them the
files that they link to. README.md becomes the first page.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
SITE: Final = Path(__file__).resolve().parent
PAGES: Final = ("*.md", "docs/*.md", "examples/*/README.md")
LINK: Final = re.compile(r"(?<=\]\()(?!https?:|#)([^)#\s]+)")
FIRST: Final = "index.md"


def main(folder: str) -> None:
    """Makes the folder anew."""
    out = Path(folder)
    shutil.rmtree(out, ignore_errors=True)
    for path in pages():
        text = path.read_text(encoding="utf-8")
        for link in LINK.findall(text):
            _copy(path.parent / link, out)
        _write(out / _name(path), with_links_to_first(text, path))
    with (out / FIRST).open("a", encoding="utf-8") as first:
        first.write((SITE / "contents.md").read_text(encoding="utf-8"))
    shutil.copy(SITE / "reference.md", out)


def pages() -> list[Path]:
    """Every page of the project."""
    return sorted(path for pattern in PAGES for path in PROJECT.glob(pattern))


def with_links_to_first(text: str, path: Path) -> str:
    """A page's text with its links to README.md led to the first page."""

    def led(found: re.Match[str]) -> str:
        is_readme = (path.parent / found[1]).resolve() == PROJECT / "README.md"
        return found[1].replace("README.md", FIRST) if is_readme else found[1]

    return LINK.sub(led, text)


def _name(path: Path) -> str:
    name = path.relative_to(PROJECT).as_posix()
    return FIRST if name == "README.md" else name


def _copy(linked: Path, out: Path) -> None:
    """Takes a linked file along; one that is not there is Sphinx's to complain of."""
    path = linked.resolve()
    if path.is_file() and path.suffix != ".md":
        target = out / path.relative_to(PROJECT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
