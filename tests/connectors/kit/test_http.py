"""The HTTP client against real sockets: what each odd answer means, and what is never said or done."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import ThreadingHTTPServer

import pytest

from trueup.connectors.kit.errors import Gone, Misconfigured, OutsideError, Rejected, TryLater
from trueup.connectors.kit.http import TIMED_OUT, Http, HttpOptions
from trueup.connectors.kit.statuses import meaning_of

from .peers import Peer, Reply, handler_of

QUICK = HttpOptions(first_wait=0.001, read=0.3, connect=1.0)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@contextmanager
def client(peer: Peer, options: HttpOptions = QUICK) -> Iterator[Http]:
    http = Http(peer.url, system="The shop", options=options)
    try:
        yield http
    finally:
        http.close()


def failure(peer: Peer, method: str = "GET", *replies: Reply, path: str = "/x") -> OutsideError:
    peer.replies = list(replies) or peer.replies
    with client(peer) as http, pytest.raises(OutsideError) as raised:
        http.request(method, path, json={} if method != "GET" else None).json()
    return raised.value


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (301, Misconfigured),
        (400, Rejected),
        (401, Misconfigured),
        (403, Misconfigured),
        (404, Rejected),
        (405, Misconfigured),
        (408, TryLater),
        (410, Gone),
        (413, Rejected),
        (422, Rejected),
        (425, TryLater),
        (429, TryLater),
        (500, TryLater),
        (501, Rejected),
        (502, TryLater),
        (503, TryLater),
        (504, TryLater),
        (520, TryLater),
    ],
)
def test_every_status_means_one_thing_to_do(peer: Peer, status: int, meaning: type[OutsideError]) -> None:
    error = failure(peer, "POST", Reply(status=status, body=b"{}"))
    assert type(error) is meaning is meaning_of(status)
    assert error.status == status
    assert str(status) in error.sentence or status == 301


@pytest.mark.parametrize(
    ("status", "unknown"), [(408, True), (425, False), (429, False), (500, True), (502, True), (504, True)]
)
def test_a_write_that_met_a_server_error_has_an_unknown_outcome(peer: Peer, status: int, unknown: bool) -> None:
    error = failure(peer, "PUT", Reply(status=status))
    assert isinstance(error, TryLater)
    assert error.unknown_outcome is unknown
    assert len(peer.asked) == 1, "a write is never repeated here"


def test_a_read_is_repeated_within_seconds_and_a_hiccup_is_not_noticed(peer: Peer) -> None:
    peer.replies = [Reply(status=502), Reply(status=503), Reply(body=b'{"fine":true}')]
    with client(peer) as http:
        assert http.get("/x").json() == {"fine": True}
    assert len(peer.asked) == 3


def test_a_read_gives_up_after_three_times_and_nothing_is_unknown(peer: Peer) -> None:
    error = failure(peer, "GET", Reply(status=502))
    assert isinstance(error, TryLater)
    assert not error.unknown_outcome
    assert len(peer.asked) == 3


def test_a_post_that_only_reads_is_repeated_too(peer: Peer) -> None:
    peer.replies = [Reply(status=502), Reply(body=b"[1]")]
    with client(peer) as http:
        assert http.request("POST", "/search", json={}, writes=False).json() == [1]


def test_who_asks_for_a_long_wait_is_not_asked_again_at_once(peer: Peer) -> None:
    error = failure(peer, "GET", Reply(status=503, headers={"Retry-After": "120"}))
    assert isinstance(error, TryLater)
    assert error.wait == timedelta(minutes=2)
    assert len(peer.asked) == 1


def test_a_retry_after_date_is_read_by_the_clock_of_the_one_who_sent_it(peer: Peer) -> None:
    wrong_clock = datetime(2031, 1, 1, tzinfo=UTC)
    headers = {
        "Date": format_datetime(wrong_clock, usegmt=True),
        "Retry-After": format_datetime(wrong_clock + timedelta(seconds=90), usegmt=True),
    }
    peer.replies = [Reply(status=429, headers=headers)]
    with client(peer) as http, pytest.raises(TryLater) as raised:
        http.get("/x")
    assert raised.value.wait == timedelta(seconds=90)


def test_a_reset_during_a_write_leaves_its_outcome_unknown(peer: Peer) -> None:
    error = failure(peer, "POST", Reply(reset=True))
    assert isinstance(error, TryLater)
    assert error.unknown_outcome
    assert "broke off the connection" in error.sentence


def test_a_reset_during_a_read_is_asked_again(peer: Peer) -> None:
    peer.replies = [Reply(reset=True), Reply(body=b"[]")]
    with client(peer) as http:
        assert http.get("/x").json() == []


def test_a_time_out_of_a_write_is_unknown_and_of_a_read_not_repeated(peer: Peer) -> None:
    write = failure(peer, "POST", Reply(hang=True))
    assert isinstance(write, TryLater)
    assert (write.unknown_outcome, write.code) == (True, TIMED_OUT)
    asked = len(peer.asked)
    read = failure(peer, "GET", Reply(hang=True))
    assert isinstance(read, TryLater)
    assert not read.unknown_outcome
    assert len(peer.asked) == asked + 1, "it took long already"


def test_a_refused_connection_wrote_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    error = failure(Peer(url=f"http://127.0.0.1:{port}", replies=[Reply()]), "POST")
    assert isinstance(error, TryLater)
    assert not error.unknown_outcome
    assert "cannot be reached" in error.sentence


def test_a_host_without_an_address_is_said_plainly() -> None:
    error = failure(Peer(url="http://no-such-shop.invalid", replies=[Reply()]), "POST")
    assert isinstance(error, TryLater)
    assert not error.unknown_outcome
    assert "no-such-shop.invalid cannot be reached" in error.sentence


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><html>log in</html>", b"\xef\xbb\xbf <html></html>", b"", b"oops"])
def test_a_page_where_data_was_expected_is_a_wrong_connection(peer: Peer, body: bytes) -> None:
    error = failure(peer, "GET", Reply(body=body))
    assert isinstance(error, Misconfigured)
    assert error.sentence.startswith("The shop answered")
    assert error.request_id


@pytest.mark.parametrize(("method", "unknown"), [("GET", False), ("POST", True)])
def test_json_that_breaks_off_is_asked_for_later(peer: Peer, method: str, unknown: bool) -> None:
    error = failure(peer, method, Reply(body=b'{"create":[{"id":1'))
    assert isinstance(error, TryLater)
    assert error.unknown_outcome is unknown
    assert error.sentence == "The answer of the shop broke off in the middle."


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateways_page_is_no_wrong_connection(peer: Peer, status: int) -> None:
    error = failure(peer, "PUT", Reply(status=status, body=b"<html>Briefly unavailable for maintenance</html>"))
    assert isinstance(error, TryLater)
    assert error.sentence == f"The shop answered with a web page ({status}) where data was expected."


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_redirects_are_never_followed_and_the_address_to_use_is_named(peer: Peer, method: str) -> None:
    location = "https://www.shop.example/wp-json/wc/v3/products?consumer_key=ck_secret"
    error = failure(peer, method, Reply(status=301, headers={"Location": location}), path="/wp-json/wc/v3/products")
    assert isinstance(error, Misconfigured)
    assert "Use https://www.shop.example as its address." in error.sentence
    assert "ck_secret" not in error.sentence
    assert len(peer.asked) == 1


def test_every_request_has_its_own_id_that_errors_and_answers_carry(peer: Peer) -> None:
    with client(peer) as http:
        first, second = http.get("/x"), http.get("/x")
    peer.replies = [Reply(status=404)]
    error = failure(peer)
    sent = [headers["X-Request-Id"] for _, _, headers, _ in peer.asked]
    assert sent == [first.request_id, second.request_id, error.request_id]
    assert len(set(sent)) == 3


def test_an_answer_is_bounded(peer: Peer) -> None:
    peer.replies = [Reply(body=b"x" * (1024 * 1024 + 1))]
    small = HttpOptions(most_bytes=1024 * 1024)
    with client(peer, small) as http, pytest.raises(Misconfigured, match="more than 1 MB"):
        http.get("/x")


def test_one_connection_serves_several_requests(peer: Peer) -> None:
    ports: set[int] = set()

    class Handler(handler_of(peer)):  # type: ignore[misc]  # a class made at run time is no type
        def answer(self) -> None:
            ports.add(self.client_address[1])
            super().answer()

        do_GET = answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    http = Http(f"http://127.0.0.1:{server.server_port}", system="The shop", options=QUICK)
    for _ in range(5):
        http.get("/x")
    http.close()
    server.shutdown()
    server.server_close()
    assert len(ports) == 1


def test_queries_are_encoded_so_that_any_sku_arrives(peer: Peer) -> None:
    with client(peer) as http:
        http.get("/x", {"sku": "Ä-ß/1 #2,B&C+D", "_fields": "id"})
    path = peer.asked[0][1]
    assert path == "/x?sku=%C3%84-%C3%9F%2F1%20%232%2CB%26C%2BD&_fields=id"


def test_each_try_is_signed_anew_and_anonymous_requests_not_at_all(peer: Peer) -> None:
    signed: list[str] = []

    def sign(method: str, url: str) -> tuple[str, dict[str, str]]:
        signed.append(f"{method} {url}")
        return f"{url}?nonce={len(signed)}", {"X-Signed": "yes"}

    peer.replies = [Reply(status=503), Reply(), Reply()]
    http = Http(peer.url, system="The shop", sign=sign, options=QUICK)
    http.get("/x")
    http.request("GET", "/x", anonymous=True)
    http.close()
    assert [path for _, path, _, _ in peer.asked] == ["/x?nonce=1", "/x?nonce=2", "/x"]
    assert ["X-Signed" in headers for _, _, headers, _ in peer.asked] == [True, True, False]


def test_the_other_sides_own_code_and_sentence_are_used_where_it_explains_itself(peer: Peer) -> None:
    peer.replies = [Reply(status=400, body=b'{"code":"sku","message":"taken"}')]
    http = Http(peer.url, system="The shop", explain=lambda status, headers, body: (body["code"], body["message"]))
    with pytest.raises(Rejected) as raised:
        http.request("POST", "/x", json={})
    http.close()
    assert (raised.value.code, raised.value.sentence) == ("sku", "taken")


def test_a_ca_file_that_is_none_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_text("no certificate")
    with pytest.raises(Misconfigured, match=r"ca\.pem"):
        Http("https://a.example", system="The shop", options=HttpOptions(ca_file=str(path)))


def test_an_unusable_address_is_a_wrong_connection() -> None:
    error = failure(Peer(url="ftp://a.example", replies=[Reply()]), "POST")
    assert isinstance(error, Misconfigured)
