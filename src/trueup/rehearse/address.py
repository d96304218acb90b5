"""Who buys in a rehearsal: nobody who exists, at addresses that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DOMAIN = "rehearsal.example"


def billing(case: str, letter: str, more: Mapping[str, Any]) -> dict[str, str]:
    """The address of the one who buys order `letter`; `more` says what is different about them."""
    who = {
        "first_name": "Rehearsal",
        "last_name": f"Buyer {case} {letter}",
        "email": f"buyer-{case}-{letter.lower()}@{DOMAIN}",
        "phone": "",
        "company": "",
        "address_1": "Example Street 1",
        "address_2": "",
        "postcode": "10115",
        "city": "Berlin",
        "country": "DE",
        "state": "",
    }
    return {**who, **{name: str(value) for name, value in more.items()}}


def shipping(address: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in address.items() if name not in ("email", "phone")}
