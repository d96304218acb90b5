"""The body of an answer: data, half of it, a page, or nothing. Without a server."""

from __future__ import annotations

import gzip
import json
from codecs import BOM_UTF8
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.connectors.kit.errors import Misconfigured, OutsideError, TryLater
from trueup.connectors.kit.http import Answer, Http, HttpOptions, json_or_none

from .peers import Peer, Reply

BROKE_OFF = "The answer of the shop broke off in the middle."
SPOILT = (
    "The answer of the shop is spoilt: something else stands in its JSON, such as a warning. Let it write warnings "
    "into a log."
)


def answer(
    content: bytes, *, wrote: bool = False, system: str = "The shop", headers: dict[str, str] | None = None
) -> Answer:
    return Answer(
        status=200, headers=headers or {}, content=content, request_id="r1", seconds=0.1, system=system, wrote=wrote
    )


def refusal(content: bytes, **more: Any) -> OutsideError:
    with pytest.raises(OutsideError) as raised:
        answer(content, **more).json()
    return raised.value


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"{}", {}),
        (b" [1, 2]\r\n", [1, 2]),
        (b"null", None),
        (b"0", 0),
        (b'"x"', "x"),
        ('{"name":"Möbel €"}'.encode(), {"name": "Möbel €"}),
        (BOM_UTF8 + b'{"a":1}', {"a": 1}),
        (BOM_UTF8 + b"[]", []),
    ],
)
def test_data_is_data_also_behind_the_mark_that_some_add_ons_put_in_front_of_it(content: bytes, value: Any) -> None:
    assert answer(content).json() == value
    assert json_or_none(content) == value


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"id":1', BROKE_OFF),
        (b'[{"id":1},', BROKE_OFF),
        (b"{", BROKE_OFF),
        (b'{"name":"M\xc3', BROKE_OFF),
        (b'{"id":1}<br /><b>Notice</b>: Undefined index', SPOILT),
        (b'{"id":1}{"id":2}', SPOILT),
        (b"[1,<br />\n<b>Warning</b>: foreach()", SPOILT),
        (b'{"price":NaN}', SPOILT),
        (BOM_UTF8 + b'{"id":1', BROKE_OFF),
    ],
)
@pytest.mark.parametrize("wrote", [False, True])
def test_half_of_it_and_data_with_something_in_it_are_told_apart(content: bytes, sentence: str, wrote: bool) -> None:
    error = refusal(content, wrote=wrote)
    assert isinstance(error, TryLater)
    assert (error.sentence, error.unknown_outcome, error.request_id) == (sentence, wrote, "r1")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(value=st.lists(values, min_size=1, max_size=3) | st.dictionaries(st.text(max_size=3), values, min_size=1))
@settings(max_examples=25, deadline=None)
def test_wherever_an_answer_is_cut_it_broke_off_and_whole_it_is_read(value: Any) -> None:
    content = json.dumps(value, ensure_ascii=False).encode()
    assert answer(content).json() == value
    for end in range(1, len(content)):
        assert refusal(content[:end]).sentence == BROKE_OFF, content[:end]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "nothing"),
        (b" \r\n\t", "nothing"),
        (b"<!DOCTYPE html><html><title>Log in</title></html>", "a web page"),
        (b"<!doctype HTML>", "a web page"),
        (b"\n\n  <HTML lang='de'>", "a web page"),
        (b"<head><title>x</title></head>", "a web page"),
        (b"<body>x</body>", "a web page"),
        (b"<p>Tryton</p>", "a web page"),
        (BOM_UTF8 + b"<html></html>", "a web page"),
        (b"<br />\n<b>Fatal error</b>: Uncaught Error", "something else than JSON"),
        (b"<?xml version='1.0'?><error/>", "something else than JSON"),
        (b"Error establishing a database connection", "something else than JSON"),
        (b"\x89PNG\r\n\x1a\n", "something else than JSON"),
        (b"0.5.1", "something else than JSON"),
        (b"-1}", "something else than JSON"),
    ],
)
def test_what_came_instead_of_data_is_named(content: bytes, what: str) -> None:
    error = refusal(content)
    assert isinstance(error, Misconfigured)
    assert error.sentence == (
        f"The shop answered {what} where data was expected. Check the address of the connection, and that no "
        "maintenance, login or security page stands in front of it."
    )
    assert (error.status, error.request_id) == (200, "r1")
    assert json_or_none(content) is None


@pytest.mark.parametrize(
    ("system", "called"),
    [("The shop", "the shop"), ("Tryton", "Tryton"), ("Theodor", "Theodor"), ("The ERP", "the ERP")],
)
def test_a_proper_name_keeps_its_capital_inside_a_sentence(system: str, called: str) -> None:
    assert refusal(b"{", system=system).sentence == f"The answer of {called} broke off in the middle."


def test_the_clock_of_the_other_side_is_read_from_its_answer() -> None:
    assert answer(b"", headers={"date": "Sun, 01 Mar 2026 12:00:00 GMT"}).date == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert answer(b"").date is None


def test_what_an_answer_holds_stays_out_of_logs() -> None:
    shown = repr(answer(b'{"email":"buyer@mail.example"}', headers={"set-cookie": "session=hush"}))
    assert "buyer" not in shown
    assert "hush" not in shown
    assert "status=200" in shown
    assert "r1" in shown


# Over a real line, where the size of a body and its packing are decided


def body_of(peer: Peer, limit: int) -> bytes:
    http = Http(peer.url, system="The shop", options=HttpOptions(most_bytes=limit))
    try:
        return http.get("/x").content
    finally:
        http.close()


@pytest.mark.parametrize("size", [0, 1, 4096])
def test_a_body_up_to_the_limit_is_taken_whole(peer: Peer, size: int) -> None:
    peer.replies = [Reply(body=b"x" * size)]
    assert len(body_of(peer, 4096)) == size


def test_one_byte_more_is_refused(peer: Peer) -> None:
    peer.replies = [Reply(body=b"x" * 4097)]
    with pytest.raises(Misconfigured, match="answered with more than"):
        body_of(peer, 4096)


def test_what_is_small_on_the_line_and_large_unpacked_is_refused_too(peer: Peer) -> None:
    packed = gzip.compress(b"0" * 3_000_000)
    assert len(packed) < 10_000
    peer.replies = [Reply(body=packed, headers={"Content-Encoding": "gzip"})]
    with pytest.raises(Misconfigured, match="more than 1 MB, which is refused"):
        body_of(peer, 1024 * 1024)


def test_a_packed_answer_that_is_damaged_is_a_broken_line(peer: Peer) -> None:
    peer.replies = [Reply(body=b"no gzip at all", headers={"Content-Encoding": "gzip"})]
    http = Http(peer.url, system="The shop", options=HttpOptions(first_wait=0.001))
    with pytest.raises(TryLater, match="broke off the connection") as broken:
        http.request("POST", "/x", json={})
    http.close()
    assert broken.value.unknown_outcome, "the shop may have done it before it answered"
