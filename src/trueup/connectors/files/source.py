"""Leading: files become pages of records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain, islice

from trueup.connectors.files.book import Book
from trueup.connectors.files.columns import understand
from trueup.connectors.files.csv_sheet import open_csv
from trueup.connectors.files.families import note_families, options_of, parents_elsewhere
from trueup.connectors.files.json_sheet import open_json
from trueup.connectors.files.mapping import (
    Reading,
    is_told,
    placed,
    price_of,
    product_of,
    row_faults,
    stock_of,
    unreadable,
)
from trueup.connectors.files.settings import Settings
from trueup.connectors.files.sheet import RefusedFile, Sheet
from trueup.connectors.files.shipments import fulfilments_told, shipments_in
from trueup.connectors.files.spool import FieldRow, Spool
from trueup.connectors.files.tray import Taken, Tray, look_at
from trueup.connectors.files.xlsx_sheet import open_xlsx
from trueup.connectors.kit.ports import Change, Page, Unreadable
from trueup.domain.product import Product
from trueup.domain.record import Kind, Problem, Record

Item = Change | Unreadable
_GROUP_KINDS = {
    "articles": {"name": Kind.PRODUCT, "price": Kind.PRICE, "stock": Kind.STOCK},
    "prices": {"price": Kind.PRICE},
    "stock": {"stock": Kind.STOCK},
    "shipments": {"order": Kind.FULFILMENT},
}


def changes_in(settings: Settings, tray: Tray, book: Book, kind: Kind, now: datetime) -> Iterator[Page]:
    """Every complete file that may hold `kind` and has not been read for it, oldest first."""
    tray.take(now)
    for file in tray.taken():
        if kind in _GROUP_KINDS[file.group].values() and not tray.is_read_by(file, kind):
            reader = ShipmentsReader if kind is Kind.FULFILMENT else FileReader
            yield from reader(settings, tray, book, file, kind, now).pages()


def open_sheet(file: Taken, settings: Settings) -> Sheet:
    """Raises RefusedFile."""
    suffix = file.name.rpartition(".")[2].lower()
    try:
        if suffix == "xlsx":
            return open_xlsx(file.path)
        if suffix in ("json", "jsonl"):
            return open_json(file.path)
        return open_csv(file.path, delimiter=settings.delimiter, encoding=settings.encoding, own_names=settings.columns)
    except RefusedFile as refused:
        raise _named(refused, file) from refused


def kinds_held(known: Iterable[str], group: str) -> frozenset[Kind]:
    """The kinds that a file of this group holds, by its columns."""
    return frozenset(kind for field, kind in _GROUP_KINDS[group].items() if field in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a file tells: its items, the kinds that it holds; `close` when they have been taken."""

    items: Iterator[Item]
    holds: frozenset[Kind]
    close: Callable[[], None]


class FileReader:
    """Reads one kind from one taken file."""

    def __init__(self, settings: Settings, tray: Tray, book: Book, file: Taken, kind: Kind, asked_at: datetime) -> None:
        self.settings = settings
        self.tray = tray
        self.book = book
        self.file = file
        self.kind = kind
        self.asked_at = asked_at

    def pages(self) -> Iterator[Page]:
        """No page at all if the file changed while it was read: it is still being written, and has its turn later."""
        before = self._look()
        try:
            told = self._told()
        except RefusedFile as refused:
            if before == self._look():
                yield self._refusal(str(_named(refused, self.file)))
            return
        except FileNotFoundError:  # put away by another worker since we listed it
            return
        with closing(told):
            if before is None or before != self._look():
                return
            items = told.items if self.kind in told.holds else iter(())
            yield from self._paged(items, partial(self.tray.acknowledge, self.file, self.kind, told.holds))

    def _told(self) -> Told:
        spool = self._spooled()
        holds = kinds_held(spool.columns.known, self.file.group)
        return Told(items=self._items(spool), holds=holds, close=spool.close)

    def _spooled(self) -> Spool:
        spool = Spool(open_sheet(self.file, self.settings), self.settings.columns)
        if complaint := complaint_about(spool, self.file):
            spool.close()
            raise RefusedFile(complaint)
        return spool

    def _look(self) -> tuple[int, int] | None:
        stat = look_at(self.file.path)
        return (stat.st_size, stat.st_mtime_ns) if stat else None

    def _paged(self, items: Iterator[Item], acknowledge: Callable[[], None]) -> Iterator[Page]:
        """Only the last page acknowledges the file."""
        page = tuple(islice(items, self.settings.page_size))
        while True:
            following = tuple(islice(items, self.settings.page_size))
            self.book.remember(page)
            if not following:
                yield Page(items=page, asked_at=self.asked_at, acknowledge=acknowledge)
                return
            yield Page(items=page, asked_at=self.asked_at)
            page = following

    def _items(self, spool: Spool) -> Iterator[Item]:
        reading = self._reading(spool)
        records: Callable[[FieldRow], Record | Unreadable | None]
        parents: Iterable[Item] = ()
        if self.kind is Kind.PRODUCT:
            note_families(spool, self.book, reading)
            parents = parents_elsewhere(spool, self.book)
            records = partial(self._product, spool, reading)
        else:
            records = partial(self._facet, spool, reading)
        return chain(self._notes(spool), parents, self._read(spool, reading, records))

    def _read(
        self, spool: Spool, reading: Reading, record_of: Callable[[FieldRow], Record | Unreadable | None]
    ) -> Iterator[Item]:
        for row in spool.rows():
            faults = row_faults(row, reading)
            found = unreadable(self.kind, row, reading, faults) if faults else record_of(row)
            if found is not None:
                yield Change(record=found) if isinstance(found, Record) else found

    def _product(self, spool: Spool, reading: Reading, row: FieldRow) -> Record | Unreadable:
        if row.parent is None:
            return product_of(row, reading, options_of(row.sku or "", self.book))
        has_name = str(row.cells.get("name") or "").strip()
        return product_of(row, reading, parent_name=None if has_name else self._name_of(spool, row.parent))

    def _facet(self, spool: Spool, reading: Reading, row: FieldRow) -> Record | Unreadable | None:
        """A parent has neither price nor stock of its own; an article may leave them open, a price list may not."""
        if spool.is_parent(row.sku or "") or (self.file.group == "articles" and not is_told(self.kind, row)):
            return None
        return price_of(row, reading) if self.kind is Kind.PRICE else stock_of(row, reading)

    def _name_of(self, spool: Spool, sku: str) -> str | None:
        if name := spool.name_of(sku):
            return name
        known = (item.record for item in self.book.last_known(Kind.PRODUCT, [sku]) if isinstance(item, Change))
        return next((record.name for record in known if isinstance(record, Product)), None)

    def _reading(self, spool: Spool) -> Reading:
        return self._reading_of(spool.decimal)

    def _reading_of(self, proven: str) -> Reading:
        settings = self.settings
        return Reading(
            file=self.file.name,
            decimal=proven if settings.decimal == "auto" else settings.decimal,
            zone=settings.time_zone,
            currency=settings.currency,
            includes_tax=settings.prices_include_tax,
            grams=settings.weight_unit == "g",
        )

    def _notes(self, spool: Spool) -> Iterator[Unreadable]:
        """Unknown columns, told once per file and by the first kind that it holds. They harm nothing."""
        holds = kinds_held(spool.columns.known, self.file.group) & self.settings.reads
        told_by = next((kind for kind in _GROUP_KINDS[self.file.group].values() if kind in holds), None)
        if spool.columns.unknown and self.kind is told_by:
            sentence = columns_sentence(spool.columns.unknown, self.file.name)
            # One entry for all files of a group: the same surplus column every day is one thing to decide.
            yield self._about_the_file(f"columns of {self.file.group}", "columns", sentence)

    def _refusal(self, sentence: str) -> Page:
        item = self._about_the_file(self.file.name, "file", sentence)
        acknowledge = partial(self.tray.refuse, self.file, sentence)
        return Page(items=(item,), asked_at=self.asked_at, acknowledge=acknowledge)

    def _about_the_file(self, id: str, field: str, sentence: str) -> Unreadable:
        return Unreadable(
            kind=self.kind,
            id=id,
            label=self.file.name,
            problems=(Problem(field=field, sentence=sentence),),
            raw={"file": self.file.path.name},
        )


class ShipmentsReader(FileReader):
    """Reads what was sent: whole orders, of which a file may tell only a part."""

    def _told(self) -> Told:
        sheet = open_sheet(self.file, self.settings)
        bad = shipments_in(sheet, self.settings.columns, self._reading_of("auto"), self.file.path.name, self.book)
        columns = understand(sheet.names, self.settings.columns, self.file.group)
        if sheet.names and "order" not in columns.known:
            text = "has no column with the order. Add one called order, with the reference of the order's file."
            raise RefusedFile(f"{self.file.name} {text}")
        items: Iterator[Item] = chain[Item](bad, fulfilments_told(self.file.path.name, self.book))
        return Told(items=items, holds=frozenset({Kind.FULFILMENT}), close=lambda: None)


def columns_sentence(unknown: Sequence[str], file: str) -> str:
    names = ", ".join(f'"{name}"' for name in unknown)
    plural = len(unknown) > 1
    return (
        f"{file} has {'columns that are' if plural else 'a column that is'} not known here: {names}. Everything else "
        f"was read. Say in the column settings what {'they mean' if plural else 'it means'}, or map "
        f'{"them" if plural else "it"} to "" to leave {"them" if plural else "it"} out.'
    )


def complaint_about(spool: Spool, file: Taken) -> str | None:
    """Why the columns of this file do not suffice, if so."""
    columns = spool.columns
    if not columns.fields and not columns.unknown:
        fault = spool.first_fault()  # JSON without any object: nothing to say is no mistake
        return (
            f"{file.name} holds nothing that can be read: {placed(file.name, fault, fault.fault or '')}"
            if fault
            else None
        )
    if columns.twice:
        first, second = columns.twice[0]
        return f'{file.name} has two columns for one field: "{first}" and "{second}". Keep one, or map the other to "".'
    if "sku" not in columns.known:
        return f"{file.name} has no column with the SKU. Add one called sku, or say in the column settings which it is."
    if not kinds_held(columns.known, file.group):
        wanted = " or ".join(_GROUP_KINDS[file.group])
        return f"{file.name} has no column for {wanted}. Add one, or name it in the column settings."
    return None


def _named(refused: RefusedFile, file: Taken) -> RefusedFile:
    """As the ERP named the file, not as it is called since we took it."""
    return RefusedFile(str(refused).replace(file.path.name, file.name))
