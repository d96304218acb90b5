"""The parts of a sale that a shop may change, as they stand in Tryton or as an order would make them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from trueup.connectors.tryton.addresses import ADDRESS_FIELDS, Key, key_of
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.sale_mapping import ROUNDING

LINE_FIELDS = ("type", "product", "quantity", "unit_price", "taxes", "description", "note")
STANDING_FIELDS = (
    "party",
    "comment",
    *(f"lines.{field}" for field in LINE_FIELDS),
    *(f"{address}.{field}" for address in ("invoice_address", "shipment_address") for field in ADDRESS_FIELDS),
)
TITLES = {
    "lines": "the lines",
    "invoice_address": "the invoice address",
    "shipment_address": "the delivery address",
    "comment": "the comment",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    product: int | None
    quantity: Decimal
    price: Decimal
    taxes: frozenset[int]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Lines in no order, without the one that only settles a rounding difference."""

    lines: Mapping[SaleLine, int]
    invoice_address: Key
    shipment_address: Key
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`to_write` are the parts that the shop changed and Tryton has as before; `edited` says in words what somebody
    changed in Tryton."""

    to_write: tuple[str, ...]
    edited: tuple[str, ...]


def parts_of_values(values: Row, invoice: Row, shipment: Row) -> Parts:
    """What an order would make, before it is written; both addresses as Tryton has them."""
    ((_, lines),) = values["lines"]
    return Parts(
        lines=_counted({**line, "taxes": line["taxes"][0][1]} for line in lines),
        invoice_address=key_of(invoice),
        shipment_address=key_of(shipment),
        comment=_text(values["comment"]),
    )


def parts_of_row(row: Row) -> Parts:
    """What stands in Tryton; the row was read with STANDING_FIELDS."""
    return Parts(
        lines=_counted(line for line in row["lines"] if line["type"] == "line"),
        invoice_address=key_of(row["invoice_address"] or {}),
        shipment_address=key_of(row["shipment_address"] or {}),
        comment=_text(row["comment"]),
    )


def _counted(rows: Iterable[Row]) -> Counter[SaleLine]:
    lines = (_line(row) for row in rows)
    return Counter(line for line in lines if line.text != ROUNDING)


def _line(row: Row) -> SaleLine:
    return SaleLine(
        product=row["product"],
        quantity=Decimal(str(row["quantity"])).normalize(),
        price=row["unit_price"],
        taxes=frozenset(row["taxes"]),
        text=_text(row["description"]),
    )


def _text(value: str | None) -> str:
    return " ".join((value or "").split())


def compared(before: Parts, now: Parts, standing: Parts) -> Comparison:
    """Part by part: what is as the order makes it now is written already (also by half a push that crashed). A
    comment that the shop did not change is left to people in Tryton."""
    parts = [part for part in TITLES if part != "comment" or before.comment != now.comment]
    unwritten = [part for part in parts if getattr(standing, part) != getattr(now, part)]
    untouched = [part for part in unwritten if getattr(standing, part) == getattr(before, part)]
    edited = [words for part in unwritten if part not in untouched for words in _edited(part, before, standing)]
    return Comparison(to_write=tuple(untouched), edited=tuple(edited))


def _edited(part: str, before: Parts, standing: Parts) -> Iterator[str]:
    if part != "lines":
        yield f"{TITLES[part]} is another"
        return
    missing = list((Counter(before.lines) - Counter(standing.lines)).elements())
    extra = list((Counter(standing.lines) - Counter(before.lines)).elements())
    for line in missing:
        other = next((one for one in extra if one.product == line.product), None)
        if other is None:
            yield f'the line "{line.text}" is missing'
        else:
            extra.remove(other)
            yield from _line_edited(line, other)
    yield from (f'the line "{line.text}" was added' for line in extra)


def _line_edited(was: SaleLine, is_: SaleLine) -> Iterator[str]:
    if was.quantity != is_.quantity:
        yield f'the quantity of "{was.text}" is {is_.quantity:f} instead of {was.quantity:f}'
    if was.price != is_.price:
        yield f'the price of "{was.text}" is {is_.price:f} instead of {was.price:f}'
    if was.taxes != is_.taxes:
        yield f'the tax of "{was.text}" is another'
    if was.text != is_.text:
        yield f'the text "{was.text}" is now "{is_.text}"'


def with_own_notes(row: Row, known: Iterable[str | None]) -> Iterator[str]:
    """In words, the lines on which people wrote notes, which would be lost if the lines were written anew."""
    ours = {note for note in known if note}
    for line in row["lines"]:
        if line["type"] == "line" and line["note"] and line["note"] not in ours:
            yield f'there is a note on "{_text(line["description"])}"'
