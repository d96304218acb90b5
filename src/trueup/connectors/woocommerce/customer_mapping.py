"""Customers as the shop answers them, and as its orders tell them, made canonical. Pure."""

from __future__ import annotations

import hashlib

from pydantic import ValidationError

from trueup.connectors.kit.ports import Change, Unreadable
from trueup.connectors.woocommerce.customer_push import NUMBER_KEY, SYSTEM_KEY
from trueup.connectors.woocommerce.fields import Broken, Row, id_of, mapping, meta_of, moment_or_none, text, unreadable
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.customer import Address, Customer
from trueup.domain.record import Kind

CUSTOMER_FIELDS = "id,email,first_name,last_name,billing,shipping,date_modified_gmt,meta_data"
ALL_GUESTS = "guest-all"


def customer_change(row: Row, settings: Settings) -> Change | Unreadable:
    """A customer with an account."""
    try:
        customer = customer_from_woo(row, settings)
    except (Broken, ValidationError) as error:
        return unreadable(Kind.CUSTOMER, row, str(row.get("email") or row.get("id")), error)
    return Change(record=customer, changed_at=moment_or_none(row.get("date_modified_gmt")))


def customer_of_order(row: Row, settings: Settings) -> Customer:
    """Who ordered, as the order tells it: with an account by its number, a guest as the guest policy says."""
    if not row.get("customer_id") and settings.guests == "one_account":
        return _all_guests(settings)
    return _customer(row, settings, id=customer_id(row, settings), guest=not row.get("customer_id"), email=None)


def _all_guests(settings: Settings) -> Customer:
    """The one customer that stands for all guests: never with an address or a mail of one of them."""
    reference = settings.customer_reference(ALL_GUESTS)
    return Customer(
        id=ALL_GUESTS, name=settings.guest_name, reference=reference, guest=True, apart=True, billing=Address()
    )


def customer_from_woo(row: Row, settings: Settings) -> Customer:
    own_name = Address(first_name=text(row.get("first_name")), last_name=text(row.get("last_name"))).name
    return _customer(row, settings, id=id_of(row), guest=False, email=text(row.get("email")), own_name=own_name)


def _customer(row: Row, settings: Settings, *, id: str, guest: bool, email: str | None, own_name: str = "") -> Customer:
    billing, shipping = (address_from_woo(mapping(row, name)) for name in ("billing", "shipping"))
    email = email or billing.email
    return Customer.model_validate(
        {
            "id": id,
            "name": billing.name or shipping.name or own_name or email or "",
            "reference": settings.customer_reference(id),
            "email": email,
            "phone": billing.phone,
            "company": billing.company,
            "vat_id": vat_id_of(row, settings),
            "numbers": _numbers(row),
            "guest": guest,
            "apart": guest and settings.guests == "per_order",
            "billing": billing,
            "shipping": shipping if shipping.has_place else None,
        }
    )


def _numbers(row: Row) -> list[dict[str, str]]:
    """What a back office calls the account, as we wrote it there."""
    meta = meta_of(row)
    number, system = meta.get(NUMBER_KEY), meta.get(SYSTEM_KEY)
    told = isinstance(number, str) and isinstance(system, str)
    return [{"system": str(system), "number": str(number)}] if told else []


def vat_id_of(row: Row, settings: Settings) -> str | None:
    """From the first of the connection's custom fields that holds one, as it was typed."""
    meta = meta_of(row)
    found = (meta.get(key) for key in settings.vat_keys)
    return next((value.strip() for value in found if isinstance(value, str) and value.strip()), None)


def customer_id(row: Row, settings: Settings) -> str:
    """The shop's number of the account; a guest's id is a digest of the e-mail address, or of the order."""
    if account := row.get("customer_id"):
        return str(account)
    if settings.guests == "one_account":
        return ALL_GUESTS
    email = text(mapping(row, "billing").get("email"))
    if settings.guests == "per_order" or not email:
        return f"guest-order-{id_of(row)}"
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


def address_from_woo(row: Row) -> Address:
    """Storefront orders hold `M&uuml;ller &amp; S&ouml;hne`; a German state is `DE-NW`. Raises Broken."""
    address = {name: text(row.get(woo)) for name, woo in _ADDRESS.items()}
    country, state = address["country"], address["state"]
    if country and state and state.startswith(f"{country}-"):
        address["state"] = state[len(country) + 1 :]
    return Address.model_validate(address)
