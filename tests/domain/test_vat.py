"""VAT ids are checked by their format and checksum, whoever wrote them however."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.domain.vat import vat_id


@pytest.mark.parametrize(
    ("given_text", "country", "expected"),
    [
        ("SE556703748501", None, "SE556703748501"),
        ("se 556703-7485 01", None, "SE556703748501"),
        ("556703748501", "SE", "SE556703748501"),
        ("DE136695976", "DE", "DE136695976"),
        ("136 695 976", "DE", "DE136695976"),
        ("ATU13585627", None, "ATU13585627"),
        ("U13585627", "AT", "ATU13585627"),
        ("EL094259216", "DE", "EL094259216"),
        ("GR 094259216", "GR", "EL094259216"),
        ("094259216", "GR", "EL094259216"),
        ("GB 980 7806 84", None, "GB980780684"),
        ("XI 980 7806 84", "GB", "XI980780684"),
        ("CHE-107.787.577 IVA", "CH", "CHE107787577IVA"),
        ("ES B-58378431", None, "ESB58378431"),
        ("428759497", "BE", "BE0428759497"),
    ],
)
def test_a_valid_vat_id_is_written_in_one_way(given_text: str, country: str | None, expected: str) -> None:
    assert vat_id(given_text, country) == expected


@pytest.mark.parametrize(
    ("given_text", "country"),
    [
        ("DE136695977", "DE"),  # the last digit is the checksum
        ("DE13669597", "DE"),
        ("556703-7485", "SE"),  # a Swedish company number is no VAT id yet
        ("XI 980 7806 85", None),
        ("hello", None),
        ("none", "SE"),
        ("-", None),
        ("", "SE"),
    ],
)
def test_what_fails_its_countrys_check_is_no_vat_id(given_text: str, country: str | None) -> None:
    assert vat_id(given_text, country) is None


def test_a_number_of_a_country_without_known_rules_passes_as_it_is() -> None:
    assert vat_id("12-3456789", "US") == "123456789"


def test_the_country_in_front_counts_before_that_of_the_address() -> None:
    """A German company that lives in Sweden for its parcels."""
    assert vat_id("DE136695976", "SE") == "DE136695976"


@given(st.text(max_size=20), st.sampled_from([None, "SE", "DE", "GR", "GB", "CH", "US", "NO", "XX"]))
def test_any_text_is_read_without_an_error_and_what_is_valid_stays_as_it_is(text: str, country: str | None) -> None:
    valid = vat_id(text, country)
    assert valid is None or vat_id(valid, country) == valid
