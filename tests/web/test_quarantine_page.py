"""Quarantine: the sentence first, then retry or skip; who decided what, and why."""

from __future__ import annotations

import re

import pytest

from support.world import mug, price, stock
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store.quarantine import RESOLVED, SKIPPED, QuarantineRow
from trueup.web.pages.quarantine import by_reason, reason_in

from .conftest import Desk


@pytest.fixture
def prices(desk: Desk) -> Desk:
    desk.world.flow(Kind.PRODUCT)
    desk.world.flow(Kind.PRICE)
    return desk


def refused(desk: Desk, *numbers: int) -> list[QuarantineRow]:
    """The shop refuses these mugs."""
    desk.world.flow(Kind.PRODUCT)
    for number in numbers:
        desk.world.shop.fault(Fault(trouble=Trouble.REFUSED, label=f"MUG-{number}", times=1))
    desk.world.erp.put(*(mug(number) for number in numbers))
    desk.world.settle()
    return desk.world.quarantined()


def test_an_empty_quarantine_says_what_will_appear_here(desk: Desk) -> None:
    assert "Nothing is set aside. When a record cannot be taken over, it appears here" in desk.page("/quarantine")


def test_an_empty_quarantine_counts_nothing(desk: Desk) -> None:
    text = desk.page("/quarantine")
    assert "0 records" not in text
    assert "What a person has to look at appears here; everything else goes on." in text


def test_the_sentence_comes_first_then_where_from_and_since_when(prices: Desk) -> None:
    prices.world.erp.put(mug(1), price(1, "-1"))
    prices.world.settle()
    prices.world.time.passes(hours=3)
    text = prices.page("/quarantine")
    assert (
        "Price MUG-1: the price -1 is negative. Send 0 or more. MUG-1 · price ERP Shop · read from ERP · "
        "since 3 hours ago"
    ) in text


def test_how_often_it_was_seen(prices: Desk) -> None:
    for amount in ("-1", "-2", "-3"):
        prices.world.erp.put(price(1, amount))
        prices.world.later()
    assert "seen 3 times" in prices.page("/quarantine")


def test_what_a_follower_refused_names_the_follower(desk: Desk) -> None:
    refused(desk, 1)
    assert "read from ERP, for Shop" in desk.page("/quarantine")


def test_the_data_as_it_was_read_is_behind_a_click(prices: Desk) -> None:
    prices.world.erp.put(price(1, "-1"))
    prices.world.settle()
    html = prices.browser.get("/quarantine").text
    assert re.search(r"<details><summary>As it was read</summary><pre>.*&#34;regular&#34;: &#34;-1&#34;", html)


def test_retry_sends_again_what_was_refused(desk: Desk) -> None:
    (entry,) = refused(desk, 1)
    said = desk.says(f"/quarantine/{entry.id}/retry")
    assert "MUG-1 is tried again. If it is still wrong, it comes back here." in said
    assert desk.nudges == ["work"]
    desk.world.settle()
    assert desk.world.quarantined() == []
    assert [thing.reference for thing in desk.world.shop.things(Kind.PRODUCT)] == ["MUG-1"]


def test_retry_reads_again_what_could_not_be_read(prices: Desk) -> None:
    prices.world.erp.put(mug(1), price(1, "-1"))
    prices.world.settle()
    (entry,) = prices.world.quarantined()
    prices.world.erp.put(price(1, "5"))
    prices.says(f"/quarantine/{entry.id}/retry")
    assert prices.world.quarantined() == []
    assert "Nothing is set aside." in prices.page("/quarantine")


def test_what_is_still_wrong_comes_back(prices: Desk) -> None:
    prices.world.erp.put(price(1, "-1"))
    prices.world.settle()
    (entry,) = prices.world.quarantined()
    assert "MUG-1 is tried again." in prices.says(f"/quarantine/{entry.id}/retry")
    assert [again.label for again in prices.world.quarantined()] == ["MUG-1"]


def test_a_leader_that_does_not_answer_is_said(prices: Desk) -> None:
    prices.world.erp.put(price(1, "-1"))
    prices.world.settle()
    (entry,) = prices.world.quarantined()
    prices.world.erp.fault(Fault(trouble=Trouble.DOWN, op="fetch"))
    said = prices.says(f"/quarantine/{entry.id}/retry")
    assert "is tried again" not in said
    assert "1 record is set aside" in said


def test_skip_takes_a_reason_and_remembers_who_gave_it(desk: Desk) -> None:
    (entry,) = refused(desk, 1)
    assert "MUG-1 is skipped: sold in the store only" in desk.says(
        f"/quarantine/{entry.id}/skip", reason=" sold in the store only "
    )
    (skipped,) = desk.world.quarantined(SKIPPED)
    assert (skipped.closed_by, skipped.reason) == ("ada", "sold in the store only")
    assert "Decided by ada just now : sold in the store only" in desk.page("/quarantine?state=skipped")


@pytest.mark.parametrize("reason", ["", "   ", "\0"])
def test_skip_without_a_reason_is_refused(desk: Desk, reason: str) -> None:
    (entry,) = refused(desk, 1)
    assert "Skipping needs a reason" in desk.says(f"/quarantine/{entry.id}/skip", reason=reason)
    assert len(desk.world.quarantined()) == 1


def test_what_is_decided_already_cannot_be_decided_again(desk: Desk) -> None:
    """Two people with the same page open: the second one is told."""
    (entry,) = refused(desk, 1)
    desk.says(f"/quarantine/{entry.id}/skip", reason="a sample")
    assert "is no longer open: it is skipped" in desk.says(f"/quarantine/{entry.id}/retry")
    assert "is no longer open: it is skipped" in desk.says(f"/quarantine/{entry.id}/skip", reason="mine")
    assert desk.world.quarantined(SKIPPED)[0].reason == "a sample"


def test_an_entry_that_does_not_exist_is_said(desk: Desk) -> None:
    assert desk.post("/quarantine/99/retry").status_code == 404


def test_the_same_reason_is_one_group_with_one_button(desk: Desk) -> None:
    refused(desk, 1, 2, 3)
    text = desk.page("/quarantine")
    assert "3 records:" in text
    assert text.count("Retry all of these") == 1
    assert text.count("Retry ") == 4


def test_retry_all_of_the_same_reason(desk: Desk) -> None:
    entries = refused(desk, 1, 2, 3)
    assert "3 records are tried again." in desk.says(f"/quarantine/{entries[0].id}/retry-same")
    desk.world.settle()
    assert desk.world.quarantined() == []
    assert len(desk.world.shop.things(Kind.PRODUCT)) == 3


def test_retry_all_leaves_other_reasons_alone(prices: Desk) -> None:
    prices.world.erp.put(price(1, "-1"), price(2, "-1"))
    prices.world.erp.put(stock(3), price(3, "7"))
    prices.world.erp.spoil(Kind.PRICE, "A3")
    prices.world.settle()
    negative = next(entry for entry in prices.world.quarantined() if "negative" in entry.sentence)
    prices.world.erp.put(price(1, "1"), price(2, "2"))
    assert "2 records are tried again." in prices.says(f"/quarantine/{negative.id}/retry-same")
    assert [entry.ref for entry in prices.world.quarantined()] == ["A3"]


def test_retry_all_stops_where_the_leader_does_not_answer_and_says_so(prices: Desk) -> None:
    prices.world.erp.put(price(1, "-1"), price(2, "-1"))
    prices.world.settle()
    prices.world.erp.fault(Fault(trouble=Trouble.DOWN, op="fetch", skip=1, times=5))
    said = prices.says(f"/quarantine/{prices.world.quarantined()[0].id}/retry-same")
    assert "1 record is tried again. ERP does not answer" in said or "1 record is tried again. The" in said


def test_a_click_retries_a_hundred_and_says_how_many_are_left(desk: Desk) -> None:
    entries = refused(desk, *range(1, 104))
    said = desk.says(f"/quarantine/{entries[0].id}/retry-same")
    assert "100 records are tried again. 3 more are left: click again." in said


def test_a_long_list_is_turned_page_by_page(desk: Desk) -> None:
    refused(desk, *range(1, 104))
    first = desk.browser.get("/quarantine").text
    assert first.count('id="entry-') == 100
    older = re.search(r'href="(/quarantine\?state=open&amp;before=\d+)"', first)
    assert older
    assert desk.browser.get(older[1].replace("&amp;", "&")).text.count('id="entry-') == 3


def test_what_was_mended_by_itself_is_listed_as_resolved(prices: Desk) -> None:
    prices.world.erp.put(price(1, "-1"))
    prices.world.settle()
    prices.world.erp.put(price(1, "1"))
    prices.world.later()
    assert len(prices.world.quarantined(RESOLVED)) == 1
    assert "Mended just now" in prices.page("/quarantine?state=resolved")


# Reasons


def entry(label: str, sentence: str, **more: object) -> QuarantineRow:
    values: dict[str, object] = {
        **{"id": 1, "flow_id": 1, "leader_id": 1, "follower_id": 2, "kind": "price", "ref": label, "label": label},
        **{"field": "regular", "sentence": sentence, "raw": None, "hash": None, "state": "open", "times": 1},
        "error": None,
        **{"opened_at": None, "closed_at": None, "closed_by": None, "reason": None},
    }
    return QuarantineRow(**{**values, **more})  # type: ignore[arg-type] # the table above has the right types


@pytest.mark.parametrize(
    ("label", "sentence", "reason"),
    [
        ("MUG-1", "Price MUG-1: the price is negative.", "the price is negative."),
        ("MUG-1", "MUG-1 is taken by MUG-1 already.", "… is taken by … already."),
        ("7", "Price 7: 7 % is no tax.", "Price 7: 7 % is no tax."),
        (
            "1001",
            "Order 1001 could not be transferred to ERP: locked.",
            "Order … could not be transferred to ERP: locked.",
        ),
    ],
)
def test_a_reason_is_the_sentence_without_the_records_name(label: str, sentence: str, reason: str) -> None:
    assert reason_in(entry(label, sentence)) == reason


def test_the_most_frequent_reason_comes_first() -> None:
    rows = [entry("A1", "A1 is odd."), entry("B1", "B1 is even."), entry("B2", "B2 is even.")]
    assert [(reason.sentence, len(reason.entries)) for reason in by_reason(rows)] == [
        ("… is even.", 2),
        ("… is odd.", 1),
    ]


@pytest.mark.parametrize("other", [{"flow_id": 2}, {"follower_id": 3}, {"field": "sale"}])
def test_another_flow_follower_or_field_is_another_reason(other: dict[str, object]) -> None:
    assert len(by_reason([entry("A1", "A1 is odd."), entry("A2", "A2 is odd.", **other)])) == 2
