"""Which column means what: our fields and what they are called in English, German and Swedish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_NAMES = {
    "sku": "article number, article no, item number, item no, item code, artikelnummer, artikelnr, artikel nr, art nr, "
    "artnr, artikel",
    "name": "title, article name, item name, product name, bezeichnung, artikelbezeichnung, artikelname, benämning, "
    "artikelbenämning, namn, artikelnamn, produktnamn",
    "parent_sku": "parent, parent article, elternartikel, vaterartikel, hauptartikel, huvudartikel, överordnad artikel",
    "price": "regular price, unit price, preis, verkaufspreis, vk, vk preis, pris, försäljningspris, ordinarie pris",
    "sale_price": "special price, aktionspreis, angebotspreis, sonderpreis, kampanjpris, reapris, extrapris",
    "sale_from": "sale start, aktion von, angebot von, angebot ab, kampanj från, rea från",
    "sale_to": "sale end, sale until, aktion bis, angebot bis, kampanj till, rea till",
    "stock": "stock quantity, quantity, qty, on hand, bestand, lagerbestand, menge, lager, lagersaldo, saldo, antal",
    "tax_class": "vat class, steuerklasse, skatteklass, momsklass",
    "description": "long description, beschreibung, langtext, beskrivning",
    "short_description": "kurzbeschreibung, kurztext, kort beskrivning",
    "gtin": "ean, ean13, upc, barcode, strichcode, streckkod",
    "weight": "weight kg, gewicht, vikt",
    "manufacturer": "brand, hersteller, marke, tillverkare, varumärke",
    "currency": "währung, valuta",
    "unit": "unit of measure, einheit, mengeneinheit, enhet",
    "virtual": "virtuell",
    "backorders": "backorders allowed, rückstand, restorder, restnoteras",
}
_SHIPMENT_NAMES = {
    "order": "reference, order reference, order number, order no, bestellung, bestellnummer, auftrag, auftragsnummer, "
    "ordernummer, ordernr, beställning",
    "sku": _NAMES["sku"],
    "quantity": "qty, shipped, menge, geliefert, antal, levererat",
    "package": "parcel, parcel id, package id, paket, paketnummer, kolli, kollinummer",
    "tracking_number": "tracking, tracking no, tracking id, sendungsnummer, trackingnummer, sändningsnummer, spårning",
    "carrier": "shipper, shipping provider, versender, frachtführer, paketdienst, transportör, fraktbolag",
    "tracking_url": "tracking link, url, link, sendungslink, spårningslänk",
    "shipped_at": "shipped on, ship date, versanddatum, lieferdatum, leveransdatum, skickad",
    "delivery_note": "delivery note number, lieferschein, lieferscheinnummer, följesedel, följesedelsnummer",
    "invoice": "invoice number, rechnung, rechnungsnummer, faktura, fakturanummer",
    "status": "stage, zustand, läge",
}
NAMES = {"articles": _NAMES, "shipments": _SHIPMENT_NAMES}
"""What each field is also called, by the group of files that is read with these words."""

FIELDS = tuple(dict.fromkeys(field for names in NAMES.values() for field in names))
_PREFIXES = {
    "attribute": "attribute",
    "attributes": "attribute",
    "merkmal": "attribute",
    "egenskap": "attribute",
    "variant": "variant",
    "variants": "variant",
    "variante": "variant",
}


def plain(name: str) -> str:
    """How column names are compared: no case, and `_`, `-`, `.` and several spaces are one space."""
    return re.sub(r"[\s_\-.]+", " ", name.strip().casefold()).strip()


def _meanings(names: Mapping[str, str]) -> dict[str, str]:
    return {plain(alias): field for field, aliases in names.items() for alias in (field, *aliases.split(", "))}


_MEANINGS = {group: _meanings(names) for group, names in NAMES.items()}


def is_field(name: str) -> bool:
    kind, colon, rest = name.partition(":")
    return name in FIELDS or (bool(colon) and kind in ("attribute", "variant") and bool(rest.strip()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What a file's columns mean: `fields` by column name; `unknown` names none of our fields, `twice` name one that
    another column names already."""

    fields: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    twice: tuple[tuple[str, str], ...] = ()

    @property
    def known(self) -> frozenset[str]:
        return frozenset(self.fields.values())


def understand(header: Sequence[str] | Iterable[str], own_names: Mapping[str, str], group: str = "articles") -> Columns:
    """Our fields for a file's header. `own_names` (from the settings) win; a name mapped to "" is left out."""
    meaning = _MEANINGS.get(group, _MEANINGS["articles"])
    own = {plain(name): field for name, field in own_names.items()}
    fields: dict[str, str] = {}
    unknown, twice = [], []
    first: dict[str, str] = {}
    for name in (name for name in header if name.strip()):
        field = _meaning(name, own, meaning)
        if field is None:
            unknown.append(name)
        elif field in first:
            twice.append((first[field], name))
        elif field:
            first[field] = name
            fields[name] = field
    return Columns(fields=fields, unknown=tuple(unknown), twice=tuple(twice))


def _meaning(name: str, own: Mapping[str, str], meaning: Mapping[str, str]) -> str | None:
    key = plain(name)
    if key in own:
        return own[key]
    prefix, colon, rest = name.partition(":")
    if colon and rest.strip() and plain(prefix) in _PREFIXES:
        return f"{_PREFIXES[plain(prefix)]}:{rest.strip()}"
    return meaning.get(key)
