"""``/products/<id>/variations`` and the list across all products, ``/variations``."""

from itertools import product as combinations
from typing import Any

from trueup.sandbox.batch import as_id, run_batch
from trueup.sandbox.deleting import forced, refuse_twice
from trueup.sandbox.errors import WooError, crashed, invalid_id
from trueup.sandbox.paging import CHANGED, PAGE, listed
from trueup.sandbox.product_fields import LIST, LIST_STATUS, ORDERBY_VARIATION, VARIATION
from trueup.sandbox.product_lists import find_products, product_where
from trueup.sandbox.product_rules import blank, modified_now
from trueup.sandbox.product_view import without_hints
from trueup.sandbox.products import forget, trash
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.skus import refuse_trashed_sku
from trueup.sandbox.store import Doc
from trueup.sandbox.validation import Field, check
from trueup.sandbox.variable import sync_parent_of
from trueup.sandbox.variation_rules import apply_variation, variation_view

LISTING = {
    **LIST,
    **PAGE,
    **CHANGED,
    "status": Field(enum=LIST_STATUS, default="any"),
    "orderby": Field(enum=ORDERBY_VARIATION, default="date"),
    "attributes": Field(type="array", items=Field(type="object")),
}
NO_PARENT = "Uncaught Error: Call to a member function get_parent_id() on null"


def list_variations(shop: Shop, call: Call, product_id: int) -> Answer:
    """The variations below a product; none, and no error, below one that does not exist."""
    known = shop.store.get("product", product_id) is not None
    return _list(shop, call, product_id if known else 0)


def list_all_variations(shop: Shop, call: Call) -> Answer:
    return _list(shop, call, None)


def _list(shop: Shop, call: Call, product_id: int | None) -> Answer:
    params = {**check(LISTING, call.params), "type": "variation"}
    where = product_where(shop, params)
    if product_id is not None:
        where.add("parent_id = ?", product_id)
    if params.get("attributes"):
        _add_attributes(shop, where, params["attributes"])
    docs, total = find_products(shop, where, params)
    parents = {id_: shop.store.get("product", id_) for id_ in {doc["parent_id"] for doc in docs}}
    nobody = blank(shop, "variable")
    views = [variation_view(shop, call, doc, parents[doc["parent_id"]] or nobody) for doc in docs]
    if product_id is None:
        views = [{**view, "_links": _cross_links(call, view["id"])} for view in views]
    return listed(call, views, total, params)


def _cross_links(call: Call, id_: int) -> Doc:
    """Links as the list across products has them: to an address that does not exist and a parent 0."""
    return {
        "self": [{"href": call.url(f"/variations/{id_}")}],
        "collection": [{"href": call.url("/variations")}],
        "up": [{"href": call.url("/products/0")}],
    }


def _add_attributes(shop: Shop, where: Any, wanted: list[Doc]) -> None:
    for entry in wanted:
        pattern = f'%"slug":"{entry.get("attribute", "")}","option":"{entry.get("term", "")}"%'
        where.add("CAST(doc AS TEXT) LIKE ?", pattern)


def found_variation(shop: Shop, product_id: int, id_: Any) -> tuple[Doc, Doc]:
    """A variation and its parent. Raises WooError 404, also below another parent."""
    doc = shop.store.get("product", as_id(id_))
    parent = shop.store.get("product", product_id)
    if doc is None or parent is None or doc["type"] != "variation" or doc["parent_id"] != product_id:
        raise invalid_id("product_variation", allow=False)
    return doc, parent


def get_variation(shop: Shop, call: Call, product_id: int, id_: int) -> Answer:
    doc, parent = found_variation(shop, product_id, id_)
    return Answer(body=variation_view(shop, call, doc, parent, str(call.query.get("context") or "view")))


def create_variation(shop: Shop, call: Call, product_id: int) -> Answer:
    """The real shop's ``Location`` shows the pattern of the parent's id, not the id; so does this one's."""
    view = create(shop, call, product_id, check(VARIATION, call.params))
    location = call.url(rf"/products/(?P<product_id>[\d]+)/variations/{view['id']}")
    return Answer(status=201, body=view, headers={"Location": location})


def create(shop: Shop, call: Call, product_id: int, given: Doc) -> Doc:
    """A new variation, seen as its creator sees it; the parent's ``date_modified`` moves."""
    doc, parent = add_variation(shop, product_id, given)
    sync_parent_of(shop, product_id)
    return variation_view(shop, call, doc, parent, "edit")


def add_variation(shop: Shop, product_id: int, given: Doc) -> tuple[Doc, Doc]:
    """Store a new variation; the parent is left to be brought up to date. Raises WooError for what is refused."""
    if given.get("id"):
        text = "Cannot create existing product variation."
        raise WooError(400, "woocommerce_rest_product_variation_exists", text)
    parent = shop.store.get("product", product_id)
    if parent is None:
        _orphan(shop, product_id, given)
        raise crashed(NO_PARENT)
    doc = {**blank(shop, "variation", product_id), "tax_class": "parent"}
    apply_variation(shop, doc, parent, given)
    doc["id"] = shop.store.next_id("post")
    refuse_trashed_sku(shop, doc, "created")
    shop.store.insert("product", doc)
    shop.emit("product.created", doc["id"])
    return doc, parent


def _orphan(shop: Shop, product_id: int, given: Doc) -> None:
    """PHP fails only after the variation was written: it stays behind, below a parent that does not exist."""
    doc = {**blank(shop, "variation", product_id), "tax_class": "parent", "id": shop.store.next_id("post")}
    apply_variation(shop, doc, blank(shop, "variable"), given)
    shop.store.insert("product", doc)


def update_variation(shop: Shop, call: Call, product_id: int, id_: int) -> Answer:
    found_variation(shop, product_id, id_)
    return Answer(body=update(shop, call, product_id, id_, check(VARIATION, call.params)))


def update(shop: Shop, call: Call, product_id: int, id_: Any, given: Doc) -> Doc:
    """Change a variation; its ``date_modified`` and the parent's move."""
    before, parent = found_variation(shop, product_id, id_)
    doc = {**before}
    apply_variation(shop, doc, parent, given)
    if doc["sku"] != before["sku"]:
        refuse_trashed_sku(shop, doc, "updated")
    modified_now(shop, doc)
    shop.store.update("product", doc, before)
    sync_parent_of(shop, product_id)
    shop.emit("product.updated", doc["id"])
    return variation_view(shop, call, doc, parent, "edit")


def delete_variation(shop: Shop, call: Call, product_id: int, id_: int) -> Answer:
    force = forced(call)
    return Answer(body=delete(shop, call, product_id, id_, force=force), allow=not force)


def delete(shop: Shop, call: Call, product_id: int, id_: Any, *, force: bool) -> Doc:
    doc, parent = found_variation(shop, product_id, id_)
    view = variation_view(shop, call, doc, parent, "edit")
    if force:
        forget(shop, doc["id"])
        view = without_hints(view)
    else:
        refuse_twice(doc, "product_variation")
        trash(shop, doc)
    sync_parent_of(shop, product_id)
    return view


def batch_variations(shop: Shop, call: Call, product_id: int) -> Answer:
    return run_batch(
        shop,
        call,
        lambda item: create(shop, call, product_id, item),
        lambda id_, item: update(shop, call, product_id, id_, item),
        lambda id_: delete(shop, call, product_id, id_, force=True),
        named=lambda id_: {"id": id_, "product_id": product_id, "force": True},
    )


def generate_variations(shop: Shop, call: Call, product_id: int) -> Answer:
    """Make every combination of the parent's options that is not there yet."""
    parent = shop.store.get("product", product_id)
    if parent is None:
        raise invalid_id("product")
    rows = [row for row in parent["attributes"] if row["variation"]]
    have = [
        _combination(doc) for doc in shop.store.select("product", "parent_id = ? AND type = 'variation'", (product_id,))
    ]
    made = 0
    for options in combinations(*(_options(shop, row) for row in rows)):
        entries = [{"id": r["id"], "name": r.get("name"), "option": o} for r, o in zip(rows, options, strict=True)]
        probe = blank(shop, "variation", product_id)
        apply_variation(shop, probe, parent, {"attributes": entries})
        if _combination(probe) not in have:
            create(shop, call, product_id, {"attributes": entries})
            made += 1
    _number(shop, product_id)
    return Answer(body={"count": made})


def _number(shop: Shop, product_id: int) -> None:
    """Generating also puts all variations in order."""
    where = "parent_id = ? AND type = 'variation' AND status IN ('publish', 'private')"
    for place, doc in enumerate(shop.store.select("product", where, (product_id,), order="menu_order, id"), 1):
        shop.store.update("product", {**doc, "menu_order": place}, doc)


def _combination(doc: Doc) -> dict[str, str]:
    return {row["slug"]: row["option"] for row in doc["attributes"]}


def _options(shop: Shop, row: Doc) -> list[str]:
    if not row["id"]:
        return list(row["options"])
    terms = (shop.term(id_) for id_ in row["options"])
    return sorted(term["name"] for term in terms if term)


PATH = "/products/{product_id}/variations"
ROUTES = [
    Route(READ, "/variations", list_all_variations),
    Route(READ, PATH, list_variations),
    Route(CREATE, PATH, create_variation),
    Route(CREATE, f"{PATH}/generate", generate_variations),
    Route(UPDATE, f"{PATH}/batch", batch_variations),
    Route(READ, f"{PATH}/{{id}}", get_variation),
    Route(UPDATE, f"{PATH}/{{id}}", update_variation),
    Route(DELETE, f"{PATH}/{{id}}", delete_variation),
]
