"""How long the real shop needs: measured CPU milliseconds per request and item, two cores, four PHP workers."""

from dataclasses import dataclass

REQUEST_MS = 85.0
# (method, route, what is in it) -> ms per item on top of the request
READ_ITEM = {
    "/products": 9.0,
    "/orders": 23.6,
    "/variations": 4.2,
    "/products/{product_id}/variations": 4.2,
    "/customers": 6.0,
}
READ_FIELDS = {
    "/products": 5.0,
    "/orders": 2.7,
    "/variations": 2.2,
    "/products/{product_id}/variations": 2.2,
    "/customers": 3.0,
}
SINGLE = {
    ("PUT", "/products/{id}"): 45.0,
    ("POST", "/products"): 44.0,
    ("PUT", "/products/{product_id}/variations/{id}"): 45.0,
    ("POST", "/products/{product_id}/variations"): 50.0,
    ("POST", "/orders"): 390.0,
    ("PUT", "/orders/{id}"): 95.0,
    ("POST", "/orders/{id}/notes"): 33.0,
    ("POST", "/orders/{id}/refunds"): 200.0,
    ("GET", "/products/{id}"): 28.0,
    ("GET", "/orders/{id}"): 30.0,
}
BATCH_CREATE = {"/products/batch": 46.0, "/orders/batch": 370.0}
BATCH_UPDATE = {"/products/batch": 29.0, "/orders/batch": 46.0}
PRICE_EXTRA = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CostModel:
    """``scale`` 1.0 is the real shop's speed, 0.1 ten times faster; ``cores`` calls are worked on at a time."""

    scale: float = 1.0
    cores: int = 2
    workers: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a call asked for and got, as far as it costs time."""

    method: str
    route: str
    items_read: int = 0
    with_fields: bool = False
    created: int = 0
    updated: int = 0
    deleted: int = 0
    with_price: int = 0


def milliseconds(work: Work) -> float:
    """CPU time of one call in the real shop. Source: measurements of WooCommerce 10.5, medians, +-40 %."""
    route = work.route
    if work.created or work.updated or work.deleted:
        create = BATCH_CREATE.get(route, 50.0) * work.created
        update = BATCH_UPDATE.get(route, 28.0) * work.updated
        return REQUEST_MS + create + update + 30.0 * work.deleted + PRICE_EXTRA * work.with_price
    if work.method in ("GET", "HEAD") and work.items_read:
        table = READ_FIELDS if work.with_fields else READ_ITEM
        return REQUEST_MS + table.get(route, 1.0) * work.items_read
    method = "PUT" if work.method == "PATCH" else work.method
    return REQUEST_MS + SINGLE.get((method, route), 20.0 if method != "GET" else 0.0)
