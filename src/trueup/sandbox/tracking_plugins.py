"""Two plug-ins that keep tracking numbers with orders: Shipment Tracking, and Advanced Shipment Tracking.

Both keep them in the order's custom field ``_wc_shipment_tracking_items``, take the same number twice, and answer
alike. Built from their documentation, not from recordings.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

from trueup.sandbox import meta as metas
from trueup.sandbox.errors import WooError
from trueup.sandbox.features import ADVANCED_TRACKING, SHIPMENT_TRACKING, plugin_statuses
from trueup.sandbox.order_status import set_status
from trueup.sandbox.orders import save
from trueup.sandbox.router import CREATE, DELETE, READ, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import clean, slug_of
from trueup.sandbox.validation import STRING, Field, Fields, check

FIELD = "_wc_shipment_tracking_items"
TRACKING: Fields = {
    "tracking_number": Field(required=True),
    **dict.fromkeys(("tracking_provider", "custom_tracking_provider", "custom_tracking_link", "date_shipped"), STRING),
}
PROVIDERS: dict[str, dict[str, str]] = {
    "Global": {"Aramex": "https://www.aramex.com/track/track-results-new?ShipmentNumber=%1$s"},
    "Austria": {
        "post.at": "https://www.post.at/sv/sendungsdetails?snr=%1$s",
        "DPD.at": "https://tracking.dpd.de/parcelstatus?locale=de_AT&query=%1$s",
    },
    "Germany": {
        "Hermes": "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#%1$s",
        "Deutsche Post DHL": "https://www.dhl.de/de/privatkunden.html?piececode=%1$s",
        "UPS Germany": "https://wwwapps.ups.com/WebTracking?sort_by=status&loc=de_DE&InquiryNumber1=%1$s",
        "DPD.de": "https://tracking.dpd.de/parcelstatus?query=%1$s&locale=en_DE",
    },
    "Netherlands": {"PostNL": "https://postnl.nl/tracktrace/?B=%1$s&P=%2$s&D=%3$s&T=C"},
    "United States": {
        "FedEx": "https://www.fedex.com/Tracking?action=track&tracknumbers=%1$s",
        "UPS": "https://www.ups.com/track?loc=en_US&tracknum=%1$s",
        "USPS": "https://tools.usps.com/tracking/%1$s",
    },
}
SHIPPED = {"1": "completed", "2": "partial-shipped", "3": "shipped"}
"""What ``status_shipped`` of Advanced Shipment Tracking makes of the order; only ``completed`` is always there."""


def list_trackings(shop: Shop, call: Call, order_id: int) -> Answer:
    order = _order(shop, order_id)
    return Answer(body=[view(call, order, item) for item in items_of(order)])


def get_tracking(shop: Shop, call: Call, order_id: int, tracking_id: str) -> Answer:
    order = _order(shop, order_id)
    return Answer(body=view(call, order, _item(order, tracking_id)))


def list_providers(_shop: Shop, _call: Call) -> Answer:
    """Names by region, each with the address of its tracking page: ``%1$s`` number, ``%2$s`` postcode, ``%3$s``
    country."""
    return Answer(body=PROVIDERS)


def list_providers_of_order(_shop: Shop, _call: Call, _order_id: int) -> Answer:
    return Answer(body=PROVIDERS)


def create_tracking(shop: Shop, call: Call, order_id: int) -> Answer:
    given = check(TRACKING, call.params)
    return _created(shop, call, _order(shop, order_id), given, [])


def create_advanced_tracking(shop: Shop, call: Call, order_id: int) -> Answer:
    """``replace_tracking`` drops what was there, ``status_shipped`` moves the order afterwards."""
    given = check(TRACKING, call.params)
    order = _order(shop, order_id)
    if re.search(r"[^a-z0-9 -]", str(given["tracking_number"]), re.IGNORECASE):
        text = "Special character not allowd in tracking number"
        raise WooError(404, "woocommerce_rest_order_invalid_id", text)
    status = SHIPPED.get(str(given.get("status_shipped", "")))
    known = status == "completed" or status in plugin_statuses(shop)
    return _created(
        shop,
        call,
        order,
        {**given, "custom_tracking_link": given.get("custom_tracking_link", "")},
        items_of(order) if str(given.get("replace_tracking", "")) == "1" else [],
        status if known else None,
    )


def _created(shop: Shop, call: Call, before: Doc, given: Doc, replaced: list[Doc], status: str | None = None) -> Answer:
    item = _new_item(shop, given)
    order = deepcopy(before)
    _keep(shop, order, [*(row for row in items_of(before) if row not in replaced), item])
    if status is not None:
        set_status(shop, order, status)
    _save(shop, order, before)
    headers = {"Location": call.url(f"/orders/{order['id']}/shipment-trackings/{item['tracking_id']}")}
    return Answer(status=201, body=view(call, order, item), headers=headers)


def delete_tracking(shop: Shop, call: Call, order_id: int, tracking_id: str) -> Answer:
    before = _order(shop, order_id)
    item = _item(before, tracking_id)
    order = deepcopy(before)
    _keep(shop, order, [row for row in items_of(before) if row["tracking_id"] != tracking_id])
    _save(shop, order, before)
    return Answer(body=view(call, before, item))


def items_of(order: Doc) -> list[Doc]:
    return list(metas.value_of(order, FIELD) or [])


def view(call: Call, order: Doc, item: Doc) -> Doc:
    """A tracking item as both plug-ins answer it."""
    path = f"/orders/{order['id']}/shipment-trackings"
    links = {"self": f"{path}/{item['tracking_id']}", "collection": path, "up": f"/orders/{order['id']}"}
    return {
        "tracking_id": item["tracking_id"],
        "tracking_provider": item["custom_tracking_provider"] or _provider(item["tracking_provider"])[0],
        "tracking_link": _link(order, item),
        "tracking_number": item["tracking_number"],
        "date_shipped": datetime.fromtimestamp(int(item["date_shipped"]), UTC).date().isoformat(),
        "_links": {name: [{"href": call.url(target)}] for name, target in links.items()},
    }


def _link(order: Doc, item: Doc) -> str:
    address = order["shipping"] if order["shipping"]["postcode"] else order["billing"]
    text = item["custom_tracking_link"] or _provider(item["tracking_provider"])[1]
    values = (item["tracking_number"], address["postcode"].replace(" ", ""), address["country"])
    for place, value in enumerate(values, start=1):
        text = text.replace(f"%{place}$s", str(value))
    return text


def _provider(given: str) -> tuple[str, str]:
    """Name and address of a provider, however its name is written; an unknown one has no address."""
    rows = (row for region in PROVIDERS.values() for row in region.items())
    return next((row for row in rows if slug_of(row[0]) == slug_of(given)), (given, ""))


def _new_item(shop: Shop, given: Doc) -> Doc:
    row = {name: clean(given.get(name) or "") for name in TRACKING}
    seed = f"{row['tracking_provider']}-{row['tracking_number']}{secrets.token_hex(8)}"
    shipped = _day(row["date_shipped"]) or shop.now().astimezone(shop.zone).date()
    stamp = int(datetime(shipped.year, shipped.month, shipped.day, tzinfo=UTC).timestamp())
    tracking_id = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
    return {**row, "date_shipped": str(stamp), "tracking_id": tracking_id}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _keep(shop: Shop, order: Doc, items: list[Doc]) -> None:
    order["meta"] = metas.merged(shop.store, order["meta"], [{"key": FIELD, "value": items or None}])


def _save(shop: Shop, order: Doc, before: Doc) -> None:
    save(shop, order, before)
    shop.emit("order.updated", order["id"])


def _order(shop: Shop, order_id: int) -> Doc:
    order = shop.store.get("shop_order", order_id)
    if order is None:
        raise WooError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
    return order


def _item(order: Doc, tracking_id: str) -> Doc:
    found = next((item for item in items_of(order) if item["tracking_id"] == tracking_id), None)
    if found is None:
        text = "Invalid shipment tracking ID."
        raise WooError(404, "woocommerce_rest_order_shipment_tracking_invalid_id", text)
    return found


PATH = "/orders/{order_id}/shipment-trackings"


def _routes(namespace: str, feature: str, create: Any) -> list[Route]:
    api = f"/wp-json/{namespace}"
    return [
        Route(READ, PATH, list_trackings, api=api, feature=feature),
        Route(CREATE, PATH, create, api=api, feature=feature),
        Route(READ, f"{PATH}/providers", list_providers_of_order, api=api, feature=feature),
        Route(READ, f"{PATH}/{{tracking}}", get_tracking, api=api, feature=feature),
        Route(DELETE, f"{PATH}/{{tracking}}", delete_tracking, api=api, feature=feature),
    ]


OWN = "wc-shipment-tracking/v3"
ROUTES = [
    Route(READ, "/shipment-trackings/providers", list_providers, True, f"/wp-json/{OWN}", SHIPMENT_TRACKING),
    *_routes(OWN, SHIPMENT_TRACKING, create_tracking),
    *_routes("wc-ast/v3", ADVANCED_TRACKING, create_advanced_tracking),
]
