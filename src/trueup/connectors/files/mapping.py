"""Rows become records. Pure: what stands in other rows (the variants of a parent) comes in as an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from trueup.connectors.files.cells import BadCell, Cell, code_of, moment_of, number_of, text_of, yes_or_no
from trueup.connectors.files.spool import FieldRow
from trueup.connectors.kit.ports import Unreadable
from trueup.domain.product import Attribute, Choice, Price, Product, ProductType, Stock
from trueup.domain.record import Kind, Problem, Record

T = TypeVar("T")
_NUMBER_NAMES = {"price": "price", "sale_price": "sale price", "stock": "stock", "weight": "weight", "sku": "SKU"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one file's cells are meant (settings, and what the file itself proves)."""

    file: str
    decimal: str = "auto"
    zone: str = "UTC"
    currency: str | None = None
    includes_tax: bool | None = None
    grams: bool = False


class CellReader:
    """Reads the cells of one row and collects what is wrong with them, so that all of it is told at once."""

    def __init__(self, row: FieldRow, reading: Reading) -> None:
        self.row = row
        self.reading = reading
        self.problems: list[Problem] = []

    def text(self, field: str) -> str | None:
        return self._tried(field, text_of)

    def code(self, field: str) -> str | None:
        return self._tried(field, code_of)

    def number(self, field: str) -> Decimal | None:
        return self._tried(field, lambda cell: number_of(cell, self.reading.decimal))

    def moment(self, field: str, *, end_of_day: bool = False) -> datetime | None:
        return self._tried(field, lambda cell: moment_of(cell, self.reading.zone, end_of_day=end_of_day))

    def yes(self, field: str) -> bool | None:
        return self._tried(field, yes_or_no)

    def options(self, prefix: str) -> list[tuple[str, tuple[str, ...]]]:
        """The filled columns `prefix:Name`, several values of one cell parted by "|"."""
        names = (name for name in self.row.cells if name.startswith(f"{prefix}:"))
        split = ((name.partition(":")[2], _parts(self.text(name))) for name in names)
        return [(name, options) for name, options in split if options]

    def wrong(self, field: str, sentence: str) -> None:
        self.problems.append(Problem(field=field, sentence=placed(self.reading.file, self.row, sentence)))

    def _tried(self, field: str, read: Callable[[Cell], T | None]) -> T | None:
        try:
            return read(self.row.cells.get(field))
        except BadCell as bad:
            self.wrong(field, f"the {_NUMBER_NAMES.get(field, field)} {bad}")
            return None


def placed(file: str, row: FieldRow, sentence: str) -> str:
    return f"in line {row.line} of {file}, {sentence}"


def product_of(
    row: FieldRow,
    reading: Reading,
    variants_have: Mapping[str, tuple[str, ...]] | None = None,
    parent_name: str | None = None,
) -> Record | Unreadable:
    """`variants_have` are the options that the article's variants use, by attribute; None if it has no variants.
    A variant without a name of its own is called as its parent."""
    cells = CellReader(row, reading)
    parent = cells.code("parent_sku")
    if parent:
        refuse_several_choices(cells)
    type_ = ProductType.VARIANT if parent else ProductType.SIMPLE if variants_have is None else ProductType.VARIABLE
    weight = cells.number("weight")
    product = Product(
        id=row.sku or "",
        sku=row.sku,
        name=cells.text("name") or parent_name or "",
        type=type_,
        parent=parent,
        attributes=() if parent else _attributes(cells, variants_have or {}),
        choices=choices_of(cells) if parent else (),
        description=cells.text("description"),
        short_description=cells.text("short_description"),
        tax_class=cells.text("tax_class"),
        gtin=cells.code("gtin"),
        weight_kg=weight / 1000 if weight is not None and reading.grams else weight,
        manufacturer=cells.text("manufacturer"),
        virtual=cells.yes("virtual") or False,
        unit=cells.text("unit"),
    )
    return _checked(product, cells)


def price_of(row: FieldRow, reading: Reading) -> Record | Unreadable:
    cells = CellReader(row, reading)
    regular = cells.number("price")
    if regular is None and not cells.problems:
        cells.wrong("price", "the price is missing. Send digits such as 12.50, or 0 if it is free.")
    price = Price(
        id=row.sku or "",
        sku=row.sku,
        regular=regular if regular is not None else Decimal(0),
        sale=cells.number("sale_price"),
        sale_from=cells.moment("sale_from"),
        sale_to=cells.moment("sale_to", end_of_day=True),
        currency=cells.text("currency") or reading.currency,
        includes_tax=reading.includes_tax,
    )
    return _checked(price, cells)


def stock_of(row: FieldRow, reading: Reading) -> Record | Unreadable:
    cells = CellReader(row, reading)
    quantity = cells.number("stock")
    if quantity is None and not cells.problems:
        cells.wrong("stock", "the stock is missing. Send a number such as 12, or 0 if there is none.")
    stock = Stock(id=row.sku or "", sku=row.sku, quantity=quantity or Decimal(0), backorders=cells.yes("backorders"))
    return _checked(stock, cells)


def refuse_several_choices(cells: CellReader) -> None:
    for name, options in cells.options("variant"):
        if len(options) > 1:
            sentence = f"the variant has {len(options)} values for {name}: {', '.join(options)}. Send one row for each."
            cells.wrong(f"variant:{name}", sentence)


def choices_of(cells: CellReader) -> tuple[Choice, ...]:
    return tuple(Choice(name=name, option=options[0]) for name, options in cells.options("variant"))


def is_told(kind: Kind, row: FieldRow) -> bool:
    """Does the row of an article say anything about its price (or stock)? An empty cell says nothing."""
    field = {Kind.PRICE: "price", Kind.STOCK: "stock"}.get(kind, "sku")
    cell = row.cells.get(field)
    return cell is not None and str(cell).strip() != ""


def unreadable(kind: Kind, row: FieldRow, reading: Reading, problems: Iterable[Problem]) -> Unreadable:
    raw = {"file": reading.file, "line": row.line, "cells": {name: _text(cell) for name, cell in row.cells.items()}}
    place = f"{reading.file} line {row.line}"
    label = row.sku or _text(row.cells.get("name")) or place
    return Unreadable(kind=kind, id=row.sku or place, label=label, problems=tuple(problems), raw=raw)


def row_faults(row: FieldRow, reading: Reading) -> list[Problem]:
    """What is wrong with the row as a whole, before its cells are read."""
    if row.twins:
        lines = _enumerated(row.twins)
        sentence = f"the SKU {row.sku} is in lines {lines} of {reading.file}. Keep one of them: none was used."
        return [Problem(field="sku", sentence=sentence)]
    if row.fault:
        return [Problem(field="row", sentence=placed(reading.file, row, row.fault))]
    if not row.sku:
        return [Problem(field="sku", sentence=placed(reading.file, row, "the SKU is missing. Give every article one."))]
    return []


def _enumerated(lines: Sequence[int]) -> str:
    shown = [str(line) for line in lines[:4]]
    more = len(lines) - len(shown)
    return " and ".join((", ".join(shown), f"{more} more") if more else (", ".join(shown[:-1]), shown[-1]))


def _checked(record: Record, cells: CellReader) -> Record | Unreadable:
    problems = cells.problems or [
        Problem(field=found.field, sentence=placed(cells.reading.file, cells.row, found.sentence))
        for found in record.problems()
    ]
    return unreadable(record.kind, cells.row, cells.reading, problems) if problems else record


def _attributes(cells: CellReader, variants_have: Mapping[str, tuple[str, ...]]) -> tuple[Attribute, ...]:
    """Choices first: the options named in the parent's own row, then those that only variants have."""
    named = dict(cells.options("variant")) if variants_have else {}
    choices = {name: tuple(dict.fromkeys((*named.get(name, ()), *options))) for name, options in variants_have.items()}
    made = [Attribute(name=name, options=options, for_variants=True) for name, options in choices.items()]
    return (*made, *(Attribute(name=name, options=options) for name, options in cells.options("attribute")))


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split("|") if part.strip())


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)
