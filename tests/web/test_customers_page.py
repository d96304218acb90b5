"""The page about customers: who is meant, with everything that a person decides by; and who is there twice."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from support.world import mug, order
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.customer import Address, Customer
from trueup.domain.record import Kind, Ref
from trueup.store import matches

from .conftest import Desk

HOME = Address(first_name="Ada", last_name="Lovelace", street="Hauptstr. 5", postcode="24103", country="DE")


def ada(id: str = "1", **changes: Any) -> Customer:
    fields = {"id": id, "name": "Ada Lovelace", "reference": f"WC-CUSTOMER-{id}", "email": "ada@mill.example"}
    return Customer.model_validate({**fields, "billing": HOME, **changes})


def buys(desk: Desk, number: int, who: Customer) -> None:
    placed = order(number, ("88", "MUG-1")).model_copy(update={"customer": Ref(kind=Kind.CUSTOMER, id=who.id)})
    desk.world.shop.put(placed, companions=[who])


@pytest.fixture
def selling(desk: Desk, tmp_path: Path) -> Desk:
    """An office that can be asked whom it has: it knows Grace by the e-mail with which Ada orders."""
    path = tmp_path / "office.sqlite"
    desk.world.connect("Office", path, matches=True, customer_numbers=True)
    desk.world.erp = MemorySystem(path, desk.world.time)
    desk.world.erp.put(mug())
    desk.world.flow(Kind.ORDER, "Shop", "Office")
    return desk


@pytest.fixture
def asked(selling: Desk) -> Desk:
    grace = {"name": "Grace Hopper", "phone": "0431 555777", "billing": Address(city="Arlington", country="US")}
    selling.world.erp.put(ada("P-7", reference="K-7", **grace))
    buys(selling, 1, ada())
    selling.world.settle()
    return selling


def entry_of(desk: Desk) -> int:
    [entry] = desk.world.quarantined()
    return entry.id


def test_nobody_in_question_is_said_so(desk: Desk) -> None:
    assert "Nobody is in question." in desk.page("/customers")


def test_a_question_shows_everything_that_a_person_decides_by(asked: Desk) -> None:
    text = asked.page("/customers")
    assert "1 customer may be somebody whom the other system has already." in text
    assert "Who is Ada Lovelace?" in text
    assert (
        "Grace Hopper (C-7) same e-mail, but another name and country · ada@mill.example · 0431 555777 · Arlington US"
        in text
    )


def test_the_quarantine_leads_to_the_question(asked: Desk) -> None:
    html = asked.browser.get("/quarantine").text
    assert f'href="/customers#entry-{entry_of(asked)}"' in html
    assert f'id="entry-{entry_of(asked)}"' in asked.browser.get("/customers").text


def test_a_press_on_the_right_one_lets_the_orders_flow(asked: Desk) -> None:
    said = asked.says(f"/customers/{entry_of(asked)}/decide", remote="P-7")
    assert "Ada Lovelace is P-7; the orders that waited are transferred now." in said
    assert asked.nudges == ["work"]
    asked.world.settle()
    assert len(asked.world.erp.things(Kind.CUSTOMER)) == 1
    assert len(asked.world.erp.things(Kind.ORDER)) == 1
    with asked.world.hub.database.read() as tx:
        known = matches.of(tx, asked.world.ids["Office"], asked.world.ids["Shop"], ["1"])["1"]
    assert (known.state, known.decided_by) == ("linked", "ada")


def test_none_of_them_is_a_new_customer(asked: Desk) -> None:
    said = asked.says(f"/customers/{entry_of(asked)}/decide")
    assert "Ada Lovelace is a new customer; the orders that waited are transferred now." in said
    asked.world.settle()
    assert len(asked.world.erp.things(Kind.CUSTOMER)) == 2


def test_what_was_decided_meanwhile_is_said_so(asked: Desk) -> None:
    entry = entry_of(asked)
    asked.says(f"/customers/{entry}/decide")
    assert "does so no longer" in asked.says(f"/customers/{entry}/decide", remote="P-7")


def test_an_entry_that_does_not_exist_is_no_page(desk: Desk) -> None:
    assert desk.post("/customers/4711/decide").status_code == 404


def test_a_form_from_elsewhere_decides_nothing(asked: Desk) -> None:
    answer = asked.browser.post(f"/customers/{entry_of(asked)}/decide", data={"csrf": "wrong", "remote": "P-7"})
    assert answer.status_code == 403
    assert asked.world.quarantined() != []


@pytest.mark.parametrize("url", ["/customers", "/customers/duplicates", "/customers/duplicates.csv"])
def test_a_stranger_sees_nobody(stranger: Desk, url: str) -> None:
    answer = stranger.browser.get(url, follow_redirects=False)
    assert answer.status_code == 303
    assert "/login" in answer.headers["location"]


def test_the_story_of_a_customer_says_that_a_person_decided_and_shows_the_number(asked: Desk) -> None:
    asked.world.shop.put(ada())
    asked.says(f"/customers/{entry_of(asked)}/decide", remote="P-7")
    asked.world.settle()
    text = asked.page(f"/records/{asked.world.ids['Shop']}/customer?ref=1")
    assert "a person said that it is the same" in text
    assert "C-7" in text


def test_a_match_that_was_certain_says_so(selling: Desk) -> None:
    selling.world.erp.put(ada("P-7", reference="K-7"))
    buys(selling, 1, ada())
    selling.world.settle()
    text = selling.page(f"/records/{selling.world.ids['Shop']}/customer?ref=1")
    assert "was there already, certainly the same" in text


# Who is there twice.


@pytest.fixture
def doubled(desk: Desk) -> Desk:
    """An office that cannot be asked has got Ada twice; a third customer has a mistyped VAT id."""
    desk.world.erp.put(mug())
    desk.world.flow(Kind.ORDER, "Shop", "ERP")
    mill = {"name": "Mill GmbH", "email": "m@mill.example", "billing": Address(company="Mill GmbH", country="DE")}
    buys(desk, 1, ada("1"))
    buys(desk, 2, ada("guest-7", guest=True))
    buys(desk, 3, ada("3", vat_id="DE136695977", **mill))
    desk.world.settle()
    return desk


def test_nobody_is_there_twice(desk: Desk) -> None:
    text = desk.page("/customers/duplicates")
    assert "No customer looks like another one." in text
    assert "Merge list" not in text


def test_doubles_are_shown_with_whom_to_keep_and_why(doubled: Desk) -> None:
    text = doubled.page("/customers/duplicates")
    assert "1 group of customers who are, or may be, one person." in text
    assert "certainly one person" in text
    assert "keep Ada Lovelace, ada@mill.example Shop 1 · keep: has an account and a link to ERP customer-" in text
    assert "Shop guest-7 (guest) · same e-mail, name and street" in text


def test_vat_ids_that_are_sent_nowhere_stand_below(doubled: Desk) -> None:
    text = doubled.page("/customers/duplicates")
    assert "VAT ids that are not valid They are sent nowhere; the orders flow. Mill GmbH: DE136695977 Shop 3" in text


def test_the_merge_list_can_be_taken_home(doubled: Desk) -> None:
    answer = doubled.browser.get("/customers/duplicates.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="customers-to-merge.csv"'
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["what to do"], row["customer"]) for row in rows] == [("keep", "1"), ("merge", "guest-7")]
