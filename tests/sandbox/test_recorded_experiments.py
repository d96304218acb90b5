"""Probes of a real WooCommerce 10.5, made here again: what moves dates, what stock does, what happens side by side."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from support.shop_desk import Desk

FILE = Path(__file__).parents[1] / "recordings" / "experiments.json"
FOUND: dict[str, Any] = {
    one["experiment"]: one["result"] for one in json.loads(FILE.read_text(encoding="utf-8"))["experiments"]
}
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def desk() -> Desk:
    return Desk()


class Things:
    """One of everything the probes about dates touch."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.mug = desk.product(meta_data=[{"key": "k", "value": "1"}])
        size = {"name": "Size", "variation": True, "options": ["S", "M", "L"]}
        self.parent = desk.post("/products", {"name": "Shirt", "type": "variable", "attributes": [size]})["id"]
        self.small = self.variation("S")
        self.order = desk.order((self.mug, 1), meta_data=[{"key": "k", "value": "1"}], status="processing")["id"]
        self.customer = desk.post("/customers", {"email": "c@example.test"})["id"]
        self.shelf = desk.post("/products/categories", {"name": "Shelf"})["id"]

    def variation(self, option: str) -> int:
        chosen = [{"name": "Size", "option": option}]
        given = {"regular_price": "5", "manage_stock": True, "stock_quantity": 10, "attributes": chosen}
        return int(self.desk.post(f"/products/{self.parent}/variations", given)["id"])

    def put(self, path: str, body: dict[str, Any]) -> None:
        self.desk.put(path, body)

    @property
    def paths(self) -> dict[str, str]:
        return {
            "product": f"/products/{self.mug}",
            "variation": f"/products/{self.parent}/variations/{self.small}",
            "parent": f"/products/{self.parent}",
            "order": f"/orders/{self.order}",
            "customer": f"/customers/{self.customer}",
        }


def sell(things: Things, id_: int) -> None:
    things.desk.post("/orders", {"status": "processing", "line_items": [{"product_id": id_, "quantity": 1}]})


def sell_variation(things: Things) -> None:
    line = {"variation_id": things.small, "quantity": 1}
    things.desk.post("/orders", {"status": "processing", "line_items": [line]})


PROBES: dict[str, tuple[str, Callable[[Things], object]]] = {
    "product: PUT identical data (regular_price same)": (
        "product",
        lambda t: t.put(t.paths["product"], {"regular_price": "10.00"}),
    ),
    "product: PUT identical stock_quantity": ("product", lambda t: t.put(t.paths["product"], {"stock_quantity": 99})),
    "product: PUT empty object {}": ("product", lambda t: t.put(t.paths["product"], {})),
    "product: PUT new stock_quantity": ("product", lambda t: t.put(t.paths["product"], {"stock_quantity": 7})),
    "product: batch update new stock_quantity": (
        "product",
        lambda t: t.desk.post("/products/batch", {"update": [{"id": t.mug, "stock_quantity": 3}]}),
    ),
    "product: PUT meta_data only (new key)": (
        "product",
        lambda t: t.put(t.paths["product"], {"meta_data": [{"key": "new", "value": "1"}]}),
    ),
    "product: PUT meta_data only (changed value)": (
        "product",
        lambda t: t.put(t.paths["product"], {"meta_data": [{"key": "k", "value": "2"}]}),
    ),
    "product: PUT categories only (other category)": (
        "product",
        lambda t: t.put(t.paths["product"], {"categories": [{"id": t.shelf}]}),
    ),
    "product: stock reduced by a paid order": ("product", lambda t: sell(t, t.mug)),
    "variation: PUT stock -> variation date_modified": (
        "variation",
        lambda t: t.put(t.paths["variation"], {"stock_quantity": 4}),
    ),
    "variation: PUT stock -> PARENT date_modified": (
        "parent",
        lambda t: t.put(t.paths["variation"], {"stock_quantity": 4}),
    ),
    "variation: PUT regular_price -> PARENT date_modified": (
        "parent",
        lambda t: t.put(t.paths["variation"], {"regular_price": "9"}),
    ),
    "variation: batch update -> PARENT date_modified": (
        "parent",
        lambda t: t.desk.post(
            f"/products/{t.parent}/variations/batch", {"update": [{"id": t.small, "stock_quantity": 2}]}
        ),
    ),
    "variation: created -> PARENT date_modified": ("parent", lambda t: t.variation("M")),
    "variation: stock to 0 (out of stock) -> PARENT date_modified": (
        "parent",
        lambda t: t.put(t.paths["variation"], {"stock_quantity": 0}),
    ),
    "variation: stock reduced by an order -> variation date_modified": ("variation", sell_variation),
    "variation: stock reduced by an order -> PARENT date_modified": ("parent", sell_variation),
    "variation: PUT identical data -> variation date_modified": (
        "variation",
        lambda t: t.put(t.paths["variation"], {"regular_price": "5"}),
    ),
    "variation: deleted -> PARENT date_modified": (
        "parent",
        lambda t: t.desk.delete(t.paths["variation"], force="true"),
    ),
    "parent: PUT name -> VARIATION date_modified": ("variation", lambda t: t.put(t.paths["parent"], {"name": "Tee"})),
    "order: note added": ("order", lambda t: t.desk.post(f"{t.paths['order']}/notes", {"note": "x"})),
    "order: PUT meta_data only": (
        "order",
        lambda t: t.put(t.paths["order"], {"meta_data": [{"key": "n", "value": "1"}]}),
    ),
    "order: PUT identical status": ("order", lambda t: t.put(t.paths["order"], {"status": "processing"})),
    "order: PUT empty object": ("order", lambda t: t.put(t.paths["order"], {})),
    "order: PUT identical meta value": (
        "order",
        lambda t: t.put(t.paths["order"], {"meta_data": [{"key": "k", "value": "1"}]}),
    ),
    "order: refund created": (
        "order",
        lambda t: t.desk.post(f"{t.paths['order']}/refunds", {"amount": "1", "api_refund": False}),
    ),
    "order: PUT status completed": ("order", lambda t: t.put(t.paths["order"], {"status": "completed"})),
    "customer: PUT first_name": ("customer", lambda t: t.put(t.paths["customer"], {"first_name": "Eva"})),
    "customer: PUT meta_data only": (
        "customer",
        lambda t: t.put(t.paths["customer"], {"meta_data": [{"key": "n", "value": "1"}]}),
    ),
}


@pytest.mark.parametrize("experiment", list(PROBES))
def test_what_moves_date_modified(desk: Desk, experiment: str) -> None:
    things = Things(desk)
    of, do = PROBES[experiment]
    path = things.paths[of]
    before = desk.get(path)["date_modified_gmt"]
    desk.clock.advance(2)
    do(things)
    assert (desk.get(path)["date_modified_gmt"] != before) is FOUND[experiment]["changed"]


def test_every_recorded_probe_about_dates_is_made() -> None:
    about_dates = {name for name, result in FOUND.items() if isinstance(result, dict) and "changed" in result}
    assert about_dates == set(PROBES)


# -- the forms of a moment ----------------------------------------------------------------------------------------

CHANGED_AT = datetime(2026, 11, 21, 19, 10, tzinfo=UTC)
ASKED = datetime(2026, 11, 21, 19, 9, 58, tzinfo=UTC)
FORMS = {
    "UTC naive": ASKED.strftime("%Y-%m-%dT%H:%M:%S"),
    "local naive": ASKED.astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M:%S"),
    "UTC with Z": ASKED.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "UTC with +00:00": ASKED.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
    "local with +01:00": ASKED.astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M:%S+01:00"),
    "UTC with .000Z": ASKED.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
}
TABLE = FOUND["modified_after forms on orders (shop timezone Europe/Berlin, +01:00)"]


@pytest.mark.parametrize("case", list(TABLE))
def test_forms_of_modified_after_on_orders(desk: Desk, case: str) -> None:
    form, _, gmt = case.rpartition(", dates_are_gmt=")
    old = desk.post("/orders", {})["id"]
    desk.clock.hold(CHANGED_AT)
    new = desk.post("/orders", {})["id"]
    query = {} if gmt == "None" else {"dates_are_gmt": gmt}
    found = [order["id"] for order in desk.get("/orders", modified_after=FORMS[form], **query)]
    verdict = {(new,): "correct", (new, old): "too many", (): "MISSES the change"}[tuple(found)]
    assert TABLE[case].startswith(verdict)


# -- stock --------------------------------------------------------------------------------------------------------


def test_stock_along_the_recorded_walk_through_the_statuses(desk: Desk) -> None:
    walk = FOUND["stock 10, order of 1 piece walked through the statuses: stock after each"]
    mug = desk.product(stock=10)
    order = desk.order((mug, 1))["id"]
    here = [["created pending", desk.stock(mug)]]
    for status, _ in walk[1:]:
        desk.put(f"/orders/{order}", {"status": status})
        here.append([status, desk.stock(mug)])
    assert here == walk


def test_stock_after_trash_and_deletion(desk: Desk) -> None:
    wanted = FOUND["delete of a processing order of 2 pieces: stock after create / trash / force delete"]
    mug = desk.product(stock=wanted[0] + 2)
    order = desk.order((mug, 2), status="processing")["id"]
    here = [desk.stock(mug)]
    for force in ("false", "true"):
        desk.delete(f"/orders/{order}", force=force)
        here.append(desk.stock(mug))
    assert here == wanted


def test_a_trashed_order_moves_and_is_only_listed_as_trash(desk: Desk) -> None:
    order = desk.post("/orders", {})
    desk.clock.advance(2)
    desk.delete(f"/orders/{order['id']}")
    moment = order["date_modified_gmt"]
    since = {"modified_after": moment, "dates_are_gmt": "true"}
    here = {
        "moved": desk.get(f"/orders/{order['id']}")["date_modified_gmt"] != moment,
        "status": desk.get(f"/orders/{order['id']}")["status"],
        "any": bool(desk.get("/orders", status="any", **since)),
        "trash": bool(desk.get("/orders", status="trash", **since)),
    }
    assert here == FOUND["trashed order: date_modified moves / listed with status=any / status=trash"]


# -- side by side -------------------------------------------------------------------------------------------------


def side_by_side(*calls: Callable[[], int]) -> list[int]:
    """Make all calls at a time; their statuses, lowest first."""
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda call=call: statuses.append(call())) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_eight_paid_orders_take_eight_pieces(desk: Desk) -> None:
    wanted = FOUND["8 parallel paid orders of 1 piece each, stock 1000 before"]
    mug = desk.product(stock=1000)
    body = {"set_paid": True, "line_items": [{"product_id": mug, "quantity": 1}]}
    statuses = side_by_side(*[lambda: desk.ask("POST", "/orders", body).status] * 8)
    assert {"answers": statuses, "stock_after": desk.stock(mug)} == wanted


def test_one_address_makes_one_account(desk: Desk) -> None:
    wanted = FOUND["8 parallel POST /customers with one email"]
    statuses = side_by_side(*[lambda: desk.ask("POST", "/customers", {"email": "one@example.test"}).status] * 8)
    assert (statuses, len(desk.get("/customers"))) == (sorted(wanted["answers"]), wanted["customers_with_it"])


def test_a_name_written_beside_sales_does_not_write_old_stock_back(desk: Desk) -> None:
    mug = desk.product(stock=1000)
    body = {"set_paid": True, "line_items": [{"product_id": mug, "quantity": 1}]}
    sales = [lambda: desk.ask("POST", "/orders", body).status] * 4
    names = [lambda: desk.ask("PUT", f"/products/{mug}", {"name": "New"}).status] * 4
    side_by_side(*sales, *names)
    wanted = FOUND["4 parallel paid orders + 4 PUTs of the NAME only, stock 1000 before"]
    assert desk.stock(mug) == wanted["stock_after"]


def test_an_idempotency_key_is_no_protection(desk: Desk) -> None:
    wanted = FOUND["POST /orders twice with the same Idempotency-Key header"]
    ids = [desk.post("/orders", {})["id"] for _ in range(2)]
    assert (len(set(ids)) == 1) is wanted["deduplicated"]


# -- money --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("experiment", "gross"), [("order 3 x 0.99 net + 19%", "no"), ("same with prices_include_tax=yes", "yes")]
)
def test_the_recorded_order_of_three_pieces(desk: Desk, experiment: str, gross: str) -> None:
    desk.put("/settings/tax/woocommerce_prices_include_tax", {"value": gross})
    order = desk.order((desk.product("0.99"), 3))
    wanted = FOUND[experiment]
    names = ("total", "total_tax", "cart_tax", "prices_include_tax")
    assert {name: order[name] for name in names} == {name: wanted[name] for name in names}
    line = order["line_items"][0]
    amounts = ("subtotal", "subtotal_tax", "total", "total_tax", "taxes")
    assert {name: line[name] for name in amounts} == {name: wanted["line"][name] for name in amounts}
