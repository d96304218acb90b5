"""Pushing into a shop that misbehaves: what is known to be done, what is not, and what is never done twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from trueup.connectors.kit.errors import Misconfigured, OutsideError, Rejected, TryLater
from trueup.connectors.woocommerce.batches import Item, outcome_of, rows_of
from trueup.connectors.woocommerce.batches import Result as BatchResult
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.connectors.woocommerce.errors import item_error
from trueup.connectors.woocommerce.ids import WooId, woo_id
from trueup.domain.record import Kind
from trueup.sandbox import RunningShop

from .conftest import Opener
from .parcels import done, parcel, price, product, refused, shirt, stock, variant

ROUTE = "/products/batch"


def failure(woo: WooCommerce, *parcels: Any) -> OutsideError:
    with pytest.raises(OutsideError) as raised:
        woo.push(parcels or [parcel(product(), stock())])
    assert raised.value.sentence.endswith(".")
    return raised.value


@pytest.mark.parametrize(
    ("fault", "more", "meaning", "unknown", "told"),
    [
        ("error", {"status": 503}, TryLater, True, "503"),
        ("error", {"status": 500}, TryLater, True, "500"),
        ("done_then_error", {}, TryLater, True, "502"),
        ("drop", {}, TryLater, True, "broke off the connection"),
        ("done_then_drop", {}, TryLater, True, "broke off the connection"),
        ("cut_short", {}, TryLater, True, "broke off in the middle"),
        ("too_many", {"seconds": 17.0}, TryLater, False, "429"),
        ("redirect", {"location": f"https://www.shop.example/wp-json/wc/v3{ROUTE}"}, Misconfigured, None, "www.shop"),
        ("html", {}, Misconfigured, None, "a web page where data was expected"),
        ("forbidden", {}, Misconfigured, None, "a web page (403)"),
        ("ok_with_error", {}, TryLater, True, ""),
    ],
)  # fmt: skip
def test_what_a_failed_call_means(
    woo: WooCommerce,
    shop: RunningShop,
    fault: str,
    more: dict[str, Any],
    meaning: type[OutsideError],
    unknown: bool | None,
    told: str,
) -> None:
    shop.faults.add(fault, route=ROUTE, times=1, **more)
    error = failure(woo)
    assert type(error) is meaning
    assert told in error.sentence
    if isinstance(error, TryLater):
        assert error.unknown_outcome is unknown
    assert shop.log.counts[f"POST {ROUTE}"] <= 1, "a write is never repeated by itself"


def test_the_shops_wish_to_wait_is_passed_on(woo: WooCommerce, shop: RunningShop) -> None:
    shop.faults.add("too_many", route=ROUTE, seconds=17.0, times=1)
    error = failure(woo)
    assert isinstance(error, TryLater)
    assert error.wait == timedelta(seconds=17)


def test_no_answer_in_time_leaves_the_outcome_open(connect: Opener, shop: RunningShop, api: WooClient) -> None:
    impatient = connect(read_timeout=1)
    shop.faults.add("timeout", route=ROUTE, seconds=20.0, times=1)
    error = failure(impatient)
    assert isinstance(error, TryLater)
    assert error.unknown_outcome
    assert "did not answer in time" in error.sentence
    assert [row["sku"] for row in api.rows("products", status="any")] == ["MUG"], "the shop went on working"


@pytest.mark.parametrize("fault", ["done_then_error", "done_then_drop", "cut_short"])
def test_what_was_done_though_it_looked_failed_is_found_and_not_done_again(
    woo: WooCommerce, shop: RunningShop, api: WooClient, fault: str
) -> None:
    shop.faults.add(fault, route=ROUTE, times=1)
    failure(woo)
    found = woo.find(Kind.PRODUCT, ["MUG"])
    assert len(found["MUG"]) == 1
    again = done(woo.push([parcel(product(), stock())])[0])
    assert ((again.remote,), again.created) == (found["MUG"], False)
    assert len(api.rows("products", status="any")) == 1


def test_what_was_done_before_a_later_call_failed_is_kept(woo: WooCommerce, shop: RunningShop) -> None:
    trousers = shirt().model_copy(update={"id": "erp-T", "sku": "T"})
    parents = [done(outcome).remote for outcome in woo.push([parcel(shirt()), parcel(trousers)])]
    shop.faults.add("error", route="/products/{product_id}/variations/batch", status=502, times=1)
    links = {"erp-SHIRT": parents[0]}
    other = variant("S", parent="erp-T").model_copy(update={"id": "erp-T-S", "sku": "T-S"})
    outcomes = woo.push(
        [parcel(variant("M"), links=links), parcel(product()), parcel(other, links={"erp-T": parents[1]})]
    )
    assert done(outcomes[1]).created
    first, last = refused(outcomes[0], TryLater), refused(outcomes[2], TryLater)
    assert isinstance(first, TryLater)
    assert isinstance(last, TryLater)
    assert (first.unknown_outcome, last.unknown_outcome) == (True, False), "the last one was never sent"


def test_a_refused_batch_is_halved_until_the_bad_item_stands_alone(woo: WooCommerce, shop: RunningShop) -> None:
    shop.faults.add("error", route=ROUTE, status=400, times=1)
    outcomes = woo.push([parcel(product(f"A-{n}")) for n in range(8)])
    assert all(done(outcome).created for outcome in outcomes)
    shop.faults.add("error", route=ROUTE, status=400)
    for outcome in woo.push([parcel(product(f"B-{n}")) for n in range(3)]):
        error = refused(outcome, Rejected)
        assert error.sentence.startswith("Article B-")


def test_a_read_only_key_is_a_wrong_connection(connect: Opener, shop: RunningShop) -> None:
    key = shop.shop.keys.add("read")
    woo = connect(consumer_key=key.consumer_key, consumer_secret=key.consumer_secret)
    error = failure(woo)
    assert isinstance(error, Misconfigured)
    assert 'It says: "The API key provided does not have write permissions"' in error.sentence
    assert key.consumer_key not in error.sentence
    assert "Make a new key with Read/Write" in error.sentence


def test_a_key_that_was_taken_back_is_a_wrong_connection(connect: Opener, shop: RunningShop) -> None:
    key = shop.shop.keys.add("read_write")
    woo = connect(consumer_key=key.consumer_key, consumer_secret=key.consumer_secret)
    done(woo.push([parcel(product())])[0])
    shop.shop.keys.remove(key.consumer_key)
    assert isinstance(failure(woo), Misconfigured)


def result(row: dict[str, Any], *, remote: WooId | None = None, **fields: Any) -> BatchResult:
    entry = parcel(product())
    item = Item(place=0, parcel=entry, remote=remote, parent=None, product=product(), fields=fields)
    return BatchResult(item=item, row=row, request_id="r-1")


ITEM_ERRORS: list[tuple[str, int, type[OutsideError], str, str | None]] = [
    ("product_invalid_sku", 400, Rejected, "its SKU already belongs to another article", "sku"),
    ("product_invalid_global_unique_id", 400, Rejected, "its GTIN already belongs to another", "gtin"),
    ("woocommerce_rest_product_invalid_id", 400, OutsideError, "no longer exists in the shop", None),
    ("woocommerce_rest_product_variation_invalid_id", 404, OutsideError, "no longer exists", None),
    ("woocommerce_rest_invalid_product_id", 404, OutsideError, "no longer exists", None),
    ("woocommerce_rest_shop_order_invalid_id", 400, OutsideError, "no longer exists", None),
    ("woocommerce_rest_product_exists", 400, Rejected, "already has it under this number", "id"),
    ("woocommerce_product_image_upload_error", 400, Rejected, "cannot fetch its picture", "images"),
    ("woocommerce_rest_invalid_image", 400, Rejected, "cannot fetch its picture", "images"),
    ("woocommerce_product_invalid_image_id", 400, Rejected, "no longer has its picture", "images"),
    ("woocommerce_rest_cannot_edit", 401, Rejected, "may not change it", None),
    ("woocommerce_rest_cannot_create", 401, Rejected, "may not create it", None),
    ("internal_server_error", 500, TryLater, "the shop's program crashed on it", None),
    ("rest_invalid_param", 400, Rejected, 'the shop refuses it: "Ungültig & falsch"', None),
    ("some_plugins_code", 409, Rejected, 'the shop refuses it: "Ungültig & falsch"', None),
]


@pytest.mark.parametrize(("code", "status", "meaning", "told", "field"), ITEM_ERRORS, ids=[e[0] for e in ITEM_ERRORS])
def test_every_error_of_an_item_is_a_sentence_that_names_it(
    code: str, status: int, meaning: type[OutsideError], told: str, field: str | None
) -> None:
    envelope = {"code": code, "message": "<b>Ung&uuml;ltig</b> &amp; falsch.", "data": {"status": status}}
    error = item_error(envelope, what="Article MUG", request_id="r-1", creating=False)
    assert isinstance(error, meaning)
    assert "Article MUG" in error.sentence
    assert told in error.sentence
    assert error.sentence.endswith(".")
    assert (error.code, error.status, error.request_id) == (code, status, "r-1")
    assert field is None or error.field == field


def test_an_answer_for_another_article_is_no_success() -> None:
    outcome = outcome_of(result({"id": 12}, remote=WooId(11)))
    error = refused(outcome, TryLater)
    assert isinstance(error, TryLater)
    assert error.unknown_outcome


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("1250", '"1250" of the regular price 12.5'),
        ("", '"" of the regular price 12.5'),
        ("12.5", None),
        ("12.50", None),
    ],
)
def test_a_price_that_the_shop_turned_into_another_is_told_about(stored: str, told: str | None) -> None:
    outcome = outcome_of(result({"id": 11, "regular_price": stored}, remote=WooId(11), regular_price="12.5"))
    if told is None:
        done(outcome)
    else:
        assert told in refused(outcome, Rejected).sentence


@pytest.mark.parametrize("answer", [[], {}, {"create": []}, {"create": [{"id": 1}, {"id": 2}]}, {"create": ["x"]}, "x"])
def test_an_answer_of_the_wrong_length_leaves_the_outcome_open(answer: Any) -> None:
    with pytest.raises(TryLater) as raised:
        rows_of(answer, "create", 1)
    assert raised.value.unknown_outcome


@pytest.mark.parametrize(("text", "id"), [("88", WooId(88)), ("88/91", WooId(91, 88))])
def test_ids_of_products_and_variations_are_told_apart(text: str, id: WooId) -> None:
    assert woo_id(text) == id
    assert str(id) == text


def test_what_is_no_number_of_an_article_is_refused(woo: WooCommerce, shop: RunningShop) -> None:
    error = refused(woo.push([parcel(price(), remote="abc")])[0], Rejected)
    assert '"abc" is no number of an article' in error.sentence
    assert shop.log.total == 0
