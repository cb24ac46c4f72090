"""Sphinx's configuration of the site: `make docs`.

The site works from a folder, without a server and without the network: fonts are the system's, and
Mermaid, which draws the diagrams, is a file beside the pages.
"""

from __future__ import annotations

import html
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.util.inspect import signature, stringify_signature

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SITE = Path(__file__).resolve().parent
BEFORE_NAPOLEON, AFTER_NAPOLEON = 400, 600
UNREAD: dict[str, list[str]] = {}
"""Docstrings as they were before Napoleon, by name."""

project = "cdk-personalize"
author = "The cdk-personalize maintainers"
project_copyright = author
release = tomllib.loads((SITE.parents[1] / "pyproject.toml").read_text())["project"]["version"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"cdk-personalize {release}"
html_static_path = [str(SITE / "static")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False

# The pages are written for GitHub: its anchors of headings, its fences of diagrams.
myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]

# Docstrings are Google's, with names in single backticks.
default_role = "code"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
autodoc_class_signature = "mixed"
autodoc_member_order = "bysource"
autodoc_default_options = {
    "members": True,
    "inherited-members": "Construct,Resource,Exception,ValueError,dict,TypedDict",
}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 60


class Mermaid(Directive):
    """A diagram, drawn in the browser by mermaid.min.js."""

    has_content: ClassVar[bool] = True

    def run(self) -> list[nodes.Node]:
        """The diagram's text, as Mermaid looks for it."""
        text = html.escape("\n".join(self.content))
        return [nodes.raw("", f'<pre class="mermaid">{text}</pre>\n', format="html")]


def with_own_parameters(
    _app: Sphinx, what: str, _name: str, found: Any, _options: Any, told: str | None, _returns: str
) -> tuple[str, str] | None:
    """A class's signature from its constructor: that of jsii's metaclass takes anything."""
    if what != "class" or told is None or not told.startswith("(*args"):
        return None
    constructor = signature(found.__init__, bound_method=True)
    text = stringify_signature(
        constructor, show_return_annotation=False, unqualified_typehints=True
    )
    return text, ""


def with_links(
    _app: Sphinx, _what: str, name: str, _found: Any, _options: Any, lines: list[str]
) -> None:
    """Lets a docstring's `docs/events.md` lead there."""
    lines[:] = [re.sub(r"\bdocs/([\w-]+)\.md", r":doc:`docs/\1`", line) for line in lines]
    UNREAD[name] = list(lines)


def without_types(
    _app: Sphinx, _what: str, name: str, found: Any, _options: Any, lines: list[str]
) -> None:
    """Undoes what Napoleon makes of a property: it takes a text before a colon for a type."""
    unread = UNREAD.pop(name, [])
    if isinstance(found, property) and "Raises:" not in unread:
        lines[:] = unread


def add_mermaid(
    app: Sphinx,
    _page: str,
    _template: str,
    _context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Loads Mermaid where there is something to draw."""
    raw = [] if doctree is None else doctree.findall(nodes.raw)
    if any('class="mermaid"' in each.astext() for each in raw):
        app.add_js_file("mermaid.min.js")
        app.add_js_file("diagrams.js")


def setup(app: Sphinx) -> None:
    """Registers what is defined here."""
    app.add_directive("mermaid", Mermaid)
    app.connect("autodoc-process-signature", with_own_parameters)
    app.connect("autodoc-process-docstring", with_links, priority=BEFORE_NAPOLEON)
    app.connect("autodoc-process-docstring", without_types, priority=AFTER_NAPOLEON)
    app.connect("html-page-context", add_mermaid)
