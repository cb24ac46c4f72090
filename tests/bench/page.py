"""Writes the figures into docs/benchmark.md, between two marks; the rest of the page stays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench import table
from bench.figures import Figure

PAGE: Final = Path(__file__).parents[2] / "docs" / "benchmark.md"
BEGIN: Final = "<!-- figures: written by `make bench` -->"
END: Final = "<!-- end of the figures -->"


def section(document: Mapping[str, Any]) -> str:
    """The generated part of the page, from build/bench.json."""
    figures = [Figure.from_json(each) for each in document["figures"]]
    where = document["machine"]
    missed = table.missed(figures)
    reached = sum(each.verdict == "met" for each in figures)
    parts = [
        f"{reached} of {reached + len(missed)} targets are met.",
        table.for_page(figures),
        *_listed("Missed", missed),
        _wrapped(
            f"Measured on {where['day']}, on {where['processors']} processors"
            f" ({where['load']:.1f} of them busy when it began), in"
            f" {document['took_s'] / 60:.0f} minutes, with Python {where['python']},"
            f" aws-cdk-lib {where['aws-cdk-lib']}, crhelper {where['crhelper']},"
            f" boto3 {where['boto3']} and Node {where['node']}."
        ),
        _wrapped(_spread(document["notes"]["deploy_overheads_s"])),
    ]
    return "\n\n".join(parts)


def _spread(overheads: Mapping[str, Sequence[float]]) -> str:
    told = "; ".join(
        f"{name} {', '.join(f'{each:.2f}' for each in sorted(values))} s"
        for name, values in overheads.items()
    )
    return f"All deploys, less 20 s: {told}."


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    return [
        f"{title}, and why:",
        "\n".join(_wrapped(line, first="- ", then="  ") for line in lines),
    ]


def _wrapped(text: str, *, first: str = "", then: str = "", width: int = 100) -> str:
    lines, line = [], first
    for word in text.split():
        if len(line) + len(word) + 1 > width:
            lines.append(line.rstrip())
            line = then
        line += f"{word} "
    return "\n".join([*lines, line.rstrip()])


def put(page: str, generated: str) -> str:
    """The page with another generated part.

    Raises:
        ValueError: It has not both marks, once each and in order.
    """
    pattern = re.escape(BEGIN) + r".*" + re.escape(END)
    if len(re.findall(pattern, page, re.DOTALL)) != 1:
        raise ValueError(f"the page needs {BEGIN!r} and, further down, {END!r}")
    return re.sub(
        pattern, lambda _: f"{BEGIN}\n\n{generated}\n\n{END}", page, count=1, flags=re.DOTALL
    )


def write(document: Mapping[str, Any]) -> None:
    """Bring docs/benchmark.md up to date."""
    PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), section(document)), encoding="utf-8")
