"""``/orders``: create, read, list, change and delete.

Nothing protects an order against being made twice: the same POST twice is two orders, as in the real shop.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

from trueup.sandbox import meta as metas
from trueup.sandbox.batch import as_id, batch_of
from trueup.sandbox.deleting import forced, refuse_twice
from trueup.sandbox.errors import WooError, invalid_id
from trueup.sandbox.features import plugin_statuses
from trueup.sandbox.money import Tariff, calculate
from trueup.sandbox.order_coupons import replace_coupons
from trueup.sandbox.order_docs import blank_order, sum_of, tariff_of, write_back
from trueup.sandbox.order_edit import apply_order
from trueup.sandbox.order_fields import ORDER, ORDER_LIST, STATUSES
from trueup.sandbox.order_status import count_sales, payment_complete, set_status
from trueup.sandbox.order_view import needs_payment, order_view
from trueup.sandbox.paging import CHANGED, Where, add_common, add_dates, listed, offset_of
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Params, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.validation import INTEGER, Fields, check

MOVING_MONEY = ("billing", "shipping", "line_items", "shipping_lines", "fee_lines", "coupon_lines")
PLACING_TRACE = "_debug_log_source_pending_deletion"
HIDDEN = ("trash", "auto-draft")
ORDER_BY = {"date": "created", "modified": "modified"}


def _with_statuses(shop: Shop, fields: Fields) -> Fields:
    """What an order's schema says, with the statuses that plug-ins have registered."""
    more = tuple(plugin_statuses(shop))
    if not more:
        return fields
    known = fields["status"]
    if known.items is not None:
        return {**fields, "status": replace(known, items=replace(known.items, enum=(*known.items.enum, *more)))}
    return {**fields, "status": replace(known, enum=(*known.enum, *more))}


def list_orders(shop: Shop, call: Call) -> Answer:
    params = check(_with_statuses(shop, ORDER_LIST), call.params)
    params["status"] = params.get("status") or ["any"]
    where = _where(shop, params)
    total = shop.store.count("shop_order", where.sql, where.params)
    column, way = ORDER_BY.get(params["orderby"], "id"), params["order"]
    order = _include_order(params) or f"{column} {way}, id {way}"
    limit, offset = int(params["per_page"]), offset_of(params)
    docs = shop.store.select("shop_order", where.sql, where.params, order=order, limit=limit, offset=offset)
    asked = {name: value for name, value in call.query.items() if name not in ("status", "dp", "context")}
    # Links to the neighbouring pages name these three, asked for or not.
    call.query = {**asked, "status": params["status"], "dp": params.get("dp") or 2, "context": params["context"]}
    return listed(call, [order_view(shop, call, doc, params.get("dp"), in_list=True) for doc in docs], total, params)


def _include_order(params: Params) -> str | None:
    if params["orderby"] != "include" or not params.get("include"):
        return None
    cases = " ".join(f"WHEN {int(id_)} THEN {place}" for place, id_ in enumerate(params["include"]))
    return f"CASE id {cases} END"


def _where(shop: Shop, params: Params) -> Where:
    where = Where()
    if "any" in params["status"]:
        where.one_of("status", list(HIDDEN), negate=True)
    else:
        where.one_of("status", params["status"])
    add_common(where, params)
    add_dates(shop, where, {**params, **_without_fractions(params)})
    if params.get("customer") is not None:
        where.add("customer_id = ?", params["customer"])
    if params.get("product"):
        where.add("products LIKE ?", f"%,{params['product']},%")
    if params.get("created_via"):
        where.one_of("created_via", params["created_via"])
    if params.get("search"):
        text = str(params["search"]).lower()
        where.add("(CAST(id AS TEXT) = ? OR words LIKE ?)", text, f"%{text}%")
    return where


FRACTION = re.compile(r"\.\d+(Z|[+-]\d\d:?\d\d)?$", re.IGNORECASE)


def _without_fractions(params: Params) -> Params:
    """Orders lose the zone of a moment with fractions of a second: ``...12.000Z`` is taken for shop-local time."""
    if params.get("dates_are_gmt"):
        return {}
    return {name: FRACTION.sub("", params[name]) for name in CHANGED if isinstance(params.get(name), str)}


def get_order(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=order_view(shop, call, known_order(shop, id_), _dp(call)))


def known_order(shop: Shop, id_: Any, status: int = 404) -> Doc:
    """The order. Raises WooError ``woocommerce_rest_shop_order_invalid_id``."""
    doc = shop.store.get("shop_order", as_id(id_))
    if doc is None:
        raise invalid_id("shop_order", status)
    return doc


def _dp(call: Call) -> int | None:
    asked = check({"dp": INTEGER}, {"dp": call.query["dp"]} if "dp" in call.query else {})
    return asked.get("dp")


# -- create -------------------------------------------------------------------------------------------------------


def create_order(shop: Shop, call: Call) -> Answer:
    view = create(shop, call, check(_with_statuses(shop, ORDER), call.params))
    return Answer(status=201, body=view, headers={"Location": call.url(f"/orders/{view['id']}")})


def create(shop: Shop, call: Call, given: Doc) -> Doc:
    """A new order, seen as its creator sees it. A coupon that is refused leaves a draft behind."""
    if given.get("id"):
        raise WooError(400, "woocommerce_rest_shop_order_exists", "Cannot create existing shop_order.")
    tariff = tariff_of(shop)
    doc = blank_order(shop)
    doc["prices_include_tax"] = tariff.prices_include_tax
    apply_order(shop, doc, given, tariff)
    _check_customer(shop, given)
    store_new(shop, doc, tariff)
    _coupons_or_draft(shop, doc, given, tariff)
    shop.emit("order.updated", doc["id"])
    _apply_status(shop, doc, given)
    if given.get("set_paid") is True:
        payment_complete(shop, doc, str(given.get("transaction_id") or ""))
    save(shop, doc)
    return order_view(shop, call, doc, _dp(call))


def _check_customer(shop: Shop, given: Doc) -> None:
    if given.get("customer_id") and shop.store.get("customer", as_id(given["customer_id"])) is None:
        raise WooError(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")


def store_new(shop: Shop, doc: Doc, tariff: Tariff) -> None:
    """Give the order its id and its money, and announce it."""
    doc["id"] = shop.store.next_id("post")
    recalculate(shop, doc, tariff)
    shop.store.insert("shop_order", doc)
    shop.emit("order.created", doc["id"])


def recalculate(shop: Shop, doc: Doc, tariff: Tariff) -> None:
    """Taxes and totals anew from the nets of the lines; coupons stay what they were."""
    order = sum_of(shop, doc, tariff)
    calculate(order, tariff)
    write_back(shop, doc, order, tariff)


def _coupons_or_draft(shop: Shop, doc: Doc, given: Doc, tariff: Tariff) -> None:
    try:
        _apply_coupons(shop, doc, given, tariff)
    except WooError as refused:
        doc["status"] = "checkout-draft"
        save(shop, doc)
        refused.data["new_draft_order_id"] = doc["id"]
        raise


def _apply_coupons(shop: Shop, doc: Doc, given: Doc, tariff: Tariff) -> None:
    if given.get("coupon_lines") is not None:
        replace_coupons(shop, doc, given["coupon_lines"], tariff)


def _apply_status(shop: Shop, doc: Doc, given: Doc) -> None:
    """Batches let unknown statuses through; the shop takes them for pending."""
    if given.get("status"):
        known = (*STATUSES, *plugin_statuses(shop))
        set_status(shop, doc, given["status"] if given["status"] in known else "pending")


def save(shop: Shop, doc: Doc, before: Doc | None = None) -> None:
    """Write the order; ``date_modified`` moves, whatever was changed."""
    doc["modified"] = shop.now_iso()
    shop.store.update("shop_order", doc, before)


# -- update -------------------------------------------------------------------------------------------------------


def update_order(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=update(shop, call, id_, check(_with_statuses(shop, ORDER), call.params)))


def update(shop: Shop, call: Call, id_: Any, given: Doc) -> Doc:
    """Change an order. Totals follow lines and addresses; line edits of a paid order move the stock first."""
    before = known_order(shop, id_, 400)
    doc = deepcopy(before)
    # By then a job in the background has taken away what placing the order left there.
    doc["meta"] = [row for row in doc["meta"] if row["key"] != PLACING_TRACE]
    tariff = tariff_of(shop)
    apply_order(shop, doc, given, tariff)
    _check_customer(shop, given)
    if any(given.get(name) is not None for name in MOVING_MONEY):
        recalculate(shop, doc, tariff)
    _coupons_or_as_it_is(shop, doc, before, given, tariff)
    if before["status"] != "trash" or given.get("status") in (None, "trash"):
        shop.emit("order.updated", doc["id"])
    _apply_status(shop, doc, given)
    if given.get("set_paid") is True and needs_payment(doc):
        payment_complete(shop, doc, str(given.get("transaction_id") or ""))
    save(shop, doc, before)
    return order_view(shop, call, doc, _dp(call))


def _coupons_or_as_it_is(shop: Shop, doc: Doc, before: Doc, given: Doc, tariff: Tariff) -> None:
    """A refused coupon comes too late to take the other changes back: they are saved and announced."""
    try:
        _apply_coupons(shop, doc, given, tariff)
    except WooError:
        save(shop, doc, before)
        shop.emit("order.updated", doc["id"])
        raise


# -- delete -------------------------------------------------------------------------------------------------------


def delete_order(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=delete(shop, call, id_, force=forced(call)))


def delete(shop: Shop, call: Call, id_: Any, *, force: bool) -> Doc:
    """Into the trash, or with ``force`` gone without a trace. Neither gives stock back."""
    before = known_order(shop, id_)
    view = order_view(shop, call, before, _dp(call))
    if force:
        _forget(shop, before)
        return view
    refuse_twice(before, "shop_order")
    doc = {
        **deepcopy(before),
        "status": "trash",
        "meta": metas.merged(shop.store, before["meta"], _traces(shop, before)),
    }
    count_sales(shop, doc, before["status"])
    save(shop, doc, before)
    shop.emit("order.deleted", doc["id"])
    return view | {name: shop.dates("modified", doc["modified"])[key] for name, key in _MODIFIED.items()}


def _traces(shop: Shop, doc: Doc) -> list[Doc]:
    """What the trash leaves in the custom fields, also of an order that comes out again."""
    left = {"_wp_trash_meta_status": f"wc-{doc['status']}", "_wp_trash_meta_time": int(shop.now().timestamp())}
    return [{"key": key, "value": value} for key, value in left.items()]


_MODIFIED = {"date_modified": "modified", "date_modified_gmt": "modified_gmt"}


def _forget(shop: Shop, doc: Doc) -> None:
    count_sales(shop, {**deepcopy(doc), "status": "deleted"}, doc["status"])
    shop.store.delete("shop_order", doc["id"])
    for table, column in (("refund", "parent_id"), ("order_note", "order_id"), ("fulfilment", "order_id")):
        for id_ in shop.store.ids(table, f"{column} = ?", (doc["id"],)):
            shop.store.delete(table, id_)


ROUTES = [
    Route(READ, "/orders", list_orders),
    Route(CREATE, "/orders", create_order),
    Route(UPDATE, "/orders/batch", batch_of(create, update, partial(delete, force=True))),
    Route(READ, "/orders/{id}", get_order),
    Route(UPDATE, "/orders/{id}", update_order),
    Route(DELETE, "/orders/{id}", delete_order),
]
