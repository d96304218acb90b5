"""What the shop was asked for is asked once in a while, by everybody together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from trueup.connectors.kit.errors import TryLater
from trueup.connectors.woocommerce.notes import bare, mentions
from trueup.connectors.woocommerce.remembered import Remembered


def test_it_is_read_once_and_again_when_it_was_forgotten() -> None:
    reads = count(1)
    kept = Remembered(lambda: next(reads), 60)
    assert [kept.get(), kept.get()] == [1, 1]
    kept.forget()
    assert [kept.get(), kept.get()] == [2, 2]


def test_what_is_older_than_it_may_be_is_read_again() -> None:
    reads = count(1)
    kept = Remembered(lambda: next(reads), -1)
    assert [kept.get(), kept.get()] == [1, 2]


def test_many_threads_ask_once() -> None:
    reads = count(1)
    kept = Remembered(lambda: next(reads), 60)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: kept.get(), range(50)))
    assert set(found) == {1}


def test_an_error_is_raised_and_not_kept() -> None:
    answers = iter([TryLater("The shop is away."), "open"])

    def read() -> str:
        answer = next(answers)
        if isinstance(answer, TryLater):
            raise answer
        return answer

    kept = Remembered(read, 60)
    with pytest.raises(TryLater):
        kept.get()
    assert kept.get() == "open"


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("Sent with DHL: A1.", "Sent with DHL: A1."),
        ("<p>Sent with <b>DHL</b>:\n A1.</p>", "Sent with DHL: A1."),
        ("Kiln &amp; Co", "Kiln & Co"),
        ("Kiln &amp;amp; Co", "Kiln & Co"),
        ("  two   words ", "two words"),
        ("", ""),
    ],
)
def test_a_note_is_compared_without_what_the_shop_dresses_it_up_in(shown: str, text: str) -> None:
    assert bare(shown) == text


@pytest.mark.parametrize("number", ["A.1", "A(1", "[A1]", "A+1", "Ä1", "1/2"])
def test_odd_characters_of_a_number_are_only_characters(number: str) -> None:
    assert mentions(f"Sent with DHL: {number}.", number)
    assert not mentions("Sent with DHL: AX1.", number)
