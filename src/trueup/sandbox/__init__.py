"""The shop in the box: an emulated WooCommerce 10.5 REST API v3 with its own SQLite database, quirks included.

It imports nothing of the rest of trueup. In short::

    with running_shop(ShopSettings(time_zone="Europe/Berlin"), https=True) as shop:
        shop.url, shop.consumer_key, shop.consumer_secret, shop.ca_file   # for a client
        shop.log.writes, shop.log.counts["POST /products/batch"]          # what was asked
        shop.faults.add("done_then_error", route="/products/batch", times=1)
        shop.clock.advance(60)
        shop.faults.lost_tax_lines = 0.1                                  # storefront orders that do not add up
        place_order(shop.shop, Checkout(items=[(product_id, 2)], billing=address, payment_method="cod"))   # a shopper
        cancel_unpaid(shop.shop)                                          # payments that did not come in time
        switch(shop.shop, {FULFILMENTS: True, SHIPMENT_TRACKING: True})   # features and plug-ins, off at first
        register_statuses(shop.shop, {"partial-shipped": "Partially shipped"})
        shop.webhooks.flush()                                             # deliver what is queued, now

Adding a resource
    1. A ``Table(name=..., columns=..., of=...)`` says which values of a document are indexed columns; documents are
       JSON with an ``id`` from ``shop.store.next_id("post")`` (orders, refunds, coupons, products share that counter).
    2. Handlers are ``handler(shop, call, *ids) -> Answer`` and run inside ``shop.store.writing()``; ``shop.store`` has
       ``insert, update(table, doc, before), get, delete, select, ids, count``.
    3. ``ROUTES = [Route(READ, "/orders/{id}", get_order), ...]``; names ending in ``id`` reach the handler as integers.
       Add table and routes to ``routes.py``. First match wins: fixed paths before ``{id}``.
    4. ``check(FIELDS, call.params)`` (``validation.py``) refuses as WordPress does; batches do not call it:
       ``batch_of(create, update, delete)``. Deleting: ``forced(call)``, ``insist_on_force(call, "Taxes")``.
    5. Errors are ``raise WooError(status, code, message, data)``; lists end with
       ``listed(call, items, total, params)``.
    6. ``shop.now_iso()`` is the time to store (UTC, no zone, seconds); ``shop.dates("date_created", stored)`` gives
       both ``date_created`` and ``date_created_gmt``. Any write sets ``modified``.
    7. ``shop.emit("order.created", id)`` tells the subscribers (``shop.subscribers.append(f)``, called as
       ``f(shop, topic, id)``); webhooks queue there and build the payload later.
    8. Stock moves relatively with ``stock.reduce_stock(shop, product_or_variation_id, quantity)``; negative gives back.
    9. Meta data: ``meta.merged(shop.store, old, given)``; texts and decimals: ``texts.py``.
"""

from trueup.sandbox.clock import ShopClock
from trueup.sandbox.costs import CostModel
from trueup.sandbox.features import (
    ADVANCED_TRACKING,
    FULFILMENTS,
    REST_V4,
    SHIPMENT_TRACKING,
    register_statuses,
    switch,
)
from trueup.sandbox.server import RunningShop, ShopProcess, running_shop, shop_process
from trueup.sandbox.settings import SeedRate, ShopSettings
from trueup.sandbox.storefront import (
    CannotBuy,
    Checkout,
    Delivery,
    cancel_unpaid,
    finish_checkout,
    open_checkout,
    place_order,
)
from trueup.sandbox.webhook_delivery import Courier, Sent

__all__ = [
    "ADVANCED_TRACKING",
    "FULFILMENTS",
    "REST_V4",
    "SHIPMENT_TRACKING",
    "CannotBuy",
    "Checkout",
    "CostModel",
    "Courier",
    "Delivery",
    "RunningShop",
    "SeedRate",
    "Sent",
    "ShopClock",
    "ShopProcess",
    "ShopSettings",
    "cancel_unpaid",
    "finish_checkout",
    "open_checkout",
    "place_order",
    "register_statuses",
    "running_shop",
    "shop_process",
    "switch",
]
