"""What several modules compare policies with."""

from __future__ import annotations

import pytest

from security.lives import live
from security.recorder import Call, Recorder


@pytest.fixture(scope="session")
def calls() -> list[Call]:
    """Every call of the simulated lives, once for all modules, for they take a while."""
    recorder = Recorder()
    live(recorder)
    return list(recorder.calls.values())
