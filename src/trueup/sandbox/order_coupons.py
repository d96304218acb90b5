"""Coupons on orders: who may use them, what they take off, and how often they were used."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from trueup.sandbox.coupon_rules import Applicant, PriceFormat, missing, refusal
from trueup.sandbox.coupons import as_coupon, code_of, count_use, coupon_by_code
from trueup.sandbox.errors import WooError
from trueup.sandbox.money import CouponSum, OrderSum, Tariff, apply_coupon, recalculate_coupons
from trueup.sandbox.order_docs import next_item_id, next_item_meta_id, sum_of, write_back
from trueup.sandbox.reference import CURRENCIES
from trueup.sandbox.rounding import places, total
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import clean


def replace_coupons(shop: Shop, doc: Doc, entries: list[Any], tariff: Tariff) -> None:
    """The order's coupons are those of ``entries`` now; every line starts again from its subtotal.

    Raises WooError 400 ``woocommerce_rest_invalid_coupon`` with the shop's sentence; nothing is applied then.
    """
    order = sum_of(shop, doc, tariff)
    codes = [_checked_code(shop, doc, order, entry, tariff) for entry in entries]
    before = doc["coupon_lines"]
    if not codes and not before:
        return
    if before:
        recalculate_coupons(order, tariff)
    for code in codes:
        if any(row.coupon.code == code for row in order.coupons):
            raise _refused(f"Coupon code &quot;{code}&quot; already applied!")
        coupon = coupon_by_code(shop, code)
        if coupon is not None:
            apply_coupon(order, tariff, as_coupon(coupon))
    write_back(shop, doc, order, tariff)
    _count(shop, doc, order, before)
    doc["coupon_lines"] = coupon_lines(shop, order)


def _checked_code(shop: Shop, doc: Doc, order: OrderSum, entry: Any, tariff: Tariff) -> str:
    if not isinstance(entry, dict) or not (entry.get("code") or entry.get("id")):
        raise _refused("Coupon code is required.")
    if entry.get("id"):
        raise WooError(400, "woocommerce_rest_coupon_item_id_readonly", "Coupon item ID is readonly.")
    code = code_of(entry["code"])
    if code in [line["code"] for line in doc["coupon_lines"]]:
        return code
    coupon = coupon_by_code(shop, code)
    sentence = missing(clean(entry["code"])) if coupon is None else why_refused(shop, doc, order, coupon, tariff)
    if sentence:
        raise _refused(sentence)
    return code


def _refused(sentence: str) -> WooError:
    return WooError(400, "woocommerce_rest_invalid_coupon", sentence)


def why_refused(shop: Shop, doc: Doc, order: OrderSum, coupon: Doc, tariff: Tariff) -> str | None:
    """The shop's sentence if it would not take the coupon for this order."""
    subtotal = places(total(tariff.position(line.subtotal) for line in order.lines), tariff.decimals)
    who = user_of(doc)
    names = {line["variation_id"] or line["product_id"]: line["name"] for line in doc["line_items"]}
    expires = datetime.fromisoformat(coupon["expires"]).replace(tzinfo=UTC) if coupon["expires"] else None
    applicant = Applicant(
        articles=[line.article for line in order.lines if line.article],
        subtotal=subtotal + Decimal(doc["total_tax"]) if order.prices_include_tax else subtotal,
        now=shop.now(),
        email=doc["billing"]["email"],
        names=names,
        used_by_customer=coupon["used_by"].count(who) if who else 0,
        expires=expires,
    )
    return refusal(as_coupon(coupon), applicant, price_format(shop, doc["currency"], tariff.decimals))


def price_format(shop: Shop, currency: str, decimals: int) -> PriceFormat:
    sign = CURRENCIES[currency][1] if currency in CURRENCIES else currency
    settings = shop.settings
    return PriceFormat(
        symbol="&#036;" if sign == "&#36;" else sign,  # prices in sentences pass through another escaping
        decimals=decimals,
        decimal_separator=settings.decimal_separator,
        thousand_separator=settings.thousand_separator,
        position=settings.currency_position,
    )


def user_of(doc: Doc) -> str:
    """Whom a coupon's use is counted for: the customer's id, a guest's e-mail address."""
    return str(doc["customer_id"]) if doc["customer_id"] else str(doc["billing"]["email"])


def _count(shop: Shop, doc: Doc, order: OrderSum, before: list[Doc]) -> None:
    """All coupons are taken off and put on again; guests stay among those who used the old ones."""
    for line in before:
        count_use(shop, line["coupon_id"], str(doc["customer_id"]), -1)
    for row in order.coupons:
        count_use(shop, row.coupon.id, user_of(doc), 1)
    doc["counted_coupons"] = sorted({row.coupon.id for row in order.coupons})


def release_coupons(shop: Shop, doc: Doc) -> None:
    """A cancelled order gives its uses back."""
    for id_ in doc["counted_coupons"]:
        count_use(shop, id_, user_of(doc), -1)
    doc["counted_coupons"] = []


def claim_coupons(shop: Shop, doc: Doc) -> None:
    """An order that comes back from being cancelled uses its coupons again."""
    ids = sorted({line["coupon_id"] for line in doc["coupon_lines"]})
    for id_ in set(ids) - set(doc["counted_coupons"]):
        count_use(shop, id_, user_of(doc), 1)
    doc["counted_coupons"] = ids


def coupon_lines(shop: Shop, order: OrderSum) -> list[Doc]:
    return [_line(shop, row) for row in order.coupons]


def _line(shop: Shop, row: CouponSum) -> Doc:
    coupon = row.coupon
    amount = float(coupon.amount)
    kind = None if coupon.discount_type == "fixed_cart" else coupon.discount_type
    # The shop's own short form: a cart coupon has no type, a coupon with free shipping a fifth entry.
    info: list[Any] = [coupon.id, coupon.code, kind, int(amount) if amount.is_integer() else amount]
    if coupon.free_shipping:
        info.append(True)
    return {
        "id": next_item_id(shop),
        "coupon_id": coupon.id,
        "code": coupon.code,
        "discount": str(row.discount),
        "discount_tax": str(row.discount_tax),
        "discount_type": coupon.discount_type,
        "nominal_amount": str(coupon.amount),
        "free_shipping": coupon.free_shipping,
        "meta": [{"id": next_item_meta_id(shop), "key": "coupon_info", "value": _compact(info)}],
    }


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
