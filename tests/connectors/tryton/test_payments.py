"""How an order was paid arrives with it: as a payment term and a word, or as the name of an unmapped method."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.errors import Rejected
from trueup.connectors.kit.ports import Done
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.payments import is_paid, payment_of
from trueup.connectors.tryton.sale_mapping import sale_to_tryton
from trueup.connectors.tryton.settings import Paid
from trueup.domain.order import Order

from .baskets import goods, order, parcel
from .facts import TO, facts, links_of, settings

AT_NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TABLE = {"bacs": "Prepaid", "cod": "On delivery", "invoice": "30 days"}
TERMS = {"bacs": 1, "cod": 2, "invoice": 3}


def paid_by(method: str | None, title: str | None = None, **more: Any) -> Order:
    return order(1, goods(10), payment_method=method, payment_title=title, **more)


@pytest.mark.parametrize("method", ["bacs", None, "a_new_one"])
def test_without_a_table_every_order_has_the_term_of_the_settings_and_no_method_is_refused(method: str | None) -> None:
    assert payment_of(paid_by(method), settings(), {}, 9) == {"payment_term": 9}


@pytest.mark.parametrize(
    ("method", "title", "paid_at", "term", "description"),
    [
        ("bacs", "Bank transfer", None, 1, "Bank transfer: not paid yet"),
        ("bacs", "Bank transfer", AT_NOON, 1, "Bank transfer: paid"),
        ("cod", None, None, 2, "cod: paid"),
        ("invoice", "On account", AT_NOON, 3, "On account: not paid yet"),
    ],
)
def test_with_a_table_the_method_chooses_the_term_and_the_rule_says_whether_it_is_paid(
    method: str, title: str | None, paid_at: datetime | None, term: int, description: str
) -> None:
    given = settings(payment_terms=TABLE, paid={"cod": "always", "invoice": "never"})
    found = payment_of(paid_by(method, title, paid_at=paid_at), given, TERMS, 9)
    assert found == {"payment_term": term, "description": description}


@pytest.mark.parametrize(
    ("rule", "paid_at", "paid"),
    [
        (Paid.WHEN_PAID, None, False),
        (Paid.WHEN_PAID, AT_NOON, True),
        (Paid.ALWAYS, None, True),
        (Paid.NEVER, AT_NOON, False),
    ],
)
def test_when_an_order_counts_as_paid(rule: Paid, paid_at: datetime | None, paid: bool) -> None:
    assert is_paid(paid_by("bacs", paid_at=paid_at), rule) is paid


def test_a_method_that_is_not_in_the_table_is_refused_by_its_name() -> None:
    with pytest.raises(Rejected) as refused:
        payment_of(paid_by("klarna_payments", "Pay later with Klarna"), settings(payment_terms=TABLE), TERMS, 9)
    assert refused.value.field == "payment method"
    assert refused.value.sentence == (
        "the payment method klarna_payments (Pay later with Klarna) has no payment term in the connection's settings. "
        "Add it to payment_terms, then retry."
    )


def test_an_order_that_has_to_be_paid_and_names_no_method_is_refused_and_one_over_nothing_is_not() -> None:
    given = settings(payment_terms=TABLE)
    with pytest.raises(Rejected, match="it names no payment method"):
        payment_of(paid_by(None), given, TERMS, 9)
    free = paid_by(None, total=Decimal(0))
    assert payment_of(free, given, TERMS, 9) == {"payment_term": 9, "description": "nothing to pay"}


def test_the_sale_has_what_the_database_has_a_field_for() -> None:
    given = {"settings": settings(payment_terms=TABLE), "payment_terms": TERMS}
    bought = paid_by("cod", "Cash on delivery")
    fields = frozenset({"payment_term", "description"})
    whole = sale_to_tryton(bought, "WC-ORDER-1", TO, links_of(bought), facts(**given, sale_fields=fields))
    assert (whole["payment_term"], whole["description"]) == (2, "Cash on delivery: not paid yet")
    little = sale_to_tryton(bought, "WC-ORDER-1", TO, links_of(bought), facts(**given, sale_fields=frozenset()))
    assert not fields & set(little)


@pytest.mark.tryton
def test_in_tryton_the_sale_has_the_term_and_an_unmapped_method_stays_out(screen: TrytonScreen, party: str) -> None:
    term, *_ = screen.rows("account.invoice.payment_term", [])
    (article,) = screen.rows("product.product", [["code", "=", "SKU-0005"]])
    connector = TrytonConnector(settings_for(screen.server, payment_terms={"cod": term["rec_name"]}))
    bought = [
        order(n, goods(article["id"]), payment_method=method, payment_title=title)
        for n, method, title in ((7001, "cod", "Cash on delivery"), (7002, "card", "Credit card"))
    ]
    good, bad = connector.push([parcel(one, party) for one in bought])
    connector.close()
    assert isinstance(good, Done)
    assert isinstance(bad, Rejected)
    assert "the payment method card (Credit card) has no payment term" in bad.sentence
    (sale,) = screen.sales("payment_term.rec_name", "description", web_id="WC-ORDER-7001")
    assert sale["payment_term"]["rec_name"] == term["rec_name"]
    assert sale["description"] == "Cash on delivery: not paid yet"
    assert screen.sales(web_id="WC-ORDER-7002") == []
