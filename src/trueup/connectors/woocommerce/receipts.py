"""The follower's document number, written back to its order: first as meta data, then as one private note. The
status is not touched, no customer is mailed, and a repeated write changes nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from trueup.connectors.kit.errors import OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.errors import item_error
from trueup.domain.order import Receipt

DOCUMENT_KEY = "_erp_document_no"
SYSTEM_KEY = "_erp_system"
AT_ONCE = 50

_TAG = re.compile(r"<[^>]*>")


def push_receipts(client: WooClient, parcels: Sequence[Parcel]) -> list[Outcome]:
    """One outcome per parcel. Raises OutsideError if the first call failed as a whole."""
    outcomes: dict[int, Outcome] = {}
    ready: list[tuple[int, Parcel, Receipt]] = []
    for place, parcel in enumerate(parcels):
        receipt = parcel.facet(Receipt)
        if receipt is None or parcel.remote is None or not parcel.remote.isdecimal():
            outcomes[place] = Rejected(f"Order {parcel.label} is led by the shop: only its document number is written.")
        else:
            ready.append((place, parcel, receipt))
    for start in range(0, len(ready), AT_ONCE):
        outcomes |= _pushed(client, ready[start : start + AT_ONCE])
    return [outcomes[place] for place in range(len(parcels))]


def _pushed(client: WooClient, ready: Sequence[tuple[int, Parcel, Receipt]]) -> dict[int, Outcome]:
    body = {"update": [{"id": int(parcel.remote or 0), "meta_data": _meta(receipt)} for _, parcel, receipt in ready]}
    data, answer = client.send("POST", "orders/batch", body)
    rows = data.get("update") if isinstance(data, dict) else None
    if not isinstance(rows, list) or len(rows) != len(ready):
        sentence = "The shop answered fewer orders than were sent. A plugin may be in the way."
        raise TryLater(sentence, unknown_outcome=True)
    outcomes: dict[int, Outcome] = {}
    for (place, parcel, receipt), row in zip(ready, rows, strict=True):
        if "error" in row:
            what = f"Order {receipt.order_number}"
            outcomes[place] = item_error(row["error"], what=what, request_id=answer.request_id, creating=False)
        else:
            outcomes[place] = _noted(client, parcel, receipt, answer.request_id)
    return outcomes


def _meta(receipt: Receipt) -> list[dict[str, str]]:
    return [
        {"key": DOCUMENT_KEY, "value": receipt.document_number},
        {"key": SYSTEM_KEY, "value": receipt.system},
    ]


def _noted(client: WooClient, parcel: Parcel, receipt: Receipt, request_id: str) -> Outcome:
    """The order's outcome once it has the note; one order's failure is its own."""
    text = note_text(receipt)
    path = f"orders/{parcel.remote}/notes"
    try:
        if not any(_same(note, text) for note in client.rows(path, type="internal", _fields="id,note")):
            client.send("POST", path, {"note": text, "customer_note": False})
    except OutsideError as error:
        return error
    return Done(remote=str(parcel.remote), status=200, request_id=request_id)


def note_text(receipt: Receipt) -> str:
    return f"Transferred to {receipt.system} as {receipt.document_number}."


def _same(note: dict[str, Any], text: str) -> bool:
    """The shop may dress a note up in HTML, or take from it what looks like HTML."""
    return _bare(str(note.get("note", ""))) == _bare(text)


def _bare(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", html.unescape(text))).split())
