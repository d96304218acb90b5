"""What a person decides about quarantine: try it again, or skip it with a reason."""

from __future__ import annotations

from trueup.connectors.kit.errors import OutsideError
from trueup.domain.record import Kind
from trueup.store import connections, deliveries, flows, lanes, links, quarantine
from trueup.store.quarantine import QuarantineRow
from trueup.sync.collect import Collector
from trueup.sync.connecting import Refused
from trueup.sync.flow import collect_lane
from trueup.sync.hub import Hub


def retry(hub: Hub, entry: QuarantineRow, *, by: str) -> None:
    """Try it again: what was refused is due at once; what could not be read is read again now.

    Raises Refused if it is not open, or if its leader cannot be read at the moment.
    """
    _must_be_open(entry)
    if entry.follower_id == quarantine.READING:
        _read_again(hub, entry)
        return
    now = hub.clock()
    with hub.database.write() as tx:
        quarantine.close(tx, entry.id, state=quarantine.RESOLVED, by=by, reason="tried again", now=now)
        for row in deliveries.of_thing(tx, entry.leader_id, Kind(entry.kind).thing.value, entry.ref):
            if row.error == "gone":
                links.drop(tx, entry.follower_id, entry.leader_id, row.thing, row.ref)
        deliveries.reopen(tx, entry.flow_id, entry.follower_id, entry.kind, entry.ref, now)


def _read_again(hub: Hub, entry: QuarantineRow) -> None:
    with hub.database.write() as tx:
        flow, leader = flows.by_id(tx, entry.flow_id), connections.by_id(tx, entry.leader_id)
        lease = lanes.take(tx, collect_lane(entry.flow_id), owner=hub.owner, now=hub.clock(), length=hub.lease)
        if flow is None or leader is None or lease is None:
            raise Refused("The flow is running at the moment. Try again when its run is over.")
        run_id = flows.start_run(tx, entry.flow_id, cause="retry", now=hub.clock())
    state, sentence = "done", None
    try:
        source = hub.connectors.of(leader)
        collector = Collector(
            database=hub.database,
            source=source,
            flow=flow,
            lease=lease,
            run_id=run_id,
            clock=hub.clock,
            executor=hub.executor,
        )
        collector.collect_these([entry.ref])
    except OutsideError as error:
        state, sentence = "failed", error.sentence
        raise Refused(error.sentence) from None
    finally:
        with hub.database.write() as tx:
            flows.end_run(tx, run_id, state=state, sentence=sentence, now=hub.clock())
            lanes.leave(tx, lease)


def skip(hub: Hub, entry: QuarantineRow, *, by: str, reason: str) -> None:
    """Leave this content out, for a reason. A later change of the record is taken up again."""
    _must_be_open(entry)
    if not reason.strip():
        raise Refused("Skipping needs a reason, so that the next person understands it.")
    with hub.database.write() as tx:
        quarantine.close(tx, entry.id, state=quarantine.SKIPPED, by=by, reason=reason.strip(), now=hub.clock())
        if entry.follower_id != quarantine.READING:
            deliveries.skip(tx, entry.flow_id, entry.follower_id, entry.kind, entry.ref)


def _must_be_open(entry: QuarantineRow) -> None:
    if entry.state != quarantine.OPEN:
        raise Refused(f"Entry {entry.id} is no longer open: it is {entry.state}.")
