"""What a person decides about quarantine: try it again, or skip it with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from trueup.connectors.kit.errors import OutsideError
from trueup.domain.record import Kind
from trueup.store import connections, deliveries, flows, lanes, life, links, quarantine
from trueup.store.quarantine import QuarantineRow
from trueup.sync import allocation
from trueup.sync.collect import Collected
from trueup.sync.connecting import Refused
from trueup.sync.flow import collect_lane
from trueup.sync.hub import Hub
from trueup.sync.jobs import collector_of
from trueup.sync.keeping import keepings, shared_by
from trueup.sync.life import look_at_what_came

BY_HAND = frozenset({"locked", "conflict"})
"""Changes that a person makes in the follower; skipping one says that it is done."""

_BUG = "trueup itself failed while it read this again; please report it."


def retry(hub: Hub, entry: QuarantineRow, *, by: str) -> None:
    """Try it again: what was refused is due at once; what could not be read is read again now. What is gone in the
    follower is made again there, with everything that belongs to it.

    Raises Refused if it is not open, or if it cannot be read from its leader at the moment.
    """
    _must_be_open(entry)
    if entry.follower_id == quarantine.READING:
        _read_again(hub, entry)
        return
    now = hub.clock()
    with hub.database.write() as tx:
        quarantine.close(tx, entry.id, state=quarantine.RESOLVED, by=by, reason="tried again", now=now)
        _make_again(tx, entry, now)
        deliveries.reopen(tx, entry.flow_id, entry.follower_id, entry.kind, entry.ref, now)
        look_at_what_came(tx, Kind(entry.kind), entry.leader_id, [entry.ref], now)


def _make_again(tx: Connection, entry: QuarantineRow, now: datetime) -> None:
    """If the thing is gone: its link too, and what was delivered of it is due again. What was skipped stays skipped."""
    rows = deliveries.of_thing(tx, entry.leader_id, Kind(entry.kind).thing.value, entry.ref)
    mine = [row for row in rows if row.follower_id == entry.follower_id]
    if any(row.error == "gone" for row in mine):
        links.drop(tx, entry.follower_id, entry.leader_id, mine[0].thing, entry.ref)
        for row in mine:
            if row.error == "gone" or row.state == deliveries.DONE:
                deliveries.reopen(tx, row.flow_id, row.follower_id, row.kind, row.ref, now)


def _read_again(hub: Hub, entry: QuarantineRow) -> None:
    with hub.database.write() as tx:
        flow, leader = flows.by_id(tx, entry.flow_id), connections.by_id(tx, entry.leader_id)
        lease = lanes.take(tx, collect_lane(entry.flow_id), owner=hub.owner, now=hub.clock(), length=hub.lease)
        if flow is None or leader is None or lease is None:
            raise Refused("The flow is running at the moment. Try again when its run is over.")
        run_id = flows.start_run(tx, entry.flow_id, cause="retry", now=hub.clock())
    state, sentence = "failed", _BUG
    try:
        collector = collector_of(hub, flow, leader, lease, run_id)
        state, sentence = _outcome(entry, collector.collect_these([entry.ref]))
    except OutsideError as error:
        sentence = error.sentence
    finally:
        with hub.database.write() as tx:
            flows.end_run(tx, run_id, state=state, sentence=sentence or None, now=hub.clock())
            lanes.leave(tx, lease)
    if state == "failed":
        raise Refused(sentence)


def _outcome(entry: QuarantineRow, seen: Collected) -> tuple[str, str]:
    if seen.read:
        return "done", ""
    return "failed", f"{entry.kind.capitalize()} {entry.label} is no longer there. Skip it with a reason."


def skip(hub: Hub, entry: QuarantineRow, *, by: str, reason: str) -> None:
    """Leave this content out, for a reason. A later change of the record is taken up again."""
    _must_be_open(entry)
    if not reason.strip():
        raise Refused("Skipping needs a reason, so that the next person understands it.")
    with hub.database.write() as tx:
        quarantine.close(tx, entry.id, state=quarantine.SKIPPED, by=by, reason=reason.strip(), now=hub.clock())
        if entry.follower_id != quarantine.READING:
            if entry.error in BY_HAND:
                deliveries.done_by_hand(tx, entry.flow_id, entry.follower_id, entry.kind, entry.ref)
            deliveries.skip(tx, entry.flow_id, entry.follower_id, entry.kind, entry.ref)
        look_at_what_came(tx, Kind(entry.kind), entry.leader_id, [entry.ref], hub.clock())
        _release(hub, tx, entry)


def _release(hub: Hub, tx: Connection, entry: QuarantineRow) -> None:
    """What a skipped order promised: the person has seen to it where the stock is kept, or it never will be sent."""
    found = keepings(hub, tx) if entry.kind == Kind.ORDER else []
    keeping = shared_by(found, entry.leader_id)
    if keeping and entry.follower_id in (quarantine.READING, keeping.leader_id):
        allocation.settled_by_hand(tx, keeping, entry.leader_id, entry.ref, hub.clock())


def see_to(hub: Hub, leader_id: int, ref: str, *, by: str, reason: str) -> None:
    """A person saw to an order about which the systems contradict each other. Raises Refused without a reason, or if
    there is nothing to see to."""
    if not reason.strip():
        raise Refused("This needs a reason, so that the next person understands it.")
    with hub.database.write() as tx:
        if not life.see_to(tx, leader_id, ref, by=by, reason=reason.strip(), now=hub.clock()):
            raise Refused("There is nothing to see to about this order any more.")


def _must_be_open(entry: QuarantineRow) -> None:
    if entry.state != quarantine.OPEN:
        raise Refused(f"Entry {entry.id} is no longer open: it is {entry.state}.")
