"""What a variable or grouped product takes over from the products below it."""

from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import number


def sync_parent(shop: Shop, doc: Doc) -> None:
    """Price and stock status of a parent, from its children; changes the document in place."""
    if doc["type"] == "grouped":
        children = [child for child in (shop.store.get("product", id_) for id_ in doc["grouped_products"]) if child]
        doc["price"] = _lowest(children)
        return
    where = "parent_id = ? AND type = 'variation' AND status IN ('publish', 'private')"
    children = shop.store.select("product", where, (doc["id"],)) if doc["id"] else []
    if doc["status"] == "trash":
        return
    doc["price"] = _lowest(children) or ("" if children else doc["price"])
    if doc["manage_stock"] is not True:
        doc["stock_status"] = _best_status(children)


def _lowest(children: list[Doc]) -> str:
    prices = [child["price"] for child in children if child["price"]]
    return str(min(prices, key=lambda price: number(price) or 0)) if prices else ""


def _best_status(children: list[Doc]) -> str:
    statuses = {child["stock_status"] for child in children}
    return next((status for status in ("instock", "onbackorder") if status in statuses), "outofstock")


def sync_parent_of(shop: Shop, parent_id: int) -> None:
    """Bring a parent up to date after one of its variations changed; its ``date_modified`` moves."""
    before = shop.store.get("product", parent_id)
    if before is None:
        return
    doc = {**before, "modified": shop.now_iso()}
    if doc["type"] == "variable":
        sync_parent(shop, doc)
    shop.store.update("product", doc, before)
