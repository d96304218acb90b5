"""What a write does to a product or variation: prices, stock, dates, links to terms and pictures."""

import uuid
from typing import Any

from trueup.sandbox import meta as metas
from trueup.sandbox import taxonomy
from trueup.sandbox.dates import from_local, from_utc, iso, local
from trueup.sandbox.images import take_in
from trueup.sandbox.shop import Shop
from trueup.sandbox.skus import set_gtin, set_sku
from trueup.sandbox.stock import align_stock
from trueup.sandbox.store import Doc, Table
from trueup.sandbox.texts import clean, decimal_text, kses, number, slug_of

STATUSES = ("draft", "pending", "private", "publish", "future", "auto-draft", "trash")
LONGEST_SKU = 100
INTERNAL_META = {
    "_sku": "sku",
    "_regular_price": "regular_price",
    "_sale_price": "sale_price",
    "_stock": "stock_quantity",
}
HIDDEN_META = {"_price", "_stock_status", "_manage_stock", "_tax_status", "_tax_class", "_weight", *INTERNAL_META}
PLAIN = ("tax_status", "post_password", "catalog_visibility", "backorders")
FLAGS = ("virtual", "downloadable", "featured", "reviews_allowed", "sold_individually")
NUMBERS = ("menu_order", "download_limit", "download_expiry")
TEXTS = ("description", "short_description", "purchase_note", "external_url", "button_text")


def shelf_of(doc: Doc) -> str:
    """Where a list finds it: ``product`` or ``variation`` if a list without status shows it, else ``away``."""
    if doc["status"] not in ("publish", "future", "draft", "pending", "private"):
        return "away"
    return "variation" if doc["type"] == "variation" else "product"


def columns_of(doc: Doc) -> dict[str, Any]:
    price = number(doc["price"]) if doc["price"] else 0
    known = len(doc["sku"]) <= LONGEST_SKU  # the look-up table has no row for a longer one
    return {
        "shelf": shelf_of(doc),
        "type": doc["type"],
        "parent_id": doc["parent_id"],
        "status": doc["status"],
        "sku_key": doc["sku"].lower(),
        "gtin": doc["gtin"],
        "name_key": doc["name"].lower(),
        "slug": doc["slug"],
        "created": doc["created"],
        "modified": doc["modified"],
        "menu_order": doc["menu_order"],
        "price": float(price or 0) if known else None,
        "stock_status": doc["stock_status"],
        "featured": int(doc["featured"]),
        "flags": int(doc["virtual"]) + 2 * int(doc["downloadable"]),
        "tax_class": doc["tax_class"],
        "total_sales": doc["total_sales"],
        "sale": doc["sale_price"] or None,
    }


PRODUCTS = Table(
    name="product",
    columns={
        **dict.fromkeys(
            ("shelf", "type", "status", "sku_key", "gtin", "name_key", "slug", "created", "modified"), "TEXT"
        ),
        **dict.fromkeys(("parent_id", "menu_order", "featured", "flags", "total_sales"), "INTEGER"),
        "price": "REAL",
        "stock_status": "TEXT",
        "tax_class": "TEXT",
        "sale": "TEXT",
    },
    of=columns_of,
    indexes=(
        "shelf, created, id",
        "shelf, modified, id",
        "shelf, id",
        "sku_key",
        "gtin",
        "slug",
        "parent_id",
        "status, type",
    ),
)


def blank(shop: Shop, type_: str = "simple", parent_id: int = 0) -> Doc:
    """A product nobody has said anything about yet; its id is set when it is stored."""
    now = shop.now_iso()
    return {
        "id": 0, "type": type_, "parent_id": parent_id, "name": "", "slug": "", "status": "publish",
        "created": now, "modified": now, "featured": False, "catalog_visibility": "visible",
        "description": "", "short_description": "", "sku": "", "gtin": "", "price": "", "regular_price": "",
        "sale_price": "", "sale_from": None, "sale_to": None, "total_sales": 0, "virtual": False,
        "downloadable": False, "downloads": [], "download_limit": -1, "download_expiry": -1, "external_url": "",
        "button_text": "", "tax_status": "taxable", "tax_class": "", "manage_stock": False, "stock": None,
        "backorders": "no", "low_stock": None, "stock_status": "instock", "sold_individually": False, "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""}, "shipping_class_id": 0, "reviews_allowed": True,
        "rating": "0", "rating_count": 0, "upsell_ids": [], "cross_sell_ids": [], "purchase_note": "",
        "categories": [], "tags": [], "brands": [], "images": [], "attributes": [], "default_attributes": [],
        "grouped_products": [], "menu_order": 0, "meta": [], "post_password": "", "sale_in_children": False,
    }  # fmt: skip


def apply_shared(shop: Shop, doc: Doc, given: Doc) -> None:
    """What products and variations have in common."""
    for name in FLAGS:
        if given.get(name) is not None:
            doc[name] = given[name] in (True, 1, "1", "true", "yes")
    for name in NUMBERS:
        if given.get(name) is not None:
            doc[name] = whole(given[name])
    for name in PLAIN:
        if given.get(name) is not None:
            doc[name] = given[name]
    if doc["backorders"] not in ("no", "notify", "yes"):
        doc["backorders"] = "no"
    _apply_shipping(shop, doc, given)
    if "sku" in given and given["sku"] is not None:
        set_sku(shop, doc, given["sku"])
    if given.get("global_unique_id") is not None:
        set_gtin(shop, doc, given["global_unique_id"])
    if given.get("downloads") is not None:
        doc["downloads"] = [_download(entry) for entry in given["downloads"]]


def _download(entry: Doc) -> Doc:
    return {"id": entry.get("id") or str(uuid.uuid4()), "name": entry.get("name", ""), "file": entry.get("file", "")}


def _apply_shipping(shop: Shop, doc: Doc, given: Doc) -> None:
    if "weight" in given:
        doc["weight"] = decimal_text(given["weight"])
    if isinstance(given.get("dimensions"), dict):
        sizes = {side: decimal_text(size) for side, size in given["dimensions"].items() if side in doc["dimensions"]}
        doc["dimensions"] = {**doc["dimensions"], **sizes}
    if doc["virtual"]:
        doc.update(weight="", dimensions={"length": "", "width": "", "height": ""})
    if given.get("shipping_class") is not None:
        term = (
            taxonomy.find_term(shop, taxonomy.SHIPPING_CLASS, given["shipping_class"])
            if given["shipping_class"]
            else None
        )
        doc["shipping_class_id"] = term["id"] if term else 0


def apply_prices(shop: Shop, doc: Doc, given: Doc) -> None:
    """Prices as sent, cleaned by ``wc_format_decimal``; a sale price that is no bargain is dropped without a word."""
    for name in ("regular_price", "sale_price"):
        if name in given:
            doc[name] = decimal_text(given[name])
    for name, key in (("date_on_sale_from", "sale_from"), ("date_on_sale_to", "sale_to")):
        if name in given:
            doc[key] = from_local(given[name], shop.zone)
        if f"{name}_gmt" in given:
            doc[key] = from_utc(given[f"{name}_gmt"])
    regular, sale = number(doc["regular_price"]), number(doc["sale_price"])
    if sale is not None and (regular is None or sale >= regular):
        doc["sale_price"] = ""
    refresh_price(shop, doc)


def refresh_price(shop: Shop, doc: Doc) -> None:
    """The price of today: the sale price inside its window, else the regular one."""
    doc["price"] = doc["sale_price"] if is_on_sale(shop, doc) else doc["regular_price"]


def is_on_sale(shop: Shop, doc: Doc) -> bool:
    if not doc["sale_price"]:
        return False
    now = shop.now_iso()
    return not (doc["sale_from"] and doc["sale_from"] > now) and not (doc["sale_to"] and doc["sale_to"] < now)


def whole(value: Any) -> int:
    """PHP's ``intval``: leading digits count, text is 0."""
    try:
        return int(float(value))
    except (TypeError, ValueError):
        return 0


def apply_stock(shop: Shop, doc: Doc, given: Doc) -> None:
    """Stock of a product: quantity only counts while ``manage_stock`` is on, status only while it is off."""
    if given.get("manage_stock") is not None:
        doc["manage_stock"] = given["manage_stock"] in (True, 1, "1", "true", "yes")
    if doc["type"] in ("grouped", "external"):
        doc["manage_stock"] = False
    status = given.get("stock_status")
    if status is not None and doc["type"] not in ("variable", "external"):
        doc["stock_status"] = status if status in ("instock", "outofstock", "onbackorder") else "instock"
    if doc["manage_stock"]:
        apply_quantity(doc, given)
    align_stock(shop, doc)


def apply_quantity(doc: Doc, given: Doc) -> None:
    """``stock_quantity`` sets, ``inventory_delta`` moves."""
    if given.get("stock_quantity") is not None:
        doc["stock"] = whole(given["stock_quantity"])
    elif given.get("inventory_delta") is not None:
        doc["stock"] = (doc["stock"] or 0) + whole(given["inventory_delta"])
    if "low_stock_amount" in given:
        amount = given["low_stock_amount"]
        doc["low_stock"] = None if amount in (None, "") else whole(amount)


def apply_meta(shop: Shop, doc: Doc, given: Doc) -> None:
    """Custom fields; a field with an internal name changes the product itself."""
    rows = given.get("meta_data")
    if not isinstance(rows, list):
        return
    for row in rows:
        if isinstance(row, dict) and row.get("key") == "_sku":
            set_sku(shop, doc, row.get("value"))
    doc["meta"] = metas.merged(
        shop.store, doc["meta"], [r for r in rows if isinstance(r, dict) and r.get("key") not in HIDDEN_META]
    )


def apply_product(shop: Shop, doc: Doc, given: Doc) -> None:
    """Everything a client may say about a product that is no variation."""
    if given.get("type") is not None:
        doc["type"] = given["type"]
    if "name" in given and given["name"] is not None:
        doc["name"] = kses(str(given["name"]))
    for name in TEXTS:
        if given.get(name) is not None:
            doc[name] = str(given[name])
    if given.get("status") is not None:
        doc["status"] = given["status"] if given["status"] in STATUSES else "draft"
    if given.get("slug") is not None:
        doc["slug_wanted"] = slug_of(str(given["slug"]))
    if given.get("tax_class") is not None:
        doc["tax_class"] = known_tax_class(shop, given["tax_class"])
    apply_shared(shop, doc, given)
    _apply_attributes(shop, doc, given)
    if doc["type"] in ("variable", "grouped"):
        doc.update(sale_price="", sale_from=None, sale_to=None)
    else:
        apply_prices(shop, doc, given)
    apply_stock(shop, doc, given)
    _apply_links(shop, doc, given)
    _apply_created(shop, doc, given)
    apply_meta(shop, doc, given)


def known_tax_class(shop: Shop, given: Any) -> str:
    """An unknown tax class silently becomes the standard one."""
    text = clean(given)
    known = shop.store.count("tax_class", "slug = ?", (text,)) > 0
    return text if known and text != "standard" else ""


def _apply_links(shop: Shop, doc: Doc, given: Doc) -> None:
    for name in ("upsell_ids", "cross_sell_ids", "grouped_products"):
        if given.get(name) is not None:
            doc[name] = [whole(id_) for id_ in given[name]]
    for name, kind in (("categories", taxonomy.CATEGORY), ("brands", taxonomy.BRAND), ("tags", taxonomy.TAG)):
        if given.get(name) is not None:
            doc[name] = _term_ids(shop, kind, given[name])
    if not doc["categories"] and doc["type"] != "variation":
        doc["categories"] = [taxonomy.DEFAULT_CATEGORY]
    if given.get("images") is not None:
        doc["images"] = [take_in(shop, entry) for entry in given["images"]]
    if given.get("default_attributes") is not None:
        doc["default_attributes"] = _defaults(shop, doc, given["default_attributes"])


def _term_ids(shop: Shop, kind: str, entries: list[Any]) -> list[int]:
    """Known ids stay; a category by name is ignored, a tag by name is made."""
    found = []
    for entry in entries:
        term = shop.term(whole(entry.get("id"))) if isinstance(entry, dict) and entry.get("id") else None
        if term is None and kind == taxonomy.TAG and isinstance(entry, dict) and entry.get("name"):
            term = taxonomy.term_for(shop, kind, entry["name"])
        if term is not None and term["taxonomy"] == kind:
            found.append(term["id"])
    return list(dict.fromkeys(found))


def _apply_attributes(shop: Shop, doc: Doc, given: Doc) -> None:
    if given.get("attributes") is None:
        return
    rows = [_attribute_row(shop, entry) for entry in given["attributes"] if isinstance(entry, dict)]
    doc["attributes"] = [row for row in rows if row is not None]


def _attribute_row(shop: Shop, entry: Doc) -> Doc | None:
    options = entry.get("options")
    values = [clean(v) for v in (options if isinstance(options, list) else str(options or "").split("|"))]
    row: Doc = {
        "position": whole(entry.get("position") or 0),
        "visible": bool(entry.get("visible", False)),
        "variation": bool(entry.get("variation", False)),
    }
    if entry.get("id"):
        known = taxonomy.attribute(shop, whole(entry["id"]))
        if known is None:
            return None
        kind = taxonomy.attribute_taxonomy(known["id"])
        chosen = [taxonomy.term_for(shop, kind, v)["id"] for v in values if v]
        return {"id": known["id"], "options": list(dict.fromkeys(chosen)), **row}
    if not entry.get("name"):
        return None
    return {"id": 0, "name": clean(entry["name"]), "options": [v for v in values if v], **row}


def _defaults(shop: Shop, doc: Doc, entries: list[Any]) -> list[Doc]:
    found = []
    for entry in entries:
        row = matching_attribute(shop, doc, entry)
        if row is not None and row["variation"]:
            found.append(
                {"id": row["id"], "name": row.get("name", ""), "option": option_key(shop, row, entry.get("option"))}
            )
    return found


def matching_attribute(shop: Shop, parent: Doc, entry: Doc) -> Doc | None:
    """The parent's attribute an entry names, by id or by name in any case."""
    wanted = slug_of(str(entry.get("name") or ""))
    for row in parent["attributes"]:
        fits = row["id"] == whole(entry["id"]) if entry.get("id") else _called(shop, row, wanted)
        if fits:
            return dict(row)
    return None


def _called(shop: Shop, row: Doc, wanted: str) -> bool:
    return _same_global(shop, row["id"], wanted) if row["id"] else slug_of(row["name"]) == wanted


def _same_global(shop: Shop, attribute_id: int, wanted: str) -> bool:
    known = taxonomy.attribute(shop, attribute_id)
    return known is not None and wanted in (known["slug"].replace("_", "-"), slug_of(known["name"]))


def option_key(shop: Shop, row: Doc, option: Any) -> str:
    """How a chosen option is kept: the slug of a global term, the text of a local option."""
    if not row["id"]:
        return clean(option)
    term = taxonomy.find_term(shop, taxonomy.attribute_taxonomy(row["id"]), option)
    return str(term["slug"]) if term else slug_of(str(option))


def _apply_created(shop: Shop, doc: Doc, given: Doc) -> None:
    """``date_created`` is read as UTC, whatever the documentation says; moving it leaves a trace in the meta."""
    moment = from_utc(given.get("date_created")) or from_utc(given.get("date_created_gmt"))
    if moment is None:
        return
    old_day, new_day = (str(local(value, shop.zone))[:10] for value in (doc["created"], moment))
    if doc["id"] and old_day != new_day and doc["status"] == "publish":
        row = {"id": metas.new_meta_id(shop.store), "key": "_wp_old_date", "value": old_day}
        doc["meta"] = [*doc["meta"], row]
    doc["created"] = moment


def modified_now(shop: Shop, doc: Doc) -> None:
    """Any write moves ``date_modified``; a scheduled product is modified in the future."""
    now = iso(shop.now())
    doc["modified"] = max(doc["created"], now) if doc["status"] == "future" else now
