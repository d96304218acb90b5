from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command import Command
from support.databases import postgres_database


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of whoever runs the tests play no part."""
    for name in ("TRUEUP_HOME", "TRUEUP_DATABASE", "TRUEUP_KEY", "TRUEUP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def fresh(tmp_path: Path) -> Command:
    """Nothing is installed yet."""
    return Command(tmp_path)


@pytest.fixture
def trueup(tmp_path: Path) -> Command:
    """An installation as `trueup init` makes it, with the connections ERP and Shop to two test systems."""
    command = Command(tmp_path)
    command.prepare()
    command.connect()
    return command


@pytest.fixture
def anywhere(tmp_path: Path, database_url: str) -> Command:
    """The same, on SQLite and on PostgreSQL."""
    command = Command(tmp_path, database_url)
    command.prepare()
    command.connect()
    return command


@pytest.fixture
def postgres_url(tmp_path: Path, run_folder: Path) -> Iterator[str]:
    """A database of its own on PostgreSQL only, without any table."""
    with postgres_database(run_folder, migrated=False) as url:
        yield url
