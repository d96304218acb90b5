"""Who may ask the shop: keys over https, OAuth 1.0a over http, and what is said to everybody else."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from oauthlib.oauth1 import Client

from trueup.sandbox.auth import WINDOW, ApiKey, signature_base
from trueup.sandbox.clock import ShopClock
from trueup.sandbox.front_door import open_shop
from trueup.sandbox.settings import ShopSettings
from trueup.sandbox.shop import Shop

from .conftest import Api, Reply

ERROR = "woocommerce_rest_authentication_error"


def basic(name: str, secret: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"}


def over_http(shop: Shop) -> Api:
    return Api(shop, None, scheme="http")


def signed_query(key: ApiKey, url: str, method: str = "GET", *, at: int, **more: Any) -> dict[str, str]:
    """What the oauthlib library adds to an address to sign it."""
    client = Client(
        key.consumer_key,
        key.consumer_secret,
        signature_type="QUERY",
        signature_method=more.pop("signature_method", "HMAC-SHA1"),
        timestamp=str(at),
        **more,
    )
    address, _, _ = client.sign(url, http_method=method)
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))


def ask_signed(shop: Shop, key: ApiKey, path: str = "/products", method: str = "GET", **more: Any) -> Reply:
    at = int(shop.now().timestamp()) + more.pop("shift", 0)
    query = signed_query(key, f"http://shop.example/wp-json/wc/v3{path}", method, at=at, **more)
    return over_http(shop).ask(method, path.partition("?")[0], {} if method != "GET" else None, **query)


def test_a_key_opens_the_shop_over_https(api: Api) -> None:
    assert api.get("/products").status == 200


def test_a_key_in_the_query_opens_it_too_over_https(api: Api, nobody: Api) -> None:
    assert api.key is not None
    pair = {"consumer_key": api.key.consumer_key, "consumer_secret": api.key.consumer_secret}
    assert nobody.get("/products", **pair).status == 200


def test_over_http_basic_and_query_keys_are_as_good_as_none(api: Api, shop: Shop) -> None:
    assert api.key is not None
    key, plain = api.key, over_http(shop)
    by_header = plain.ask("GET", "/products", headers=basic(key.consumer_key, key.consumer_secret))
    by_query = plain.get("/products", consumer_key=key.consumer_key, consumer_secret=key.consumer_secret)
    assert [by_header.code, by_query.code] == ["woocommerce_rest_cannot_view"] * 2


def test_a_shop_behind_a_proxy_takes_basic_over_http() -> None:
    shop = open_shop(ShopSettings(behind_https=True))
    api = Api(shop, shop.add_key(), scheme="http")
    assert api.get("/products").status == 200
    shop.store.close()


def test_a_wrong_secret_is_told_apart_from_an_unknown_key(api: Api, nobody: Api) -> None:
    assert api.key is not None
    wrong = nobody.ask("GET", "/products", headers=basic(api.key.consumer_key, "cs_wrong"))
    unknown = nobody.ask("GET", "/products", headers=basic("ck_unknown", "cs_wrong"))
    assert (wrong.status, wrong.code, wrong.body["message"]) == (401, ERROR, "Consumer secret is invalid.")
    assert (unknown.status, unknown.code) == (401, "woocommerce_rest_cannot_view")


@pytest.mark.parametrize("header", ["Basic !!!", "Basic ", "Bearer abc", "nonsense"])
def test_a_header_that_is_no_credential_is_ignored(nobody: Api, header: str) -> None:
    assert nobody.ask("GET", "/products", headers={"authorization": header}).code == "woocommerce_rest_cannot_view"


@pytest.mark.parametrize(
    ("permission", "method", "refused"),
    [
        ("read", "GET", None),
        ("read", "HEAD", None),
        ("read", "POST", "write"),
        ("read", "PUT", "write"),
        ("read", "PATCH", "write"),
        ("read", "DELETE", "write"),
        ("read", "OPTIONS", None),
        ("write", "GET", "read"),
        ("write", "POST", None),
        ("read_write", "GET", None),
        ("read_write", "DELETE", None),
    ],
)
def test_a_key_may_do_what_it_was_made_for_and_is_refused_with_401(
    shop: Shop, api: Api, permission: str, method: str, refused: str | None
) -> None:
    product = api.product()
    limited = Api(shop, shop.add_key(permission))
    path = "/products" if method in ("GET", "HEAD", "POST", "OPTIONS") else f"/products/{product['id']}"
    reply = limited.ask(method, path, None if method in ("GET", "HEAD", "OPTIONS") else {"name": "New"})
    if refused is None:
        assert reply.status in (200, 201)
    else:
        assert (reply.status, reply.code) == (401, ERROR)
        assert reply.body["message"] == f"The API key provided does not have {refused} permissions."


def test_a_refused_write_changes_nothing(shop: Shop, api: Api) -> None:
    product = api.product(name="Old")
    Api(shop, shop.add_key("read")).put(f"/products/{product['id']}", {"name": "New"})
    assert api.get(f"/products/{product['id']}").body["name"] == "Old"


def test_method_override_does_not_lead_past_the_permission(shop: Shop) -> None:
    reader = Api(shop, shop.add_key("read"))
    reply = reader.ask("GET", "/products/1", headers={"x-http-method-override": "DELETE"})
    assert reply.body["message"] == "The API key provided does not have write permissions."


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/products", 401, "woocommerce_rest_cannot_view"),
        ("POST", "/products", 401, "woocommerce_rest_cannot_create"),
        ("PUT", "/products/1", 401, "woocommerce_rest_cannot_edit"),
        ("DELETE", "/products/1", 401, "woocommerce_rest_cannot_delete"),
        ("POST", "/products/batch", 401, "woocommerce_rest_cannot_batch"),
        ("GET", "/products/999999", 404, "woocommerce_rest_product_invalid_id"),
        ("GET", "/products?per_page=0", 400, "rest_invalid_param"),
        ("GET", "/nothing", 404, "rest_no_route"),
    ],
)
def test_nobody_is_told_no_except_what_leaks(nobody: Api, method: str, path: str, status: int, code: str) -> None:
    reply = nobody.ask(method, path, None if method == "GET" else {})
    assert (reply.status, reply.code) == (status, code)


def test_an_existing_product_is_not_shown_to_nobody(api: Api, nobody: Api) -> None:
    product = api.product()
    reply = nobody.get(f"/products/{product['id']}")
    assert (reply.status, reply.body["message"]) == (401, "Sorry, you cannot view this resource.")


def test_plain_permalinks_do_not_authenticate(api: Api) -> None:
    reply = api.ask("GET", "/wp-json/", rest_route="/wc/v3/products")
    assert (reply.status, reply.code) == (401, "woocommerce_rest_cannot_view")


def test_the_index_is_for_everybody_and_names_what_the_shop_can_do(nobody: Api) -> None:
    body = nobody.get("/wp-json/").body
    assert body["name"] == "Test shop"
    assert body["timezone_string"] == "Europe/Berlin"
    assert {"wc/v3", "wc/store/v1"} <= set(body["namespaces"])


@pytest.mark.parametrize(
    ("month", "hours"), [(3, 1), (7, 2)], ids=["winter time", "summer time"]
)  # fmt: skip
def test_the_index_knows_the_offset_of_today(clock: ShopClock, nobody: Api, month: int, hours: int) -> None:
    clock.hold(clock.now().replace(month=month))
    assert nobody.get("/wp-json/").body["gmt_offset"] == hours


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_oauth_opens_the_shop_over_http(shop: Shop, api: Api, method: str) -> None:
    assert api.key is not None
    assert ask_signed(shop, api.key, signature_method=method).status == 200


def test_every_query_parameter_is_part_of_the_signature(shop: Shop, api: Api) -> None:
    assert api.key is not None
    assert ask_signed(shop, api.key, "/products?include%5B0%5D=1&include%5B1%5D=2&search=a%20b%26c").status == 200
    at = int(shop.now().timestamp())
    query = signed_query(api.key, "http://shop.example/wp-json/wc/v3/products?per_page=5", at=at)
    tampered = over_http(shop).get("/products", **{**query, "per_page": "6"})
    assert tampered.body["message"] == "Invalid signature - provided signature does not match."


def test_oauth_writes_without_signing_the_body(shop: Shop, api: Api) -> None:
    assert api.key is not None
    reply = ask_signed(shop, api.key, method="POST")
    assert (reply.status, reply.body["name"]) == (201, "Product")


@pytest.mark.parametrize("shift", [-WINDOW, WINDOW, -60, 0])
def test_a_clock_that_is_wrong_by_15_minutes_is_good_enough(shop: Shop, api: Api, shift: int) -> None:
    assert api.key is not None
    assert ask_signed(shop, api.key, shift=shift).status == 200


@pytest.mark.parametrize("shift", [-WINDOW - 1, WINDOW + 1, 86400])
def test_a_clock_that_is_more_wrong_is_not(shop: Shop, api: Api, shift: int) -> None:
    assert api.key is not None
    assert ask_signed(shop, api.key, shift=shift).body["message"] == "Invalid timestamp."


def test_a_nonce_opens_the_shop_once(shop: Shop, api: Api, clock: ShopClock) -> None:
    assert api.key is not None
    assert ask_signed(shop, api.key, nonce="same").status == 200
    clock.advance(5)
    assert ask_signed(shop, api.key, nonce="same").body["message"] == "Invalid nonce - nonce has already been used."
    assert ask_signed(shop, api.key, nonce="other").status == 200


def test_two_keys_may_use_the_same_nonce(shop: Shop) -> None:
    first, second = shop.add_key(), shop.add_key()
    assert [ask_signed(shop, key, nonce="same").status for key in (first, second)] == [200, 200]


def test_plaintext_signatures_are_refused(shop: Shop, api: Api) -> None:
    assert api.key is not None
    reply = ask_signed(shop, api.key, signature_method="PLAINTEXT")
    assert reply.body["message"] == "Invalid signature - signature method is invalid."


def test_missing_oauth_parameters_are_named(nobody: Api, shop: Shop) -> None:
    one = over_http(shop).get(
        "/products", oauth_consumer_key="a", oauth_timestamp="1", oauth_nonce="n", oauth_signature_method="HMAC-SHA1"
    )
    two = over_http(shop).get("/products", oauth_consumer_key="a", oauth_timestamp="1", oauth_nonce="n")
    assert one.body["message"] == "Missing OAuth parameter oauth_signature"
    assert two.body["message"] == "Missing OAuth parameters oauth_signature, oauth_signature_method"
    assert one.code == "woocommerce_rest_authentication_missing_parameter"


def test_the_signed_text_is_that_of_the_standard() -> None:
    """The example of RFC 5849, section 3.4.1.1, without the parameters of the body."""
    params = {"b5": "=%3D", "a3": "a", "c@": "", "a2": "r b", "oauth_nonce": "7d8f3e4a", "oauth_signature": "left out"}
    assert signature_base("post", "http://example.com/request", params) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26oauth_nonce"
        "%3D7d8f3e4a"
    )


def test_a_removed_key_is_dead_at_once(shop: Shop, api: Api) -> None:
    assert api.key is not None
    shop.keys.remove(api.key.consumer_key)
    assert api.get("/products").code == "woocommerce_rest_cannot_view"


def test_keys_are_random_and_look_like_woocommerces(shop: Shop) -> None:
    keys = [shop.add_key() for _ in range(3)]
    assert len({key.consumer_key for key in keys}) == 3
    for key in keys:
        assert (key.consumer_key[:3], len(key.consumer_key)) == ("ck_", 43)
        assert (key.consumer_secret[:3], len(key.consumer_secret)) == ("cs_", 43)
