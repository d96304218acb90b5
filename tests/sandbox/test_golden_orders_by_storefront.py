"""The recorded storefront orders once more: put into a cart, discounted, sent and paid through the Store API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.golden_shop import GOLDEN, Recorded
from trueup.sandbox.front_door import answer
from trueup.sandbox.shipping import add_method, add_zone
from trueup.sandbox.wire import WireRequest

BY_STOREFRONT = sorted(GOLDEN.glob("storefront_*.json"))
EU = [{"code": code, "type": "country"} for code in ("DE", "AT", "NL", "FR")]
PAYMENT = {"on-hold": "bacs", "processing": "cod", "completed": "cod"}
FREE_BY_TRANSFER = ("storefront_stacked_excl", 11)
"""It cost nothing, so it was paid at once."""
SHOPPER = {"first_name": "Eva", "last_name": "Müller", "address_1": "Hauptstr. 5", "email": "eva@example.test"}


class Storefront(Recorded):
    """The recorded shop with its zones and ways of shipping."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(body)
        self.name = body["setup"]
        self.rates_here: dict[str, str] = {}
        zones: dict[str, int] = {}
        for method in body["shipping_methods"]:
            name = method["zone"]
            if name not in zones:
                zones[name] = 0 if name.startswith("Locations") else add_zone(self.desk.shop, name, 1, EU)["id"]
            self._method(method, zones[name])

    def _method(self, method: dict[str, Any], zone: int) -> None:
        values = {name: method[name] for name in ("title", "cost", "tax_status") if method[name]}
        made = add_method(self.desk.shop, zone, method["method_id"], values)
        self.rates_here[f"{method['method_id']}:{method['instance_id']}"] = f"{method['method_id']}:{made['id']}"

    def buy(self, order: dict[str, Any]) -> dict[str, Any]:
        """Go shopping as the recorded shopper did; the order as REST shows it."""
        shopper = Shopper(self)
        request = order["request"]
        for item in request["items"]:
            shopper.say("/cart/add-item", {"id": self.products[item["id"]], "quantity": item["quantity"]})
        addresses = {name: {**SHOPPER, **request[name]} for name in ("billing_address", "shipping_address")}
        shopper.say("/cart/update-customer", addresses)
        for code in request["coupons"]:
            shopper.say("/cart/apply-coupon", {"code": code})
        for rate in order["chosen_rates"]:
            shopper.say("/cart/select-shipping-rate", {"package_id": 0, "rate_id": self.rates_here[rate]})
        shopper.say("/checkout", None)
        placed = shopper.say("/checkout", {**addresses, "payment_method": self.payment(order)})
        return dict(self.desk.get(f"/orders/{placed['order_id']}"))

    def payment(self, order: dict[str, Any]) -> str:
        if (self.name, order["n"]) == FREE_BY_TRANSFER:
            return "bacs"
        return PAYMENT[order["order"]["status"]]


class Shopper:
    def __init__(self, shop: Storefront) -> None:
        self.shop, self.token = shop, ""
        self.say("/cart", None)

    def say(self, path: str, body: Any) -> Any:
        request = WireRequest(
            method="GET" if body is None else "POST",
            path=f"/wp-json/wc/store/v1{path}",
            headers={"content-type": "application/json", "cart-token": self.token},
            body=b"" if body is None else json.dumps(body).encode(),
        )
        said = answer(self.shop.desk.shop, request)
        assert said.status < 300, (path, body, said.body)
        self.token = said.headers["cart-token"]
        return json.loads(said.body)


@pytest.mark.parametrize("file", BY_STOREFRONT, ids=lambda file: file.stem)
def test_orders_of_shoppers_come_out_as_recorded(file: Path) -> None:
    body = json.loads(file.read_text(encoding="utf-8"))
    shop = Storefront(body)
    problems = [f"order {order['n']} {found}" for order in body["orders"] for found in bought(shop, order)]
    assert problems == []


def bought(shop: Storefront, order: dict[str, Any]) -> list[str]:
    here = shop.buy(order)
    exact = shop.desk.get(f"/orders/{here['id']}", dp=6)
    return shop.differences(order["order"], here) + shop.differences(order["order_dp6"], exact, "dp6")


def test_all_recorded_storefronts_are_here() -> None:
    assert len(BY_STOREFRONT) == 9
