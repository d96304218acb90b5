"""``/products/attributes``: what products can be chosen by, such as colour."""

from typing import Any

from trueup.sandbox.batch import as_id, batch_of
from trueup.sandbox.deleting import insist_on_force
from trueup.sandbox.errors import WooError
from trueup.sandbox.product_view import links
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import slug_of
from trueup.sandbox.validation import BOOLEAN, STRING, Field, check

PATH = "/products/attributes"
LONGEST = 28
RESERVED = {
    "type",
    "name",
    "order",
    "post",
    "tag",
    "category",
    "year",
    "month",
    "day",
    "page",
    "search",
    "term",
    "taxonomy",
}
FIELDS = {
    "slug": STRING,
    "type": Field(enum=("select",)),
    "order_by": Field(enum=("menu_order", "name", "name_num", "id")),
    "has_archives": BOOLEAN,
}


def attribute_view(call: Call, doc: Doc) -> Doc:
    return {**doc, "_links": links(call, PATH, doc["id"])}


def list_attributes(shop: Shop, call: Call) -> Answer:
    check({"context": Field(enum=("view", "edit"))}, call.params)
    docs = shop.store.select("attribute")
    headers = {"X-WP-Total": str(len(docs)), "X-WP-TotalPages": "1"}
    return Answer(body=[attribute_view(call, doc) for doc in docs], headers=headers)


def found_attribute(shop: Shop, id_: Any) -> Doc:
    doc = shop.store.get("attribute", as_id(id_))
    if doc is None:
        raise WooError(404, "woocommerce_rest_taxonomy_invalid", "Resource does not exist.", allow=False)
    return doc


def get_attribute(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=attribute_view(call, found_attribute(shop, id_)))


def create_attribute(shop: Shop, call: Call) -> Answer:
    view = create(shop, call, check({"name": Field(required=True), **FIELDS}, call.params))
    return Answer(status=201, body=view, headers={"Location": call.url(f"{PATH}/{view['id']}")})


def create(shop: Shop, call: Call, given: Doc) -> Doc:
    slug = _slug(given.get("slug") or given.get("name") or "")
    _refuse_slug(shop, slug, 0)
    doc = {
        "id": shop.store.next_id("attribute"),
        "name": str(given.get("name") or ""),
        "slug": f"pa_{slug}",
        "type": given.get("type") or "select",
        "order_by": given.get("order_by") or "menu_order",
        "has_archives": bool(given.get("has_archives")),
    }
    shop.store.insert("attribute", doc)
    return attribute_view(call, doc)


def _slug(text: Any) -> str:
    return slug_of(str(text)).removeprefix("pa_")


def _refuse_slug(shop: Shop, slug: str, own_id: int) -> None:
    if len(slug.encode()) > LONGEST:
        reason = f"is too long ({LONGEST} characters max). Shorten it, please."
    elif slug in RESERVED:
        reason = "is not allowed because it is a reserved term. Change it, please."
    elif shop.store.count("attribute", "slug = ? AND id != ?", (f"pa_{slug}", own_id)):
        reason = "is already in use. Change it, please."
    else:
        return
    raise WooError(400, "woocommerce_rest_cannot_create", f'Slug "{slug}" {reason}')


def update_attribute(shop: Shop, call: Call, id_: int) -> Answer:
    found_attribute(shop, id_)
    return Answer(body=update(shop, call, id_, check({"name": STRING, **FIELDS}, call.params)))


def update(shop: Shop, call: Call, id_: Any, given: Doc) -> Doc:
    """Change an attribute; a new name without a slug changes the slug too."""
    doc = {**found_attribute(shop, id_)}
    if given.get("slug") or given.get("name"):
        slug = _slug(given.get("slug") or given["name"])
        _refuse_slug(shop, slug, doc["id"])
        doc["slug"] = f"pa_{slug}"
    for name in ("name", "type", "order_by", "has_archives"):
        if given.get(name) is not None:
            doc[name] = given[name]
    shop.store.update("attribute", doc)
    return attribute_view(call, doc)


def delete_attribute(shop: Shop, call: Call, id_: int) -> Answer:
    found_attribute(shop, id_)
    insist_on_force(call, "Resource")
    return Answer(body=delete(shop, call, id_))


def delete(shop: Shop, call: Call, id_: Any) -> Doc:
    doc = found_attribute(shop, id_)
    shop.store.delete("attribute", doc["id"])
    return attribute_view(call, doc)


ROUTES = [
    Route(READ, PATH, list_attributes),
    Route(CREATE, PATH, create_attribute),
    Route(UPDATE, f"{PATH}/batch", batch_of(create, update, delete)),
    Route(READ, f"{PATH}/{{id}}", get_attribute),
    Route(UPDATE, f"{PATH}/{{id}}", update_attribute),
    Route(DELETE, f"{PATH}/{{id}}", delete_attribute),
]
