"""What a back office calls an account is read back from it, and nothing else of the account is taken for a number."""

from __future__ import annotations

from typing import Any

import pytest

from trueup.connectors.woocommerce.customer_mapping import customer_from_woo
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.customer import ExternalNumber

SHOP = Settings.model_validate({"url": "https://shop.example", "consumer_key": "ck_x", "consumer_secret": "cs_x"})


def account(*meta: tuple[str, Any]) -> dict[str, Any]:
    entries = [{"id": place, "key": key, "value": value} for place, (key, value) in enumerate(meta, 1)]
    name = {"first_name": "Ada", "last_name": "Lovelace"}
    return {"id": 12, "email": "ada@mill.example", **name, "billing": name, "shipping": {}, "meta_data": entries}


def test_the_number_that_was_written_to_an_account_is_read_back_with_its_system() -> None:
    found = customer_from_woo(account(("_erp_customer_no", "K-88"), ("_erp_system", "Tryton")), SHOP)
    assert found.numbers == (ExternalNumber(system="Tryton", number="K-88"),)


@pytest.mark.parametrize(
    "meta",
    [
        (),
        (("_erp_customer_no", "K-88"),),
        (("_erp_system", "Tryton"),),
        (("_erp_customer_no", {"no": "K-88"}), ("_erp_system", "Tryton")),
        (("customer_no", "K-88"), ("_erp_system", "Tryton")),
    ],
    ids=["none", "without a system", "without a number", "something else than a text", "typed by the shopper"],
)
def test_anything_else_is_no_number(meta: tuple[tuple[str, Any], ...]) -> None:
    assert customer_from_woo(account(*meta), SHOP).numbers == ()


def test_a_number_that_was_written_back_is_no_change_of_the_account() -> None:
    before, after = account(), account(("_erp_customer_no", "K-88"), ("_erp_system", "Tryton"))
    assert customer_from_woo(before, SHOP).fingerprint() == customer_from_woo(after, SHOP).fingerprint()
