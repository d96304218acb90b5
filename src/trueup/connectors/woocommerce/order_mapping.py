"""Orders and customers as the shop answers them (`dp=6`), made canonical. Pure.

Amounts are net with up to six decimals, as stored; `price` (a float) is never used. Times are the `_gmt` fields.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import ValidationError

from trueup.connectors.kit.ports import Change, Unreadable
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.customer import Customer
from trueup.domain.order import Order
from trueup.domain.record import Kind, Problem

Row = Mapping[str, Any]

ORDER_FIELDS = (
    "id,number,status,currency,prices_include_tax,date_created_gmt,date_modified_gmt,date_paid_gmt,total,total_tax,"
    "customer_id,billing,shipping,payment_method,payment_method_title,transaction_id,customer_note,line_items,tax_lines,"
    "shipping_lines,fee_lines,coupon_lines"
)
CUSTOMER_FIELDS = "id,email,first_name,last_name,billing,shipping,date_modified_gmt"

_UNPLACED = frozenset({"checkout-draft", "auto-draft", "draft", "trash", "new"})


class OrderContext(NamedTuple):
    """What an order means beyond its own fields: the connection's settings, and the shop's decimals and rounding."""

    settings: Settings
    decimals: int
    round_at_subtotal: bool | None


class Broken(ValueError):
    """A part of the answer is not what it has to be."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def is_taken(row: Row, settings: Settings) -> bool:
    """Does the connection take this order over? Something without a readable status or date is: to be told about.

    A completed order has passed processing: one that is packed and completed between two reads is not lost.
    """
    status = row.get("status")
    taken = {*settings.order_statuses, *(("completed",) if "processing" in settings.order_statuses else ())}
    if status in _UNPLACED or (isinstance(status, str) and status not in taken):
        return False
    placed = _moment_or_none(row.get("date_created_gmt"))
    return not (settings.order_start and placed and placed < settings.order_start)


def order_change(row: Row, context: OrderContext) -> Change | Unreadable:
    """One order with its customer as companion, or what is wrong with the answer."""
    try:
        order = order_from_woo(row, context)
        customer = customer_of_order(row, context.settings)
    except (Broken, ValidationError) as error:
        return _unreadable(Kind.ORDER, row, str(row.get("number") or row.get("id")), error)
    return Change(record=order, changed_at=_moment_or_none(row.get("date_modified_gmt")), companions=(customer,))


def customer_change(row: Row, settings: Settings) -> Change | Unreadable:
    """A customer with an account."""
    try:
        customer = customer_from_woo(row, settings)
    except (Broken, ValidationError) as error:
        return _unreadable(Kind.CUSTOMER, row, str(row.get("email") or row.get("id")), error)
    return Change(record=customer, changed_at=_moment_or_none(row.get("date_modified_gmt")))


def order_from_woo(row: Row, context: OrderContext) -> Order:
    """Raises Broken or ValidationError."""
    settings, id = context.settings, _id(row)
    billing, shipping = _mapping(row, "billing"), _mapping(row, "shipping")
    to = address_from_woo(shipping)
    classes = {slug: name for name, slug in settings.tax_classes.items()}
    return Order.model_validate(
        {
            "id": id,
            "number": str(row.get("number") or id),
            "status": row.get("status"),
            "currency": row.get("currency"),
            "decimals": context.decimals,
            "created_at": _moment(row, "date_created_gmt"),
            "paid_at": _moment_or_none(row.get("date_paid_gmt")),
            "customer": {"kind": Kind.CUSTOMER, "id": customer_id(row, settings)},
            "billing": address_from_woo(billing),
            "shipping": to if _has_place(to) else address_from_woo(billing),
            "positions": [*_goods(row, classes), *_shipping(row), *_fees(row, classes)],
            "coupons": [{"code": c.get("code"), "discount": c.get("discount")} for c in _rows(row, "coupon_lines")],
            "rates": [_rate(line) for line in _rows(row, "tax_lines")],
            "prices_include_tax": row.get("prices_include_tax"),
            "round_at_subtotal": context.round_at_subtotal,
            "total": row.get("total"),
            "total_tax": row.get("total_tax"),
            "payment_method": _text(row.get("payment_method")),
            "payment_title": _text(row.get("payment_method_title")),
            "transaction_id": _text(row.get("transaction_id")),
            "note": _text(row.get("customer_note")),
            "reference": settings.order_reference(id),
        }
    )


def _goods(row: Row, classes: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            **_position(line, "goods", str(line.get("name") or "")),
            "product": _product(line),
            "sku": _text(line.get("sku")),
            "quantity": _number(line.get("quantity")),
            "subtotal": line.get("subtotal"),
            "tax_class": _tax_class(line, classes),
        }
        for line in _rows(row, "line_items")
    ]


def _shipping(row: Row) -> list[dict[str, Any]]:
    return [
        {
            **_position(line, "shipping", str(line.get("method_title") or line.get("method_id") or "")),
            "method": _text(line.get("method_id")),
        }
        for line in _rows(row, "shipping_lines")
    ]


def _fees(row: Row, classes: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {**_position(line, "fee", str(line.get("name") or "")), "tax_class": _tax_class(line, classes)}
        for line in _rows(row, "fee_lines")
    ]


def _position(line: Row, type: str, name: str) -> dict[str, Any]:
    taxes = [{"rate": str(tax.get("id")), "amount": tax.get("total") or "0"} for tax in _rows(line, "taxes")]
    total = line.get("total")
    return {
        "id": str(line.get("id")),
        "type": type,
        "name": html.unescape(name),
        "subtotal": total,
        "total": total,
        "taxes": taxes,
    }


def _product(line: Row) -> dict[str, Any] | None:
    """The variation that was bought, never only its parent; None for an article that the shop no longer has."""
    product, variation = line.get("product_id"), line.get("variation_id")
    if not product:
        return None
    return {"kind": Kind.PRODUCT, "id": f"{product}/{variation}" if variation else str(product)}


def _rate(line: Row) -> dict[str, Any]:
    return {
        "id": str(line.get("rate_id")),
        "name": html.unescape(str(line.get("label") or line.get("rate_code") or "")),
        "percent": _number(line.get("rate_percent")),
        "compound": line.get("compound") is True,
        "tax": line.get("tax_total"),
        "shipping_tax": line.get("shipping_tax_total"),
    }


def _tax_class(line: Row, classes: Mapping[str, str]) -> str | None:
    slug = line.get("tax_class")
    return classes.get(slug, slug or None) if isinstance(slug, str) else None


def customer_of_order(row: Row, settings: Settings) -> Customer:
    """Who ordered, as the order tells it: with an account by its number, a guest as the guest policy says."""
    return _customer(row, settings, id=customer_id(row, settings), guest=not row.get("customer_id"), email=None)


def customer_from_woo(row: Row, settings: Settings) -> Customer:
    own_name = {"first_name": _text(row.get("first_name")), "last_name": _text(row.get("last_name"))}
    return _customer(row, settings, id=_id(row), guest=False, email=_text(row.get("email")), own_name=own_name)


def _customer(
    row: Row,
    settings: Settings,
    *,
    id: str,
    guest: bool,
    email: str | None,
    own_name: Mapping[str, str | None] | None = None,
) -> Customer:
    billing, shipping = address_from_woo(_mapping(row, "billing")), address_from_woo(_mapping(row, "shipping"))
    email = email or billing["email"]
    name = _name(billing) or _name(shipping) or _name(own_name or {}) or email or ""
    return Customer.model_validate(
        {
            "id": id,
            "name": name,
            "reference": settings.customer_reference(id),
            "email": email,
            "phone": billing["phone"],
            "guest": guest,
            "billing": billing,
            "shipping": shipping if _has_place(shipping) else None,
        }
    )


def customer_id(row: Row, settings: Settings) -> str:
    """The shop's number of the account; a guest's id is a digest of the e-mail address, or of the order."""
    if account := row.get("customer_id"):
        return str(account)
    email = _text(_mapping(row, "billing").get("email"))
    if settings.guests == "per_order" or not email:
        return f"guest-order-{_id(row)}"
    return f"guest-{hashlib.blake2b(email.casefold().encode(), digest_size=10).hexdigest()}"


_ADDRESS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "company": "company",
    "street": "address_1",
    "street_2": "address_2",
    "postcode": "postcode",
    "city": "city",
    "state": "state",
    "country": "country",
    "phone": "phone",
    "email": "email",
}


def address_from_woo(row: Row) -> dict[str, str | None]:
    """The fields of `Address`. Storefront orders hold `M&uuml;ller &amp; S&ouml;hne`; a German state is `DE-NW`."""
    address = {name: _text(row.get(woo)) for name, woo in _ADDRESS.items()}
    country, state = address["country"], address["state"]
    if country and state and state.startswith(f"{country}-"):
        address["state"] = state[len(country) + 1 :]
    return address


def _name(address: Mapping[str, str | None]) -> str:
    person = " ".join(part for part in (address.get("first_name"), address.get("last_name")) if part)
    return address.get("company") or person


def _has_place(address: Mapping[str, str | None]) -> bool:
    return any(address[name] for name in ("street", "postcode", "city")) or bool(_name(address))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str | int | float):
        raise Broken("text", "the shop answers something else than a text. A plugin may change what it answers.")
    text = str(value).strip()
    return (html.unescape(text) if "&" in text else text) or None


def _number(value: Any) -> Any:
    """JSON numbers as decimals: 9.975 is 9.975, not the float next to it."""
    return Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _id(row: Row) -> str:
    id = row.get("id")
    if isinstance(id, int) and id > 0:
        return str(id)
    raise Broken("id", "the shop's answer has no id. A plugin may change what it answers.")


def _mapping(row: Row, field: str) -> Row:
    value = row.get(field)
    if isinstance(value, Mapping):
        return value
    if value is None or value == [] or value == "":
        return {}
    raise Broken(field, f"the shop's answer for {field} is not an address. A plugin may change what it answers.")


def _rows(row: Row, field: str) -> Sequence[Row]:
    value = row.get(field)
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        return value
    raise Broken(field, f"the shop's answer lacks {field}. A plugin may change what it answers.")


def _moment(row: Row, field: str) -> datetime:
    moment = _moment_or_none(row.get(field))
    if moment is None:
        raise Broken(field, f"the shop's answer has no usable {field}. Look at the order in the shop, then retry.")
    return moment


def _moment_or_none(value: Any) -> datetime | None:
    """The shop writes UTC without saying so: `2026-11-21T20:57:21`."""
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else None
    except ValueError:
        return None


def _unreadable(kind: Kind, row: Row, label: str, error: Broken | ValidationError) -> Unreadable:
    return Unreadable(
        kind=kind,
        id=str(row.get("id") or label),
        label=label,
        problems=_problems(error, row),
        raw=dict(row),
        changed_at=_moment_or_none(row.get("date_modified_gmt")),
    )


def _problems(error: Broken | ValidationError, row: Row) -> tuple[Problem, ...]:
    if isinstance(error, Broken):
        return (Problem(field=error.field, sentence=str(error)),)
    return tuple(_problem(detail["loc"], detail.get("input")) for detail in error.errors(include_url=False))


def _problem(path: Sequence[int | str], value: Any) -> Problem:
    field = " ".join(str(part + 1) if isinstance(part, int) else part for part in path)
    shown = f'"{str(value)[:60]}"' if isinstance(value, str | int | float) else "something else"
    sentence = f"the field {field} holds {shown}, which cannot be read. Look at the order in the shop, then retry."
    return Problem(field=field, sentence=sentence)
