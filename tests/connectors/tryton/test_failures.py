"""When something stands between us and Tryton: what is said, and that nothing is done twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from support.broken_line import BrokenLine
from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.errors import Misconfigured, OutsideError, TryLater
from trueup.connectors.kit.ports import Level
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.settings import Settings
from trueup.domain.record import Kind
from trueup.sandbox.tryton import TrytonServer

from .baskets import CUSTOMER, customer_parcel, done, goods, order, parcel

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]


@pytest.fixture
def line(tryton: TrytonServer) -> Iterator[BrokenLine]:
    with BrokenLine(tryton.url).open() as line:
        yield line


@pytest.fixture
def far(line: BrokenLine, tryton: TrytonServer) -> Iterator[TrytonConnector]:
    """A connection over the line that can break."""
    connector = TrytonConnector(settings_for(tryton, url=line.url, timeout=20.0))
    yield connector
    connector.close()


@pytest.fixture(scope="module")
def book(screen: TrytonScreen) -> int:
    (row,) = screen.rows("product.product", [["code", "=", "SKU-0005"]])
    return int(row["id"])


def opened(server: TrytonServer, **other: Any) -> TrytonConnector:
    return TrytonConnector(settings_for(server, **other))


class TestALostAnswer:
    def test_of_a_created_sale_leaves_one_document(
        self, far: TrytonConnector, line: BrokenLine, screen: TrytonScreen, book: int, party: str
    ) -> None:
        ordered = order(8001, goods(book, percent="7"))
        line.lose = "/sale.sale/create"
        with pytest.raises(TryLater) as lost:
            far.push([parcel(ordered, party)])
        assert line.lost == 1, "a write must not be repeated by itself"
        assert lost.value.unknown_outcome
        line.lose = None
        assert len(screen.sales(web_id=ordered.reference)) == 1
        (id,) = far.find(Kind.ORDER, [ordered.reference])[ordered.reference]
        finished = done(far.push([parcel(ordered, party, remote=id)])[0])
        assert [row["number"] for row in screen.sales(web_id=ordered.reference)] == [finished.document]
        assert finished.document

    def test_and_a_push_that_does_not_ask_first_still_leaves_one_document(
        self, far: TrytonConnector, line: BrokenLine, screen: TrytonScreen, book: int, party: str
    ) -> None:
        orders = [order(8010 + n, goods(book, percent="7")) for n in range(3)]
        line.lose = "/sale.sale/create"
        with pytest.raises(TryLater):
            far.push([parcel(one, party) for one in orders])
        line.lose = None
        again = [done(outcome) for outcome in far.push([parcel(one, party) for one in orders])]
        assert [outcome.created for outcome in again] == [False] * 3
        assert [len(screen.sales(web_id=one.reference)) for one in orders] == [1, 1, 1]

    @pytest.mark.parametrize("login", [True, False], ids=["with a login", "with the key alone"])
    def test_of_the_button_that_numbers_it_leaves_one_number(
        self,
        line: BrokenLine,
        tryton: TrytonServer,
        screen: TrytonScreen,
        book: int,
        party: str,
        login: bool,
    ) -> None:
        connector = opened(tryton, url=line.url, login=login)
        orders = [order(8020 + 10 * login + n, goods(book, percent="7")) for n in range(2)]
        line.lose = f"/{tryton.database}/rpc/" if login else "/quote"
        outcomes = connector.push([parcel(one, party) for one in orders])
        assert all(isinstance(outcome, TryLater) and outcome.unknown_outcome for outcome in outcomes), outcomes
        line.lose = None
        again = [done(outcome) for outcome in connector.push([parcel(one, party) for one in orders])]
        assert sorted(str(outcome.document) for outcome in again) == sorted(
            row["number"] for one in orders for row in screen.sales(web_id=one.reference)
        )
        connector.close()

    def test_of_a_created_customer_leaves_one_party(
        self, far: TrytonConnector, line: BrokenLine, screen: TrytonScreen
    ) -> None:
        buyer = CUSTOMER.model_copy(update={"id": "81", "reference": "WC-CUSTOMER-81"})
        line.lose = "/party.party/create"
        with pytest.raises(TryLater) as lost:
            far.push([customer_parcel(buyer)])
        assert lost.value.unknown_outcome
        line.lose = None
        assert not done(far.push([customer_parcel(buyer)])[0]).created
        assert len(screen.rows("party.party", [["code", "=", buyer.reference]])) == 1


class TestWarnings:
    @pytest.mark.parametrize(("orders", "alone"), [(3, 0), (6, 6)], ids=["a few", "many"])
    def test_of_too_little_stock_hold_up_no_order(
        self, line: BrokenLine, tryton: TrytonServer, screen: TrytonScreen, party: str, orders: int, alone: int
    ) -> None:
        """A few are confirmed at once; with many, each sale is quoted alone, which confirms any number."""
        (empty,) = screen.article(f"NONE-{orders}")
        connector = opened(tryton, url=line.url)
        pushed = [parcel(order(8200 + 10 * orders + n, goods(empty)), party) for n in range(orders)]
        made = [done(outcome) for outcome in connector.push(pushed)]
        connector.close()
        assert len({one.document for one in made}) == orders
        assert {row["state"] for one in made for row in screen.sales(id=int(one.remote))} == {"quotation"}
        assert sum("/quote" in path for path in line.asked) == alone


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"key": SecretStr("0" * 128)}, "Tryton does not accept the key"),
            ({"database": "nowhere"}, "the name of the database is wrong"),
            ({"company": "Nobody & Sons"}, 'There is no company "Nobody & Sons" in Tryton'),
            ({"warehouses": ("WH", "ATTIC")}, 'There is no warehouse "ATTIC" in Tryton'),
            ({"price_list": "Friends"}, 'There is no price list "Friends" in Tryton'),
            ({"web_shop": "Corner shop"}, 'There is no web shop "Corner shop" in Tryton'),
            ({"shipping_product": "POST"}, 'There is no product "POST" in Tryton'),
            ({"password": SecretStr("wrong")}, "Tryton does not accept user and password"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_verify_names_what_is_wrong_and_how_to_mend_it(
        self, tryton: TrytonServer, wrong: dict[str, Any], says: str
    ) -> None:
        connector = opened(tryton, **wrong)
        red = [finding for finding in connector.verify() if finding.level is Level.RED]
        connector.close()
        assert len(red) == 1, red
        assert says in red[0].sentence + red[0].fix
        assert red[0].fix

    def test_a_tax_class_without_its_tax_is_a_caveat(self, tryton: TrytonServer) -> None:
        connector = opened(tryton, tax_classes={"19": "standard", "25.0": "swedish"})
        (yellow,) = (finding for finding in connector.verify() if finding.level is not Level.GREEN)
        connector.close()
        assert (yellow.check, yellow.sentence) == ("taxes", "There is no sales tax of 25 %.")

    def test_a_wrong_key_stops_the_whole_call_and_no_retry_helps(self, tryton: TrytonServer, book: int) -> None:
        connector = opened(tryton, key=SecretStr("0" * 128))
        with pytest.raises(Misconfigured) as refused:
            connector.push([parcel(order(8101, goods(book)), "1")])
        connector.close()
        assert refused.value.status == 401

    def test_a_server_that_is_down_may_be_asked_again_and_has_done_nothing(
        self, tryton: TrytonServer, connector: TrytonConnector, book: int, party: str
    ) -> None:
        tryton.stop()
        try:
            with pytest.raises(TryLater) as down:
                connector.push([parcel(order(8102, goods(book, percent="7")), party)])
            assert "cannot be reached" in down.value.sentence
            assert not down.value.unknown_outcome
        finally:
            tryton.start()

    @pytest.mark.parametrize(
        ("status", "body", "error"),
        [
            (200, b"<!doctype html><title>Welcome to our shop</title>", Misconfigured),
            (200, b"", Misconfigured),
            (500, b"<title>500</title><p>&#39;web_shop&#39;</p>", Misconfigured),
            (500, b"<title>500</title><p>division by zero</p>", TryLater),
            (403, b"<title>403</title>", Misconfigured),
            (429, b"slow down", TryLater),
            (504, b"<title>504</title>", TryLater),
            (423, b"", TryLater),
        ],
    )
    def test_a_page_instead_of_data_is_told_apart_by_what_can_be_done(
        self, line: BrokenLine, tryton: TrytonServer, status: int, body: bytes, error: type[OutsideError]
    ) -> None:
        line.answer_instead = (status, "text/html", body)
        connector = opened(tryton, url=line.url)
        with pytest.raises(error) as told:
            connector.find(Kind.CUSTOMER, ["WC-CUSTOMER-12"])
        connector.close()
        assert told.value.sentence.endswith(".")
        assert "<" not in told.value.sentence

    def test_an_answer_of_another_program_is_no_tryton(self, line: BrokenLine, tryton: TrytonServer) -> None:
        line.answer_instead = (200, "application/json", json.dumps({"hello": "world"}).encode())
        connector = opened(tryton, url=line.url)
        (red,) = connector.verify()
        connector.close()
        assert red.level is Level.RED
        assert "Check the address" in red.sentence + red.fix


def test_an_address_without_a_scheme_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="must begin with https"):
        Settings(url="erp.example", database="erp", key=SecretStr("k"))
