from __future__ import annotations

from collections.abc import Iterator

import pytest

from handler.listener import Listener, listening


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A server of this test's own."""
    with listening() as served:
        yield served
