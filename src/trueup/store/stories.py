"""The story of one thing: where it is in every system, what is owed, what was sent, what was set aside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from trueup.domain.customer import CustomerNumber
from trueup.domain.record import Kind, Record
from trueup.domain.records import record_from
from trueup.store import connections, deliveries, flows, links, quarantine, records, transfers
from trueup.store.connections import ConnectionRow
from trueup.store.deliveries import DeliveryRow
from trueup.store.quarantine import QuarantineRow
from trueup.store.records import RecordRow
from trueup.store.tables import link
from trueup.store.tables import quarantine as quarantined
from trueup.store.tables import record as t
from trueup.store.transfers import TransferRow

Key = tuple[int, str, str]
"""(leader id, thing, the leader's id of it): what a story is about."""
MOST_VARIANTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A thing that a search came upon. `document` is its number in a follower, where that is known."""

    leader_id: int
    leader: str
    thing: str
    ref: str
    label: str
    document: str | None = None

    @property
    def key(self) -> Key:
        return self.leader_id, self.thing, self.ref

    @property
    def names(self) -> set[str]:
        """Everything that it is called by, in small letters."""
        return {name.lower() for name in (self.label, self.ref, self.document) if name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the thing is: its id in one connection, and the number that people see there. `how`: leads, created or
    adopted; `since` is when the link was made (for the leader: when the thing was first seen)."""

    connection_id: int
    connection: str
    system: str
    remote: str
    document: str | None
    how: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One delivery of the thing, with the names of its flow and its follower."""

    flow: str
    follower: str
    row: DeliveryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One try, with the name of the follower that it went to."""

    follower: str
    row: TransferRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another thing that belongs to this one. `role`: customer, article, parent or variant."""

    role: str
    key: Key
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything that is known of one thing. `records` are its facets as their leader has them (product, price and
    stock; or an order with the receipts of its followers); `entries` what was set aside, closed entries too; `sent`
    the latest tries first; `intents` the followers in which its creation was begun and not confirmed."""

    key: Key
    label: str
    leader: str
    records: tuple[RecordRow, ...]
    places: tuple[Place, ...]
    owed: tuple[Owed, ...]
    sent: tuple[Sent, ...]
    entries: tuple[QuarantineRow, ...]
    intents: tuple[str, ...]
    related: tuple[Related, ...]

    @property
    def documents(self) -> tuple[str, ...]:
        return tuple(place.document for place in self.places if place.document)

    def record(self, kind: Kind) -> Record | None:
        """The facet of that kind, None if there is none."""
        row = next((row for row in self.records if row.kind == kind), None)
        return None if row is None else record_from(row.kind, row.payload)


def find_things(tx: Connection, text: str, *, limit: int = 50) -> list[Found]:
    """Things by a label (SKU, order number, name: also its beginning), by an id in any system, or by a document number;
    exact matches first. Things that so far only stand in quarantine are found too."""
    text = text.strip()
    if not text:
        return []
    names = {row.id: row.name for row in connections.everyone(tx)}
    found: dict[Key, Found] = {}
    for key, label, document in _matches(tx, text, limit):
        origin = _origin(tx, key)
        shown = _label(tx, origin) or label
        if origin not in found and origin[0] in names:
            leader_id, thing, ref = origin
            place = Found(
                leader_id=leader_id, leader=names[leader_id], thing=thing, ref=ref, label=shown, document=document
            )
            found[origin] = place
    exact = text.lower()
    return sorted(found.values(), key=lambda one: exact not in one.names)[:limit]


def _found(key: Key, leader: str, label: str, document: str | None) -> Found:
    return Found(leader_id=key[0], leader=leader, thing=key[1], ref=key[2], label=label, document=document)


def _matches(tx: Connection, text: str, limit: int) -> Iterator[tuple[Key, str, str | None]]:
    for row in records.search(tx, text, limit=limit):
        document = row.label if row.kind == Kind.RECEIPT else None
        yield (row.leader_id, Kind(row.kind).thing.value, row.ref), row.label, document
    known = select(link).where(or_(func.lower(link.c.document) == text.lower(), link.c.remote == text)).limit(limit)
    for tied in tx.execute(known):
        yield (tied.leader_id, tied.thing, tied.ref), tied.ref, tied.document
    wanted = or_(func.lower(quarantined.c.label) == text.lower(), quarantined.c.ref == text)
    for entry in tx.execute(select(quarantined).where(wanted).limit(limit)):
        yield (entry.leader_id, Kind(entry.kind).thing.value, entry.ref), entry.label, None


def story(tx: Connection, leader_id: int, thing: str, ref: str) -> Story | None:
    """The story of the thing that this connection calls `ref`, also if it only follows; None if nobody knows it."""
    key = _origin(tx, (leader_id, thing, ref))
    names = {row.id: row for row in connections.everyone(tx)}
    known = [row for row in links.of_thing(tx, key[0], thing, key[2]) if row.leader_id == key[0]]
    sides = [key, *(side for row in known for side in _sides(row))]
    facets = tuple(_facets(tx, sides))
    entries = tuple(entry for side in sides for entry in quarantine.of_thing(tx, side[0], _kinds(thing), side[2]))
    if not facets and not entries:
        return None
    first = next((row for row in facets if row.kind == thing), None)
    rows = [row for side in sides for row in deliveries.of_thing(tx, *side)]
    return Story(
        key=key,
        label=first.label if first else [*(row.label for row in facets), *(entry.label for entry in entries)][0],
        leader=names[key[0]].name,
        records=facets,
        places=(_leading(key, names, facets), *(_following(row, names) for row in known)),
        owed=tuple(_owed(tx, rows, names)),
        sent=tuple(_sent(tx, rows, names)),
        entries=entries,
        intents=tuple(_intents(tx, key, names.values())),
        related=tuple(_related(tx, key, facets)),
    )


def _sides(known: links.LinkRow) -> Iterator[Key]:
    """Under what the follower's word about the thing is kept: its own id, and a customer's number under both ids."""
    yield known.follower_id, known.thing, known.remote
    if known.thing == Kind.CUSTOMER:
        yield known.follower_id, known.thing, CustomerNumber.id_of(known.remote, known.ref)


def _origin(tx: Connection, key: Key) -> Key:
    """What a follower calls by its own id is the leader's thing."""
    query = select(link.c.leader_id, link.c.ref)
    row = tx.execute(query.where(link.c.follower_id == key[0], link.c.thing == key[1], link.c.remote == key[2])).first()
    return key if row is None else (row.leader_id, key[1], row.ref)


def _kinds(thing: str) -> list[str]:
    return [kind.value for kind in Kind if kind.thing == thing]


def _facets(tx: Connection, sides: Sequence[Key]) -> Iterator[RecordRow]:
    keys = [(leader_id, kind, ref) for leader_id, thing, ref in sides for kind in _kinds(thing)]
    found = records.of(tx, keys)
    yield from (found[key] for key in keys if key in found)


def _label(tx: Connection, key: Key) -> str | None:
    found = records.of(tx, [key]).get(key)
    return None if found is None else found.label


def _leading(key: Key, names: dict[int, ConnectionRow], facets: Sequence[RecordRow]) -> Place:
    since = min((facet.first_seen_at for facet in facets if facet.leader_id == key[0]), default=None)
    return _place(names[key[0]], remote=key[2], how="leads", since=since)


def _following(known: links.LinkRow, names: dict[int, ConnectionRow]) -> Place:
    row = names[known.follower_id]
    return _place(row, remote=known.remote, document=known.document, how=known.how, since=known.created_at)


def _place(row: ConnectionRow, *, remote: str, how: str, since: datetime | None, document: str | None = None) -> Place:
    return Place(
        connection_id=row.id,
        connection=row.name,
        system=row.system,
        remote=remote,
        document=document,
        how=how,
        since=since,
    )


def _owed(tx: Connection, rows: Sequence[DeliveryRow], names: dict[int, ConnectionRow]) -> Iterator[Owed]:
    called = {flow.id: flow.name for flow in flows.everyone(tx)}
    for row in rows:
        yield Owed(flow=called[row.flow_id], follower=names[row.follower_id].name, row=row)


def _sent(tx: Connection, rows: Sequence[DeliveryRow], names: dict[int, ConnectionRow]) -> Iterator[Sent]:
    for row in transfers.of_deliveries(tx, [row.id for row in rows]):
        yield Sent(follower=names[row.follower_id].name, row=row)


def _intents(tx: Connection, key: Key, followers: Iterable[ConnectionRow]) -> Iterator[str]:
    for row in followers:
        if (key[1], key[2]) in {(thing, ref) for thing, ref, _ in links.open_intents(tx, row.id)}:
            yield row.name


def _related(tx: Connection, key: Key, facets: Sequence[RecordRow]) -> Iterator[Related]:
    own = next((row for row in facets if (row.leader_id, row.kind) == key[:2]), None)
    if own is None:
        return
    record = record_from(own.kind, own.payload)
    for ref in record.refs():
        other = _origin(tx, (key[0], ref.kind.value, ref.id))
        role = "customer" if ref.kind == Kind.CUSTOMER else "parent" if key[1] == Kind.PRODUCT else "article"
        yield Related(role=role, key=other, label=_label(tx, other) or ref.id)
    if key[1] == Kind.PRODUCT and '"type":"variable"' in own.payload:
        yield from _variants(tx, key)


def _variants(tx: Connection, key: Key) -> Iterator[Related]:
    """The variants of a variable product: they name their parent in their payload."""
    text = _mark("parent", key[2])
    mine = (t.c.leader_id == key[0], t.c.kind == Kind.PRODUCT.value, t.c.payload.contains(text, autoescape=True))
    query = select(t.c.ref, t.c.label).where(*mine).order_by(t.c.label).limit(MOST_VARIANTS)
    for ref, label in tx.execute(query):
        yield Related(role="variant", key=(key[0], key[1], ref), label=label)


def _mark(field: str, text: str) -> str:
    """How a text field stands in a payload."""
    return f"{json.dumps(field)}:{json.dumps(text, ensure_ascii=False)}"
