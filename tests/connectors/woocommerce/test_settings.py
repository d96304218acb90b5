"""What people enter: addresses in every spelling, keys in the wrong place; each mistake has its sentence."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from pydantic import ValidationError

from trueup.connectors.registry import SYSTEMS
from trueup.connectors.woocommerce.settings import Settings, shop_url, unswapped

KEY, SECRET = f"ck_{secrets.token_hex(20)}", f"cs_{secrets.token_hex(20)}"


def settings(**changes: Any) -> Settings:
    return Settings.model_validate(
        {"url": "https://shop.example", "consumer_key": KEY, "consumer_secret": SECRET, **changes}
    )


def complaint(**changes: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        settings(**changes)
    return str(raised.value)


@pytest.mark.parametrize(
    "spelling",
    [
        "https://www.shop.example",
        "www.shop.example",
        "https://www.shop.example/",
        "https://WWW.Shop.EXAMPLE",
        "https://www.shop.example/wp-json",
        "https://www.shop.example/wp-json/wc/v3/",
        "https://www.shop.example/wp-json/wc/v2/orders?per_page=5",
        "https://www.shop.example/?page=cart#top",
        "  https://www.shop.example:443/wp-admin/admin.php?page=wc-settings ",
        "https://www.shop.example/index.php",
    ],
)
def test_one_shop_in_ten_spellings_is_one_address(spelling: str) -> None:
    assert settings(url=spelling).url == "https://www.shop.example"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://shop.example/wp-json/", "http://shop.example"),
        ("shop.example/butik/wp-json/wc/v3", "https://shop.example/butik"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://jönköping.example", "https://jönköping.example"),
    ],
)
def test_http_ports_and_folders_are_kept(text: str, url: str) -> None:
    assert shop_url(text) == url


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the shop's address is missing"),
        ("ftp://shop.example", "is no address of a shop"),
        ("https://", "is no address of a shop"),
        ("my shop", "is no address of a shop"),
        ("https://shop.example:99999", "has a wrong port"),
        ("https://eva:word@shop.example", "the address holds a user or a password"),
    ],
)
def test_what_is_no_address_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        shop_url(text)


def test_swapped_keys_are_recognised_and_the_fix_is_ready() -> None:
    swapped = {"url": "https://shop.example", "consumer_key": SECRET, "consumer_secret": KEY}
    with pytest.raises(ValidationError, match="the consumer key and the consumer secret are swapped"):
        Settings.model_validate(swapped)
    mended = unswapped(swapped)
    assert mended is not None
    assert Settings.model_validate(mended).consumer_key == KEY
    assert unswapped({"consumer_key": KEY, "consumer_secret": SECRET}) is None


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"consumer_key": SECRET}, "the consumer key is a consumer secret"),
        ({"consumer_secret": KEY}, "the consumer secret is a consumer key"),
        ({"consumer_key": "admin"}, "the consumer key does not begin with ck_"),
        ({"consumer_secret": "password"}, "the consumer secret does not begin with cs_"),
    ],
)
def test_a_wrong_key_is_told_and_never_repeated(keys: dict[str, str], told: str) -> None:
    text = complaint(**keys)
    assert told in text
    for value in (KEY, SECRET, "password"):
        assert value not in text


def test_the_secret_is_shown_nowhere() -> None:
    assert SECRET not in repr(settings())
    assert SECRET not in settings().model_dump_json()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"order_statuses": ["checkout-draft"]}, "orders in the status checkout-draft are not placed"),
        ({"order_statuses": []}, "at least 1 item"),
        ({"reference_prefix": "Jönköping shop"}, "pattern"),
        ({"create_status": "live"}, "'draft', 'pending', 'private' or 'publish'"),
        ({"order_start": "2026-01-01T00:00:00"}, "timezone"),
        ({"pagesize": 5}, "Extra inputs are not permitted"),
        ({"complete_when": "soon"}, "complete_when"),
        ({"tracking_via": "pigeon"}, "tracking_via"),
        ({"tracking_what": "colour"}, "tracking_what"),
        ({"cancel_back": "perhaps"}, "cancel_back"),
        ({"guests": "nobody"}, "guests"),
        ({"guest_name": ""}, "guest_name"),
        ({"order_stages": {"packing": "somewhere"}}, "order_stages"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(changes: dict[str, Any], told: str) -> None:
    assert told in complaint(**changes)


def test_what_nobody_sets_is_the_careful_choice() -> None:
    default = settings()
    assert default.create_status == "draft"
    assert default.order_statuses == ("processing",)
    assert default.order_reference("12345") == "WC-ORDER-12345"
    assert default.tax_classes == {"standard": "", "reduced": "reduced-rate", "zero": "zero-rate"}
    assert not default.signs_with_oauth
    assert settings(url="http://shop.example").signs_with_oauth
    assert settings(auth="oauth1").signs_with_oauth


def test_what_nobody_sets_mails_no_one_twice_moves_no_money_and_no_stock() -> None:
    default = settings()
    assert (default.refund_money, default.refund_restock, default.tracking_mail) == (False, False, False)
    assert (default.complete_when, default.partial_status, default.cancel_back) == ("tracking", "", "note")
    assert (default.tracking_via, default.tracking_what) == ("auto", "both")
    assert (default.test_orders, default.test_emails, default.guests) == ("skip", (), "per_email")
    assert "_billing_vat_number" in default.vat_keys
    assert not default.order_stages


def test_every_shop_has_references_of_its_own_for_refunds_too() -> None:
    assert settings().refund_reference("77") == "WC-REFUND-77"
    assert settings(reference_prefix="JKPG").refund_reference("77") == "JKPG:WC-REFUND-77"


def test_every_setting_says_what_it_is_for() -> None:
    model = SYSTEMS["woocommerce"].settings
    assert model is Settings
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
