"""Customers become parties of a real Tryton: once, with what is missing added and nothing of a person's taken away."""

from __future__ import annotations

from itertools import count

import pytest

from support.tryton import TrytonScreen
from trueup.connectors.kit.errors import Gone, Rejected
from trueup.connectors.kit.ports import Done
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.domain.customer import Address, Customer
from trueup.domain.record import Kind

from .baskets import CUSTOMER, HOME, customer_parcel, done, goods, order, parcel

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]

NUMBERS = count(500)
SHOWN = [
    "code",
    "name",
    "addresses.street",
    "addresses.city",
    "addresses.party_name",
    "addresses.attn",
    "addresses.country",
    "contact_mechanisms.type",
    "contact_mechanisms.value",
    "identifiers.type",
    "identifiers.code",
]


def new(**more: object) -> Customer:
    number = next(NUMBERS)
    return CUSTOMER.model_copy(update={"id": str(number), "reference": f"WC-CUSTOMER-{number}", **more})


def push_one(connector: TrytonConnector, customer: Customer, remote: str | None = None) -> Done:
    return done(connector.push([customer_parcel(customer, remote)])[0])


def party(screen: TrytonScreen, made: Done) -> Row:
    (row,) = screen.rows("party.party", [["id", "=", int(made.remote)]], SHOWN)
    return row


def test_a_new_customer_is_a_party_with_address_mail_and_phone(
    connector: TrytonConnector, screen: TrytonScreen
) -> None:
    buyer = new()
    row = party(screen, push_one(connector, buyer))
    assert (row["code"], row["name"]) == (buyer.reference, "Test Buyer")
    (address,) = row["addresses"]
    assert (address["street"], address["city"], address["party_name"]) == (
        "Hafenstraße 7\nHinterhaus",
        "Kiel",
        "Test Buyer",
    )
    assert {c["type"]: c["value"] for c in row["contact_mechanisms"]} == {
        "email": "buyer@shop.example",
        "phone": "+49 431 1",
    }


def test_a_company_is_addressed_by_its_name_with_the_person_to_the_attention_of(
    connector: TrytonConnector, screen: TrytonScreen
) -> None:
    office = HOME.model_copy(update={"company": "Office Ltd"})
    (address,) = party(screen, push_one(connector, new(name="Office Ltd", billing=office)))["addresses"]
    assert (address["party_name"], address["attn"]) == ("Office Ltd", "Test Buyer")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("DE 136,695 976", "DE136695976"), ("136695976", None), ("DE000000000", None), ("not yet", None)],
)
def test_a_valid_vat_number_is_kept_and_any_other_stays_out(
    connector: TrytonConnector, screen: TrytonScreen, given: str, kept: str | None
) -> None:
    row = party(screen, push_one(connector, new(vat_id=given)))
    assert [identifier["code"] for identifier in row["identifiers"]] == ([kept] if kept else [])


def test_what_changed_is_added_and_what_a_person_noted_stays(connector: TrytonConnector, screen: TrytonScreen) -> None:
    buyer = new()
    made = push_one(connector, buyer)
    screen.client.create(
        "party.contact_mechanism",
        [{"party": int(made.remote), "type": "other", "value": "prefers mornings"}],
        screen.context,
    )
    moved = buyer.model_copy(
        update={
            "name": "Test Purchaser",
            "email": "purchaser@shop.example",
            "shipping": Address(first_name="Test", last_name="Purchaser", city="Wien", country="AT"),
        }
    )
    assert push_one(connector, moved, made.remote).remote == made.remote
    row = party(screen, made)
    assert row["name"] == "Test Purchaser"
    assert [address["city"] for address in row["addresses"]] == ["Kiel", "Wien"]
    assert {contact["value"] for contact in row["contact_mechanisms"]} == {
        "buyer@shop.example",
        "purchaser@shop.example",
        "+49 431 1",
        "prefers mornings",
    }


def test_feature_149_the_name_that_people_there_gave_somebody_stays_when_he_turns_out_to_be_a_customer(
    connector: TrytonConnector, screen: TrytonScreen
) -> None:
    (known,) = screen.client.create("party.party", [{"name": "Purchaser, T. (wholesale)"}], screen.context)
    matched = push_one(connector, new(), str(known))
    row = party(screen, matched)
    assert row["name"] == "Purchaser, T. (wholesale)"
    assert [address["city"] for address in row["addresses"]] == ["Kiel"]


def test_the_same_customer_again_writes_nothing(connector: TrytonConnector, screen: TrytonScreen) -> None:
    buyer = new(vat_id="DE136695976")
    made = push_one(connector, buyer)
    (before,) = screen.rows("party.party", [["id", "=", int(made.remote)]], ["write_date", "last_modified_at"])
    push_one(connector, buyer, made.remote)
    assert screen.rows("party.party", [["id", "=", int(made.remote)]], ["write_date", "last_modified_at"]) == [before]


def test_many_customers_of_whom_one_is_there_and_one_cannot_be_taken(
    connector: TrytonConnector, screen: TrytonScreen
) -> None:
    known, nowhere, nameless, *others = (new() for _ in range(8))
    made = push_one(connector, known)
    nowhere = nowhere.model_copy(update={"billing": HOME.model_copy(update={"country": "NZ"})})
    nameless = nameless.model_copy(update={"name": " "})
    pushed = [others[0], known, nowhere, *others[1:4], nameless, others[4]]
    outcomes = connector.push([customer_parcel(customer) for customer in pushed])
    assert [isinstance(outcome, Done) for outcome in outcomes] == [True, True, False, True, True, True, False, True]
    assert done(outcomes[1]).remote == made.remote
    assert isinstance(outcomes[2], Rejected)
    assert "the country NZ is missing in Tryton" in outcomes[2].sentence
    assert isinstance(outcomes[6], Rejected)
    assert "neither a name nor a company" in outcomes[6].sentence
    references = [customer.reference for customer in pushed]
    assert set(connector.find(Kind.CUSTOMER, references)) == set(references) - {nowhere.reference, nameless.reference}


def test_a_party_that_was_deleted_is_gone(connector: TrytonConnector, screen: TrytonScreen) -> None:
    buyer = new()
    made = push_one(connector, buyer)
    screen.client.delete("party.party", int(made.remote))
    (outcome,) = connector.push([customer_parcel(buyer, made.remote)])
    assert isinstance(outcome, Gone)
    assert buyer.name in outcome.sentence


def test_a_party_that_was_merged_into_another_is_followed(connector: TrytonConnector, screen: TrytonScreen) -> None:
    doubled, kept = push_one(connector, old := new()), push_one(connector, new())
    screen.merge_party(int(doubled.remote), into=int(kept.remote))
    assert connector.find(Kind.CUSTOMER, [old.reference]) == {old.reference: (kept.remote,)}
    (book,) = screen.rows("product.product", [["code", "=", "SKU-0005"]])
    made = done(connector.push([parcel(order(9101, goods(book["id"], percent="7")), doubled.remote)])[0])
    (sale,) = screen.sales("party", id=int(made.remote))
    assert sale["party"] == int(kept.remote)
