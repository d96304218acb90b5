"""The shop as WordPress speaks HTTP: bodies, methods, headers, envelopes."""

from __future__ import annotations

from typing import Any

import pytest

from trueup.sandbox.wire import WireRequest, php_params, pick_fields, read_call

from .conftest import Api


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ([("a", "1"), ("a", "2")], {"a": "2"}),
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[0]", "1"), ("a[1]", "2")], {"a": ["1", "2"]}),
        ([("a[1]", "1")], {"a": {"1": "1"}}),
        ([("a[k]", "1"), ("a[l]", "2")], {"a": {"k": "1", "l": "2"}}),
        ([("a[0][x]", "1"), ("a[0][y]", "2"), ("a[1][x]", "3")], {"a": [{"x": "1", "y": "2"}, {"x": "3"}]}),
        ([("a", "1"), ("a[b]", "2")], {"a": {"b": "2"}}),
        ([("a", "")], {"a": ""}),
        ([], {}),
    ],
)
def test_parameters_are_read_as_php_reads_them(text: list[tuple[str, str]], params: dict[str, Any]) -> None:
    assert php_params(text) == params


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["id"], {"id": 1}),
        (["id", "unknown"], {"id": 1}),
        (["dimensions.width"], {"dimensions": {"width": "2"}}),
        (["dimensions"], {"dimensions": {"length": "1", "width": "2"}}),
        (["dimensions", "dimensions.width"], {"dimensions": {"length": "1", "width": "2"}}),
        (["images.id"], {"images": []}),
        (["images"], {"images": [{"id": 5}]}),
    ],
)
def test_fields_are_picked_but_not_from_lists_inside(names: list[str], kept: dict[str, Any]) -> None:
    body = {"id": 1, "dimensions": {"length": "1", "width": "2"}, "images": [{"id": 5}]}
    assert pick_fields(body, names) == kept


def test_fields_are_picked_from_each_item_of_a_list() -> None:
    assert pick_fields([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}], ["id"]) == [{"id": 1}, {"id": 2}]
    assert pick_fields("plain", ["id"]) == "plain"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"name":"x"}', "application/json", 201),
        (b'{"name":"x"}', "application/json; charset=utf-8", 201),
        (b"name=x", "application/x-www-form-urlencoded", 201),
        (b'{"name":"x"}', "text/plain", 400),
        (b"[1,2]", "application/json", 400),
        (b"", "application/json", 400),
        (b'{"name": "x",}', "application/json", 400),
    ],
)
def test_a_body_counts_only_under_its_own_type(api: Api, body: bytes, kind: str, status: int) -> None:
    reply = api.ask("POST", "/products/tags", body, headers={"content-type": kind})
    assert reply.status == status


def test_broken_json_is_told_what_is_wrong(api: Api) -> None:
    reply = api.ask("PUT", "/products/1", b"{nope")
    assert (reply.status, reply.code) == (400, "rest_invalid_json")
    assert reply.body["data"] == {"status": 400, "json_error_code": 4, "json_error_message": "Syntax error"}


def test_the_body_wins_over_the_query(api: Api) -> None:
    assert api.ask("POST", "/products/tags", {"name": "body"}, name="query").body["name"] == "body"


@pytest.mark.parametrize("path", ["/nope", "/products/abc", "/../v9/products", "/products/1/nope"])
def test_unknown_addresses(api: Api, path: str) -> None:
    reply = api.get(path)
    assert (reply.status, reply.code, "allow" in reply.headers) == (404, "rest_no_route", False)


@pytest.mark.parametrize("path", ["/products/", "/PRODUCTS"])
def test_a_slash_at_the_end_and_upper_case_do_no_harm(api: Api, path: str) -> None:
    assert api.get(path).status == 200


def test_a_method_a_route_does_not_know_is_no_route(api: Api) -> None:
    assert api.put("/products", {}).code == "rest_no_route"


@pytest.mark.parametrize("way", ["header", "query"])
def test_the_method_may_be_overridden(api: Api, way: str) -> None:
    product = api.product()
    path = f"/products/{product['id']}"
    if way == "header":
        api.ask("POST", path, headers={"x-http-method-override": "DELETE"}, force=True)
    else:
        api.ask("POST", path, _method="DELETE", force=True)
    assert api.get(path).status == 404


def test_an_envelope_holds_status_and_headers(api: Api) -> None:
    api.product()
    api.product()
    reply = api.get("/products", _envelope=1, per_page=1, _fields="id")
    assert reply.status == 200
    assert reply.body["status"] == 200
    assert reply.body["headers"]["X-WP-Total"] == 2
    assert 'rel="next"' in reply.body["headers"]["Link"]
    assert reply.body["body"] == [{"id": 12}]


def test_an_error_in_an_envelope_is_answered_200(api: Api) -> None:
    reply = api.get("/products/999", _envelope=1)
    assert (reply.status, reply.body["status"]) == (200, 404)


def test_head_is_get_without_the_body(api: Api) -> None:
    api.product()
    reply = api.ask("HEAD", "/products")
    assert (reply.status, reply.body, reply.headers["x-wp-total"]) == (200, None, "1")


def test_options_name_the_methods(api: Api) -> None:
    reply = api.ask("OPTIONS", "/products")
    assert (reply.headers["allow"], reply.body["methods"]) == ("GET, POST", ["GET", "POST"])
    assert api.ask("OPTIONS", "/nope").code == "rest_no_route"


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/products", "GET, POST"),
        ("/products/batch", "POST, PUT, PATCH"),
        ("/products/1", "GET, POST, PUT, PATCH, DELETE"),
        ("/variations", "GET"),
        ("/settings/products/batch", "POST, PUT, PATCH"),
    ],
)
def test_answers_say_what_is_allowed(api: Api, path: str, allow: str) -> None:
    assert api.ask("OPTIONS", path).headers["allow"] == allow


def test_answers_are_never_to_be_kept(api: Api, nobody: Api) -> None:
    assert "no-store" in api.get("/products").headers["cache-control"]
    assert "cache-control" not in nobody.get("/products").headers


def test_there_are_no_validators_and_no_limits_in_the_headers(api: Api) -> None:
    names = set(api.get("/products").headers)
    assert not names & {"etag", "last-modified", "x-ratelimit-limit", "retry-after"}


def test_links_follow_the_scheme_the_client_used(api: Api) -> None:
    product = api.product()
    request = WireRequest(method="GET", path="/", headers={"host": "other.example:8080"}, scheme="http")
    assert read_call(request, None, False).base == "http://other.example:8080"
    assert read_call(request, None, True).base == "https://other.example:8080"
    assert read_call(request, "https://shop.example", False).base == "http://shop.example"
    assert product["_links"]["self"][0]["href"] == f"https://shop.example/wp-json/wc/v3/products/{product['id']}"
