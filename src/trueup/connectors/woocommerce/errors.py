"""The shop's own error codes, as sentences. Messages of the shop are localised and may hold HTML: codes decide."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from trueup.connectors.kit.errors import Gone, OutsideError, Rejected, TryLater

KEY_HELP = "Make a new key with Read/Write under WooCommerce > Settings > Advanced > REST API, and enter both parts."
DUPLICATE_SKU = "product_invalid_sku"
NOT_CREATED = "woocommerce_rest_product_not_created"

_TAG = re.compile(r"<[^>]*>")

SENTENCES: dict[str, str] = {
    "woocommerce_rest_cannot_view": "The shop does not accept the consumer key, or its user may not see this.",
    "woocommerce_rest_cannot_create": "The shop does not accept the consumer key, or its user may not create this.",
    "woocommerce_rest_cannot_edit": "The user of the consumer key may not change this.",
    "woocommerce_rest_cannot_batch": "The user of the consumer key may not change this.",
    "woocommerce_rest_authentication_error": "The shop refuses the keys.",
    "woocommerce_rest_authentication_missing_parameter": "The shop refuses the signature.",
    "rest_no_route": "The shop does not know this address: WooCommerce may be switched off, or older than 3.5.",
    "internal_server_error": "The shop's program crashed on this request.",
    "woocommerce_rest_request_entity_too_large": "The shop takes fewer items at a time.",
}
"""Codes of whole requests."""

GONE = frozenset(
    {
        "woocommerce_rest_product_invalid_id",
        "woocommerce_rest_product_variation_invalid_id",
        "woocommerce_rest_invalid_product_id",
        "woocommerce_rest_shop_order_invalid_id",
        "woocommerce_rest_order_invalid_id",
    }
)
"""Codes of an item whose id the shop does not have (any more)."""

ITEM_SENTENCES: dict[str, tuple[str, str]] = {
    DUPLICATE_SKU: ("sku", "its SKU already belongs to another article of the shop. Give one of the two another SKU."),
    "product_invalid_global_unique_id": (
        "gtin",
        "its GTIN already belongs to another article of the shop. Correct it in one of the two.",
    ),
    "woocommerce_rest_product_exists": ("id", "the shop already has it under this number. Link the two by hand."),
    "woocommerce_rest_invalid_image": ("images", "the shop cannot fetch its picture. Check the picture's address."),
    "woocommerce_product_image_upload_error": (
        "images",
        "the shop cannot fetch its picture. Check the picture's address.",
    ),
    "woocommerce_product_invalid_image_id": ("images", "the shop no longer has its picture. Send the picture again."),
    "woocommerce_rest_cannot_edit": ("", "the user of the consumer key may not change it. Give the user that right."),
    "woocommerce_rest_cannot_create": ("", "the user of the consumer key may not create it. Give the user that right."),
}
"""Codes of single items: the field that is wrong, and the end of a sentence that begins with the article."""


def message_of(body: Any) -> str:
    """The shop's own words as plain text, at most 300 characters."""
    message = body.get("message") if isinstance(body, dict) else None
    text = html.unescape(_TAG.sub(" ", message)) if isinstance(message, str) else ""
    return " ".join(text.split())[:300]


def code_of(body: Any) -> str | None:
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, str) else None


def explain(status: int, headers: Mapping[str, str], body: Any) -> tuple[str | None, str | None]:
    """Code and sentence of a refused request; nothing for what is not WooCommerce's own error (a gateway's page)."""
    code = code_of(body)
    if code is None:
        return None, None
    said = message_of(body)
    sentence = SENTENCES.get(code, f"The shop refuses the request ({status}).")
    if said and code != "internal_server_error":
        sentence += f' It says: "{said.rstrip(".")}".'
    if status in (401, 403):
        sentence += f" {KEY_HELP}"
    return code, sentence


def item_error(error: Any, *, what: str, request_id: str | None, creating: bool) -> OutsideError:
    """The outcome of one item of a batch that failed. `what` names it: `Article MUG`, `Order 1041`."""
    code, data = code_of(error), error.get("data") if isinstance(error, dict) else None
    status = data.get("status") if isinstance(data, dict) else None
    status = status if isinstance(status, int) else None
    if code in GONE and not creating:
        sentence = f"{what} no longer exists in the shop. Restore it there, or let it be created again."
        return Gone(sentence, status=status, code=code, request_id=request_id)
    if status is not None and status >= 500:
        sentence = f"{what} could not be transferred: the shop's program crashed on it."
        return TryLater(sentence, unknown_outcome=True, status=status, code=code, request_id=request_id)
    field, reason = ITEM_SENTENCES.get(code or "", ("", _unknown_reason(error)))
    sentence = f"{what} could not be transferred to the shop: {reason}"
    return Rejected(sentence, field=field or None, status=status, code=code, request_id=request_id)


def _unknown_reason(error: Any) -> str:
    said = message_of(error)
    return f'the shop refuses it: "{said.rstrip(".")}". Correct it, then retry.' if said else "the shop refuses it."
