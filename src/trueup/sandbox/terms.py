"""Categories, tags, brands, shipping classes and the terms of attributes: five resources of one make."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trueup.sandbox import taxonomy
from trueup.sandbox.batch import as_id, run_batch
from trueup.sandbox.deleting import insist_on_force
from trueup.sandbox.errors import WooError
from trueup.sandbox.images import image_view, take_in
from trueup.sandbox.paging import PAGE, Where, add_common, listed, offset_of
from trueup.sandbox.product_view import links, without_hints
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Params, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import kses, slug_of
from trueup.sandbox.validation import BOOLEAN, INTEGER, STRING, Field, check

ORDERBY = ("id", "include", "name", "slug", "term_group", "description", "count")
ORDERBY_ATTRIBUTE = (*ORDERBY, "menu_order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of term: where it lives and what it shows besides name, slug and description."""

    path: str
    taxonomy: str
    extra: tuple[str, ...] = ()
    orderby: tuple[str, ...] = ORDERBY


CATEGORIES = Kind(
    path="/products/categories", taxonomy=taxonomy.CATEGORY, extra=("parent", "display", "image", "menu_order")
)
BRANDS = Kind(path="/products/brands", taxonomy=taxonomy.BRAND, extra=("parent", "display", "image", "menu_order"))
TAGS = Kind(path="/products/tags", taxonomy=taxonomy.TAG)
SHIPPING_CLASSES = Kind(path="/products/shipping_classes", taxonomy=taxonomy.SHIPPING_CLASS)


def attribute_kind(shop: Shop, attribute_id: int) -> Kind:
    """The terms of one attribute. Raises WooError 404 if there is no such attribute."""
    if shop.store.get("attribute", attribute_id) is None:
        raise WooError(404, "woocommerce_rest_taxonomy_invalid", "Taxonomy does not exist.", allow=False)
    path = f"/products/attributes/{attribute_id}/terms"
    kind = taxonomy.attribute_taxonomy(attribute_id)
    return Kind(path=path, taxonomy=kind, extra=("menu_order",), orderby=ORDERBY_ATTRIBUTE)


def fields(kind: Kind, *, creating: bool) -> dict[str, Field]:
    found = {"name": Field(required=creating), "slug": STRING, "description": STRING}
    more = {
        "parent": INTEGER,
        "menu_order": INTEGER,
        "display": Field(enum=("default", "products", "subcategories", "both")),
        "image": Field(type="object"),
    }
    return found | {name: more[name] for name in kind.extra}


def term_view(shop: Shop, call: Call, kind: Kind, doc: Doc) -> Doc:
    view = {name: doc[name] for name in ("id", "name", "slug", "description")}
    for name in kind.extra:
        view[name] = image_view(shop, call, doc["image"], shifted=False) if name == "image" else doc[name]
    view["count"] = taxonomy.usage(shop, doc["id"])
    view["_links"] = links(call, kind.path, doc["id"], _up(kind, doc))
    return view


def _up(kind: Kind, doc: Doc) -> str | None:
    return f"{kind.path}/{doc['parent']}" if doc["parent"] else None


def list_terms(shop: Shop, call: Call, kind: Kind) -> Answer:
    fields_ = {
        **PAGE,
        "order": Field(enum=("asc", "desc"), default="asc"),
        "orderby": Field(enum=kind.orderby, default="name"),
        "hide_empty": BOOLEAN,
        **dict.fromkeys(("parent", "product"), INTEGER),
        "slug": STRING,
    }
    params = check(fields_, call.params)
    where = _where(kind, params)
    total = shop.store.count("term", where.sql, where.params)
    docs = shop.store.select(
        "term", where.sql, where.params, order=_order(params), limit=params["per_page"], offset=offset_of(params)
    )
    views = [term_view(shop, call, kind, doc) for doc in docs]
    return listed(call, views, total, params)


def _where(kind: Kind, params: Params) -> Where:
    where = Where()
    where.add("taxonomy = ?", kind.taxonomy)
    add_common(where, params)
    if params.get("parent") is not None:
        where.add("parent = ?", params["parent"])
    if params.get("slug"):
        where.add("slug = ?", params["slug"])
    if params.get("search"):
        text = f"%{kses(params['search']).lower()}%"
        where.add("(name_key LIKE ? OR slug LIKE ?)", text, text)
    if params.get("product"):
        where.add("id IN (SELECT term_id FROM product_term WHERE product_id = ?)", params["product"])
    if params.get("hide_empty"):
        where.add("id IN (SELECT term_id FROM product_term)")
    return where


def _order(params: Params) -> str:
    column = {"name": "name_key", "slug": "slug", "menu_order": "menu_order, name_key"}.get(params["orderby"], "id")
    return f"{column} {params['order']}, id"


def found_term(shop: Shop, kind: Kind, id_: Any) -> Doc:
    doc = shop.term(as_id(id_))
    if doc is None or doc["taxonomy"] != kind.taxonomy:
        raise WooError(404, "woocommerce_rest_term_invalid", "Resource does not exist.", allow=False)
    return doc


def get_term(shop: Shop, call: Call, kind: Kind, id_: int) -> Answer:
    return Answer(body=term_view(shop, call, kind, found_term(shop, kind, id_)))


def create_term(shop: Shop, call: Call, kind: Kind) -> Answer:
    view = create(shop, call, kind, check(fields(kind, creating=True), call.params))
    return Answer(status=201, body=view, headers={"Location": call.url(f"{kind.path}/{view['id']}")})


def create(shop: Shop, call: Call, kind: Kind, given: Doc) -> Doc:
    image = take_in(shop, given["image"]) if isinstance(given.get("image"), dict) and "image" in kind.extra else None
    more = {name: given.get(name) for name in ("slug", "description", *kind.extra) if name != "image"}
    doc = taxonomy.add_term(shop, kind.taxonomy, str(given.get("name") or ""), image=image, **more)
    return term_view(shop, call, kind, doc)


def update_term(shop: Shop, call: Call, kind: Kind, id_: int) -> Answer:
    found_term(shop, kind, id_)
    return Answer(body=update(shop, call, kind, id_, check(fields(kind, creating=False), call.params)))


def update(shop: Shop, call: Call, kind: Kind, id_: Any, given: Doc) -> Doc:
    """Change a term. The terms of attributes lose their ``menu_order`` if it is not sent, as in the real shop."""
    doc = {**found_term(shop, kind, id_)}
    if given.get("name"):
        doc["name"] = kses(str(given["name"]))
    if given.get("slug"):
        doc["slug"] = slug_of(str(given["slug"]))
    for name in ("description", "parent", "display"):
        if given.get(name) is not None:
            doc[name] = given[name]
    if given.get("menu_order") is not None or kind.orderby == ORDERBY_ATTRIBUTE:
        doc["menu_order"] = int(given.get("menu_order") or 0)
    if isinstance(given.get("image"), dict) and "image" in kind.extra:
        doc["image"] = take_in(shop, given["image"])
    taxonomy.save_term(shop, doc)
    return term_view(shop, call, kind, doc)


def delete_term(shop: Shop, call: Call, kind: Kind, id_: int) -> Answer:
    found_term(shop, kind, id_)
    insist_on_force(call, "Resource")
    return Answer(body=delete(shop, call, kind, id_), allow=False)


def delete(shop: Shop, call: Call, kind: Kind, id_: Any) -> Doc:
    """Remove a term for good; who deleted it may do nothing more with it, so the link has no hints."""
    doc = found_term(shop, kind, id_)
    if doc["id"] == taxonomy.DEFAULT_CATEGORY:
        raise WooError(500, "woocommerce_rest_cannot_delete", "Default product category cannot be deleted.")
    view = term_view(shop, call, kind, doc)
    taxonomy.drop_term(shop, doc["id"])
    return without_hints(view)


def batch_terms(shop: Shop, call: Call, kind: Kind) -> Answer:
    return run_batch(
        shop,
        call,
        lambda item: _in_batch(call, kind, create(shop, call, kind, item)),
        lambda id_, item: update(shop, call, kind, id_, item),
        lambda id_: delete(shop, call, kind, id_),
    )


def _in_batch(call: Call, kind: Kind, view: Doc) -> Doc:
    """In a batch the real shop's links to terms of attributes show the pattern of the address."""
    if not kind.taxonomy.startswith("attribute_"):
        return view
    path = r"/products/attributes/(?P<attribute_id>[\d]+)/terms"
    return without_hints({**view, "_links": links(call, path, view["id"])})


def suggest_slug(shop: Shop, call: Call) -> Answer:
    params = check({"name": Field(required=True)}, call.params)
    return Answer(body=taxonomy.suggested_slug(shop, taxonomy.SHIPPING_CLASS, params["name"]))


Step = Callable[..., Answer]


def _of_kind(step: Step, kind: Kind) -> Step:
    return lambda shop, call, *ids: step(shop, call, kind, *ids)


def _of_attribute(step: Step) -> Step:
    return lambda shop, call, attribute_id, *ids: step(shop, call, attribute_kind(shop, attribute_id), *ids)


def _routes(path: str, bind: Callable[[Step], Step]) -> list[Route]:
    return [
        Route(READ, path, bind(list_terms)),
        Route(CREATE, path, bind(create_term)),
        Route(UPDATE, f"{path}/batch", bind(batch_terms)),
        Route(READ, f"{path}/{{id}}", bind(get_term)),
        Route(UPDATE, f"{path}/{{id}}", bind(update_term)),
        Route(DELETE, f"{path}/{{id}}", bind(delete_term)),
    ]


ROUTES = [
    Route(READ, "/products/shipping_classes/slug-suggestion", suggest_slug),
    *(
        route
        for kind in (CATEGORIES, BRANDS, TAGS, SHIPPING_CLASSES)
        for route in _routes(kind.path, lambda step, kind=kind: _of_kind(step, kind))  # type: ignore[misc]  # bound per kind
    ),
    *_routes("/products/attributes/{attribute_id}/terms", _of_attribute),
]
