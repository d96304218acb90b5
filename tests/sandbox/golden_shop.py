"""A shop set up like the one that a file of golden orders was recorded in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.shop_desk import Desk
from trueup.sandbox.clock import ShopClock
from trueup.sandbox.settings import SeedRate, ShopSettings

GOLDEN = Path(__file__).parents[1] / "recordings" / "golden_orders"
NOT_COMPARED = {"id", "product_id", "variation_id", "code", "method_id"}


class Recorded:
    """A shop set up like that of one file, and the recorded ids in it."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.options = {**body["settings"]["general"], **body["settings"]["tax"]}
        self.rates = {rate["id"]: number for number, rate in enumerate(body["tax_rates"], 1)}
        self.desk = Desk(self._settings(body["tax_rates"]), ShopClock())
        sequential = self.options["woocommerce_calc_discounts_sequentially"]
        self.desk.put("/settings/general/woocommerce_calc_discounts_sequentially", {"value": sequential})
        self.products: dict[int, int] = {}
        self._make_products(body["products"])
        for coupon in body["coupons"]:
            self._make_coupon(coupon)

    def _settings(self, rates: list[dict[str, Any]]) -> ShopSettings:
        return ShopSettings(
            home="https://shop.example",
            base_country=self.options["woocommerce_default_country"],
            currency=self.options["woocommerce_currency"],
            decimals=int(self.options["woocommerce_price_num_decimals"]),
            prices_include_tax=self.options["woocommerce_prices_include_tax"] == "yes",
            tax_based_on=self.options["woocommerce_tax_based_on"],
            tax_round_at_subtotal=self.options["woocommerce_tax_round_at_subtotal"] == "yes",
            shipping_tax_class=self.options["woocommerce_shipping_tax_class"],
            rates=tuple(_rate(rate) for rate in rates),
        )

    def _make_products(self, products: list[dict[str, Any]]) -> None:
        parents: dict[int, int] = {}
        for product in products:
            given = {name: product[name] for name in ("sku", "regular_price", "sale_price", "tax_status")}
            held = {"manage_stock": True, "stock_quantity": 100_000, "name": product["sku"]}
            if product.get("parent_id"):
                parent = parents.setdefault(product["parent_id"], 0) or self._parent(parents, product["parent_id"])
                size = product["sku"].rpartition("-")[2]
                chosen = [{"name": "Size", "option": size}]
                given = {"sku": product["sku"], "regular_price": product["regular_price"], "attributes": chosen}
                made = self.desk.post(f"/products/{parent}/variations", {**given, **held})
            else:
                made = self.desk.post("/products", {**given, **held, "tax_class": product["tax_class"]})
            self.products[product["id"]] = made["id"]

    def _parent(self, parents: dict[int, int], recorded: int) -> int:
        size = {"name": "Size", "variation": True, "options": ["S", "M", "L", "XL"]}
        id_ = self.desk.post("/products", {"name": "Golden Shirt", "type": "variable", "attributes": [size]})["id"]
        parents[recorded] = self.products[recorded] = id_
        return int(id_)

    def _make_coupon(self, coupon: dict[str, Any]) -> None:
        names = ("code", "amount", "discount_type", "individual_use", "free_shipping", "exclude_sale_items")
        given = {name: coupon[name] for name in (*names, "minimum_amount", "maximum_amount")}
        limits = {name: coupon[name] for name in ("usage_limit", "limit_usage_to_x_items") if coupon[name] is not None}
        only = [self.products[id_] for id_ in coupon["product_ids"]]
        id_ = self.desk.post("/coupons", {**given, **limits, "product_ids": only})["id"]
        if coupon.get("usage_count"):
            doc = self.desk.shop.store.get("coupon", id_)
            assert doc is not None
            with self.desk.shop.store.writing():
                self.desk.shop.store.update("coupon", {**doc, "usage_count": coupon["usage_count"]}, doc)

    def request(self, order: dict[str, Any]) -> dict[str, Any]:
        asked = dict(order["request"])
        asked["line_items"] = [
            {**line, **{name: self.products[line[name]] for name in ("product_id", "variation_id") if line.get(name)}}
            for line in asked.get("line_items", ())
        ]
        return asked

    def refund(self, asked: dict[str, Any], ids: dict[int, int]) -> dict[str, Any]:
        return {**asked, "line_items": [self._refund_line(line, ids) for line in asked.get("line_items", ())]}

    def _refund_line(self, line: dict[str, Any], ids: dict[int, int]) -> dict[str, Any]:
        taxes = [{**tax, "id": self.rates[tax["id"]]} for tax in line.get("refund_tax", ())]
        return {**line, "id": ids[line["id"]], "refund_tax": taxes}

    def differences(self, recorded: Any, here: Any, path: str = "") -> list[str]:
        """Where two answers differ, rates translated and ids left out; only what was recorded is looked at."""
        if isinstance(recorded, dict):
            names = [name for name in recorded if name not in NOT_COMPARED]
            return [found for name in names for found in self._member(recorded, here, name, path)]
        if isinstance(recorded, list):
            if len(recorded) != len(here):
                return [f"{path}: {len(here)} entries, recorded {len(recorded)}"]
            pairs = enumerate(zip(recorded, here, strict=True))
            return [found for n, (old, new) in pairs for found in self.differences(old, new, f"{path}[{n}]")]
        return [] if recorded == here else [f"{path}: {here!r}, recorded {recorded!r}"]

    def _member(self, recorded: Any, here: Any, name: str, path: str) -> list[str]:
        old = self.rates[recorded[name]] if name == "rate_id" else recorded[name]
        return self.differences(old, here[name], f"{path}.{name}")


def _rate(rate: dict[str, Any]) -> SeedRate:
    return SeedRate(
        country=rate["country"],
        state=rate["state"],
        rate=rate["rate"],
        name=rate["name"],
        tax_class=rate["class"],
        priority=rate["priority"],
        compound=rate["compound"],
        shipping=rate["shipping"],
        order=rate["order"],
    )
