"""``/products``: simple, variable, grouped and external products."""

from functools import partial
from typing import Any

from trueup.sandbox.batch import as_id, batch_of
from trueup.sandbox.deleting import forced, refuse_twice
from trueup.sandbox.errors import WooError, invalid_id
from trueup.sandbox.meta import new_meta_id
from trueup.sandbox.paging import listed
from trueup.sandbox.product_fields import LIST, PRODUCT
from trueup.sandbox.product_lists import find_products, product_where
from trueup.sandbox.product_rules import apply_product, blank, modified_now
from trueup.sandbox.product_view import UNSLUGGED, free_slug, product_view
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.skus import refuse_trashed_sku
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import slug_of
from trueup.sandbox.validation import check
from trueup.sandbox.variable import sync_parent
from trueup.sandbox.variation_rules import title


def list_products(shop: Shop, call: Call) -> Answer:
    params = check(LIST, call.params)
    docs, total = find_products(shop, product_where(shop, params), params)
    context = str(params["context"])
    views = [product_view(shop, call, doc, context, listed=True) for doc in docs]
    return listed(call, views, total, params)


def get_product(shop: Shop, call: Call, id_: int) -> Answer:
    doc = shop.store.get("product", id_)
    if doc is None:
        raise invalid_id("product")
    return Answer(body=product_view(shop, call, doc, str(call.query.get("context") or "view")))


def create_product(shop: Shop, call: Call) -> Answer:
    if call.params.get("id"):
        check(PRODUCT, call.params)
        raise _exists()
    view = create(shop, call, check(PRODUCT, call.params))
    return Answer(status=201, body=view, headers={"Location": call.url(f"/products/{view['id']}")})


def _exists() -> WooError:
    return WooError(400, "woocommerce_rest_product_exists", "Cannot create existing product.")


def create(shop: Shop, call: Call, given: Doc) -> Doc:
    """A new product, seen as its creator sees it."""
    return product_view(shop, call, add_product(shop, given), "edit")


def add_product(shop: Shop, given: Doc) -> Doc:
    """Store a new product and tell the subscribers. Raises WooError for what the real shop refuses."""
    if given.get("id"):
        raise _exists()
    doc = blank(shop, str(given.get("type") or "simple"))
    apply_product(shop, doc, given)
    doc["name"] = doc["name"] or "Product"
    doc["id"] = shop.store.next_id("post")
    refuse_trashed_sku(shop, doc, "created")
    _set_slug(shop, doc)
    modified_now(shop, doc)
    if doc["type"] in ("variable", "grouped"):
        sync_parent(shop, doc)
    shop.store.insert("product", doc)
    index_terms(shop, doc)
    shop.emit("product.created", doc["id"])
    return doc


def _set_slug(shop: Shop, doc: Doc) -> None:
    wanted = doc.pop("slug_wanted", None)
    if wanted:
        doc["slug"] = free_slug(shop, wanted, doc["id"])
    elif not doc["slug"] and doc["status"] not in UNSLUGGED:
        doc["slug"] = free_slug(shop, slug_of(doc["name"]) or str(doc["id"]), doc["id"])


def index_terms(shop: Shop, doc: Doc) -> None:
    """Note which terms a product carries, for filters and counts."""
    terms = [*doc["categories"], *doc["tags"], *doc["brands"], doc["shipping_class_id"]]
    if doc["type"] != "variation":
        terms += [term for row in doc["attributes"] if row["id"] for term in row["options"]]
    shop.store.query("DELETE FROM product_term WHERE product_id = ?", (doc["id"],))
    for term in set(terms) - {0}:
        shop.store.query("INSERT OR IGNORE INTO product_term VALUES (?, ?)", (term, doc["id"]))


def update_product(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=update(shop, call, id_, check(PRODUCT, call.params)))


def update(shop: Shop, call: Call, id_: Any, given: Doc) -> Doc:
    """Change a product; ``date_modified`` moves even if nothing changes."""
    before = shop.store.get("product", as_id(id_))
    if before is None:
        raise invalid_id("product", 400)
    if before["type"] == "variation":
        path = "/products/&lt;product_id&gt;/variations/&lt;id&gt;"
        text = f"To manipulate product variations you should use the {path} endpoint."
        raise WooError(404, "woocommerce_rest_invalid_product_id", text)
    doc = {**before}
    apply_product(shop, doc, given)
    refuse_trashed_sku(shop, doc, "updated") if doc["sku"] != before["sku"] else None
    _leave_trash(doc, before)
    _set_slug(shop, doc)
    modified_now(shop, doc)
    if doc["type"] in ("variable", "grouped"):
        sync_parent(shop, doc)
    shop.store.update("product", doc, before)
    if doc["name"] != before["name"]:
        rename_variations(shop, doc)
    if any(doc[name] != before[name] for name in ("categories", "tags", "brands", "shipping_class_id", "attributes")):
        index_terms(shop, doc)
    shop.emit("product.updated", doc["id"])
    return product_view(shop, call, doc, "edit")


def rename_variations(shop: Shop, parent: Doc) -> None:
    """Variations are called after their parent; that moves nothing else of theirs."""
    for child in shop.store.select("product", "parent_id = ? AND type = 'variation'", (parent["id"],)):
        shop.store.update("product", {**child, "name": title(shop, child, parent)}, child)


def _leave_trash(doc: Doc, before: Doc) -> None:
    if before["status"] == "trash" and doc["status"] != "trash":
        doc["slug"] = doc["slug"].removesuffix("__trashed")
        doc["meta"] = [row for row in doc["meta"] if row["key"] != "_wp_desired_post_slug"]
    elif before["status"] != "trash" and doc["status"] == "trash":
        doc["slug"] = f"{doc['slug']}__trashed"


def delete_product(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=delete(shop, call, id_, force=forced(call)))


def delete(shop: Shop, call: Call, id_: Any, *, force: bool) -> Doc:
    """Into the trash, or with ``force`` gone without a trace. The answer shows the product as it was."""
    doc = shop.store.get("product", as_id(id_))
    if doc is None or doc["type"] == "variation":
        raise invalid_id("product")
    view = product_view(shop, call, doc, "edit")
    if force:
        for child in shop.store.ids("product", "parent_id = ? AND type = 'variation'", (doc["id"],)):
            shop.store.delete("product", child)
        forget(shop, doc["id"])
        return view
    refuse_twice(doc, "product")
    trash(shop, doc)
    return view


def trash(shop: Shop, doc: Doc) -> None:
    """WordPress also tells the world that a coupon of that id went away; kept as it is."""
    changed = {**doc, "status": "trash", "slug": f"{doc['slug']}__trashed", "modified": shop.now_iso()}
    changed |= {"before_trash": doc["status"], "meta": [*doc["meta"], *_trash_traces(shop, doc)]}
    shop.store.update("product", changed, doc)
    shop.emit("coupon.deleted", doc["id"])
    shop.emit("product.deleted", doc["id"])
    if doc["type"] == "variable":
        for child in shop.store.select("product", "parent_id = ? AND status != 'trash'", (doc["id"],)):
            trash(shop, child)


def _trash_traces(shop: Shop, doc: Doc) -> list[Doc]:
    stamp = str(int(shop.now().timestamp()))
    traces = {
        "_wp_trash_meta_status": doc["status"],
        "_wp_trash_meta_time": stamp,
        "_wp_desired_post_slug": doc["slug"],
    }
    return [{"id": new_meta_id(shop.store), "key": key, "value": value} for key, value in traces.items()]


def forget(shop: Shop, id_: int) -> None:
    shop.store.delete("product", id_)
    shop.store.query("DELETE FROM product_term WHERE product_id = ?", (id_,))


ROUTES = [
    Route(READ, "/products", list_products),
    Route(CREATE, "/products", create_product),
    Route(UPDATE, "/products/batch", batch_of(create, update, partial(delete, force=True))),
    Route(READ, "/products/{id}", get_product),
    Route(UPDATE, "/products/{id}", update_product),
    Route(DELETE, "/products/{id}", delete_product),
]
