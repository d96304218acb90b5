"""Somebody in the shop's back office changes something by hand."""

from typing import Any

from trueup.sandbox.product_rules import apply_prices, apply_stock, modified_now
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.variable import sync_parent_of

BY_HAND = ("name", "description", "short_description", "status", "menu_order")


def edit_product(shop: Shop, id_: int, **changes: Any) -> None:
    """Change fields of a product or variation as an employee does: names, status, prices, stock.

    Moves ``date_modified`` and fires ``product.updated``. Raises KeyError for an unknown product or field.
    """
    with shop.store.writing():
        before = shop.store.get("product", id_)
        if before is None:
            raise KeyError(f"no product {id_}")
        doc = {**before, **_plain(changes)}
        apply_prices(shop, doc, {name: changes[name] for name in ("regular_price", "sale_price") if name in changes})
        apply_stock(
            shop,
            doc,
            {name: changes[name] for name in ("manage_stock", "stock_quantity", "stock_status") if name in changes},
        )
        modified_now(shop, doc)
        shop.store.update("product", doc, before)
        if doc["type"] == "variation":
            sync_parent_of(shop, doc["parent_id"])
        shop.emit("product.updated", id_)


def _plain(changes: Doc) -> Doc:
    unknown = set(changes) - {*BY_HAND, "regular_price", "sale_price", "manage_stock", "stock_quantity", "stock_status"}
    if unknown:
        raise KeyError(f"an employee cannot change {', '.join(sorted(unknown))} here")
    return {name: changes[name] for name in BY_HAND if name in changes}
