"""Counting: the number of each shop, worked out at the last moment before it is sent, and told to whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from trueup.domain.allocation import Promise
from trueup.domain.product import Stock
from trueup.domain.record import Kind
from trueup.domain.records import record_from
from trueup.domain.sellable import Explanation, explanation_from, sellable
from trueup.store import allocations, deliveries, records
from trueup.store.allocations import Articles
from trueup.store.deliveries import DeliveryRow, Settled
from trueup.sync.hub import Hub
from trueup.sync.keeping import Keeping, keepings


def counted(tx: Connection, keeping: Keeping, rows: Sequence[DeliveryRow], now: datetime) -> list[DeliveryRow]:
    """These deliveries to one shop, with the numbers that it is to show in place of the leader's, and the sums.

    What the shop shows already is settled here, and not sent. What is sent is in doubt until the outcome is known: a
    process that dies leaves nothing behind that is only believed.
    """
    stock = {row.id: _stock(row) for row in rows if row.kind == Kind.STOCK}
    if not stock:
        return list(rows)
    shop_id = rows[0].follower_id
    articles = Articles(keeping.leader_id, keeping.shops, {one.id: one.sku for one in stock.values()})
    held = allocations.live(tx, articles)
    made = [
        _with_number(row, stock[row.id], _sum(keeping, shop_id, stock[row.id], held.get(row.ref, ())))
        for row in rows
        if row.id in stock
    ]
    shown = {row.id for row, is_shown in made if is_shown}
    deliveries.settle(tx, [_settled(row, now) for row, is_shown in made if is_shown])
    deliveries.doubt(tx, [row.id for row, is_shown in made if not is_shown and not row.doubt and row.sent_hash])
    by_id = {row.id: row for row, _ in made}
    return [by_id.get(row.id, row) for row in rows if row.id not in shown]


def _stock(row: DeliveryRow) -> Stock:
    stock = record_from(row.kind, row.payload)
    assert isinstance(stock, Stock)
    return stock


def _sum(keeping: Keeping, shop_id: int, stock: Stock, promises: Sequence[Promise]) -> Explanation:
    share = keeping.policies[shop_id].share(shop_id, stock.sku)
    return sellable(stock, promises, share, shop_id=shop_id, names=keeping.names)


def _with_number(row: DeliveryRow, stock: Stock, explained: Explanation) -> tuple[DeliveryRow, bool]:
    """The row, and whether the shop shows just that already."""
    text = explained.as_json()
    is_same = row.explanation is not None and (row.explanation == text or explained.is_shown_by(row.explanation))
    if stock.quantity == explained.number and stock.on_hand is None:
        return replace(row, explanation=text), is_same and not row.doubt
    payload = stock.model_copy(update={"quantity": explained.number, "on_hand": None}).payload()
    return replace(row, payload=payload, explanation=text), is_same and not row.doubt


def _settled(row: DeliveryRow, now: datetime) -> Settled:
    return Settled(
        id=row.id,
        hash=row.wanted_hash,
        state=deliveries.DONE,
        sent_hash=row.hash,
        done_at=row.done_at or now,
        recount=row.recount,
        explanation=row.explanation,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """The number of one article in one shop: as it is now (None while the leader's is not known), as the shop was
    told last, and how that stands."""

    shop_id: int
    shop: str
    leader_id: int
    ref: str
    sku: str | None
    now: Explanation
    told: Explanation | None
    told_at: datetime | None
    state: str
    sentence: str | None

    @property
    def is_behind(self) -> bool:
        """Whether the shop was told another number than the one that it should show now."""
        return self.told is None or not self.told.says_the_same(self.now)


def explained(hub: Hub, sku: str, shop: str | None = None) -> list[Number]:
    """The number of this SKU (whatever its case) in every shop, or in this one; what is not known is left out."""
    with hub.database.read() as tx:
        found = records.called(tx, Kind.STOCK.value, sku)
        numbers = [
            number
            for keeping in keepings(hub, tx)
            for row in found
            if row.leader_id == keeping.leader_id
            for number in _numbers(tx, keeping, row.ref, record_from(row.kind, row.payload))
        ]
    return [number for number in numbers if shop is None or number.shop.casefold() == shop.casefold()]


def _numbers(tx: Connection, keeping: Keeping, ref: str, stock: object) -> Iterable[Number]:
    assert isinstance(stock, Stock)
    held = allocations.live(tx, Articles(keeping.leader_id, keeping.shops, {ref: stock.sku})).get(ref, [])
    rows = {
        row.follower_id: row
        for row in deliveries.of_thing(tx, keeping.leader_id, Kind.PRODUCT.value, ref)
        if row.kind == Kind.STOCK
    }
    for shop_id in sorted(keeping.policies):
        row = rows.get(shop_id)
        yield Number(
            shop_id=shop_id,
            shop=keeping.names[shop_id],
            leader_id=keeping.leader_id,
            ref=ref,
            sku=stock.sku,
            now=_sum(keeping, shop_id, stock, held),
            told=explanation_from(row.explanation) if row and row.explanation else None,
            told_at=row.done_at if row else None,
            state=row.state if row else "not owed",
            sentence=row.sentence if row else None,
        )


def as_json(number: Number) -> dict[str, Any]:
    """What scripts get: every amount as text."""
    return {
        "sku": number.sku,
        "shop": number.shop,
        "shop_id": number.shop_id,
        "leader_id": number.leader_id,
        "ref": number.ref,
        "now": _sum_as_json(number.now),
        "told": _sum_as_json(number.told) if number.told else None,
        "told_at": number.told_at,
        "state": number.state,
        "sentence": number.sentence,
    }


def _sum_as_json(explanation: Explanation) -> dict[str, Any]:
    parts = [
        {
            "what": part.what.value,
            "quantity": f"{part.quantity:f}",
            "orders": [
                {"number": one.number, "ref": one.order_ref, "shop_id": one.shop_id, "quantity": f"{one.quantity:f}"}
                for one in part.orders
            ],
        }
        for part in explanation.parts
    ]
    return {"number": f"{explanation.number:f}", "sentence": explanation.sentence, "parts": parts}
