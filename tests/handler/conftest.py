from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from handler.listener import Listener, listening

# How fast the machine is, and what else runs on it, is none of what these tests are about.
settings.register_profile(
    "any machine",
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
# Under mutation a failure is all that is wanted: soon, the same in each run, not made smaller.
settings.register_profile(
    "mutants",
    settings.get_profile("any machine"),
    derandomize=True,
    max_examples=15,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "any machine"))


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A server of this test's own."""
    with listening() as served:
        yield served
