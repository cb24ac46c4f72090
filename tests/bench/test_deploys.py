"""The figures of deploys."""

from __future__ import annotations

import pytest

from bench.deploys import Overhead, figures
from bench.figures import FRAMEWORK


def overheads(*pairs: tuple[float, float]) -> list[Overhead]:
    return [Overhead(before_s=before, after_s=after) for before, after in pairs]


@pytest.mark.parametrize(("theirs", "verdict"), [(5.0, "met"), (4.9, "missed")])
def test_the_medians_are_compared(theirs: float, verdict: str) -> None:
    whole, before, after, spread = figures(
        {
            "ours": overheads((1, 3), (1, 9), (1, 0)),
            "framework": overheads((2, theirs - 2), (2, 1), (2, 9)),
        }
    )
    assert (whole.ours, whole.peers[FRAMEWORK], whole.verdict) == (4, theirs, verdict)
    assert (before.ours, before.peers[FRAMEWORK]) == (1, 2)
    assert (after.ours, after.verdict) == (3, "reported")
    # Looks every 4 to 5 s, and every 5 s.
    assert 3 < spread.ours < 3.5
    assert spread.peers[FRAMEWORK] == pytest.approx(4.5, abs=0.1)
