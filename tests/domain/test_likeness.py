"""Names, streets, postcodes and phone numbers in one spelling, however people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.domain.customer import Address
from trueup.domain.likeness import email_key, folded, name_key, phone_key, places, postcode_key, street_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Lovelace", "LOVELACE, Ada"),
        ("Ada Lovelace", "  ada   lovelace "),
        ("Jürgen Müller", "Juergen Mueller"),
        ("Jürgen Müller", "Jurgen Muller"),
        ("Dr. Ada Lovelace", "Ada Lovelace"),
        ("Müller & Söhne GmbH", "Mueller und Soehne G.m.b.H."),
        ("Åsa Öberg", "Asa Oberg"),
        ("Søren Kjær", "Soren Kjaer"),
        ("Łukasz Wiśniewski", "Lukasz Wisniewski"),
        ("Zoe\u0301 Dupont", "Zoé Dupont"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada Lovelace", "Ada Byron"), ("Hans Müller", "Hans Müller GmbH"), ("Ann Smith", "Anna Smith"), ("Herr", "Frau")],
)
def test_other_names_stay_other_names(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Hauptstraße 5 a",), ("Hauptstr. 5A",)),
        (("Hauptstrasse 5a",), ("HAUPTSTRAßE 5a",)),
        (("Königsallee 12",), ("Koenigsallee 12",)),
        (("12 Baker Street",), ("12 Baker St.",)),
        (("Storgatan 3",), ("Storg. 3",)),
        (("Björkvägen 7",), ("Björkv 7",)),
        (("Storgatan 3", "lgh 1102"), ("Storgatan 3, Lgh 1102",)),
    ],
)
def test_a_street_is_the_same_with_its_usual_abbreviations(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert street_key(*one) == street_key(*other)


def test_another_house_is_another_street_address() -> None:
    assert len({street_key(text) for text in ("Hauptstr. 5", "Hauptstr. 5a", "Hauptstr. 6", "Nebenstr. 5")}) == 4


@pytest.mark.parametrize(
    ("one", "other", "country"),
    [
        ("553 16", "55316", "SE"),
        ("SE-553 16", "553 16", "SE"),
        ("D-10115", "10115", "D"),
        ("sw1a 1aa", "SW1A1AA", "GB"),
    ],
)
def test_a_postcode_is_the_same_with_and_without_spaces_and_country(one: str, other: str, country: str) -> None:
    assert postcode_key(one, country) == postcode_key(other, country)


def test_a_postcode_that_begins_like_its_country_keeps_its_letters() -> None:
    """SE16 is a part of London, and would be one also if the country were Sweden's neighbour."""
    assert postcode_key("SE16 4QQ", "SE") == "se164qq"


@pytest.mark.parametrize("text", ["+49 431 123456", "0049 431 123456", "0431/123456", "(0431) 12 34 56"])
def test_a_phone_number_is_the_same_with_and_without_its_country(text: str) -> None:
    assert phone_key(text) == "31123456"


@pytest.mark.parametrize("text", ["", "12", "none", "ask for Ada 0431 123456", "+"])
def test_what_is_no_phone_number_has_no_key(text: str) -> None:
    assert phone_key(text) == ""


def test_the_case_of_an_email_makes_no_difference_and_what_is_none_has_no_key() -> None:
    assert email_key(" Ada@Shop.Example ") == "ada@shop.example"
    assert email_key("unknown") == ""


def test_an_address_without_postcode_or_street_is_no_place() -> None:
    """Otherwise everybody without an address would live together."""
    assert places([Address(postcode="55316"), Address(street="Storgatan 3"), Address()]) == frozenset()


def test_an_address_is_found_with_and_without_the_second_line_of_its_street() -> None:
    one = places([Address(postcode="553 16", street="Storgatan 3", street_2="lgh 1102", country="SE")])
    assert one == {("55316", "storg3"), ("55316", "storg3lgh1102")}


@given(st.text(max_size=40))
def test_a_spelling_is_its_own_spelling(text: str) -> None:
    assert folded(folded(text)) == folded(text)
