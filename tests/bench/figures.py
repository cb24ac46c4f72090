"""A figure: ours, the peers', the ratio, what is to be reached, and whether it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

FRAMEWORK: Final = "Provider framework"
CRHELPER: Final = "crhelper"
NATIVE: Final = "CfnCampaign"
PEERS: Final = (FRAMEWORK, CRHELPER, NATIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value, beside the peers' on the same work.

    Attributes:
        key: Which row of the targets it belongs to: `looks`.
        case: What was measured: `20 min`.
        unit: Of all values; "" is a plain number.
        ours: This library's value; less is better.
        peers: The peers' values, by their names in PEERS.
        target: What is to be reached, in words; "" is only reported.
        met: Whether it is reached; None without a target.
        limit: If it is missed: why, and what limits it.
        digits: Decimal places that are shown.
    """

    key: str
    case: str
    unit: str = ""
    ours: float
    peers: Mapping[str, float] = field(default_factory=dict)
    target: str = ""
    met: bool | None = None
    limit: str = ""
    digits: int = 0

    def __post_init__(self) -> None:
        """Holds the figure to its form.

        Raises:
            ValueError: A target without a verdict, a verdict without a target, an unknown peer, or
                a missed figure without the reason.
        """
        if bool(self.target) != (self.met is not None):
            raise ValueError(f"{self.key}, {self.case}: a target needs a verdict, and vice versa")
        if self.met is False and not self.limit:
            raise ValueError(f"{self.key}, {self.case}: missed, without the reason")
        if set(self.peers) - set(PEERS):
            raise ValueError(f"{self.key}, {self.case}: unknown peers in {sorted(self.peers)}")

    def ratio(self, peer: str) -> float | None:
        """Ours by the peer's; None if that is not known or nothing."""
        theirs = self.peers.get(peer)
        return self.ours / theirs if theirs else None

    @property
    def verdict(self) -> str:
        """`met`, `missed` or `reported`."""
        return {True: "met", False: "missed", None: "reported"}[self.met]

    def shown(self, value: float) -> str:
        """A value with its decimal places and unit."""
        number = f"{value:,.{self.digits}f}"
        return f"${number}" if self.unit == "$" else f"{number} {self.unit}".strip()

    def cell(self, peer: str) -> str:
        """The peer's value, and ours as a multiple of it in brackets; "" without a value."""
        if peer not in self.peers:
            return ""
        ratio = self.ratio(peer)
        multiple = f" ({ratio:.2f})" if ratio is not None else ""
        return f"{self.shown(self.peers[peer])}{multiple}"

    def as_json(self) -> dict[str, Any]:
        """All of it, with the ratios, in JSON's terms."""
        return {
            "key": self.key,
            "case": self.case,
            "unit": self.unit,
            "ours": self.ours,
            "peers": dict(self.peers),
            "ratios": {peer: self.ratio(peer) for peer in self.peers},
            "target": self.target,
            "verdict": self.verdict,
            "limit": self.limit,
            "digits": self.digits,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Figure:
        """The figure that `as_json` wrote."""
        met = {"met": True, "missed": False, "reported": None}[document["verdict"]]
        kept = ("key", "case", "unit", "ours", "peers", "target", "limit", "digits")
        return cls(met=met, **{name: document[name] for name in kept})


Series = Mapping[str, list[float]]
"""Curves of a plot by name; `x` holds what they share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one measurement gives.

    Attributes:
        figures: In the order of the table.
        series: Curves for plots, by the plot's name.
        notes: Facts that the page tells with the figures.
    """

    figures: tuple[Figure, ...]
    series: Mapping[str, Series] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
