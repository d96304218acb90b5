"""The people of a company that works with Tryton: they use Tryton's own interface, past the hub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from trueup.connectors.kit.errors import Rejected
from trueup.connectors.tryton.client import TrytonClient
from trueup.rehearse import crowd, tryton_warehouse
from trueup.rehearse.case import Answer, Article
from trueup.rehearse.figures import plain
from trueup.rehearse.scene import CannotTell, Given, NotOffered, Scene

Row = dict[str, Any]
SERVICES = ("SHIPPING", "DISCOUNT", "FEE")
AT_ONCE = 50
"""Articles in one call. A hundred are too many: Tryton checks their codes by one condition with a part for each."""
STEPS = {"draft": ("quote", "confirm", "process"), "quotation": ("confirm", "process"), "confirmed": ("process",)}
"""The buttons from a sale's state to the work on it."""


@dataclass
class TrytonOffice:
    """`warehouse` is the one that goods are counted in."""

    client: TrytonClient
    company: int
    warehouse: int
    label: str = "Tryton"
    kind: str = "tryton"
    made: dict[str, list[int]] = field(default_factory=dict)
    _known: dict[str, Any] = field(default_factory=dict)

    @property
    def context(self) -> Row:
        return {"company": self.company, "_skip_warnings": True}

    def close(self) -> None:
        self.client.close()

    def rows(self, model: str, domain: list[Any], fields: Sequence[str] = ("rec_name",), **context: Any) -> list[Row]:
        pages = self.client.search_all(model, domain, list(fields), context={**self.context, **context})
        return [row for page in pages for row in page]

    def make(self, model: str, values: list[Row]) -> list[int]:
        made = self.client.create(model, values, self.context)
        self.made.setdefault(model, []).extend(made)
        return made

    def copy(self, model: str, id: int) -> int:
        """A copy of a record, as its menu makes one."""
        self.press(model, id, "copy")
        return int(max(row["id"] for row in self.rows(model, [])))

    def change(self, model: str, id: int, **values: Any) -> None:
        self.client.update(model, id, values, self.context)

    def press(self, model: str, id: int, *buttons: str) -> None:
        for button in buttons:
            self.client.press(model, id, button, self.context)

    def sells(self, articles: list[Article], scene: Scene) -> None:
        parents = {article.parent for article in articles if article.parent}
        tops = [article for article in articles if article.parent is None]
        own = {top.sku: [one for one in articles if one.parent == top.sku] for top in tops if top.sku in parents}
        values = [self._template(top, own.get(top.sku, [top]), scene) for top in tops]
        for start in range(0, len(values), AT_ONCE):
            self.make("product.template", values[start : start + AT_ONCE])
        counted = {scene.sku(one.sku): one.stock for one in articles if one.stock}
        if counted:
            self.count(counted)

    def _template(self, article: Article, variants: Sequence[Article], scene: Scene) -> Row:
        names = sorted({name for one in variants for name in one.options})
        code, unit = scene.sku(article.sku), self._unit()
        price = next((one.price for one in variants if one.price is not None), None)
        values = {
            "code": code, "name": article.called, "list_price": price, "default_uom": unit, "sale_uom": unit,
            "salable": True, "type": "goods", "account_category": self._category(article.tax),
            "products": [["create", [self._variant(one, code, scene) for one in variants]]],
        }  # fmt: skip
        more = {"attribute_set": self._attributes(names)} if names else {}
        return {**values, **more}

    def _variant(self, article: Article, code: str, scene: Scene) -> Row:
        if article.parent is None:
            return {}
        suffix = scene.sku(article.sku).removeprefix(code)
        return {"suffix_code": suffix, "attributes": {name.lower(): text for name, text in article.options.items()}}

    def _attributes(self, names: Sequence[str]) -> int:
        """The set of these attributes, made if nobody has used it before."""
        called = f"Rehearsal {', '.join(names)}"
        found = self.rows("product.attribute.set", [["name", "=", called]])
        if found:
            return int(found[0]["id"])
        known = {row["name"]: row["id"] for row in self.rows("product.attribute", [], ("name",))}
        missing = [
            {"name": name.lower(), "string": name, "type_": "char"} for name in names if name.lower() not in known
        ]
        ids = [known[name.lower()] for name in names if name.lower() in known]
        ids += self.make("product.attribute", missing) if missing else []
        return self.make("product.attribute.set", [{"name": called, "attributes": [["add", ids]]}])[0]

    def _category(self, percent: str) -> int:
        """The accounting category whose customers are charged this percentage."""
        if "categories" not in self._known:
            self._known["categories"] = self._categories()
        if percent not in self._known["categories"]:
            raise NotOffered(f"Tryton has no accounting category with a customer tax of {percent} %.")
        return int(self._known["categories"][percent])

    def _categories(self) -> dict[str, int]:
        """Those that charge one tax, by its percentage."""
        taxes = self.rows("account.tax", [["rate", "!=", None]], ("rate",))
        rates = {row["id"]: plain((row["rate"] * 100).normalize()) for row in taxes}
        rows = self.rows("product.category", [["accounting", "=", True]], ("customer_taxes_used",))
        charged = {row["id"]: [rates[tax] for tax in row["customer_taxes_used"] if tax in rates] for row in rows}
        return {found[0]: id for id, found in charged.items() if len(found) == 1}

    def _unit(self) -> int:
        if "unit" not in self._known:
            self._known["unit"] = self.rows("product.uom", [["symbol", "=", "u"]])[0]["id"]
        return int(self._known["unit"])

    def count(self, quantities: Mapping[str, int]) -> None:
        """People count these articles, by SKU, in the warehouse's storage."""
        place = self.rows("stock.location", [["id", "=", self.warehouse]], ("storage_location",))[0]
        ids = {
            row["code"]: row["id"]
            for row in self.rows("product.product", [["code", "in", list(quantities)]], ("code",))
        }
        lines = [{"product": ids[sku], "quantity": float(count)} for sku, count in quantities.items()]
        storage = place["storage_location"]
        values = {"location": storage, "empty_quantity": "keep", "lines": [["create", lines]]}
        (inventory,) = self.client.create("stock.inventory", [values], self.context)
        self.press("stock.inventory", inventory, "confirm")

    def add_tax(self, percent: str) -> None:
        """One more sales tax, copied from one that is there. If it is there already, nothing happens."""
        rate = Decimal(percent) / 100
        taxes = self.rows("account.tax", [["group.kind", "!=", "purchase"]], ("rate",))
        if all(tax["rate"] != rate for tax in taxes):
            made, name = self.copy("account.tax", taxes[0]["id"]), f"VAT {percent}%"
            self.change("account.tax", made, name=name, description=name, rate=rate)

    # Doing and telling

    def do(self, verb: str, scene: Scene, given: Given) -> None:
        if verb not in VERBS:
            raise NotOffered(f"Nobody plays this in Tryton: {verb}.")
        VERBS[verb](self, scene, given)

    def answer(self, what: str, thing: str, scene: Scene) -> Answer:
        if what == "number of articles":
            return crowd.wanted_of(scene)
        if what in OF_ARTICLES:
            return OF_ARTICLES[what](self, scene.sku(thing))
        found = self.sales(scene.reference(thing))
        if what == "documents":
            return str(len(found))
        if len(found) != 1:
            raise CannotTell(f"{len(found)} sales for order {thing}")
        if what.startswith("tax at "):
            return self._tax_at(found[0], Decimal(what.removeprefix("tax at ").removesuffix(" %")))
        teller = OF_SALES.get(what) or tryton_warehouse.OF_SALES.get(what)
        if teller is None:
            raise CannotTell(f"nobody knows the question {what!r}")
        return teller(self, found[0], scene)

    def sales(self, reference: str) -> list[Row]:
        return self.rows("sale.sale", [["web_id", "=", reference]], SALE_FIELDS)

    def sale(self, scene: Scene, letter: str) -> Row:
        found = self.sales(scene.reference(letter))
        if len(found) != 1:
            raise CannotTell(f"{len(found)} sales for order {letter}")
        return found[0]

    def begin(self, sale: Row) -> None:
        """Work begins: the sale is processed, which makes its delivery and its invoice."""
        self.press("sale.sale", sale["id"], *STEPS.get(sale["state"], ()))

    def _tax_at(self, sale: Row, percent: Decimal) -> str:
        """As Tryton's own invoice says it."""
        domain = [["invoice", "in", sale["invoices"]]]
        taxes = self.rows("account.invoice.tax", domain, ("amount", "tax.rate")) if sale["invoices"] else []
        if not sale["invoices"]:
            raise CannotTell("there is no invoice yet")
        return plain(sum((tax["amount"] for tax in taxes if tax["tax"]["rate"] * 100 == percent), Decimal(0)))

    def returns(self, sale: Row) -> list[Row]:
        """The returns that were made of a sale, by whoever."""
        return self.rows("sale.sale", [["origin", "=", f"sale.sale,{sale['id']}"]], ("total_amount", "state", "number"))

    def lines(self, sale: Row) -> Iterator[Row]:
        fields = ("product.code", "quantity", "amount", "description")
        return iter(self.rows("sale.line", [["sale", "=", sale["id"]], ["type", "=", "line"]], fields))


SALE_FIELDS = (
    "state", "number", "total_amount", "tax_amount", "comment", "invoices", "shipments", "currency.code",
    "shipment_address.street", "shipment_address.postal_code", "shipment_address.city", "party.code", "party.name",
)  # fmt: skip


def _code(line: Row) -> str:
    return str((line["product"] or {}).get("code") or "")


def _lines(office: TrytonOffice, sale: Row, scene: Scene) -> tuple[str, ...]:
    units: Counter[str] = Counter()
    for line in office.lines(sale):
        if _code(line) not in SERVICES:
            units[scene.name_of(_code(line))] += int(line["quantity"] or 0)
    return tuple(f"{count} × {name}" for name, count in sorted(units.items()))


def _services(*codes: str) -> Callable[[TrytonOffice, Row, Scene], Answer]:
    def told(office: TrytonOffice, sale: Row, scene: Scene) -> Answer:
        sums: dict[str, Decimal] = {}
        for line in office.lines(sale):
            if _code(line) in codes and line["amount"]:
                sums[line["description"]] = sums.get(line["description"], Decimal(0)) + line["amount"]
        return tuple(f"{name} {plain(amount)}" for name, amount in sums.items())

    return told


def _shipping(office: TrytonOffice, sale: Row, scene: Scene) -> str:
    return plain(sum((line["amount"] for line in office.lines(sale) if _code(line) == "SHIPPING"), Decimal(0)))


def _address(office: TrytonOffice, sale: Row, scene: Scene) -> str:
    to = sale["shipment_address"]
    return f"{to['street']}, {to['postal_code']} {to['city']}"


OF_SALES: Mapping[str, Callable[[TrytonOffice, Row, Scene], Answer]] = {
    "total": lambda office, sale, scene: plain(sale["total_amount"]),
    "tax": lambda office, sale, scene: plain(sale["tax_amount"]),
    "state": lambda office, sale, scene: str(sale["state"]),
    "number": lambda office, sale, scene: str(sale["number"]),
    "currency": lambda office, sale, scene: str(sale["currency"]["code"]),
    "lines": _lines,
    "fees": _services("FEE", "DISCOUNT"),
    "shipping": _shipping,
    "delivery address": _address,
    "note": lambda office, sale, scene: sale["comment"] or "",
    "refunds": lambda office, sale, scene: str(len(office.returns(sale))),
    "refunded": lambda office, sale, scene: plain(
        -sum((row["total_amount"] for row in office.returns(sale)), Decimal(0))
    ),
    "customer": lambda office, sale, scene: str(sale["party"]["name"]),
}


def _stock(office: TrytonOffice, sku: str) -> str:
    """What may still be sold, over all warehouses, as the connection reads it."""
    places = [row["id"] for row in office.rows("stock.location", [["type", "=", "warehouse"]])]
    context = {"locations": places, "stock_date_end": office.client.server_time().date(), "stock_assign": True}
    rows = office.rows("product.product", [["code", "=", sku]], ("forecast_quantity",), **context)
    return plain(Decimal(rows[0]["forecast_quantity"]))


def _price(office: TrytonOffice, sku: str) -> str:
    return plain(office.rows("product.product", [["code", "=", sku]], ("list_price_used",))[0]["list_price_used"])


def _articles(office: TrytonOffice, sku: str) -> str:
    return str(len(office.rows("product.product", [["code", "=", sku]])))


OF_ARTICLES: Mapping[str, Callable[[TrytonOffice, str], Answer]] = {
    "stock": _stock,
    "price": _price,
    "articles": _articles,
}


def _counts(office: TrytonOffice, scene: Scene, given: Given) -> None:
    office.count({scene.sku(given["article"]): int(given["pieces"])})


def _sets_price(office: TrytonOffice, scene: Scene, given: Given) -> None:
    (row,) = office.rows("product.product", [["code", "=", scene.sku(given["article"])]], ("template",))
    office.change("product.template", row["template"], list_price=Decimal(str(given["price"])))


def _sets_prices(office: TrytonOffice, scene: Scene, given: Given) -> None:
    codes = {scene.sku(name): Decimal(price) for name, price in given["prices"].items()}
    for row in office.rows("product.product", [["code", "in", list(codes)]], ("code", "template")):
        office.change("product.template", row["template"], list_price=codes[row["code"]])


def _begins_work(office: TrytonOffice, scene: Scene, given: Given) -> None:
    office.begin(office.sale(scene, given["order"]))


def _changes_address(office: TrytonOffice, scene: Scene, given: Given) -> None:
    """Somebody at Tryton's screen gives the sale another delivery address."""
    sale = office.sale(scene, given["order"])
    (row,) = office.rows("sale.sale", [["id", "=", sale["id"]]], ("party", "shipment_address.country"))
    country = row["shipment_address"]["country"]
    values = {"party": row["party"], "street": given["street"], "postal_code": given["postcode"], "city": given["city"]}
    (made,) = office.client.create("party.address", [{**values, "country": country}], office.context)
    office.press("sale.sale", sale["id"], "draft")
    office.change("sale.sale", sale["id"], shipment_address=made)
    office.press("sale.sale", sale["id"], "quote")


def _cancels(office: TrytonOffice, scene: Scene, given: Given) -> None:
    office.press("sale.sale", office.sale(scene, given["order"])["id"], "cancel")


def _takes_orders(office: TrytonOffice, scene: Scene, given: Given) -> None:
    """Orders are in Tryton already; processing one reserves its goods."""
    for letter in scene.orders:
        for sale in office.sales(scene.reference(letter)):
            office.begin(sale)


def _enters(office: TrytonOffice, scene: Scene, given: Given) -> None:
    office.sells([Article(**values) for values in given["articles"]], scene)


def _enters_twins(office: TrytonOffice, scene: Scene, given: Given) -> None:
    """Somebody tries to enter two different articles by one SKU; Tryton takes the first only."""
    same = {"sku": given["sku"], "price": given["price"], "stock": given["stock"]}
    office.sells([Article(name=given["first"], **same)], scene)
    with suppress(Rejected):
        office.sells([Article(name=given["second"], **same)], scene)


def _enters_tax(office: TrytonOffice, scene: Scene, given: Given) -> None:
    office.add_tax(given["percent"])


def _enters_customer(office: TrytonOffice, scene: Scene, given: Given) -> None:
    """Somebody enters a customer at Tryton's screen, long before the shop knows him."""
    country = office.rows("country.country", [["code", "=", given.get("country", "DE")]])[0]["id"]
    place = {name: given[name] for name in ("street", "city")} | {"postal_code": given["postcode"], "country": country}
    contact = [["create", [{"type": "email", "value": given["email"]}]]]
    values = {"name": given["name"], "addresses": [["create", [place]]], "contact_mechanisms": contact}
    office.make("party.party", [values])


VERBS: Mapping[str, Callable[[TrytonOffice, Scene, Given], None]] = {
    "counts": _counts,
    "sets price": _sets_price,
    "sets prices": _sets_prices,
    "enters very many articles": crowd.enter,
    "changes some while the hub reads": crowd.change_meanwhile,
    "takes orders": _takes_orders,
    "begins work": _begins_work,
    "writes invoice": _begins_work,
    "changes address": _changes_address,
    "enters tax": _enters_tax,
    "enters articles": _enters,
    "enters twins": _enters_twins,
    "enters customer": _enters_customer,
    "cancels": _cancels,
    **tryton_warehouse.VERBS,
}
