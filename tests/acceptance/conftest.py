"""A till's folder, a shop in the box, and the hub between them, as a user would set them up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.till_and_shop import TillAndShop, set_up


@pytest.fixture
def business(database_url: str, tmp_path: Path) -> Iterator[TillAndShop]:
    with set_up(database_url, tmp_path) as business:
        yield business
