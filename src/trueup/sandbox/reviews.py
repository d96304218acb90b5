"""``/products/reviews``."""

import hashlib
from functools import partial
from typing import Any

from trueup.sandbox.batch import as_id, batch_of
from trueup.sandbox.deleting import forced, refuse_twice
from trueup.sandbox.errors import WooError
from trueup.sandbox.paging import PAGE, Where, add_common, listed, offset_of
from trueup.sandbox.product_view import links, permalink
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table
from trueup.sandbox.validation import INTEGER, INTEGERS, STRING, Field, check

PATH = "/products/reviews"
STATUSES = ("approved", "hold", "spam", "unspam", "trash", "untrash")
REVIEWS = Table(
    name="review",
    columns={"product_id": "INTEGER", "status": "TEXT", "created": "TEXT"},
    of=lambda doc: {"product_id": doc["product_id"], "status": doc["status"], "created": doc["created"]},
)
FIELDS = {
    "review": STRING,
    "reviewer": STRING,
    "reviewer_email": Field(format="email"),
    "rating": INTEGER,
    "status": Field(enum=STATUSES),
}
NEW = {
    **FIELDS,
    "product_id": Field(type="integer", required=True),
    **{name: Field(format=FIELDS[name].format, required=True) for name in ("review", "reviewer", "reviewer_email")},
}
LISTING = {
    **PAGE,
    "order": Field(enum=("asc", "desc"), default="desc"),
    "status": Field(enum=("all", *STATUSES), default="approved"),
    "product": INTEGERS,
}


def review_view(shop: Shop, call: Call, doc: Doc) -> Doc:
    product = shop.store.get("product", doc["product_id"])
    digest = hashlib.sha256(doc["reviewer_email"].strip().lower().encode()).hexdigest()
    gravatar = f"https://secure.gravatar.com/avatar/{digest}?s="
    shown = {name: doc[name] for name in ("status", "reviewer", "reviewer_email", "review", "rating")}
    return {
        "id": doc["id"],
        **shop.dates("date_created", doc["created"]),
        "product_id": doc["product_id"],
        "product_name": product["name"] if product else "",
        "product_permalink": permalink(shop, call, product) if product else "",
        **shown,
        "verified": False,
        "reviewer_avatar_urls": {str(size): f"{gravatar}{size}&d=mm&r=g" for size in (24, 48, 96)},
        "_links": links(call, PATH, doc["id"], f"/products/{doc['product_id']}"),
    }


def list_reviews(shop: Shop, call: Call) -> Answer:
    params = check(LISTING, call.params)
    where = Where()
    add_common(where, params)
    if params["status"] != "all":
        where.add("status = ?", params["status"])
    if params.get("product"):
        where.one_of("product_id", params["product"])
    total = shop.store.count("review", where.sql, where.params)
    order, limit = f"created {params['order']}, id {params['order']}", params["per_page"]
    docs = shop.store.select("review", where.sql, where.params, order=order, limit=limit, offset=offset_of(params))
    return listed(call, [review_view(shop, call, doc) for doc in docs], total, params)


def _found(shop: Shop, id_: Any) -> Doc:
    doc = shop.store.get("review", as_id(id_))
    if doc is None:
        raise WooError(404, "woocommerce_rest_review_invalid_id", "Invalid review ID.")
    return doc


def get_review(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=review_view(shop, call, _found(shop, id_)))


def create_review(shop: Shop, call: Call) -> Answer:
    view = create(shop, call, check(NEW, call.params))
    return Answer(status=201, body=view, headers={"Location": call.url(f"{PATH}/{view['id']}")})


def create(shop: Shop, call: Call, given: Doc) -> Doc:
    product = shop.store.get("product", as_id(given.get("product_id")))
    if product is None:
        raise WooError(404, "woocommerce_rest_product_invalid_id", "Invalid product ID.")
    doc = {
        "id": shop.store.next_id("comment"),
        "product_id": product["id"],
        "created": shop.now_iso(),
        "status": given.get("status") or "approved",
        "reviewer": str(given.get("reviewer", "")),
        "reviewer_email": str(given.get("reviewer_email", "")),
        "review": str(given.get("review", "")),
        "rating": int(given.get("rating") or 0),
    }
    shop.store.insert("review", doc)
    return review_view(shop, call, doc)


def update_review(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=update(shop, call, id_, check(FIELDS, call.params)))


def update(shop: Shop, call: Call, id_: Any, given: Doc) -> Doc:
    before = _found(shop, id_)
    doc = {**before, **{name: given[name] for name in FIELDS if given.get(name) is not None}}
    shop.store.update("review", doc, before)
    return review_view(shop, call, doc)


def delete_review(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=delete(shop, call, id_, force=forced(call)))


def delete(shop: Shop, call: Call, id_: Any, *, force: bool) -> Doc:
    """With ``force`` the old review is answered under ``previous``; without, it goes to the trash."""
    doc = _found(shop, id_)
    view = review_view(shop, call, doc)
    if force:
        shop.store.delete("review", doc["id"])
        return {"deleted": True, "previous": {name: value for name, value in view.items() if name != "_links"}}
    refuse_twice(doc, "review")
    shop.store.update("review", {**doc, "status": "trash"}, doc)
    return {**view, "status": "trash"}


ROUTES = [
    Route(READ, PATH, list_reviews),
    Route(CREATE, PATH, create_review),
    Route(UPDATE, f"{PATH}/batch", batch_of(create, update, partial(delete, force=True))),
    Route(READ, f"{PATH}/{{id}}", get_review),
    Route(UPDATE, f"{PATH}/{{id}}", update_review),
    Route(DELETE, f"{PATH}/{{id}}", delete_review),
]
