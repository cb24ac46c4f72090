from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from handler.listener import Listener, listening

# How fast the machine is, and what else runs on it, is none of what these tests are about.
settings.register_profile(
    "any machine",
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A server of this test's own."""
    with listening() as served:
        yield served
