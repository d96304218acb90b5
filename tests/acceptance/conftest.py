"""A till's folder, a shop in the box, and the hub between them, as a user would set them up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.till_and_shop import TillAndShop, set_up
from support.world import World, new_world


@pytest.fixture
def business(database_url: str, tmp_path: Path) -> Iterator[TillAndShop]:
    with set_up(database_url, tmp_path) as business:
        yield business


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The same with test systems, whose every call can be watched and disturbed."""
    with new_world(database_url, tmp_path) as world:
        yield world
