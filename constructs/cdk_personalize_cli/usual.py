"""How long the kinds usually take, in words. Source: docs/waiting.md, "How long it takes"."""

from __future__ import annotations

from collections.abc import Mapping

USUAL: Mapping[str, str] = {
    "campaign": "10 to 20 min",
    "batch-inference-job": "13 to 27 min, real data hours",
    "batch-segment-job": "13 to 27 min, real data hours",
    "recommender": "half an hour to hours",
    "solution-version": "half an hour to hours",
}
"""Kind -> the usual time of a create or an update."""

SOURCE = "docs/waiting.md"


def usual(kind: str, verb: str) -> str:
    """The usual time of a piece of work; "" where none is known.

    Args:
        kind: Such as `campaign`.
        verb: `CREATE`, `UPDATE`: the first part of CloudFormation's status.
    """
    return USUAL.get(kind, "") if verb in ("CREATE", "UPDATE") else ""
