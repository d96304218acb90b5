"""An order as the shop keeps it, and its way into the arithmetic and back.

Money is kept as text, net and unrounded; taxes per rate as ``[rate id, total, subtotal]``. Order ids come from the
counter that products, refunds and coupons share.
"""

from __future__ import annotations

import secrets
import string
from decimal import Decimal
from typing import Any

from trueup.sandbox.discounts import Article
from trueup.sandbox.money import Fee, Line, OrderSum, Shipping, Tariff, tax_place
from trueup.sandbox.rounding import ZERO
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table, Value
from trueup.sandbox.tax_math import Place, Taxes, TaxRate
from trueup.sandbox.texts import number

VERSION = "10.5.0"
TOTALS = ("discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "total", "total_tax")
BILLING = (
    "first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country", "email",
    "phone",
)  # fmt: skip
SHIPPING = tuple(name for name in BILLING if name != "email")
LINE_KINDS = ("line_items", "shipping_lines", "fee_lines", "coupon_lines", "tax_lines")
_KEY_LETTERS = string.ascii_letters + string.digits


def _order_columns(doc: Doc) -> dict[str, Value]:
    billing, shipping = doc["billing"], doc["shipping"]
    words = [*billing.values(), *shipping.values()]
    words += [line["name"] for line in doc["line_items"]]
    return {
        "status": doc["status"],
        "created": doc["created"],
        "modified": doc["modified"],
        "customer_id": doc["customer_id"],
        "email": billing["email"].lower(),
        "created_via": doc["created_via"],
        "words": "\n".join(words).lower(),
        "products": "".join(f",{line['product_id']},{line['variation_id']}," for line in doc["line_items"]),
    }


ORDERS = Table(
    name="shop_order",
    columns={
        **dict.fromkeys(("status", "created", "modified", "email", "created_via", "words", "products"), "TEXT"),
        "customer_id": "INTEGER",
    },
    of=_order_columns,
    indexes=("created", "modified", "status", "customer_id", "email"),
)


def blank_order(shop: Shop) -> Doc:
    """An order nobody has said anything about yet; ids are given when it is stored."""
    now = shop.now_iso()
    currency = shop.options.get("woocommerce_currency") or shop.settings.currency
    return {
        "id": 0, "status": "pending", "currency": currency, "prices_include_tax": False,
        "created": now, "modified": now, "completed": None, "paid": None, "customer_id": 0,
        "order_key": "wc_order_" + "".join(secrets.choice(_KEY_LETTERS) for _ in range(13)),
        "billing": dict.fromkeys(BILLING, ""), "shipping": dict.fromkeys(SHIPPING, ""), "payment_method": "",
        "payment_method_title": "", "transaction_id": "", "ip": "", "agent": "", "created_via": "rest-api",
        "customer_note": "", "cart_hash": "", "meta": [], "stock_reduced": False, "counted_coupons": [],
        "recorded_sales": False, **dict.fromkeys(TOTALS, "0"),
        **{kind: [] for kind in LINE_KINDS},
    }  # fmt: skip


# -- the shop's rules of money ------------------------------------------------------------------------------------


def tariff_of(shop: Shop) -> Tariff:
    """What the shop's options and tax table say now."""
    classes = [doc["slug"] for doc in shop.store.select("tax_class", "slug != 'standard'")]
    return Tariff.from_options(_options(shop), tax_rates(shop), classes)


def _options(shop: Shop) -> dict[str, str]:
    """The options that decide about money: as set through the settings API, else as the shop was opened."""
    settings = shop.settings
    opened = {
        "woocommerce_default_country": settings.base_country,
        "woocommerce_price_num_decimals": str(settings.decimals),
        "woocommerce_calc_taxes": _yes(settings.calc_taxes),
        "woocommerce_prices_include_tax": _yes(settings.prices_include_tax),
        "woocommerce_tax_round_at_subtotal": _yes(settings.tax_round_at_subtotal),
        "woocommerce_tax_based_on": settings.tax_based_on,
        "woocommerce_shipping_tax_class": settings.shipping_tax_class,
        "woocommerce_calc_discounts_sequentially": "no",
    }
    return {**opened, **{name: str(value) for name, value in shop.options.items()}}


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def tax_rates(shop: Shop) -> list[TaxRate]:
    return [TaxRate.from_rest(doc) for doc in shop.store.select("tax_rate")]


def article_of(shop: Shop, id_: int) -> Article | None:
    """A product or variation as money sees it; a variation has its parent's tax status and categories."""
    doc = shop.store.get("product", id_)
    if doc is None:
        return None
    parent = shop.store.get("product", doc["parent_id"]) if doc["type"] == "variation" else None
    source = parent or doc
    return Article(
        id=doc["id"],
        price=number(doc["price"]) or ZERO,
        tax_status=source["tax_status"],
        tax_class=_tax_class(doc, parent),
        parent_id=doc["parent_id"],
        on_sale=bool(doc["sale_price"]) and doc["price"] == doc["sale_price"],
        category_ids=tuple(source["categories"]),
    )


def _tax_class(doc: Doc, parent: Doc | None) -> str:
    return str(parent["tax_class"] if parent is not None and doc["tax_class"] == "parent" else doc["tax_class"])


# -- into the arithmetic ------------------------------------------------------------------------------------------


def sum_of(shop: Shop, doc: Doc, tariff: Tariff) -> OrderSum:
    """The order's money, ready to calculate; its coupons left out."""
    methods = [line["method_id"] for line in doc["shipping_lines"]]
    return OrderSum(
        place=tax_place(tariff, _place(doc["billing"]), _place(doc["shipping"]), methods),
        lines=[_line(shop, line) for line in doc["line_items"]],
        fees=[_fee(line) for line in doc["fee_lines"]],
        shipping=[_shipping(line) for line in doc["shipping_lines"]],
        vat_exempt=any(row["key"] == "is_vat_exempt" and row["value"] == "yes" for row in doc["meta"]),
        prices_include_tax=doc["prices_include_tax"],
    )


def _place(address: Doc) -> Place:
    return Place(**{name: address[name] for name in ("country", "state", "postcode", "city")})


def _line(shop: Shop, doc: Doc) -> Line:
    article = article_of(shop, doc["variation_id"] or doc["product_id"])
    taxes, subtotal_taxes = _taxes(doc["taxes"])
    return Line(
        key=doc["id"],
        article=article,
        quantity=doc["quantity"],
        tax_class=doc["tax_class"],
        tax_status=article.tax_status if article else "taxable",
        subtotal=Decimal(doc["subtotal"]),
        total=Decimal(doc["total"]),
        subtotal_taxes=subtotal_taxes,
        taxes=taxes,
        subtotal_tax=Decimal(doc["subtotal_tax"]),
        total_tax=Decimal(doc["total_tax"]),
    )


def _fee(doc: Doc) -> Fee:
    taxes, _ = _taxes(doc["taxes"])
    return Fee(
        total=Decimal(doc["total"]),
        tax_class=doc["tax_class"],
        tax_status=doc["tax_status"],
        taxes=taxes,
        total_tax=Decimal(doc["total_tax"]),
    )


def _shipping(doc: Doc) -> Shipping:
    taxes, _ = _taxes(doc["taxes"])
    return Shipping(
        total=Decimal(doc["total"]),
        method_id=doc["method_id"],
        tax_status=doc["tax_status"],
        taxes=taxes,
        total_tax=Decimal(doc["total_tax"]),
    )


def _taxes(rows: list[list[Any]]) -> tuple[Taxes, Taxes]:
    return {row[0]: Decimal(row[1]) for row in rows}, {row[0]: Decimal(row[2]) for row in rows if row[2] != ""}


# -- and back -----------------------------------------------------------------------------------------------------


def write_back(shop: Shop, doc: Doc, order: OrderSum, tariff: Tariff) -> None:
    """Put calculated money into the document; new tax lines get ids, those of rates no longer charged go."""
    for line, position in zip(doc["line_items"], order.lines, strict=True):
        line.update(_line_money(position))
    for fee, charged in zip(doc["fee_lines"], order.fees, strict=True):
        fee.update(total=str(charged.total), total_tax=str(charged.total_tax), taxes=_plain_rows(charged.taxes))
    for line, freight in zip(doc["shipping_lines"], order.shipping, strict=True):
        line.update(total_tax=str(freight.total_tax), taxes=_plain_rows(freight.taxes))
    doc.update({name: str(getattr(order, name)) for name in TOTALS})
    doc["tax_lines"] = _tax_lines(shop, doc["tax_lines"], order, tariff)


def _line_money(line: Line) -> Doc:
    rows = [[id_, str(tax), str(line.subtotal_taxes[id_])] for id_, tax in line.taxes.items()]
    return {
        "subtotal": str(line.subtotal),
        "total": str(line.total),
        "subtotal_tax": str(line.subtotal_tax),
        "total_tax": str(line.total_tax),
        "taxes": rows,
    }


def _plain_rows(taxes: Taxes) -> list[list[Any]]:
    return [[id_, str(tax), ""] for id_, tax in taxes.items()]


def _tax_lines(shop: Shop, before: list[Doc], order: OrderSum, tariff: Tariff) -> list[Doc]:
    known = {line["rate_id"]: line["id"] for line in before}
    rates = {rate.id: rate for rate in tariff.rates}
    return [
        {
            **tax_label(rates[row.rate_id]),
            "id": known.get(row.rate_id) or next_item_id(shop),
            "tax_total": str(row.tax_total),
            "shipping_tax_total": str(row.shipping_tax_total),
        }
        for row in sorted(order.tax_lines, key=lambda row: known.get(row.rate_id, 1 << 62))
    ]


def tax_label(rate: TaxRate) -> Doc:
    """What a tax line keeps of its rate."""
    return {
        "rate_id": rate.id,
        "rate_code": rate.code,
        "label": rate.name or "Tax",
        "compound": rate.compound,
        "rate_percent": float(rate.rate),
    }


def next_item_id(shop: Shop) -> int:
    return shop.store.next_id("order_item")


def next_item_meta_id(shop: Shop) -> int:
    return shop.store.next_id("order_item_meta", start=371)
