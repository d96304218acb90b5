"""Signing in, by both ways, and what verify finds: each trouble of a connection with its sentence and its fix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from trueup.clock import utc_now
from trueup.connectors.kit.errors import Misconfigured
from trueup.connectors.kit.http import Http
from trueup.connectors.kit.ports import Finding, Level
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.connectors.woocommerce.signing import oauth_signer
from trueup.domain.record import Kind
from trueup.sandbox import RunningShop, ShopSettings, running_shop

from .conftest import Opener, settings_of
from .parcels import done, parcel, product


def red(findings: Sequence[Finding]) -> Finding:
    """The one red finding."""
    (finding,) = (finding for finding in findings if finding.level is Level.RED)
    assert finding.fix
    assert finding.sentence.endswith(".")
    return finding


def finding(findings: Sequence[Finding], check: str) -> Finding:
    return next(finding for finding in findings if finding.check == check)


# Signing in


@pytest.mark.parametrize("auth", ["auto", "oauth1"])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_reading_and_writing_work_over_both_schemes_and_ways(
    connect: Opener, shop: RunningShop, scheme: str, auth: str
) -> None:
    woo = connect(url=shop.url if scheme == "https" else shop.http_url, auth=auth)
    sku = "Ä-ß/1 #2+&=é"
    remote = done(woo.push([parcel(product(sku))])[0]).remote
    assert woo.find(Kind.PRODUCT, [sku, "a,b"]) == {sku: (remote,)}


def test_over_http_the_secret_never_travels(connect: Opener, shop: RunningShop) -> None:
    settings = settings_of(shop, url=shop.http_url)
    url, headers = oauth_signer(settings, utc_now)("GET", f"{shop.http_url}/wp-json/wc/v3/products?per_page=1")
    assert settings.consumer_secret.get_secret_value() not in url
    assert headers == {}
    assert "oauth_signature_method=HMAC-SHA256" in url


def test_a_certificate_that_nobody_vouches_for_is_refused(connect: Opener) -> None:
    with pytest.raises(Misconfigured, match=r"certificate of the shop at 127\.0\.0\.1 is not trusted"):
        connect(ca_file=None).find(Kind.PRODUCT, ["X"])


def test_a_clock_that_is_off_is_named_where_signatures_need_it(shop: RunningShop) -> None:
    settings = settings_of(shop, url=shop.http_url)
    for minutes, works in ((14, True), (-14, True), (20, False), (-20, False)):
        woo = WooCommerce(settings, clock=lambda shift=minutes: utc_now() + timedelta(minutes=shift))
        if works:
            assert woo.find(Kind.PRODUCT, ["X"]) == {}
        else:
            with pytest.raises(Misconfigured, match=r"its clock and ours are (19|20) minutes apart"):
                woo.find(Kind.PRODUCT, ["X"])
        woo.close()


# Verifying


def test_a_good_connection_is_green_and_tells_how_the_shop_is_set_up(woo: WooCommerce, shop: RunningShop) -> None:
    findings = woo.verify()
    assert {f.level for f in findings} == {Level.GREEN}
    assert [f.check for f in findings] == [
        "https", "shop", "clock", "time zone", "keys", "orders", "write access", "currency", "taxes", "version",
        "order storage", "order statuses", "transfer", "tracking", "mails",
    ]  # fmt: skip
    assert finding(findings, "time zone").sentence.startswith("The shop's time zone is Europe/Berlin")
    assert finding(findings, "currency").sentence == "The shop sells in EUR with 2 decimals."
    assert "10.5.0" in finding(findings, "version").sentence
    assert "HPOS" in finding(findings, "order storage").sentence


def test_verifying_writes_nothing(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    woo.verify()
    assert api.rows("products", status="any") == []
    assert api.rows("orders", status="any") == []
    assert api.rows("webhooks") == []


def test_http_is_yellow_with_a_reason(connect: Opener, shop: RunningShop) -> None:
    findings = connect(url=shop.http_url).verify()
    assert [f.check for f in findings if f.level is not Level.GREEN] == ["https"]
    assert "customers' data travel in the clear" in finding(findings, "https").sentence


def test_an_unknown_key_is_red(connect: Opener, shop: RunningShop) -> None:
    findings = connect(consumer_key="ck_" + "0" * 40).verify()
    trouble = red(findings)
    assert trouble.check == "keys"
    assert trouble.sentence.startswith("The shop does not accept the consumer key")
    assert "Make a new key with Read/Write" in trouble.fix


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_wrong_secret_is_red(connect: Opener, shop: RunningShop, scheme: str) -> None:
    url = shop.url if scheme == "https" else shop.http_url
    trouble = red(connect(url=url, consumer_secret="cs_" + "0" * 40).verify())
    assert trouble.check == "keys"
    assert trouble.sentence.startswith("The shop refuses the keys.")


def test_a_key_that_was_taken_back_is_red(connect: Opener, shop: RunningShop) -> None:
    key = shop.shop.keys.add("read_write")
    woo = connect(consumer_key=key.consumer_key, consumer_secret=key.consumer_secret)
    assert red_or_none(woo.verify()) is None
    shop.shop.keys.remove(key.consumer_key)
    assert red(woo.verify()).check == "keys"


def red_or_none(findings: Sequence[Finding]) -> Finding | None:
    return next((finding for finding in findings if finding.level is Level.RED), None)


def test_a_read_only_key_is_found_without_writing(connect: Opener, shop: RunningShop, api: WooClient) -> None:
    key = shop.shop.keys.add("read")
    findings = connect(consumer_key=key.consumer_key, consumer_secret=key.consumer_secret).verify()
    trouble = red(findings)
    assert trouble.check == "write access"
    assert "does not have write permissions" in trouble.sentence
    assert "Read/Write" in trouble.fix
    assert finding(findings, "orders").level is Level.GREEN
    assert api.rows("products", status="any") == []


def test_a_write_only_key_is_red(connect: Opener, shop: RunningShop) -> None:
    key = shop.shop.keys.add("write")
    trouble = red(connect(consumer_key=key.consumer_key, consumer_secret=key.consumer_secret).verify())
    assert trouble.check == "keys"
    assert "does not have read permissions" in trouble.sentence


@pytest.mark.parametrize(
    ("fault", "more", "told", "fix"),
    [
        ("html", {}, "answered a web page where data was expected", "Open the address in a browser"),
        (
            "redirect",
            {"location": "https://www.shop.example/wp-json/"},
            "Use https://www.shop.example as its address",
            "Enter the address that it names",
        ),
        ("error", {"status": 503}, "503", "Open the address in a browser"),
        ("forbidden", {}, "403", "Open the address in a browser"),
        ("drop", {}, "broke off the connection", "Open the address in a browser"),
    ],
)
def test_something_in_front_of_the_shop_is_told(
    woo: WooCommerce, shop: RunningShop, fault: str, more: dict[str, Any], told: str, fix: str
) -> None:
    shop.faults.add(fault, **more)
    trouble = red(woo.verify())
    assert trouble.check == "shop"
    assert told in trouble.sentence
    assert fix in trouble.fix


def test_no_shop_at_all_is_told(connect: Opener) -> None:
    trouble = red(connect(url="http://no-such-shop.invalid").verify())
    assert "no-such-shop.invalid cannot be reached" in trouble.sentence


def test_a_clock_that_is_off_is_yellow_over_https_and_red_over_http(shop: RunningShop) -> None:
    for url, level in ((shop.url, Level.YELLOW), (shop.http_url, Level.RED)):
        woo = WooCommerce(settings_of(shop, url=url), clock=lambda: utc_now() + timedelta(minutes=30))
        found = finding(woo.verify(), "clock")
        woo.close()
        assert found.level is level
        assert "minutes apart" in found.sentence
        assert "NTP" in found.fix


def test_the_shops_taxes_and_currency_are_told() -> None:
    with running_shop(
        ShopSettings(currency="JPY", decimals=0, prices_include_tax=True, tax_round_at_subtotal=True)
    ) as shop:
        woo = WooCommerce(settings_of(shop))
        findings = woo.verify()
        woo.close()
    assert finding(findings, "currency").sentence == "The shop sells in JPY with 0 decimals."
    assert finding(findings, "taxes").sentence == "Prices are kept including tax, and taxes are rounded at subtotal."
    with running_shop(ShopSettings(calc_taxes=False)) as shop:
        woo = WooCommerce(settings_of(shop))
        found = finding(woo.verify(), "taxes")
        woo.close()
    assert found.level is Level.YELLOW


def test_no_sentence_of_a_connection_holds_a_key(connect: Opener, shop: RunningShop) -> None:
    for fault in ("html", "forbidden", "drop", "ok_with_error", "error"):
        shop.faults.clear()
        shop.faults.add(fault, status=401 if fault == "error" else None)
        for url in (shop.url, shop.http_url):
            text = str(connect(url=url).verify())
            assert shop.consumer_key not in text
            assert shop.consumer_secret not in text
            assert "oauth_" not in text


def test_the_clients_pool_is_one_for_all_calls(woo: WooCommerce) -> None:
    assert isinstance(woo._client.http, Http)
    woo.close()
    woo.close()
