"""How an order looks to a client."""

from __future__ import annotations

import html
from decimal import Decimal
from typing import Any

from trueup.sandbox.figures import json_number
from trueup.sandbox.order_docs import TOTALS, VERSION
from trueup.sandbox.product_view import links
from trueup.sandbox.reference import CURRENCIES
from trueup.sandbox.rounding import bare, shown
from trueup.sandbox.router import Call
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc

EDITABLE = ("pending", "on-hold", "auto-draft")
PAYABLE = ("pending", "failed", "checkout-draft")


def order_view(shop: Shop, call: Call, doc: Doc, dp: int | None = None, *, in_list: bool = False) -> Doc:
    """The order as ``GET /orders/{id}`` shows it; ``dp`` decimals, else the shop's. Lists sort custom fields by id."""
    view = _whole(shop, call, doc, dp)
    if in_list:
        view["meta_data"] = sorted(doc["meta"], key=lambda row: row["id"])
    return view if "_fields" not in call.query else _without_unnamed(view, call.query["_fields"])


EXTRAS = (
    "meta_data", "line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines", "refunds", "payment_url",
    "is_editable", "needs_payment", "needs_processing",
)  # fmt: skip


def _without_unnamed(view: Doc, fields: Any) -> Doc:
    """Lines are only there if ``_fields`` names them as a whole: ``line_items.total`` gives no lines at all."""
    asked = fields if isinstance(fields, list) else str(fields).split(",")
    named = {str(name).strip() for name in asked}
    return {name: value for name, value in view.items() if name not in EXTRAS or name in named}


def _whole(shop: Shop, call: Call, doc: Doc, dp: int | None) -> Doc:
    decimals = shop_decimals(shop)
    dp = decimals if dp is None else dp
    return {
        **_head(shop, doc, dp),
        "line_items": [line_view(shop, call, line, dp) for line in doc["line_items"]],
        "tax_lines": [tax_line_view(line, dp) for line in doc["tax_lines"]],
        "shipping_lines": [shipping_line_view(line, dp) for line in doc["shipping_lines"]],
        "fee_lines": [fee_line_view(line, dp) for line in doc["fee_lines"]],
        "coupon_lines": [_coupon_line_view(shop, line, decimals) for line in doc["coupon_lines"]],
        "refunds": refunds_view(shop, doc["id"], decimals),
        **_foot(shop, call, doc),
        "_links": _links(call, doc),
    }


def shop_decimals(shop: Shop) -> int:
    return int(shop.options.get("woocommerce_price_num_decimals", shop.settings.decimals))


def _head(shop: Shop, doc: Doc, dp: int) -> Doc:
    dates = {name: shop.dates(name, doc[name])[name] for name in ("created", "modified", "completed", "paid")}
    return {
        "id": doc["id"],
        "parent_id": 0,
        "status": doc["status"],
        "currency": doc["currency"],
        "version": VERSION,
        "prices_include_tax": doc["prices_include_tax"],
        "date_created": dates["created"],
        "date_modified": dates["modified"],
        **{name: shown(Decimal(doc[name]), dp) for name in TOTALS},
        "customer_id": doc["customer_id"],
        "order_key": doc["order_key"],
        "billing": doc["billing"],
        "shipping": doc["shipping"],
        "payment_method": doc["payment_method"],
        "payment_method_title": doc["payment_method_title"],
        "transaction_id": doc["transaction_id"],
        "customer_ip_address": doc["ip"],
        "customer_user_agent": doc["agent"],
        "created_via": doc["created_via"],
        "customer_note": doc["customer_note"],
        "date_completed": dates["completed"],
        "date_paid": dates["paid"],
        "cart_hash": doc["cart_hash"],
        "number": str(doc["id"]),
        "meta_data": sorted_meta(doc["meta"]),
    }


def _foot(shop: Shop, call: Call, doc: Doc) -> Doc:
    pay = f"{call.base}/checkout/order-pay/{doc['id']}/?pay_for_order=true&key={doc['order_key']}"
    return {
        "payment_url": pay,
        "is_editable": doc["status"] in EDITABLE,
        "needs_payment": needs_payment(doc),
        "needs_processing": needs_processing(shop, doc),
        "date_created_gmt": doc["created"],
        "date_modified_gmt": doc["modified"],
        "date_completed_gmt": doc["completed"],
        "date_paid_gmt": doc["paid"],
        "currency_symbol": symbol(doc["currency"]),
    }


def sorted_meta(meta: list[Doc]) -> list[Doc]:
    """Custom fields of orders come back in the order of their keys."""
    return sorted(meta, key=lambda row: (row["key"].lower(), row["id"]))


def needs_payment(doc: Doc) -> bool:
    return doc["status"] in PAYABLE and Decimal(doc["total"]) > 0


def needs_processing(shop: Shop, doc: Doc) -> bool:
    """Is there anything to send? Virtual downloads need no work, lines without a product none either."""
    products = [shop.store.get("product", line["variation_id"] or line["product_id"]) for line in doc["line_items"]]
    return any(product and not (product["virtual"] and product["downloadable"]) for product in products)


def symbol(currency: str) -> str:
    """The sign of a currency as orders show it; its code if it has none of its own."""
    return html.unescape(CURRENCIES[currency][1]) if currency in CURRENCIES else currency


def _links(call: Call, doc: Doc) -> Doc:
    found = links(call, "/orders", doc["id"])
    mails = call.url(f"/orders/{doc['id']}/actions/email_templates")
    found["email_templates"] = [{"embeddable": True, "href": mails}]
    if doc["customer_id"]:
        found["customer"] = [{"href": call.url(f"/customers/{doc['customer_id']}")}]
    return found


# -- lines --------------------------------------------------------------------------------------------------------


def line_view(shop: Shop, call: Call, line: Doc, dp: int) -> Doc:
    """A product line; a product deleted for good leaves its name, no id and no SKU."""
    product = shop.store.get("product", line["variation_id"] or line["product_id"])
    parent = shop.store.get("product", product["parent_id"]) if product and product["type"] == "variation" else None
    quantity = line["quantity"]
    price = float(Decimal(line["total"])) / quantity if quantity else 0.0
    return {
        "id": line["id"],
        "name": line["name"],
        "product_id": line["product_id"] if product else 0,
        "variation_id": line["variation_id"] if product else 0,
        "quantity": quantity,
        "tax_class": line["tax_class"],
        **_money(line, ("subtotal", "subtotal_tax", "total", "total_tax"), dp),
        "taxes": _taxes(line, dp),
        "meta_data": line_meta(line["meta"]),
        "sku": _sku(product, parent),
        "global_unique_id": product["gtin"] if product else None,
        "price": json_number(price),
        "image": _image(shop, call, product, parent),
        "parent_name": parent["name"] if parent else None,
    }


def _sku(product: Doc | None, parent: Doc | None) -> str | None:
    if product is None:
        return None
    return str(product["sku"] or (parent["sku"] if parent else ""))


def _image(shop: Shop, call: Call, product: Doc | None, parent: Doc | None) -> Doc:
    images = (product or {}).get("images") or (parent or {}).get("images") or []
    attachment = shop.store.get("attachment", images[0]) if images else None
    if attachment is None:
        return {"id": "" if product and parent is None else 0, "src": ""}
    id_ = images[0] if parent else str(images[0])
    return {"id": id_, "src": f"{call.base}/wp-content/uploads/{attachment['file']}"}


def line_meta(meta: list[Doc]) -> list[Doc]:
    return [
        {
            "id": row["id"],
            "key": row["key"],
            "value": row["value"],
            "display_key": row.get("label", row["key"]),
            "display_value": row.get("shown", row["value"]),
        }
        for row in meta
    ]


def tax_line_view(line: Doc, dp: int) -> Doc:
    return {
        "id": line["id"],
        "rate_code": line["rate_code"],
        "rate_id": line["rate_id"],
        "label": line["label"],
        "compound": line["compound"],
        **_money(line, ("tax_total", "shipping_tax_total"), dp),
        "rate_percent": json_number(line["rate_percent"]),
        "meta_data": [],
    }


def shipping_line_view(line: Doc, dp: int) -> Doc:
    return {
        "id": line["id"],
        "method_title": line["method_title"],
        "method_id": line["method_id"],
        "instance_id": line["instance_id"],
        **_money(line, ("total", "total_tax"), dp),
        "taxes": _taxes(line, dp),
        "tax_status": line["tax_status"],
        "meta_data": line_meta(line["meta"]),
    }


def fee_line_view(line: Doc, dp: int) -> Doc:
    return {
        "id": line["id"],
        "name": line["name"],
        "tax_class": line["tax_class"],
        "tax_status": line["tax_status"],
        "amount": line["amount"],
        **_money(line, ("total", "total_tax"), dp),
        "taxes": _taxes(line, dp),
        "meta_data": line_meta(line["meta"]),
    }


def _coupon_line_view(shop: Shop, line: Doc, decimals: int) -> Doc:
    return {
        "id": line["id"],
        "code": line["code"],
        "discount": bare(Decimal(line["discount"]), decimals),
        "discount_tax": bare(Decimal(line["discount_tax"]), decimals),
        "meta_data": line_meta(line["meta"]),
        "discount_type": line["discount_type"],
        "nominal_amount": json_number(float(line["nominal_amount"])),
        "free_shipping": line["free_shipping"],
    }


def _money(line: Doc, names: tuple[str, ...], dp: int) -> dict[str, str]:
    return {name: shown(Decimal(line[name]), dp) for name in names}


def _taxes(line: Doc, dp: int) -> list[dict[str, Any]]:
    return [{"id": id_, "total": _shown(total, dp), "subtotal": _shown(sub, dp)} for id_, total, sub in line["taxes"]]


def _shown(amount: str, dp: int) -> str:
    return shown(Decimal(amount), dp) if amount != "" else ""


def refunds_view(shop: Shop, order_id: int, decimals: int) -> list[Doc]:
    """Refunds in an order: newest second first, amounts negative, also ``-0.00``."""
    docs = shop.store.select("refund", "parent_id = ?", (order_id,), order="created DESC, id")
    return [{"id": d["id"], "reason": d["reason"], "total": f"-{shown(Decimal(d['amount']), decimals)}"} for d in docs]
