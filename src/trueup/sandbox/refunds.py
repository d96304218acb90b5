"""``/orders/{id}/refunds`` and ``/refunds``, oddities included.

The amount and the lines are independent, unknown lines and too many pieces are accepted, and refusals come as 500
with a bare number in ``data``. Order totals and lines stay as they were; the status becomes ``refunded`` when nothing
is left to refund.
"""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from trueup.sandbox.batch import as_id
from trueup.sandbox.deleting import forced
from trueup.sandbox.errors import WooError, invalid_id
from trueup.sandbox.fulfilment_docs import after_refund, fulfilments_of, tell_order
from trueup.sandbox.order_docs import next_item_id, next_item_meta_id, tariff_of, tax_label
from trueup.sandbox.order_fields import REFUND
from trueup.sandbox.order_status import set_status
from trueup.sandbox.order_stock import restock
from trueup.sandbox.order_view import (
    fee_line_view,
    line_view,
    shipping_line_view,
    shop_decimals,
    sorted_meta,
    tax_line_view,
)
from trueup.sandbox.orders import known_order, save
from trueup.sandbox.paging import CHANGED, PAGE, Where, add_common, add_dates, listed, offset_of
from trueup.sandbox.product_view import links
from trueup.sandbox.refund_docs import add_refund, left_to_refund
from trueup.sandbox.rounding import ZERO, places, shown
from trueup.sandbox.router import CREATE, DELETE, READ, Answer, Call, Params, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import decimal_text, number
from trueup.sandbox.validation import INTEGER, Field, Fields, check

LIST: Fields = {
    **PAGE,
    **CHANGED,
    "order": Field(enum=("asc", "desc"), default="desc"),
    "orderby": Field(enum=("date", "id", "include", "title", "slug", "modified"), default="date"),
    "dp": INTEGER,
}


class RefusedRefund(WooError):
    """A refusal as refunds answer it: HTTP 500, and in ``data`` only a number."""

    def __init__(self, code: str, message: str, number_: int) -> None:
        super().__init__(500, f"woocommerce_rest_{code}", message)
        self.number = number_

    def envelope(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "data": self.number}


# -- read ---------------------------------------------------------------------------------------------------------


def list_refunds(shop: Shop, call: Call, order_id: int) -> Answer:
    params = check(LIST, call.params)
    where = Where()
    where.add("parent_id = ?", order_id)
    return _listed(shop, call, where, params)


def list_all_refunds(shop: Shop, call: Call) -> Answer:
    """Refunds of all orders, each with its ``parent_id``."""
    return _listed(shop, call, Where(), check(LIST, call.params), with_parent=True)


def _listed(shop: Shop, call: Call, where: Where, params: Params, *, with_parent: bool = False) -> Answer:
    add_common(where, params)
    add_dates(shop, where, params)
    total = shop.store.count("refund", where.sql, where.params)
    way = params["order"]
    column = "created" if params["orderby"] in ("date", "modified") else "id"
    order, limit, offset = f"{column} {way}, id {way}", int(params["per_page"]), offset_of(params)
    docs = shop.store.select("refund", where.sql, where.params, order=order, limit=limit, offset=offset)
    views = [refund_view(shop, call, doc, params.get("dp"), with_parent=with_parent) for doc in docs]
    call.query = {**call.query, "dp": params.get("dp") or 2}
    return listed(call, views, total, params)


def get_refund(shop: Shop, call: Call, order_id: int, id_: int) -> Answer:
    return Answer(body=refund_view(shop, call, _refund(shop, order_id, id_)))


def _refund(shop: Shop, order_id: int, id_: int) -> Doc:
    if shop.store.get("shop_order", id_) is not None:
        raise RefusedRefund("invalid_order_refund_id", "Invalid order refund ID.", 404)
    doc = shop.store.get("refund", id_)
    if doc is None:
        raise invalid_id("shop_order_refund")
    if doc["parent_id"] != order_id:
        raise RefusedRefund("invalid_order_refund_id", "Invalid order refund ID.", 404)
    return doc


# -- create -------------------------------------------------------------------------------------------------------


def create_refund(shop: Shop, call: Call, order_id: int) -> Answer:
    given = check(REFUND, call.body)
    if shop.store.get("shop_order", order_id) is None:
        raise RefusedRefund("invalid_order_id", "Invalid order ID.", 404)
    doc = make_refund(shop, order_id, given)
    # The real shop forgets to fill in the order's id here.
    headers = {"Location": call.url(f"/orders/(?P<order_id>[\\d]+)/refunds/{doc['id']}")}
    return Answer(status=201, body=refund_view(shop, call, doc), headers=headers)


def make_refund(shop: Shop, order_id: int, given: Doc) -> Doc:
    """Give money back, and pieces unless ``api_restock`` is false. Raises RefusedRefund."""
    before = known_order(shop, order_id)
    order = deepcopy(before)
    wanted = [entry for entry in given.get("line_items") or [] if isinstance(entry, dict)]
    amount = _amount(shop, order, given, wanted)
    _check_amount(shop, order, amount)
    if given.get("api_refund", True):
        shop.store.next_id("post")  # the refund was there before the gateway refused, and its id is gone
        text = "The payment gateway for this order does not support automatic refunds."
        raise RefusedRefund("cannot_create_order_refund", text, 500)
    lines = _refund_lines(shop, order, wanted)
    lines["tax_lines"] = _tax_lines(shop, lines)
    full = amount > ZERO and amount >= left_to_refund(shop, order)
    doc = add_refund(shop, order, amount, str(given.get("reason") or ""), lines, given.get("meta_data"))
    if given.get("api_restock", True):
        _restock(shop, order, wanted)
    after_refund(shop, order)
    shop.emit("order.updated", order_id)
    if full:
        set_status(shop, order, "refunded")
    save(shop, order, before)
    return doc


def _amount(shop: Shop, order: Doc, given: Doc, wanted: list[Doc]) -> Decimal:
    """The amount asked for, or what the lines come to."""
    if given.get("amount") is not None:
        return places(number(decimal_text(given["amount"])) or ZERO, shop_decimals(shop))
    sums = (_money(entry.get("refund_total")) + sum(_taxes(entry).values(), ZERO) for entry in wanted)
    return places(sum(sums, ZERO), shop_decimals(shop))


def _check_amount(shop: Shop, order: Doc, amount: Decimal) -> None:
    if amount < ZERO:
        text = "Refund amount must be greater than zero."
        raise RefusedRefund("invalid_order_refund", text, 400)
    if amount > left_to_refund(shop, order):
        raise RefusedRefund("cannot_create_order_refund", "Invalid refund amount.", 500)


def _money(value: Any) -> Decimal:
    return number(decimal_text(value)) or ZERO


def _taxes(entry: Doc) -> dict[int, Decimal]:
    rows = [row for row in entry.get("refund_tax") or [] if isinstance(row, dict) and row.get("id")]
    return {as_id(row["id"]): _money(row.get("refund_total")) for row in rows}


def _refund_lines(shop: Shop, order: Doc, wanted: list[Doc]) -> dict[str, list[Doc]]:
    """The order's lines that were named, negative; lines that the order does not have are passed over."""
    lines: dict[str, list[Doc]] = {"line_items": [], "shipping_lines": [], "fee_lines": []}
    by_id = {as_id(entry.get("id")): entry for entry in wanted}
    for kind, found in lines.items():
        for line in order[kind]:
            entry = by_id.get(line["id"])
            if entry and (entry.get("quantity") or _money(entry.get("refund_total")) or _taxes(entry)):
                found.append(_refund_line(shop, kind, line, entry))
    return lines


def _refund_line(shop: Shop, kind: str, line: Doc, entry: Doc) -> Doc:
    total = -_money(entry.get("refund_total"))
    taxes = {id_: tax for id_, tax in _taxes(entry).items() if tax}
    tax = str(-sum(taxes.values(), ZERO))
    row: Doc = {
        **line,
        "id": next_item_id(shop),
        "total": str(total),
        "total_tax": tax,
        "taxes": [[id_, str(-amount), str(-amount) if kind == "line_items" else ""] for id_, amount in taxes.items()],
        "meta": [{"id": next_item_meta_id(shop), "key": "_refunded_item_id", "value": str(line["id"])}],
    }
    if kind == "line_items":
        row |= {"quantity": -as_id(entry.get("quantity") or 0), "subtotal": str(total), "subtotal_tax": tax}
    return row


def _tax_lines(shop: Shop, lines: dict[str, list[Doc]]) -> list[Doc]:
    """One row per rate that was refunded."""
    goods: dict[int, Decimal] = {}
    freight: dict[int, Decimal] = {}
    for kind, rows in lines.items():
        sums = freight if kind == "shipping_lines" else goods
        for row in rows:
            for id_, amount, _ in row["taxes"]:
                sums[id_] = sums.get(id_, ZERO) + Decimal(amount)
    rates = {rate.id: rate for rate in tariff_of(shop).rates}
    return [
        {
            **tax_label(rates[id_]),
            "id": next_item_id(shop),
            "tax_total": str(goods.get(id_, ZERO)),
            "shipping_tax_total": str(freight.get(id_, ZERO)),
        }
        for id_ in dict.fromkeys([*goods, *freight])
        if id_ in rates
    ]


def _restock(shop: Shop, order: Doc, wanted: list[Doc]) -> None:
    by_id = {as_id(entry.get("id")): entry for entry in wanted}
    for line in order["line_items"]:
        if line["id"] in by_id:
            restock(shop, order, line, as_id(by_id[line["id"]].get("quantity") or 0))


# -- delete and view ----------------------------------------------------------------------------------------------


def delete_refund(shop: Shop, call: Call, order_id: int, id_: int) -> Answer:
    """Gone at once, with or without ``force``; the order and its stock stay as they are.

    Its pieces are to be fulfilled again, which the order's custom field tells.
    """
    forced(call)
    doc = _refund(shop, order_id, id_)
    shop.store.delete("refund", id_)
    before = shop.store.get("shop_order", order_id)
    if before is not None and fulfilments_of(shop, order_id):
        order = deepcopy(before)
        tell_order(shop, order)
        save(shop, order, before)
    return Answer(body=refund_view(shop, call, doc))


def refund_view(shop: Shop, call: Call, doc: Doc, dp: int | None = None, *, with_parent: bool = False) -> Doc:
    dp = shop_decimals(shop) if dp is None else dp
    view: Doc = {"id": doc["id"]}
    if with_parent:
        view["parent_id"] = doc["parent_id"]
    up = f"/orders/{doc['parent_id']}"
    return view | {
        **shop.dates("date_created", doc["created"]),
        "amount": shown(Decimal(doc["amount"]), dp),
        "reason": doc["reason"],
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": sorted_meta(doc["meta"]),
        "line_items": [line_view(shop, call, line, dp) for line in doc["line_items"]],
        "shipping_lines": [shipping_line_view(line, dp) for line in doc["shipping_lines"]],
        "tax_lines": [tax_line_view(line, dp) for line in doc["tax_lines"]],
        "fee_lines": [fee_line_view(line, dp) for line in doc["fee_lines"]],
        "_links": _links(call, up, doc["id"]),
    }


def _links(call: Call, order: str, id_: int) -> Doc:
    found = links(call, f"{order}/refunds", id_, order)
    found["self"] = [{**found["self"][0], "targetHints": {"allow": ["GET", "DELETE"]}}]
    return found


ROUTES = [
    Route(READ, "/refunds", list_all_refunds),
    Route(READ, "/orders/{order_id}/refunds", list_refunds),
    Route(CREATE, "/orders/{order_id}/refunds", create_refund),
    Route(READ, "/orders/{order_id}/refunds/{id}", get_refund),
    Route(DELETE, "/orders/{order_id}/refunds/{id}", delete_refund),
]
