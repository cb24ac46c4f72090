"""How synthesis grows, and what is counted of a template."""

from __future__ import annotations

import pytest

from bench import synth
from bench.figures import NATIVE
from bench.processes import Times
from bench.stacks import framework, template


def times(ours_s: float, native_s: float) -> dict[str, Times]:
    # The busy run does not count.
    return {
        kind: Times(wall_s=(9.0, 9.0), processor_s=(each, each + 50))
        for kind, each in (("ours", ours_s), ("native", native_s))
    }


@pytest.mark.parametrize(("last_s", "verdict"), [(8.0, "met"), (8.6, "missed")])
def test_growth_compares_the_cost_of_one_more_campaign(last_s: float, verdict: str) -> None:
    found = synth._growth(
        {1: times(4.01, 3), 50: times(0, 0), 200: times(6, 4), 400: times(last_s, 5)}
    )
    assert found.ours == pytest.approx((last_s - 6) * 5)
    assert found.peers[NATIVE] == pytest.approx(5)
    assert found.verdict == verdict


def test_the_frameworks_own_resources_are_twelve() -> None:
    assert synth.frameworks_own(template(framework, 1)) == synth.FRAMEWORKS_OWN
