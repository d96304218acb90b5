"""``/coupons``: codes are kept in lower case and are unique; coupons have no trash worth the name."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from trueup.sandbox import meta as metas
from trueup.sandbox.batch import as_id, batch_of
from trueup.sandbox.dates import from_local, from_utc
from trueup.sandbox.deleting import forced, refuse_twice
from trueup.sandbox.discounts import Coupon
from trueup.sandbox.errors import WooError, invalid_id
from trueup.sandbox.order_fields import COUPON, COUPON_LIST
from trueup.sandbox.order_view import shop_decimals
from trueup.sandbox.paging import Where, add_common, add_dates, listed, offset_of
from trueup.sandbox.product_view import links
from trueup.sandbox.rounding import ZERO, shown
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Params, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table
from trueup.sandbox.texts import clean, decimal_text, number
from trueup.sandbox.validation import Field, check

COUPONS = Table(
    name="coupon",
    columns={"code": "TEXT", "status": "TEXT", "created": "TEXT", "modified": "TEXT"},
    of=lambda doc: {name: doc[name] for name in ("code", "status", "created", "modified")},
    indexes=("code", "created", "modified"),
)
LISTS = ("product_ids", "excluded_product_ids", "product_categories", "excluded_product_categories")
FLAGS = ("individual_use", "free_shipping", "exclude_sale_items")
LIMITS = ("usage_limit", "usage_limit_per_user", "limit_usage_to_x_items")
MONEY = ("amount", "minimum_amount", "maximum_amount")
ORDER_BY = {"date": "created", "modified": "modified", "title": "code", "slug": "code"}


def coupon_by_code(shop: Shop, code: str) -> Doc | None:
    """The published coupon of that code, upper and lower case alike."""
    found = shop.store.select("coupon", "code = ? AND status = 'publish'", (code_of(code),), order="id DESC", limit=1)
    return found[0] if found else None


def code_of(text: Any) -> str:
    return clean(text).lower()


def as_coupon(doc: Doc) -> Coupon:
    """The coupon as discounts are computed with it."""
    return Coupon(
        id=doc["id"],
        code=doc["code"],
        amount=Decimal(doc["amount"]),
        discount_type=doc["discount_type"],
        product_ids=tuple(doc["product_ids"]),
        excluded_product_ids=tuple(doc["excluded_product_ids"]),
        product_categories=tuple(doc["product_categories"]),
        excluded_product_categories=tuple(doc["excluded_product_categories"]),
        exclude_sale_items=doc["exclude_sale_items"],
        limit_usage_to_x_items=doc["limit_usage_to_x_items"],
        usage_limit=doc["usage_limit"],
        usage_limit_per_user=doc["usage_limit_per_user"],
        usage_count=doc["usage_count"],
        free_shipping=doc["free_shipping"],
        email_restrictions=tuple(doc["email_restrictions"]),
        minimum_amount=Decimal(doc["minimum_amount"]),
        maximum_amount=Decimal(doc["maximum_amount"]),
    )


def count_use(shop: Shop, coupon_id: int, who: str, change: int) -> None:
    """One use more or less of a coupon, by a customer id or an e-mail address."""
    doc = shop.store.get("coupon", coupon_id)
    if doc is None:
        return
    used_by = list(doc["used_by"])
    if change > 0:
        used_by += [who] if who else []
    elif who in used_by:
        used_by.remove(who)
    shop.store.update("coupon", {**doc, "usage_count": doc["usage_count"] + change, "used_by": used_by}, doc)


# -- routes -------------------------------------------------------------------------------------------------------


def list_coupons(shop: Shop, call: Call) -> Answer:
    params = check(COUPON_LIST, call.params)
    where = _where(shop, params)
    total = shop.store.count("coupon", where.sql, where.params)
    order = f"{ORDER_BY.get(params['orderby'], 'id')} {params['order']}, id {params['order']}"
    limit, offset = int(params["per_page"]), offset_of(params)
    docs = shop.store.select("coupon", where.sql, where.params, order=order, limit=limit, offset=offset)
    return listed(call, [coupon_view(shop, call, doc) for doc in docs], total, params)


def _where(shop: Shop, params: Params) -> Where:
    where = Where()
    where.add("status = 'publish'")
    add_common(where, params)
    add_dates(shop, where, params)
    if params.get("code"):
        where.add("code = ?", code_of(params["code"]))
    if params.get("search"):
        where.add("code LIKE ?", f"%{params['search'].lower()}%")
    return where


def get_coupon(shop: Shop, call: Call, id_: int) -> Answer:
    doc = shop.store.get("coupon", id_)
    if doc is None:
        raise invalid_id("shop_coupon")
    return Answer(body=coupon_view(shop, call, doc))


def create_coupon(shop: Shop, call: Call) -> Answer:
    given = check({**COUPON, "code": Field(required=True)}, call.params)
    view = create(shop, call, given)
    return Answer(status=201, body=view, headers={"Location": call.url(f"/coupons/{view['id']}")})


def create(shop: Shop, call: Call, given: Doc) -> Doc:
    """A new coupon. Raises WooError 400 for a code that is taken or an amount that cannot be."""
    if given.get("id"):
        raise WooError(400, "woocommerce_rest_shop_coupon_exists", "Cannot create existing shop_coupon.")
    doc = _blank(shop)
    _apply(shop, doc, given)
    doc["id"] = shop.store.next_id("post")
    shop.store.insert("coupon", doc)
    shop.emit("coupon.created", doc["id"])
    return coupon_view(shop, call, doc)


def update_coupon(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=update(shop, call, id_, check(COUPON, call.params)))


def update(shop: Shop, call: Call, id_: Any, given: Doc) -> Doc:
    before = shop.store.get("coupon", as_id(id_))
    if before is None:
        raise invalid_id("shop_coupon", 400)
    doc = {**before}
    _apply(shop, doc, given)
    doc["modified"] = shop.now_iso()
    shop.store.update("coupon", doc, before)
    shop.emit("coupon.updated", doc["id"])
    return coupon_view(shop, call, doc)


def delete_coupon(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=delete(shop, call, id_, force=forced(call)))


def delete(shop: Shop, call: Call, id_: Any, *, force: bool) -> Doc:
    """Into the trash, or with ``force`` gone; the answer shows the coupon as it was."""
    doc = shop.store.get("coupon", as_id(id_))
    if doc is None:
        raise invalid_id("shop_coupon")
    view = coupon_view(shop, call, doc)
    if force:
        shop.store.delete("coupon", doc["id"])
        return view
    refuse_twice(doc, "shop_coupon")
    shop.store.update("coupon", {**doc, "status": "trash", "modified": shop.now_iso()}, doc)
    shop.emit("coupon.deleted", doc["id"])
    return view


# -- writing ------------------------------------------------------------------------------------------------------


def _blank(shop: Shop) -> Doc:
    now = shop.now_iso()
    return {
        "id": 0, "code": "", "amount": "0", "status": "publish", "created": now, "modified": now,
        "discount_type": "fixed_cart", "description": "", "expires": None, "usage_count": 0, "used_by": [],
        "minimum_amount": "0", "maximum_amount": "0", "email_restrictions": [], "meta": [],
        **{name: [] for name in LISTS}, **dict.fromkeys(FLAGS, False), **dict.fromkeys(LIMITS),
    }  # fmt: skip


def _apply(shop: Shop, doc: Doc, given: Doc) -> None:
    if given.get("code"):
        _set_code(shop, doc, given["code"])
    for name in ("status", "discount_type", "description"):
        if given.get(name) is not None:
            doc[name] = str(given[name])
    for name in FLAGS:
        if given.get(name) is not None:
            doc[name] = given[name] in (True, 1, "1", "true", "yes")
    for name in LISTS:
        if given.get(name) is not None:
            doc[name] = [as_id(id_) for id_ in given[name]]
    for name in LIMITS:
        if name in given:
            doc[name] = as_id(given[name]) or None
    if given.get("email_restrictions") is not None:
        doc["email_restrictions"] = [str(email).lower() for email in given["email_restrictions"]]
    _apply_money(doc, given)
    _apply_expiry(shop, doc, given)
    doc["meta"] = metas.merged(shop.store, doc["meta"], given.get("meta_data"))


def _set_code(shop: Shop, doc: Doc, given: Any) -> None:
    code = code_of(given)
    owner = coupon_by_code(shop, code)
    if owner is not None and owner["id"] != doc["id"]:
        raise WooError(400, "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists")
    doc["code"] = code


def _apply_money(doc: Doc, given: Doc) -> None:
    for name in MONEY:
        if given.get(name) is not None:
            doc[name] = str(number(decimal_text(given[name])) or 0)
    amount = Decimal(doc["amount"])
    if amount < ZERO or (doc["discount_type"] == "percent" and amount > 100):
        raise WooError(400, "coupon_invalid_amount", "Invalid discount amount.")


def _apply_expiry(shop: Shop, doc: Doc, given: Doc) -> None:
    if "date_expires" in given:
        doc["expires"] = from_local(given["date_expires"], shop.zone)
    elif "date_expires_gmt" in given:
        doc["expires"] = from_utc(given["date_expires_gmt"])


def coupon_view(shop: Shop, call: Call, doc: Doc) -> Doc:
    decimals = shop_decimals(shop)
    money = {name: shown(Decimal(doc[name]), decimals) for name in MONEY}
    return {
        "id": doc["id"],
        "code": doc["code"],
        "amount": money["amount"],
        "status": doc["status"],
        **shop.dates("date_created", doc["created"]),
        **shop.dates("date_modified", doc["modified"]),
        "discount_type": doc["discount_type"],
        "description": doc["description"],
        **shop.dates("date_expires", doc["expires"]),
        **{name: doc[name] for name in ("usage_count", "individual_use", "product_ids", "excluded_product_ids")},
        **{name: doc[name] for name in (*LIMITS, "free_shipping", "product_categories")},
        **{name: doc[name] for name in ("excluded_product_categories", "exclude_sale_items")},
        "minimum_amount": money["minimum_amount"],
        "maximum_amount": money["maximum_amount"],
        "email_restrictions": doc["email_restrictions"],
        "used_by": doc["used_by"],
        "meta_data": doc["meta"],
        "_links": links(call, "/coupons", doc["id"]),
    }


ROUTES = [
    Route(READ, "/coupons", list_coupons),
    Route(CREATE, "/coupons", create_coupon),
    Route(UPDATE, "/coupons/batch", batch_of(create, update, partial(delete, force=True))),
    Route(READ, "/coupons/{id}", get_coupon),
    Route(UPDATE, "/coupons/{id}", update_coupon),
    Route(DELETE, "/coupons/{id}", delete_coupon),
]
