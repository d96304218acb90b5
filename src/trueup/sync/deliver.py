"""Deliver: work off what is owed to one follower in one lane, in batches, a few in flight, each answered for.

One worker per lane, by a lease. Only the thread that holds the lease writes; the pushes run beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection

from trueup.clock import Clock
from trueup.connectors.kit.ports import Target
from trueup.store import connections, deliveries, lanes, links
from trueup.store.database import Database
from trueup.store.lanes import Lease
from trueup.sync.counting import counted
from trueup.sync.flow import deliver_lane
from trueup.sync.identity import Packed, pack
from trueup.sync.keeping import Keeping
from trueup.sync.pace import Pace
from trueup.sync.push import Pushed, push
from trueup.sync.settle import Follower, settle

LONG_AGO = datetime.min.replace(tzinfo=UTC)


SMALLEST_SHARE = 20
"""Parcels below which a push is not split further at the end: each costs a request of its own."""


@dataclass(slots=True, kw_only=True)
class Delivered:
    """What one turn of a lane achieved: parcels done, and parcels that wait, are tried again or were set aside.
    `paused` if the follower's breaker opened."""

    done: int = 0
    later: int = 0
    paused: bool = False


@dataclass(slots=True, kw_only=True)
class Deliverer:
    """One turn in one lane. `enough` ends the turn early (fairness, shutdown); what is in flight is still settled.
    `keeping` is the stock that the follower shares, if any."""

    database: Database
    target: Target
    lane: str
    lease: Lease
    follower: Follower
    pace: Pace
    executor: Executor
    clock: Clock
    keeping: Keeping | None = None
    enough: Callable[[], bool] = lambda: False
    _flying: dict[Future[Pushed], tuple[Packed, ...]] = field(default_factory=dict)
    _ready: list[Packed] = field(default_factory=list)
    _ours_until: datetime = LONG_AGO

    def deliver(self) -> Delivered:
        """Until nothing is due, the follower pauses, or it is enough. Raises LeaseLost, and then writes no more."""
        turn = Delivered()
        try:
            while True:
                self._launch(turn)
                if not self._flying:
                    self._put_back()
                    return turn
                self._land(turn)
        finally:
            wait(self._flying)

    def _launch(self, turn: Delivered) -> None:
        """Fill the flights, and have the next parcels ready, so that the follower never waits for our bookkeeping."""
        while not turn.paused and not self.enough():
            self._ready = self._ready or self._take()
            if not self._ready or len(self._flying) >= self.pace.flights:
                return
            self._start()

    def _start(self) -> None:
        job = self.executor.submit(push, self.database, self.target, self._ready)
        self._flying[job] = tuple(self._ready)
        self._ready = []

    def _take(self) -> list[Packed]:
        """The next parcels. What the follower shows already is passed over."""
        while not self.enough():
            taken = self._take_some()
            if taken is not None:
                return taken
        return []

    def _take_some(self) -> list[Packed] | None:
        """The next parcels, None if all of these were passed over. What is about to be created is written down before
        anybody is asked or told."""
        flying = [one for packed in self._flying.values() for one in packed]
        beside = {row.id for one in flying for row in one.rows}
        now = self.clock()
        with self.database.write() as tx:
            self._hold(tx, now)
            connection = connections.by_id(tx, self.follower.id)
            if connection is None or connection.is_paused(now):
                return []
            limit = self._share(tx, now, beside)
            rows = deliveries.due(tx, self.follower.id, self.lane, now=now, limit=limit, beside=beside)
            if rows and self.keeping and not (rows := counted(tx, self.keeping, rows, now)):
                return None
            packed = self._ripe(tx, pack(tx, rows, limit, {key for one in flying for key in one.keys}), now)
            until = now + self.follower.settle_time
            links.intend(
                tx, [_intent(one, now, until) for one in packed if one.creates and not one.expected - {one.parcel.ref}]
            )
        return packed

    def _share(self, tx: Connection, now: datetime, beside: Collection[int]) -> int:
        """A full batch; towards the end an even share of what is left, so that the last flights land together."""
        most = self.pace.batch * self.pace.flights
        left = deliveries.things_due(tx, self.follower.id, self.lane, now=now, most=most, beside=beside)
        return min(self.pace.batch, max(SMALLEST_SHARE, -(-left // self.pace.flights)))

    def _ripe(self, tx: Connection, packed: Sequence[Packed], now: datetime) -> list[Packed]:
        """Without what a worker that died may have begun: that is asked about when the follower must be through."""
        begun = links.may_be_working_on(tx, self.follower.id, now)
        ripe = []
        for one in packed:
            row = one.rows[0]
            if one.creates and (until := begun.get((row.leader_id, row.thing, row.ref))):
                deliveries.put_off(tx, [row.id for row in one.rows], until)
            else:
                ripe.append(one)
        return ripe

    def _put_back(self) -> None:
        """What was made ready and not sent after all: the follower knows nothing of it."""
        made = [one.rows[0] for one in self._ready if one.creates]
        if made:
            with self.database.write() as tx:
                self._hold(tx, self.clock())
                links.answered(tx, self.follower.id, made[0].leader_id, made[0].thing, [row.ref for row in made])

    def _land(self, turn: Delivered) -> None:
        landed, _ = wait(self._flying, timeout=self.lease.length.total_seconds() / 3, return_when=FIRST_COMPLETED)
        if not landed:
            with self.database.write() as tx:
                self._hold(tx, self.clock())
        for job in landed:
            del self._flying[job]
            pushed = job.result()
            if self._ready and pushed.failure is None and not turn.paused and self.clock() < self._ours_until:
                self._start()
            self._settle(pushed, turn)

    def _hold(self, tx: Connection, now: datetime) -> None:
        """Renew the lease. Nothing new is sent once it ran out: somebody else may be sending the same by then."""
        lanes.hold(tx, self.lease, now)
        self._ours_until = now + self.lease.length

    def _settle(self, pushed: Pushed, turn: Delivered) -> None:
        now = self.clock()
        with self.database.write() as tx:
            self._hold(tx, now)
            settle(tx, self.follower, pushed, now)
            self._learn(pushed)
            lanes.keep_pace(tx, deliver_lane(self.follower.id, self.lane), self.pace.learned())
        turn.done += pushed.done
        turn.later += len(pushed.sent) - pushed.done
        turn.paused = turn.paused or pushed.failure is not None

    def _learn(self, pushed: Pushed) -> None:
        if pushed.failure is not None:
            self.pace.failed(at=time.monotonic())
        else:
            self.pace.answered(len(pushed.sent), pushed.seconds, at=time.monotonic())


def _intent(one: Packed, now: datetime, until: datetime) -> dict[str, object]:
    row = one.rows[0]
    key = {"follower_id": row.follower_id, "leader_id": row.leader_id, "thing": row.thing, "ref": row.ref}
    return {**key, "reference": one.parcel.reference, "opened_at": now, "ask_after": until}
