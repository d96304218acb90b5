"""What a client may say about an order: addresses, texts, meta and lines. Changes the document in place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from trueup.sandbox import meta as metas
from trueup.sandbox.batch import as_id
from trueup.sandbox.errors import WooError, crashed
from trueup.sandbox.money import Tariff, price_without_tax
from trueup.sandbox.order_docs import BILLING, SHIPPING, article_of, next_item_id, next_item_meta_id
from trueup.sandbox.order_stock import adjust
from trueup.sandbox.product_view import variation_option
from trueup.sandbox.shop import Shop
from trueup.sandbox.skus import sku_owner
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import decimal_text, number, slug_of

PLAIN = ("currency", "payment_method", "payment_method_title", "transaction_id", "customer_note", "created_via")
REMOVERS = {
    "line_items": ("product_id",),
    "shipping_lines": ("method_id", "method_title"),
    "fee_lines": ("name",),
}


def apply_order(shop: Shop, doc: Doc, given: Doc, tariff: Tariff) -> None:
    """Everything but status, payment and coupons. Raises WooError 400 for lines that cannot be."""
    for name, fields in (("billing", BILLING), ("shipping", SHIPPING)):
        if isinstance(given.get(name), dict):
            doc[name] = _address(doc[name], given[name], fields)
    for name in PLAIN:
        if given.get(name) is not None:
            doc[name] = str(given[name])
    if given.get("customer_id") is not None:
        doc["customer_id"] = as_id(given["customer_id"])
    doc["meta"] = metas.merged(shop.store, doc["meta"], given.get("meta_data"))
    for kind, setter in _SETTERS.items():
        for entry in given.get(kind) or []:
            if isinstance(entry, dict):
                _apply_line(shop, doc, kind, entry, partial(setter, shop, tariff))


def _address(address: Doc, given: Doc, fields: tuple[str, ...]) -> Doc:
    """Parts that are not sent stay; null empties."""
    known = {name: str(given[name] or "") for name in fields if name in given}
    return {**address, **known}


def _apply_line(shop: Shop, doc: Doc, kind: str, entry: Doc, setter: Callable[[Doc, Doc], None]) -> None:
    if _removes(kind, entry):
        _remove(shop, doc, kind, entry)
        return
    if not entry.get("id"):
        line: Doc = {"id": 0, "meta": []}
        setter(line, entry)
        line["id"] = next_item_id(shop)
        doc[kind] = [*doc[kind], line]
    else:
        line = _own(doc, kind, entry["id"])
        setter(line, entry)
    if kind == "line_items":
        adjust(shop, doc, line, line["quantity"])


def _removes(kind: str, entry: Doc) -> bool:
    nulled = any(name in entry and entry[name] is None for name in REMOVERS[kind])
    return nulled or (kind == "line_items" and entry.get("quantity") == 0 and "quantity" in entry)


def _remove(shop: Shop, doc: Doc, kind: str, entry: Doc) -> None:
    if not entry.get("id"):
        raise crashed(
            "Uncaught TypeError: WC_REST_Orders_Controller::remove_item(): Argument #3 ($item_id) must be of type int, "
            "null given"
        )
    line = _own(doc, kind, entry["id"])
    if kind == "line_items":
        adjust(shop, doc, line, 0)
    doc[kind] = [other for other in doc[kind] if other is not line]


def _own(doc: Doc, kind: str, id_: Any) -> Doc:
    found: Doc | None = next((line for line in doc[kind] if line["id"] == as_id(id_)), None)
    if found is None:
        text = "Order item ID provided is not associated with order."
        raise WooError(400, "woocommerce_rest_invalid_item_id", text)
    return found


# -- product lines ------------------------------------------------------------------------------------------------


def _set_line(shop: Shop, tariff: Tariff, line: Doc, entry: Doc) -> None:
    new = not line["id"]
    if new:
        line.update(_EMPTY_LINE)
    product_id = _product_id(shop, entry, new=new)
    if product_id:
        set_product(shop, line, product_id)
        if new and line["product_id"]:
            _price(shop, line, entry, tariff)
    _set_amounts(line, entry)
    line["meta"] = _line_meta(shop, line["meta"], entry.get("meta_data"))


_EMPTY_LINE: Doc = {
    "name": "", "product_id": 0, "variation_id": 0, "quantity": 1, "tax_class": "", "subtotal": "0", "total": "0",
    "subtotal_tax": "0", "total_tax": "0", "taxes": [],
}  # fmt: skip


def _product_id(shop: Shop, entry: Doc, *, new: bool) -> int:
    """Which product a line means: by SKU, by id, by variation; 0 for one that is not there."""
    if entry.get("sku"):
        return sku_owner(shop, str(entry["sku"])) or 0
    if entry.get("variation_id") or entry.get("product_id"):
        return as_id(entry.get("variation_id") or entry["product_id"])
    if new:
        raise WooError(400, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.")
    return 0


def set_product(shop: Shop, line: Doc, id_: int) -> None:
    """Make the line one of this product or variation, with its name, tax class and chosen options."""
    product = shop.store.get("product", id_)
    if product is None:
        return
    article = article_of(shop, id_)
    is_variation = product["type"] == "variation"
    line.update(
        name=product["name"],
        product_id=product["parent_id"] if is_variation else id_,
        variation_id=id_ if is_variation else 0,
        tax_class=article.tax_class if article else "",
    )
    if is_variation:
        for row in product["attributes"]:
            _set_option(shop, line, variation_option(shop, row), str(row["option"]))


def _set_option(shop: Shop, line: Doc, option: Doc, value: str) -> None:
    """A chosen option as line meta: the key is the attribute's slug, the text behind it what people read."""
    if not value:
        return
    key = f"pa_{slug_of(option['name'])}" if option["id"] else slug_of(str(option["name"]))
    row = {"key": key, "value": value, "label": option["name"], "shown": option["option"]}
    known = next((old for old in line["meta"] if old["key"] == key), None)
    if known is not None:
        known.update(row)
    else:
        line["meta"] = [*line["meta"], {"id": next_item_meta_id(shop), **row}]


def _price(shop: Shop, line: Doc, entry: Doc, tariff: Tariff) -> None:
    article = article_of(shop, line["variation_id"] or line["product_id"])
    quantity = as_id(entry.get("quantity", 1))
    if article is not None:
        net = str(price_without_tax(tariff, article, quantity))
        line.update(subtotal=net, total=net)


def _set_amounts(line: Doc, entry: Doc) -> None:
    """Name, quantity and money as sent. A total above the subtotal lifts the subtotal."""
    if entry.get("name") is not None:
        line["name"] = str(entry["name"])
    if entry.get("quantity") is not None:
        line["quantity"] = as_id(entry["quantity"])
    if entry.get("total") is not None:
        line["total"] = _amount(entry["total"])
        if (number(line["subtotal"]) or 0) < (number(line["total"]) or 0):
            line["subtotal"] = line["total"]
    if entry.get("subtotal") is not None:
        line["subtotal"] = _amount(entry["subtotal"])
    if entry.get("tax_class") is not None:
        line["tax_class"] = str(entry["tax_class"])


def _amount(value: Any) -> str:
    text = decimal_text(value)
    return text if number(text) is not None else "0"


def _line_meta(shop: Shop, meta: list[Doc], given: Any) -> list[Doc]:
    """Line meta of clients: matched by id, else by key; null deletes."""
    rows = [dict(row) for row in meta]
    for entry in given if isinstance(given, list) else []:
        if not isinstance(entry, dict) or not entry.get("key"):
            continue
        key, value = str(entry["key"]), metas.stored(entry.get("value"))
        known = next((row for row in rows if row["id"] == entry.get("id") or row["key"] == key), None)
        if value is None:
            rows = [row for row in rows if row is not known]
        elif known is not None:
            known.update(key=key, value=value)
        else:
            rows.append({"id": next_item_meta_id(shop), "key": key, "value": value})
    return rows


# -- shipping and fees --------------------------------------------------------------------------------------------


def _set_shipping(shop: Shop, _tariff: Tariff, line: Doc, entry: Doc) -> None:
    if not line["id"]:
        if not entry.get("method_id"):
            raise WooError(400, "woocommerce_rest_invalid_shipping_item", "Shipping method ID is required.")
        line.update(_EMPTY_SHIPPING)
    for name in ("method_id", "method_title", "instance_id"):
        if entry.get(name) is not None:
            line[name] = str(entry[name])
    if entry.get("total") is not None:
        line["total"] = _amount(entry["total"])
    line["tax_status"] = _method_tax_status(shop, line["instance_id"])
    line["meta"] = _line_meta(shop, line["meta"], entry.get("meta_data"))


def _method_tax_status(shop: Shop, instance_id: str) -> str:
    """A method of a shipping zone may be set up without tax; any other is taxable."""
    method = shop.store.get("shipping_method", as_id(instance_id)) if instance_id else None
    return str(method["values"].get("tax_status") or "taxable") if method else "taxable"


_EMPTY_SHIPPING: Doc = {
    "method_title": "", "method_id": "", "instance_id": "", "total": "0", "total_tax": "0", "taxes": [],
    "tax_status": "taxable",
}  # fmt: skip


def _set_fee(shop: Shop, _tariff: Tariff, line: Doc, entry: Doc) -> None:
    if not line["id"]:
        if not entry.get("name"):
            raise WooError(400, "woocommerce_rest_invalid_fee_item", "Fee name is required.")
        line.update(_EMPTY_FEE)
    for name in ("name", "tax_class", "tax_status"):
        if entry.get(name) is not None:
            line[name] = str(entry[name])
    if line["tax_class"] and shop.store.count("tax_class", "slug = ?", (line["tax_class"],)) == 0:
        raise WooError(400, "order_item_fee_invalid_tax_class", "Invalid tax class")
    if entry.get("total") is not None:
        line["total"] = _amount(entry["total"])
    line["meta"] = _line_meta(shop, line["meta"], entry.get("meta_data"))


_EMPTY_FEE: Doc = {
    "name": "", "tax_class": "", "tax_status": "taxable", "amount": "", "total": "0", "total_tax": "0", "taxes": [],
}  # fmt: skip

_SETTERS = {"line_items": _set_line, "shipping_lines": _set_shipping, "fee_lines": _set_fee}
