"""What stands in a small Tryton database, as the mapping of orders is given it."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import Any

from pydantic import SecretStr

from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.premises import Currency, Tax
from trueup.connectors.tryton.sale_mapping import Destination, Links, SaleFacts
from trueup.connectors.tryton.settings import Settings
from trueup.domain.order import Order
from trueup.domain.record import Kind

PIECE, METRE = 1, 2
DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}
VAT = {19: Tax(id=19, name="VAT 19 %", rate=Decimal("0.19")), 7: Tax(id=7, name="VAT 7 %", rate=Decimal("0.07"))}
TO = Destination(party=5, invoice_address=6, shipment_address=7)


def article(id: int, *, taxes: tuple[int, ...] = (19,), sale_uom: int | None = PIECE) -> Row:
    return {
        "id": id,
        "sale_uom": sale_uom,
        "default_uom": METRE,
        "account_category": {"id": 1, "customer_taxes_used": list(taxes)},
    }


def settings(**more: Any) -> Settings:
    return Settings(**{"url": "https://erp.example", "database": "erp", "key": SecretStr("k"), **more})


def facts(**more: Any) -> SaleFacts:
    values: dict[str, Any] = {
        "settings": settings(),
        "company": 1,
        "zone": UTC,
        "web_shop": 2,
        "warehouse": 3,
        "carrier": None,
        "payment_term": None,
        "tax_rounding": "document",
        "sale_fields": frozenset({"carrier", "shipment_cost_method", "payment_term"}),
        "line_fields": frozenset({"base_price"}),
        "currencies": {code: Currency(id=n, code=code, digits=d) for n, (code, d) in enumerate(DIGITS.items(), 1)},
        "services": {code: article(id) for id, code in enumerate(("SHIPPING", "FEE", "DISCOUNT"), start=101)},
        "taxes": tuple(VAT.values()),
        "products": {10: article(10), 20: article(20, sale_uom=None)},
    }
    return SaleFacts(**{**values, **more})


def links_of(order: Order) -> Links:
    return {ref: "5" if ref.kind is Kind.CUSTOMER else ref.id.removeprefix("shop-") for ref in order.refs()}
