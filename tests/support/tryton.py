"""A person at Tryton's own screen: makes and changes what the connector reads, and looks at what it wrote."""

from __future__ import annotations

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

    def add_currency(self, code: str, rate: str) -> None:
        if self.rows("currency.currency", [["code", "=", code]]):
            return
        rates = [["create", [{"rate": Decimal(rate)}]]]
        values = {"code": code, "name": code, "symbol": code, "rounding": Decimal("0.01"), "digits": 2, "rates": rates}
        self.client.create("currency.currency", [values])

    def merge_party(self, party: int, into: int) -> None:
        """Tryton's "Replace": the party becomes inactive and names the one that took its place."""
        login = TrytonSession(self.client, self.server.user, self.server.password)._login()
        (session, *_) = rpc_result(
            self.client.rpc("wizard.party.replace.create", self.context, authorization=login), writing=True
        )
        context = {**self.context, "active_model": "party.party", "active_id": party, "active_ids": [party]}
        data = {"ask": {"source": party, "destination": into}}
        answer = self.client.rpc("wizard.party.replace.execute", session, data, "replace", context, authorization=login)
        rpc_result(answer, writing=True)

    # Looking

    def rows(self, model: str, domain: list[Any], fields: list[str] | None = None) -> list[Row]:
        return self.client.search(model, domain, fields or ["rec_name"], context=self.context)

    def sales(self, *fields: str, **equal: Any) -> list[Row]:
        domain = [[field, "=", value] for field, value in equal.items()]
        return self.rows("sale.sale", domain, ["web_id", "state", "number", "total_amount", *fields])

    # What the contract suite asks for

    def save(self, kind: Kind, n: int) -> str:
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
        for sale in self.rows("sale.sale", []):
            self.remove_sale(sale["id"])
        for party in self.rows("party.party", [["code", "like", "WC-%"]]):
            self.client.delete("party.party", party["id"])
        for n, product in self._articles.items():
            self.change_template(product, code=f"SAMPLE-{n}", list_price=Decimal(10))

    def remove_sale(self, id: int) -> None:
        (sale,) = self.sales(id=id)
        if sale["state"] not in ("draft", "cancelled"):
            self.client.press("sale.sale", id, "cancel", self.context)
        self.client.delete("sale.sale", id)

    def _sample(self, n: int) -> int:
        if n not in self._articles:
            (self._articles[n],) = self.article(f"SAMPLE-{n}")
        return self._articles[n]
