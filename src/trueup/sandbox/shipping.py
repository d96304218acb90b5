"""``/shipping/zones`` with locations and methods, and ``/shipping_methods``."""

from typing import Any

from trueup.sandbox.deleting import insist_on_force
from trueup.sandbox.errors import WooError
from trueup.sandbox.product_view import links
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Route
from trueup.sandbox.shipping_settings import KINDS, settings_view
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table
from trueup.sandbox.texts import paragraphs
from trueup.sandbox.validation import BOOLEAN, INTEGER, STRING, Field, check

PATH = "/shipping/zones"
ZONES = Table(name="shipping_zone")
METHODS = Table(name="shipping_method", columns={"zone_id": "INTEGER"}, of=lambda doc: {"zone_id": doc["zone_id"]})
METHOD_FIELDS = {"order": INTEGER, "enabled": BOOLEAN, "settings": Field(type="object")}
EVERYWHERE = {"id": 0, "name": "Locations not covered by your other zones", "order": 0, "locations": []}
PLACES = ("postcode", "state", "country", "continent")


def seed_zones(shop: Shop) -> None:
    """The zones of the settings, in a new shop."""
    if shop.store.count("shipping_zone"):
        return
    for place, zone in enumerate(shop.settings.zones, 1):
        locations = [{"code": code, "type": "country"} for code in zone.countries]
        doc = add_zone(shop, zone.name, place, locations)
        for method_id, values in zone.methods:
            add_method(shop, doc["id"], method_id, values)


def zone_view(call: Call, doc: Doc) -> Doc:
    link = links(call, PATH, doc["id"])
    link["describedby"] = [{"href": call.url(f"{PATH}/{doc['id']}/locations")}]
    return {"id": doc["id"], "name": doc["name"], "order": doc["order"], "_links": link}


def _zone(shop: Shop, id_: int) -> Doc:
    doc = shop.store.get("shipping_zone", id_) if id_ else EVERYWHERE
    if doc is None:
        raise WooError(404, "woocommerce_rest_shipping_zone_invalid", "Resource does not exist.")
    return doc


def _counted(items: list[Doc]) -> Answer:
    return Answer(body=items, headers={"X-WP-Total": str(len(items)), "X-WP-TotalPages": "1"})


def list_zones(shop: Shop, call: Call) -> Answer:
    docs = [EVERYWHERE, *shop.store.select("shipping_zone")]
    return _counted([zone_view(call, doc) for doc in docs])


def get_zone(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=zone_view(call, _zone(shop, id_)))


def create_zone(shop: Shop, call: Call) -> Answer:
    params = check({"name": Field(required=True), "order": INTEGER}, call.params)
    doc = add_zone(shop, params["name"], params.get("order") or 0, [])
    return Answer(status=201, body=zone_view(call, doc), headers={"Location": call.url(f"{PATH}/{doc['id']}")})


def add_zone(shop: Shop, name: str, order: int, locations: list[Doc]) -> Doc:
    """A new zone; locations are ``{code, type}`` with type country, state, postcode or continent."""
    doc = {"id": shop.store.next_id("shipping_zone"), "name": name, "order": order, "locations": locations}
    shop.store.insert("shipping_zone", doc)
    return doc


def update_zone(shop: Shop, call: Call, id_: int) -> Answer:
    doc = {**_zone(shop, id_)}
    if id_ == 0:
        text = 'The "locations not covered by your other zones" zone cannot be updated.'
        raise WooError(403, "woocommerce_rest_shipping_zone_invalid_zone", text)
    params = check({"name": STRING, "order": INTEGER}, call.params)
    doc.update({name: params[name] for name in ("name", "order") if params.get(name) is not None})
    shop.store.update("shipping_zone", doc)
    return Answer(body=zone_view(call, doc))


def delete_zone(shop: Shop, call: Call, id_: int) -> Answer:
    doc = _zone(shop, id_)
    insist_on_force(call, "Shipping zones", "rest_trash_not_supported")
    for method_id in shop.store.ids("shipping_method", "zone_id = ?", (id_,)):
        shop.store.delete("shipping_method", method_id)
    shop.store.delete("shipping_zone", id_)
    return Answer(body=zone_view(call, doc))


def _location_view(call: Call, zone_id: int, location: Doc) -> Doc:
    zone = call.url(f"{PATH}/{zone_id}")
    link = {"collection": [{"href": f"{zone}/locations"}], "describes": [{"href": zone}]}
    return {**location, "_links": link}


def list_locations(shop: Shop, call: Call, zone_id: int) -> Answer:
    return _counted([_location_view(call, zone_id, place) for place in _zone(shop, zone_id)["locations"]])


def set_locations(shop: Shop, call: Call, zone_id: int) -> Answer:
    """The body is a list and replaces all locations."""
    doc = {**_zone(shop, zone_id)}
    given = call.json if isinstance(call.json, list) else []
    places = [entry for entry in given if isinstance(entry, dict) and entry.get("code")]
    doc["locations"] = [{"code": p["code"], "type": _place(p.get("type"))} for p in places]
    shop.store.update("shipping_zone", doc)
    return list_locations(shop, call, zone_id)


def _place(kind: Any) -> str:
    return kind if kind in PLACES else "country"


def method_view(shop: Shop, call: Call, doc: Doc) -> Doc:
    kind = KINDS[doc["method_id"]]
    link = links(call, f"{PATH}/{doc['zone_id']}/methods", doc["id"])
    link["describes"] = [{"href": call.url(f"{PATH}/{doc['zone_id']}")}]
    return {
        "id": doc["id"],
        "instance_id": doc["id"],
        "title": doc["values"].get("title") or kind.title,
        "order": doc["order"],
        "enabled": doc["enabled"],
        "method_id": doc["method_id"],
        "method_title": kind.title,
        "method_description": paragraphs(kind.description),
        "settings": settings_view(shop, kind, doc["values"]),
        "_links": link,
    }


def list_methods(shop: Shop, call: Call, zone_id: int) -> Answer:
    _zone(shop, zone_id)
    docs = shop.store.select("shipping_method", "zone_id = ?", (zone_id,))
    return _counted([method_view(shop, call, doc) for doc in docs])


def _method(shop: Shop, zone_id: int, id_: int) -> Doc:
    doc = shop.store.get("shipping_method", id_)
    if doc is None or doc["zone_id"] != zone_id:
        raise WooError(404, "woocommerce_rest_shipping_zone_method_invalid", "Resource does not exist.")
    return doc


def get_method(shop: Shop, call: Call, zone_id: int, id_: int) -> Answer:
    return Answer(body=method_view(shop, call, _method(shop, zone_id, id_)))


def create_method(shop: Shop, call: Call, zone_id: int) -> Answer:
    _zone(shop, zone_id)
    params = check({"method_id": Field(required=True), **METHOD_FIELDS}, call.params)
    if params["method_id"] not in KINDS:
        raise WooError(500, "woocommerce_rest_shipping_zone_not_created", "Resource cannot be created.")
    doc = add_method(shop, zone_id, params["method_id"], {})
    return Answer(body=method_view(shop, call, _changed(shop, doc, params)))


def add_method(shop: Shop, zone_id: int, method_id: str, values: dict[str, str]) -> Doc:
    """A new way of shipping in a zone, e.g. ``add_method(shop, 1, "flat_rate", {"cost": "4.90"})``."""
    doc = {
        "id": shop.store.next_id("shipping_method"),
        "zone_id": zone_id,
        "method_id": method_id,
        "order": shop.store.count("shipping_method", "zone_id = ?", (zone_id,)) + 1,
        "enabled": True,
        "values": values,
    }
    shop.store.insert("shipping_method", doc)
    return doc


def update_method(shop: Shop, call: Call, zone_id: int, id_: int) -> Answer:
    doc = _method(shop, zone_id, id_)
    return Answer(body=method_view(shop, call, _changed(shop, doc, check(METHOD_FIELDS, call.params))))


def _changed(shop: Shop, before: Doc, params: Doc) -> Doc:
    doc = {**before}
    doc.update({name: params[name] for name in ("order", "enabled") if params.get(name) is not None})
    if params.get("settings"):
        defaults = {field.id: field.default for field in KINDS[doc["method_id"]].fields(shop)}
        doc["values"] = {**defaults, **doc["values"], **params["settings"]}
    shop.store.update("shipping_method", doc)
    return doc


def delete_method(shop: Shop, call: Call, zone_id: int, id_: int) -> Answer:
    doc = _method(shop, zone_id, id_)
    insist_on_force(call, "Shipping methods", "rest_trash_not_supported")
    shop.store.delete("shipping_method", id_)
    return Answer(body=method_view(shop, call, doc))


def list_all_methods(shop: Shop, call: Call) -> Answer:
    return _counted([_kind_view(call, id_) for id_ in KINDS])


def get_kind(shop: Shop, call: Call, kind: str) -> Answer:
    if kind not in KINDS:
        raise WooError(404, "woocommerce_rest_shipping_method_invalid", "Resource does not exist.")
    return Answer(body=_kind_view(call, kind))


def _kind_view(call: Call, id_: str) -> Doc:
    own = [{"href": call.url(f"/shipping_methods/{id_}"), "targetHints": {"allow": ["GET"]}}]
    link = {"self": own, "collection": [{"href": call.url("/shipping_methods")}]}
    return {"id": id_, "title": KINDS[id_].title, "description": KINDS[id_].description, "_links": link}


ROUTES = [
    Route(READ, "/shipping_methods", list_all_methods),
    Route(READ, "/shipping_methods/{kind}", get_kind),
    Route(READ, PATH, list_zones),
    Route(CREATE, PATH, create_zone),
    Route(READ, f"{PATH}/{{id}}", get_zone),
    Route(UPDATE, f"{PATH}/{{id}}", update_zone),
    Route(DELETE, f"{PATH}/{{id}}", delete_zone),
    Route(READ, f"{PATH}/{{zone_id}}/locations", list_locations),
    Route(UPDATE, f"{PATH}/{{zone_id}}/locations", set_locations),
    Route(READ, f"{PATH}/{{zone_id}}/methods", list_methods),
    Route(CREATE, f"{PATH}/{{zone_id}}/methods", create_method),
    Route(READ, f"{PATH}/{{zone_id}}/methods/{{id}}", get_method),
    Route(UPDATE, f"{PATH}/{{zone_id}}/methods/{{id}}", update_method),
    Route(DELETE, f"{PATH}/{{zone_id}}/methods/{{id}}", delete_method),
]
