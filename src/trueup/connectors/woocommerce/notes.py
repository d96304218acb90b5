"""Notes on orders, each written once however often it is asked for."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from trueup.connectors.woocommerce.client import WooClient

_TAG = re.compile(r"<[^>]*>")


def notes_of(client: WooClient, order_id: str, *, for_customer: bool = False) -> list[str]:
    """The order's notes of one sort as bare text."""
    sort = "customer" if for_customer else "internal"
    return [bare(str(row.get("note", ""))) for row in client.rows(_path(order_id), type=sort, _fields="id,note")]


def add_note(client: WooClient, order_id: str, text: str, *, for_customer: bool = False) -> None:
    """A note for the customer is mailed at once."""
    client.send("POST", _path(order_id), {"note": text, "customer_note": for_customer})


def add_missing(client: WooClient, order_id: str, texts: Sequence[str]) -> None:
    """Private notes with these texts that the order does not have yet."""
    known = set(notes_of(client, order_id)) if texts else set()
    for text in dict.fromkeys(texts):
        if bare(text) not in known:
            add_note(client, order_id, text)


def bare(text: str) -> str:
    """Without what the shop may dress a note up in: HTML, entities and line breaks."""
    return " ".join(html.unescape(_TAG.sub("", html.unescape(text))).split())


def mentions(text: str, word: Any) -> bool:
    """Whether a bare text holds the number or address, and not only as a part of a longer one."""
    return bool(re.search(rf"(?<!\w){re.escape(bare(str(word)))}(?!\w)", text))


def _path(order_id: str) -> str:
    return f"orders/{order_id}/notes"
