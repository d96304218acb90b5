"""Allocation: what was read, and what was told, moves the promises of orders; what that changes is counted again.

Every function here works in the transaction of its cause: orders and fulfilments when they are collected, an order when
its transfer is settled, stock when its number was read. Nothing else writes promises.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from trueup.connectors.kit.ports import Contains, Done
from trueup.domain import allocation as rules
from trueup.domain.allocation import Promise
from trueup.domain.fulfilment import Fulfilment
from trueup.domain.order import Order
from trueup.domain.product import Stock
from trueup.domain.record import Kind, Record
from trueup.domain.records import record_from
from trueup.domain.refund import OrderRefunds
from trueup.store import allocations, connections, deliveries, links
from trueup.store.allocations import Articles
from trueup.store.deliveries import DeliveryRow
from trueup.store.flows import FlowRow
from trueup.sync.keeping import Keeping

ByOrder = Mapping[str, list[Promise]]


def take_in(
    tx: Connection, keeping: Keeping, flow: FlowRow, found: Sequence[Record], gone: Collection[str], now: datetime
) -> None:
    """Orders, refunds and fulfilments that a run of this flow read, and what was asked for and is `gone`."""
    leader_id = flow.leader_id
    if leader_id in keeping.policies:
        orders_read(tx, keeping, leader_id, [one for one in found if isinstance(one, Order)], now)
        refunds_read(tx, keeping, leader_id, [one for one in found if isinstance(one, OrderRefunds)], now)
        orders_gone(tx, keeping, leader_id, gone if flow.kind == Kind.ORDER else (), now)
    elif leader_id == keeping.leader_id:
        fulfilments_read(tx, keeping, [one for one in found if isinstance(one, Fulfilment)], now)


def all_read(tx: Connection, keeping: Keeping, flow: FlowRow, asked_at: datetime, now: datetime) -> None:
    """A run of this flow, which began at `asked_at`, has read everything that changed."""
    if flow.kind == Kind.STOCK and keeping.tells_all:
        all_stock_read(tx, keeping, asked_at, now)
    if flow.kind == Kind.ORDER and flow.leader_id in keeping.policies:
        expire(tx, keeping, flow.leader_id, now)


def orders_read(tx: Connection, keeping: Keeping, shop_id: int, orders: Sequence[Order], now: datetime) -> None:
    """Orders of one shop as they are now, whatever their status, and whether they can be transferred or not."""
    known = allocations.of_orders(tx, shop_id, [order.id for order in orders])
    holding, after = keeping.holding(shop_id), list[Promise]()
    fresh = [order.id for order in orders if order.id not in known]
    before_us = _had_before(tx, keeping, shop_id, fresh)
    for order in orders:
        mine = rules.promised(order, known.get(order.id, ()), shop_id=shop_id, holding=holding, now=now)
        if _by_acknowledgement(keeping):
            mine = [one.no_more_than_wanted() for one in mine]
        if order.id in before_us:
            mine = rules.acknowledged(mine, order, before_us[order.id])
        if keeping.ends_with_the_shop(shop_id, order):
            mine = rules.all_known(mine, now, rules.COMPLETED) if order.id in known else []
        after += mine
    _keep(tx, keeping, known, after, now)


def _had_before(tx: Connection, keeping: Keeping, shop_id: int, fresh: Collection[str]) -> dict[str, datetime]:
    if keeping.contains is not Contains.ACKNOWLEDGEMENT:
        return {}
    return allocations.transferred(tx, shop_id, keeping.leader_id, fresh)


def orders_gone(tx: Connection, keeping: Keeping, shop_id: int, refs: Collection[str], now: datetime) -> None:
    """Orders that were asked for by their ids and are not in the shop any more: binned or deleted."""
    known = allocations.of_orders(tx, shop_id, refs)
    after = [replace(one, dropped=one.dropped or rules.GONE) for mine in known.values() for one in mine]
    _keep(tx, keeping, known, after, now)


def orders_told(
    tx: Connection,
    keeping: Keeping,
    shop_id: int,
    orders: Sequence[Order],
    now: datetime,
    why: str = rules.ACKNOWLEDGED,
) -> None:
    """The leader of stock has these versions of the orders; for one whose number contains an order from then on."""
    if shop_id not in keeping.policies or (why == rules.ACKNOWLEDGED and not _by_acknowledgement(keeping)):
        return
    known = allocations.of_orders(tx, shop_id, [order.id for order in orders])
    after = [one for order in orders for one in rules.acknowledged(known.get(order.id, ()), order, now, why)]
    _keep(tx, keeping, known, after, now)


def _by_acknowledgement(keeping: Keeping) -> bool:
    return keeping.contains is Contains.ACKNOWLEDGEMENT


def settled_by_hand(tx: Connection, keeping: Keeping, shop_id: int, ref: str, now: datetime) -> None:
    """A person skipped the order, or a change of it: whatever had to be done at the leader was done by hand."""
    known = allocations.of_orders(tx, shop_id, [ref])
    _keep(tx, keeping, known, rules.all_known(known.get(ref, ()), now, rules.BY_HAND), now)


def refunds_read(tx: Connection, keeping: Keeping, shop_id: int, found: Sequence[OrderRefunds], now: datetime) -> None:
    known = allocations.of_orders(tx, shop_id, [refunds.id for refunds in found])
    after = [one for refunds in found for one in rules.refunded(known.get(refunds.id, ()), refunds)]
    _keep(tx, keeping, known, after, now)


def fulfilments_read(tx: Connection, keeping: Keeping, found: Sequence[Fulfilment], now: datetime) -> None:
    """What the leader did with orders of any of the shops. It says nothing to one whose number contained them before,
    but for a cancellation."""
    by_reservation = keeping.contains is Contains.RESERVATION
    for shop_id in sorted(keeping.policies) if found else ():
        refs = links.refs_of(tx, keeping.leader_id, shop_id, Kind.ORDER.value, [one.id for one in found])
        known = allocations.of_orders(tx, shop_id, list(refs.values()))
        after = []
        for one in found:
            mine = known.get(refs.get(one.id, ""), [])
            told = rules.fulfilled(mine, one, now, by_reservation=by_reservation)
            if _by_acknowledgement(keeping):
                told = [replace(was, ended=now_is.ended) for was, now_is in zip(mine, told, strict=True)]
            after += told
        _keep(tx, keeping, known, after, now)


def stock_read(tx: Connection, keeping: Keeping, found: Sequence[Record], asked_at: datetime, now: datetime) -> None:
    """The leader's numbers of these articles were asked for at `asked_at`, by our clock, whether they changed or
    not. To be called before they are stored and owed: all of their deliveries are locked here, in one go."""
    skus = {stock.id: stock.sku for stock in found if isinstance(stock, Stock)}
    articles = Articles(keeping.leader_id, keeping.shops, skus)
    before = allocations.told_of(tx, articles, asked_at)
    _keep(tx, keeping, _by_order(before), [one.read(asked_at) for one in before], now, beside=articles.skus)


def all_stock_read(tx: Connection, keeping: Keeping, asked_at: datetime, now: datetime) -> None:
    """Everything that changed up to `asked_at`, by our clock, was read: what did not change contains it all the
    same."""
    before = allocations.told_before(tx, keeping.shops, asked_at)
    _keep(tx, keeping, _by_order(before), [one.read(asked_at) for one in before], now)


def expire(tx: Connection, keeping: Keeping, shop_id: int, now: datetime) -> None:
    """Orders of the shop that were not paid in time; to be called when all of its orders were read, for one of them
    may have been paid meanwhile."""
    before = allocations.expired(tx, shop_id, now)
    _keep(tx, keeping, _by_order(before), [rules.expired(one, now) for one in before], now)


def _by_order(promises: Iterable[Promise]) -> dict[str, list[Promise]]:
    """Orders of different shops may have one number: they are told apart by the promises' own keys."""
    found: dict[str, list[Promise]] = {}
    for promise in promises:
        found.setdefault(promise.order_ref, []).append(promise)
    return found


def _keep(
    tx: Connection,
    keeping: Keeping,
    known: ByOrder,
    after: Sequence[Promise],
    now: datetime,
    beside: Collection[str] = (),
) -> None:
    """Write what is different, and have the numbers worked out again that this changes: in every shop where the units
    that count changed, in the order's own shop also where that shop moved its number by itself."""
    before = {one.key: one for mine in known.values() for one in mine}
    changed = [_released(one, before.get(one.key), now) for one in after if before.get(one.key) != one]
    allocations.save(tx, changed)
    counted = [one for one in changed if _differs(one, before.get(one.key), lambda promise: promise.counted)]
    moved = [one for one in changed if _differs(one, before.get(one.key), lambda promise: promise.moved_in_shop)]
    if counted or moved:
        articles = allocations.articles_of(tx, keeping.leader_id, {one.key: one for one in [*counted, *moved]}.values())
        due = {articles[one.key] for one in counted if one.key in articles}
        doubted = {(one.shop_id, articles[one.key]) for one in moved if one.key in articles}
        deliveries.recount(tx, keeping.leader_id, keeping.shops, due, doubted, now, beside=beside)


def _released(promise: Promise, before: Promise | None, now: datetime) -> Promise:
    if promise.counted:
        return replace(promise, released_at=None) if promise.released_at else promise
    return promise if promise.released_at and before and not before.counted else replace(promise, released_at=now)


def _differs(promise: Promise, before: Promise | None, part: Callable[[Promise], object]) -> bool:
    """A line that is new and asks for nothing moves nothing."""
    return part(promise) != part(before) if before else promise.counted > 0


def note_pushed(
    tx: Connection, follower_id: int, keeping: Keeping | None, told: Sequence[tuple[DeliveryRow, Done]], now: datetime
) -> None:
    """What a push means for promises: a leader of stock (`keeping`) has these orders; and while stock was written to a
    shop, that shop may have sold some, so its orders are to be read."""
    orders = [row for row, _ in told if row.kind == Kind.ORDER] if keeping else []
    for shop_id in sorted({row.leader_id for row in orders}):
        sent = (record_from(row.kind, row.payload) for row in orders if row.leader_id == shop_id)
        assert keeping is not None
        orders_told(tx, keeping, shop_id, [order for order in sent if isinstance(order, Order)], now)
    if any(row.kind == Kind.STOCK and not outcome.unchanged for row, outcome in told):
        connections.count_stock_write(tx, follower_id)
