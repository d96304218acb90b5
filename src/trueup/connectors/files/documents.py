"""Orders and customers as the ERP reads them: JSON, or CSV with one row per line. See docs/files-format.md.

Pure. All amounts are exact decimal texts, as the shop has them; times are UTC.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trueup.connectors.files.outbox import Document
from trueup.connectors.kit.errors import MissingLink
from trueup.domain.customer import Address, Customer
from trueup.domain.order import Order, Position
from trueup.domain.record import Kind, Ref, fingerprint_of
from trueup.domain.refund import OrderRefunds, Refund, RefundLine

Links = Mapping[Ref, str]
_MAY_CHANGE = set(Order.unhashed)


def order_document(
    order: Order, links: Links, *, form: str = "json", delimiter: str = ",", decimal: str = "."
) -> Document:
    """Raises MissingLink. The hash covers what was ordered, not its status, and not our way of writing it down: a
    later version of this format must not make every order look changed."""
    body = order_body(order, links)
    lasting = order.model_dump(mode="json", exclude=_MAY_CHANGE, exclude_defaults=True)
    lasting |= {"cancelled": True} if order.is_cancelled else {}
    content = _csv(order_rows(order, links), delimiter, decimal) if form == "csv" else _json(body)
    return Document(Kind.ORDER, order.reference, f".{form}", content, fingerprint_of(json.dumps(lasting)))


def customer_document(customer: Customer) -> Document:
    body = {"format": "trueup-customer-1", **customer.model_dump(mode="json", exclude={"id"})}
    return Document(Kind.CUSTOMER, customer.reference, ".json", _json(body), fingerprint_of(json.dumps(body)))


def refund_document(order: str, refunds: OrderRefunds, refund: Refund, links: Links) -> Document:
    """One refund of the order whose file has the reference `order`. Raises MissingLink."""
    plain = refund.model_dump(mode="json", exclude={"id", "lines"})
    lines = [_refund_line(line, links) for line in refund.lines]
    head = {"format": "trueup-refund-1", "order": order, "order_number": refunds.order_number}
    body = {**head, "currency": refunds.currency, "decimals": refunds.decimals, **plain, "lines": lines}
    return Document(Kind.REFUND, refund.reference, ".json", _json(body), fingerprint_of(json.dumps(body)))


def _refund_line(line: RefundLine, links: Links) -> dict[str, Any]:
    body = line.model_dump(mode="json", exclude={"product"})
    return {**body, "article": _linked(line.product, links), "tax": format(line.tax, "f")}


def order_body(order: Order, links: Links) -> dict[str, Any]:
    """The order as one JSON object; it refers to the customer's file and to articles by their ids in the files."""
    plain = order.model_dump(mode="json", exclude={"id", "reference", "customer", "positions", "stage", "ready"})
    return {
        "format": "trueup-order-1",
        "reference": order.reference,
        "document_number": order.reference,
        "customer": _linked(order.customer, links),
        **plain,
        "lines": [_line(position, links) for position in order.positions],
    }


def order_rows(order: Order, links: Links) -> list[dict[str, str | Decimal | None]]:
    """One row per line; what belongs to the order as a whole is repeated in each."""
    percents = {rate.id: rate.percent for rate in order.rates}
    head: dict[str, str | Decimal | None] = {
        "reference": order.reference,
        "number": order.number,
        "status": order.status,
        "created_at": order.created_at.isoformat(),
        "currency": order.currency,
        "order_total": order.total,
        "order_tax": order.total_tax,
        "payment_method": order.payment_method,
        "note": order.note,
        "customer": _linked(order.customer, links),
        **_address("billing", order.billing),
        **_address("shipping", order.shipping),
    }
    return [{**head, **_row(position, links, percents)} for position in order.positions]


def _line(position: Position, links: Links) -> dict[str, Any]:
    body = position.model_dump(mode="json", exclude={"product"})
    return {**body, "article": _linked(position.product, links), "tax": format(position.tax, "f")}


def _row(position: Position, links: Links, percents: Mapping[str, Decimal]) -> dict[str, str | Decimal | None]:
    taxes = (f"{percents.get(part.rate, Decimal(0)):f}%={part.amount:f}" for part in position.taxes)
    return {
        "line": position.id,
        "type": position.type.value,
        "sku": position.sku,
        "article": _linked(position.product, links),
        "name": position.name,
        "quantity": position.quantity,
        "net_before_discount": position.subtotal,
        "net": position.total,
        "tax": position.tax,
        "tax_by_rate": " ".join(taxes),
        "tax_class": position.tax_class,
        "method": position.method,
    }


def _address(prefix: str, address: Address) -> dict[str, str | Decimal | None]:
    return {f"{prefix}_{name}": value for name, value in address.model_dump().items()}


def _linked(ref: Ref | None, links: Links) -> str | None:
    if ref is not None and ref not in links:
        raise MissingLink(ref)
    return links[ref] if ref else None


def _json(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode()


def _csv(rows: list[dict[str, str | Decimal | None]], delimiter: str, decimal: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(rows[0] if rows else ())
    writer.writerows([_cell(value, decimal) for value in row.values()] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: str | Decimal | None, decimal: str) -> str:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front; phone numbers stay as they are."""
    if isinstance(value, Decimal):
        return format(value, "f").replace(".", decimal)
    text = value or ""
    return f"'{text}" if re.match(r"[=@\t\r]|[+-](?![\d ()/-]*$)", text) else text
