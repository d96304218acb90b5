"""Seventeen bugs that merchants met in other integrations. Each is tried here as it happened there.

The numbers are those of the catalogue of known bugs; some are tried where the code is that they are about:
4 to 8 in tests/connectors/tryton as well, 12 in test_webhooks.py, 17 in tests/connectors/woocommerce, the rest below.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog

from support.sharing import sharing
from support.till_and_shop import TillAndShop
from support.world import World, customer, mug, order, price, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.order import Stage
from trueup.domain.product import Price, Stock
from trueup.domain.record import Kind
from trueup.store import transfers
from trueup.store.tables import connection, delivery, intent

ARTICLES = "sku;name;price;stock\nMUG-1;Mug;12,50;700\nMUG-2;Mug two;9,90;700\n"
SHIRT = (
    "sku;name;parent_sku;variant:Size;price;stock\nSHIRT;Shirt;;;;\n"
    "SHIRT-S;;SHIRT;S;20,00;50\nSHIRT-M;;SHIRT;M;20,00;50\n"
)


def statuses(business: TillAndShop) -> dict[str, str]:
    return {doc["number"]: doc["status"] for doc in business.front.pages("/orders", status="any")}


def numbers(business: TillAndShop) -> list[str]:
    """The documents that the shop's orders name."""
    return sorted(placed.document for placed in business.front.orders() if placed.document)


def in_shop(business: TillAndShop, method: str, path: str, **body: Any) -> dict[str, Any]:
    """As the merchant does in the shop."""
    shop = business.shop
    answer = httpx2.request(
        method,
        f"{shop.url}/wp-json/wc/v3{path}",
        json=body,
        auth=(shop.consumer_key, shop.consumer_secret),
        verify=str(shop.ca_file),
        timeout=60,
    )
    answer.raise_for_status()
    return dict(answer.json())


def _as_if_all_pauses_were_over(business: TillAndShop) -> None:
    with business.hub.database.write() as tx:
        tx.execute(connection.update().values(paused_until=None))
        tx.execute(delivery.update().values(not_before=None))
        tx.execute(intent.update().values(ask_after=None))


def test_bug_1_an_order_that_could_not_be_transferred_is_not_completed_in_the_shop(business: TillAndShop) -> None:
    business.drop(ARTICLES)
    business.settle()
    placed = business.buys("MUG-1")
    stranger = in_shop(business, "POST", "/products", name="Not in the till", sku="STRANGER", regular_price="5")
    line = {"product_id": stranger["id"], "quantity": 1}
    lost = in_shop(business, "POST", "/orders", status="processing", set_paid=True, line_items=[line])
    business.settle()
    assert statuses(business) == {str(placed["id"]): "processing", lost["number"]: "processing"}
    assert len(business.orders_out()) == 1


def test_bug_2_two_sizes_of_one_shirt_are_two_lines_on_two_articles(business: TillAndShop) -> None:
    business.drop(SHIRT)
    business.settle()
    business.buys("SHIRT-S", "SHIRT-M")
    business.settle()
    [out] = business.orders_out().values()
    assert sorted(line["article"] for line in out["lines"] if line["type"] == "goods") == ["SHIRT-M", "SHIRT-S"]


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_bug_3_a_write_back_that_fails_loses_no_order(business: TillAndShop, nth: int) -> None:
    business.drop(ARTICLES)
    business.settle()
    for _ in range(3):
        business.buys("MUG-1")
    business.shop.faults.add("error", method="POST", route="/orders/{order_id}/notes", skip=nth, times=1)
    business.settle()
    _as_if_all_pauses_were_over(business)
    business.settle()
    assert numbers(business) == sorted(business.orders_out())
    assert len(numbers(business)) == 3


def test_bug_4_one_bad_order_blocks_nobody_else_for_ever(world: World) -> None:
    world.erp.put(mug())
    world.flow(Kind.ORDER, "Shop", "ERP")
    bad = order(2, ("88", "MUG-1"))
    world.shop.put(order(1, ("88", "MUG-1")), companions=[customer()])
    world.shop.put(bad.model_copy(update={"positions": ()}), companions=[customer()])
    world.shop.put(order(3, ("88", "MUG-1")), companions=[customer()])
    world.settle()
    assert sorted(thing.reference or "" for thing in world.erp.things(Kind.ORDER)) == ["WC-ORDER-1", "WC-ORDER-3"]
    assert [entry.label for entry in world.quarantined()] == ["1002"]


def test_bug_8_an_article_whose_sku_is_in_the_shop_already_is_adopted(business: TillAndShop) -> None:
    there = in_shop(business, "POST", "/products", name="Made in the shop", sku="MUG-1", regular_price="1")
    business.drop(ARTICLES)
    business.settle()
    found = {doc["sku"]: doc["id"] for doc in business.front.pages("/products", _fields="id,sku")}
    assert found["MUG-1"] == there["id"]
    assert business.quarantined() == []


def test_bug_8_a_create_whose_answer_was_lost_makes_no_second_article(business: TillAndShop) -> None:
    business.shop.faults.add("done_then_error", route="/products/batch", times=1)
    business.drop(ARTICLES)
    for _ in range(2):
        business.settle()
        _as_if_all_pauses_were_over(business)
    skus = [doc["sku"] for doc in business.front.pages("/products", _fields="id,sku")]
    assert sorted(skus) == ["MUG-1", "MUG-2"]


def test_bug_9_orders_that_arrive_between_two_pages_shift_nothing_away(business: TillAndShop) -> None:
    """The first page holds a hundred; the second one fails, and five more orders come before it is read again."""
    business.drop(ARTICLES)
    business.settle()
    _many_orders(business, 105)
    business.shop.faults.add("error", method="GET", route="/orders", skip=1, times=1)
    business.settle()
    _many_orders(business, 5)
    _as_if_all_pauses_were_over(business)
    business.settle()
    assert len(business.orders_out()) == 110
    assert business.quarantined() == []


def _many_orders(business: TillAndShop, count: int) -> None:
    product = next(doc["id"] for doc in business.front.pages("/products", sku="MUG-1", _fields="id"))
    one = {"status": "processing", "set_paid": True, "line_items": [{"product_id": product, "quantity": 1}]}
    who = {"billing": {"first_name": "Shopper", "last_name": "No. 1", "email": "shopper@shop.example"}}
    for start in range(0, count, 50):
        in_shop(business, "POST", "/orders/batch", create=[{**one, **who}] * min(50, count - start))


def test_bug_10_a_change_during_the_run_is_not_skipped(world: World) -> None:
    world.flow(Kind.PRODUCT)
    world.erp.put(*(mug(number) for number in range(1, 4)))
    world.settle()
    world.time.passes(minutes=16)
    world.erp.put(mug(1, description="changed before the run"))
    world.erp.fault(Fault(trouble=Trouble.HELD, op="changes"))
    with ThreadPoolExecutor(1) as beside:
        run = beside.submit(world.settle)
        while not world.erp.held():
            assert not run.done()
        world.erp.put(mug(2, description="changed while it ran"))
        world.erp.lift()
        run.result()
    world.later()
    told = [(record.label, record.description) for record in world.shop.records(Kind.PRODUCT)]  # type: ignore[attr-defined] # products
    assert sorted(told, key=str) == [
        ("MUG-1", "changed before the run"),
        ("MUG-2", "changed while it ran"),
        ("MUG-3", None),
    ]


@pytest.mark.parametrize("minutes", [-10, 10])
def test_bug_10_clocks_that_differ_by_ten_minutes_hide_no_change(world: World, minutes: int) -> None:
    skew = timedelta(minutes=minutes)
    world.flow(Kind.PRODUCT)
    for number in range(1, 6):
        world.erp.put(mug(number), at=world.time.now + skew)
        world.later()
    assert len(world.shop.things(Kind.PRODUCT)) == 5


def test_bug_11_what_open_orders_hold_is_not_on_sale_in_any_shop(world: World, tmp_path: Path) -> None:
    """The back office counts ten, and knows nothing of the order: it is on hold in the shop."""
    shared = sharing(world, tmp_path)
    shared.places("Malmö", 1, units=3, stage=Stage.ON_HOLD)
    world.later()
    shared.has(11)
    world.later()
    assert shared.all_show() == [8, 8, 8]


def test_bug_13_as_many_writes_as_changes(world: World) -> None:
    for kind in (Kind.PRODUCT, Kind.STOCK):
        world.flow(kind)
    world.erp.put(*(mug(number) for number in range(20)), *(stock(number) for number in range(20)))
    world.settle()
    world.shop.forget_counts()
    world.erp.put(*(stock(number, quantity=3) for number in range(7)))
    world.later()
    assert len(world.shop.writes(Kind.PRODUCT)) == 7


def test_bug_14_a_quick_update_of_the_stock_touches_no_price(business: TillAndShop) -> None:
    business.drop(ARTICLES)
    business.settle()
    business.drop("sku;stock\nMUG-1;3\nMUG-2;0\n", "stock.csv")
    business.settle()
    assert {sku: found.price for sku, found in business.shelf().items()} == {
        "MUG-1": Decimal("12.50"),
        "MUG-2": Decimal("9.90"),
    }


def test_bug_14_an_empty_price_says_nothing_rather_than_nought(world: World) -> None:
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        world.flow(kind)
    world.erp.put(mug(), price(), stock())
    world.settle()
    world.erp.put(stock(quantity=9))
    world.later()
    assert [(p.regular) for p in world.shop.records(Kind.PRICE) if isinstance(p, Price)] == [Decimal("12.5")]
    assert [s.quantity for s in world.shop.records(Kind.STOCK) if isinstance(s, Stock)] == [Decimal(9)]


def test_bug_15_an_order_that_is_edited_after_it_was_first_read_is_seen_again(business: TillAndShop) -> None:
    business.drop(ARTICLES)
    business.settle()
    placed = business.buys("MUG-1")
    business.settle()
    in_shop(business, "PUT", f"/orders/{placed['id']}", customer_note="Ring twice")
    business.settle()
    [entry] = business.quarantined()
    assert entry.error == "locked", "a folder of files takes no change of what lies in it"
    assert f"Order {placed['id']} was changed" in entry.sentence


def test_bug_15_no_key_stands_in_any_line_that_is_logged(
    business: TillAndShop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = structlog.get_config()
    structlog.reset_defaults()  # whatever an earlier test has set
    business.drop(ARTICLES)
    business.settle()
    business.buys("MUG-1")
    business.shop.faults.add("error", times=3)
    business.settle()
    said = "".join(capsys.readouterr())
    structlog.configure(**before)
    assert "run.done" in said
    assert business.shop.consumer_key not in said
    assert business.shop.consumer_secret not in said


def test_bug_16_two_hundred_and_fifty_orders_between_two_runs_all_arrive(business: TillAndShop) -> None:
    business.drop(ARTICLES)
    business.settle()
    _many_orders(business, 250)
    business.settle()
    assert len(business.orders_out()) == 250
    with business.hub.database.read() as tx:
        made = [row for row in transfers.latest(tx, limit=2000) if (row.kind, row.outcome) == ("order", "created")]
    assert len(made) == 250
