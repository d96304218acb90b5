"""How Tryton is asked: addresses, contexts, pages, buttons and sessions, over a real line."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from trueup.connectors.kit.errors import Gone, Misconfigured, Rejected, TryLater
from trueup.connectors.tryton.client import MOST_WARNINGS, TrytonClient, TrytonSession

from .window import Reply, Window, good, refused


@pytest.fixture
def client(window: Window) -> Iterator[TrytonClient]:
    client = TrytonClient(window.settings())
    yield client
    client.close()


class TestAsking:
    def test_is_by_the_key_of_the_settings_under_the_database_s_name(
        self, window: Window, client: TrytonClient
    ) -> None:
        client.search("party.party", [["code", "=", "A"]], ["code"], limit=3)
        [asked] = window.asked
        assert (asked.method, asked.path) == ("POST", "/erp/rest/model/party.party/search_read")
        assert asked.headers["Authorization"] == f"bearer {'k' * 16}"
        assert asked.body == {
            "domain": [["code", "=", "A"]],
            "fields_names": ["code"],
            "limit": 3,
            "order": [["id", "ASC"]],
        }
        assert "X-Tryton-Context" not in asked.headers

    def test_carries_the_context_in_a_header_and_values_as_tryton_writes_them(
        self, window: Window, client: TrytonClient
    ) -> None:
        window.special["party.party/7"] = lambda body: good(None)
        client.update(
            "party.party", 7, {"credit": Decimal("1.50"), "since": datetime(2026, 3, 1, tzinfo=UTC)}, {"company": 1}
        )
        [asked] = window.asked
        assert (asked.method, asked.context) == ("PUT", {"company": 1})
        assert asked.body == {"credit": Decimal("1.50"), "since": datetime(2026, 3, 1, tzinfo=UTC)}

    def test_the_time_is_that_of_tryton_s_clock(self, window: Window, client: TrytonClient) -> None:
        assert client.version() == ("8.2", datetime(2026, 3, 1, 12, tzinfo=UTC))
        assert client.server_time() == datetime(2026, 3, 1, 12, tzinfo=UTC)

    def test_a_read_is_repeated_and_a_write_is_not(self, window: Window, client: TrytonClient) -> None:
        window.special["/search_read"] = window.special["/create"] = lambda body: (502, b"")
        with pytest.raises(TryLater) as read:
            client.search("party.party", [], [])
        reads = len(window.asked)
        with pytest.raises(TryLater) as write:
            client.create("party.party", [{}])
        assert (reads, len(window.asked) - reads) == (3, 1)
        assert (read.value.unknown_outcome, write.value.unknown_outcome) == (False, True)

    def test_a_button_confirms_its_warnings(self, window: Window, client: TrytonClient) -> None:
        window.special["sale.sale/7/quote"] = lambda body: good(None)
        client.press("sale.sale", 7, "quote", {"company": 1})
        assert window.asked[0].context == {"company": 1, "_skip_warnings": True}

    def test_what_is_gone_already_is_deleted(self, window: Window, client: TrytonClient) -> None:
        client.delete("sale.sale", 7)
        assert (window.asked[0].method, window.paths()) == ("DELETE", ["sale.sale/7"])
        with pytest.raises(Gone):
            client.update("sale.sale", 7, {})

    def test_what_may_not_be_deleted_is_told(self, window: Window, client: TrytonClient) -> None:
        window.special["sale.sale/7"] = lambda body: refused("It is confirmed.")
        with pytest.raises(Rejected, match="It is confirmed"):
            client.delete("sale.sale", 7)


class TestPages:
    @pytest.mark.parametrize(("rows", "calls"), [(0, 1), (1, 1), (2, 1), (3, 2), (6, 3), (7, 3)])
    def test_go_on_behind_the_last_id_until_one_is_not_full(
        self, window: Window, client: TrytonClient, rows: int, calls: int
    ) -> None:
        """Ids leave gaps, and rows that are deleted meanwhile move nothing across pages."""
        ids = [10 * n for n in range(1, rows + 1)]

        def page(body: Any) -> Reply:
            field, sign, last = body["domain"][-1]
            assert (field, sign) == ("id", ">")
            return good([{"id": id} for id in ids if id > last][: body["limit"]])

        window.special["party.party/search_read"] = page
        found = [
            row["id"] for page in client.search_all("party.party", [["x", "=", 1]], ["id"], page=3) for row in page
        ]
        assert found == ids
        assert len(window.asked) == calls
        assert all(asked.body["domain"][0] == ["x", "=", 1] for asked in window.asked)


class TestSessions:
    """A login for buttons that are pressed on many records at once."""

    @pytest.fixture
    def calls(self, window: Window) -> list[tuple[str, Any]]:
        """Every call with its parameters; the session ends whenever the test says so."""
        made: list[tuple[str, Any]] = []
        self.ended = self.warnings = 0

        def rpc(body: Any) -> Reply:
            method = body["method"]
            made.append((method, body["params"]))
            if method == "common.db.login":
                return good({"id": 1, "result": [7, f"session-{len(made)}", None]})
            if self.ended:
                self.ended -= 1
                return 401, b""
            if method.endswith(".quote") and self.warnings:
                self.warnings -= 1
                return good({"id": 1, "error": ["UserWarning", [f"w{self.warnings}", "Too little.", ""]]})
            return good({"id": 1, "result": None})

        window.special["/erp/rpc/"] = rpc
        return made

    def press(self, client: TrytonClient) -> None:
        TrytonSession(client, "hub", "hush").press_all("sale.sale", [1, 2], "quote", {"company": 1})

    def test_log_in_once_and_press_for_all(
        self, window: Window, client: TrytonClient, calls: list[tuple[str, Any]]
    ) -> None:
        session = TrytonSession(client, "hub", "hush")
        session.check()
        session.press_all("sale.sale", [1, 2], "quote", {"company": 1})
        session.press_all("sale.sale", [3], "confirm", {"company": 1})
        assert calls == [
            ("common.db.login", ["hub", {"password": "hush"}]),
            ("model.sale.sale.quote", [[1, 2], {"company": 1}]),
            ("model.sale.sale.confirm", [[3], {"company": 1}]),
        ]
        token = window.asked[-1].headers["Authorization"].removeprefix("Session ")
        assert b64decode(token) == b"hub:7:session-1"

    def test_that_ended_are_renewed_once(self, client: TrytonClient, calls: list[tuple[str, Any]]) -> None:
        self.ended = 1
        self.press(client)
        assert [method for method, _ in calls] == ["common.db.login", "model.sale.sale.quote"] * 2

    def test_that_end_again_at_once_are_told(self, client: TrytonClient, calls: list[tuple[str, Any]]) -> None:
        self.ended = 2
        with pytest.raises(Misconfigured):
            self.press(client)
        assert len(calls) == 4

    @pytest.mark.parametrize("warnings", range(1, MOST_WARNINGS + 1))
    def test_confirm_a_few_warnings(self, client: TrytonClient, calls: list[tuple[str, Any]], warnings: int) -> None:
        self.warnings = warnings
        self.press(client)
        confirmed = [parameters[0] for method, parameters in calls if method == "model.res.user.warning.skip"]
        assert confirmed == [f"w{n}" for n in reversed(range(warnings))]

    def test_give_up_on_more(self, client: TrytonClient, calls: list[tuple[str, Any]]) -> None:
        self.warnings = MOST_WARNINGS + 1
        with pytest.raises(Rejected, match="Too little"):
            self.press(client)

    def test_an_error_of_ours_is_not_taken_for_an_ended_session(self, window: Window, client: TrytonClient) -> None:
        window.special["/erp/rpc/"] = lambda body: (403, b"")
        with pytest.raises(Misconfigured) as told:
            self.press(client)
        assert told.value.status == 403
        assert len(window.asked) == 1

    def test_a_login_that_another_program_answers_is_told(self, window: Window, client: TrytonClient) -> None:
        window.special["/erp/rpc/"] = lambda body: good({"jsonrpc": "2.0", "error": {"code": 200}})
        with pytest.raises(Misconfigured, match="Another program answers"):
            TrytonSession(client, "hub", "hush").check()
