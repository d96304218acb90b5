"""Articles, prices and stock into the shop in the box: what arrives, in how few calls, and what is never touched."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from trueup.connectors.kit.errors import Gone, MissingLink, Rejected, TryLater
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.domain.product import Attribute
from trueup.domain.record import Kind
from trueup.sandbox import RunningShop

from .conftest import Opener
from .parcels import SIZES, done, parcel, price, product, refused, shirt, stock, variant


def test_an_article_arrives_with_its_price_and_stock_in_one_call(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    mug = parcel(product(tax_class="reduced", description="Holds tea."), price(sale=Decimal(9)), stock(backorders=True))
    (outcome,) = woo.push([mug])
    assert done(outcome).created
    assert shop.log.counts == {"POST /products/batch": 1}
    row = api.get(f"products/{done(outcome).remote}")
    wanted = {
        "sku": "MUG",
        "name": "Article MUG",
        "type": "simple",
        "status": "draft",
        "tax_class": "reduced-rate",
        "description": "<p>Holds tea.</p>\n",
        "regular_price": "12.5",
        "sale_price": "9",
        "manage_stock": True,
        "stock_quantity": 7,
        "backorders": "notify",
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_hundred_articles_new_and_known_go_in_one_call(woo: WooCommerce, shop: RunningShop) -> None:
    first = woo.push([parcel(product(f"A-{n}"), stock(f"A-{n}")) for n in range(50)])
    shop.log.clear()
    known = [
        parcel(stock(f"A-{n}", "3"), remote=done(outcome).remote) for n, outcome in zip(range(50), first, strict=True)
    ]
    new = [parcel(product(f"B-{n}"), price(f"B-{n}")) for n in range(50)]
    mixed = [entry for pair in zip(known, new, strict=True) for entry in pair]
    outcomes = [done(outcome) for outcome in woo.push(mixed)]
    assert [outcome.created for outcome in outcomes] == [False, True] * 50
    assert [outcome.remote for outcome in outcomes[::2]] == [done(outcome).remote for outcome in first]
    assert shop.log.counts == {"POST /products/batch": 1}


def test_an_update_holds_only_the_facets_that_are_given(woo: WooCommerce, api: WooClient) -> None:
    remote = done(woo.push([parcel(product(description="Ours"), price(), stock())])[0]).remote
    by_hand = {"name": "A merchant's name", "status": "publish", "description": "<p>A merchant's text</p>\n"}
    api.send("PUT", f"products/{remote}", by_hand)
    done(woo.push([parcel(stock(quantity="3"), remote=remote)])[0])
    row = api.get(f"products/{remote}")
    assert {name: row[name] for name in by_hand} == by_hand
    assert (row["stock_quantity"], row["regular_price"]) == (3, "12.5")
    done(woo.push([parcel(price(regular="14"), remote=remote)])[0])
    row = api.get(f"products/{remote}")
    assert (row["regular_price"], row["stock_quantity"], row["name"]) == ("14", 3, "A merchant's name")


@pytest.mark.parametrize("status", ["publish", "pending", "private"])
def test_the_status_of_a_known_article_is_never_touched(woo: WooCommerce, api: WooClient, status: str) -> None:
    remote = done(woo.push([parcel(product())])[0]).remote
    api.send("PUT", f"products/{remote}", {"status": status})
    done(woo.push([parcel(product(name="New name"), price(), stock(), remote=remote)])[0])
    row = api.get(f"products/{remote}")
    assert (row["status"], row["name"]) == (status, "New name")


def test_the_status_of_a_new_article_is_the_connections(connect: Opener, api: WooClient) -> None:
    remote = done(connect(create_status="pending").push([parcel(product())])[0]).remote
    assert api.get(f"products/{remote}")["status"] == "pending"


def test_a_sale_comes_with_its_dates_in_utc_and_goes_with_them(woo: WooCommerce, api: WooClient) -> None:
    start, end = datetime(2031, 3, 1, 22, tzinfo=UTC), datetime(2031, 3, 9, 22, tzinfo=UTC)
    sale = price(sale=Decimal("9.99"), sale_from=start, sale_to=end)
    remote = done(woo.push([parcel(product(), sale)])[0]).remote
    row = api.get(f"products/{remote}")
    assert (row["sale_price"], row["date_on_sale_from_gmt"]) == ("9.99", "2031-03-01T22:00:00")
    assert row["date_on_sale_to_gmt"] == "2031-03-09T22:00:00"
    done(woo.push([parcel(price(), remote=remote)])[0])
    row = api.get(f"products/{remote}")
    assert (row["sale_price"], row["date_on_sale_from"], row["date_on_sale_to"]) == ("", None, None)


def test_variants_go_below_their_parent_in_one_call(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    parent = done(woo.push([parcel(shirt(), price("SHIRT"), stock("SHIRT"))])[0]).remote
    shop.log.clear()
    sizes = [
        parcel(variant(s), price(f"SHIRT-{s}"), stock(f"SHIRT-{s}", "4"), links={"erp-SHIRT": parent}) for s in "SML"
    ]
    outcomes = [done(outcome) for outcome in woo.push(sizes)]
    assert all(outcome.remote.startswith(f"{parent}/") for outcome in outcomes)
    assert shop.log.counts["POST /products/{product_id}/variations/batch"] == 1
    assert shop.log.writes == 1
    rows = {row["sku"]: row for row in api.rows(f"products/{parent}/variations")}
    assert [a["option"] for sku in sorted(rows) for a in rows[sku]["attributes"]] == ["L", "M", "S"]
    assert {row["stock_quantity"] for row in rows.values()} == {4}
    row = api.get(f"products/{parent}")
    assert (row["type"], row["regular_price"], row["manage_stock"]) == ("variable", "", False)
    assert woo.find(Kind.PRODUCT, ["SHIRT-M"]) == {"SHIRT-M": (outcomes[1].remote,)}


def test_known_variants_and_articles_are_written_in_one_call_per_parent(woo: WooCommerce, shop: RunningShop) -> None:
    parent = done(woo.push([parcel(shirt())])[0]).remote
    made = woo.push([parcel(variant(s), links={"erp-SHIRT": parent}) for s in "SM"])
    mug = done(woo.push([parcel(product())])[0]).remote
    shop.log.clear()
    parcels = [
        parcel(stock("SHIRT-S", "1"), remote=done(made[0]).remote),
        parcel(stock("MUG", "2"), remote=mug),
        parcel(stock("SHIRT-M", "3"), remote=done(made[1]).remote),
    ]
    outcomes = [done(outcome).remote for outcome in woo.push(parcels)]
    assert outcomes == [done(made[0]).remote, mug, done(made[1]).remote]
    assert shop.log.counts == {"POST /products/batch": 1, "POST /products/{product_id}/variations/batch": 1}


def test_attributes_keep_their_order_and_those_of_the_merchant_stay(woo: WooCommerce, api: WooClient) -> None:
    colours = Attribute(name="Colour", options=("Red", "Blue"))
    remote = done(woo.push([parcel(shirt(), remote=None)])[0]).remote
    row = api.get(f"products/{remote}")
    by_hand = [*row["attributes"], {"name": "Care", "options": ["30°"], "visible": False}]
    api.send("PUT", f"products/{remote}", {"attributes": by_hand})
    longer = SIZES.model_copy(update={"options": ("S", "M", "L", "XL")})
    done(woo.push([parcel(shirt().model_copy(update={"attributes": (colours, longer)}), remote=remote)])[0])
    attributes = api.get(f"products/{remote}")["attributes"]
    assert [(a["name"], a["options"], a["variation"]) for a in attributes] == [
        ("Colour", ["Red", "Blue"], False),
        ("Size", ["S", "M", "L", "XL"], True),
        ("Care", ["30°"], False),
    ]
    assert [a["visible"] for a in attributes] == [True, True, False]


def test_a_global_attribute_of_the_shop_is_used_by_its_number(woo: WooCommerce, api: WooClient) -> None:
    size, _ = api.send("POST", "products/attributes", {"name": "Size"})
    made, _ = api.send(
        "POST",
        "products",
        {
            "name": "Shirt",
            "sku": "SHIRT",
            "type": "variable",
            "attributes": [{"id": size["id"], "options": ["S", "M", "L"], "variation": True}],
        },
    )
    parent = str(made["id"])
    done(woo.push([parcel(shirt(), remote=parent)])[0])
    attribute = api.get(f"products/{parent}")["attributes"][0]
    assert (attribute["id"], sorted(attribute["options"])) == (size["id"], ["L", "M", "S"])
    remote = done(woo.push([parcel(variant("M"), links={"erp-SHIRT": parent})])[0]).remote
    row = api.get(f"products/{parent}/variations/{remote.split('/')[1]}")
    assert [(a["id"], a["option"]) for a in row["attributes"]] == [(size["id"], "M")]


def test_the_manufacturer_is_shown_as_an_attribute(connect: Opener, api: WooClient) -> None:
    made = product(manufacturer="Kiln & Co")
    remote = done(connect().push([parcel(made)])[0]).remote
    assert [(a["name"], a["options"]) for a in api.get(f"products/{remote}")["attributes"]] == [
        ("Manufacturer", ["Kiln & Co"])
    ]
    other = product("CUP", manufacturer="Kiln & Co")
    remote = done(connect(manufacturer_attribute="").push([parcel(other)])[0]).remote
    assert api.get(f"products/{remote}")["attributes"] == []


# SKUs that the shop has already


def test_an_article_with_the_same_sku_is_adopted_and_not_doubled(woo: WooCommerce, api: WooClient) -> None:
    made, _ = api.send("POST", "products", {"name": "By hand", "sku": "mug", "status": "publish"})
    outcome = done(woo.push([parcel(product(), price(), stock())])[0])
    assert (outcome.remote, outcome.created) == (str(made["id"]), False)
    assert "adopted" in (outcome.note or "")
    row = api.get(f"products/{made['id']}")
    assert (row["status"], row["stock_quantity"], row["sku"]) == ("publish", 7, "MUG")
    assert len(api.rows("products", status="any")) == 1


def test_a_variant_with_the_same_sku_below_the_same_parent_is_adopted(woo: WooCommerce, api: WooClient) -> None:
    parent = done(woo.push([parcel(shirt())])[0]).remote
    made, _ = api.send("POST", f"products/{parent}/variations", {"sku": "SHIRT-M", "regular_price": "5"})
    outcome = done(woo.push([parcel(variant("M"), stock("SHIRT-M", "8"), links={"erp-SHIRT": parent})])[0])
    assert (outcome.remote, outcome.created) == (f"{parent}/{made['id']}", False)
    row = api.get(f"products/{parent}/variations/{made['id']}")
    assert (row["stock_quantity"], [a["option"] for a in row["attributes"]]) == (8, ["M"])


def test_a_sku_that_a_variant_of_another_article_has_is_not_adopted(woo: WooCommerce, api: WooClient) -> None:
    parent = done(woo.push([parcel(shirt())])[0]).remote
    api.send("POST", f"products/{parent}/variations", {"sku": "MUG", "regular_price": "5"})
    error = refused(woo.push([parcel(product())])[0], Rejected)
    assert f"its SKU MUG belongs to a variant of product {parent} in the shop" in error.sentence
    assert error.field == "sku"


def test_a_simple_article_is_not_adopted_as_one_with_variants(woo: WooCommerce, api: WooClient) -> None:
    made, _ = api.send("POST", "products", {"name": "Shirt", "sku": "SHIRT"})
    error = refused(woo.push([parcel(shirt())])[0], Rejected)
    assert f"its SKU SHIRT belongs to a simple product ({made['id']}) in the shop" in error.sentence


def test_a_sku_in_the_bin_is_told_about_and_nothing_is_adopted(woo: WooCommerce, api: WooClient) -> None:
    made, _ = api.send("POST", "products", {"name": "Mug", "sku": "MUG"})
    api.send("DELETE", f"products/{made['id']}", None)
    assert woo.find(Kind.PRODUCT, ["MUG"]) == {}
    error, other = woo.push([parcel(product(), stock()), parcel(product("CUP"))])
    assert refused(error, Rejected).sentence == (
        "Article MUG could not be transferred to the shop: its SKU MUG lies in the shop's bin. "
        "Restore it there or delete it for good, then retry."
    )
    assert done(other).created
    assert api.get(f"products/{made['id']}")["status"] == "trash"


def test_two_articles_with_one_sku_in_a_push_do_not_become_one(woo: WooCommerce, api: WooClient) -> None:
    first, second = product("MUG", id="1"), product(" mug ", id="2", name="Another")
    outcomes = woo.push([parcel(first), parcel(second)])
    assert done(outcomes[0]).created
    assert "another article has the same SKU" in refused(outcomes[1], Rejected).sentence
    assert [row["name"] for row in api.rows("products", status="any")] == ["Article MUG"]


def test_a_known_article_cannot_take_the_sku_of_another(woo: WooCommerce) -> None:
    mug, cup = (done(o).remote for o in woo.push([parcel(product()), parcel(product("CUP"))]))
    error = refused(woo.push([parcel(product("CUP", id="erp-MUG"), remote=mug)])[0], Rejected)
    assert "its SKU already belongs to another article of the shop" in error.sentence
    assert error.code == "product_invalid_sku"
    assert woo.find(Kind.PRODUCT, ["CUP"]) == {"CUP": (cup,)}


def test_find_knows_skus_in_any_case_with_odd_characters_and_in_any_number(woo: WooCommerce) -> None:
    odd = ["Ä-ß/1 #2", "A&B+C", "COMMA,1", "quote'\"", "x" * 90]
    skus = [*odd, *(f"N-{n}" for n in range(120))]
    for start in range(0, len(skus), 100):
        for outcome in woo.push([parcel(product(sku)) for sku in skus[start : start + 100]]):
            done(outcome)
    found = woo.find(Kind.PRODUCT, [*skus, "n-7", "NOPE"])
    assert set(found) == {*skus, "n-7"}
    assert found["n-7"] == found["N-7"]
    assert all(len(ids) == 1 for ids in found.values())


def test_a_variant_without_a_sku_of_its_own_is_not_taken_for_its_parent(woo: WooCommerce, api: WooClient) -> None:
    parent = done(woo.push([parcel(shirt())])[0]).remote
    api.send("POST", f"products/{parent}/variations", {"regular_price": "5"})
    assert woo.find(Kind.PRODUCT, ["SHIRT"]) == {"SHIRT": (parent,)}


def test_a_parent_without_sku_is_created_once_though_the_answer_was_lost(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    nameless = parcel(shirt().model_copy(update={"sku": None}))
    shop.faults.add("done_then_error", route="/products/batch", times=1)
    with pytest.raises(TryLater) as raised:
        woo.push([nameless])
    assert raised.value.unknown_outcome
    outcome = done(woo.push([nameless])[0])
    assert [str(row["id"]) for row in api.rows("products", status="any")] == [outcome.remote]


# What cannot go through is told before anything is sent

ONE = Decimal(1)
EARLIER, LATER = datetime(2031, 1, 1, tzinfo=UTC), datetime(2031, 2, 1, tzinfo=UTC)
REFUSALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("stock of parts", {"stock": stock(quantity="2.5")}, "quantity", "its stock is 2.5, but the shop counts"),
    ("too much stock", {"stock": stock(quantity="5E+12")}, "quantity", "more than a shop can hold"),
    ("a negative price", {"price": price(regular="-1")}, "regular", "the price -1 is negative"),
    ("a sale that is none", {"price": price(sale=Decimal("12.50"))}, "sale", "is not below the regular price"),
    ("a sale that ends first", {"price": price(sale=ONE, sale_from=LATER, sale_to=EARLIER)}, "sale_to", "sale ends"),
    ("no name", {"product": product(name="  ")}, "name", "the name is missing"),
    ("no SKU", {"product": product(None)}, "sku", "the SKU is missing"),
    ("an unmapped tax class", {"product": product(tax_class="luxury")}, "tax_class", '"luxury" is not mapped'),
    ("a GTIN with letters", {"product": product(gtin="ABC-XYZ")}, "gtin", '"ABC-XYZ" holds more than digits'),
    ("another currency", {"price": price(currency="USD")}, "currency", "its price is in USD, the shop sells in EUR"),
    ("its own parent", {"product": variant("M", parent="erp-SHIRT-M")}, "parent", "it is its own parent"),
]  # fmt: skip


@pytest.mark.parametrize(("facets", "field", "told"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
def test_what_the_shop_cannot_hold_is_refused_before_it_is_sent(
    woo: WooCommerce, api: WooClient, facets: dict[str, Any], field: str, told: str
) -> None:
    bad = parcel(*({"product": product()} | facets).values())
    outcomes = woo.push([parcel(product("CUP"), stock("CUP")), bad, parcel(product("JUG"))])
    error = refused(outcomes[1], Rejected)
    assert error.field == field
    assert told in error.sentence
    assert error.sentence.startswith(f"Article {bad.label} could not be transferred to the shop: ")
    assert {row["sku"] for row in api.rows("products", status="any")} == {"CUP", "JUG"}
    assert all(done(outcome).created for outcome in outcomes[::2])


def test_a_price_with_tax_is_not_written_into_a_shop_that_keeps_prices_without(
    woo: WooCommerce, shop: RunningShop
) -> None:
    with_tax, without, silent = woo.push(
        [
            parcel(product("A"), price("A", includes_tax=True)),
            parcel(product("B"), price("B", includes_tax=False)),
            parcel(product("C"), price("C", includes_tax=None)),
        ]
    )
    told = "its price includes tax, but the shop keeps prices without tax. Send prices as the shop keeps them."
    assert refused(with_tax, Rejected).sentence.endswith(told)
    assert done(without).created
    assert done(silent).created


def test_price_or_stock_of_an_article_that_is_not_there_is_told_about(woo: WooCommerce, shop: RunningShop) -> None:
    error = refused(woo.push([parcel(stock())])[0], Rejected)
    assert "Article MUG is not in the shop, and nothing but its price or stock is known" in error.sentence
    assert shop.log.total == 0


def test_a_variant_waits_for_its_parent(woo: WooCommerce, shop: RunningShop) -> None:
    outcome = woo.push([parcel(variant("M"))])[0]
    assert isinstance(outcome, MissingLink)
    assert (outcome.ref.kind, outcome.ref.id) == (Kind.PRODUCT, "erp-SHIRT")
    assert shop.log.total == 0


def test_a_variant_waits_until_its_parent_has_its_option(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    parent = done(woo.push([parcel(shirt())])[0]).remote
    waiting = parcel(variant("XXL"), links={"erp-SHIRT": parent})
    error = refused(woo.push([waiting])[0], TryLater)
    assert 'the parent in the shop has no option "XXL" of "Size" yet' in error.sentence
    assert api.rows(f"products/{parent}/variations") == []
    longer = SIZES.model_copy(update={"options": (*SIZES.options, "XXL")})
    grown = parcel(shirt().model_copy(update={"attributes": (longer,)}), remote=parent)
    done(woo.push([grown])[0])
    done(woo.push([waiting])[0])


def test_no_variant_is_put_below_an_article_that_has_none(woo: WooCommerce, api: WooClient) -> None:
    simple = done(woo.push([parcel(product())])[0]).remote
    error = refused(woo.push([parcel(variant("M"), links={"erp-SHIRT": simple})])[0], Rejected)
    assert f"product {simple} in the shop has none. Make that one variable" in error.sentence
    assert api.rows(f"products/{simple}/variations") == []


def test_no_variant_is_put_below_an_article_that_was_deleted(woo: WooCommerce) -> None:
    error = refused(woo.push([parcel(variant("M"), links={"erp-SHIRT": "4711"})])[0], Rejected)
    assert "the parent of SHIRT-M (product 4711) is deleted or in the shop's bin" in error.sentence


def test_stock_on_a_parent_with_variants_is_taken_off_again(woo: WooCommerce, api: WooClient) -> None:
    parent = done(woo.push([parcel(shirt())])[0]).remote
    child = done(woo.push([parcel(variant("M"), links={"erp-SHIRT": parent})])[0]).remote
    error = refused(woo.push([parcel(stock("SHIRT", "50"), remote=parent)])[0], Rejected)
    assert "has variants in the shop, which have prices and stock of their own" in error.sentence
    row = api.get(f"products/{parent}/variations/{child.split('/')[1]}")
    assert (row["manage_stock"], row["stock_quantity"]) == (False, None)


def test_a_link_to_the_wrong_sort_of_article_is_told_about(woo: WooCommerce) -> None:
    parent = done(woo.push([parcel(shirt())])[0]).remote
    child = done(woo.push([parcel(variant("M"), links={"erp-SHIRT": parent})])[0]).remote
    links = {"erp-SHIRT": parent}
    as_simple, as_variant = woo.push(
        [parcel(product(), remote=child), parcel(variant("S"), remote=parent, links=links)]
    )
    assert "it is no variant, but what it is linked to" in refused(as_simple, Rejected).sentence
    assert "it is a variant, but what it is linked to" in refused(as_variant, Rejected).sentence


@pytest.mark.parametrize("remote", ["4711", "4711/4712"])
def test_what_was_deleted_in_the_shop_is_gone(woo: WooCommerce, remote: str) -> None:
    error = refused(woo.push([parcel(stock(), remote=remote)])[0], Gone)
    assert error.sentence.startswith("Article MUG no longer exists in the shop.")


def test_an_adopted_gtin_of_another_article_is_refused_by_its_name(woo: WooCommerce) -> None:
    outcomes = woo.push([parcel(product("A", gtin="4006381333931")), parcel(product("B", gtin="4006381333931"))])
    done(outcomes[0])
    error = refused(outcomes[1], Rejected)
    assert error.field == "gtin"
    assert "its GTIN already belongs to another article of the shop" in error.sentence
