"""Shipments: rows of what was sent become one fulfilment per order, with all packages that any file told of it.

A package is told by its own number, else by its tracking number, else by its delivery note. A later file that names a
package again replaces it; other packages of the order stay. Rows stream through the book, so memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import groupby, islice

from trueup.connectors.files.book import Book, ShippedRow
from trueup.connectors.files.columns import Columns, understand
from trueup.connectors.files.mapping import CellReader, Reading
from trueup.connectors.files.sheet import Row, Sheet
from trueup.connectors.files.spool import FieldRow
from trueup.connectors.kit.ports import Change, Unreadable
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.record import Kind, Problem, Ref

GROUP = "shipments"
AT_ONCE = 500
_STAGES = {stage.value: stage for stage in FulfilmentStage} | {
    "partly": FulfilmentStage.PARTLY_SHIPPED,
    "partial": FulfilmentStage.PARTLY_SHIPPED,
    "completed": FulfilmentStage.SHIPPED,
    "canceled": FulfilmentStage.CANCELLED,
}


def shipments_in(
    sheet: Sheet, own_names: Mapping[str, str], reading: Reading, file: str, book: Book
) -> list[Unreadable]:
    """Note every row of the file in the book. An order of which one row cannot be used is not told at all by this
    file, and comes back with everything that is wrong with it. Reading a file again is harmless."""
    book.forget_shipments(file)
    bad: dict[str, Unreadable] = {}
    for rows in _some(sheet.rows):
        columns = understand(sheet.names, own_names, GROUP)
        found = [_row_of(row, columns, reading, book) for row in rows]
        book.note_shipped(file, [row for row in found if isinstance(row, ShippedRow)])
        for one in (row for row in found if isinstance(row, Unreadable)):
            known = bad.get(one.id)
            bad[one.id] = replace(one, problems=known.problems + one.problems) if known else one
    book.forget_shipments(file, bad)
    return list(bad.values())


def _some(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, AT_ONCE)):
        yield some


def fulfilments_told(file: str, book: Book) -> Iterator[Change]:
    """The orders that this file named, each with everything that is known of it."""
    for order in book.orders_shipped_in(file):
        yield Change(record=fulfilment_of(order, book))


def fulfilment_of(order: str, book: Book) -> Fulfilment:
    rows = book.shipped(order)
    packages = tuple(_package(list(group)) for _, group in groupby(rows, key=lambda row: row.package))
    return Fulfilment(
        id=order,
        document_number=order,
        stage=_stage(rows, packages, book.ordered(order)),
        packages=tuple(package for package in packages if package.lines),
        invoices=tuple(dict.fromkeys(row.invoice for row in rows if row.invoice)),
    )


def _stage(rows: list[ShippedRow], packages: tuple[Package, ...], ordered: Decimal | None) -> FulfilmentStage:
    """What the last row says that says anything; else by counting what was sent of what was ordered."""
    said = [row.status for row in rows if row.status]
    if said:
        return _STAGES[said[-1]]
    sent = sum((line.quantity for package in packages for line in package.lines), Decimal(0))
    return FulfilmentStage.SHIPPED if ordered is not None and sent >= ordered else FulfilmentStage.PARTLY_SHIPPED


def _package(rows: list[ShippedRow]) -> Package:
    first = rows[0]
    lines = (
        ShippedLine(product=Ref(kind=Kind.PRODUCT, id=row.sku), sku=row.sku, quantity=row.quantity)
        for row in rows
        if row.sku and row.quantity
    )
    return Package(
        id=first.package,
        lines=tuple(lines),
        tracking_number=first.tracking_number,
        carrier=first.carrier,
        url=first.url,
        shipped_at=first.shipped_at,
        delivery_note=first.delivery_note,
    )


def _row_of(row: Row, columns: Columns, reading: Reading, book: Book) -> ShippedRow | Unreadable:
    cells = {columns.fields[name]: cell for name, cell in row.cells.items() if name in columns.fields}
    reader = CellReader(FieldRow(line=row.line, sku=None, parent=None, cells=cells, fault=row.fault), reading)
    order, sku, quantity = reader.code("order"), reader.code("sku"), reader.number("quantity")
    status = (reader.text("status") or "").strip().casefold()
    found = ShippedRow(
        order=order or "",
        package=reader.code("package") or reader.code("tracking_number") or reader.code("delivery_note") or "1",
        sku=sku,
        quantity=quantity if quantity is not None else Decimal(1 if sku else 0),
        tracking_number=reader.code("tracking_number"),
        carrier=reader.text("carrier"),
        url=reader.text("tracking_url"),
        shipped_at=reader.moment("shipped_at"),
        delivery_note=reader.code("delivery_note"),
        invoice=reader.code("invoice"),
        status=status or None,
    )
    for field, wrong, sentence in _checks(found, row, book):
        if wrong and not reader.problems:
            reader.wrong(field, sentence)
    return _unusable(order, reader) if reader.problems else found


def _checks(found: ShippedRow, row: Row, book: Book) -> list[tuple[str, bool, str]]:
    known = f"{', '.join(stage.value for stage in FulfilmentStage)}"
    return [
        ("row", row.fault is not None, row.fault or ""),
        ("order", not found.order, "the order is missing. Write the reference of the order in every row."),
        (
            "order",
            bool(found.order) and not book.written(Kind.ORDER, found.order),
            f'"{found.order}" is no order that was written here. Use the reference of the order\'s file.',
        ),
        ("quantity", found.quantity < 0, "the quantity is negative. Send what was put into the parcel."),
        ("status", found.status not in (None, *_STAGES), f'the status "{found.status}" is not one of {known}.'),
        ("sku", found.sku is None and not found.status, "the SKU is missing. Say what was put into the parcel."),
    ]


def _unusable(order: str | None, reader: CellReader) -> Unreadable:
    line, file = reader.row.line, reader.reading.file
    id = order or f"{file} line {line}"
    raw = {"file": file, "line": line, "cells": {name: str(cell) for name, cell in reader.row.cells.items()}}
    problems: tuple[Problem, ...] = tuple(reader.problems)
    return Unreadable(kind=Kind.FULFILMENT, id=id, label=id, problems=problems, raw=raw)
