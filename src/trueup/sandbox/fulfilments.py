"""``/orders/{id}/fulfillments``: core Order Fulfillments, a feature that is off in a fresh shop. Oddities included.

Refusals are 400 with the number 0 for a code; whoever has no key may read those of a guest's order.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from trueup.sandbox.batch import as_id
from trueup.sandbox.carriers import guess, list_carriers
from trueup.sandbox.errors import WooError
from trueup.sandbox.features import FULFILMENTS, REST_V4
from trueup.sandbox.fulfilment_docs import (
    DATE_FULFILLED,
    FULFILLED,
    ITEMS,
    UNFULFILLED,
    add_fulfilment,
    fulfilments_of,
    shop_time,
    tell_order,
    write_meta,
)
from trueup.sandbox.orders import save
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.validation import STRING, Field, Fields, check

WRITE: Fields = {"meta_data": Field(type="array", required=True)}
PATH = "/orders/{order_id}/fulfillments"
V4 = "/wp-json/wc/v4"
REFUSALS = {"GET": ("view", "view"), "POST": ("create", "create"), "DELETE": ("delete", "delete")}


def refused(message: str, code: int = 0) -> WooError:
    return WooError(400, code, message)


# -- read ---------------------------------------------------------------------------------------------------------


def list_fulfilments(shop: Shop, call: Call, order_id: int) -> Answer:
    _order(shop, call, order_id)
    return Answer(body=[view(shop, doc) for doc in fulfilments_of(shop, order_id)])


def get_fulfilment(shop: Shop, call: Call, order_id: int, id_: int) -> Answer:
    _order(shop, call, order_id)
    return Answer(body=view(shop, _present(shop, id_, order_id)))


def get_meta(shop: Shop, call: Call, order_id: int, id_: int) -> Answer:
    _order(shop, call, order_id)
    return Answer(body=_present(shop, id_, order_id)["meta"])


def look_up(shop: Shop, call: Call, order_id: int) -> Answer:
    """Which carrier a tracking number may be of; an empty one is an error that comes with 200."""
    number = str(check({"tracking_number": Field(required=True)}, call.params)["tracking_number"])
    _order(shop, call, order_id)
    if number:
        return Answer(body=guess(number))
    text = "Tracking number is required."
    code = "woocommerce_rest_tracking_number_missing"
    return Answer(body={"code": code, "message": text, "data": {"status": {"status": 400}}})


def view(shop: Shop, doc: Doc, updated: str | None = None) -> Doc:
    """``updated`` is what to show for the moment of the last change, if not that itself."""
    return {
        "id": doc["id"],
        "entity_type": "WC_Order",
        "entity_id": str(doc["order_id"]),
        "is_fulfilled": doc["status"] == FULFILLED,
        "status": doc["status"],
        "date_updated": shop_time(shop, updated or doc["updated"]),
        "meta_data": doc["meta"],
    }


def _order(shop: Shop, call: Call, order_id: int) -> Doc:
    """The order, if the caller may do to it what the call says. Raises WooError 404 or 401."""
    order = shop.store.get("shop_order", order_id)
    if order is None:
        text = "Invalid order ID."
        raise WooError(404, "woocommerce_rest_order_invalid_id", text, {"status": "404"}, allow=False)
    of_a_guest = call.method in ("GET", "HEAD") and not order["customer_id"]
    if call.permission is None and not of_a_guest:
        code, verb = REFUSALS.get(call.method, ("edit", "edit"))
        raise WooError(401, f"woocommerce_rest_cannot_{code}", f"Sorry, you cannot {verb} resources.", allow=False)
    return order


def _known(shop: Shop, id_: int, order_id: int | None) -> Doc:
    doc = shop.store.get("fulfilment", id_)
    if doc is None:
        raise refused("Fulfillment not found.")
    if order_id is not None and doc["order_id"] != order_id:
        raise refused("Invalid fulfillment ID.")
    return doc


def _present(shop: Shop, id_: int, order_id: int | None) -> Doc:
    doc = _known(shop, id_, order_id)
    if doc["deleted"]:
        raise refused("Fulfillment not found.", 404)
    return doc


# -- write --------------------------------------------------------------------------------------------------------


def create_fulfilment(shop: Shop, call: Call, order_id: int) -> Answer:
    given = check(WRITE, call.params)
    order = _order(shop, call, order_id)
    return _create(shop, order, given)


def _create(shop: Shop, order: Doc, given: Doc) -> Answer:
    """Custom fields without an ``id`` (0 for a new one) are passed over in silence."""
    rows = _rows([row for row in given["meta_data"] if isinstance(row, dict) and "id" in row])
    if not given.get("status"):
        raise refused("Invalid fulfillment status.")
    _check_items(rows)
    doc = add_fulfilment(shop, order["id"], _status(given["status"]), rows.items())
    _save_order(shop, order)
    return Answer(status=201, body=view(shop, doc))


def update_fulfilment(shop: Shop, call: Call, order_id: int, id_: int) -> Answer:
    given = check(WRITE, call.params)
    order = _order(shop, call, order_id)
    return _update(shop, order, _known(shop, id_, order_id), given)


def _update(shop: Shop, order: Doc, before: Doc, given: Doc) -> Answer:
    """The custom fields become those that were sent; the answer shows the moment of the change before."""
    rows = _rows(given["meta_data"])
    _check_items(rows)
    status = _status(given["status"]) if given.get("status") else before["status"]
    doc = _change(shop, order, {**deepcopy(before), "status": status}, rows, before)
    return Answer(body=view(shop, doc, updated=before["updated"]))


def update_meta(shop: Shop, call: Call, order_id: int, id_: int) -> Answer:
    given = check(WRITE, call.params)
    order = _order(shop, call, order_id)
    before = _known(shop, id_, order_id)
    rows = _rows(given["meta_data"])
    _check_items(rows)
    return Answer(body=_change(shop, order, deepcopy(before), rows, before)["meta"])


def delete_meta(shop: Shop, call: Call, order_id: int, id_: int) -> Answer:
    """Take one key away; one that is not there is taken away as well."""
    key = check({"meta_key": Field(required=True)}, call.params)["meta_key"]
    order = _order(shop, call, order_id)
    before = _known(shop, id_, order_id)
    rows = {row["key"]: row["value"] for row in before["meta"] if row["key"] not in (key, DATE_FULFILLED)}
    _check_items(rows)
    return Answer(body=_change(shop, order, deepcopy(before), rows, before)["meta"])


def _change(shop: Shop, order: Doc, doc: Doc, rows: Doc, before: Doc) -> Doc:
    if before["deleted"]:
        raise refused("Cannot delete meta from a deleted fulfillment.")
    write_meta(shop, doc, rows.items())
    doc["updated"] = shop.now_iso()
    shop.store.update("fulfilment", doc, before)
    _save_order(shop, order)
    return doc


def delete_fulfilment(shop: Shop, call: Call, order_id: int, id_: int) -> Answer:
    order = _order(shop, call, order_id)
    return _delete(shop, order, _known(shop, id_, order_id))


def _delete(shop: Shop, order: Doc, before: Doc) -> Answer:
    """Out of sight, not gone: its number is still known, and deleting it again succeeds."""
    if not before["deleted"]:
        shop.store.update("fulfilment", {**before, "deleted": True}, before)
        _save_order(shop, order)
    return Answer(body={"message": "Fulfillment deleted successfully."})


def _save_order(shop: Shop, before: Doc) -> None:
    order = deepcopy(before)
    tell_order(shop, order)
    save(shop, order, before)
    shop.emit("order.updated", order["id"])


def _status(given: Any) -> str:
    """Statuses that are not known mean unfulfilled; ``is_fulfilled`` is not looked at."""
    return FULFILLED if given == FULFILLED else UNFULFILLED


def _rows(given: list[Any]) -> Doc:
    """Custom fields as key -> value; entries without a value are left out."""
    rows = (row for row in given if isinstance(row, dict) and row.get("key") and row.get("value") is not None)
    return {str(row["key"]): row["value"] for row in rows}


def _check_items(rows: Doc) -> None:
    """Raises WooError 400 unless there are pieces; lines that the order does not have and too many pieces are fine."""
    items = rows.get(ITEMS, [])
    if not isinstance(items, list):
        raise refused("The fulfillment items should be an array.")
    if not items:
        raise refused("The fulfillment should contain at least one item.")
    if not all(_is_item(item) for item in items):
        raise refused("Invalid item.")


def _is_item(item: Any) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("item_id"), int):
        return False
    pieces = item.get("qty")
    return isinstance(pieces, int | float) and not isinstance(pieces, bool) and pieces > 0


# -- the same below wc/v4 -----------------------------------------------------------------------------------------


def list_by_order(shop: Shop, call: Call) -> Answer:
    order_id = as_id(check({"order_id": Field(type="integer", required=True)}, call.params)["order_id"])
    return list_fulfilments(shop, call, order_id)


def create_alone(shop: Shop, call: Call) -> Answer:
    given = check({**WRITE, "entity_id": STRING}, call.params)
    return _create(shop, _order(shop, call, as_id(given.get("entity_id"))), given)


def get_alone(shop: Shop, call: Call, id_: int) -> Answer:
    doc = _present(shop, id_, None)
    _order(shop, call, doc["order_id"])
    return Answer(body=view(shop, doc))


def update_alone(shop: Shop, call: Call, id_: int) -> Answer:
    given = check(WRITE, call.params)
    doc = _known(shop, id_, None)
    return _update(shop, _order(shop, call, doc["order_id"]), doc, given)


def delete_alone(shop: Shop, call: Call, id_: int) -> Answer:
    doc = _known(shop, id_, None)
    return _delete(shop, _order(shop, call, doc["order_id"]), doc)


def _v3(methods: tuple[str, ...], path: str, handler: Any) -> Route:
    return Route(methods, f"{PATH}{path}", handler, public=True, feature=FULFILMENTS)


def _v4(methods: tuple[str, ...], path: str, handler: Any) -> Route:
    return Route(methods, f"/fulfillments{path}", handler, public=True, api=V4, feature=REST_V4)


ROUTES = [
    _v3(READ, "", list_fulfilments),
    _v3(CREATE, "", create_fulfilment),
    _v3(READ, "/{fulfillment_id}", get_fulfilment),
    _v3(UPDATE, "/{fulfillment_id}", update_fulfilment),
    _v3(DELETE, "/{fulfillment_id}", delete_fulfilment),
    _v3(READ, "/{fulfillment_id}/metadata", get_meta),
    _v3(UPDATE, "/{fulfillment_id}/metadata", update_meta),
    _v3(DELETE, "/{fulfillment_id}/metadata", delete_meta),
    _v3(READ, "/lookup", look_up),
    _v4(READ, "", list_by_order),
    _v4(CREATE, "", create_alone),
    _v4(READ, "/providers", list_carriers),
    _v4(READ, "/{fulfillment_id}", get_alone),
    _v4(UPDATE, "/{fulfillment_id}", update_alone),
    _v4(DELETE, "/{fulfillment_id}", delete_alone),
]
