"""A person at Tryton's own screen: makes and changes what the connector reads, and looks at what it wrote."""

from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from pydantic import SecretStr

from trueup.connectors.tryton.answers import rpc_result
from trueup.connectors.tryton.client import TrytonClient, TrytonSession
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.settings import Settings
from trueup.domain.record import Kind
from trueup.sandbox.tryton import TrytonServer

RAISED_BY_A_TEST = Decimal("0.25")


def settings_for(server: TrytonServer, *, login: bool = True, **more: Any) -> Settings:
    """A connection to this server; with `login` also over JSON-RPC."""
    user = {"user": server.user, "password": SecretStr(server.password)} if login else {}
    values: dict[str, Any] = {"url": server.url, "database": server.database, "key": SecretStr(server.rest_key)}
    return Settings(**{**values, **user, **more})


class TrytonScreen:
    """Everything goes through Tryton's own interface, under the rights of its own user."""

    def __init__(self, server: TrytonServer) -> None:
        self.server = server
        self.ids = server.ids
        self.context: Row = {"company": server.ids["company"], "_skip_warnings": True}
        self._edits = count(1)
        self._articles: dict[int, int] = {}
        self._down = False
        self.client = TrytonClient(settings_for(server))

    # Articles

    def article(
        self,
        code: str,
        *,
        price: str | None = "10.00",
        percent: str = "19",
        variants: tuple[tuple[str, str, str], ...] = (),
        **more: Any,
    ) -> list[int]:
        """The ids of its variants; `variants` are suffix, colour and size."""
        (unit,) = self.rows("product.uom", [["symbol", "=", "u"]])
        products = [{"suffix_code": s, "attributes": {"color": c, "size": z}} for s, c, z in variants] or [{}]
        values = {
            "code": code,
            "name": f"Article {code}",
            "list_price": None if price is None else Decimal(price),
            "account_category": self.ids["categories"][percent],
            "default_uom": unit["id"],
            "sale_uom": unit["id"],
            "salable": True,
            "type": "goods",
            **({"attribute_set": self.apparel()} if variants else {}),
            "products": [["create", products]],
            **more,
        }
        (template,) = self.client.create("product.template", [values], self.context)
        return [row["id"] for row in self.rows("product.product", [["template", "=", template]])]

    def apparel(self) -> int:
        """The set of the attributes color and size."""
        (found,) = self.rows("product.attribute.set", [["name", "=", "Apparel"]])
        return int(found["id"])

    def change(self, model: str, id: int, **values: Any) -> None:
        self.client.update(model, id, values, self.context)

    def change_template(self, product: int, **values: Any) -> None:
        (row,) = self.rows("product.product", [["id", "=", product]], ["template"])
        self.client.update("product.template", row["template"], values, self.context)

    def set_price(self, product: int, price: str | None) -> None:
        self.change_template(product, list_price=None if price is None else Decimal(price))

    def count_stock(self, product: int, quantity: int, warehouse: str = "WH") -> None:
        """A person counts the article in the warehouse's storage."""
        (place,) = self.rows("stock.location", [["code", "=", warehouse]], ["storage_location"])
        line = {"product": product, "quantity": float(quantity)}
        values = {"location": place["storage_location"], "empty_quantity": "keep", "lines": [["create", [line]]]}
        (inventory,) = self.client.create("stock.inventory", [values], self.context)
        self.client.press("stock.inventory", inventory, "confirm", self.context)

    def add_tax(self, percent: Decimal | int) -> None:
        """One more sales tax, like those that are there."""
        name = f"VAT {percent:f}%" if isinstance(percent, Decimal) else f"VAT {percent}%"
        if self.rows("account.tax", [["name", "=", name]]):
            return
        path = f"account.tax/{self.ids['taxes']['19']}/copy"
        (copied,) = self.client._call(path, {}, self.context, writes=True)
        self.change("account.tax", copied, name=name, description=name, rate=Decimal(percent) / 100)

    def add_currency(self, code: str, rate: str, digits: int = 2) -> None:
        if self.rows("currency.currency", [["code", "=", code]]):
            return
        rates = [["create", [{"rate": Decimal(rate)}]]]
        names = {"code": code, "name": code, "symbol": code}
        values = {**names, "rounding": Decimal(1).scaleb(-digits), "digits": digits, "rates": rates}
        self.client.create("currency.currency", [values])

    # Sales

    def press(self, sale: int, *buttons: str) -> None:
        for button in buttons:
            self.client.press("sale.sale", sale, button, self.context)

    def process(self, sale: int) -> list[int]:
        """As far as the delivery; the ids of the shipments."""
        steps = {"draft": ("quote", "confirm", "process"), "quotation": ("confirm", "process")}
        (row,) = self.sales(id=sale)
        self.press(sale, *steps.get(row["state"], ("process",)))
        return [shipment["id"] for shipment in self.shipments(sale)]

    def confirm_and_leave(self, sale: int) -> None:
        """Confirmed, and the background worker has not come yet. This Tryton has none and processes at once what is
        confirmed over its interface, so its database is told."""
        with sqlite3.connect(self.server.data) as database:
            database.execute("UPDATE sale_sale SET state = 'confirmed' WHERE id = ?", (sale,))

    def edit_line(self, sale: int, product: int, **values: Any) -> None:
        """A person takes the quotation back, changes a line of it, and quotes it again."""
        (line,) = self.rows("sale.line", [["sale", "=", sale], ["product", "=", product]])
        self.press(sale, "draft")
        self.change("sale.sale", sale, lines=[["write", [line["id"]], values]])
        self.press(sale, "quote")

    def return_sale(self, sale: int, quantities: dict[int, int] | None = None) -> int:
        """Tryton's "Return": a new sale of what comes back; with `quantities`, of so many of these products only."""
        answer = self._wizard("sale.return_sale", "return_", {"start": {}}, "sale.sale", sale)
        made = int(answer["actions"][0][1]["res_id"][0])
        for line in self.rows("sale.line", [["sale", "=", made]], ["product"]) if quantities else []:
            kept = (quantities or {}).get(line["product"])
            edit = ["write", [line["id"]], {"quantity": -float(kept)}] if kept else ["delete", [line["id"]]]
            self.change("sale.sale", made, lines=[edit])
        return made

    def post_invoices(self, sale: int) -> list[str]:
        """The numbers that the sale's invoices get."""
        (row,) = self.sales("invoices", id=sale)
        for invoice in row["invoices"]:
            self.change("account.invoice", invoice, invoice_date=date.today())  # noqa: DTZ011 - the company's day
            self.client.press("account.invoice", invoice, "post", self.context)
        return [found["number"] for found in self.rows("account.invoice", [["id", "in", row["invoices"]]], ["number"])]

    # The warehouse

    def shipments(self, sale: int, *states: str) -> list[Row]:
        (row,) = self.sales("shipments.number", "shipments.state", id=sale)
        return [shipment for shipment in row["shipments"] if not states or shipment["state"] in states]

    def assign(self, shipment: int) -> None:
        self.client.press("stock.shipment.out", shipment, "assign_try", self.context)

    def pick(self, shipment: int, only: dict[int, int] | None = None) -> None:
        """All of it, or `only` so many of these products; for the rest Tryton makes another shipment."""
        domain = [["shipment", "=", f"stock.shipment.out,{shipment}"], ["origin", "like", "stock.move,%"]]
        for move in self.rows("stock.move", domain, ["product"]) if only is not None else []:
            self.change("stock.move", move["id"], quantity=float((only or {}).get(move["product"], 0)))
        self.assign(shipment)
        self.client.press("stock.shipment.out", shipment, "pick", self.context)

    def pack(self, shipment: int, *parcels: tuple[str | None, tuple[int, ...]]) -> list[int]:
        """Into parcels, each with its tracking number and the products in it; the ids of the packages."""
        packages = [self._package(shipment, tracking, products) for tracking, products in parcels]
        self.client.press("stock.shipment.out", shipment, "pack", self.context)
        return packages

    def _package(self, shipment: int, tracking: str | None, products: tuple[int, ...]) -> int:
        known = self.rows("stock.package.type", [["name", "=", "Parcel"]])
        box = known[0]["id"] if known else self.client.create("stock.package.type", [{"name": "Parcel"}])[0]
        domain = [["shipment", "=", f"stock.shipment.out,{shipment}"], ["origin", "like", "sale.line,%"]]
        moves = [row["id"] for row in self.rows("stock.move", domain, ["product"]) if row["product"] in products]
        values = {"type": box, "shipment": f"stock.shipment.out,{shipment}", "moves": [["add", moves]]}
        (made,) = self.client.create("stock.package", [{**values, "company": self.context["company"]}], self.context)
        if tracking:
            self.change("stock.package", made, shipping_reference=tracking)
        return made

    def send(self, shipment: int) -> None:
        """It leaves the warehouse."""
        for button in ("ship", "do"):
            self.client.press("stock.shipment.out", shipment, button, self.context)

    def ship_all(self, shipment: int, tracking: str | None = None, only: dict[int, int] | None = None) -> None:
        """Picked, packed without parcels, and sent; the tracking number stands on the shipment."""
        self.pick(shipment, only)
        self.pack(shipment)
        if tracking:
            self.change("stock.shipment.out", shipment, shipping_reference=tracking)
        self.send(shipment)

    def cancel_shipment(self, shipment: int) -> None:
        self.client.press("stock.shipment.out", shipment, "cancel", self.context)

    # Parties

    def merge_party(self, party: int, into: int) -> None:
        """Tryton's "Replace": the party becomes inactive and names the one that took its place."""
        data = {"ask": {"source": party, "destination": into}}
        self._wizard("party.replace", "replace", data, "party.party", party)

    def _wizard(self, name: str, button: str, data: Row, model: str, id: int) -> Any:
        login = TrytonSession(self.client, self.server.user, self.server.password)._login()
        (session, *_) = rpc_result(
            self.client.rpc(f"wizard.{name}.create", self.context, authorization=login), writing=True
        )
        context = {**self.context, "active_model": model, "active_id": id, "active_ids": [id]}
        answer = self.client.rpc(f"wizard.{name}.execute", session, data, button, context, authorization=login)
        return rpc_result(answer, writing=True)

    # Looking

    def rows(self, model: str, domain: list[Any], fields: list[str] | None = None) -> list[Row]:
        return self.client.search(model, domain, fields or ["rec_name"], context=self.context)

    def sales(self, *fields: str, **equal: Any) -> list[Row]:
        domain = [[field, "=", value] for field, value in equal.items()]
        return self.rows("sale.sale", domain, ["web_id", "state", "number", "total_amount", *fields])

    # What the contract suite asks for

    def save(self, kind: Kind, n: int) -> str:
        if kind.thing is Kind.ORDER:
            return str(self._another_stage(n) if kind is Kind.FULFILMENT else self._give_back(n, Decimal(-1)))
        product = self._sample(n)
        edit = next(self._edits)
        if kind is Kind.PRODUCT:
            self.change("product.product", product, description=f"Edit {edit}", suffix_code=None)
        elif kind is Kind.PRICE:
            self.set_price(product, str(edit))
        elif kind is Kind.STOCK:
            self.count_stock(product, edit)
        return str(product)

    def spoil(self, kind: Kind, n: int) -> str:
        """Without a code, or without a price, an article cannot go to a shop."""
        if kind is Kind.REFUND:
            return str(self._give_back(n, Decimal(1)))
        product = self._sample(n)
        if kind is Kind.PRICE:
            self.set_price(product, None)
        else:
            self.change_template(product, code=None)
        return str(product)

    def remove(self, kind: Kind, id: str) -> None:
        if kind is Kind.PRODUCT:
            self.change("product.product", int(id), active=False)
            self._articles = {n: product for n, product in self._articles.items() if str(product) != id}
        elif kind is Kind.ORDER:
            self.remove_sale(int(id))
        else:
            self.client.delete("party.party", int(id))

    def count(self, kind: Kind) -> int:
        models = {Kind.PRODUCT: "product.product", Kind.CUSTOMER: "party.party", Kind.ORDER: "sale.sale"}
        return len(self.rows(models[kind], []))

    def break_down(self) -> None:
        self.server.stop()
        self._down = True

    def clear(self) -> None:
        """As if nothing had been ordered yet, and every article in order."""
        if self._down:
            self.server.start()
            self._down = False
        with sqlite3.connect(self.server.data) as database:
            in_work = "state IN ('processing', 'done')"
            database.execute(f"UPDATE sale_sale SET web_shop = NULL, web_id = NULL, origin = NULL WHERE {in_work}")
        for sale in reversed(self.rows("sale.sale", [["state", "not in", ["processing", "done"]]])):
            self.remove_sale(sale["id"])
        for party in self.rows("party.party", [["code", "like", "WC-%"]]):
            self.client.delete("party.party", party["id"])
        for n, product in self._articles.items():
            self.change_template(product, code=f"SAMPLE-{n}", list_price=Decimal(10))

    def remove_sale(self, id: int) -> None:
        """One that is in work cannot be deleted, so it leaves the web shop: for the connector it is gone."""
        (sale,) = self.sales(id=id)
        if sale["state"] in ("processing", "done"):
            with sqlite3.connect(self.server.data) as database:
                database.execute("UPDATE sale_sale SET web_shop = NULL, web_id = NULL WHERE id = ?", (id,))
            return
        if sale["state"] not in ("draft", "cancelled"):
            self.client.press("sale.sale", id, "cancel", self.context)
        self.client.delete("sale.sale", id)

    def _order(self, n: int) -> int:
        """The sale of a shop's n-th order, as a quotation."""
        reference = f"WC-ORDER-SAMPLE-{n}"
        known = self.sales(web_id=reference)
        if known:
            return int(known[0]["id"])
        party = {"name": "Sample buyer", "addresses": [["create", [{}]]]}
        (buyer,) = self.client.create("party.party", [party], self.context)
        (address,) = self.rows("party.address", [["party", "=", buyer]])
        addresses = {"party": buyer, "invoice_address": address["id"], "shipment_address": address["id"]}
        return self._quoted(Decimal(10), **addresses, web_shop=self.ids["web_shop"], web_id=reference)

    def _quoted(self, price: Decimal, quantity: float = 1.0, **values: Any) -> int:
        """A sale of a service, which needs no delivery."""
        (unit,) = self.rows("product.uom", [["symbol", "=", "u"]])
        (euro,) = self.rows("currency.currency", [["code", "=", "EUR"]])
        line = {"product": self.ids["services"]["FEE"], "unit": unit["id"], "quantity": quantity, "unit_price": price}
        fixed = {"company": self.ids["company"], "currency": euro["id"], "shipment_cost_method": None}
        fixed |= {"warehouse": self.ids["warehouses"]["WH"], "lines": [["create", [line]]]}
        (sale,) = self.client.create("sale.sale", [{**fixed, **values}], self.context)
        self.press(sale, "quote")
        return int(sale)

    def _another_stage(self, n: int) -> int:
        """Cancelled, or open again."""
        known = self.sales(web_id=f"WC-ORDER-SAMPLE-{n}")
        sale = self._order(n)
        if known:
            self.press(sale, *(("draft", "quote") if known[0]["state"] == "cancelled" else ("cancel",)))
        return sale

    def _give_back(self, n: int, quantity: Decimal) -> int:
        """One more return of a service of the n-th order; with a quantity above 0 it charges instead."""
        sale = self._order(n)
        (row,) = self.sales("party", "invoice_address", "shipment_address", id=sale)
        same = {field: row[field] for field in ("party", "invoice_address", "shipment_address")}
        self.process(self._quoted(Decimal(next(self._edits)), float(quantity), **same, origin=f"sale.sale,{sale}"))
        return sale

    def _sample(self, n: int) -> int:
        if n not in self._articles:
            (self._articles[n],) = self.article(f"SAMPLE-{n}")
        return self._articles[n]
