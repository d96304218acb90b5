"""What is asked and what is never said: headers, ids, judges, and secrets."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from trueup.connectors.kit.errors import Misconfigured, OutsideError, Rejected, TryLater
from trueup.connectors.kit.http import Answer, Http, HttpOptions

from .peers import Peer, Reply

QUICK = HttpOptions(first_wait=0.001, read=0.3, connect=0.5)
SECRET = "hush-hush-4711"


@contextmanager
def client(url: str, **more: Any) -> Iterator[Http]:
    http = Http(url, **{"system": "The shop", "options": QUICK, **more})
    try:
        yield http
    finally:
        http.close()


class TestHeaders:
    def test_of_one_request_stand_beside_those_of_the_connection_and_win(self, peer: Peer) -> None:
        with client(peer.url, headers={"X-One": "1", "X-Two": "2"}) as http:
            http.request("GET", "/x", headers={"X-Two": "two", "X-Three": "3"})
            http.get("/x")
        first, second = ({name.lower(): value for name, value in headers.items()} for _, _, headers, _ in peer.asked)
        assert (first["x-one"], first["x-two"], first["x-three"]) == ("1", "two", "3")
        assert (second["x-two"], "x-three" in second) == ("2", False)

    def test_say_who_asks_and_what_is_understood(self, peer: Peer) -> None:
        with client(peer.url) as http:
            http.get("/x")
        [(_, _, headers, _)] = peer.asked
        assert (headers["User-Agent"], headers["Accept"]) == ("trueup", "application/json")

    def test_tell_of_json_only_where_there_is_some(self, peer: Peer) -> None:
        with client(peer.url) as http:
            http.get("/x")
            http.request("POST", "/x", json={"name": "Möbel"})
            http.request("POST", "/x")
        kinds = [headers.get("Content-Type") for _, _, headers, _ in peer.asked]
        assert kinds == [None, "application/json", None]
        assert [json.loads(body) if body else None for _, _, _, body in peer.asked] == [None, {"name": "Möbel"}, None]

    @pytest.mark.parametrize("key", ["schlüssel", "key\n", "key\r\nX-Admin: 1", "key\x00", "k–y"])
    def test_a_key_with_characters_that_no_key_has_is_named_and_nothing_is_sent(self, peer: Peer, key: str) -> None:
        with client(peer.url) as http, pytest.raises(Misconfigured) as refused:
            http.request("GET", "/x", headers={"Authorization": f"bearer {key}"})
        assert refused.value.sentence == (
            "The key for the shop holds characters that no key has, such as a line break. Enter it again."
        )
        assert peer.asked == []


class TestAddresses:
    @pytest.mark.parametrize(("base", "path"), [("", "/x"), ("/", "/x"), ("/", "x"), ("///", "//x"), ("", "x")])
    def test_are_joined_with_one_stroke(self, peer: Peer, base: str, path: str) -> None:
        with client(f"{peer.url}{base}") as http:
            http.get(path)
        assert peer.asked[0][1] == "/x"

    def test_without_parameters_have_no_question_mark(self, peer: Peer) -> None:
        with client(peer.url) as http:
            http.request("GET", "/x", params={})
        assert peer.asked[0][1] == "/x"

    @pytest.mark.parametrize(
        ("url", "host"),
        [
            ("https://Shop.example/wp", "shop.example"),
            ("https://user:word@shop.example:8443", "shop.example"),
            ("http://[::1]:8069", "::1"),
            ("shop", "shop"),
            ("http://[::1", "http://[::1"),
            (f"http://user:{SECRET}@[::1", "[::1"),
        ],
    )
    def test_are_called_by_their_host(self, url: str, host: str) -> None:
        with client(url) as http:
            assert http.host == host

    @pytest.mark.parametrize("url", ["shop", "ftp://shop.example", "http://shop:port", "http://[::1", "http://"])
    def test_that_are_none_are_told_plainly(self, url: str) -> None:
        with client(url) as http, pytest.raises(Misconfigured) as refused:
            http.get("/x")
        assert refused.value.sentence.startswith("The address of the shop at ")
        assert refused.value.sentence.endswith(" is not usable. Correct it.")


class TestJudges:
    """A system whose statuses say less than its bodies judges for itself, from 400 on."""

    def asked(self, peer: Peer, reply: Reply, judge: Any, method: str = "POST") -> OutsideError:
        peer.replies = [reply]
        with client(peer.url, judge=judge) as http, pytest.raises(OutsideError) as raised:
            http.request(method, "/x", json={})
        return raised.value

    def test_a_judgement_counts_more_than_the_table(self, peer: Peer) -> None:
        error = self.asked(peer, Reply(status=500, body=b"taken"), lambda answer, writing: Rejected("Taken."))
        assert (type(error), error.sentence) == (Rejected, "Taken.")

    def test_without_an_opinion_the_table_counts(self, peer: Peer) -> None:
        error = self.asked(peer, Reply(status=409), lambda answer, writing: None)
        assert (type(error), error.sentence) == (Rejected, "The shop answered with status 409.")

    @pytest.mark.parametrize(("method", "writes"), [("GET", False), ("POST", True), ("PUT", True)])
    def test_a_judge_sees_the_whole_answer_and_whether_it_was_a_write(
        self, peer: Peer, method: str, writes: bool
    ) -> None:
        seen: list[tuple[int, bytes, bool, bool]] = []

        def judge(answer: Answer, writing: bool) -> None:
            seen.append((answer.status, answer.content, writing, answer.wrote))

        self.asked(peer, Reply(status=418, body=b"teapot"), judge, method)
        assert seen == [(418, b"teapot", writes, writes)]

    @pytest.mark.parametrize("status", [200, 204, 299])
    def test_what_is_fine_is_not_judged(self, peer: Peer, status: int) -> None:
        peer.replies = [Reply(status=status, body=b"" if status == 204 else b"{}")]
        with client(peer.url, judge=lambda answer, writing: Rejected("No.")) as http:
            assert http.request("POST", "/x", json={}).status == status

    def test_nor_is_a_redirect(self, peer: Peer) -> None:
        error = self.asked(peer, Reply(status=302), lambda answer, writing: Rejected("No."))
        assert isinstance(error, Misconfigured)

    def test_a_read_that_is_judged_a_hiccup_is_asked_again(self, peer: Peer) -> None:
        peer.replies = [Reply(status=400), Reply(body=b"[1]")]
        with client(peer.url, judge=lambda answer, writing: TryLater("Busy.", status=503)) as http:
            assert http.get("/x").json() == [1]

    def test_who_explains_errors_gets_none_for_a_page(self, peer: Peer) -> None:
        bodies: list[Any] = []

        def explain(status: int, headers: Any, body: Any) -> tuple[None, None]:
            bodies.append(body)
            return None, None

        peer.replies = [Reply(status=404, body=b"<html>nothing here</html>")]
        with client(peer.url, explain=explain) as http, pytest.raises(Rejected) as refused:
            http.request("POST", "/x")
        assert bodies == [None]
        assert refused.value.sentence == "The shop answered with a web page (404) where data was expected."


class TestSecrets:
    """They travel in headers, in queries, in bodies and in addresses, and stand in no sentence and no traceback."""

    def said(self, url: str, *, body: Any = None) -> str:
        def sign(method: str, asked: str) -> tuple[str, dict[str, str]]:
            return f"{asked}?oauth_signature={SECRET}", {"Authorization": f"Basic {SECRET}"}

        with client(url, sign=sign) as http, pytest.raises(OutsideError) as raised:
            http.request("POST", f"/x/{SECRET}", params={"consumer_secret": SECRET}, json=body).json()
        error = raised.value
        return "".join(traceback.format_exception(error)) + repr(error) + error.sentence + repr(vars(error))

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(status=401),
            Reply(status=404, body=b"<html></html>"),
            Reply(status=500, body=SECRET.encode()),
            Reply(status=301, headers={"Location": f"https://b.example/x/{SECRET}?consumer_secret={SECRET}"}),
            Reply(status=429, headers={"Retry-After": "5"}),
            Reply(body=b"<html></html>"),
            Reply(body=b"{"),
            Reply(reset=True),
            Reply(hang=True),
        ],
        ids=["401", "404", "500", "redirect", "429", "page", "half", "reset", "time-out"],
    )
    def test_are_not_said_whatever_is_answered(self, peer: Peer, reply: Reply) -> None:
        peer.replies = [reply]
        assert SECRET not in self.said(peer.url, body={"password": SECRET})
        assert SECRET in peer.asked[0][1] + str(peer.asked[0][2]), "it was sent, of course"

    @pytest.mark.parametrize(
        "url",
        [
            f"ftp://user:{SECRET}@shop.example",
            f"http://user:{SECRET}@no-such-shop.invalid",
            f"http://user:{SECRET}@[::1",
            f"http://user:{SECRET}@127.0.0.1:1",
            f"user:{SECRET}@shop.example",
        ],
    )
    def test_in_an_address_are_not_said_either(self, url: str) -> None:
        assert SECRET not in self.said(url)

    def test_a_client_shows_nothing_of_its_headers(self) -> None:
        with client("https://shop.example", headers={"Authorization": SECRET}) as http:
            assert SECRET not in repr(http)
