"""What a status, a Retry-After and a redirect mean, without a server: the tables in full, and nothing that crashes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.connectors.kit.errors import Gone, Misconfigured, MissingLink, OutsideError, Rejected, TryLater
from trueup.connectors.kit.http import http_date
from trueup.connectors.kit.statuses import (
    LONGEST_WAIT,
    error_of_status,
    meaning_of,
    redirect_error,
    redirect_target,
    retry_after,
)
from trueup.domain.record import Kind, Ref

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PERSON_MENDS = {401, 403, 405, 407}
LATER = {408, 425, 429}
SERVER_ERRORS = sorted({*LATER, *range(500, 600)} - {501})


def told(status: int, *, writing: bool = False, wait_text: str | None = None) -> OutsideError:
    return error_of_status(
        status, "It did not work.", now=NOW, writing=writing, code="c1", wait_text=wait_text, request_id="r1"
    )


class TestStatuses:
    def test_every_redirect_is_a_wrong_address(self) -> None:
        assert {meaning_of(status) for status in range(300, 400)} == {Misconfigured}

    def test_what_a_person_has_to_mend_stops_the_connection(self) -> None:
        assert {type(told(status, writing=True)) for status in PERSON_MENDS} == {Misconfigured}

    def test_every_other_refusal_is_about_the_one_record(self) -> None:
        kinds = {status: type(told(status, writing=True)) for status in set(range(400, 500)) - PERSON_MENDS - LATER}
        assert kinds.pop(410) is Gone
        assert set(kinds.values()) == {Rejected}

    def test_what_passes_by_itself_is_tried_later(self) -> None:
        assert {type(told(status)) for status in SERVER_ERRORS} == {TryLater}

    def test_what_is_not_implemented_there_will_not_be_so_tomorrow(self) -> None:
        assert type(told(501)) is Rejected

    def test_every_error_says_what_it_was_and_what_both_sides_can_find_it_by(self) -> None:
        for status in range(400, 600):
            error = told(status)
            found = (error.sentence, str(error), error.status, error.code, error.request_id)
            assert found == ("It did not work.", "It did not work.", status, "c1", "r1")

    def test_a_read_never_leaves_anything_unknown_and_a_write_unless_it_was_refused_at_the_door(self) -> None:
        reads = {status: told(status) for status in SERVER_ERRORS}
        writes = {status: told(status, writing=True) for status in SERVER_ERRORS}
        assert [status for status, error in reads.items() if getattr(error, "unknown_outcome", None) is not False] == []
        known = [status for status, error in writes.items() if not getattr(error, "unknown_outcome", None)]
        assert known == [425, 429]

    @pytest.mark.parametrize(("status", "waits"), [(429, True), (503, True), (400, False), (401, False)])
    def test_only_who_says_later_can_say_when(self, status: int, waits: bool) -> None:
        assert getattr(told(status, wait_text="7"), "wait", None) == (timedelta(seconds=7) if waits else None)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("0", 0),
            ("1", 1),
            ("007", 7),
            ("86399", 86399),
            ("86400", 86400),
            ("86401", 86400),
            ("999999999", 86400),
            ("9999999999", 86400),
            ("9" * 5000, 86400),
            ("Sun, 01 Mar 2026 12:02:00 GMT", 120),
            ("Sunday, 01-Mar-26 12:02:00 GMT", 120),
            ("Sun Mar  1 12:02:00 2026", 120),
            ("Sun, 01 Mar 2026 13:02:00 +0100", 120),
            ("Sun, 01 Mar 2026 12:02:00 -0000", 120),
            ("Wed, 04 Mar 2026 12:00:00 GMT", 86400),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
            ("Mon, 01 Jan 1900 00:00:00 GMT", 0),
        ],
    )
    def test_is_read_in_every_form_that_the_standard_knows(self, text: str, seconds: int) -> None:
        assert retry_after(text, NOW) == timedelta(seconds=seconds)

    @pytest.mark.parametrize("text", [None, "", " ", "soon", "1.5", "-1", "+1", "1 s", "12:02:00", "never, 0 0 0"])
    def test_that_says_nothing_is_no_wait(self, text: str | None) -> None:
        assert retry_after(text, NOW) is None

    @given(text=st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d{2} Mar \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}"))
    @settings(max_examples=50, deadline=None)
    def test_of_any_text_is_no_error_and_at_most_a_day(self, text: str) -> None:
        wait = retry_after(text, NOW)
        assert wait is None or timedelta(0) <= wait <= LONGEST_WAIT


class TestDates:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("Sun, 01 Mar 2026 12:00:00 GMT", NOW),
            ("Sun, 01 Mar 2026 13:00:00 +0100", NOW),
            ("Sun, 01 Mar 2026 12:00:00 -0000", NOW),
            ("Sunday, 01-Mar-26 12:00:00 GMT", NOW),
            ("Fri, 31 Dec 9999 23:00:00 -0500", None),
            ("Sun, 32 Mar 2026 12:00:00 GMT", None),
            ("Sun, 01 Mar 2026", None),
            ("2026-03-01T12:00:00Z", None),
            ("0", None),
        ],
    )
    def test_are_utc_or_nothing(self, text: str, moment: datetime | None) -> None:
        assert http_date(text) == moment

    @given(text=st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d{2} Dec \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}"))
    @settings(max_examples=50, deadline=None)
    def test_of_any_text_are_no_error(self, text: str) -> None:
        moment = http_date(text)
        assert moment is None or moment.utcoffset() == timedelta(0)


class TestRedirects:
    @pytest.mark.parametrize(
        ("base", "location", "target"),
        [
            ("http://a.example", "https://a.example/wp-json/x?key=1", "https://a.example"),
            ("http://a.example", "https://a.example/wp-json/x/", "https://a.example"),
            ("http://a.example", "https://a.example/wp-json/x#part", "https://a.example"),
            ("http://a.example", "//b.example/wp-json/x", "http://b.example"),
            ("http://a.example", "https://a.example/shop/wp-json/x", "https://a.example/shop"),
            ("http://a.example/shop", "https://a.example/shop/wp-json/x", "https://a.example/shop"),
            ("http://a.example/shop/", "https://a.example/shop/wp-json/x", "https://a.example/shop"),
            ("http://a.example/old", "https://a.example/new/wp-json/x", "https://a.example/new"),
            ("http://a.example/shop", "https://a.example/wp-json/x", "https://a.example"),
            ("http://a.example:8080", "https://a.example:8443/wp-json/x", "https://a.example:8443"),
            ("http://a.example", "https://a.example", "https://a.example"),
            ("http://a.example", "https://a.example/x", "https://a.example"),
            ("http://a.example", "/wp-login.php?to=1", "http://a.example/wp-login.php"),
            ("http://a.example", "https://u:secret@b.example/wp-json/x", "https://b.example"),
            ("http://a.example", "https://[bad/x", None),
            ("http://a.example", "javascript:alert(1)", None),
            ("http://a.example", "mailto:shop@a.example", None),
            ("http://a.example", "file:///etc/passwd", None),
            ("http://a.example", "https://", None),
            ("http://a.example", "HTTP://@", None),
            ("http://a.example", "", None),
        ],
    )
    def test_name_the_address_to_enter_if_it_is_one(self, base: str, location: str, target: str | None) -> None:
        assert redirect_target(base, f"{base.rstrip('/')}/wp-json/x?consumer_key=k", location) == target

    def test_say_what_to_do_with_and_without_it(self) -> None:
        named = redirect_error("The shop", "http://a.example", "http://a.example/x", "https://b.example/x", "r1", 308)
        nameless = redirect_error("The shop", "http://a.example", "http://a.example/x", "", "r1", 304)
        assert named.sentence == "The shop sends us on to another address. Use https://b.example as its address."
        assert nameless.sentence == (
            "The shop sends us on to another address. It does not say where to. Check its address."
        )
        assert (named.status, nameless.status, named.request_id) == (308, 304, "r1")

    @given(location=st.text(max_size=60) | st.text("/:@?#[]a.%", max_size=30).map("https://".__add__))
    @settings(max_examples=80, deadline=None)
    def test_to_anywhere_are_no_error_and_tell_no_query_and_no_password(self, location: str) -> None:
        target = redirect_target("https://a.example", "https://a.example/wp-json/x?key=secret", location)
        if target is not None:
            assert target.startswith(("http://", "https://"))
            assert "?" not in target
            assert "#" not in target
            assert "@" not in target.split("/")[2]


class TestErrors:
    @pytest.mark.parametrize("kind", [OutsideError, TryLater, Rejected, Misconfigured, Gone])
    def test_without_a_sentence_say_what_they_mean(self, kind: type[OutsideError]) -> None:
        sentence = kind().sentence
        assert sentence.endswith(".")
        assert sentence == sentence.strip() == str(kind())

    def test_a_missing_link_names_what_it_waits_for(self) -> None:
        waiting = MissingLink(Ref(kind=Kind.PRODUCT, id="12"))
        assert waiting.sentence == "It waits until product 12 is known to the other system."
        assert MissingLink(waiting.ref, "Wait.").sentence == "Wait."
        assert not isinstance(waiting, Rejected | TryLater), "waiting is neither a failure nor an outage"

    def test_what_is_gone_is_refused_too(self) -> None:
        assert isinstance(Gone("x"), Rejected)
