"""``/products/<id>/duplicate`` and ``/products/custom-fields/names``."""

import re
from typing import Any

from trueup.sandbox import taxonomy
from trueup.sandbox.dates import local
from trueup.sandbox.errors import invalid_id
from trueup.sandbox.meta import new_meta_id
from trueup.sandbox.paging import listed, offset_of
from trueup.sandbox.products import index_terms
from trueup.sandbox.router import CREATE, READ, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.skus import free_sku, sku_owner
from trueup.sandbox.store import Doc
from trueup.sandbox.validation import STRING, Field, check

EVERYWHERE = "total_sales"  # a custom field of every product, which only this list shows
NAMES = {
    "page": Field(type="integer", default=1, minimum=1),
    "per_page": Field(type="integer", default=10, minimum=1, maximum=100),
    "search": STRING,
    "order": Field(enum=("asc", "desc"), default="asc"),
}


def duplicate_product(shop: Shop, call: Call, id_: int) -> Answer:
    """A draft copy with the next free SKU; answered in the raw form of WooCommerce's own objects."""
    original = shop.store.get("product", id_)
    if original is None:
        raise invalid_id("product", 404)
    doc = {
        **original,
        "id": shop.store.next_id("post"),
        "name": f"{original['name']} (Copy)",
        "slug": "",
        "status": "draft",
        "sku": _next_sku(shop, original["sku"]),
        "gtin": "",
        "created": shop.now_iso(),
        "modified": shop.now_iso(),
        "total_sales": 0,
        "meta": [{**row, "id": new_meta_id(shop.store)} for row in original["meta"]],
    }
    passing: list[Doc] = []
    if doc["brands"]:
        passing = [{"id": new_meta_id(shop.store), "key": "duplicate_temp_brand_ids", "value": doc["brands"]}]
    shop.store.insert("product", doc)
    index_terms(shop, doc)
    shop.store.next_id("post")
    shop.emit("product.created", doc["id"])
    return Answer(body=_raw(shop, {**doc, "meta": [*doc["meta"], *passing]}))


def _next_sku(shop: Shop, sku: str) -> str:
    """``APF-1`` -> ``APF-2``: a number at the end is counted up, else one is added."""
    found = re.fullmatch(r"(.*-)(\d+)", sku)
    if found is None:
        return free_sku(shop, sku) if sku else ""
    number = int(found[2]) + 1
    while sku_owner(shop, f"{found[1]}{number}") is not None:
        number += 1
    return f"{found[1]}{number}"


def _moment(shop: Shop, stored: str | None) -> Doc | None:
    if stored is None:
        return None
    shown = str(local(stored, shop.zone)).replace("T", " ")
    return {"date": f"{shown}.000000", "timezone_type": 3, "timezone": shop.settings.time_zone}


def _raw(shop: Shop, doc: Doc) -> Doc:
    """The object as PHP prints it, without the API's own names."""
    same = (
        "id name slug status featured catalog_visibility description short_description sku price "
        "regular_price sale_price total_sales tax_status tax_class manage_stock stock_status backorders "
        "sold_individually weight upsell_ids cross_sell_ids parent_id reviews_allowed purchase_note "
        "default_attributes menu_order post_password virtual downloadable shipping_class_id downloads "
        "download_limit download_expiry"
    )
    images: list[Any] = doc["images"]
    return {
        **{name: doc[name] for name in same.split()},
        **doc["dimensions"],
        "date_created": _moment(shop, doc["created"]),
        "date_modified": _moment(shop, doc["modified"]),
        "global_unique_id": doc["gtin"],
        "date_on_sale_from": _moment(shop, doc["sale_from"]),
        "date_on_sale_to": _moment(shop, doc["sale_to"]),
        "stock_quantity": doc["stock"],
        "low_stock_amount": "" if doc["low_stock"] is None else doc["low_stock"],
        "attributes": {_attribute_key(shop, row): {} for row in doc["attributes"]},
        "category_ids": doc["categories"],
        "tag_ids": doc["tags"],
        "brand_ids": doc["brands"],
        "image_id": images[0] if images else "",
        "gallery_image_ids": images[1:],
        "rating_counts": [],
        "average_rating": doc["rating"],
        "review_count": doc["rating_count"],
        "cogs_value": None,
        "meta_data": doc["meta"],
    }


def _attribute_key(shop: Shop, row: Doc) -> str:
    known = taxonomy.attribute(shop, row["id"]) if row["id"] else None
    return str(known["slug"]) if known else str(row["name"]).lower()


def custom_field_names(shop: Shop, call: Call) -> Answer:
    """The names of all visible custom fields of products, alphabetically."""
    params = check(NAMES, call.params)
    sql = (
        "SELECT DISTINCT json_extract(entry.value, '$.key') "
        "FROM product, json_each(CAST(product.doc AS TEXT), '$.meta') entry "
        "WHERE json_extract(entry.value, '$.key') LIKE ? ORDER BY 1"
    )
    found = [row[0] for row in shop.store.query(sql, (f"%{params.get('search') or ''}%",))]
    names = sorted({name for name in found if not name.startswith("_")} | {EVERYWHERE})
    if params["order"] == "desc":
        names.reverse()
    start = offset_of(params)
    return listed(call, names[start : start + params["per_page"]], len(names), params)


ROUTES = [
    Route(READ, "/products/custom-fields/names", custom_field_names),
    Route(CREATE, "/products/{id}/duplicate", duplicate_product),
]
