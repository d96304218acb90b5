"""A database of Tryton in which everything is as it should be, as its interface answers it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from trueup.connectors.tryton.codec import Row

from .window import Window


def service(id: int, code: str, **more: Any) -> Row:
    row = {"id": id, "code": code, "rec_name": f"[{code}]", "type": "service", "salable": True, "sale_uom": 1}
    return {**row, "default_uom": 1, "account_category.": {"id": 1, "customer_taxes_used": []}, **more}


def named(id: int, name: str, **more: Any) -> Row:
    return {"id": id, "name": name, "code": None, "rec_name": name, **more}


def tax(id: int, name: str, rate: str) -> Row:
    return {"id": id, "name": name, "rate": Decimal(rate)}


def company(id: int, name: str, zone: str | None = "Europe/Berlin") -> Row:
    return {"id": id, "rec_name": name, "timezone": zone, "currency.": {"id": 1, "code": "EUR", "digits": 2}}


def furnished(window: Window) -> Window:
    """A database in which everything is as it should be."""
    window.fields = {
        "sale.sale": ("web_shop", "web_id", "warehouse", "state"),
        "product.product": ("forecast_quantity", "sale_price_uom", "account_category", "code"),
    }
    window.rows = {
        "product.uom": [{"id": 1, "symbol": "u"}],
        "company.company": [company(1, "Company 1")],
        "stock.location": [named(4, "Main", code="WH")],
        "web.shop": [named(2, "Shop")],
        "product.product": [service(1, "SHIPPING"), service(2, "FEE"), service(3, "DISCOUNT")],
        "account.tax": [tax(1, "VAT", "0.19"), tax(2, "VAT 7", "0.07")],
        "product.price_list": [named(6, "Web", tax_included=True), named(7, "Net", tax_included=False)],
    }
    return window
