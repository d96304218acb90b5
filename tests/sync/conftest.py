from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.world import World, new_world


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with new_world(database_url, tmp_path) as world:
        yield world


@pytest.fixture
def one_world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """The same on SQLite only, for what the database plays no part in."""
    with new_world(sqlite_url, tmp_path) as world:
        yield world
