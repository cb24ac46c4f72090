"""`python -m bench.plots`: draws build/bench.json as docs/img/*.svg and *.png.

It runs in an environment of its own, .cache/bench, since nothing else needs matplotlib. The same
figures give the same bytes: no dates, no random ids.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("agg")

from matplotlib import pyplot

PROJECT: Final = Path(__file__).parents[2]
FIGURES: Final = PROJECT / "build" / "bench.json"
IMAGES: Final = PROJECT / "docs" / "img"

STYLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "ours": {"color": "#0b6bcb", "linewidth": 2.2},
    "Provider framework": {"color": "#c2571a", "linestyle": "--"},
    "crhelper": {"color": "#5a7d2a", "linestyle": "-."},
    "CfnCampaign": {"color": "#7a4fa3", "linestyle": "--"},
    "allowed": {"color": "#888888", "linestyle": ":"},
}
"""Told apart by their lines too, not by colour alone."""

HOURS: Final = 3600.0

Axes = Any


def delays(axes: Axes, curves: Mapping[str, list[float]]) -> None:
    """The longest delay against the time waited."""
    _lines(axes, curves, scale=1 / HOURS)
    axes.set(xlabel="hours waited", ylabel="seconds", title="Longest time from ACTIVE to the look")


def looks(axes: Axes, curves: Mapping[str, list[float]]) -> None:
    """Describes against the time waited."""
    _lines(axes, curves, scale=1 / HOURS)
    axes.set(xlabel="hours until ACTIVE", ylabel="describe calls", title="Looks of one wait")


def costs(axes: Axes, curves: Mapping[str, list[float]]) -> None:
    """US dollars against the time waited."""
    _lines(axes, curves, scale=1 / HOURS)
    axes.set(xlabel="hours until ACTIVE", ylabel="US dollars", title="Cost of one wait")


def synth(axes: Axes, curves: Mapping[str, list[float]]) -> None:
    """Seconds against the number of campaigns."""
    _lines(axes, curves, marker="o")
    axes.set(xlabel="campaigns in the stack", ylabel="seconds", title="Synthesis, whole process")


def crowd(axes: Axes, curves: Mapping[str, list[float]]) -> None:
    """Describes a second against time."""
    axes.fill_between(curves["x"], curves["ours"], step="post", color="#0b6bcb", alpha=0.7)
    axes.set(
        xlabel="seconds since the deploy began",
        ylabel="describe calls a second",
        title="500 campaigns wait at once, describes throttled",
    )


DRAWN: Final[Mapping[str, Callable[[Axes, Mapping[str, list[float]]], None]]] = {
    "delays": delays,
    "looks": looks,
    "costs": costs,
    "synth": synth,
    "crowd": crowd,
}


def _lines(
    axes: Axes, curves: Mapping[str, list[float]], *, scale: float = 1.0, **more: object
) -> None:
    x = [each * scale for each in curves["x"]]
    for name, style in STYLES.items():
        if name in curves:
            axes.plot(x, curves[name], label=name, **style, **more)
    axes.legend(frameon=False)


def draw(series: Mapping[str, Mapping[str, list[float]]], folder: Path) -> list[Path]:
    """Draw every plot, as SVG and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    settings = {"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 10}
    with mpl.rc_context(settings):
        for name, drawn in DRAWN.items():
            figure, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
            drawn(axes, series[name])
            axes.set_ylim(bottom=0)
            axes.spines[["top", "right"]].set_visible(False)
            for suffix, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
                path = folder / f"bench-{name}.{suffix}"
                figure.savefig(path, dpi=110, metadata=metadata)
                written.append(path)
            pyplot.close(figure)
    return written


def main() -> None:
    """Draw what `python -m bench` measured."""
    document = json.loads(FIGURES.read_text(encoding="utf-8"))
    for path in draw(document["series"], IMAGES):
        print(path.relative_to(PROJECT))


if __name__ == "__main__":
    main()
