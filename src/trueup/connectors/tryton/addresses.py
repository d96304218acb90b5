"""Postal addresses as Tryton keeps them on a party, found again by what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trueup.connectors.kit.errors import Rejected
from trueup.connectors.tryton.codec import Row
from trueup.domain.customer import Address

ADDRESS_FIELDS = ("party_name", "attn", "street", "postal_code", "city", "country", "subdivision")
Key = tuple[str, ...]


def address_to_tryton(address: Address, countries: Mapping[str, int], subdivisions: Mapping[str, int]) -> Row:
    """Raises Rejected for a country that Tryton does not know: without it, taxes and carriers would be guessed."""
    country = None
    if address.country:
        country = countries.get(address.country)
        if country is None:
            raise Rejected(
                f"the country {address.country} is missing in Tryton. Import the countries (trytond_import_countries).",
                field="country",
            )
    return {
        "party_name": address.name or None,
        "attn": address.person if address.company and address.person else None,
        "street": "\n".join(line for line in (address.street, address.street_2) if line) or None,
        "postal_code": address.postcode,
        "city": address.city,
        "country": country,
        "subdivision": subdivision_of(address, subdivisions),
    }


def subdivision_of(address: Address, known: Mapping[str, int]) -> int | None:
    """By its ISO code; shops write some states with their country in front (`JP13`, `DE-BY`)."""
    state = (address.state or "").removeprefix(address.country or "").lstrip("-")
    return known.get(f"{address.country}-{address.state}", known.get(f"{address.country}-{state}"))


def key_of(address: Row) -> Key:
    """Two addresses with one key are one address; case and spaces do not count."""
    return tuple(" ".join(str(address.get(field) or "").split()).casefold() for field in ADDRESS_FIELDS)


def matching(wanted: Row, known: Sequence[Row]) -> int | None:
    """The id of the known address that says the same; the oldest, if there are several."""
    key = key_of(wanted)
    return min((row["id"] for row in known if key_of(row) == key), default=None)
