from __future__ import annotations

from collections.abc import Iterator

import pytest

from trueup.store.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()
