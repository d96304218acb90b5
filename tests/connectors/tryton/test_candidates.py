"""Whom a real Tryton has already that may be a customer: found however people spelled him there."""

from __future__ import annotations

from typing import Any

import pytest

from support.tryton import TrytonScreen
from trueup.connectors.tryton.candidates import address_of, domains, gapped, places_of
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.domain.customer import Address, Candidate, Customer, ExternalNumber
from trueup.domain.matching import judge

from .baskets import customer_parcel, done

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]

VAT = "DE136695976"


@pytest.fixture(scope="module")
def lovelace(screen: TrytonScreen) -> str:
    """As somebody in the back office typed her."""
    return person(
        screen, "Müller & Lovelace", postcode="553 16", email="Ada@Shop.example", vat="DE 136.695.976", code="K-1017"
    )


def person(
    screen: TrytonScreen,
    name: str,
    *,
    postcode: str | None = None,
    email: str | None = None,
    vat: str | None = None,
    **more: Any,
) -> str:
    values = {
        "name": name,
        "addresses": [["create", [{"street": "Dorfstr. 1", "postal_code": postcode}]]],
        "contact_mechanisms": [["create", [{"type": "email", "value": email}] if email else []]],
        "identifiers": [["create", [{"type": "eu_vat", "code": vat}] if vat else []]],
    }
    (made,) = screen.client.create("party.party", [{**values, **more}], screen.context)
    return str(made)


def customer(name: str = "Nobody Known", *, postcode: str | None = None, **more: Any) -> Customer:
    billing = Address(last_name=name, street="Elsewhere 9", postcode=postcode, city="Kiel", country="SE")
    return Customer(**{"id": "1", "name": name, "reference": "WC-CUSTOMER-1", "billing": billing, **more})


def remotes(connector: TrytonConnector, *customers: Customer) -> list[list[str]]:
    return [[candidate.remote for candidate in found] for found in connector.candidates(customers)]


@pytest.mark.parametrize(
    "looked_for",
    [
        customer(numbers=(ExternalNumber(system="Tryton", number="k-1017"),)),
        customer(vat_id=VAT),
        customer(email="ada@shop.EXAMPLE"),
        customer("Mueller & Lovelace", postcode="55316"),
        customer("LOVELACE und Müller", postcode="SE-553 16"),
    ],
    ids=["customer number", "VAT id", "e-mail", "name and postcode", "name in another order"],
)
def test_somebody_is_found_by_any_clue(connector: TrytonConnector, lovelace: str, looked_for: Customer) -> None:
    assert lovelace in remotes(connector, looked_for)[0]


@pytest.mark.parametrize(
    "stranger",
    [
        customer(),
        customer("Müller & Lovelace", postcode="11122"),
        customer("Somebody Else", postcode="55316"),
        customer(email="ada@elsewhere.example"),
        customer(email="ada@shop.example", apart=True),
    ],
    ids=["a stranger", "same name elsewhere", "a neighbour", "another e-mail", "who is to stand apart"],
)
def test_and_nobody_without_one(connector: TrytonConnector, lovelace: str, stranger: Customer) -> None:
    assert lovelace not in remotes(connector, stranger)[0]


def test_several_customers_are_asked_for_together_and_answered_in_order(
    connector: TrytonConnector, lovelace: str
) -> None:
    assert remotes(connector, customer(), customer(vat_id=VAT), customer()) == [[], [lovelace], []]
    assert list(connector.candidates([])) == []


def test_what_is_known_of_somebody_is_told(connector: TrytonConnector, lovelace: str) -> None:
    ((found,),) = connector.candidates([customer(vat_id=VAT)])
    assert isinstance(found, Candidate)
    assert (found.remote, found.name, found.number) == (lovelace, "Müller & Lovelace", "K-1017")
    assert (found.emails, found.vat_ids) == (("Ada@Shop.example",), ("DE 136.695.976",))
    assert [(address.street, address.postcode) for address in found.addresses] == [("Dorfstr. 1", "553 16")]
    verdict = judge(customer("Mueller & Lovelace", vat_id=VAT), [found])
    assert verdict.certain is not None


def test_two_who_share_an_address_are_both_told(connector: TrytonConnector, screen: TrytonScreen) -> None:
    both = {person(screen, name, email="office@shared.example") for name in ("First Clerk", "Second Clerk")}
    assert set(remotes(connector, customer(email="office@shared.example"))[0]) == both


def test_an_archived_one_is_nobody(connector: TrytonConnector, screen: TrytonScreen) -> None:
    gone = person(screen, "Gone Away", email="gone@shop.example")
    assert remotes(connector, customer(email="gone@shop.example")) == [[gone]]
    screen.change("party.party", int(gone), active=False)
    assert remotes(connector, customer(email="gone@shop.example")) == [[]]


def test_a_merged_one_is_who_took_his_place(connector: TrytonConnector, screen: TrytonScreen) -> None:
    old = person(screen, "Entered Twice", code="K-OLD")
    heir = person(screen, "Entered Twice", code="K-NEW")
    screen.merge_party(int(old), into=int(heir))
    ((found,),) = connector.candidates([customer(numbers=(ExternalNumber(system="Tryton", number="K-OLD"),))])
    assert (found.remote, found.number) == (heir, "K-NEW")


def test_the_number_by_which_people_know_a_customer_is_told_with_every_write(
    connector: TrytonConnector, lovelace: str
) -> None:
    new = customer("Brand New", postcode="24103", reference="WC-CUSTOMER-7701", id="7701")
    assert done(connector.push([customer_parcel(new)])[0]).document == "WC-CUSTOMER-7701"
    known = customer("Müller & Lovelace", vat_id=VAT)
    assert done(connector.push([customer_parcel(known, remote=lovelace)])[0]).document == "K-1017"


def test_a_vat_number_that_people_wrote_in_groups_is_not_added_again(
    connector: TrytonConnector, screen: TrytonScreen, lovelace: str
) -> None:
    done(connector.push([customer_parcel(customer("Müller & Lovelace", vat_id=VAT), remote=lovelace)])[0])
    numbers = screen.rows("party.identifier", [["party", "=", int(lovelace)]], ["code"])
    assert [row["code"] for row in numbers] == ["DE 136.695.976"]


class TestTheQuestions:
    def test_nobody_is_asked_for_without_a_clue(self) -> None:
        assert list(domains([])) == []
        assert list(domains([customer(postcode="55316", email="a@b.example", apart=True)])) == []

    def test_a_postcode_alone_or_a_name_alone_is_no_clue(self) -> None:
        assert list(places_of(customer("Ada"))) == []
        assert list(places_of(customer("Ada", postcode="55316")))

    @pytest.mark.parametrize(
        ("name", "pattern"), [("Ada Müller", "%M%ller%"), ("Mueller, Ada", "%M%ller%%"), ("Gauß KG", "%Gau%%")]
    )
    def test_a_name_is_looked_for_by_its_longest_word_whichever_way_it_is_spelled(
        self, name: str, pattern: str
    ) -> None:
        ((_, (_, by_name, _)),) = places_of(customer(name, postcode="1"))
        assert by_name == ["name", "ilike", pattern]

    def test_a_number_is_found_in_any_groups(self) -> None:
        assert gapped("136 695") == "%1%3%6%6%9%5"

    def test_a_person_at_a_company_is_told_from_the_company(self) -> None:
        row = {
            "party_name": "Office Ltd",
            "attn": "Ada",
            "street": "Ring 1\nDoor 2",
            "postal_code": "1",
            "city": "Wien",
        }
        found = address_of({**row, "country": {"code": "AT"}})
        assert (found.company, found.last_name, found.street, found.street_2) == (
            "Office Ltd",
            "Ada",
            "Ring 1",
            "Door 2",
        )
        assert address_of({**row, "attn": None, "country": None}).company is None
