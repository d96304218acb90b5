"""``/webhooks``: who wants to be told what. Delivering is somebody else's business."""

import re
from typing import Any

from trueup.sandbox.batch import as_id, batch_of
from trueup.sandbox.deleting import insist_on_force
from trueup.sandbox.errors import WooError
from trueup.sandbox.paging import PAGE, Where, add_common, listed, offset_of
from trueup.sandbox.product_view import links
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table
from trueup.sandbox.validation import STRING, Field, check

PATH = "/webhooks"
STATUSES = ("active", "paused", "disabled")
WEBHOOKS = Table(
    name="webhook",
    columns={"status": "TEXT", "topic": "TEXT", "created": "TEXT"},
    of=lambda doc: {"status": doc["status"], "topic": doc["topic"], "created": doc["created"]},
)
HOOKS: dict[str, list[str]] = {
    "coupon.created": ["woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"],
    "coupon.updated": ["woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"],
    "coupon.deleted": ["wp_trash_post"],
    "coupon.restored": ["untrashed_post"],
    "customer.created": ["user_register", "woocommerce_created_customer", "woocommerce_new_customer"],
    "customer.updated": ["profile_update", "woocommerce_update_customer"],
    "customer.deleted": ["delete_user"],
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order"],
    "order.restored": ["untrashed_post"],
    "product.created": [
        "woocommerce_process_product_meta", "woocommerce_new_product", "woocommerce_new_product_variation",
    ],
    "product.updated": [
        "woocommerce_process_product_meta", "woocommerce_update_product", "woocommerce_update_product_variation",
    ],
    "product.deleted": ["wp_trash_post"],
    "product.restored": ["untrashed_post"],
}  # fmt: skip
FIELDS = {
    "name": STRING,
    "topic": STRING,
    "status": Field(enum=STATUSES),
    "delivery_url": STRING,
    "secret": STRING,
}
LISTING = {
    **PAGE,
    "order": Field(enum=("asc", "desc"), default="desc"),
    "orderby": Field(enum=("date", "id", "title"), default="date"),
    "status": Field(enum=("all", *STATUSES), default="all"),
}


def webhook_view(shop: Shop, call: Call, doc: Doc) -> Doc:
    resource, _, event = doc["topic"].partition(".")
    hooks = [event] if resource == "action" else HOOKS.get(doc["topic"], [])
    return {
        "id": doc["id"],
        "name": doc["name"],
        "status": doc["status"],
        "topic": doc["topic"],
        "resource": resource,
        "event": event,
        "hooks": hooks,
        "delivery_url": doc["delivery_url"],
        **shop.dates("date_created", doc["created"]),
        **shop.dates("date_modified", doc["modified"]),
        "_links": links(call, PATH, doc["id"]),
    }


def list_webhooks(shop: Shop, call: Call) -> Answer:
    params = check(LISTING, call.params)
    where = Where()
    add_common(where, params)
    if params["status"] != "all":
        where.add("status = ?", params["status"])
    if params.get("search"):
        where.add("CAST(doc AS TEXT) LIKE ?", f"%{params['search']}%")
    total = shop.store.count("webhook", where.sql, where.params)
    order, limit = f"created {params['order']}, id {params['order']}", params["per_page"]
    docs = shop.store.select("webhook", where.sql, where.params, order=order, limit=limit, offset=offset_of(params))
    return listed(call, [webhook_view(shop, call, doc) for doc in docs], total, params)


def _found(shop: Shop, id_: Any, text: str = "ID is invalid.") -> Doc:
    doc = shop.store.get("webhook", as_id(id_))
    if doc is None:
        raise WooError(404, "woocommerce_rest_shop_webhook_invalid_id", text)
    return doc


def get_webhook(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=webhook_view(shop, call, _found(shop, id_)))


def create_webhook(shop: Shop, call: Call) -> Answer:
    required = {"topic": Field(required=True), "delivery_url": Field(required=True)}
    view = create(shop, call, check({**FIELDS, **required}, call.params))
    return Answer(status=201, body=view, headers={"Location": call.url(f"{PATH}/{view['id']}")})


def create(shop: Shop, call: Call, given: Doc) -> Doc:
    """A new webhook is active, whatever status is sent. Emits ``webhook.pinged``: the real shop pings the address,
    and only its answer (``ping_answered``) gives the webhook a ``date_modified``."""
    if not valid_topic(given.get("topic")):
        text = "Webhook topic is required and must be valid."
        raise WooError(400, "woocommerce_rest_shop_webhook_invalid_topic", text)
    _check_address(given.get("delivery_url"))
    now = shop.now()
    doc = {
        "id": shop.store.next_id("webhook"),
        "name": given.get("name") or f"Webhook created on {now:%b %d, %Y @ %I:%M %p}",
        "status": "active",
        "topic": given["topic"],
        "delivery_url": given["delivery_url"],
        "secret": given.get("secret") or "",
        "created": shop.now_iso(),
        "modified": None,
        "failures": 0,
        "user_id": call.key_id,
    }
    shop.store.insert("webhook", doc)
    view = webhook_view(shop, call, doc)
    shop.emit("webhook.pinged", doc["id"])
    return view


def ping_answered(shop: Shop, id_: int) -> None:
    """Whoever delivers tells that the address answered the ping."""
    with shop.store.writing():
        doc = shop.store.get("webhook", id_)
        if doc is not None and doc["modified"] is None:
            shop.store.update("webhook", {**doc, "modified": shop.now_iso()}, doc)


def valid_topic(topic: Any) -> bool:
    """``resource.event`` of a known pair, or ``action.`` and the name of any hook."""
    return isinstance(topic, str) and (topic in HOOKS or re.fullmatch(r"action\.\w+", topic) is not None)


def _check_address(address: Any) -> None:
    if not isinstance(address, str) or not re.match(r"https?://[^\s/]", address):
        text = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise WooError(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", text)


def update_webhook(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=update(shop, call, id_, check(FIELDS, call.params)))


def update(shop: Shop, call: Call, id_: Any, given: Doc) -> Doc:
    before = _found(shop, id_, "Invalid ID.")
    if given.get("topic") is not None and not valid_topic(given["topic"]):
        raise WooError(400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic must be valid.")
    if given.get("delivery_url") is not None:
        _check_address(given["delivery_url"])
    doc = {
        **before,
        **{name: given[name] for name in FIELDS if given.get(name) is not None},
        "modified": shop.now_iso(),
    }
    if doc["status"] == "active" and before["status"] != "active":
        doc["failures"] = 0
    shop.store.update("webhook", doc, before)
    if doc["delivery_url"] != before["delivery_url"]:
        shop.emit("webhook.pinged", doc["id"])
    return webhook_view(shop, call, doc)


def delete_webhook(shop: Shop, call: Call, id_: int) -> Answer:
    insist_on_force(call, "Webhooks")
    return Answer(body=delete(shop, call, id_))


def delete(shop: Shop, call: Call, id_: Any) -> Doc:
    doc = _found(shop, id_, "Invalid ID.")
    shop.store.delete("webhook", doc["id"])
    return webhook_view(shop, call, doc)


ROUTES = [
    Route(READ, PATH, list_webhooks),
    Route(CREATE, PATH, create_webhook),
    Route(UPDATE, f"{PATH}/batch", batch_of(create, update, delete)),
    Route(READ, f"{PATH}/{{id}}", get_webhook),
    Route(UPDATE, f"{PATH}/{{id}}", update_webhook),
    Route(DELETE, f"{PATH}/{{id}}", delete_webhook),
]
