"""A till that drops article lists into a folder and reads the orders that appear there."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from trueup.rehearse import crowd
from trueup.rehearse.case import Answer, Article
from trueup.rehearse.figures import plain
from trueup.rehearse.scene import CannotTell, Given, NotOffered, Scene

Doc = dict[str, Any]
MISSING = {
    "enters customer": "A folder of files takes every customer as he comes, and knows none of its own.",
    "changes address": "An order in a folder of files is a file; nobody changes it there.",
}
"""What files cannot do, in words."""
TAX_CLASSES = {"19": "standard", "7": "reduced", "0": "zero"}


@dataclass
class FilesOffice:
    """The till's own books stand in `stock`; it takes an order from its shelves when it books it."""

    folder: Path
    kind: str = "files"
    label: str = "Files"
    stock: dict[str, Decimal] = field(default_factory=dict)
    _booked: set[str] = field(default_factory=set)
    _files: int = 0

    def __post_init__(self) -> None:
        (self.folder / "in").mkdir(parents=True, exist_ok=True)

    def sells(self, articles: list[Article], scene: Scene) -> None:
        names = sorted({name for article in articles for name in article.options})
        header = ["sku", "name", "parent_sku", "tax_class", "price", "stock", *(f"variant:{name}" for name in names)]
        self._drop("articles", header, [_row(article, names, scene) for article in articles])
        for article in articles:
            if article.stock is not None:
                self.stock[scene.sku(article.sku)] = Decimal(article.stock)

    def do(self, verb: str, scene: Scene, given: Given) -> None:
        if verb not in VERBS:
            raise NotOffered(MISSING.get(verb, f"Nobody plays this with files: {verb}."))
        VERBS[verb](self, scene, given)

    def answer(self, what: str, thing: str, scene: Scene) -> Answer:
        if what == "stock":
            return plain(self.stock[scene.sku(thing)])
        if what == "number of articles":
            return crowd.wanted_of(scene)
        if what == "articles":
            return str(scene.notes.get("twins", 1))
        found = self.documents(scene.reference(thing))
        if what == "documents":
            return str(len(found))
        if len(found) != 1:
            raise CannotTell(f"{len(found)} files for order {thing}")
        if what.startswith("tax at "):
            return tax_at(found[0], what.removeprefix("tax at ").removesuffix(" %"))
        if what in OF_FOLDER:
            return OF_FOLDER[what](self, found[0]["reference"], scene)
        if what not in OF_ORDERS:
            raise NotOffered(MISSING.get(what, f"A folder of files does not tell about this: {what}."))
        return OF_ORDERS[what](found[0], scene)

    def documents(self, reference: str) -> list[Doc]:
        """Every file of an order, wherever the till put it."""
        out = self.folder / "out" / "orders"
        found = (json.loads(file.read_text(encoding="utf-8")) for file in sorted(out.rglob("*.json")))
        return [doc for doc in found if doc["reference"] == reference]

    def refunds(self, reference: str) -> list[Doc]:
        """Every file of a refund of this order."""
        files = sorted((self.folder / "out" / "refunds").rglob("*.json"))
        found = (json.loads(file.read_text(encoding="utf-8")) for file in files)
        return [doc for doc in found if doc["order"] == reference]

    def drop_shipments(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._drop("shipments", header, rows)

    def drop_stock(self, skus: Iterable[str]) -> None:
        self._drop("stock", ("sku", "stock"), [(sku, plain(self.stock[sku])) for sku in skus])

    def _drop(self, what: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Written under another name and renamed when it is whole, as a careful till does."""
        self._files += 1
        draft = self.folder / "in" / f"{what}-{self._files:05}.part"
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(header)
            writer.writerows(rows)
        draft.rename(draft.with_suffix(".csv"))

    def drop_prices(self, rows: Sequence[tuple[str, str]]) -> None:
        self._drop("prices", ("sku", "price"), rows)

    def book(self) -> None:
        """Each new order leaves the till's shelves."""
        touched: list[str] = []
        for file in sorted((self.folder / "out" / "orders").glob("*.json")):
            order = json.loads(file.read_text(encoding="utf-8"))
            if order["reference"] not in self._booked:
                self._booked.add(order["reference"])
                touched += self._take(order)
        if touched:
            self.drop_stock(dict.fromkeys(touched))

    def _take(self, order: Doc) -> Iterable[str]:
        for line in order["lines"]:
            if line["type"] == "goods" and line["sku"] in self.stock:
                self.stock[line["sku"]] -= Decimal(line["quantity"])
                yield line["sku"]


def _row(article: Article, names: Sequence[str], scene: Scene) -> list[str]:
    parent = scene.sku(article.parent) if article.parent else ""
    price = "" if article.price is None else plain(article.price)
    stock = "" if article.stock is None else str(article.stock)
    options = [article.options.get(name, "") for name in names]
    return [scene.sku(article.sku), article.called, parent, TAX_CLASSES[article.tax], price, stock, *options]


# What the till's people do


def _counts(office: FilesOffice, scene: Scene, given: Given) -> None:
    sku = scene.sku(given["article"])
    office.stock[sku] = Decimal(given["pieces"])
    office.drop_stock([sku])


def _prices(office: FilesOffice, scene: Scene, given: Given) -> None:
    office.drop_prices([(scene.sku(given["article"]), str(given["price"]))])


def _sets_prices(office: FilesOffice, scene: Scene, given: Given) -> None:
    office.drop_prices([(scene.sku(name), price) for name, price in given["prices"].items()])


def _takes_orders(office: FilesOffice, scene: Scene, given: Given) -> None:
    office.book()


def _enters(office: FilesOffice, scene: Scene, given: Given) -> None:
    office.sells([Article(**values) for values in given["articles"]], scene)


def _enters_twins(office: FilesOffice, scene: Scene, given: Given) -> None:
    """Two different articles by one SKU, in one file."""
    names = (given["first"], given["second"])
    same = {"sku": given["sku"], "price": given["price"], "stock": given["stock"]}
    office.sells([Article(name=name, **same) for name in names], scene)
    scene.notes["twins"] = len(names)


def _picks(office: FilesOffice, scene: Scene, given: Given) -> None:
    office.drop_shipments(("order", "status"), [(scene.reference(given["order"]), "picked")])


def _ships(office: FilesOffice, scene: Scene, given: Given) -> None:
    """A parcel leaves with `items` of the order, or with all of it."""
    reference, number = scene.reference(given["order"]), given.get("number", "")
    header = ("order", "sku", "quantity", "tracking_number")
    rows = [
        (reference, scene.sku(name), count, number) for count, name in _parted(given.get("items"), office, scene, given)
    ]
    office.drop_shipments(header, rows)
    scene.notes.setdefault("numbers", []).append(number)


def _parted(items: Any, office: FilesOffice, scene: Scene, given: Given) -> list[tuple[str, str]]:
    if items is not None:
        return [(text.split(" ")[0], text.split(" ")[1]) if " " in text else ("1", text) for text in items]
    [doc] = office.documents(scene.reference(given["order"]))
    goods = [line for line in doc["lines"] if line["type"] == "goods"]
    return [(line["quantity"], scene.name_of(line["sku"])) for line in goods]


def _nothing(office: FilesOffice, scene: Scene, given: Given) -> None:
    """The file is the document: there is nothing more to write."""


VERBS: Mapping[str, Callable[[FilesOffice, Scene, Given], None]] = {
    "counts": _counts,
    "sets price": _prices,
    "sets prices": _sets_prices,
    "enters very many articles": crowd.enter,
    "changes some while the hub reads": crowd.change_meanwhile,
    "takes orders": _takes_orders,
    "picks": _picks,
    "ships": _ships,
    "writes invoice": _nothing,
    "enters tax": _nothing,
    "enters articles": _enters,
    "enters twins": _enters_twins,
}


# What its files say


def tax_at(doc: Doc, percent: str) -> str:
    """What the shop shows for one rate on goods, fees and shipping together."""
    alike = [rate for rate in doc["rates"] if Decimal(rate["percent"]) == Decimal(percent)]
    return plain(sum((Decimal(rate["tax"]) + Decimal(rate["shipping_tax"]) for rate in alike), Decimal(0)))


def _lines(doc: Doc, scene: Scene) -> tuple[str, ...]:
    units: Counter[str] = Counter()
    for line in doc["lines"]:
        if line["type"] == "goods":
            units[scene.name_of(line["sku"] or line["name"])] += int(Decimal(line["quantity"]))
    return tuple(f"{count} × {name}" for name, count in sorted(units.items()))


def _amounts(kind: str) -> Callable[[Doc, Scene], Answer]:
    def told(doc: Doc, scene: Scene) -> Answer:
        return tuple(f"{x['name']} {plain(Decimal(x['total']))}" for x in doc["lines"] if x["type"] == kind)

    return told


def _shipping(doc: Doc, scene: Scene) -> str:
    return plain(sum((Decimal(x["total"]) for x in doc["lines"] if x["type"] == "shipping"), Decimal(0)))


def _address(doc: Doc, scene: Scene) -> str:
    to = doc["shipping"]
    return f"{to['street']}, {to['postcode']} {to['city']}"


OF_FOLDER: Mapping[str, Callable[[FilesOffice, str, Scene], Answer]] = {
    "refunds": lambda office, reference, scene: str(len(office.refunds(reference))),
    "refunded": lambda office, reference, scene: plain(
        sum((Decimal(doc["amount"]) for doc in office.refunds(reference)), Decimal(0))
    ),
    "tracking numbers": lambda office, reference, scene: tuple(scene.notes.get("numbers", [])),
}
OF_ORDERS: Mapping[str, Callable[[Doc, Scene], Answer]] = {
    "total": lambda doc, scene: doc["total"],
    "tax": lambda doc, scene: doc["total_tax"],
    "currency": lambda doc, scene: str(doc["currency"]),
    "number": lambda doc, scene: str(doc["document_number"]),
    "lines": _lines,
    "fees": _amounts("fee"),
    "rounding": _amounts("rounding"),
    "shipping": _shipping,
    "delivery address": _address,
    "note": lambda doc, scene: doc["note"] or "",
    "customer": lambda doc, scene: doc["customer"] or "",
}
