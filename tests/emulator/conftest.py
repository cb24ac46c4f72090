from __future__ import annotations

import pytest

from emulator.scene import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()
