"""Pieces of packages on lines of an order: none lost, none invented, none beyond what was ordered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.connectors.woocommerce.allotment import Allotment, half_shipped, json_number, lines_of, order_lines
from trueup.connectors.woocommerce.carriers import KNOWN, OTHER, carrier_key
from trueup.connectors.woocommerce.shipment import same_number
from trueup.domain.fulfilment import Package, ShippedLine
from trueup.domain.record import Kind, Ref

from .shipments import line, package

ORDER: dict[str, Any] = {
    "line_items": [
        {"id": 1, "product_id": 88, "variation_id": 91, "sku": "SHIRT", "quantity": 2},
        {"id": 2, "product_id": 88, "variation_id": 92, "sku": "SHIRT", "quantity": 3},
        {"id": 3, "product_id": 70, "variation_id": 0, "sku": "MUG", "quantity": 4},
        {"id": 4, "product_id": 70, "variation_id": 0, "sku": "MUG", "quantity": 1},
        {"id": 5, "product_id": 0, "variation_id": 0, "sku": None, "quantity": 1},
    ]
}
LINES = order_lines(ORDER)
LINKS = {Ref(kind=Kind.PRODUCT, id=f"erp-{id}"): id for id in ("88/91", "88/92", "70")}


def packed(*packages: Package) -> list[dict[int, int]]:
    allotment = Allotment(LINES, LINKS, {})
    return [{id: int(quantity) for id, quantity in allotment.pack(one).items()} for one in packages]


def unlinked(sku: str | None, quantity: int = 1) -> ShippedLine:
    return ShippedLine(sku=sku, quantity=Decimal(quantity))


def test_an_order_says_which_variation_was_bought() -> None:
    assert [one.product for one in LINES] == ["88/91", "88/92", "70", "70", ""]


def test_each_size_goes_to_its_own_line() -> None:
    assert packed(package("P1", line("88/92", 1), line("88/91", 2))) == [{2: 1, 1: 2}]


def test_lines_of_one_article_fill_in_their_order_over_all_packages() -> None:
    assert packed(package("P1", line("70", 3)), package("P2", line("70", 2))) == [{3: 3}, {3: 1, 4: 1}]


def test_what_is_beyond_the_order_is_left_out() -> None:
    assert packed(package("P1", line("88/91", 9))) == [{1: 2}]
    assert packed(package("P1", line("70", 4)), package("P2", line("70", 4))) == [{3: 4}, {4: 1}]


def test_the_line_that_is_named_is_taken_and_no_other() -> None:
    assert packed(package("P1", line("70", 3, line="4"))) == [{4: 1}]
    assert packed(package("P1", line("70", 3, line="99"))) == [{3: 3}], "a line that the order does not have"


@pytest.mark.parametrize(
    ("sku", "lines"),
    [("mug", [3, 4]), (" MUG ", [3, 4]), ("SHIRT", []), ("CUP", []), ("", []), (None, [])],
)
def test_a_sku_alone_tells_the_lines_only_if_they_are_of_one_article(sku: str | None, lines: list[int]) -> None:
    """Both sizes report their parent's SKU: which of them it is nobody can say."""
    assert [one.id for one in lines_of(LINES, unlinked(sku), LINKS)] == lines


def test_what_others_hold_is_not_given_away_again() -> None:
    allotment = Allotment(LINES, LINKS, {3: Decimal(3), 4: Decimal(5)})
    assert allotment.pack(package("P1", line("70", 4))) == {3: Decimal(1)}


def test_the_rest_is_what_no_package_has() -> None:
    allotment = Allotment(LINES, LINKS, {})
    allotment.pack(package("P1", line("88/91", 2), line("70", 3)))
    assert allotment.pack_the_rest() == {2: Decimal(3), 3: Decimal(1), 4: Decimal(1), 5: Decimal(1)}
    assert allotment.pack_the_rest() == {}


def test_a_line_is_half_shipped_if_some_of_it_is_on_its_way_and_some_is_not() -> None:
    everything = package("P1", line("88/91", 2), line("88/92", 3), line("70", 5))
    assert half_shipped(ORDER, [everything], LINKS) == []
    assert half_shipped(ORDER, [package("P1", line("88/91", 2))], LINKS) == [], "a service line is never in a parcel"
    assert half_shipped(ORDER, [package("P1", line("88/92", 1), line("70", 1))], LINKS) == [2, 3]
    assert half_shipped(ORDER, [package("P1")], LINKS) == []


articles = st.sampled_from(["88/91", "88/92", "70", "unknown"])
shipped_lines = st.builds(
    lambda article, quantity, named: line(article, quantity, line=named),
    articles,
    st.integers(1, 6),
    st.sampled_from([None, "1", "3", "99"]),
)
parcels = st.lists(st.lists(shipped_lines, max_size=4), max_size=5)


@given(parcels)
def test_whatever_is_shipped_no_line_holds_more_than_was_ordered(contents: list[list[ShippedLine]]) -> None:
    allotment = Allotment(LINES, LINKS, {})
    found = [allotment.pack(package(f"P{n}", *lines)) for n, lines in enumerate(contents)]
    for one in LINES:
        held = sum((pieces.get(one.id, Decimal(0)) for pieces in found), Decimal(0))
        assert held == allotment.held.get(one.id, Decimal(0)) <= one.quantity
    for pieces, lines in zip(found, contents, strict=True):
        assert sum(pieces.values(), Decimal(0)) <= sum((one.quantity for one in lines), Decimal(0))
        assert all(quantity > 0 for quantity in pieces.values()), "the shop refuses a line of nothing"


@given(st.lists(st.tuples(articles, st.integers(1, 3)), max_size=6))
def test_the_same_parcels_give_the_same_lines_each_time(contents: list[tuple[str, int]]) -> None:
    parcels = [package(f"P{n}", line(article, quantity)) for n, (article, quantity) in enumerate(contents)]
    assert packed(*parcels) == packed(*parcels)
    assert packed(*parcels)[:1] == packed(*parcels[:1]), "a later parcel does not change an earlier one"


@pytest.mark.parametrize(("value", "sent"), [("2", "2"), ("2.0", "2"), ("1.5", "1.5"), ("100", "100")])
def test_whole_pieces_are_sent_as_integers(value: str, sent: str) -> None:
    assert repr(json_number(Decimal(value))) == sent


# Numbers and carriers


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("0034043416", "0034 0434 16", True),
        ("rr123at", " RR123AT ", True),
        ("A1", "A12", False),
        (None, None, False),
        ("", "", False),
        ("A1", None, False),
    ],
)
def test_numbers_are_compared_without_spaces_and_case(ours: str | None, theirs: object, same: bool) -> None:
    assert same_number(ours, theirs) is same


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("DHL", "dhl"),
        ("dhl paket", "dhl"),
        ("Österreichische Post", "osterreichische-post"),
        ("PostNord", "postnord"),
        ("Bring", "posten-norge-bring"),
        ("Poczta Polska", "poczta-polska"),
        ("La Poste / Colissimo", "la-poste-colissimo"),
        ("Spedition Müller", OTHER),
        ("", OTHER),
        ("DHL2", OTHER),
    ],
)
def test_carriers_are_known_by_the_names_that_people_give_them(name: str, key: str) -> None:
    assert carrier_key(name) == key


def test_every_carrier_is_known_by_its_own_key() -> None:
    assert len(KNOWN) == 77
    assert {carrier_key(key) for key in KNOWN} == KNOWN
