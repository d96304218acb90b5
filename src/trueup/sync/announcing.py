"""Announcements: a system calls us when something changes. A call is a hint at what to read again, never data."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from trueup.connectors.kit.errors import OutsideError, Rejected
from trueup.connectors.kit.ports import Announcer, Finding, Hint, Level
from trueup.domain.record import Kind
from trueup.store import connections, flows, hints
from trueup.store.connections import ConnectionRow
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub

SECRET = "hook"
PATH = "/hooks"
"""Below the address of the installation; behind it the number of the connection."""


def subscribe(hub: Hub, row: ConnectionRow, address: str) -> Sequence[Finding]:
    """Make the system call this installation, which it reaches at `address` (https://hub.example), when something
    changes; doing it twice changes nothing, and mends what was switched off. The secret is durable here before the
    system learns it. Raises Refused if the system cannot call."""
    connector = hub.connectors.of(row)
    if not connector.capabilities.webhooks:
        raise Refused(f"{row.name} cannot call trueup; its flows read by their schedules instead.")
    secret = _secret_of(hub, row) or secrets.token_urlsafe(32)
    sealed = hub.seal.seal({SECRET: secret})
    with hub.database.write() as tx:
        connections.change(tx, row.id, hook_secret=row.hook_secret or sealed)
    announcer: Announcer = connector
    try:
        return announcer.subscribe(f"{_root(address)}{PATH}/{row.id}", secret)
    except OutsideError as error:
        return [Finding(check="webhooks", level=Level.RED, sentence=error.sentence, fix="Then set them up again.")]


def note_call(hub: Hub, row: ConnectionRow, headers: Mapping[str, str], body: bytes) -> Hint | None:
    """What a call told, noted if an active flow reads that kind there; None for a ping or what nobody follows.

    Raises Rejected if the call is not signed with the secret of this connection, or if that has none. One small
    write, no call outside.
    """
    connector, secret = hub.connectors.of(row), _secret_of(hub, row)
    if secret is None or not connector.capabilities.webhooks:
        raise Rejected(f"Nobody has set up calls for {row.name}.", code="not_set_up")
    announcer: Announcer = connector
    hint = announcer.hint(headers, body, secret)
    if hint is None or not (followed := _followed(hub, row, hint)):
        return None
    with hub.database.write() as tx:
        for kind in followed:
            hints.note(tx, row.id, kind, hint.id, hub.clock())
    return hint


def _root(address: str) -> str:
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"{address!r} is no address. Enter where the system reaches trueup, as https://hub.example.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _followed(hub: Hub, row: ConnectionRow, hint: Hint) -> list[str]:
    """The kinds about this thing that an active flow reads there: an order, and its refunds."""
    with hub.database.read() as tx:
        read = {f.kind for f in flows.everyone(tx) if f.active and f.leader_id == row.id}
    return sorted(kind for kind in read if Kind(kind).thing is hint.kind.thing)


def _secret_of(hub: Hub, row: ConnectionRow) -> str | None:
    return hub.seal.open(row.hook_secret).get(SECRET)
