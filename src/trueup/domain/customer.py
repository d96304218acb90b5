"""Customers and addresses."""

from __future__ import annotations

from typing import ClassVar

from trueup.domain.record import Kind, Model, Problem, Record


class Address(Model):
    """A postal address with the name on it; empty fields are None. `country` is ISO 3166-1 alpha-2, `state` as the
    shop writes it (ISO 3166-2 without the country)."""

    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    street: str | None = None
    street_2: str | None = None
    postcode: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def name(self) -> str:
        return self.company or self.person

    @property
    def person(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def is_empty(self) -> bool:
        return not any((self.name, self.street, self.postcode, self.city))


class Customer(Record):
    """A person or company that orders. The id is the shop's own; a guest's is made from the order by the guest
    policy and begins with `guest-`. The e-mail is a hint, never the key; `reference` is the external reference
    (`WC-CUSTOMER-12`) by which a follower is asked for it."""

    kind: ClassVar[Kind] = Kind.CUSTOMER

    name: str
    reference: str
    email: str | None = None
    phone: str | None = None
    vat_id: str | None = None
    language: str | None = None
    guest: bool = False
    billing: Address
    shipping: Address | None = None

    @property
    def label(self) -> str:
        return self.name or self.id

    @property
    def natural_key(self) -> str | None:
        return self.reference

    def problems(self) -> list[Problem]:
        if self.name.strip():
            return []
        return [Problem(field="name", sentence="the customer has neither a name nor a company. Fill in one of them.")]


class Candidate(Model):
    """Somebody whom a follower already has and who may be a customer of ours. `remote` is the id there, `number` the
    number by which people there know him; a follower may hold several addresses and ways to reach one person."""

    remote: str
    name: str
    number: str | None = None
    company: str | None = None
    vat_ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()


class CustomerNumber(Record):
    """A follower's answer to a customer: the number by which people there know it. The id is the follower's own."""

    kind: ClassVar[Kind] = Kind.CUSTOMER_NUMBER

    number: str
    system: str
    name: str

    @property
    def label(self) -> str:
        return self.number
