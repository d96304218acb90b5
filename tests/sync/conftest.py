from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.world import World, new_world


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with new_world(database_url, tmp_path) as world:
        yield world
