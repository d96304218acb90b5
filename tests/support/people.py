"""A person who may sign in, made without waiting for a password to be hashed for every test."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Connection

from trueup.store import users
from trueup.store.tables import user

NAME = "ada"
PASSWORD = "three small boats"


def add_ada(tx: Connection, now: datetime) -> int:
    """As `users.add` does it, with a hash that is made once per process."""
    values = {"name": NAME, "password_hash": _hashed(), "created_at": now}
    return int(tx.execute(user.insert().values(**values).returning(user.c.id)).scalar_one())


@cache
def _hashed() -> str:
    return users.hashed(PASSWORD)
