"""Customers as every connector hands them over: addresses in one spelling, and only VAT ids that are valid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.domain.customer import Address, Customer
from trueup.domain.records import record_from

BILLING = Address(first_name="Ada", last_name="Lovelace", street="Hauptstr. 5", postcode="24103", country="DE")


def customer(**fields: Any) -> Customer:
    return Customer.model_validate(
        {"id": "12", "name": "Ada Lovelace", "reference": "WC-CUSTOMER-12", "billing": BILLING, **fields}
    )


@pytest.mark.parametrize(
    ("field", "given_text", "kept"),
    [
        ("street", "  Hauptstr.   5 ", "Hauptstr. 5"),
        ("street", "Hauptstr. 5\nHinterhaus", "Hauptstr. 5 Hinterhaus"),
        ("city", "Jo\u0308nko\u0308ping", "Jönköping"),
        ("last_name", "Love\u200blace", "Lovelace"),
        ("postcode", "553\u00a016", "553 16"),
        ("email", " Ada@Mill.Example ", "ada@mill.example"),
        ("country", "de", "DE"),
        ("country", "uk", "GB"),
        ("country", "EL", "GR"),
        ("company", "   ", None),
        ("phone", "", None),
    ],
)
def test_spaces_case_and_accents_make_no_difference(field: str, given_text: str, kept: str | None) -> None:
    assert getattr(Address.model_validate({field: given_text}), field) == kept


def test_the_same_address_has_the_same_fingerprint_however_it_was_typed() -> None:
    """A shopper who types a space more is no change that anybody is told about."""
    typed = {"first_name": "Ada ", "last_name": " Lovelace", "street": "Hauptstr.  5", "postcode": "24103 "}
    assert customer(billing={**typed, "country": "de"}).fingerprint() == customer().fingerprint()


@pytest.mark.parametrize("missing", [None, Address(), Address(country="DE"), Address(state="NW", country="DE")])
def test_without_a_shipping_address_parcels_go_where_the_bill_goes(missing: Address | None) -> None:
    """A shop fills in the country of a shipping address that nobody entered."""
    assert customer(shipping=missing).delivery == BILLING


def test_a_shipping_address_is_taken_as_it_is() -> None:
    gift = Address(first_name="Grace", street="Ringweg 1", postcode="10115")
    assert customer(shipping=gift).delivery == gift


def test_a_name_without_a_place_goes_to_the_billing_place_under_that_name() -> None:
    """A peer's bug: parcels with a name on them and no street."""
    delivery = customer(shipping=Address(first_name="Grace", last_name="Hopper", phone="030 1")).delivery
    assert (delivery.person, delivery.phone) == ("Grace Hopper", "030 1")
    assert (delivery.street, delivery.postcode, delivery.country) == ("Hauptstr. 5", "24103", "DE")


def test_a_vat_id_is_kept_in_one_spelling() -> None:
    found = customer(vat_id=" de 136 695 976 ")
    assert (found.vat_id, found.wrong_vat_id, found.notices()) == ("DE136695976", None, [])


def test_a_vat_id_without_a_country_is_read_as_one_of_the_billing_country() -> None:
    assert customer(vat_id="136695976").vat_id == "DE136695976"
    in_sweden = {"country": "se", "street": "Storgatan 3"}
    assert customer(vat_id="556703748501", billing=in_sweden).vat_id == "SE556703748501"


def test_a_wrong_vat_id_is_left_out_and_told_about_and_stops_nothing() -> None:
    found = customer(vat_id="DE136695977")
    assert (found.vat_id, found.wrong_vat_id) == (None, "DE136695977")
    assert found.problems() == []
    assert [notice.sentence for notice in found.notices()] == [
        'the VAT id "DE136695977" is not valid and is left out. Ask for it, and correct it in the shop.'
    ]


@pytest.mark.parametrize("given_text", ["DE136695976", "DE136695977", "", None])
def test_what_was_stored_is_read_back_as_it_was(given_text: str | None) -> None:
    found = customer(vat_id=given_text, opt_in=False, salutation="Frau", blocked=True, block_reason="unpaid bills")
    assert record_from("customer", found.payload()) == found


def test_what_the_leader_does_not_say_is_unknown_and_not_no() -> None:
    """A consent or a block that nobody spoke of must never be written anywhere."""
    assert (customer().opt_in, customer().blocked, customer().payment_terms, customer().group) == (None,) * 4


@given(st.dictionaries(st.sampled_from(sorted(Address.model_fields)), st.one_of(st.none(), st.text(max_size=15))))
def test_a_normal_address_stays_as_it_is(fields: dict[str, str | None]) -> None:
    address = Address.model_validate(fields)
    assert Address.model_validate(address.model_dump()) == address
