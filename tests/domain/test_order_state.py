"""Every pair of states, for everybody who may try: what is allowed here is written down twice, in two ways."""

from __future__ import annotations

from itertools import product

import pytest

from trueup.domain.order_state import FIRST, MEANING, MOVES, RULES, Move, Mover, OrderState, Refusal, move

S, M = OrderState, Mover
LETTERS = {"S": M.SHOP, "B": M.BACK_OFFICE, "T": M.TRUEUP, "P": M.PERSON}

# From the state of the row to the state of the column, in the order of the enumeration:
#                     recd chkd tran work part ship comp canc pcan refd pref hold quar
EXPECTED = """
received              -    T    .    .    .    .    .    S    .    SB   .    S    T
checked               S    -    T    .    .    .    .    S    .    SB   .    S    T
transferred           .    P    -    B    B    B    S    SB   SB   SB   SB   S    T
in_work               .    .    B    -    B    B    ST   B    B    SB   SB   .    T
partly_shipped        .    .    .    B    -    B    S    .    B    SB   SB   .    T
shipped               .    .    .    .    .    -    ST   .    .    SB   SB   .    T
completed             .    .    S    S    S    S    -    .    .    SB   SB   .    T
cancelled             S    S    S    S    S    S    .    -    .    SB   .    S    T
partly_cancelled      .    .    SB   B    B    B    ST   SB   -    SB   SB   S    T
refunded              .    .    .    .    .    .    .    S    .    -    .    .    T
partly_refunded       .    .    SB   B    B    B    ST   SB   SB   SB   -    S    T
on_hold               S    S    S    S    S    S    .    SB   .    SB   .    -    T
quarantined           TP   TP   TP   TP   TP   TP   .    TP   .    .    .    .    -
"""


def expected() -> dict[tuple[OrderState, OrderState], frozenset[Mover]]:
    table = {}
    for line in EXPECTED.strip().splitlines():
        name, *cells = line.split()
        for after, cell in zip(S, cells, strict=True):
            table[S[name.upper()], after] = frozenset(LETTERS[letter] for letter in cell if letter in LETTERS)
    return table


ALLOWED = expected()


def test_the_table_here_speaks_of_every_pair() -> None:
    assert set(ALLOWED) == set(product(S, S))


@pytest.mark.parametrize("by", M)
@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
def test_every_move_is_allowed_or_refused_with_a_sentence(before: OrderState, after: OrderState, by: Mover) -> None:
    answer = move(before, after, by)
    if by in ALLOWED[before, after]:
        assert answer == Move(before, after, by)
        return
    assert isinstance(answer, Refusal)
    assert (answer.before, answer.after, answer.by) == (before, after, by)
    assert answer.sentence[0].islower(), "it follows the name of the order"
    assert answer.sentence.endswith(".")
    assert answer.sentence.count(". ") >= 1, "what is wrong, and what to do"


def test_nobody_moves_an_order_to_where_it_is() -> None:
    assert not any(before is after for before, after in MOVES)


def test_every_state_can_be_reached_and_every_state_can_be_left() -> None:
    assert {after for _, after in MOVES} | {FIRST} == set(S)
    assert {before for before, _ in MOVES} == set(S)


def test_every_state_says_what_it_means() -> None:
    assert set(MEANING) == set(S)


def test_a_pair_is_explained_once_for_each_who_may_cause_it() -> None:
    told = [(rule.before, rule.after, by) for rule in RULES for by in rule.by]
    twice = sorted({f"{b} > {a} by {by}" for b, a, by in told if told.count((b, a, by)) > 1})
    assert twice == []


@pytest.mark.parametrize(
    ("before", "after", "by", "told"),
    [
        (S.IN_WORK, S.CANCELLED, M.SHOP, "the shop cancelled it after the back office had begun to work on it."),
        (S.SHIPPED, S.CANCELLED, M.SHOP, "the shop cancelled it although goods have left"),
        (S.COMPLETED, S.CANCELLED, M.BACK_OFFICE, "the back office cancelled it although goods have left"),
        (S.IN_WORK, S.ON_HOLD, M.SHOP, "the shop put it on hold after the back office had begun"),
        (S.CANCELLED, S.SHIPPED, M.BACK_OFFICE, "the back office works on it although it is cancelled."),
        (S.ON_HOLD, S.IN_WORK, M.BACK_OFFICE, "the back office works on it although the shop put it on hold."),
        (S.CANCELLED, S.COMPLETED, M.SHOP, "the shop completed it although its document in the back office is"),
        (S.REFUNDED, S.TRANSFERRED, M.SHOP, "all of its money was given back, and now it goes on."),
        (S.TRANSFERRED, S.CHECKED, M.TRUEUP, "its document is gone from the back office."),
        (S.SHIPPED, S.IN_WORK, M.BACK_OFFICE, "the back office takes back that it was shipped,"),
        (S.PARTLY_SHIPPED, S.TRANSFERRED, M.BACK_OFFICE, "the back office takes back a parcel,"),
        (S.CHECKED, S.COMPLETED, M.TRUEUP, "it cannot be completed before the back office has it."),
        (
            S.RECEIVED,
            S.SHIPPED,
            M.SHOP,
            "it cannot go from received to shipped by shop: there is no such step. Look at it in both systems.",
        ),
        (
            S.CHECKED,
            S.TRANSFERRED,
            M.SHOP,
            "it cannot go from checked to transferred by shop: only trueup can cause that.",
        ),
        (S.TRANSFERRED, S.CANCELLED, M.PERSON, "only back office or shop can cause that."),
    ],
)
def test_what_really_goes_wrong_has_words_of_its_own(
    before: OrderState, after: OrderState, by: Mover, told: str
) -> None:
    answer = move(before, after, by)
    assert isinstance(answer, Refusal)
    assert told in answer.sentence
