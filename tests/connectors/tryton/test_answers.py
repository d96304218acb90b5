"""What Tryton's answers mean: the table of its errors in full, without a server."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.connectors.kit.errors import Gone, Misconfigured, OutsideError, Rejected, TryLater
from trueup.connectors.kit.http import Answer
from trueup.connectors.tryton import codec
from trueup.connectors.tryton.answers import FAILED, WARNING, content_of, meaning, rpc_result

ANOTHER_PROGRAM = "Another program answers where Tryton should be. Check the address."


def answer(content: bytes | Any, status: int = 200) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status=status, headers={}, content=body, request_id="r1", seconds=0.1, system="Tryton")


def page(text: str) -> bytes:
    return f"<!doctype html>\n<title>500</title>\n<h1>Internal Server Error</h1>\n<p>{text}</p>\n".encode()


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "body", "kind", "says"),
        [
            (
                400,
                b'{"message": "The code must be unique.", "description": ""}',
                Rejected,
                '"The code must be unique."',
            ),
            (400, b'{"message": "Bad.", "description": "In  two\\nlines."}', Rejected, '"Bad. In two lines."'),
            (400, b'{"message": "Bad.", "description": null}', Rejected, 'says: "Bad."'),
            (400, b"<title>400</title>", Rejected, "Tryton could not read the request."),
            (400, b"[]", Rejected, "Tryton could not read the request."),
            (400, b'{"description": "x"}', Rejected, "Tryton could not read the request."),
            (400, b"[" * 5000, Rejected, "Tryton could not read the request."),
            (401, b"", Misconfigured, "Tryton does not accept the key."),
            (403, b"", Misconfigured, "Tryton's user may not do this."),
            (404, b"", Gone, "the name of the database is wrong"),
            (409, b"", TryLater, "at the same time"),
            (423, b"", TryLater, "at the same time"),
            (500, page("&#39;sale.sale&#39;"), Misconfigured, "Tryton does not know 'sale.sale'."),
            (500, page("\n'web_id'\n"), Misconfigured, "Tryton does not know 'web_id'."),
        ],
    )
    def test_that_tryton_means_something_by(
        self, status: int, body: bytes, kind: type[OutsideError], says: str
    ) -> None:
        error = meaning(answer(body, status), writing=True)
        assert type(error) is kind
        assert says in error.sentence
        assert error.sentence.endswith(".")
        assert (error.status, error.request_id) == (status, "r1")

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (402, b""),
            (405, b""),
            (410, b""),
            (418, b""),
            (429, b""),
            (500, b""),
            (500, page("division by zero")),
            (500, page("'two' words")),
            (500, b"<h1>'web_id'</h1>"),
            (501, b""),
            (502, page("'web_id'")),
            (503, b""),
        ],
    )
    def test_that_are_left_to_the_common_table(self, status: int, body: bytes) -> None:
        assert meaning(answer(body, status), writing=True) is None

    def test_an_unknown_name_is_the_code_of_its_error(self) -> None:
        error = meaning(answer(page("'product.attribute'"), 500), writing=False)
        assert isinstance(error, Misconfigured)
        assert error.code == "product.attribute"

    def test_a_hint_what_to_do_stands_in_every_sentence_about_the_connection(self) -> None:
        for status in (401, 403, 404):
            error = meaning(answer(b"", status), writing=False)
            assert error is not None
            assert error.sentence.count(".") >= 2


class TestCalls:
    @pytest.mark.parametrize("result", [None, 0, "8.2", [], {"error": 1}, [1, 2]])
    def test_have_a_result_even_an_empty_one(self, result: Any) -> None:
        assert rpc_result(answer({"id": 1, "result": result}), writing=True) == result

    @pytest.mark.parametrize(
        ("error", "kind", "code", "says"),
        [
            (
                ["UserError", ["Too late.", "The period is closed.", None]],
                Rejected,
                "UserError",
                "Too late. The period",
            ),
            (["UserError", ["Too late.", None]], Rejected, "UserError", 'Tryton says: "Too late.".'),
            (["UserWarning", ["w1", "Too little.", "x", None]], Rejected, WARNING, 'Tryton says: "Too little.".'),
            (["ConcurrencyException", "modified"], TryLater, "ConcurrencyException", "at the same time"),
            (["ConcurrencyException"], TryLater, "ConcurrencyException", "at the same time"),
            (["LoginException", ["password", "Password"]], Misconfigured, None, "asks for the login again"),
            (["'sale.sale'", "Traceback"], Misconfigured, "sale.sale", "does not know 'sale.sale'"),
            (["'carrier'"], Misconfigured, "carrier", "does not know 'carrier'"),
            (["UserError", "no list"], TryLater, None, FAILED),
            (["UserError", []], TryLater, None, FAILED),
            (["UserError"], TryLater, None, FAILED),
            (["division by zero", "Traceback (most recent call last)"], TryLater, None, FAILED),
            ([None, None], TryLater, None, FAILED),
            ([7, "x", "y"], TryLater, None, FAILED),
        ],
    )
    @pytest.mark.parametrize("writing", [False, True])
    def test_fail_for_reasons_that_are_told_apart_by_their_names(
        self, error: list[Any], kind: type[OutsideError], code: str | None, says: str, writing: bool
    ) -> None:
        with pytest.raises(OutsideError) as raised:
            rpc_result(answer({"id": 1, "error": error}), writing=writing)
        assert type(raised.value) is kind
        assert says in raised.value.sentence
        assert "Traceback" not in raised.value.sentence
        assert (raised.value.code, raised.value.status, raised.value.request_id) == (code, 200, "r1")
        if isinstance(raised.value, TryLater):
            assert raised.value.unknown_outcome is (writing and says == FAILED)

    def test_a_warning_carries_the_name_to_confirm_it_by(self) -> None:
        with pytest.raises(Rejected) as warned:
            rpc_result(answer({"error": ["UserWarning", ["sale.1.stock", "Too little.", ""]]}), writing=True)
        assert warned.value.field == "sale.1.stock"

    @pytest.mark.parametrize(
        "content",
        [
            {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "Method not found"}},
            {"error": "boom"},
            {"error": []},
            {"error": None},
            {"hello": "world"},
            {},
            [],
            "8.2",
            None,
        ],
    )
    def test_that_another_program_answers_are_told_as_that(self, content: Any) -> None:
        with pytest.raises(Misconfigured) as raised:
            rpc_result(answer(content), writing=True)
        assert raised.value.sentence == ANOTHER_PROGRAM

    def test_with_an_empty_error_beside_the_result_went_well(self) -> None:
        assert rpc_result(answer({"id": 1, "result": 5, "error": None}), writing=False) == 5


class TestContent:
    def test_of_an_empty_answer_is_none(self) -> None:
        assert content_of(answer(b"", 204)) is None

    @pytest.mark.parametrize("content", [b"", b"<html>proxy</html>", b"<title>500</title>"])
    def test_that_is_a_page_is_a_wrong_address(self, content: bytes) -> None:
        with pytest.raises(Misconfigured, match="Check the address"):
            content_of(answer(content))

    def test_that_breaks_off_is_asked_for_later(self) -> None:
        with pytest.raises(TryLater, match="The answer of Tryton broke off in the middle"):
            content_of(answer(b'[{"id": 1'))


class TestCodec:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('{"__class__": "Decimal", "decimal": "5.9000"}', Decimal("5.9000")),
            ('{"__class__": "date", "year": 2026, "month": 2, "day": 28}', date(2026, 2, 28)),
            ('{"__class__": "timedelta", "seconds": 5400.5}', timedelta(seconds=5400.5)),
            ('{"__class__": "bytes", "base64": ""}', b""),
            ('{"template.": {"code": "A", "id": 1}}', {"template": {"code": "A", "id": 1}}),
            ('{"__class__": "later"}', {"__class__": "later"}),
            ("1.10", Decimal("1.10")),
            ("3", 3),
        ],
    )
    def test_reads_what_tryton_writes(self, text: str, value: Any) -> None:
        found = codec.loads(text)
        assert (found, type(found)) == (value, type(value))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            '{"__class__": "Decimal"}',
            '{"__class__": "Decimal", "decimal": "five"}',
            '{"__class__": "Decimal", "decimal": null}',
            '{"__class__": "date", "year": 2026, "month": 2, "day": 30}',
            '{"__class__": "date", "year": 2026}',
            '{"__class__": "datetime", "year": "2026"}',
            '{"__class__": "timedelta", "seconds": {}}',
            '{"__class__": "bytes", "base64": 5}',
            "[" * 100_000,
        ],
    )
    def test_refuses_what_no_tryton_writes_in_one_way(self, text: str) -> None:
        with pytest.raises(ValueError, match=r".+"):
            codec.loads(text)

    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(10**12), 10**12)
        | st.text(max_size=6)
        | st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
        | st.dates()
        | st.datetimes(timezones=st.just(UTC))
    )
    trees = st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("abc_", min_size=1, max_size=4), inner, max_size=3)
        ),
        max_leaves=8,
    )

    @given(value=trees)
    @settings(max_examples=60, deadline=None)
    def test_brings_back_whatever_is_sent(self, value: Any) -> None:
        assert codec.loads(json.dumps(codec.plain(value))) == value

    @given(value=st.decimals(allow_nan=False, allow_infinity=False, places=6))
    @settings(max_examples=30, deadline=None)
    def test_never_writes_an_amount_with_an_exponent(self, value: Decimal) -> None:
        assert "E" not in codec.plain(value)["decimal"]

    @given(text=st.text(max_size=8))
    @settings(max_examples=50, deadline=None)
    def test_an_id_is_a_number_that_a_record_can_have_or_0(self, text: str) -> None:
        assert codec.id_from(text) >= 0

    def test_a_header_carries_dates_and_umlauts_in_plain_letters(self) -> None:
        value = codec.header_value({"stock_date_end": date(2026, 3, 1), "language": "für"})
        assert value.isascii()
        assert value.isprintable()

    def test_a_moment_is_sent_in_utc_to_the_microsecond(self) -> None:
        moment = datetime(2026, 3, 1, 1, 2, 3, 4, tzinfo=UTC)
        assert codec.plain(moment) == {
            **{"__class__": "datetime", "year": 2026, "month": 3, "day": 1},
            **{"hour": 1, "minute": 2, "second": 3, "microsecond": 4},
        }
