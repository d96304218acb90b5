"""People who may sign in, and the sessions that they have open. Neither a password nor a session's token is stored."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Connection, delete, func, select, update

from trueup.store.tables import session
from trueup.store.tables import user as t

SESSION_LASTS = timedelta(days=14)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024
_argon2id = PasswordHash((Argon2Hasher(),))
_two_at_a_time = threading.Semaphore(2)  # each check takes 64 MB: a flood of sign-ins must not take the machine


class WeakPassword(Exception):
    """The password is too short. Choose one of at least 10 characters; a few words are best."""


class NameTaken(Exception):
    """There is a user of this name already. Choose another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    id: int
    name: str
    created_at: datetime


def add(tx: Connection, *, name: str, password: str, now: datetime) -> int:
    """A new user's id. Names are told apart without upper and lower case. Raises WeakPassword and NameTaken."""
    plain = _plain(name)
    if tx.execute(select(t.c.id).where(t.c.name == plain)).first() is not None:
        raise NameTaken(NameTaken.__doc__)
    values = {"name": plain, "password_hash": hashed(password), "created_at": now}
    return int(tx.execute(t.insert().values(**values).returning(t.c.id)).scalar_one())


def set_password(tx: Connection, user_id: int, password: str) -> None:
    """Every session of this user ends. Raises WeakPassword."""
    tx.execute(update(t).where(t.c.id == user_id).values(password_hash=hashed(password)))
    tx.execute(delete(session).where(session.c.user_id == user_id))


def hashed(password: str) -> str:
    """Argon2id with a salt of its own. Raises WeakPassword."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WeakPassword(WeakPassword.__doc__)
    with _two_at_a_time:
        return _argon2id.hash(password)


def check(tx: Connection, name: str, password: str) -> UserRow | None:
    """The user, if name and password are right; takes as long for a name that does not exist."""
    row = tx.execute(select(t).where(t.c.name == _plain(name))).first()
    with _two_at_a_time:
        good = _argon2id.verify(password[:LONGEST_PASSWORD], row.password_hash if row else _nobody())
    return UserRow(id=row.id, name=row.name, created_at=row.created_at) if row and good else None


def by_name(tx: Connection, name: str) -> UserRow | None:
    row = tx.execute(select(t.c.id, t.c.name, t.c.created_at).where(t.c.name == _plain(name))).first()
    return None if row is None else UserRow(**row._mapping)


def count(tx: Connection) -> int:
    return int(tx.execute(select(func.count()).select_from(t)).scalar_one())


def open_session(tx: Connection, user_id: int, now: datetime) -> str:
    """A session's token, which only its owner's browser keeps; sessions that are over are forgotten."""
    tx.execute(delete(session).where(session.c.expires_at <= now))
    token = secrets.token_urlsafe(32)
    times = {"created_at": now, "expires_at": now + SESSION_LASTS}
    tx.execute(session.insert().values(token_hash=_token_hash(token), user_id=user_id, **times))
    return token


def of_session(tx: Connection, token: str, now: datetime) -> UserRow | None:
    """Whose session this is; None if it is over, or never was."""
    query = select(t.c.id, t.c.name, t.c.created_at).join(session, session.c.user_id == t.c.id)
    mine = (session.c.token_hash == _token_hash(token)) & (session.c.expires_at > now)
    row = tx.execute(query.where(mine)).first()
    return None if row is None else UserRow(**row._mapping)


def close_session(tx: Connection, token: str) -> None:
    tx.execute(delete(session).where(session.c.token_hash == _token_hash(token)))


@cache
def _nobody() -> str:
    """A hash that nothing fits: an unknown name takes as long as a wrong password."""
    return _argon2id.hash(secrets.token_urlsafe())


def _plain(name: str) -> str:
    return name.replace("\0", "").strip().casefold()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
