"""Packages of the back office as fulfilments of WooCommerce itself, line by line, never twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from trueup.connectors.kit.errors import Gone, Rejected, TryLater
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.sandbox import RunningShop, ShopSettings, running_shop
from trueup.sandbox.features import switch

from .conftest import settings_of
from .parcels import done, refused
from .shipments import (
    LINK,
    Opener,
    article,
    connecting,
    fulfilment,
    fulfilments_in,
    going_back,
    items_in,
    line,
    notes_in,
    ordered,
    package,
    shirt_in_two_sizes,
    status_in,
)

ROUTE = "/orders/{order_id}/fulfillments"


@pytest.fixture
def shop() -> Iterator[RunningShop]:
    """A shop whose owner switched fulfilments on."""
    with running_shop(ShopSettings(features=("fulfillments",)), https=True) as running:
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
def mugs_and_cups(api: WooClient) -> dict[str, Any]:
    """An order of four mugs and two cups."""
    return ordered(api, (str(article(api, "MUG")), 4), (str(article(api, "CUP")), 2))


def articles(order: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row["product_id"]) for row in order["line_items"])


def line_ids(order: dict[str, Any]) -> tuple[int, ...]:
    return tuple(row["id"] for row in order["line_items"])


def test_a_parcel_becomes_a_fulfilment_with_its_lines_number_carrier_and_link(
    woo: WooCommerce, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    mug, cup = articles(order)
    sent = fulfilment(package("P1", line(mug, 4), line(cup, 2), number="00340434161094042557"))
    done(woo.push([going_back(order, sent)])[0])
    (row,) = fulfilments_in(api, order)
    assert (row["status"], row["is_fulfilled"]) == ("fulfilled", True)
    assert items_in(row) == [(line_ids(order)[0], 4), (line_ids(order)[1], 2)]
    assert (row["_tracking_number"], row["_shipping_provider"]) == ("00340434161094042557", "dhl")
    assert row["_tracking_url"] == f"{LINK}00340434161094042557"
    meta = api.get(f"orders/{order['id']}")["meta_data"]
    assert {"key": "_fulfillment_status", "value": "fulfilled"}.items() <= meta[-1].items()


def test_a_second_parcel_stands_beside_the_first_and_a_repeat_changes_nothing(
    woo: WooCommerce, shop: RunningShop, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    mug, cup = articles(order)
    first = package("P1", line(mug, 3), number="A1")
    second = package("P2", line(mug, 1), line(cup, 2), number="B2")
    done(woo.push([going_back(order, fulfilment(first, stage="partly shipped"))])[0])
    for _ in range(3):
        done(woo.push([going_back(order, fulfilment(first, second))])[0])
    rows = fulfilments_in(api, order)
    assert [(row["_tracking_number"], items_in(row)) for row in rows] == [
        ("A1", [(line_ids(order)[0], 3)]),
        ("B2", [(line_ids(order)[0], 1), (line_ids(order)[1], 2)]),
    ]
    assert shop.log.counts[f"POST {ROUTE}"] == 2


def test_two_sizes_of_one_shirt_are_two_lines_and_stay_apart(woo: WooCommerce, api: WooClient) -> None:
    """Peers that match lines on the product alone send both parcels to the first size."""
    sizes = shirt_in_two_sizes(api)
    order = ordered(api, (sizes["S"], 2), (sizes["L"], 1))
    small, large = line_ids(order)
    sent = fulfilment(package("P1", line(sizes["L"], 1), number="L1"), package("P2", line(sizes["S"], 2), number="S1"))
    done(woo.push([going_back(order, sent)])[0])
    found = {row["_tracking_number"]: items_in(row) for row in fulfilments_in(api, order)}
    assert found == {"L1": [(large, 1)], "S1": [(small, 2)]}


def test_lines_of_one_article_are_filled_one_after_the_other_unless_the_line_is_named(
    woo: WooCommerce, api: WooClient
) -> None:
    mug = str(article(api, "MUG"))
    order = ordered(api, (mug, 2), (mug, 3))
    first, second = line_ids(order)
    sent = fulfilment(
        package("P1", line(mug, 1, line=str(second)), number="A1"), package("P2", line(mug, 3), number="B2")
    )
    done(woo.push([going_back(order, sent)])[0])
    found = [items_in(row) for row in fulfilments_in(api, order)]
    assert found == [[(second, 1)], [(first, 2), (second, 1)]]


def test_no_line_gets_more_than_was_ordered_of_it(
    woo: WooCommerce, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    mug, _ = articles(order)
    sent = fulfilment(package("P1", line(mug, 3), number="A1"), package("P2", line(mug, 5), number="B2"))
    done(woo.push([going_back(order, sent)])[0])
    assert [items_in(row) for row in fulfilments_in(api, order)] == [
        [(line_ids(order)[0], 3)],
        [(line_ids(order)[0], 1)],
    ]


def test_what_an_employee_sent_already_is_not_sent_again_and_a_plan_is_no_parcel(
    woo: WooCommerce, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    mug, cup = articles(order)
    first, second = line_ids(order)
    by_hand = [("fulfilled", [{"item_id": first, "qty": 3}]), ("unfulfilled", [{"item_id": second, "qty": 2}])]
    for status, items in by_hand:
        meta = [{"id": 0, "key": "_items", "value": items}]
        api.send("POST", f"orders/{order['id']}/fulfillments", {"status": status, "meta_data": meta})
    done(woo.push([going_back(order, fulfilment(package("P1", line(mug, 4), line(cup, 2), number="A1")))])[0])
    assert items_in(fulfilments_in(api, order)[-1]) == [(first, 1), (second, 2)]


def test_a_number_that_an_employee_entered_is_left_as_it_is(
    woo: WooCommerce, shop: RunningShop, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    mug, _ = articles(order)
    meta = {"_items": [{"item_id": line_ids(order)[0], "qty": 4}], "_tracking_number": "0034 0434 1610"}
    rows = [{"id": 0, "key": key, "value": value} for key, value in meta.items()]
    api.send("POST", f"orders/{order['id']}/fulfillments", {"status": "fulfilled", "meta_data": rows})
    before = fulfilments_in(api, order)
    shop.log.clear()
    done(woo.push([going_back(order, fulfilment(package("P1", line(mug, 4), number="003404341610")))])[0])
    assert fulfilments_in(api, order) == before
    assert not [route for route in shop.log.counts if not route.startswith("GET ")]


def test_a_tracking_number_that_comes_later_joins_its_parcel_and_keeps_what_others_wrote_there(
    woo: WooCommerce, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    mug, cup = articles(order)
    lines = (line(mug, 4), line(cup, 2))
    done(woo.push([going_back(order, fulfilment(package("P1", *lines)))])[0])
    (row,) = fulfilments_in(api, order)
    assert "_tracking_number" not in row
    kept = [*row["meta_data"], {"key": "seen_by", "value": "Ada"}]
    api.send("PUT", f"orders/{order['id']}/fulfillments/{row['id']}", {"meta_data": kept})
    done(woo.push([going_back(order, fulfilment(package("P1", *lines, number="A1")))])[0])
    (row,) = fulfilments_in(api, order)
    assert (row["_tracking_number"], row["seen_by"]) == ("A1", "Ada")
    assert items_in(row) == [(line_ids(order)[0], 4), (line_ids(order)[1], 2)]
    done(woo.push([going_back(order, fulfilment(package("P1", *lines, number="A2")))])[0])
    assert [row["_tracking_number"] for row in fulfilments_in(api, order)] == ["A2"], "corrected, not doubled"


@pytest.mark.parametrize("fault", ["done_then_error", "done_then_drop", "cut_short"])
def test_a_parcel_whose_answer_was_lost_is_not_sent_twice(
    woo: WooCommerce, shop: RunningShop, api: WooClient, mugs_and_cups: dict[str, Any], fault: str
) -> None:
    order = mugs_and_cups
    mug, cup = articles(order)
    sent = fulfilment(package("P1", line(mug, 4), number="A1"), package("P2", line(cup, 2), number="B2"))
    shop.faults.add(fault, method="POST", route=ROUTE, times=1)
    assert isinstance(woo.push([going_back(order, sent)])[0], TryLater)
    done(woo.push([going_back(order, sent)])[0])
    assert [row["_tracking_number"] for row in fulfilments_in(api, order)] == ["A1", "B2"]


def test_a_carrier_that_the_shop_does_not_know_keeps_its_name(
    woo: WooCommerce, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    sent = fulfilment(package("P1", line(articles(order)[0], 4), number="X1", carrier="Spedition Müller"))
    done(woo.push([going_back(order, sent)])[0])
    (row,) = fulfilments_in(api, order)
    assert (row["_shipping_provider"], row["_provider_name"]) == ("other", "Spedition Müller")


@pytest.mark.parametrize(
    ("what", "number", "link"),
    [("both", "A1", f"{LINK}A1"), ("number", "A1", None), ("link", None, f"{LINK}A1")],
)
def test_number_and_link_are_told_as_the_connection_says(
    connect: Opener, api: WooClient, mugs_and_cups: dict[str, Any], what: str, number: str | None, link: str | None
) -> None:
    order = mugs_and_cups
    woo = connect(tracking_what=what)
    for _ in range(2):
        done(woo.push([going_back(order, fulfilment(package("P1", line(articles(order)[0], 4), number="A1")))])[0])
    (row,) = fulfilments_in(api, order)
    assert (row.get("_tracking_number"), row.get("_tracking_url")) == (number, link)


def test_a_parcel_without_lines_has_the_rest_once_all_is_shipped_and_is_a_note_before(
    woo: WooCommerce, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    mug, _ = articles(order)
    first, rest = package("P1", line(mug, 3), number="A1"), package("P2", number="B2")
    done(woo.push([going_back(order, fulfilment(first, rest, stage="partly shipped"))])[0])
    assert [row["_tracking_number"] for row in fulfilments_in(api, order)] == ["A1"]
    assert len(notes_in(api, order, "B2")) == 1
    done(woo.push([going_back(order, fulfilment(first, rest))])[0])
    assert items_in(fulfilments_in(api, order)[1]) == [(line_ids(order)[0], 1), (line_ids(order)[1], 2)]


def test_a_parcel_of_articles_that_are_not_on_the_order_is_told_by_a_note(
    woo: WooCommerce, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    for _ in range(2):
        done(woo.push([going_back(order, fulfilment(package("P1", line("999", 1), number="X9")))])[0])
    assert fulfilments_in(api, order) == []
    assert len(notes_in(api, order, "X9")) == 1


def test_an_article_that_is_not_linked_is_known_by_its_sku_if_that_is_clear(
    woo: WooCommerce, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    unlinked = line("not-linked", 1, sku=" cup ")
    done(woo.push([going_back(order, fulfilment(package("P1", unlinked, number="A1")))])[0])
    assert items_in(fulfilments_in(api, order)[0]) == [(line_ids(order)[1], 1)]


def test_half_a_metre_is_sent_as_half_a_metre(woo: WooCommerce, api: WooClient, mugs_and_cups: dict[str, Any]) -> None:
    order = mugs_and_cups
    done(woo.push([going_back(order, fulfilment(package("P1", line(articles(order)[0], "1.5"), number="A1")))])[0])
    assert items_in(fulfilments_in(api, order)[0]) == [(line_ids(order)[0], 1.5)]


def test_a_shop_that_switches_fulfilments_off_is_asked_again_what_it_offers(
    woo: WooCommerce, shop: RunningShop, api: WooClient, mugs_and_cups: dict[str, Any]
) -> None:
    order = mugs_and_cups
    mug, cup = articles(order)
    first, second = package("P1", line(mug, 4), number="A1"), package("P2", line(cup, 2), number="B2")
    done(woo.push([going_back(order, fulfilment(first, stage="partly shipped"))])[0])
    switch(shop.shop, {"fulfillments": False})
    late = woo.push([going_back(order, fulfilment(first, second))])[0]
    assert "no longer takes tracking numbers" in refused(late, TryLater).sentence
    done(woo.push([going_back(order, fulfilment(first, second))])[0])
    assert [len(notes_in(api, order, number)) for number in ("A1", "B2")] == [1, 1]


def test_what_the_shop_offers_is_not_asked_for_every_order(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    mug = str(article(api, "MUG"))
    orders = [ordered(api, (mug, 1)) for _ in range(5)]
    shop.log.clear()
    sent = [
        going_back(order, fulfilment(package(f"P{n}", line(mug, 1), number=f"T{n}"))) for n, order in enumerate(orders)
    ]
    assert all(done(outcome) for outcome in woo.push(sent))
    assert shop.log.counts[f"GET {ROUTE}"] == 6, "one of them only asks whether there are any"
    assert shop.log.counts["GET /orders"] == 1


def test_one_order_that_is_gone_spoils_no_other(woo: WooCommerce, api: WooClient) -> None:
    mug = str(article(api, "MUG"))
    kept, gone = ordered(api, (mug, 1)), ordered(api, (mug, 1))
    api.send("DELETE", f"orders/{gone['id']}?force=true", None)
    sent = [going_back(order, fulfilment(package("P1", line(mug, 1), number="A1"))) for order in (gone, kept)]
    first, second = woo.push(sent)
    assert "no longer exists in the shop" in refused(first, Gone).sentence
    assert done(second).remote == str(kept["id"])


def test_tracking_can_be_left_to_others(connect: Opener, api: WooClient, mugs_and_cups: dict[str, Any]) -> None:
    order = mugs_and_cups
    woo = connect(tracking_via="off")
    done(woo.push([going_back(order, fulfilment(package("P1", line(articles(order)[0], 4), number="A1")))])[0])
    assert fulfilments_in(api, order) == []
    assert notes_in(api, order, "A1") == []


@pytest.mark.parametrize(("via", "named"), [("shipment_tracking", "Shipment Tracking"), ("ast", "Advanced Shipment")])
def test_a_way_that_the_shop_does_not_have_is_named_with_the_setting(
    connect: Opener, api: WooClient, mugs_and_cups: dict[str, Any], via: str, named: str
) -> None:
    order = mugs_and_cups
    outcome = connect(tracking_via=via).push([going_back(order, fulfilment(package("P1", number="A1")))])[0]
    error = refused(outcome, Rejected)
    assert named in error.sentence
    assert error.field == "tracking_via"
    assert status_in(api, order) == "processing"
