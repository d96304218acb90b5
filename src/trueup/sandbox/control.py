"""``/_sandbox/``: the switches of a shop that runs in another process. Not part of WooCommerce, needs no key."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import orjson

from trueup.sandbox.costs import CostModel
from trueup.sandbox.employee import edit_product
from trueup.sandbox.errors import WooError
from trueup.sandbox.faults import WebhookFaults, fault_from
from trueup.sandbox.features import features_of, plugin_statuses, register_statuses, switch
from trueup.sandbox.shop import Shop
from trueup.sandbox.stock import reduce_stock, write_stock_silently
from trueup.sandbox.storefront import CannotBuy, cancel_unpaid, checkout_from, place_order
from trueup.sandbox.webhook_delivery import Courier
from trueup.sandbox.wire import JSON_TYPE, WireAnswer, WireRequest


class Controlled(Protocol):
    shop: Shop
    costs: CostModel | None
    webhooks: Courier | None


Switch = Callable[[Controlled, dict[str, Any]], Any]


def _state(app: Controlled, _body: dict[str, Any]) -> Any:
    log = app.shop.log
    waiting = app.webhooks.waiting() if app.webhooks else 0
    counts = {
        "webhooks_waiting": waiting,
        "requests": dict(log.counts),
        "items": dict(log.items),
        "writes": log.writes,
        "total": log.total,
    }
    return {"now": app.shop.now_iso(), "products": app.shop.store.count("product"), **counts}


def _clear_log(app: Controlled, _body: dict[str, Any]) -> Any:
    app.shop.log.clear()
    return {}


def _add_fault(app: Controlled, body: dict[str, Any]) -> Any:
    app.shop.faults.add(**fault_from(body))
    return {"faults": len(app.shop.faults.all())}


def _clear_faults(app: Controlled, _body: dict[str, Any]) -> Any:
    app.shop.faults.clear()
    return {}


def _webhook_faults(app: Controlled, body: dict[str, Any]) -> Any:
    app.shop.faults.webhooks = WebhookFaults(**body)
    return body


def _clock(app: Controlled, body: dict[str, Any]) -> Any:
    if "hold" in body:
        app.shop.clock.hold(datetime.fromisoformat(body["hold"]))
    if "advance" in body:
        app.shop.clock.advance(float(body["advance"]))
    if body.get("release"):
        app.shop.clock.release()
    return {"now": app.shop.now_iso()}


def _costs(app: Controlled, body: dict[str, Any]) -> Any:
    app.costs = CostModel(**body) if body.get("scale") else None
    return body


def _edit(app: Controlled, body: dict[str, Any]) -> Any:
    edit_product(app.shop, int(body.pop("id")), **body)
    return {}


def _stock(app: Controlled, body: dict[str, Any]) -> Any:
    if "reduce" in body:
        return {"stock": reduce_stock(app.shop, int(body["id"]), int(body["reduce"]))}
    write_stock_silently(app.shop, int(body["id"]), int(body["quantity"]))
    return {}


def _order(app: Controlled, body: dict[str, Any]) -> Any:
    """A shopper buys: ``{"items": [[id, pieces], ...], "billing": {...}, ...}`` as ``storefront.Checkout`` says."""
    order = place_order(app.shop, checkout_from(body))
    return {name: order[name] for name in ("id", "status", "total", "order_key")}


def _storefront_faults(app: Controlled, body: dict[str, Any]) -> Any:
    """``{"lost_tax_lines": 0.1}``: the share of hasty storefront orders that lose their ``tax_lines`` for good."""
    app.shop.faults.lost_tax_lines = float(body["lost_tax_lines"])
    return body


def _cancel_unpaid(app: Controlled, _body: dict[str, Any]) -> Any:
    """Cancel the orders whose payment did not come in time, as the shop does by itself now and then."""
    return {"cancelled": cancel_unpaid(app.shop)}


def _features(app: Controlled, body: dict[str, Any]) -> Any:
    """Turn core features and plug-ins on or off: ``{"fulfillments": true}``."""
    switch(app.shop, body)
    return {"features": list(features_of(app.shop))}


def _order_statuses(app: Controlled, body: dict[str, Any]) -> Any:
    """The order statuses that plug-ins register from now on: ``{"picked": "Picked"}``."""
    register_statuses(app.shop, body)
    return plugin_statuses(app.shop)


def _deliver(app: Controlled, _body: dict[str, Any]) -> Any:
    """Run the webhook queue now, in the background."""
    if app.webhooks is None:
        return {"waiting": 0}
    waiting = app.webhooks.waiting()
    threading.Thread(target=app.webhooks.flush, name="webhooks-now", daemon=True).start()
    return {"waiting": waiting}


def _key(app: Controlled, body: dict[str, Any]) -> Any:
    key = app.shop.add_key(body.get("permission", "read_write"))
    return {"consumer_key": key.consumer_key, "consumer_secret": key.consumer_secret}


SWITCHES: dict[tuple[str, str], Switch] = {
    ("GET", "/state"): _state,
    ("DELETE", "/log"): _clear_log,
    ("POST", "/faults"): _add_fault,
    ("DELETE", "/faults"): _clear_faults,
    ("POST", "/webhook-faults"): _webhook_faults,
    ("POST", "/clock"): _clock,
    ("POST", "/costs"): _costs,
    ("POST", "/edit"): _edit,
    ("POST", "/stock"): _stock,
    ("POST", "/keys"): _key,
    ("POST", "/order"): _order,
    ("POST", "/storefront-faults"): _storefront_faults,
    ("POST", "/cancel-unpaid"): _cancel_unpaid,
    ("POST", "/features"): _features,
    ("POST", "/order-statuses"): _order_statuses,
    ("POST", "/deliver"): _deliver,
}


def answer(app: Controlled, request: WireRequest) -> WireAnswer:
    """Turn a switch; 404 with the list of switches for an unknown one."""
    switch = SWITCHES.get((request.method, request.path.removeprefix("/_sandbox").rstrip("/")))
    if switch is None:
        return _json(404, {"switches": [f"{method} /_sandbox{path}" for method, path in SWITCHES]})
    try:
        return _json(200, switch(app, orjson.loads(request.body) if request.body else {}))
    except WooError as error:
        return _json(error.status, error.envelope())
    except CannotBuy as error:
        return _json(409, {"error": str(error)})
    except (TypeError, ValueError, KeyError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _json(status: int, body: Any) -> WireAnswer:
    return WireAnswer(status=status, headers={"content-type": JSON_TYPE}, body=orjson.dumps(body))
