"""How the Store API shows a cart: amounts are whole numbers in the currency's smallest unit, as text, and net."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from trueup.sandbox.carts import Rate, checkout_of, item_key, needs_shipping, options_of, rates_of
from trueup.sandbox.checkout import Priced, content_text, pieces_left, priced
from trueup.sandbox.figures import json_number
from trueup.sandbox.money import CouponSum, Line, OrderSum, Tariff, price_without_tax
from trueup.sandbox.order_docs import article_of
from trueup.sandbox.order_view import symbol
from trueup.sandbox.product_rules import is_on_sale
from trueup.sandbox.product_view import permalink
from trueup.sandbox.rounding import ZERO, places, total
from trueup.sandbox.router import Call
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import number

UNLIMITED = 9999
RAW_PRECISION = 6
GRAMS = {"kg": Decimal(1000), "g": Decimal(1), "lbs": Decimal("453.592"), "oz": Decimal("28.3495")}


def cart_view(shop: Shop, call: Call, cart: Doc) -> Doc:
    """The whole cart, as every route of the cart answers it."""
    found = priced(shop, checkout_of(shop, cart))
    money = currency(shop, found.doc["currency"])
    rates = rates_of(shop, cart)
    lines = list(zip(cart["items"], found.doc["line_items"], found.order.lines, strict=True))
    return {
        "items": [_item(shop, call, item, line, found.tariff, money) for item, _, line in lines],
        "coupons": [_coupon(row, found.tariff, money) for row in found.order.coupons],
        "fees": [],
        "totals": {**totals(found.order, found.tariff, shipped=bool(rates)), **money},
        "shipping_address": cart["shipping"],
        "billing_address": cart["billing"],
        "needs_payment": found.order.total > 0,
        "needs_shipping": needs_shipping(shop, cart),
        "payment_requirements": ["products"],
        "has_calculated_shipping": bool(rates),
        "shipping_rates": [_package(cart, found, rates, money)] if rates else [],
        "items_count": sum(item["quantity"] for item in cart["items"]),
        "items_weight": _weight(shop, cart),
        "cross_sells": [],
        "errors": [],
        "payment_methods": gateways(shop),
        "extensions": {},
    }


def gateways(shop: Shop) -> list[str]:
    return [str(doc["code"]) for doc in shop.store.select("gateway") if doc["enabled"]]


def currency(shop: Shop, code: str) -> Doc:
    """How a shop page writes money."""
    sign = symbol(code)
    space = " " if str(shop.option("woocommerce_currency_pos")).endswith("_space") else ""
    left = str(shop.option("woocommerce_currency_pos")).startswith("left")
    return {
        "currency_code": code,
        "currency_symbol": sign,
        "currency_minor_unit": int(shop.option("woocommerce_price_num_decimals")),
        "currency_decimal_separator": shop.option("woocommerce_price_decimal_sep"),
        "currency_thousand_separator": shop.option("woocommerce_price_thousand_sep"),
        "currency_prefix": f"{sign}{space}" if left else "",
        "currency_suffix": "" if left else f"{space}{sign}",
    }


def minor(amount: Decimal, decimals: int) -> str:
    """``12.345`` with two decimals -> ``1235``."""
    return f"{places(amount, decimals).scaleb(decimals):f}".partition(".")[0]


def totals(order: OrderSum, tariff: Tariff, *, shipped: bool) -> dict[str, object]:
    """The sums of a cart. Discounts are the sum of what coupons say, not the difference of the lines."""
    decimals = tariff.decimals
    goods = total(tariff.position(line.subtotal) for line in order.lines)
    goods_tax = total(line.subtotal_tax for line in order.lines)
    return {
        "total_items": minor(goods, decimals),
        "total_items_tax": minor(goods_tax, decimals),
        "total_fees": "0",
        "total_fees_tax": "0",
        "total_discount": minor(total(row.discount for row in order.coupons), decimals),
        "total_discount_tax": minor(total(row.discount_tax for row in order.coupons), decimals),
        "total_shipping": minor(order.shipping_total, decimals) if shipped else None,
        "total_shipping_tax": minor(order.shipping_tax, decimals) if shipped else None,
        "total_price": minor(order.total, decimals),
        "total_tax": minor(order.total_tax, decimals),
        "tax_lines": _tax_lines(order, tariff),
    }


def _tax_lines(order: OrderSum, tariff: Tariff) -> list[Doc]:
    """Per rate, in the order of the tax table; the cart hides a tax of nothing."""
    rates = {rate.id: rate for rate in tariff.rates}
    rows = sorted(order.tax_lines, key=lambda row: row.rate_id)
    return [
        {
            "name": rates[row.rate_id].name or "Tax",
            "price": minor(row.tax_total + row.shipping_tax_total, tariff.decimals),
            "rate": f"{json_number(float(rates[row.rate_id].rate))}%",
        }
        for row in rows
        if row.tax_total + row.shipping_tax_total
    ]


def _item(shop: Shop, call: Call, item: Doc, line: Line, tariff: Tariff, money: Doc) -> Doc:
    product = shop.store.get("product", item["id"]) or {}
    parent = shop.store.get("product", product["parent_id"]) if product["type"] == "variation" else None
    left = pieces_left(shop, product)
    amounts = {
        "line_subtotal": line.subtotal, "line_subtotal_tax": line.subtotal_tax, "line_total": line.total,
        "line_total_tax": line.total_tax,
    }  # fmt: skip
    return {
        "key": item_key(shop, product),
        "id": item["id"],
        "type": product["type"],
        "quantity": item["quantity"],
        "quantity_limits": {
            "minimum": 1,
            "maximum": UNLIMITED if left is None else left,
            "multiple_of": 1,
            "editable": True,
        },
        "name": (parent or product)["name"],
        **dict.fromkeys(("short_description", "description"), ""),
        "sku": product["sku"],
        "low_stock_remaining": _low(shop, product, left),
        "backorders_allowed": bool(product["manage_stock"]) and product["backorders"] != "no",
        "show_backorder_badge": product["backorders"] == "notify" and product["stock_status"] == "onbackorder",
        "sold_individually": bool((parent or product)["sold_individually"]),
        "permalink": permalink(shop, call, product),
        "images": [],
        "variation": options_of(shop, product),
        "item_data": [],
        "prices": {**_prices(shop, product, tariff), **money, "raw_prices": _raw_prices(shop, product, tariff)},
        "totals": {**{name: minor(amount, tariff.decimals) for name, amount in amounts.items()}, **money},
        "catalog_visibility": (parent or product)["catalog_visibility"],
        "extensions": {},
    }


def _low(shop: Shop, product: Doc, left: int | None) -> int | None:
    limit = product["low_stock"] if product["low_stock"] is not None else shop.settings.low_stock_amount
    return left if left is not None and left <= int(limit) else None


def _net_prices(shop: Shop, product: Doc, tariff: Tariff) -> dict[str, Decimal]:
    """What a piece costs now, usually and reduced, without tax."""
    article = article_of(shop, product["id"])
    assert article is not None, "what is in the cart is there"
    usual = number(product["regular_price"]) or article.price
    prices = {"price": article.price, "regular_price": usual}
    prices["sale_price"] = article.price if is_on_sale(shop, product) else usual
    return {name: price_without_tax(tariff, replace(article, price=price), 1) for name, price in prices.items()}


def _prices(shop: Shop, product: Doc, tariff: Tariff) -> Doc:
    found = {name: minor(price, tariff.decimals) for name, price in _net_prices(shop, product, tariff).items()}
    return {**found, "price_range": None}


def _raw_prices(shop: Shop, product: Doc, tariff: Tariff) -> Doc:
    found = {name: minor(price, RAW_PRECISION) for name, price in _net_prices(shop, product, tariff).items()}
    return {"precision": RAW_PRECISION, **found}


def _coupon(row: CouponSum, tariff: Tariff, money: Doc) -> Doc:
    taken = {"total_discount": row.discount, "total_discount_tax": row.discount_tax}
    return {
        "code": row.coupon.code,
        "discount_type": row.coupon.discount_type,
        "totals": {**{name: minor(amount, tariff.decimals) for name, amount in taken.items()}, **money},
    }


def _package(cart: Doc, found: Priced, rates: list[Rate], money: Doc) -> Doc:
    address = cart["shipping"]
    parts = ("address_1", "address_2", "city", "state", "postcode", "country")
    lines = found.doc["line_items"]
    pairs = zip(cart["items"], lines, strict=True)
    decimals = found.tariff.decimals
    return {
        "package_id": 0,
        "name": "Shipment 1",
        "destination": {name: address[name] for name in parts},
        "items": [{"key": i["key"], "name": line["name"], "quantity": i["quantity"]} for i, line in pairs],
        "shipping_rates": [_rate(rate, content_text(lines), decimals, money) for rate in rates],
    }


def _rate(rate: Rate, content: str, decimals: int, money: Doc) -> Doc:
    delivery = rate.delivery
    return {
        "rate_id": rate.id,
        "name": delivery.title,
        **dict.fromkeys(("description", "delivery_time"), ""),
        "price": minor(delivery.cost, decimals),
        "taxes": minor(rate.tax, decimals),
        "instance_id": int(delivery.instance_id),
        "method_id": delivery.method_id,
        "meta_data": [{"key": "Items", "value": content}],
        "selected": rate.selected,
        **money,
    }


def _weight(shop: Shop, cart: Doc) -> float | int:
    """Grams, whatever unit the shop weighs in."""
    heavy = ZERO
    for item in cart["items"]:
        product = shop.store.get("product", item["id"]) or {}
        heavy += (number(product.get("weight") or "0") or ZERO) * item["quantity"]
    return json_number(float(heavy * GRAMS[str(shop.option("woocommerce_weight_unit"))]))
