"""The story of one order: everything that is known of it as a thing, and its life, its promises, its customer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from trueup.domain.allocation import Promise
from trueup.domain.fulfilment import Fulfilment
from trueup.domain.order import Order
from trueup.domain.record import Kind
from trueup.domain.records import record_from
from trueup.domain.refund import OrderRefunds
from trueup.store import allocations, connections, life, matches
from trueup.store.life import ChangeRow, LifeRow, MoveRow
from trueup.store.matches import MatchRow
from trueup.store.records import RecordRow
from trueup.store.stories import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStory:
    """`matches` are what became of the questions whether a follower has its customer already, by the follower's name;
    `names` are the connections' by their ids."""

    story: Story
    order: Order
    life: LifeRow | None
    moves: tuple[MoveRow, ...]
    changes: tuple[ChangeRow, ...]
    promises: tuple[Promise, ...]
    matches: tuple[tuple[str, MatchRow], ...]
    names: dict[int, str]

    @property
    def documents(self) -> list[str]:
        """The number in each follower that has it, else its id there."""
        return [place.document or place.remote for place in self.story.places if place.how != "leads"]

    @property
    def fulfilments(self) -> list[tuple[RecordRow, Fulfilment]]:
        found = [(row, record_from(row.kind, row.payload)) for row in self.story.records if row.kind == Kind.FULFILMENT]
        return [(row, record) for row, record in found if isinstance(record, Fulfilment)]

    @property
    def refunds(self) -> list[tuple[RecordRow, OrderRefunds]]:
        found = [(row, record_from(row.kind, row.payload)) for row in self.story.records if row.kind == Kind.REFUND]
        return [(row, record) for row, record in found if isinstance(record, OrderRefunds)]


def order_story(tx: Connection, told: Story) -> OrderStory | None:
    """The same thing's story with all that orders have on top of it; None if it is no order that could be read."""
    order = told.record(Kind.ORDER)
    if not isinstance(order, Order):
        return None
    leader_id, _, ref = told.key
    names = {row.id: row.name for row in connections.everyone(tx)}
    return OrderStory(
        story=told,
        order=order,
        life=life.of(tx, leader_id, ref),
        moves=tuple(life.moves_of(tx, leader_id, ref)),
        changes=tuple(life.changes_of(tx, leader_id, ref)),
        promises=tuple(allocations.of_order(tx, leader_id, ref)),
        matches=tuple(_matches(tx, leader_id, order, names)),
        names=names,
    )


def _matches(tx: Connection, leader_id: int, order: Order, names: dict[int, str]) -> list[tuple[str, MatchRow]]:
    if order.customer is None:
        return []
    found = [(name, matches.of(tx, follower, leader_id, [order.customer.id])) for follower, name in names.items()]
    return [(name, row) for name, rows in found for row in rows.values()]
