"""The figures as a table: for the terminal, and for the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.table import Table

from bench.figures import PEERS, Figure

_COLOURS: Final = {"met": "green", "missed": "red", "reported": "dim"}
HEADINGS: Final = ("Figure", "Case", "Ours", *PEERS, "Target", "Verdict")


def cells(figure: Figure) -> tuple[str, ...]:
    """A figure's row, one text a column."""
    return (
        figure.key,
        figure.case,
        figure.shown(figure.ours),
        *(figure.cell(peer) for peer in PEERS),
        figure.target,
        figure.verdict,
    )


def for_terminal(figures: Iterable[Figure]) -> Table:
    """A table for rich."""
    table = Table(title="Ours beside the peers; in brackets, ours by the peer's", title_style="")
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading in ("Ours", *PEERS) else "left")
    previous = ""
    for figure in figures:
        if previous and figure.key != previous:
            table.add_section()
        first, *rest, verdict = cells(figure)
        colour = _COLOURS[verdict]
        table.add_row("" if first == previous else first, *rest, f"[{colour}]{verdict}[/]")
        previous = figure.key
    return table


def for_page(figures: Iterable[Figure]) -> str:
    """The table in Markdown."""
    right = {"Ours", *PEERS}
    lines = [
        f"| {' | '.join(HEADINGS)} |",
        f"| {' | '.join('---:' if each in right else '---' for each in HEADINGS)} |",
    ]
    for figure in figures:
        key, *rest = cells(figure)
        lines.append(f"| {' | '.join((f'`{key}`', *rest))} |")
    return "\n".join(lines)


def missed(figures: Iterable[Figure]) -> list[str]:
    """A line for each missed figure: why."""
    return [
        f"`{each.key}`, {each.case}: {each.limit}." for each in figures if each.verdict == "missed"
    ]
