"""Whom Tryton has already that may be a customer of the shop. Reads only; what is certain is decided elsewhere.

Tryton keeps what people typed, so it is searched with gaps: a VAT number may be written in groups, a postcode with a
space, an umlaut with two letters. What comes back is compared in our own spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from trueup.connectors.kit.ports import MOST_CANDIDATES
from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.premises import Premises
from trueup.domain import likeness
from trueup.domain.customer import Address, Candidate, Customer
from trueup.domain.matching import traces

FIELDS = (
    "code",
    "name",
    "active",
    "replaced_by",
    "contact_mechanisms.type",
    "contact_mechanisms.value",
    "identifiers.type",
    "identifiers.code",
    *(f"addresses.{field}" for field in ("party_name", "attn", "street", "postal_code", "city", "country.code")),
)
PHONES = ("phone", "mobile")
LETTERS_WITH_TWO_SPELLINGS = re.compile(r"[^a-z0-9]|[aou]e|ss", re.IGNORECASE)


class Candidates:
    """Looks for people by what they have in common with customers: number, VAT id, e-mail, name and postcode."""

    def __init__(self, client: TrytonClient, premises: Premises) -> None:
        self._client = client
        self._premises = premises

    def of(self, customers: Sequence[Customer]) -> list[list[Candidate]]:
        """In the order asked."""
        found: dict[int, Row] = {}
        for domain in domains(customers):
            found |= {row["id"]: row for row in self._search(domain)}
        marked = list(self._marked(found))
        return [self._alike(customer, marked) for customer in customers]

    def _alike(self, customer: Customer, marked: Sequence[tuple[Candidate, frozenset[str]]]) -> list[Candidate]:
        wanted = traces(customer)
        alike = {candidate.remote: candidate for candidate, marks in marked if marks & wanted}
        return list(alike.values())[:MOST_CANDIDATES]

    def _marked(self, found: dict[int, Row]) -> Iterator[tuple[Candidate, frozenset[str]]]:
        """A merged party stands for the one that took its place, by the number that it had; an archived one for
        nobody."""
        heirs = self._heirs({row["replaced_by"] for row in found.values() if row["replaced_by"]})
        for id in sorted(found):
            row = found[id]
            own = candidate_of(row)
            if row["replaced_by"] in heirs:
                heir = candidate_of(heirs[row["replaced_by"]])
                yield heir, traces(own) | traces(heir)
            elif row["active"]:
                yield own, traces(own)

    def _heirs(self, ids: set[int]) -> dict[int, Row]:
        rows = self._search([["id", "in", sorted(ids)]]) if ids else []
        return {row["id"]: row for row in rows if row["active"]}

    def _search(self, domain: Sequence[Any]) -> list[Row]:
        context = {**self._premises.context, "active_test": False}
        return self._client.search("party.party", domain, FIELDS, context=context)


def domains(customers: Sequence[Customer]) -> Iterator[list[Any]]:
    """One search for each kind of clue; those that a customer asked to stand apart have none."""
    asked = [customer for customer in customers if not customer.apart]
    numbers = [["code", "ilike", one.number] for customer in asked for one in customer.numbers]
    vat_ids = [["identifiers.code", "ilike", gapped(one.vat_id[2:])] for one in asked if one.vat_id]
    emails = [["value", "ilike", email] for one in asked for email in {one.email, one.billing.email} if email]
    places = [place for customer in asked for place in places_of(customer)]
    if numbers:
        yield [["OR", *numbers]]
    if vat_ids:
        yield [["OR", *vat_ids]]
    if emails:
        yield [["contact_mechanisms", "where", [["type", "=", "email"], ["OR", *emails]]]]
    if places:
        yield [["OR", *places]]


def places_of(customer: Customer) -> Iterator[list[Any]]:
    """The same postcode, and the longest word of the name or of the company, in the party's name or an address's."""
    billing = customer.billing
    postcode = likeness.postcode_key(billing.postcode, billing.country)
    names = {name for name in (customer.name, customer.company, billing.company, billing.person) if name}
    words = {max(name.split(), key=len) for name in names if name.strip()}
    if postcode:
        for word in sorted(words):
            named = f"%{LETTERS_WITH_TWO_SPELLINGS.sub('%', word)}%"
            by_name = ["OR", ["name", "ilike", named], ["addresses.party_name", "ilike", named]]
            yield [["addresses.postal_code", "ilike", gapped(postcode)], by_name]


def gapped(text: str) -> str:
    """A pattern that finds it in whatever groups it is written, with or without a country in front."""
    return f"%{'%'.join(character for character in text if character.isalnum())}"


def candidate_of(row: Row) -> Candidate:
    contacts = [(contact["type"], contact["value"]) for contact in row["contact_mechanisms"] if contact["value"]]
    return Candidate(
        remote=str(row["id"]),
        name=row["name"] or "",
        number=row["code"] or None,
        vat_ids=tuple(one["code"] for one in row["identifiers"] if "vat" in (one["type"] or "") and one["code"]),
        emails=tuple(value for type, value in contacts if type == "email"),
        phones=tuple(value for type, value in contacts if type in PHONES),
        addresses=tuple(address_of(address) for address in row["addresses"]),
    )


def address_of(row: Row) -> Address:
    """Tryton writes a person at a company as `attn`; a party's name alone may be either."""
    street, _, more = (row["street"] or "").partition("\n")
    return Address(
        company=row["party_name"] if row["attn"] else None,
        last_name=row["attn"] or row["party_name"],
        street=street,
        street_2=more,
        postcode=row["postal_code"],
        city=row["city"],
        country=row["country"]["code"] if row["country"] else None,
    )
