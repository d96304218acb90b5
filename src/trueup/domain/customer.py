"""Customers and addresses."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, model_validator

from trueup.domain.record import Kind, Model, Problem, Record
from trueup.domain.vat import vat_id

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_COUNTRIES = {"UK": "GB", "EL": "GR"}
"""Codes that are written so, and are no ISO 3166 ones."""


def _one_line(value: Any) -> Any:
    """Composed characters, single spaces, nothing invisible; None for what holds no character."""
    if not isinstance(value, str):
        return value
    return " ".join(unicodedata.normalize("NFC", value).translate(_INVISIBLE).split()) or None


def _email(value: Any) -> Any:
    line = _one_line(value)
    return line.lower() if isinstance(line, str) else line


def _country(value: Any) -> Any:
    line = _one_line(value)
    return _COUNTRIES.get(line.upper(), line.upper()) if isinstance(line, str) else line


Line = Annotated[str | None, BeforeValidator(_one_line)]
"""One line of text, or None. Spaces at the ends, double ones and line breaks make no difference."""
Email = Annotated[str | None, BeforeValidator(_email)]
Country = Annotated[str | None, BeforeValidator(_country)]


class Address(Model):
    """A postal address with the name on it; empty fields are None. `country` is ISO 3166-1 alpha-2, `state` as the
    shop writes it (ISO 3166-2 without the country). Spaces, the case of e-mail and country, and how an accent is
    encoded make no difference."""

    first_name: Line = None
    last_name: Line = None
    company: Line = None
    street: Line = None
    street_2: Line = None
    postcode: Line = None
    city: Line = None
    state: Line = None
    country: Country = None
    phone: Line = None
    email: Email = None

    @property
    def name(self) -> str:
        return self.company or self.person

    @property
    def person(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def is_empty(self) -> bool:
        return not any((self.name, self.street, self.postcode, self.city))

    @property
    def has_place(self) -> bool:
        """Whether a parcel could be sent there: a name, a country or a state alone is no place."""
        return any((self.street, self.postcode, self.city))

    def or_place_of(self, billing: Address) -> Address:
        """Where to deliver: here; without a place, where the bill goes, to the person named here if one is."""
        if self.has_place:
            return self
        named = {"first_name": self.first_name, "last_name": self.last_name, "company": self.company}
        reached = {"phone": self.phone or billing.phone, "email": self.email or billing.email}
        return billing.model_copy(update={**(named if self.name else {}), **reached})


class ExternalNumber(Model):
    """The number by which another system knows a customer: `system` is that connection's name."""

    system: str
    number: str


class Customer(Record):
    """A person or company that orders. The id is the shop's own; a guest's is made from the order by the guest
    policy and begins with `guest-`. The e-mail is a hint, never the key; `reference` is the external reference
    (`WC-CUSTOMER-12`) by which a follower is asked for it.

    `vat_id` is always a valid one (format and checksum); what was given and is none stands in `wrong_vat_id`, is sent
    nowhere and stops nothing. `blocked` and `opt_in` are None where the leader does not say; see `as_told`. `numbers`
    are what followers call it; our own writes bring them back, so they do not count for the fingerprint. `apart` says
    that the guest policy wants a customer of its own: it is never matched with another.
    """

    kind: ClassVar[Kind] = Kind.CUSTOMER
    unhashed: ClassVar[frozenset[str]] = frozenset({"numbers"})

    name: str
    reference: str
    email: Email = None
    phone: Line = None
    company: Line = None
    salutation: Line = None
    vat_id: str | None = None
    wrong_vat_id: str | None = None
    group: Line = None
    payment_terms: Line = None
    blocked: bool | None = None
    block_reason: Line = None
    opt_in: bool | None = None
    numbers: tuple[ExternalNumber, ...] = ()
    language: str | None = None
    guest: bool = False
    apart: bool = False
    billing: Address
    shipping: Address | None = None

    @model_validator(mode="before")
    @classmethod
    def _only_valid_vat_ids(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or not (given := _one_line(data.get("vat_id"))):
            return data
        valid = vat_id(str(given), _country_of(data.get("billing")))
        return {**data, "vat_id": valid, "wrong_vat_id": None if valid else given}

    @property
    def label(self) -> str:
        return self.name or self.id

    @property
    def natural_key(self) -> str | None:
        return self.reference

    @property
    def delivery(self) -> Address:
        """Where parcels go: the shipping address, or the billing address where there is none."""
        return (self.shipping or Address()).or_place_of(self.billing)

    def as_told(self) -> Customer:
        """As a follower may be told: a consent is never given, and a block never lifted, by a sync. Withdrawing the
        one and setting the other are passed on."""
        opt_in, blocked = None if self.opt_in else self.opt_in, self.blocked or None
        return self.model_copy(update={"opt_in": opt_in, "blocked": blocked})

    def problems(self) -> list[Problem]:
        if self.name.strip():
            return []
        return [Problem(field="name", sentence="the customer has neither a name nor a company. Fill in one of them.")]

    def notices(self) -> list[Problem]:
        """What is left out of everything that is sent, and that somebody should mend; it stops nothing."""
        if not self.wrong_vat_id:
            return []
        text = f'the VAT id "{self.wrong_vat_id}" is not valid and is left out. Ask for it, and correct it in the shop.'
        return [Problem(field="vat_id", sentence=text)]


def _country_of(billing: Any) -> str | None:
    given = billing.get("country") if isinstance(billing, Mapping) else getattr(billing, "country", None)
    country = _country(given)
    return country if isinstance(country, str) else None


class Candidate(Model):
    """Somebody whom a follower already has and who may be a customer of ours. `remote` is the id there, `number` the
    number by which people there know him; a follower may hold several addresses and ways to reach one person."""

    remote: str
    name: str
    number: str | None = None
    company: Line = None
    vat_ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()


class CustomerNumber(Record):
    """A follower's answer to a customer with an account: the number by which people there know it, on its way back to
    `customer`, which is the shop's id. The id is made of the follower's own and the shop's: several customers of a shop
    may be one person in the follower, and each account gets the number."""

    kind: ClassVar[Kind] = Kind.CUSTOMER_NUMBER

    customer: str
    number: str
    system: str
    name: str

    @classmethod
    def id_of(cls, remote: str, customer: str) -> str:
        return f"{remote}/{customer}"

    @property
    def label(self) -> str:
        return self.number
