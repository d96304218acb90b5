"""Stock that the shop may show already: it is looked at first, and written only where it is another number."""

from __future__ import annotations

from dataclasses import replace

from trueup.connectors.kit.ports import Parcel
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.domain.product import Stock
from trueup.sandbox import RunningShop

from .parcels import done, parcel, price, product, shirt, stock, variant


def made(woo: WooCommerce, *skus: str) -> list[str]:
    """Articles with seven pieces each; their ids."""
    return [done(one).remote for one in woo.push([parcel(product(sku), price(sku), stock(sku)) for sku in skus])]


def doubted(what: Stock, remote: str) -> Parcel:
    return replace(parcel(what, remote=remote), look_first=True)


def test_what_the_shop_shows_already_is_not_written(woo: WooCommerce, shop: RunningShop) -> None:
    ids = made(woo, "MUG", "CUP")
    shop.log.clear()
    outcomes = woo.push([doubted(stock("MUG"), ids[0]), doubted(stock("CUP"), ids[1])])
    assert [done(one).unchanged for one in outcomes] == [True, True]
    assert [done(one).remote for one in outcomes] == ids
    assert shop.log.counts == {"GET /products": 1}


def test_only_what_differs_is_written(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    ids = made(woo, "MUG", "CUP")
    shop.log.clear()
    outcomes = woo.push([doubted(stock("MUG", "6"), ids[0]), doubted(stock("CUP"), ids[1])])
    assert [done(one).unchanged for one in outcomes] == [False, True]
    assert api.get(f"products/{ids[0]}")["stock_quantity"] == 6
    assert shop.log.counts["POST /products/batch"] == 1


def test_a_draft_is_found_too_and_a_number_that_is_not_kept_is_written(woo: WooCommerce, api: WooClient) -> None:
    [mug] = made(woo, "MUG")
    api.send("PUT", f"products/{mug}", {"manage_stock": False})
    assert not done(woo.push([doubted(stock("MUG"), mug)])[0]).unchanged
    row = api.get(f"products/{mug}")
    assert (row["status"], row["manage_stock"], row["stock_quantity"]) == ("draft", True, 7)


def test_other_backorders_are_another_number(woo: WooCommerce, api: WooClient) -> None:
    [mug] = made(woo, "MUG")
    assert not done(woo.push([doubted(stock("MUG", backorders=True), mug)])[0]).unchanged
    assert api.get(f"products/{mug}")["backorders"] == "notify"
    assert done(woo.push([doubted(stock("MUG", backorders=True), mug)])[0]).unchanged


def test_a_price_beside_it_is_written_without_the_stock(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    [mug] = made(woo, "MUG")
    both = replace(parcel(stock("MUG"), price("MUG", "13.50"), remote=mug), look_first=True)
    assert not done(woo.push([both])[0]).unchanged
    assert api.get(f"products/{mug}")["regular_price"] == "13.5"


def test_variants_are_looked_at_by_their_parent(woo: WooCommerce, shop: RunningShop) -> None:
    (parent,) = woo.push([parcel(shirt())])
    links = {"erp-SHIRT": done(parent).remote}
    sizes = ("S", "M")
    ids = [
        done(one).remote
        for one in woo.push([parcel(variant(size), stock(f"SHIRT-{size}"), links=links) for size in sizes])
    ]
    shop.log.clear()
    outcomes = woo.push([doubted(stock(f"SHIRT-{size}"), id_) for size, id_ in zip(sizes, ids, strict=True)])
    assert [done(one).unchanged for one in outcomes] == [True, True]
    assert sum(shop.log.counts.values()) == 1, "one look for all variants of one parent"


def test_what_is_not_in_doubt_is_written_without_a_look(woo: WooCommerce, shop: RunningShop) -> None:
    [mug] = made(woo, "MUG")
    shop.log.clear()
    assert not done(woo.push([parcel(stock("MUG"), remote=mug)])[0]).unchanged
    assert shop.log.counts == {"POST /products/batch": 1}
