"""What a write does to a variation, and how one looks."""

from typing import Any

from trueup.sandbox import taxonomy
from trueup.sandbox.images import image_view, take_in
from trueup.sandbox.product_rules import (
    STATUSES,
    apply_meta,
    apply_prices,
    apply_quantity,
    apply_shared,
    known_tax_class,
    matching_attribute,
    option_key,
)
from trueup.sandbox.product_view import links, permalink, price_view, shipping_view, stock_view, variation_option
from trueup.sandbox.router import Call
from trueup.sandbox.shop import Shop
from trueup.sandbox.stock import align_stock
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import paragraphs, slug_of


def apply_variation(shop: Shop, doc: Doc, parent: Doc, given: Doc) -> None:
    """Everything a client may say about a variation."""
    if given.get("status") is not None:
        doc["status"] = given["status"] if given["status"] in STATUSES else "draft"
    if given.get("description") is not None:
        doc["description"] = str(given["description"])
    if given.get("tax_class") is not None:
        wanted = given["tax_class"]
        doc["tax_class"] = "parent" if wanted == "parent" else known_tax_class(shop, wanted)
    apply_shared(shop, doc, given)
    apply_prices(shop, doc, given)
    _apply_stock(shop, doc, parent, given)
    if given.get("attributes") is not None:
        doc["attributes"] = _chosen(shop, parent, given["attributes"])
    if "image" in given:
        doc["images"] = [take_in(shop, given["image"])] if given["image"] else []
    apply_meta(shop, doc, given)
    doc["name"] = title(shop, doc, parent)
    doc["slug"] = doc["slug"] or slug_of(doc["name"])


def _apply_stock(shop: Shop, doc: Doc, parent: Doc, given: Doc) -> None:
    if given.get("manage_stock") is not None:
        doc["manage_stock"] = given["manage_stock"] in (True, 1, "1", "true", "yes")
    if given.get("stock_status") is not None:
        doc["stock_status"] = given["stock_status"]
    if doc["manage_stock"]:
        apply_quantity(doc, given)
    align_stock(shop, doc)


def _chosen(shop: Shop, parent: Doc, entries: list[Any]) -> list[Doc]:
    """One row per attribute of the parent that an entry names; what the parent does not have is dropped."""
    found = []
    for entry in entries:
        row = matching_attribute(shop, parent, entry) if isinstance(entry, dict) else None
        if row is not None and row["variation"]:
            found.append(_choice(shop, row, entry.get("option", "")))
    order = [_slug(shop, row) for row in parent["attributes"]]
    return sorted(found, key=lambda choice: order.index(choice["slug"]))


def _choice(shop: Shop, row: Doc, option: Any) -> Doc:
    name = row.get("name", "")
    return {"id": row["id"], "name": name, "slug": _slug(shop, row), "option": option_key(shop, row, option)}


def _slug(shop: Shop, row: Doc) -> str:
    known = taxonomy.attribute(shop, row["id"]) if row["id"] else None
    return str(known["slug"]) if known else slug_of(row["name"])


def option_text(shop: Shop, doc: Doc) -> str:
    """``Red, S``: the chosen options, as the variation is called."""
    return ", ".join(variation_option(shop, row)["option"] for row in doc["attributes"] if row["option"])


def title(shop: Shop, doc: Doc, parent: Doc) -> str:
    chosen = option_text(shop, doc)
    return f"{parent['name']} - {chosen}" if chosen else str(parent["name"])


def seen_stock(doc: Doc, parent: Doc) -> Doc:
    """The stock a variation reports: the parent's, where only the parent counts."""
    if doc["manage_stock"] or not parent["manage_stock"]:
        return stock_view(doc)
    inherited = {name: parent[name] for name in ("stock", "backorders", "stock_status")}
    return stock_view({**doc, **inherited, "manage_stock": "parent"})


def variation_view(shop: Shop, call: Call, doc: Doc, parent: Doc, context: str = "view") -> Doc:
    """A variation below its parent. Without a SKU of its own it shows the parent's."""
    path = f"/products/{parent['id']}/variations"
    tax_class = parent["tax_class"] if doc["tax_class"] == "parent" and context == "view" else doc["tax_class"]
    images = doc["images"]
    return {
        "id": doc["id"],
        "type": "variation",
        **shop.dates("date_created", doc["created"]),
        **shop.dates("date_modified", doc["modified"]),
        "description": paragraphs(doc["description"]),
        "permalink": permalink(shop, call, doc),
        "sku": doc["sku"] or parent["sku"],
        "global_unique_id": doc["gtin"],
        **price_view(shop, doc),
        "status": doc["status"],
        "purchasable": doc["price"] != "" and doc["status"] == "publish" and parent["status"] == "publish",
        "virtual": doc["virtual"],
        "downloadable": doc["downloadable"],
        "downloads": doc["downloads"],
        "download_limit": doc["download_limit"],
        "download_expiry": doc["download_expiry"],
        "tax_status": parent["tax_status"] if context == "view" else doc["tax_status"],
        "tax_class": tax_class,
        **seen_stock(doc, parent),
        **shipping_view(shop, doc),
        "image": image_view(shop, call, images[0]) if images else None,
        "attributes": [variation_option(shop, row) for row in doc["attributes"] if row["option"]],
        "menu_order": doc["menu_order"],
        "meta_data": doc["meta"],
        "name": option_text(shop, doc),
        "parent_id": parent["id"],
        "_links": links(call, path, doc["id"], f"/products/{parent['id']}"),
    }
