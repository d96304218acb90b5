from __future__ import annotations

from collections.abc import Iterator

import pytest

from .peers import Peer, Reply, running


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running(Peer(replies=[Reply()])) as started:
        yield started
