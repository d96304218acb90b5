"""Which product owns a SKU or a GTIN. Products in the trash own theirs too, but only the database notices."""

import re
from typing import Any

from trueup.sandbox.errors import WooError
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import clean


def set_sku(shop: Shop, doc: Doc, given: Any) -> None:
    """Give a product a SKU. Raises WooError 400 ``product_invalid_sku`` with the owner and a free suggestion."""
    sku = clean(given)
    owner = sku_owner(shop, sku, besides=doc["id"])
    if owner is not None:
        data = {"resource_id": owner, "unique_sku": free_sku(shop, sku)}
        raise WooError(400, "product_invalid_sku", "Invalid or duplicated SKU.", data)
    doc["sku"] = sku


def sku_owner(shop: Shop, sku: str, *, besides: int = 0, trashed: bool = False) -> int | None:
    """The product or variation with that SKU, upper and lower case alike."""
    if not sku:
        return None
    status = "status = 'trash'" if trashed else "status != 'trash'"
    owners = shop.store.ids("product", f"sku_key = ? AND id != ? AND {status}", (sku.lower(), besides), limit=1)
    return owners[0] if owners else None


def free_sku(shop: Shop, sku: str) -> str:
    number = 1
    while sku_owner(shop, f"{sku}-{number}") is not None:
        number += 1
    return f"{sku}-{number}"


def refuse_trashed_sku(shop: Shop, doc: Doc, verb: str) -> None:
    """The look-up table still holds the SKU of a product in the trash; the real shop fails on it with another code."""
    if sku_owner(shop, doc["sku"], besides=doc["id"], trashed=True) is not None:
        text = f"The product with SKU ({doc['sku']}) you are trying to insert is already present in the lookup table"
        raise WooError(400, f"woocommerce_rest_product_not_{verb}", text)


def set_gtin(shop: Shop, doc: Doc, given: Any) -> None:
    """Give a product a GTIN: only digits and dashes stay. Raises WooError 400 ``product_invalid_global_unique_id``."""
    gtin = re.sub(r"[^0-9\-]", "", str(given))
    if gtin:
        owners = shop.store.ids("product", "gtin = ? AND id != ? AND status != 'trash'", (gtin, doc["id"]), limit=1)
        if owners:
            text = "Invalid or duplicated GTIN, UPC, EAN or ISBN."
            raise WooError(400, "product_invalid_global_unique_id", text, {"resource_id": owners[0]})
    doc["gtin"] = gtin
