"""Spares the simulator's tests a fifth of their time, with work whose results are known."""

from __future__ import annotations

import gc

import pytest

from personalize_provider.resources import ResourceSpec
from simulator.workers import reading_once

# The objects of many histories, in place of Python's 700, between two searches for garbage.
gc.set_threshold(200_000, 50, 50)

_READING_ONCE = reading_once()


@pytest.fixture(autouse=True)
def _reads_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ResourceSpec, "_read", _READING_ONCE)
