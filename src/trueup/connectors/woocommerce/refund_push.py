"""Refunds of the back office, written to the shop's orders: each once, found again by its reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trueup.connectors.kit.errors import Gone, OutsideError, Rejected, TryLater
from trueup.connectors.woocommerce.client import Row, WooClient
from trueup.connectors.woocommerce.notes import bare, mentions
from trueup.connectors.woocommerce.refund_mapping import reference_of
from trueup.connectors.woocommerce.refund_plan import Remainder, refund_body
from trueup.connectors.woocommerce.refunds import refunds_of
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.record import Ref
from trueup.domain.refund import OrderRefunds, Refund

REFUSED = frozenset({"woocommerce_rest_cannot_create_order_refund", "woocommerce_rest_invalid_order_refund"})
"""Refusals of refunds, which the shop answers as if its program had crashed (500)."""
NO_ORDER = "woocommerce_rest_invalid_order_id"


def write_refunds(
    client: WooClient, settings: Settings, order: Row, record: OrderRefunds, links: Mapping[Ref, str]
) -> None:
    """Those that the order does not have yet, oldest first. Raises OutsideError; Rejected for one that gives back more
    than is left, and then those before it are written."""
    existing = refunds_of(client, str(order["id"]))
    missing = [refund for refund in record.refunds if _gives(refund) and not _is_there(refund, existing, settings)]
    for refund in missing:
        body = refund_body(record, refund, Remainder(order, existing), links, settings)
        existing.append(_created(client, str(order["id"]), body))


def _gives(refund: Refund) -> bool:
    return bool(refund.amount or refund.lines)


def _is_there(refund: Refund, existing: Sequence[Row], settings: Settings) -> bool:
    return any(
        reference_of(row) == refund.reference
        or settings.refund_reference(str(row.get("id"))) == refund.reference
        or mentions(bare(str(row.get("reason") or "")), refund.reference)
        for row in existing
    )


def _created(client: WooClient, order_id: str, body: Mapping[str, Any]) -> Row:
    try:
        data, _ = client.send("POST", f"orders/{order_id}/refunds", body)
    except TryLater as error:
        raise _meant(error) from None
    return data if isinstance(data, dict) else {}


def _meant(error: TryLater) -> OutsideError:
    if error.code == NO_ORDER:
        return Gone(error.sentence, status=error.status, code=error.code, request_id=error.request_id)
    if error.code in REFUSED:
        text = f"the shop refuses the refund. {error.sentence}"
        return Rejected(text, field="amount", status=error.status, code=error.code, request_id=error.request_id)
    return error
