"""How a product looks to a client. ``edit`` (answers to writes) shows texts raw, ``view`` as on a page."""

from trueup.sandbox import taxonomy
from trueup.sandbox.images import image_view
from trueup.sandbox.price_html import price_html
from trueup.sandbox.product_rules import is_on_sale
from trueup.sandbox.router import Call
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import number, paragraphs, slug_of

HINTS = {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]}
UNSLUGGED = ("draft", "pending", "auto-draft")
HIDDEN_STATUSES = ("draft", "pending", "future", "trash", "auto-draft")


def links(call: Call, path: str, id_: int, up: str | None = None) -> Doc:
    """The ``_links`` of an item under its collection."""
    found: Doc = {
        "self": [{"href": call.url(f"{path}/{id_}"), "targetHints": HINTS}],
        "collection": [{"href": call.url(path)}],
    }
    if up is not None:
        found["up"] = [{"href": call.url(up)}]
    return found


def without_hints(view: Doc) -> Doc:
    """A view whose link to itself does not say what may be done with it, as after a deletion."""
    own = [{"href": link["href"]} for link in view["_links"]["self"]]
    return {**view, "_links": {**view["_links"], "self": own}}


def children_of(shop: Shop, id_: int) -> list[Doc]:
    """The variations a customer or the shop's owner may see."""
    return shop.store.select(
        "product",
        "parent_id = ? AND type = 'variation' AND status IN ('publish', 'private')",
        (id_,),
        order="menu_order, id",
    )


def permalink(shop: Shop, call: Call, doc: Doc) -> str:
    if doc["type"] == "variation":
        return _variation_permalink(shop, call, doc)
    if doc["status"] in HIDDEN_STATUSES:
        return f"{call.base}/?post_type=product&p={doc['id']}"
    return f"{call.base}/product/{doc['slug']}/"


def _variation_permalink(shop: Shop, call: Call, doc: Doc) -> str:
    parent = shop.store.get("product", doc["parent_id"])
    base = permalink(shop, call, parent) if parent else f"{call.base}/"
    chosen = [f"attribute_{row['slug']}={row['option']}" for row in doc["attributes"] if row["option"]]
    if not chosen:
        return base
    return f"{base}{'&' if '?' in base else '?'}{'&'.join(chosen)}"


def _trashed_children(shop: Shop, doc: Doc) -> list[Doc]:
    """What a parent in the trash still knows about its variations."""
    if doc["type"] != "variable" or doc["status"] != "trash":
        return []
    children = shop.store.select("product", "parent_id = ? AND type = 'variation' AND status = 'trash'", (doc["id"],))
    return [child for child in children if child.get("before_trash") in ("publish", "private")]


def _tax_class(shop: Shop, doc: Doc) -> str:
    if doc["tax_class"] != "parent":
        return str(doc["tax_class"])
    parent = shop.store.get("product", doc["parent_id"])
    return str(parent["tax_class"]) if parent else ""


def stock_view(doc: Doc) -> Doc:
    allowed = bool(doc["manage_stock"]) and doc["backorders"] != "no"
    short = allowed and (doc["stock"] or 0) < 0
    return {
        "manage_stock": doc["manage_stock"],
        "stock_quantity": doc["stock"],
        "backorders": doc["backorders"],
        "backorders_allowed": allowed,
        "backordered": doc["stock_status"] == "onbackorder" or short,
        "low_stock_amount": doc["low_stock"],
        "stock_status": doc["stock_status"],
    }


def price_view(shop: Shop, doc: Doc) -> Doc:
    no_own = doc["type"] in ("variable", "grouped")
    return {
        "price": doc["price"],
        "regular_price": "" if no_own else doc["regular_price"],
        "sale_price": doc["sale_price"],
        **shop.dates("date_on_sale_from", doc["sale_from"]),
        **shop.dates("date_on_sale_to", doc["sale_to"]),
        "on_sale": is_on_sale(shop, doc),
    }


def purchasable(doc: Doc) -> bool:
    return doc["price"] != "" and doc["type"] not in ("grouped", "external")


def shipping_view(shop: Shop, doc: Doc) -> Doc:
    term = shop.term(doc["shipping_class_id"]) if doc["shipping_class_id"] else None
    return {
        "weight": doc["weight"],
        "dimensions": doc["dimensions"],
        "shipping_class": term["slug"] if term else "",
        "shipping_class_id": term["id"] if term else 0,
    }


def term_views(shop: Shop, ids: list[int], *, by_name: bool = False) -> list[Doc]:
    """Terms as a product shows them: in the shop's order, but in lists by name (the real one primes a cache there)."""
    found = [term for term in (shop.term(id_) for id_ in ids) if term is not None]
    found.sort(key=lambda term: (0 if by_name else term["menu_order"], term["name"].lower()))
    return [taxonomy.brief(term) for term in found]


def attribute_views(shop: Shop, doc: Doc) -> list[Doc]:
    if doc["type"] == "variation":
        return [variation_option(shop, row) for row in doc["attributes"] if row["option"]]
    return [_attribute_view(shop, row) for row in doc["attributes"]]


def _attribute_view(shop: Shop, row: Doc) -> Doc:
    shared = {"position": row["position"], "visible": row["visible"], "variation": row["variation"]}
    if not row["id"]:
        return {"id": 0, "name": row["name"], "slug": row["name"], **shared, "options": row["options"]}
    known = taxonomy.attribute(shop, row["id"]) or {"name": "", "slug": ""}
    options = [term["name"] for term in term_views(shop, row["options"])]
    return {"id": row["id"], "name": known["name"], "slug": known["slug"], **shared, "options": options}


def variation_option(shop: Shop, row: Doc) -> Doc:
    """One chosen option of a variation: the name of a global term, or the text."""
    known = taxonomy.attribute(shop, row["id"]) if row["id"] else None
    if known is None:
        return {"id": 0, "name": row["name"], "slug": row["slug"], "option": row["option"]}
    term = taxonomy.find_term(shop, taxonomy.attribute_taxonomy(known["id"]), row["option"])
    option = term["name"] if term else row["option"]
    return {"id": known["id"], "name": known["name"], "slug": known["slug"], "option": option}


def _default_views(shop: Shop, doc: Doc) -> list[Doc]:
    return [
        {"id": r["id"], "name": (taxonomy.attribute(shop, r["id"]) or r)["name"], "option": r["option"]}
        for r in doc["default_attributes"]
    ]


def _text(text: str, context: str) -> str:
    return paragraphs(text) if context == "view" else text


def product_view(shop: Shop, call: Call, doc: Doc, context: str = "view", *, listed: bool = False) -> Doc:
    """A product in full, with ``_links``. ``listed`` products show their categories by name."""
    children = children_of(shop, doc["id"]) if doc["type"] == "variable" else []
    up = f"/products/{doc['parent_id']}" if doc["parent_id"] else None
    view: Doc = {
        **_identity(shop, call, doc),
        **_texts(doc, context),
        **price_view(shop, doc),
        **_selling(shop, doc),
        **stock_view(doc),
        **shipping_view(shop, doc),
        "shipping_required": not doc["virtual"],
        "shipping_taxable": not doc["virtual"] and doc["tax_status"] != "none",
        **_place(shop, call, doc, listed=listed),
        "variations": [child["id"] for child in children],
        "price_html": price_html(shop, doc, children or _trashed_children(shop, doc)),
        "has_options": doc["type"] == "variable",
    }
    if doc["type"] in ("variable", "grouped"):
        view["on_sale"] = _any_on_sale(shop, doc, children)
    if context == "edit":
        view["permalink_template"] = f"{call.base}/product/%pagename%/"
        view["generated_slug"] = doc["slug"] if _slug_fits(doc) else free_slug(shop, slug_of(doc["name"]), doc["id"])
    view["_links"] = links(call, "/products", doc["id"], up)
    return view


def _identity(shop: Shop, call: Call, doc: Doc) -> Doc:
    return {
        "id": doc["id"],
        "name": doc["name"],
        "slug": doc["slug"],
        "permalink": permalink(shop, call, doc),
        **shop.dates("date_created", doc["created"]),
        **shop.dates("date_modified", doc["modified"]),
        "type": doc["type"],
        "status": doc["status"],
        "featured": doc["featured"],
        "catalog_visibility": doc["catalog_visibility"],
        "sku": doc["sku"],
        "global_unique_id": doc["gtin"],
        "parent_id": doc["parent_id"],
        "menu_order": doc["menu_order"],
        "post_password": doc["post_password"],
    }


def _texts(doc: Doc, context: str) -> Doc:
    is_variation = doc["type"] == "variation"
    return {
        "description": _text(doc["description"], "view" if is_variation else context),
        "short_description": _text(doc["short_description"], context),
        "purchase_note": _text(doc["purchase_note"], context),
        "reviews_allowed": doc["reviews_allowed"] and not is_variation,
        "average_rating": f"{number(doc['rating']) or 0:.2f}" if context == "view" else str(doc["rating"]),
        "rating_count": doc["rating_count"],
    }


def _selling(shop: Shop, doc: Doc) -> Doc:
    same = (
        "virtual downloadable downloads download_limit download_expiry external_url button_text tax_status "
        "sold_individually"
    )
    return {
        **{name: doc[name] for name in same.split()},
        "purchasable": purchasable(doc),
        "total_sales": str(doc["total_sales"]) if doc["type"] == "variation" else doc["total_sales"],
        "tax_class": _tax_class(shop, doc),
    }


def _place(shop: Shop, call: Call, doc: Doc, *, listed: bool) -> Doc:
    """Where a product stands among others: terms, pictures, attributes, relations."""
    return {
        "upsell_ids": doc["upsell_ids"],
        "cross_sell_ids": doc["cross_sell_ids"],
        "grouped_products": doc["grouped_products"],
        "related_ids": _related(shop, doc),
        "categories": term_views(shop, doc["categories"], by_name=listed),
        "brands": term_views(shop, doc["brands"]),
        "tags": term_views(shop, doc["tags"]),
        "images": [image_view(shop, call, id_, sizes=True) for id_ in doc["images"]],
        "attributes": attribute_views(shop, doc),
        "default_attributes": _default_views(shop, doc),
        "meta_data": doc["meta"],
    }


def _any_on_sale(shop: Shop, doc: Doc, children: list[Doc]) -> bool:
    if doc["type"] == "grouped":
        children = [child for child in (shop.store.get("product", id_) for id_ in doc["grouped_products"]) if child]
    return any(is_on_sale(shop, child) for child in children)


def _slug_fits(doc: Doc) -> bool:
    base, slug = slug_of(doc["name"]), str(doc["slug"])
    return slug == base or (slug.startswith(f"{base}-") and slug[len(base) + 1 :].isdigit())


def free_slug(shop: Shop, wanted: str, besides: int) -> str:
    """``wanted``, or with the lowest free number behind it."""
    slug, known = wanted, shop.slug_numbers.get(wanted, 1)
    taken = shop.store.count("product", "slug = ? AND id != ? AND type != 'variation'", (slug, besides))
    while taken:
        known += 1
        slug = f"{wanted}-{known}"
        taken = shop.store.count("product", "slug = ? AND id != ? AND type != 'variation'", (slug, besides))
    if slug != wanted:
        shop.slug_numbers[wanted] = known - 1
    return slug


def _related(shop: Shop, doc: Doc) -> list[int]:
    """Up to five other products that share a category or tag."""
    terms = [*doc["categories"], *doc["tags"]]
    if not terms or doc["type"] == "variation":
        return []
    marks = ",".join("?" * len(terms))
    sql = f"SELECT DISTINCT product_id FROM product_term WHERE term_id IN ({marks}) AND product_id != ? LIMIT 5"
    return [row[0] for row in shop.store.query(sql, (*terms, doc["id"]))]
