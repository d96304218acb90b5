"""Stock: what quantity means for the status, and the relative change that orders make."""

from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc


def align_stock(shop: Shop, doc: Doc) -> None:
    """Bring stock status, quantity and backorders of a product into line with each other, as every save does."""
    if doc["manage_stock"] is not True:
        doc.update(stock=None, backorders="no", low_stock=None)
        return
    doc["stock"] = doc["stock"] or 0
    if doc["stock"] > int(shop.option("woocommerce_notify_no_stock_amount") or 0):
        doc["stock_status"] = "instock"
    else:
        doc["stock_status"] = "onbackorder" if doc["backorders"] != "no" else "outofstock"


def holder_id(shop: Shop, id_: int) -> int | None:
    """Whose stock is counted for a product or variation: its own, its parent's, or nobody's (None)."""
    doc = shop.store.get("product", id_)
    if doc is None:
        return None
    if doc["manage_stock"]:
        return id_
    parent = shop.store.get("product", doc["parent_id"]) if doc["parent_id"] else None
    return parent["id"] if parent is not None and parent["manage_stock"] else None


def reduce_stock(shop: Shop, id_: int, quantity: int) -> int | None:
    """Take ``quantity`` (negative: give back) from the stock, relatively, as orders do.

    Moves ``date_modified`` of the product or variation and of the parent, and emits ``product.updated`` for the holder.
    Returns the new quantity, None if stock is not managed.
    """
    with shop.store.writing():
        held = holder_id(shop, id_)
        if held is None:
            return None
        doc = shop.store.get("product", held)
        assert doc is not None
        changed = {**doc, "stock": (doc["stock"] or 0) - quantity, "modified": shop.now_iso()}
        align_stock(shop, changed)
        shop.store.update("product", changed, doc)
        if doc["parent_id"]:
            touch(shop, doc["parent_id"])
        shop.emit("product.updated", held)
        return int(changed["stock"])


def write_stock_silently(shop: Shop, id_: int, quantity: int) -> None:
    """Set stock as plugins do that write the database directly: no ``date_modified``, no webhook, no status change."""
    with shop.store.writing():
        doc = shop.store.get("product", id_)
        if doc is not None:
            shop.store.update("product", {**doc, "stock": quantity}, doc)


def touch(shop: Shop, id_: int) -> None:
    """Move ``date_modified`` of a product without changing anything else."""
    doc = shop.store.get("product", id_)
    if doc is not None:
        shop.store.update("product", {**doc, "modified": shop.now_iso()}, doc)
