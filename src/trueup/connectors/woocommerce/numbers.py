"""Numbers of the back office on the shop's orders: document, delivery notes and invoices, as custom fields and as one
private note each. The status is not touched, no customer is mailed, and a repeated write changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trueup.connectors.kit.errors import OutsideError
from trueup.connectors.woocommerce.batches import rows_of
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.errors import item_error
from trueup.connectors.woocommerce.fields import Row, meta_of
from trueup.domain.fulfilment import Fulfilment
from trueup.domain.order import Receipt

DOCUMENT_KEY = "_erp_document_no"
SYSTEM_KEY = "_erp_system"
DELIVERY_NOTES_KEY = "_erp_delivery_notes"
INVOICES_KEY = "_erp_invoices"


def number_meta(receipt: Receipt | None, fulfilment: Fulfilment | None) -> dict[str, str]:
    """The custom fields, lists with commas."""
    found: dict[str, str] = {}
    if receipt is not None:
        found |= {DOCUMENT_KEY: receipt.document_number, SYSTEM_KEY: receipt.system}
    if fulfilment is not None:
        lists = {DELIVERY_NOTES_KEY: delivery_notes(fulfilment), INVOICES_KEY: fulfilment.invoices}
        found |= {key: ", ".join(numbers) for key, numbers in lists.items() if numbers}
    return found


def number_notes(receipt: Receipt | None, fulfilment: Fulfilment | None) -> list[str]:
    found = [f"Transferred to {receipt.system} as {receipt.document_number}."] if receipt is not None else []
    if fulfilment is not None:
        document = fulfilment.document_number
        found += [f"Delivery note {number} was made for {document}." for number in delivery_notes(fulfilment)]
        found += [f"Invoice {number} was made for {document}." for number in fulfilment.invoices]
    return found


def delivery_notes(fulfilment: Fulfilment) -> list[str]:
    return list(dict.fromkeys(package.delivery_note for package in fulfilment.packages if package.delivery_note))


def write_meta(
    client: WooClient, wanted: Sequence[tuple[Row, Mapping[str, str]]]
) -> tuple[dict[str, OutsideError], str | None]:
    """The custom fields of these orders that are not so already, in one call. Returns the orders that refused theirs,
    by id, and the call's request id. Raises OutsideError if the call failed."""
    updates = [(row, fields) for row, fields in wanted if not fields.items() <= meta_of(row).items()]
    if not updates:
        return {}, None
    body = [{"id": row["id"], "meta_data": [{"key": k, "value": v} for k, v in f.items()]} for row, f in updates]
    data, answer = client.send("POST", "orders/batch", {"update": body})
    failed = {
        str(row["id"]): item_error(
            result["error"],
            what=f"Order {row.get('number') or row['id']}",
            request_id=answer.request_id,
            creating=False,
        )
        for (row, _), result in zip(updates, rows_of(data, "update", len(updates)), strict=True)
        if "error" in result
    }
    return failed, answer.request_id
