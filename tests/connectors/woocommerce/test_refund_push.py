"""Refunds of the back office in the shop: each once, to the cent and to the piece, and never more than is left."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from trueup.connectors.kit.errors import Rejected, TryLater
from trueup.connectors.kit.ports import Outcome
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce, open_connector
from trueup.connectors.woocommerce.refunds import refunds_of
from trueup.domain.order import PositionType, TaxPart
from trueup.domain.record import Kind, Ref
from trueup.domain.refund import OrderRefunds, Refund, RefundLine
from trueup.sandbox import RunningShop, SeedRate, ShopSettings, running_shop

from .conftest import settings_of
from .parcels import done, refused
from .shipments import fulfilment, going_back, line, package, shirt_in_two_sizes, status_in
from .test_orders import bought, place_orders

ROUTE = "/orders/{order_id}/refunds"


@pytest.fixture
def shop() -> Iterator[RunningShop]:
    """A shop with two tax rates on one class, and one on another."""
    rates = (
        SeedRate(country="DE", rate="19", name="MwSt 19"),
        SeedRate(country="DE", rate="7", tax_class="reduced-rate", name="MwSt 7"),
        SeedRate(country="DE", rate="1", name="Levy", priority=2, shipping=False),
    )
    with running_shop(ShopSettings(rates=rates, manage_stock=True), https=True) as running:
        yield running


@pytest.fixture
def woo(shop: RunningShop) -> Iterator[WooCommerce]:
    connector = open_connector(settings_of(shop))
    yield connector
    connector.close()


@pytest.fixture
def api(shop: RunningShop) -> Iterator[WooClient]:
    client = WooClient(settings_of(shop))
    yield client
    client.close()


@pytest.fixture
def order(api: WooClient) -> dict[str, Any]:
    """Four mugs (19 % and 1 %), two books (7 %), shipping and a fee."""
    lines = [{"product_id": bought(api, "MUG", "10.00", ""), "quantity": 4}]
    lines += [{"product_id": bought(api, "BOOK", "20.00", "reduced-rate"), "quantity": 2}]
    shipping = [{"method_id": "flat_rate", "method_title": "Flat", "total": "4.90"}]
    (id,) = place_orders(api, 1, line_items=lines, shipping_lines=shipping, set_paid=True)
    return dict(api.get(f"orders/{id}", dp="6"))


def product(order: dict[str, Any], n: int) -> Ref:
    return Ref(kind=Kind.PRODUCT, id=f"erp-{order['line_items'][n]['product_id']}")


def given_back(order: dict[str, Any], n: int, quantity: str, total: str, tax: str = "0", **more: Any) -> RefundLine:
    """Units of the n-th line, with the tax under the back office's own name for it."""
    parts = (TaxPart(rate="their-tax", amount=Decimal(tax)),) if Decimal(tax) else ()
    return RefundLine(product=product(order, n), quantity=Decimal(quantity), total=Decimal(total), taxes=parts, **more)


def refund(reference: str, amount: str, *lines: RefundLine, **more: Any) -> Refund:
    return Refund(id=reference, reference=reference, amount=Decimal(amount), lines=lines, **more)


def all_refunds(order: dict[str, Any], *refunds: Refund) -> OrderRefunds:
    total = Decimal(order["total"])
    return OrderRefunds(id="SO-77", order_number="SO-77", currency="EUR", order_total=total, refunds=refunds)


def push(woo: WooCommerce, order: dict[str, Any], *refunds: Refund) -> Outcome:
    return woo.push([going_back(order, all_refunds(order, *refunds))])[0]


def written(api: WooClient, order: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted((dict(row) for row in refunds_of(api, str(order["id"]))), key=lambda row: int(row["id"]))


def lines_written(row: dict[str, Any]) -> list[tuple[str, int, Decimal, dict[int, Decimal]]]:
    found = []
    for name in ("line_items", "shipping_lines", "fee_lines"):
        for entry in row[name]:
            (origin,) = (meta["value"] for meta in entry["meta_data"] if meta["key"] == "_refunded_item_id")
            taxes = {tax["id"]: -Decimal(tax["total"]) for tax in entry["taxes"] if tax["total"]}
            found.append((origin, -int(entry.get("quantity") or 0), -Decimal(entry["total"]), taxes))
    return found


def stock_of(api: WooClient, order: dict[str, Any], n: int) -> int:
    return int(api.get(f"products/{order['line_items'][n]['product_id']}")["stock_quantity"])


def test_a_refund_arrives_with_pieces_net_and_tax_by_the_shops_rates_shipping_and_fee(
    woo: WooCommerce, api: WooClient, order: dict[str, Any]
) -> None:
    (mug, book), (freight,), (gift,) = order["line_items"], order["shipping_lines"], order["fee_lines"]
    normal, levy = (tax["id"] for tax in mug["taxes"])
    (reduced,) = (tax["id"] for tax in book["taxes"])
    amounts = {tax["id"]: Decimal(tax["total"]) for tax in mug["taxes"]}
    tax = sum(amounts.values()) / 4
    lines = [
        given_back(order, 0, "1", "10", f"{tax}"),
        given_back(order, 1, "2", "40", "2.80"),
        RefundLine(
            type=PositionType.SHIPPING, total=Decimal("4.90"), taxes=(TaxPart(rate="x", amount=Decimal("0.93")),)
        ),
        RefundLine(type=PositionType.FEE, name="Gift", total=Decimal(10)),
    ]
    amount = Decimal(10) + tax + Decimal("42.80") + Decimal("5.83") + 10
    done(push(woo, order, refund("CN-7", f"{amount}", *lines, reason="broken")))
    (row,) = written(api, order)
    assert Decimal(row["amount"]) == round(amount, 2)
    assert row["reason"] == "broken (CN-7)"
    assert row["refunded_payment"] is False, "no money moves"
    assert lines_written(row) == [
        (str(mug["id"]), 1, Decimal(10), {normal: amounts[normal] / 4, levy: amounts[levy] / 4}),
        (str(book["id"]), 2, Decimal(40), {reduced: Decimal("2.8")}),
        (str(freight["id"]), 0, Decimal("4.9"), {normal: Decimal("0.93")}),
        (str(gift["id"]), 0, Decimal(10), {}),
    ]


@pytest.mark.parametrize("fault", [None, "done_then_error", "done_then_drop", "cut_short"])
def test_no_refund_is_written_twice(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any], fault: str | None
) -> None:
    first, second = refund("CN-1", "5.00"), refund("CN-2", "7.00")
    if fault:
        shop.faults.add(fault, method="POST", route=ROUTE, times=1)
        assert isinstance(push(woo, order, first), TryLater)
    done(push(woo, order, first))
    for _ in range(3):
        done(push(woo, order, first, second))
    assert [(row["reason"], row["amount"]) for row in written(api, order)] == [
        ("CN-1", "5.000000"),
        ("CN-2", "7.000000"),
    ]


def test_a_refund_is_known_by_its_reason_where_a_plugin_drops_our_field(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    body = {"amount": "5.00", "api_refund": False, "reason": "broken &amp; late (CN-1)"}
    api.send("POST", f"orders/{order['id']}/refunds", body)
    done(push(woo, order, refund("CN-1", "5.00"), refund("CN-11", "6.00")))
    assert [row["amount"] for row in written(api, order)] == ["5.000000", "6.000000"]


def test_a_refund_that_began_in_the_shop_is_not_written_back_to_it(
    woo: WooCommerce, api: WooClient, order: dict[str, Any]
) -> None:
    row, _ = api.send("POST", f"orders/{order['id']}/refunds", {"amount": "5.00", "api_refund": False})
    done(push(woo, order, refund(f"WC-REFUND-{row['id']}", "5.00")))
    assert len(written(api, order)) == 1


def test_stock_and_money_stay_where_they_are_unless_the_connection_says_otherwise(
    shop: RunningShop, woo: WooCommerce, api: WooClient, order: dict[str, Any]
) -> None:
    mug = order["line_items"][0]["product_id"]
    api.send("PUT", f"products/{mug}", {"manage_stock": True, "stock_quantity": 10})
    other, _ = api.send("POST", "orders", {"status": "processing", "line_items": [{"product_id": mug, "quantity": 4}]})
    assert stock_of(api, other, 0) == 6
    done(push(woo, other, refund("CN-1", "10.00", given_back(other, 0, "1", "10"))))
    assert stock_of(api, other, 0) == 6
    restocking = open_connector(settings_of(shop, refund_restock=True))
    done(push(restocking, other, refund("CN-1", "10.00"), refund("CN-2", "10.00", given_back(other, 0, "1", "10"))))
    restocking.close()
    assert stock_of(api, other, 0) == 7


def test_a_payment_provider_that_cannot_refund_is_a_refusal_and_no_crash(
    shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    """The shop answers 500, as if its program had crashed: tried again it would only be refused again."""
    paying = open_connector(settings_of(shop, refund_money=True))
    error = refused(push(paying, order, refund("CN-1", "10.00")), Rejected)
    paying.close()
    assert "the shop refuses the refund" in error.sentence
    assert "does not support automatic refunds" in error.sentence
    assert written(api, order) == []


def test_more_money_than_is_left_is_refused_before_it_is_sent(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    total = Decimal(order["total"])
    done(push(woo, order, refund("CN-1", "5.00")))
    shop.log.clear()
    error = refused(push(woo, order, refund("CN-1", "5.00"), refund("CN-2", f"{total}")), Rejected)
    assert error.field == "amount"
    assert f"refund CN-2 over {total:.2f} EUR is more than the {total - 5:.2f} EUR that are left" in error.sentence
    assert error.sentence.startswith(f"Order {order['number']}: ")
    assert f"POST {ROUTE}" not in shop.log.counts


def test_more_pieces_than_are_left_are_refused_though_the_shop_would_take_them(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    done(push(woo, order, refund("CN-1", "30.00", given_back(order, 0, "3", "30"))))
    error = refused(
        push(woo, order, refund("CN-1", "30.00"), refund("CN-2", "1.00", given_back(order, 0, "2", "1"))), Rejected
    )
    assert "refund CN-2 gives back 2 of Article MUG, where 1 are left" in error.sentence
    assert len(written(api, order)) == 1


def test_more_net_than_is_left_of_a_line_is_refused(woo: WooCommerce, api: WooClient, order: dict[str, Any]) -> None:
    error = refused(push(woo, order, refund("CN-1", "50.00", given_back(order, 1, "1", "40.06"))), Rejected)
    assert "where 40.00 are left" in error.sentence
    rounded = refund("CN-1", "50.00", given_back(order, 1, "1", "40.05"))
    done(push(woo, order, rounded))


def test_what_is_on_no_line_of_the_order_is_refunded_by_its_amount_alone(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    stranger = RefundLine(
        product=Ref(kind=Kind.PRODUCT, id="erp-x"), line="999999", quantity=Decimal(1), total=Decimal(3)
    )
    done(push(woo, order, refund("CN-1", "3.00", stranger)))
    (row,) = written(api, order)
    assert (row["amount"], lines_written(row)) == ("3.000000", [])


def test_a_refund_of_one_size_leaves_the_other_alone(woo: WooCommerce, api: WooClient) -> None:
    sizes = shirt_in_two_sizes(api)
    items = [
        {"product_id": int(id.split("/")[0]), "variation_id": int(id.split("/")[1]), "quantity": 2}
        for id in sizes.values()
    ]
    order, _ = api.send("POST", "orders", {"status": "processing", "line_items": items})
    large = RefundLine(product=Ref(kind=Kind.PRODUCT, id=f"erp-{sizes['L']}"), quantity=Decimal(1), total=Decimal(15))
    done(push(woo, order, refund("CN-1", "15.00", large)))
    (row,) = written(api, order)
    assert [origin for origin, *_ in lines_written(row)] == [str(order["line_items"][1]["id"])]


def test_a_refund_of_everything_makes_the_order_refunded_and_never_completed(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    mug, book = (str(row["product_id"]) for row in order["line_items"])
    sent = fulfilment(package("P1", line(mug, 4), line(book, 2), number="A1"))
    everything = all_refunds(order, refund("CN-1", order["total"]))
    done(woo.push([going_back(order, sent, everything)])[0])
    assert status_in(api, order) == "refunded"
    assert shop.log.counts.get("PUT /orders/{id}", 0) == 0


def test_a_refund_that_is_refused_keeps_neither_tracking_nor_completion_back(
    woo: WooCommerce, api: WooClient, order: dict[str, Any]
) -> None:
    mug, book = (str(row["product_id"]) for row in order["line_items"])
    sent = fulfilment(package("P1", line(mug, 4), line(book, 2), number="A1"))
    outcome = woo.push([going_back(order, sent, all_refunds(order, refund("CN-1", "9999")))])[0]
    refused(outcome, Rejected)
    assert status_in(api, order) == "completed"


def test_a_refund_of_nothing_is_not_written(woo: WooCommerce, api: WooClient, order: dict[str, Any]) -> None:
    done(push(woo, order, refund("CN-1", "0")))
    assert written(api, order) == []


def test_a_shop_that_crashes_on_a_refund_is_asked_again(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    shop.faults.add("error", method="POST", route=ROUTE, status=500, times=1)
    outcome = push(woo, order, refund("CN-1", "5.00"))
    assert isinstance(outcome, TryLater)
    assert outcome.unknown_outcome
    done(push(woo, order, refund("CN-1", "5.00")))
    assert len(written(api, order)) == 1
