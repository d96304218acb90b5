"""Tracking numbers where a shop has no fulfilments: two plugins and, in the end, a note; each number once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from trueup.connectors.kit.errors import TryLater
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.connectors.woocommerce.notes import mentions
from trueup.sandbox import RunningShop, ShopSettings, running_shop
from trueup.sandbox.features import switch

from .conftest import settings_of
from .parcels import done
from .shipments import (
    LINK,
    Opener,
    article,
    connecting,
    fulfilment,
    fulfilments_in,
    going_back,
    line,
    notes_in,
    ordered,
    package,
    status_in,
    trackings_in,
)

PLUGINS = {
    "woocommerce-shipment-tracking": "wc-shipment-tracking/v3",
    "woo-advanced-shipment-tracking": "wc-ast/v3",
}
BOTH_PLUGINS = pytest.mark.parametrize("plugin", list(PLUGINS))
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def shop() -> Iterator[RunningShop]:
    """A shop with neither plugins nor fulfilments, to begin with."""
    names = (("shipped", "Shipped"), ("partial-shipped", "Partially shipped"))
    with running_shop(ShopSettings(order_statuses=names), https=True) as running:
        yield running


@pytest.fixture
def connect(shop: RunningShop) -> Iterator[Opener]:
    with connecting(shop) as opener:
        yield opener


@pytest.fixture
def woo(connect: Opener) -> WooCommerce:
    return connect()


@pytest.fixture
def api(shop: RunningShop) -> Iterator[WooClient]:
    client = WooClient(settings_of(shop))
    yield client
    client.close()


@pytest.fixture
def order(api: WooClient) -> dict[str, Any]:
    return ordered(api, (str(article(api, "MUG")), 4))


def mug_of(order: dict[str, Any]) -> str:
    return str(order["line_items"][0]["product_id"])


@BOTH_PLUGINS
def test_a_plugin_gets_number_carrier_link_and_day_and_the_status_stays(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any], plugin: str
) -> None:
    switch(shop.shop, {plugin: True})
    sent = package("P1", line(mug_of(order), 4), number="A1", carrier="Spedition Müller", shipped_at=NOON)
    done(woo.push([going_back(order, fulfilment(sent))])[0])
    (row,) = trackings_in(api, order, PLUGINS[plugin])
    assert (row["tracking_number"], row["tracking_provider"]) == ("A1", "Spedition Müller")
    assert (row["tracking_link"], row["date_shipped"]) == (f"{LINK}A1", "2026-03-02")
    assert status_in(api, order) == "processing"
    assert notes_in(api, order, "A1") == []


@BOTH_PLUGINS
def test_a_second_parcel_is_added_and_a_repeat_adds_nothing(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any], plugin: str
) -> None:
    switch(shop.shop, {plugin: True})
    first, second = (package(id, line(mug_of(order), 2), number=number) for id, number in (("P1", "A1"), ("P2", "B2")))
    done(woo.push([going_back(order, fulfilment(first, stage="partly shipped"))])[0])
    for _ in range(3):
        done(woo.push([going_back(order, fulfilment(first, second))])[0])
    assert [row["tracking_number"] for row in trackings_in(api, order, PLUGINS[plugin])] == ["A1", "B2"]


@BOTH_PLUGINS
@pytest.mark.parametrize("fault", ["done_then_error", "done_then_drop", "cut_short"])
def test_a_number_whose_answer_was_lost_is_not_written_twice(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any], plugin: str, fault: str
) -> None:
    switch(shop.shop, {plugin: True})
    route = f"/{PLUGINS[plugin]}/orders/{{order_id}}/shipment-trackings"
    shop.faults.add(fault, method="POST", route=route, times=1)
    sent = fulfilment(package("P1", line(mug_of(order), 4), number="A1"))
    assert isinstance(woo.push([going_back(order, sent)])[0], TryLater)
    done(woo.push([going_back(order, sent)])[0])
    assert [row["tracking_number"] for row in trackings_in(api, order, PLUGINS[plugin])] == ["A1"]


@BOTH_PLUGINS
def test_a_number_that_somebody_typed_with_spaces_is_the_same_number(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any], plugin: str
) -> None:
    switch(shop.shop, {plugin: True})
    path = f"orders/{order['id']}/shipment-trackings"
    typed = {"tracking_number": "0034 0434 16", "tracking_provider": "UPS"}
    api.send("POST", path, typed, api=f"wp-json/{PLUGINS[plugin]}")
    done(woo.push([going_back(order, fulfilment(package("P1", line(mug_of(order), 4), number="0034043416")))])[0])
    assert [row["tracking_number"] for row in trackings_in(api, order, PLUGINS[plugin])] == ["0034 0434 16"]


def test_without_a_link_of_its_own_the_plugin_makes_one_for_a_carrier_that_it_knows(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    switch(shop.shop, {"woocommerce-shipment-tracking": True})
    sent = package("P1", line(mug_of(order), 4), number="1Z9", carrier="UPS", url=None)
    done(woo.push([going_back(order, fulfilment(sent))])[0])
    (row,) = trackings_in(api, order, "wc-shipment-tracking/v3")
    assert row["tracking_link"].endswith("tracknum=1Z9")


def test_a_connection_that_tells_numbers_only_makes_no_link(
    connect: Opener, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    switch(shop.shop, {"woocommerce-shipment-tracking": True})
    sent = package("P1", line(mug_of(order), 4), number="1Z9", carrier="UPS")
    done(connect(tracking_what="number").push([going_back(order, fulfilment(sent))])[0])
    (row,) = trackings_in(api, order, "wc-shipment-tracking/v3")
    assert (row["tracking_provider"], row["tracking_link"]) == ("UPS", "")


def test_a_number_that_the_plugin_refuses_is_told_by_a_note(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any]
) -> None:
    """Advanced Shipment Tracking takes letters, digits, spaces and dashes, and says of others that the order is bad."""
    switch(shop.shop, {"woo-advanced-shipment-tracking": True})
    sent = fulfilment(
        package("P1", line(mug_of(order), 2), number="A/1#7"), package("P2", line(mug_of(order), 2), number="B2")
    )
    for _ in range(2):
        done(woo.push([going_back(order, sent)])[0])
    assert [row["tracking_number"] for row in trackings_in(api, order, "wc-ast/v3")] == ["B2"]
    assert len(notes_in(api, order, "A/1#7")) == 1


@BOTH_PLUGINS
def test_a_parcel_that_has_a_link_and_no_number_is_told_by_a_note(
    woo: WooCommerce, shop: RunningShop, api: WooClient, order: dict[str, Any], plugin: str
) -> None:
    switch(shop.shop, {plugin: True})
    sent = package("P1", line(mug_of(order), 4), url=f"{LINK}77", carrier=None)
    for _ in range(2):
        done(woo.push([going_back(order, fulfilment(sent, package("P2")))])[0])
    assert trackings_in(api, order, PLUGINS[plugin]) == []
    (note,) = notes_in(api, order, "Follow it")
    assert note["note"] == f"Sent. Follow it at {LINK}77"


BEST = [
    (("fulfillments", *PLUGINS), "auto", "fulfilment"),
    (tuple(PLUGINS), "auto", "wc-shipment-tracking/v3"),
    (("woo-advanced-shipment-tracking",), "auto", "wc-ast/v3"),
    ((), "auto", "note"),
    (("fulfillments", *PLUGINS), "shipment_tracking", "wc-shipment-tracking/v3"),
    (("fulfillments", "woo-advanced-shipment-tracking"), "ast", "wc-ast/v3"),
    (("fulfillments",), "note", "note"),
]


@pytest.mark.parametrize(("features", "via", "found"), BEST)
def test_the_best_that_the_shop_offers_is_used_unless_the_connection_says_another(
    connect: Opener,
    shop: RunningShop,
    api: WooClient,
    order: dict[str, Any],
    features: tuple[str, ...],
    via: str,
    found: str,
) -> None:
    switch(shop.shop, dict.fromkeys(features, True))
    woo = connect(tracking_via=via)
    done(woo.push([going_back(order, fulfilment(package("P1", line(mug_of(order), 4), number="A1")))])[0])
    if found == "note":
        assert len(notes_in(api, order, "A1")) == 1
    elif found == "fulfilment":
        assert [row["_tracking_number"] for row in fulfilments_in(api, order)] == ["A1"]
    else:
        assert [row["tracking_number"] for row in trackings_in(api, order, found)] == ["A1"]


# Notes


def test_a_note_tells_carrier_number_and_link_once_and_privately(
    woo: WooCommerce, api: WooClient, order: dict[str, Any]
) -> None:
    sent = fulfilment(package("P1", line(mug_of(order), 2), number="A1"), package("P2", number="A12", carrier=None))
    for _ in range(3):
        done(woo.push([going_back(order, sent)])[0])
    notes = notes_in(api, order, "Sent")
    assert sorted(note["note"] for note in notes) == [
        f"Sent with DHL: A1. Follow it at {LINK}A1",
        f"Sent: A12. Follow it at {LINK}A12",
    ]
    assert not any(note["customer_note"] for note in notes)


def test_customers_are_mailed_their_numbers_if_the_connection_says_so_and_once(
    connect: Opener, api: WooClient, order: dict[str, Any]
) -> None:
    """A private note of a colleague with the number is no reason to keep it from the customer."""
    api.send("POST", f"orders/{order['id']}/notes", {"note": "A1 was heavy", "customer_note": False})
    woo = connect(tracking_mail=True)
    for _ in range(2):
        done(woo.push([going_back(order, fulfilment(package("P1", line(mug_of(order), 4), number="A1")))])[0])
    assert [note["customer_note"] for note in notes_in(api, order, "Sent with DHL: A1")] == [True]


@pytest.mark.parametrize("fault", ["done_then_error", "done_then_drop", "error", "drop"])
def test_a_note_whose_answer_was_lost_is_not_mailed_twice(
    connect: Opener, shop: RunningShop, api: WooClient, order: dict[str, Any], fault: str
) -> None:
    woo = connect(tracking_mail=True)
    shop.faults.add(fault, method="POST", route="/orders/{order_id}/notes", times=1)
    sent = fulfilment(package("P1", line(mug_of(order), 4), number="A1"))
    assert isinstance(woo.push([going_back(order, sent)])[0], TryLater)
    done(woo.push([going_back(order, sent)])[0])
    assert len(notes_in(api, order, "A1")) == 1


@pytest.mark.parametrize(
    ("note", "word", "there"),
    [
        ("Sent with DHL: A1.", "A1", True),
        ("Sent with DHL: A12.", "A1", False),
        ("Sent with DHL: XA1.", "A1", False),
        ("A1", "A1", True),
        ("Follow it at https://c.example/?a=1&n=2", "https://c.example/?a=1&n=2", True),
        ("Follow it at https://c.example/?a=1&n=21", "https://c.example/?a=1&n=2", False),
    ],
)
def test_a_number_is_in_a_note_only_as_a_whole(note: str, word: str, there: bool) -> None:
    assert mentions(note, word) is there


# Numbers of the back office


def test_delivery_notes_and_invoices_come_back_as_fields_and_as_one_note_each(
    woo: WooCommerce, api: WooClient, order: dict[str, Any]
) -> None:
    first = package("P1", line(mug_of(order), 2), delivery_note="LS-1")
    done(woo.push([going_back(order, fulfilment(first, stage="partly shipped", invoices=("RE-1",)))])[0])
    second, third = (package(id, delivery_note=number) for id, number in (("P2", "LS-2"), ("P3", "LS-2")))
    sent = fulfilment(first, second, third, invoices=("RE-1", "RE-2"))
    for _ in range(2):
        done(woo.push([going_back(order, sent)])[0])
    meta = {row["key"]: row["value"] for row in api.get(f"orders/{order['id']}")["meta_data"]}
    assert (meta["_erp_delivery_notes"], meta["_erp_invoices"]) == ("LS-1, LS-2", "RE-1, RE-2")
    told = [row["note"] for word in ("Delivery note", "Invoice") for row in notes_in(api, order, word)]
    assert sorted(told) == [
        "Delivery note LS-1 was made for SO-77.",
        "Delivery note LS-2 was made for SO-77.",
        "Invoice RE-1 was made for SO-77.",
        "Invoice RE-2 was made for SO-77.",
    ]
