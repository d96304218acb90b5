"""``/taxes`` and ``/taxes/classes``."""

import re
from decimal import Decimal
from typing import Any

from trueup.sandbox.batch import as_id, batch_of
from trueup.sandbox.deleting import insist_on_force
from trueup.sandbox.errors import WooError
from trueup.sandbox.paging import PAGE, Where, add_common, listed, offset_of
from trueup.sandbox.product_view import links
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table
from trueup.sandbox.texts import slug_of
from trueup.sandbox.validation import BOOLEAN, INTEGER, STRING, STRINGS, Field, Fields, check

PATH = "/taxes"
RATES = Table(
    name="tax_rate",
    columns={"class": "TEXT", "ordering": "INTEGER", "priority": "INTEGER"},
    of=lambda doc: {"class": doc["class"], "ordering": doc["order"], "priority": doc["priority"]},
)


def seed_rates(shop: Shop) -> None:
    """The rates of the settings, in a new shop."""
    if shop.store.count("tax_rate"):
        return
    for rate in shop.settings.rates:
        given = {"country": rate.country, "state": rate.state, "rate": rate.rate, "name": rate.name}
        flags = {"priority": rate.priority, "compound": rate.compound, "shipping": rate.shipping, "order": rate.order}
        add_rate(shop, {**given, **flags, "class": rate.tax_class})


def add_rate(shop: Shop, given: Doc) -> Doc:
    """A new tax rate, in per cent with four decimals."""
    doc: Doc = {
        "id": shop.store.next_id("tax_rate"),
        "country": "", "state": "", "postcodes": [], "cities": [], "rate": "0.0000", "name": "",
        "priority": 1, "compound": False, "shipping": True, "order": 0, "class": "standard",
    }  # fmt: skip
    _apply(doc, given)
    shop.store.insert("tax_rate", doc)
    return doc


def _apply(doc: Doc, given: Doc) -> None:
    for name in ("name", "priority", "compound", "shipping", "order", "class"):
        if given.get(name) is not None:
            doc[name] = given[name]
    for name in ("country", "state"):
        if given.get(name) is not None:
            doc[name] = str(given[name]).upper()
    for name, old in (("postcodes", "postcode"), ("cities", "city")):
        entries = given.get(name) if given.get(name) is not None else given.get(old)
        if entries is not None:
            found = entries if isinstance(entries, list) else [part for part in str(entries).split(";") if part]
            doc[name] = [str(entry).upper() for entry in found]
    if given.get("rate") is not None:
        doc["rate"] = percent(given["rate"])


def percent(value: Any) -> str:
    """``22`` -> ``22.0000``; a comma ends the number, as PHP reads it."""
    found = re.match(r"\s*-?\d+(\.\d+)?", str(value))
    return f"{Decimal(found.group()) if found else Decimal(0):.4f}"


def rate_view(call: Call, doc: Doc) -> Doc:
    return {
        "id": doc["id"],
        "country": doc["country"],
        "state": doc["state"],
        "postcode": ";".join(doc["postcodes"][-1:]),
        "city": ";".join(doc["cities"][-1:]),
        **{name: doc[name] for name in ("rate", "name", "priority", "compound", "shipping", "order", "class")},
        "postcodes": doc["postcodes"],
        "cities": doc["cities"],
        "_links": links(call, PATH, doc["id"]),
    }


def _fields(shop: Shop) -> Fields:
    return {
        **dict.fromkeys(("country", "state", "postcode", "city", "rate", "name"), STRING),
        **dict.fromkeys(("postcodes", "cities"), STRINGS),
        **dict.fromkeys(("priority", "order"), INTEGER),
        **dict.fromkeys(("compound", "shipping"), BOOLEAN),
        "class": Field(enum=tuple(_class_slugs(shop))),
    }


def _class_slugs(shop: Shop) -> list[str]:
    return ["standard", *sorted(doc["slug"] for doc in shop.store.select("tax_class") if doc["slug"] != "standard")]


def list_rates(shop: Shop, call: Call) -> Answer:
    listing = {
        **PAGE,
        "class": Field(enum=tuple(_class_slugs(shop))),
        "order": Field(enum=("asc", "desc"), default="asc"),
        "orderby": Field(enum=("id", "order", "priority"), default="order"),
    }
    params = check(listing, call.params)
    where = Where()
    add_common(where, params)
    if params.get("class"):
        where.add('"class" = ?', params["class"])
    total = shop.store.count("tax_rate", where.sql, where.params)
    column = "ordering" if params["orderby"] == "order" else params["orderby"]
    order, limit = f"{column} {params['order']}, id", params["per_page"]
    docs = shop.store.select("tax_rate", where.sql, where.params, order=order, limit=limit, offset=offset_of(params))
    return listed(call, [rate_view(call, doc) for doc in docs], total, params)


def _found(shop: Shop, id_: Any) -> Doc:
    doc = shop.store.get("tax_rate", as_id(id_))
    if doc is None:
        raise WooError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return doc


def get_rate(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=rate_view(call, _found(shop, id_)))


def create_rate(shop: Shop, call: Call) -> Answer:
    view = create(shop, call, check(_fields(shop), call.params))
    return Answer(status=201, body=view, headers={"Location": call.url(f"{PATH}/{view['id']}")})


def create(shop: Shop, call: Call, given: Doc) -> Doc:
    """A rate for a country code of more than two letters is lost, and 201 shows an empty one."""
    if len(str(given.get("country") or "")) > 2:
        nothing = dict.fromkeys(("country", "state", "rate", "name"))
        empty = {"id": 0, "postcodes": [], "cities": [], "priority": 0, "compound": False, "shipping": False}
        return rate_view(call, {**nothing, **empty, "order": 0, "class": "standard"})
    return rate_view(call, add_rate(shop, given))


def update_rate(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=update(shop, call, id_, check(_fields(shop), call.params)))


def update(shop: Shop, call: Call, id_: Any, given: Doc) -> Doc:
    doc = {**_found(shop, id_)}
    _apply(doc, given)
    shop.store.update("tax_rate", doc)
    return rate_view(call, doc)


def delete_rate(shop: Shop, call: Call, id_: int) -> Answer:
    insist_on_force(call, "Taxes")
    return Answer(body=delete(shop, call, id_))


def delete(shop: Shop, call: Call, id_: Any) -> Doc:
    doc = _found(shop, id_)
    shop.store.delete("tax_rate", doc["id"])
    return rate_view(call, doc)


def _class_view(call: Call, doc: Doc) -> Doc:
    collection = [{"href": call.url(f"{PATH}/classes")}]
    return {"slug": doc["slug"], "name": doc["name"], "_links": {"collection": collection}}


def list_classes(shop: Shop, call: Call) -> Answer:
    docs = shop.store.select("tax_class")
    headers = {"X-WP-Total": str(len(docs)), "X-WP-TotalPages": "1"}
    return Answer(body=[_class_view(call, doc) for doc in docs], headers=headers)


def _class(shop: Shop, slug: str) -> Doc:
    found = shop.store.select("tax_class", "slug = ?", (slug,))
    if not found:
        raise WooError(404, "woocommerce_rest_tax_class_invalid_slug", "Invalid slug.")
    return found[0]


def get_class(shop: Shop, call: Call, slug: str) -> Answer:
    return Answer(body=[_class_view(call, _class(shop, slug))])


def create_class(shop: Shop, call: Call) -> Answer:
    params = check({"name": Field(required=True)}, call.params)
    slug = slug_of(params["name"])
    if shop.store.count("tax_class", "slug = ?", (slug,)):
        raise WooError(400, "woocommerce_rest_tax_class_exists", "Tax class already exists")
    doc = {"id": shop.store.next_id("tax_class"), "slug": slug, "name": params["name"]}
    shop.store.insert("tax_class", doc)
    return Answer(status=201, body=_class_view(call, doc), headers={"Location": call.url(f"{PATH}/classes/{slug}")})


def delete_class(shop: Shop, call: Call, slug: str) -> Answer:
    insist_on_force(call, "Taxes")
    doc = _class(shop, slug)
    shop.store.delete("tax_class", doc["id"])
    return Answer(body=_class_view(call, doc))


ROUTES = [
    Route(READ, f"{PATH}/classes", list_classes),
    Route(CREATE, f"{PATH}/classes", create_class),
    Route(READ, f"{PATH}/classes/{{slug}}", get_class),
    Route(DELETE, f"{PATH}/classes/{{slug}}", delete_class),
    Route(READ, PATH, list_rates),
    Route(CREATE, PATH, create_rate),
    Route(UPDATE, f"{PATH}/batch", batch_of(create, update, delete)),
    Route(READ, f"{PATH}/{{id}}", get_rate),
    Route(UPDATE, f"{PATH}/{{id}}", update_rate),
    Route(DELETE, f"{PATH}/{{id}}", delete_rate),
]
