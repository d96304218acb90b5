"""How people are called and where they live, in one spelling: for comparing, never for writing anywhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from trueup.domain.customer import Address
from trueup.domain.vat import vat_id

_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_DIGRAPHS = re.compile(r"([aou])e")
"""Müller, Mueller and Muller are one name; so are the streets named after them."""

_NOT_NAMES = frozenset(["dr", "prof", "mr", "mrs", "ms", "herr", "frau", "fru", "and", "und", "och", "et", "y"])
_STREETS = (
    (re.compile(r"(strasse|str)\b"), "str"),
    (re.compile(r"\b(street|st)\b"), "st"),
    (re.compile(r"\b(road|rd)\b"), "rd"),
    (re.compile(r"\b(avenue|av)\b"), "ave"),
    (re.compile(r"(gatan|gata)\b"), "g"),
    (re.compile(r"(vagen|vag)\b"), "v"),
    (re.compile(r"(plats|platz|plan)\b"), "pl"),
)
_PHONE_DIGITS = 8
_FEWEST_PHONE_DIGITS = 6
"""Fewer digits are an extension, or no phone number at all."""


def folded(text: str) -> str:
    """Small letters without accents, everything else than letters and digits a space."""
    small = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_LETTERS)
    plain = "".join(character for character in small if not unicodedata.combining(character))
    return " ".join("".join(character if character.isalnum() else " " for character in plain).split())


def name_key(name: str) -> str:
    """`Dr. Lovelace, Ada` is `Ada Lovelace`; `Müller & Söhne G.m.b.H.` is `Mueller und Soehne GmbH`."""
    words = folded(name.replace(".", "" if re.search(r"\b\w\.\w\.", name) else " ")).split()
    named = [word for word in words if word not in _NOT_NAMES] or words
    return _DIGRAPHS.sub(r"\1", " ".join(sorted(named)))


def street_key(*lines: str | None) -> str:
    """`Hauptstraße 5 a` is `Hauptstr. 5A`; a door is part of the street."""
    text = _DIGRAPHS.sub(r"\1", folded(" ".join(line for line in lines if line)))
    for pattern, short in _STREETS:
        text = pattern.sub(short, text)
    return text.replace(" ", "")


def postcode_key(postcode: str | None, country: str | None = None) -> str:
    """`SE-553 16` is `55316`."""
    bare = folded(postcode or "").replace(" ", "")
    prefix = (country or "").casefold()
    is_prefixed = prefix and bare.startswith(prefix) and bare[len(prefix) :].isdecimal()
    return bare[len(prefix) :] if is_prefixed else bare


def phone_key(phone: str) -> str:
    """The last digits: `+49 431 123456` is `0431 / 123456`. Nothing for what is no phone number."""
    digits = "".join(str(int(character)) for character in phone if character.isdecimal()).lstrip("0")
    has_letters = any(character.isalpha() for character in phone)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _FEWEST_PHONE_DIGITS and not has_letters else ""


def vat_key(text: str, country: str | None) -> str:
    return vat_id(text, country) or folded(text).replace(" ", "")


def email_key(email: str) -> str:
    return email.strip().casefold() if "@" in email else ""


def places(addresses: Iterable[Address]) -> frozenset[tuple[str, str]]:
    """(postcode, street) of each, with and without the second line of the street."""
    found = {
        (postcode_key(one.postcode, one.country), street_key(*lines))
        for one in addresses
        for lines in ((one.street,), (one.street, one.street_2))
    }
    return frozenset((postcode, street) for postcode, street in found if postcode and street)
