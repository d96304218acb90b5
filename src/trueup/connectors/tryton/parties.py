"""Customers become parties, each exactly once: the external reference is the code, which Tryton keeps unique."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from stdnum.eu import vat

from trueup.connectors.kit.errors import Gone, OutsideError, Rejected
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.tryton import codec
from trueup.connectors.tryton.addresses import ADDRESS_FIELDS, address_to_tryton, key_of
from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.outcomes import create_each, refuse_problems, told
from trueup.connectors.tryton.premises import Premises
from trueup.domain.customer import Address, Customer

PARTY_FIELDS = (
    "code",
    "name",
    "replaced_by",
    "contact_mechanisms.type",
    "contact_mechanisms.value",
    "identifiers.code",
    *(f"addresses.{field}" for field in ADDRESS_FIELDS),
)

FEWEST_DIGITS = 6
"""Of a phone number that is one with or without its country."""


class Parties:
    """Writes customers. Nothing that a person added in Tryton is ever taken away."""

    def __init__(self, client: TrytonClient, premises: Premises) -> None:
        self._client = client
        self._premises = premises

    def find(self, references: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Also those that were merged into another party: then the id is the other's."""
        rows = self._search([["code", "in", references]], ["code", "replaced_by"]) if references else []
        return {row["code"]: (str(row["replaced_by"] or row["id"]),) for row in rows}

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        results: dict[int, Outcome] = {}
        new: dict[int, Row] = {}
        for index, parcel in enumerate(parcels):
            try:
                if parcel.remote is None:
                    new[index] = self._values(parcel)
                else:
                    results[index] = self._update(parcel, parcel.remote)
            except OutsideError as error:
                results[index] = error
        answers = create_each(self._client, "party.party", list(new.values()), self._premises.context)
        for index, answer in zip(new, answers, strict=True):
            results[index] = self._result(parcels[index], answer)
        done = any(isinstance(result, Done) for result in results.values())
        return told(parcels, [results[index] for index in range(len(parcels))], reached=done)

    def _result(self, parcel: Parcel, answer: int | OutsideError) -> Outcome:
        """If Tryton refused it, it may be there already: an answer was lost, or another worker was first."""
        if isinstance(answer, int):
            return Done(remote=str(answer), created=True, document=reference_of(parcel))
        try:
            found = self.find([reference_of(parcel)]) if isinstance(answer, Rejected) else {}
            return self._update(parcel, found[reference_of(parcel)][0]) if found else answer
        except OutsideError as error:
            return error

    def _values(self, parcel: Parcel) -> Row:
        customer = customer_of(parcel)
        addresses = list(self._addresses(customer))
        return {
            "name": customer.name,
            "code": reference_of(parcel),
            "addresses": [["create", addresses]],
            "contact_mechanisms": [["create", contacts_of(customer)]],
            "identifiers": [["create", identifiers_of(customer)]],
        }

    def _update(self, parcel: Parcel, remote: str) -> Done:
        customer = customer_of(parcel)
        rows = self._search([["id", "=", codec.id_from(remote)]], PARTY_FIELDS)
        if not rows:
            raise Gone(f"its party in Tryton (id {remote}) was deleted. Retry to create a new one.")
        changes = self._changes(customer, rows[0])
        if changes:
            self._client.update("party.party", rows[0]["id"], changes, self._premises.context)
        return Done(remote=str(rows[0]["id"]), document=rows[0]["code"])

    def _changes(self, customer: Customer, party: Row) -> Row:
        """What is missing in Tryton is added. The name is replaced in a party that was made for this customer, not in
        one that people there made."""
        known = {key_of(address) for address in party["addresses"]}
        reached = [contact["value"] for contact in party["contact_mechanisms"]]
        numbers = {compact(identifier["code"]) for identifier in party["identifiers"]}
        new: dict[str, list[Row]] = {
            "addresses": [address for address in self._addresses(customer) if key_of(address) not in known],
            "contact_mechanisms": [c for c in contacts_of(customer) if not is_known(c, reached)],
            "identifiers": [i for i in identifiers_of(customer) if compact(i["code"]) not in numbers],
        }
        changes: Row = {field: [["create", rows]] for field, rows in new.items() if rows}
        is_ours = party["code"] == customer.reference
        return {**changes, **({"name": customer.name} if is_ours and customer.name != party["name"] else {})}

    def _addresses(self, customer: Customer) -> Iterator[Row]:
        """Billing and shipping, once if they are the same."""
        seen = set()
        for address in (customer.billing, customer.shipping or Address()):
            if address.is_empty:
                continue
            values = address_to_tryton(address, self._premises.countries, self._premises.subdivisions)
            if key_of(values) not in seen:
                seen.add(key_of(values))
                yield {**values, "invoice": True, "delivery": True}

    def _search(self, domain: Sequence[Any], fields: Sequence[str]) -> list[Row]:
        context = {**self._premises.context, "active_test": False}
        return self._client.search("party.party", domain, fields, context=context)


def customer_of(parcel: Parcel) -> Customer:
    """Raises Rejected for a customer with problems."""
    customer = parcel.facet(Customer)
    if customer is None:
        raise Rejected("the parcel carries no customer.")
    refuse_problems(customer)
    return customer


def reference_of(parcel: Parcel) -> str:
    if not parcel.reference:
        raise Rejected("the external reference is missing.", field="reference")
    return parcel.reference


def contacts_of(customer: Customer) -> list[Row]:
    email, phone = customer.email or customer.billing.email, customer.phone or customer.billing.phone
    pairs = (("email", email), ("phone", phone))
    return [{"type": type_, "value": value.strip()} for type_, value in pairs if value and value.strip()]


def is_known(contact: Row, values: Sequence[str]) -> bool:
    """Tryton writes phone numbers its own way, with the country in front: 0431 123456 becomes +49 431 123456."""
    if contact["type"] == "phone" and len(number := digits_of(contact["value"])) >= FEWEST_DIGITS:
        return any(digits_of(value).endswith(number) for value in values)
    return contact["value"].casefold() in {value.casefold() for value in values}


def compact(identifier: str | None) -> str:
    """People may write a number in groups: DE 136.695.976."""
    return "".join(character for character in (identifier or "").upper() if character.isalnum())


def digits_of(phone: str) -> str:
    """The digits of a phone number without the zeros in front; nothing for a text with letters in it."""
    digits = "".join(character for character in phone if character.isdecimal()).lstrip("0")
    return "" if any(character.isalpha() for character in phone) else digits


def identifiers_of(customer: Customer) -> list[Row]:
    """A VAT number that is no valid one stays out: Tryton would refuse the whole party for it."""
    number = customer.vat_id or ""
    return [{"type": "eu_vat", "code": vat.compact(number)}] if vat.is_valid(number) else []
