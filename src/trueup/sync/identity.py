"""Identity: which thing in the follower a record is, so that connectors never translate ids.

By the stored link first; then by asking the follower for the external reference or the SKU; never by guessing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from sqlalchemy import Connection

from trueup.connectors.kit.errors import MissingLink, NotNeeded, OutsideError, Rejected
from trueup.connectors.kit.ports import Parcel, Target
from trueup.domain.customer import Customer, CustomerNumber
from trueup.domain.matching import Match, traces
from trueup.domain.order import Order
from trueup.domain.record import Kind, Record, Ref
from trueup.domain.records import record_from
from trueup.store import deliveries, flows, links
from trueup.store.database import Database
from trueup.store.deliveries import DeliveryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The deliveries about one thing, made ready to be pushed.

    `missing` are things that no link names yet. `expected` are those of them that will be written to this follower
    by a delivery of their own, so that waiting helps. `adopted` is set when the follower turned out to have the thing;
    `match` if it has no key of ours there, but certainly is the same customer.
    """

    rows: tuple[DeliveryRow, ...]
    parcel: Parcel
    missing: frozenset[Ref] = frozenset()
    expected: frozenset[Ref] = frozenset()
    found: Mapping[Ref, str] = field(default_factory=dict)
    adopted: bool = False
    match: Match | None = None

    @property
    def creates(self) -> bool:
        """Whether a push would create the thing; price and stock alone never create a product."""
        return self.parcel.remote is None and self.is_whole

    @property
    def keys(self) -> frozenset[tuple[Kind, str]]:
        """By what it would be found or made; nothing if it is linked, or has no key. Of a customer also what somebody
        who looks alike would have."""
        parcel = self.parcel
        if parcel.remote is not None:
            return frozenset()
        customer = parcel.facet(Customer)
        own = {parcel.reference.casefold()} if parcel.reference else set()
        return frozenset((parcel.ref.kind, key) for key in own | (traces(customer) if customer else set()))

    @property
    def is_whole(self) -> bool:
        return any(facet.kind == self.parcel.ref.kind for facet in self.parcel.facets)


def pack(
    tx: Connection, rows: Sequence[DeliveryRow], limit: int, flying: Collection[tuple[Kind, str]] = ()
) -> list[Packed]:
    """At most `limit` parcels of these deliveries, all of one thing kind and one leader, in their order.

    What failed before travels in smaller company, so that the one bad record is found by halving. Of two things with
    one key, or two customers who look alike, the second stays until the first is linked, also if that is `flying`; then
    it is known as a double.
    """
    groups = _company(_by_thing(_orders_first(rows)), limit)
    if not groups:
        return []
    first = groups[0][0]
    facets = {group[0].ref: tuple(_as_told(row) for row in group) for group in groups}
    own = [Ref(kind=Kind(first.thing), id=ref) for ref in facets]
    named = {ref for records in facets.values() for record in records for ref in record.refs()}
    befores = {group[0].ref: _before(group) for group in groups}
    earlier = {ref for before in befores.values() if before for ref in before.refs()}
    known = _known(tx, first.follower_id, first.leader_id, {*own, *named, *earlier})
    expected = _expected(tx, first.follower_id, first.leader_id, {*own, *named} - known.keys())
    packed = [_packed(group, facets[group[0].ref], befores[group[0].ref], known, expected) for group in groups]
    return _one_by_key(packed, set(flying))


def _as_told(row: DeliveryRow) -> Record:
    record = record_from(row.kind, row.payload)
    return record.as_told() if isinstance(record, Customer) else record


def _one_by_key(packed: Sequence[Packed], seen: set[tuple[Kind, str]]) -> list[Packed]:
    chosen = []
    for one in packed:
        keys = one.keys
        if not keys & seen:
            chosen.append(one)
            seen |= keys
    return chosen


def _orders_first(rows: Sequence[DeliveryRow]) -> list[DeliveryRow]:
    """An order travels alone: what else its leader says about it (refunds) stays for the next time."""
    orders = {row.ref for row in rows if row.kind == Kind.ORDER}
    return [row for row in rows if row.kind == Kind.ORDER or row.thing != Kind.ORDER or row.ref not in orders]


def _by_thing(rows: Sequence[DeliveryRow]) -> list[list[DeliveryRow]]:
    order = {ref: place for place, ref in enumerate(dict.fromkeys(row.ref for row in rows))}
    in_order = sorted(rows, key=lambda row: order[row.ref])
    return [list(group) for _, group in groupby(in_order, key=lambda row: row.ref)]


def _company(groups: Sequence[list[DeliveryRow]], limit: int) -> list[list[DeliveryRow]]:
    chosen: list[list[DeliveryRow]] = []
    allowed = limit
    for group in groups:
        allowed = min(allowed, max(1, limit >> max(row.attempts for row in group)))
        if len(chosen) >= allowed:
            break
        chosen.append(group)
    return chosen[:allowed]


def _known(tx: Connection, follower_id: int, leader_id: int, refs: Collection[Ref]) -> dict[Ref, str]:
    """The follower's ids, by links in either direction: what the follower leads is linked the other way round."""
    known: dict[Ref, str] = {}
    for kind in {ref.kind for ref in refs}:
        ids = [ref.id for ref in refs if ref.kind == kind]
        forth = links.remotes(tx, follower_id, leader_id, kind.value, ids)
        back = links.refs_of(tx, leader_id, follower_id, kind.value, ids)
        known |= {Ref(kind=kind, id=id_): remote for id_, remote in back.items()}
        known |= {Ref(kind=kind, id=id_): link.remote for id_, link in forth.items()}
    return known


def _expected(tx: Connection, follower_id: int, leader_id: int, refs: Collection[Ref]) -> set[Ref]:
    found: set[Ref] = set()
    for kind in {ref.kind for ref in refs}:
        ids = [ref.id for ref in refs if ref.kind == kind]
        led = flows.leads(tx, leader_id, follower_id, kind.value)
        coming = set(ids) if led else deliveries.expected(tx, follower_id, leader_id, kind.value, ids)
        found |= {Ref(kind=kind, id=id_) for id_ in coming}
    return found


def _packed(
    group: Sequence[DeliveryRow],
    facets: tuple[Record, ...],
    before: Record | None,
    known: Mapping[Ref, str],
    expected: Collection[Ref],
) -> Packed:
    own = facets[0].ref
    named = {ref for record in facets for ref in record.refs()}
    earlier = before.refs() if before else ()
    reference = next((record.natural_key for record in facets if record.natural_key), None)
    parcel = Parcel(
        ref=own,
        label=group[0].label,
        reference=reference,
        remote=known.get(own) or _back_to(facets[0]),
        facets=facets,
        links={ref: known[ref] for ref in (*named, *earlier) if ref in known},
        before=before,
        look_first=any(row.doubt for row in group),
    )
    missing = frozenset(ref for ref in named if ref not in known)
    awaited = frozenset(ref for ref in {own, *missing} if ref in expected)
    return Packed(rows=tuple(group), parcel=parcel, missing=missing, expected=awaited)


def _back_to(record: Record) -> str | None:
    """A customer's number names whom it goes back to; everything else is found by its link."""
    return record.customer if isinstance(record, CustomerNumber) else None


def _before(group: Sequence[DeliveryRow]) -> Record | None:
    row = group[0]
    return record_from(row.kind, row.sent_payload) if row.sent_payload else None


def ask(database: Database, target: Target, packed: Sequence[Packed]) -> list[Packed | OutsideError]:
    """Ask the follower for everything that no link names: the thing itself, and what it refers to.

    Each parcel comes back ready to push, or as the reason why it cannot be: it waits, or a person has to decide.
    Raises an OutsideError only if the follower could not be asked.
    """
    asked = [one for one in packed if one.parcel.remote is None and one.parcel.reference]
    owns = _find(target, {(one.parcel.ref.kind, str(one.parcel.reference)) for one in asked})
    keys = {ref: key for one in packed for record in one.parcel.facets for ref, key in record.ref_keys().items()}
    wanted = {ref for one in packed for ref in one.missing - one.expected if ref in keys}
    named = _find(target, {(ref.kind, keys[ref]) for ref in wanted})
    taken = _taken(database, packed, owns)
    ready: list[Packed | OutsideError] = []
    for one in packed:
        answer = _adopt(one, owns, taken)
        answer = _fill_in(answer, keys, named) if isinstance(answer, Packed) else answer
        if isinstance(answer, Packed) and answer.adopted and answer.parcel.remote:
            taken[answer.parcel.remote] = answer.parcel.ref.id
        ready.append(answer)
    return ready


Found = Mapping[tuple[Kind, str], tuple[str, ...]]


def _find(target: Target, wanted: Iterable[tuple[Kind, str]]) -> dict[tuple[Kind, str], tuple[str, ...]]:
    by_kind: dict[Kind, list[str]] = {}
    for kind, key in sorted(wanted):
        by_kind.setdefault(kind, []).append(key)
    return {(kind, key): ids for kind, keys in by_kind.items() for key, ids in target.find(kind, keys).items()}


def _taken(database: Database, packed: Sequence[Packed], owns: Found) -> dict[str, str]:
    """Which of the things that the follower has are already linked to which of the leader's."""
    remotes = {remote for ids in owns.values() for remote in ids}
    if not remotes:
        return {}
    row = packed[0].rows[0]
    with database.read() as tx:
        return links.refs_of(tx, row.follower_id, row.leader_id, row.thing, remotes)


def _adopt(one: Packed, owns: Found, taken: Mapping[str, str]) -> Packed | OutsideError:
    parcel = one.parcel
    if parcel.remote is not None:
        return one
    ids = owns.get((parcel.ref.kind, str(parcel.reference)), ())
    if len(ids) > 1:
        return Rejected(_say_ambiguous(parcel, ids), field="sku")
    if ids and taken.get(ids[0], parcel.ref.id) != parcel.ref.id:
        return Rejected(_say_taken(parcel, ids[0], taken[ids[0]]), field="sku")
    if ids:
        return replace(one, parcel=replace(parcel, remote=ids[0]), adopted=True)
    if one.is_whole:
        return _still_wanted(one)
    if parcel.ref in one.expected:
        return MissingLink(parcel.ref)
    return Rejected(_say_unknown(parcel), field="sku")


def _still_wanted(one: Packed) -> Packed | OutsideError:
    """An order that was cancelled before it was transferred is not made only to be cancelled."""
    order = one.parcel.facet(Order)
    if order is None or not order.is_cancelled:
        return one
    return NotNeeded(f"Order {one.parcel.label} was cancelled in the shop before it was transferred.")


def _fill_in(one: Packed, keys: Mapping[Ref, str], named: Found) -> Packed | OutsideError:
    found: dict[Ref, str] = {}
    for ref in sorted(one.missing, key=lambda ref: (ref.kind, ref.id)):
        ids = named.get((ref.kind, keys.get(ref, "")), ())
        if ref in one.expected:
            return MissingLink(ref)
        if len(ids) != 1:
            return Rejected(_say_reference(one.parcel, ref, keys.get(ref), len(ids)), field=ref.kind.value)
        found[ref] = ids[0]
    return replace(one, parcel=replace(one.parcel, links={**one.parcel.links, **found}), found=found)


def _say_ambiguous(parcel: Parcel, ids: Sequence[str]) -> str:
    return (
        f"{parcel.ref.kind.capitalize()} {parcel.label}: the other system has {len(ids)} of them with the key "
        f"{parcel.reference} ({', '.join(ids[:5])}). Leave the key on one of them only, then retry."
    )


def _say_taken(parcel: Parcel, remote: str, other: str) -> str:
    return (
        f"{parcel.ref.kind.capitalize()} {parcel.label}: {parcel.reference} is {remote} in the other system, which "
        f"already belongs to {other}. Give one of the two another key, then retry."
    )


def _say_unknown(parcel: Parcel) -> str:
    return (
        f"{parcel.label} is not known to the other system, and no product flow would create it there. "
        "Create it there with this SKU, or enable the product flow; then retry."
    )


def _say_reference(parcel: Parcel, ref: Ref, key: str | None, hits: int) -> str:
    what = f"article {key}" if key else f"{ref.kind} {ref.id} (it has no SKU)"
    problem = "is not known to the other system" if hits == 0 else f"is there {hits} times"
    return (
        f"{parcel.ref.kind.capitalize()} {parcel.label} could not be transferred: {what} {problem}. "
        "Create it there or correct its SKU, then retry."
    )
