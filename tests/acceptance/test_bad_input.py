"""Whatever comes in: one clear sentence about it, the rest flows, nothing is lost, nothing wrong is written."""

from __future__ import annotations

import pytest

from support.till_and_shop import TillAndShop, truth
from trueup.connectors.kit.ports import Level
from trueup.sync.connecting import Refused, check, verify_connection

HEAD = "sku;name;price;stock"
GOOD = "MUG-1;Mug;12,50;7"


@pytest.mark.parametrize(
    ("text", "names", "says"),
    [
        (f"{HEAD}\n{GOOD}\nMUG-2;Mug two;expensive;3", ["MUG-2", "price", "expensive"], "price"),
        (f"{HEAD}\n{GOOD}\nMUG-2;Mug two;9,90;2.5", ["MUG-2", "2.5"], "stock"),
        (f"{HEAD}\n{GOOD}\nMUG-2;Mug two;9,90;many", ["MUG-2", "stock", "many"], "stock"),
        (f"{HEAD}\n{GOOD}\nMUG-2;Mug two;9,90;3\nMUG-2;Again;8,00;1", ["MUG-2", "articles-"], "lines 3 and 4"),
        (f"{HEAD}\n{GOOD}\nMUG-2;;9,90;3", ["MUG-2", "name"], "name"),
        (f"{HEAD}\n{GOOD}\nMUG-2;Mug two;-5;3", ["MUG-2", "-5"], "negative"),
        (f"{HEAD};colour of the box\n{GOOD};red", ["colour of the box"], "column"),
    ],
    ids=["price is text", "stock 2.5", "stock is text", "SKU twice", "no name", "negative price", "unknown column"],
)
def test_a_bad_row_is_named_and_the_others_flow(business: TillAndShop, text: str, names: list[str], says: str) -> None:
    business.drop(text)
    business.settle()
    assert business.shelf()["MUG-1"] == truth("12.50", 7)
    sentences = [entry.sentence for entry in business.quarantined()]
    assert sentences, "nobody was told"
    about = [sentence for sentence in sentences if all(name in sentence for name in names)]
    assert about, sentences
    assert any(says in sentence.lower() or says in sentence for sentence in about), about


@pytest.mark.parametrize("quantity", ["abc", "2.5", ""])
def test_a_stock_that_the_shop_would_turn_into_zero_is_never_sent(business: TillAndShop, quantity: str) -> None:
    business.drop(f"{HEAD}\n{GOOD}")
    business.settle()
    business.drop(f"sku;stock\nMUG-1;{quantity}", "stock.csv")
    business.settle()
    assert business.shelf()["MUG-1"] == truth("12.50", 7)


def test_a_half_written_file_is_left_until_it_is_whole(business: TillAndShop) -> None:
    growing = business.folder / "in" / "articles.csv.part"
    growing.write_text(f"{HEAD}\nMUG-1;Mu")
    business.settle()
    assert business.shelf() == {}
    assert business.quarantined() == []
    growing.write_text(f"{HEAD}\n{GOOD}\n")
    growing.rename(growing.with_suffix(""))
    business.settle()
    assert business.shelf() == {"MUG-1": truth("12.50", 7)}


@pytest.mark.parametrize(
    "content",
    [b"sku name price stock\nMUG-1 Mug 12 7\n", b"\x89PNG\r\n\x1a\n\x00\x00", b"", b"no;header;here\n1;2;3\n"],
    ids=["no delimiter", "a picture", "empty", "no SKU column"],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_note_beside_it(business: TillAndShop, content: bytes) -> None:
    file = business.drop(content)
    business.drop(f"{HEAD}\n{GOOD}")
    business.settle()
    assert business.shelf() == {"MUG-1": truth("12.50", 7)}, "the next file flows"
    assert any(file.name in entry.sentence for entry in business.quarantined())
    notes = list((business.folder / "in" / "refused").glob("*.txt"))
    assert len(notes) == 1
    assert notes[0].read_text().strip()


def test_the_decimal_sign_is_asked_for_where_it_could_mean_two_things(business: TillAndShop) -> None:
    business.drop(f"{HEAD}\nMUG-1;Mug;1.234;7")
    business.settle()
    assert all(entry.price in (0, None) for entry in business.shelf().values()) or business.shelf() == {}
    assert any("1.234" in entry.sentence for entry in business.quarantined())


def test_a_bad_row_that_is_mended_in_the_next_file_flows_and_its_entry_closes(business: TillAndShop) -> None:
    business.drop(f"{HEAD}\nMUG-1;Mug;expensive;7")
    business.settle()
    assert len(business.quarantined()) == 1
    business.drop(f"{HEAD}\n{GOOD}")
    business.settle()
    assert business.shelf()["MUG-1"] == truth("12.50", 7)
    assert business.quarantined() == []


def keys(business: TillAndShop) -> dict[str, str]:
    shop = business.shop
    found = {"url": shop.url, "consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}
    return {**found, "ca_file": str(shop.ca_file)}


def test_swapped_keys_are_recognised(business: TillAndShop) -> None:
    good = keys(business)
    swapped = {**good, "consumer_key": good["consumer_secret"], "consumer_secret": good["consumer_key"]}
    with pytest.raises(Refused, match="swapped") as refused:
        check("woocommerce", swapped)
    assert good["consumer_secret"] not in str(refused.value)


@pytest.mark.parametrize("spelling", ["/", "/wp-json", "/wp-json/wc/v3", "/wp-json/wc/v3/?x=1", "/wp-admin/", "  "])
def test_a_shop_is_found_however_its_address_is_written(business: TillAndShop, spelling: str) -> None:
    values = {**keys(business), "url": business.shop.url + spelling}
    assert check("woocommerce", values).is_good


def test_http_instead_of_https_works_with_a_warning(business: TillAndShop) -> None:
    checked = check("woocommerce", {**keys(business), "url": business.shop.http_url})
    assert checked.is_good
    assert any(f.level == Level.YELLOW and "not encrypted" in f.sentence for f in checked.findings)


@pytest.mark.parametrize("permission", ["read", "write"])
def test_a_key_with_half_the_rights_is_red_and_says_which(business: TillAndShop, permission: str) -> None:
    key = business.shop.shop.add_key(permission)
    checked = check(
        "woocommerce", {**keys(business), "consumer_key": key.consumer_key, "consumer_secret": key.consumer_secret}
    )
    reds = [finding for finding in checked.findings if finding.level == Level.RED]
    assert reds
    assert "Read/Write" in " ".join(finding.sentence + finding.fix for finding in reds)


def test_an_expired_key_pauses_the_connection_says_why_and_loses_nothing(business: TillAndShop) -> None:
    business.drop(f"{HEAD}\n{GOOD}")
    business.shop.faults.add("error", route="/products/batch", status=401)
    business.settle()
    shop = business.connection("Shop")
    assert shop.paused_until is not None
    assert shop.pause_sentence
    assert business.states()["product", "MUG-1"] == "due"
    business.shop.faults.clear()
    verify_connection(business.hub, shop)
    business.settle()
    assert business.shelf() == {"MUG-1": truth("12.50", 7)}


@pytest.mark.parametrize(
    "kind", ["html", "ok_with_error", "cut_short", "forbidden", "done_then_error", "done_then_drop"]
)
def test_a_shop_that_answers_nonsense_is_asked_again_and_nothing_is_written_twice(
    business: TillAndShop, kind: str
) -> None:
    business.drop(f"{HEAD}\n{GOOD}\nMUG-2;Mug two;9,90;3")
    business.shop.faults.add(kind, route="/products/batch", times=1)
    business.settle()
    shop = business.connection("Shop")
    assert shop.paused_until is not None or business.states()["product", "MUG-1"] == "done"
    verify_connection(business.hub, shop)
    wait_until_due(business)
    business.settle()
    assert business.shelf() == {"MUG-1": truth("12.50", 7), "MUG-2": truth("9.90", 3)}
    assert len(business.shop.shop.store.select("product")) == 2


def wait_until_due(business: TillAndShop) -> None:
    """As if the time that a lost answer is given had passed."""
    with business.hub.database.write() as tx:
        tx.exec_driver_sql("UPDATE delivery SET not_before = NULL")
        tx.exec_driver_sql("UPDATE intent SET ask_after = NULL")


def test_an_order_whose_money_does_not_add_up_stays_here_with_its_sentence(business: TillAndShop) -> None:
    business.drop(f"{HEAD}\n{GOOD}")
    business.settle()
    order = business.buys("MUG-1")
    store = business.shop.shop.store
    with store.writing():
        doc = store.get("shop_order", order["id"])
        assert doc is not None
        store.update("shop_order", {**doc, "total": "99.99"})
    business.settle()
    assert business.orders_out() == {}
    [entry] = business.quarantined()
    assert str(order["id"]) in entry.sentence
    assert "99.99" in entry.sentence
