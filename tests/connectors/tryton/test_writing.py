"""How customers, addresses and batches are written: what is sent, and what becomes of it when Tryton refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from trueup.connectors.kit.errors import Gone, Misconfigured, MissingLink, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.tryton.addresses import address_to_tryton, key_of, matching, subdivision_of
from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.outcomes import about, create_each, not_reached, told
from trueup.connectors.tryton.parties import Parties, contacts_of, identifiers_of, is_known
from trueup.connectors.tryton.premises import Premises
from trueup.domain.customer import Address, Customer
from trueup.domain.record import Kind, Ref

from .baskets import CUSTOMER, HOME, customer_parcel
from .window import Reply, Window, good, refused

COUNTRIES = [{"id": 1, "code": "DE"}, {"id": 2, "code": "JP"}]
STATES = [{"id": 7, "code": "DE-BY"}, {"id": 8, "code": "JP-13"}]


def client_of(window: Window) -> TrytonClient:
    return TrytonClient(window.settings())


# Batches


def picky(bad: set[int], sent: list[list[int]]) -> Callable[[Any], Reply]:
    """Tryton's own rule: all of a call, or nothing of it."""

    def create(body: Any) -> Reply:
        numbers = [values["n"] for values in body["vlist"]]
        sent.append(numbers)
        wrong = [n for n in numbers if n in bad]
        return refused(f"{wrong[0]} is bad.") if wrong else good([1000 + n for n in numbers])

    return create


@given(size=st.integers(0, 20), bad=st.sets(st.integers(0, 19), max_size=4))
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_a_batch_exactly_the_bad_ones_are_refused_each_with_its_own_reason(
    window: Window, size: int, bad: set[int]
) -> None:
    sent: list[list[int]] = []
    window.special["thing/create"] = picky(bad, sent)
    client = client_of(window)
    answers = create_each(client, "thing", [{"n": n} for n in range(size)], {})
    client.close()
    for n, answer in enumerate(answers):
        if n in bad:
            assert isinstance(answer, Rejected)
            assert answer.sentence == f'Tryton says: "{n} is bad.".'
        else:
            assert answer == 1000 + n
    assert len(answers) == size
    good_ones = sum(1 for n in range(size) if n not in bad)
    created = [n for numbers in sent for n in numbers if not bad & set(numbers)]
    assert sorted(created) == sorted(set(created)), "nothing is created twice"
    assert len(created) == good_ones


@pytest.mark.parametrize(("status", "kind"), [(500, TryLater), (401, Misconfigured), (503, TryLater)])
def test_once_tryton_is_away_the_rest_is_not_sent(window: Window, status: int, kind: type[OutsideError]) -> None:
    """The first half is refused for a record; then Tryton goes away."""
    calls: list[int] = []

    def create(body: Any) -> Reply:
        calls.append(len(body["vlist"]))
        return refused("One is bad.") if len(calls) == 1 else (status, b"")

    window.special["thing/create"] = create
    client = client_of(window)
    answers = create_each(client, "thing", [{"n": n} for n in range(8)], {})
    client.close()
    assert calls == [8, 4], "the second half is not sent"
    assert {type(answer) for answer in answers} == {kind}
    unknown = [getattr(answer, "unknown_outcome", False) for answer in answers]
    assert unknown == [kind is TryLater] * 4 + [False] * 4, "what was not sent cannot have been done"


def test_an_empty_batch_asks_nothing(window: Window) -> None:
    client = client_of(window)
    assert create_each(client, "thing", [], {}) == []
    client.close()
    assert window.asked == []


NUMBER = CUSTOMER.reference
"""By which people in Tryton know the party of a customer that was made here."""


class TestOutcomes:
    AWAY = TryLater("Tryton is away.")
    LOST = TryLater("The answer was lost.", unknown_outcome=True)
    KEY = Misconfigured("The key is wrong.")

    def of(self, *results: Outcome, reached: bool = False) -> list[Outcome]:
        return list(told([customer_parcel()] * len(results), results, reached=reached))

    @pytest.mark.parametrize("error", [AWAY, KEY])
    def test_of_which_all_are_the_same_outage_are_one_error(self, error: OutsideError) -> None:
        with pytest.raises(type(error)) as raised:
            self.of(error, error)
        assert raised.value is error

    @pytest.mark.parametrize("results", [(AWAY, LOST), (LOST, AWAY), (AWAY, AWAY, LOST)])
    def test_of_which_one_is_unknown_are_an_unknown_error(self, results: tuple[TryLater, ...]) -> None:
        with pytest.raises(TryLater) as raised:
            self.of(*results)
        assert raised.value.unknown_outcome

    @pytest.mark.parametrize(
        ("results", "reached"),
        [
            ((AWAY, KEY), False),
            ((AWAY, Rejected("No.")), False),
            ((Rejected("No."), Rejected("No.")), False),
            ((AWAY, AWAY), True),
            ((Done(remote="1"), AWAY), False),
        ],
    )
    def test_that_differ_or_reached_something_are_told_one_by_one(
        self, results: tuple[Outcome, ...], reached: bool
    ) -> None:
        assert [type(outcome) for outcome in self.of(*results, reached=reached)] == [type(one) for one in results]

    def test_name_their_record_and_leave_the_shared_error_as_it_was(self) -> None:
        shared = Rejected("The name is missing.", field="name", status=400, request_id="r1")
        [found] = self.of(shared)
        assert isinstance(found, Rejected)
        assert found.sentence == str(found)
        assert found.sentence == "Customer Test Buyer could not be transferred to Tryton: The name is missing."
        assert (found.field, found.status, found.request_id) == ("name", 400, "r1")
        assert shared.sentence == "The name is missing."

    def test_that_wait_for_another_record_say_just_that(self) -> None:
        waiting = MissingLink(Ref(kind=Kind.PRODUCT, id="1"))
        assert about(customer_parcel(), waiting) is waiting

    def test_for_what_was_not_sent_are_not_unknown(self) -> None:
        assert not isinstance(not_reached(self.KEY), TryLater)
        copy = not_reached(self.LOST)
        assert isinstance(copy, TryLater)
        assert (copy.unknown_outcome, copy.sentence) == (False, self.LOST.sentence)


# Addresses


class TestAddresses:
    @pytest.mark.parametrize(
        ("country", "state", "id"),
        [
            ("DE", "BY", 7),
            ("DE", "DE-BY", 7),
            ("JP", "JP13", 8),
            ("JP", "13", 8),
            ("DE", "XX", None),
            ("DE", None, None),
            ("DE", "DE", None),
            (None, "BY", None),
        ],
    )
    def test_have_a_region_however_the_shop_writes_it(
        self, country: str | None, state: str | None, id: int | None
    ) -> None:
        assert subdivision_of(Address(country=country, state=state), {row["code"]: row["id"] for row in STATES}) == id

    @pytest.mark.parametrize(
        ("given", "party_name", "attn"),
        [
            ({"first_name": "A", "last_name": "B"}, "A B", None),
            ({"company": "Ltd"}, "Ltd", None),
            ({"company": "Ltd", "first_name": "A", "last_name": "B"}, "Ltd", "A B"),
            ({"last_name": "B"}, "B", None),
            ({}, None, None),
        ],
    )
    def test_are_to_a_company_and_for_the_attention_of_a_person(
        self, given: dict[str, str], party_name: str | None, attn: str | None
    ) -> None:
        found = address_to_tryton(Address(**given), {}, {})
        assert (found["party_name"], found["attn"]) == (party_name, attn)

    @pytest.mark.parametrize(
        ("street", "second", "written"),
        [("Road 1", None, "Road 1"), ("Road 1", "Yard", "Road 1\nYard"), (None, "Yard", "Yard"), (None, None, None)],
    )
    def test_have_one_text_for_two_lines(self, street: str | None, second: str | None, written: str | None) -> None:
        assert address_to_tryton(Address(street=street, street_2=second), {}, {})["street"] == written

    def test_in_a_country_that_tryton_does_not_know_are_refused(self) -> None:
        with pytest.raises(Rejected, match=r"the country XK is missing in Tryton\. Import the countries") as refusal:
            address_to_tryton(Address(country="XK"), {"DE": 1}, {})
        assert refusal.value.field == "country"

    texts = st.none() | st.text("aAbB 1\n", max_size=6)

    @given(st.fixed_dictionaries(dict.fromkeys(("party_name", "attn", "street", "postal_code", "city"), texts)))
    @hypothesis_settings(max_examples=50, deadline=None)
    def test_are_the_same_in_capitals_and_with_more_spaces(self, row: dict[str, str | None]) -> None:
        shouted = {name: f"  {text.upper()} ".replace(" ", "  ") if text else text for name, text in row.items()}
        assert key_of(row) == key_of(shouted)
        assert matching(row, [{**shouted, "id": 5}, {**row, "id": 3}]) == 3

    def test_that_are_not_there_match_nothing(self) -> None:
        assert matching({"city": "Kiel"}, []) is None
        assert matching({"city": "Kiel"}, [{"city": "Kiel", "country": 1, "id": 1}]) is None


# Customers


class TestContacts:
    @pytest.mark.parametrize(
        ("phone", "known", "expected"),
        [
            ("+49431123456", ["+49 431 123456"], True),
            ("0431 123456", ["+49 431 123456"], True),
            ("0431/12 34-56", ["+49 431 123456"], True),
            ("+49 431 123456", ["buyer@shop.example", "+49 431 123456"], True),
            ("0431 123457", ["+49 431 123456"], False),
            ("+46 431 123456", ["+49 431 123456"], False),
            ("110", ["+49 431 110"], False),
            ("110", ["110"], True),
            ("call ABC", ["CALL abc"], True),
            ("ext 123456", ["+49 431 123456"], False),
            ("+49 431 1", [], False),
        ],
    )
    def test_by_phone_are_known_however_tryton_writes_the_number(
        self, phone: str, known: list[str], expected: bool
    ) -> None:
        assert is_known({"type": "phone", "value": phone}, known) is expected

    @pytest.mark.parametrize(
        ("email", "expected"), [("Buyer@Shop.example", True), ("buyer@shop.example", True), ("b@shop.example", False)]
    )
    def test_by_mail_are_known_in_any_case(self, email: str, expected: bool) -> None:
        assert is_known({"type": "email", "value": email}, ["buyer@shop.example"]) is expected

    def test_come_from_the_customer_or_else_from_the_billing_address(self) -> None:
        home = HOME.model_copy(update={"email": "home@shop.example", "phone": "1"})
        both = CUSTOMER.model_copy(update={"billing": home})
        neither = both.model_copy(update={"email": None, "phone": " "})
        assert [row["value"] for row in contacts_of(both)] == ["buyer@shop.example", "+49 431 1"]
        assert [row["value"] for row in contacts_of(neither)] == ["home@shop.example"]

    @pytest.mark.parametrize(
        ("number", "codes"),
        [("DE 136 695 976", ["DE136695976"]), ("DE136695975", []), ("", []), (None, []), ("unknown", [])],
    )
    def test_a_vat_number_is_passed_on_if_it_is_one(self, number: str | None, codes: list[str]) -> None:
        customer = CUSTOMER.model_copy(update={"vat_id": number})
        assert [row["code"] for row in identifiers_of(customer)] == codes


class TestParties:
    """What is sent for a customer, new or known."""

    def push(self, window: Window, *parcels: Parcel) -> list[Outcome]:
        window.rows.update({"country.country": COUNTRIES, "country.subdivision": STATES})
        client = client_of(window)
        try:
            return list(Parties(client, Premises(client, window.settings())).push(parcels))
        finally:
            client.close()

    def party(self, **more: Any) -> Row:
        """As it was made from the sample customer."""
        home = address_to_tryton(HOME, {"DE": 1}, {})
        values: Row = {"id": 50, "code": "WC-CUSTOMER-12", "name": "Test Buyer", "replaced_by": None}
        contacts = [
            {"id": 1, "type": "email", "value": "buyer@shop.example"},
            {"id": 2, "type": "phone", "value": "+49 431 1"},
        ]
        return {**values, "addresses": [{**home, "id": 60}], "contact_mechanisms": contacts, "identifiers": [], **more}

    def sent(self, window: Window, end: str) -> list[Any]:
        return [asked.body for asked in window.asked if asked.path.endswith(end)]

    def test_a_new_one_is_created_whole(self, window: Window) -> None:
        window.special["party.party/create"] = lambda body: good([51])
        assert self.push(window, customer_parcel()) == [Done(remote="51", created=True, document=NUMBER)]
        [[values]] = [body["vlist"] for body in self.sent(window, "party.party/create")]
        assert (values["code"], values["name"]) == ("WC-CUSTOMER-12", "Test Buyer")
        [[_, [address]]] = values["addresses"]
        assert (address["city"], address["country"], address["invoice"], address["delivery"]) == ("Kiel", 1, True, True)
        assert [row["value"] for row in values["contact_mechanisms"][0][1]] == ["buyer@shop.example", "+49 431 1"]

    def test_the_same_address_for_both_is_written_once_and_another_one_beside_it(self, window: Window) -> None:
        window.special["party.party/create"] = lambda body: good([51 + n for n in range(len(body["vlist"]))])
        same = CUSTOMER.model_copy(update={"shipping": HOME})
        other = CUSTOMER.model_copy(update={"shipping": HOME.model_copy(update={"city": "Bonn"})})
        self.push(window, customer_parcel(same), customer_parcel(other))
        [body] = self.sent(window, "party.party/create")
        assert [len(values["addresses"][0][1]) for values in body["vlist"]] == [1, 2]

    def test_one_that_has_not_changed_is_not_touched(self, window: Window) -> None:
        window.rows["party.party"] = [self.party()]
        assert self.push(window, customer_parcel(remote="50")) == [Done(remote="50", document=NUMBER)]
        assert self.sent(window, "party.party/50") == []

    def test_what_is_new_is_added_and_what_a_person_wrote_stays(self, window: Window) -> None:
        window.rows["party.party"] = [self.party(name="Old name", contact_mechanisms=[])]
        window.special["party.party/50"] = lambda body: good(None)
        moved = CUSTOMER.model_copy(
            update={"billing": HOME.model_copy(update={"city": "Bonn"}), "vat_id": "DE136695976"}
        )
        assert self.push(window, customer_parcel(moved, remote="50")) == [Done(remote="50", document=NUMBER)]
        [changes] = self.sent(window, "party.party/50")
        assert set(changes) == {"name", "addresses", "contact_mechanisms", "identifiers"}
        assert {action for field in changes.values() if isinstance(field, list) for action, _ in field} == {"create"}
        assert changes["addresses"][0][1][0]["city"] == "Bonn"

    def test_a_phone_number_that_tryton_wrote_its_own_way_is_not_added_again_and_again(self, window: Window) -> None:
        contacts = [
            {"id": 1, "type": "email", "value": "buyer@shop.example"},
            {"id": 2, "type": "phone", "value": "+49 431 123456"},
        ]
        window.rows["party.party"] = [self.party(contact_mechanisms=contacts)]
        calling = CUSTOMER.model_copy(update={"phone": "0431-123456"})
        self.push(window, customer_parcel(calling, remote="50"))
        assert self.sent(window, "party.party/50") == []

    def test_one_whose_creation_was_answered_by_nobody_is_found_and_completed(self, window: Window) -> None:
        window.rows["party.party"] = [self.party()]
        window.special["party.party/create"] = lambda body: refused("The code must be unique.")
        assert self.push(window, customer_parcel()) == [Done(remote="50", document=NUMBER)]

    def test_one_that_tryton_refuses_for_another_reason_is_told(self, window: Window) -> None:
        window.special["party.party/create"] = lambda body: refused("The name is too long.")
        [error] = self.push(window, customer_parcel())
        assert isinstance(error, Rejected)
        assert error.sentence == (
            'Customer Test Buyer could not be transferred to Tryton: Tryton says: "The name is too long.".'
        )

    def test_one_that_was_deleted_is_gone(self, window: Window) -> None:
        window.rows["party.party"] = []
        [error] = self.push(window, customer_parcel(remote="50"))
        assert isinstance(error, Gone)
        assert "its party in Tryton (id 50) was deleted" in error.sentence

    @pytest.mark.parametrize(
        ("customer", "field"),
        [
            (CUSTOMER.model_copy(update={"name": " "}), "name"),
            (CUSTOMER.model_copy(update={"billing": HOME.model_copy(update={"country": "XK"})}), "country"),
            (CUSTOMER.model_copy(update={"reference": ""}), "reference"),
        ],
    )
    def test_one_with_a_fault_does_not_hold_up_the_others(self, window: Window, customer: Customer, field: str) -> None:
        window.special["party.party/create"] = lambda body: good([51 + n for n in range(len(body["vlist"]))])
        first, bad, last = self.push(window, customer_parcel(), customer_parcel(customer), customer_parcel())
        assert [first, last] == [
            Done(remote="51", created=True, document=NUMBER),
            Done(remote="52", created=True, document=NUMBER),
        ]
        assert isinstance(bad, Rejected)
        assert bad.field == field

    def test_a_merged_one_is_found_as_the_one_it_was_merged_into(self, window: Window) -> None:
        window.rows["party.party"] = [self.party(replaced_by=70), self.party(id=51, code="B")]
        client = client_of(window)
        found = Parties(client, Premises(client, window.settings())).find(["WC-CUSTOMER-12", "B"])
        assert Parties(client, Premises(client, window.settings())).find([]) == {}
        client.close()
        assert found == {"WC-CUSTOMER-12": ("70",), "B": ("51",)}
