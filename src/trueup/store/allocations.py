"""Promises: the ledger of units that open orders hold, and which article of the leader of stock each of them is.

An article is found by its link, in either direction; where nothing links it yet, by its SKU.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, literal, select, tuple_, union_all

from trueup.domain.allocation import Promise, Told, folded
from trueup.store.sql import upsert
from trueup.store.tables import delivery, link, record
from trueup.store.tables import promise as t

Key = tuple[int, str, str]
"""(shop id, order, line)"""

_PLAIN = [name for name in Promise.__dataclass_fields__ if name != "told"]
_COLUMNS = [t.c[name] for name in [*_PLAIN, "told"]]
_PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Articles:
    """Articles of one leader of stock, and the shops that share them; `skus` by their ids."""

    leader_id: int
    shops: Collection[int]
    skus: Mapping[str, str | None] = field(default_factory=dict)


def of_orders(tx: Connection, shop_id: int, refs: Collection[str]) -> dict[str, list[Promise]]:
    """Every promise of these orders, whether it still counts or not; nobody else changes them meanwhile."""
    query = select(*_COLUMNS).where(t.c.shop_id == shop_id, t.c.order_ref.in_(list(refs)))
    found: dict[str, list[Promise]] = {}
    for promise in _locked(tx, query) if refs else ():
        found.setdefault(promise.order_ref, []).append(promise)
    return found


def of_order(tx: Connection, shop_id: int, ref: str) -> list[Promise]:
    """The same of one order, only to look at: nothing is locked."""
    query = select(*_COLUMNS).where(t.c.shop_id == shop_id, t.c.order_ref == ref).order_by(t.c.line)
    return [_promise(row) for row in tx.execute(query)]


def told_before(tx: Connection, shops: Collection[int], asked_at: datetime) -> list[Promise]:
    """What the leader was told before this moment, and nobody has seen in its number yet."""
    return _locked(tx, select(*_COLUMNS).where(t.c.shop_id.in_(list(shops)), t.c.told_at < asked_at))


def told_of(tx: Connection, articles: Articles, asked_at: datetime) -> list[Promise]:
    """The same, of these articles only."""
    told = t.c.told_at < asked_at
    keys = {promise.key for _, promise in _of_articles(tx, articles, told)} if _any(tx, articles, told) else set()
    mine = tuple_(t.c.shop_id, t.c.order_ref, t.c.line).in_(list(keys))
    return _locked(tx, select(*_COLUMNS).where(mine)) if keys else []


def expired(tx: Connection, shop_id: int, now: datetime) -> list[Promise]:
    """What was not paid in time and still counts."""
    late = and_(t.c.shop_id == shop_id, t.c.live, t.c.expires_at <= now)
    return _locked(tx, select(*_COLUMNS).where(late))


def live(tx: Connection, articles: Articles) -> dict[str, list[Promise]]:
    """What counts, by the leader's id of the article."""
    found: dict[str, list[Promise]] = {}
    for ref, promise in _of_articles(tx, articles, t.c.live) if _any(tx, articles, t.c.live) else ():
        found.setdefault(ref, []).append(promise)
    return found


def save(tx: Connection, promises: Sequence[Promise]) -> None:
    upsert(tx, t, [_row(promise) for promise in promises], key=["shop_id", "order_ref", "line"], once=["promised_at"])


def articles_of(tx: Connection, leader_id: int, promises: Iterable[Promise]) -> dict[Key, str]:
    """The leader's article of each promise that is one."""
    found: dict[Key, str] = {}
    for shop_id, mine in _by_shop(promises).items():
        products = {promise.product for promise in mine if promise.product}
        forth = select(link.c.remote, link.c.ref).where(_linked(shop_id, leader_id), link.c.remote.in_(products))
        back = select(link.c.ref, link.c.remote).where(_linked(leader_id, shop_id), link.c.ref.in_(products))
        by_product = {**dict(map(tuple, tx.execute(back))), **dict(map(tuple, tx.execute(forth)))}
        unlinked = {promise.sku for promise in mine if promise.sku and promise.product not in by_product}
        by_sku = _by_sku(tx, leader_id, unlinked)
        for promise in mine:
            if ref := by_product.get(promise.product) or by_sku.get(folded(promise.sku)):
                found[promise.key] = ref
    return found


def transferred(tx: Connection, shop_id: int, follower_id: int, refs: Collection[str]) -> dict[str, datetime]:
    """Those of these orders that a follower had before anybody kept account of them, and since when."""
    mine = and_(delivery.c.leader_id == shop_id, delivery.c.follower_id == follower_id, delivery.c.kind == "order")
    sent = and_(delivery.c.ref.in_(list(refs)), delivery.c.sent_hash.is_not(None), delivery.c.done_at.is_not(None))
    return dict(map(tuple, tx.execute(select(delivery.c.ref, delivery.c.done_at).where(mine, sent)))) if refs else {}


def history(tx: Connection, articles: Articles, *, limit: int = 20) -> list[Promise]:
    """What was promised of these articles and is released by now, the latest first."""
    found = [promise for _, promise in _of_articles(tx, articles, t.c.released_at.is_not(None))]
    return sorted(found, key=lambda one: one.released_at or one.promised_at, reverse=True)[:limit]


def _any(tx: Connection, articles: Articles, which: ColumnElement[bool]) -> bool:
    """Whether there is any at all in these shops: mostly not, and then nothing is looked up by article."""
    shops = t.c.shop_id.in_(list(articles.shops))
    return tx.execute(select(t.c.shop_id).where(shops, which).limit(1)).first() is not None


def _of_articles(tx: Connection, articles: Articles, which: ColumnElement[bool]) -> list[tuple[str, Promise]]:
    """One look, whatever the number of articles and shops."""
    if not articles.skus or not articles.shops:
        return []
    refs, shops, leader_id = list(articles.skus), list(articles.shops), articles.leader_id
    forth = _linked_promises(link.c.ref, t.c.shop_id == link.c.follower_id, t.c.product == link.c.remote)
    forth = forth.where(link.c.leader_id == leader_id, link.c.follower_id.in_(shops), link.c.ref.in_(refs), which)
    back = _linked_promises(link.c.remote, t.c.shop_id == link.c.leader_id, t.c.product == link.c.ref)
    back = back.where(link.c.follower_id == leader_id, link.c.leader_id.in_(shops), link.c.remote.in_(refs), which)
    back = back.where(~_has_link(leader_id, forth=True))
    by_key = {key: ref for ref, sku in articles.skus.items() if (key := folded(sku))}
    alone = select(t.c.sku_key.label("article"), literal(True).label("by_sku"), *_COLUMNS)
    alone = alone.where(t.c.sku_key.in_(list(by_key)), t.c.shop_id.in_(shops), which)
    alone = alone.where(~_has_link(leader_id, forth=True), ~_has_link(leader_id, forth=False))
    rows = tx.execute(union_all(forth, back, alone))
    return [(by_key[row.article] if row.by_sku else row.article, _promise(row)) for row in rows]


def _linked_promises(article: ColumnElement[Any], *joined: ColumnElement[bool]) -> Select[Any]:
    columns = (article.label("article"), literal(False).label("by_sku"), *_COLUMNS)
    return select(*columns).select_from(link.join(t, and_(*joined))).where(link.c.thing == _PRODUCT)


def _has_link(leader_id: int, *, forth: bool) -> ColumnElement[bool]:
    """Whether the promised product is linked to an article of the leader, or the other way round."""
    other = link.alias()
    if forth:
        ends = (other.c.follower_id == t.c.shop_id, other.c.leader_id == leader_id, other.c.remote == t.c.product)
    else:
        ends = (other.c.follower_id == leader_id, other.c.leader_id == t.c.shop_id, other.c.ref == t.c.product)
    return exists().where(other.c.thing == _PRODUCT, *ends)


def _linked(follower_id: int, leader_id: int) -> ColumnElement[bool]:
    return and_(link.c.follower_id == follower_id, link.c.leader_id == leader_id, link.c.thing == _PRODUCT)


def _by_sku(tx: Connection, leader_id: int, skus: Collection[str]) -> dict[str | None, str]:
    """Stock records are called by their SKU; what is spelled in mixed case is found as it is spelled here."""
    spelled = {text for sku in skus for text in (sku, sku.strip(), sku.upper(), sku.lower())}
    query = select(record.c.label, record.c.ref).where(record.c.leader_id == leader_id, record.c.kind == "stock")
    rows = tx.execute(query.where(record.c.label.in_(spelled))) if spelled else ()
    return {folded(label): ref for label, ref in rows}


def _by_shop(promises: Iterable[Promise]) -> dict[int, list[Promise]]:
    shops: dict[int, list[Promise]] = {}
    for promise in promises:
        shops.setdefault(promise.shop_id, []).append(promise)
    return shops


def _locked(tx: Connection, query: Select[Any]) -> list[Promise]:
    """In the order of their keys, so that two writers never wait in a circle."""
    in_order = query.order_by(t.c.shop_id, t.c.order_ref, t.c.line)
    return [_promise(row) for row in tx.execute(in_order.with_for_update(of=t))]


def _promise(row: Any) -> Promise:
    told = tuple(Told(Decimal(units), datetime.fromisoformat(at), why) for units, at, why in row.told)
    return Promise(**{name: row._mapping[name] for name in _PLAIN}, told=told)


def _row(promise: Promise) -> dict[str, Any]:
    return {
        **{name: getattr(promise, name) for name in _PLAIN},
        "sku_key": folded(promise.sku),
        "told": [[f"{one.quantity:f}", one.at.isoformat(), one.why] for one in promise.told],
        "told_at": promise.told[0].at if promise.told else None,
        "counted": promise.counted,
        "live": promise.counted > 0,
    }
