"""Bring a database to the newest tables, from nothing or from any earlier version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from trueup.store.database import Database

_LOCK = 8_242_019  # an arbitrary number: two processes that migrate one PostgreSQL wait for each other by it


def migrate(database: Database) -> None:
    """All of it in one transaction; doing it twice changes nothing."""
    config = _config()
    with database.write() as tx:
        if database.is_postgres:
            tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = tx
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the tables are the ones that this version of the program knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with database.read() as tx:
        return MigrationContext.configure(tx).get_current_revision() == newest


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config
