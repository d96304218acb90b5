"""The back office of the demo: what it is asked to do, and the one that works with files in a folder."""

from __future__ import annotations

import csv
import json
import random
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from trueup.demo.assortment import Article


@dataclass(frozen=True, slots=True)
class Truth:
    """What the back office says about one article: its net price and its units on hand."""

    price: Decimal
    stock: int


class Office(Protocol):
    """A back office with an employee. Every call takes effect at once in its own books."""

    def settings(self) -> tuple[str, Mapping[str, Any]]:
        """The system's name and the settings of a connection to it."""

    def edit(self) -> str:
        """The employee changes a price or counts a shelf; what was done, in words."""

    def blunder(self) -> str:
        """The employee makes a mistake that has to be noticed, and mends it at the next `edit`."""

    def take_orders(self) -> int:
        """Take in what arrived: goods leave the shelf; the number of new orders."""

    def books(self) -> Mapping[str, Truth]:
        """Every buyable article by SKU."""

    def documents(self) -> Mapping[str, Decimal]:
        """Every order by its external reference, with the total that the customer pays."""


@dataclass
class FilesOffice:
    """A till that drops article lists into a folder and picks orders up from it."""

    folder: Path
    articles: Sequence[Article]
    chance: random.Random = field(default_factory=lambda: random.Random(3))
    _books: dict[str, Truth] = field(default_factory=dict)
    _documents: dict[str, Decimal] = field(default_factory=dict)
    _files: int = 0
    _mistake: str | None = None
    _guard: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        (self.folder / "in").mkdir(parents=True)
        for article in self.articles:
            if article.price is not None and article.stock is not None:
                self._books[article.sku] = Truth(article.price, article.stock)
        self._drop_articles()

    def settings(self) -> tuple[str, Mapping[str, Any]]:
        return "files", {"folder": str(self.folder), "settle_seconds": 0, "prices_include_tax": False}

    def edit(self) -> str:
        with self._guard:
            sku = self._mistake or self.chance.choice(sorted(self._books))
            known = self._books[sku]
            if self._mistake or self.chance.random() < 0.5:
                self._mistake = None
                self._books[sku] = Truth(moved_price(known.price, self.chance), known.stock)
                self._drop("prices", ("sku", "price"), [(sku, str(self._books[sku].price))])
                return f"{sku} now costs {self._books[sku].price}"
            self._books[sku] = Truth(known.price, known.stock + self.chance.randint(1, 12))
            self._drop_stock([sku])
            return f"{sku} was counted: {self._books[sku].stock} on the shelf"

    def blunder(self) -> str:
        with self._guard:
            self._mistake = self.chance.choice(sorted(self._books))
            self._drop("prices", ("sku", "price"), [(self._mistake, "ask Kim")])
            return f'{self._mistake} got the price "ask Kim"'

    def take_orders(self) -> int:
        with self._guard:
            arrived = sorted((self.folder / "out" / "orders").glob("*.json"))
            touched = [sku for file in arrived for sku in self._book_order(file)]
            if touched:
                self._drop_stock(sorted(set(touched)))
            return len(arrived)

    def books(self) -> Mapping[str, Truth]:
        with self._guard:
            return dict(self._books)

    def documents(self) -> Mapping[str, Decimal]:
        with self._guard:
            return dict(self._documents)

    def _book_order(self, file: Path) -> Iterable[str]:
        order = json.loads(file.read_text(encoding="utf-8"))
        self._documents[order["reference"]] = Decimal(order["total"])
        for line in order["lines"]:
            sku = line["sku"]
            if line["type"] == "goods" and sku in self._books:
                known = self._books[sku]
                self._books[sku] = Truth(known.price, known.stock - int(Decimal(line["quantity"])))
                yield sku
        taken = self.folder / "out" / "taken"
        taken.mkdir(exist_ok=True)
        file.rename(taken / file.name)

    def _drop_articles(self) -> None:
        header = (
            "sku",
            "name",
            "parent_sku",
            "variant:Color",
            "variant:Size",
            "price",
            "stock",
            "tax_class",
            "description",
        )
        self._drop("articles", header, [_row(article) for article in self.articles])

    def _drop_stock(self, skus: Sequence[str]) -> None:
        self._drop("stock", ("sku", "stock"), [(sku, str(self._books[sku].stock)) for sku in skus])

    def _drop(self, what: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Written under another name and renamed when it is whole, as a careful till does."""
        self._files += 1
        target = self.folder / "in" / f"{what}-{self._files:05}.csv"
        draft = target.with_suffix(".part")
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(header)
            writer.writerows(rows)
        draft.rename(target)


def _row(article: Article) -> Sequence[str]:
    options = dict(article.options)
    amounts = ("" if article.price is None else str(article.price), "" if article.stock is None else str(article.stock))
    names = (article.sku, article.name, article.parent or "", options.get("Color", ""), options.get("Size", ""))
    return (*names, *amounts, article.tax_class, article.description)


def moved_price(price: Decimal, chance: random.Random) -> Decimal:
    """A new price, between a tenth less and a fifth more."""
    factor = Decimal(chance.randint(90, 120)) / 100
    return max(Decimal("0.50"), (price * factor).quantize(Decimal("0.01")))
