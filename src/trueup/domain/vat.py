"""VAT ids: format and checksum, checked without asking anybody (python-stdnum)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import stdnum
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

_ISO = {"EL": "GR", "UK": "GB", "XI": "GB"}
"""Codes that stand before a number and are not the ISO 3166 code of the country that gave it."""
_WRITTEN = {"GR": "EL", "UK": "GB"}
_PREFIXED = {*(code.upper() for code in vat.MEMBER_STATES), "GB", "EL"}
_FEWEST_DIGITS = 5


def vat_id(text: str, country: str | None = None) -> str | None:
    """The id without spaces, with its country in front where the EU writes it so (`SE556703748501`); None if it is no
    valid one. A number without a country in front is read as one of `country` (ISO 3166-1 alpha-2); one of a country
    whose rules are not known passes as it is."""
    bare = "".join(character for character in text.upper() if character.isalnum())
    known = list(_readings(bare, country))
    for prefix, validate in known:
        try:
            return _written(prefix, validate(bare.removeprefix(prefix) if prefix == "XI" else bare))
        except ValidationError:
            continue
    digits = sum(character.isdecimal() for character in bare)
    return None if known or digits < _FEWEST_DIGITS else bare


def _readings(bare: str, country: str | None) -> Iterator[tuple[str, Callable[[str], str]]]:
    """By the country in front of the number, then by that of the address; only countries whose rules are known."""
    named = [bare[:2]] if bare[:2].isalpha() else []
    for prefix in dict.fromkeys([*named, *([country] if country else [])]):
        module = stdnum.get_cc_module(_ISO.get(prefix, prefix), "vat")
        if module is not None:
            yield prefix, module.validate


def _written(prefix: str, number: str) -> str:
    prefix = _WRITTEN.get(prefix, prefix)
    return number if prefix not in _PREFIXED or number.startswith(prefix) else f"{prefix}{number}"
