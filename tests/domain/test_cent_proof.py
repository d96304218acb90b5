"""The proof against orders built by the shop's own rules: what adds up passes, what is off by one unit never does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.domain.cent_proof import balanced, prove, rounding_limit
from trueup.domain.customer import Address
from trueup.domain.order import Order, Position, PositionType, TaxPart, TaxRate
from trueup.domain.record import Kind, Ref

MICRO = Decimal("0.000001")
ZERO = Decimal(0)
PERCENTS = {"1": Decimal(19), "2": Decimal(7), "3": Decimal("9.975"), "4": Decimal("0.375"), "5": ZERO}


def rounded(amount: Decimal, decimals: int, mode: str = ROUND_HALF_UP) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), mode)


def position(type: PositionType, number: int, net: Decimal, rates: Iterable[str]) -> Position:
    taxes = tuple(
        TaxPart(rate=rate, amount=(net * PERCENTS[rate] / 100).quantize(MICRO, ROUND_HALF_UP)) for rate in rates
    )
    product = Ref(kind=Kind.PRODUCT, id=str(number)) if type is PositionType.GOODS else None
    return Position(
        id=str(number), type=type, name=f"{type} {number}", product=product, subtotal=net, total=net, taxes=taxes
    )


def order(
    positions: Iterable[Position], *, decimals: int = 2, incl: bool = False, at_subtotal: bool = False, **changes: Any
) -> Order:
    """An order as the shop totals it: per line everything is rounded before it is summed, at subtotal only the sum."""
    positions = tuple(positions)
    mode = ROUND_HALF_DOWN if incl else ROUND_HALF_UP

    def tax(of: Iterable[Position], rate: str) -> Decimal:
        amounts = [part.amount for p in of for part in p.taxes if part.rate == rate]
        return sum((a if at_subtotal else rounded(a, decimals, mode) for a in amounts), ZERO)

    shipping = [p for p in positions if p.type is PositionType.SHIPPING]
    others = [p for p in positions if p.type is not PositionType.SHIPPING]
    used = sorted({part.rate for p in positions for part in p.taxes})
    rates = tuple(
        TaxRate(id=r, name=f"Rate {r}", percent=PERCENTS[r], tax=tax(others, r), shipping_tax=tax(shipping, r))
        for r in used
    )
    taxes = sum((rate.tax + rate.shipping_tax for rate in rates), ZERO)
    goods = [p.total for p in positions if p.type is PositionType.GOODS]
    net = sum((amount if at_subtotal else rounded(amount, decimals) for amount in goods), ZERO)
    net += sum((p.total for p in positions if p.type is PositionType.FEE), ZERO)
    net += sum((rounded(p.total, decimals) for p in shipping), ZERO)
    fields: dict[str, Any] = {
        "id": "1041",
        "number": "1041",
        "status": "processing",
        "currency": "EUR",
        "decimals": decimals,
        "created_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        "billing": Address(first_name="Eva"),
        "shipping": Address(first_name="Eva"),
        "positions": positions,
        "rates": rates,
        "prices_include_tax": incl,
        "total": rounded(net + taxes, decimals),
        "total_tax": rounded(taxes, decimals),
        "reference": "WC-ORDER-1041",
    }
    return Order(**{**fields, **changes})


amounts = st.decimals(min_value=0, max_value=5000, places=6, allow_nan=False, allow_infinity=False)
rate_sets = st.sampled_from([(), ("1",), ("2",), ("1", "2"), ("3", "4"), ("5",)])
types = st.sampled_from([PositionType.GOODS, PositionType.GOODS, PositionType.SHIPPING, PositionType.FEE])
position_lists = st.lists(st.tuples(types, amounts, rate_sets), min_size=1, max_size=8).map(
    lambda drawn: [position(type, n, net, rates) for n, (type, net, rates) in enumerate(drawn, start=1)]
)
kept_decimals = st.sampled_from([0, 2, 3, 4])


@settings(max_examples=200, deadline=None)
@given(
    positions=position_lists, decimals=kept_decimals, incl=st.booleans(), at_subtotal=st.booleans(), known=st.booleans()
)
def test_what_the_shop_reckoned_adds_up_and_the_way_of_rounding_need_not_be_known(
    positions: list[Position], decimals: int, incl: bool, at_subtotal: bool, known: bool
) -> None:
    way = at_subtotal if known else None
    proof = prove(order(positions, decimals=decimals, incl=incl, at_subtotal=at_subtotal, round_at_subtotal=way))
    assert proof.problems == ()
    assert proof.residual == 0
    assert all(rate.residual == 0 for rate in proof.rates)


@settings(max_examples=200, deadline=None)
@given(
    positions=position_lists,
    decimals=kept_decimals,
    incl=st.booleans(),
    at_subtotal=st.booleans(),
    units=st.integers(-3, 3).filter(bool),
)
def test_a_total_that_is_off_by_a_unit_passes_in_no_way_that_the_order_allows(
    positions: list[Position], decimals: int, incl: bool, at_subtotal: bool, units: int
) -> None:
    good = order(positions, decimals=decimals, incl=incl, at_subtotal=at_subtotal, round_at_subtotal=at_subtotal)
    off = good.total + units * Decimal(1).scaleb(-decimals)
    proof = prove(good.model_copy(update={"total": off}))
    other = prove(good.model_copy(update={"total": off, "round_at_subtotal": not at_subtotal}))
    if proof.holds:  # the other way of rounding really comes to this total; nothing in the order speaks against it
        assert proof.at_subtotal is not at_subtotal
        assert proof.total == off
    else:
        assert not other.holds
        assert proof.residual == off - good.total


@settings(max_examples=100, deadline=None)
@given(positions=position_lists, decimals=kept_decimals)
def test_a_rate_that_shows_another_tax_is_named(positions: list[Position], decimals: int) -> None:
    good = order(positions, decimals=decimals)
    if not good.rates:
        return
    unit = Decimal(1).scaleb(-decimals)
    first = good.rates[0].model_copy(update={"tax": good.rates[0].tax + unit})
    proof = prove(good.model_copy(update={"rates": (first, *good.rates[1:])}))
    assert not proof.holds
    assert any(problem.field == f"tax {first.name}" for problem in proof.problems)


GOODS, SHIPPING, FEE = PositionType.GOODS, PositionType.SHIPPING, PositionType.FEE


def test_a_proof_shows_what_each_rate_was_charged_on() -> None:
    lines = [
        position(GOODS, 1, Decimal("16.798319"), ["1"]),
        position(GOODS, 2, Decimal("10"), ["2"]),
        position(SHIPPING, 3, Decimal("4.90"), ["1"]),
        position(FEE, 4, Decimal("1.50"), []),
    ]
    proof = prove(order(lines))
    assert [(r.name, r.net, r.tax, r.shown) for r in proof.rates] == [
        ("Rate 1", Decimal("21.70"), Decimal("4.12"), Decimal("4.12")),
        ("Rate 2", Decimal("10.00"), Decimal("0.70"), Decimal("0.70")),
    ]
    assert (proof.net, proof.tax, proof.total) == (Decimal("33.20"), Decimal("4.82"), Decimal("38.02"))


def test_half_a_cent_goes_up_or_down_with_the_shops_prices() -> None:
    line = [position(GOODS, 1, Decimal(52), ["4"])]  # 0.195
    assert order(line).total_tax == Decimal("0.20")
    assert order(line, incl=True).total_tax == Decimal("0.19")
    assert prove(order(line)).holds
    assert prove(order(line, incl=True)).holds
    assert not prove(order(line, incl=True, prices_include_tax=False)).holds


def test_at_subtotal_cents_are_made_of_parts() -> None:
    lines = [position(GOODS, n, Decimal("0.104"), ["1"]) for n in range(1, 6)]
    exact = order(lines, at_subtotal=True)
    assert exact.total == Decimal("0.62")
    assert prove(exact).at_subtotal
    assert order(lines).total == Decimal("0.60")
    assert not prove(order(lines)).at_subtotal


def test_the_shops_setting_of_today_does_not_condemn_an_order_of_yesterday() -> None:
    lines = [position(GOODS, n, Decimal("0.104"), []) for n in range(1, 6)]
    yesterday = order(lines, at_subtotal=True)
    assert prove(yesterday.model_copy(update={"round_at_subtotal": False})).holds


def test_a_shop_that_changes_its_setting_has_not_changed_its_orders() -> None:
    line = [position(GOODS, 1, Decimal(30), ["1"])]
    one, other = order(line, round_at_subtotal=True), order(line, round_at_subtotal=False)
    assert one.fingerprint() == other.fingerprint()
    assert one.fingerprint() != order(line, round_at_subtotal=True, prices_include_tax=True).fingerprint()


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"total": Decimal("35.71")}, "total", "positions and taxes make 35.70 EUR, the order says 35.71 EUR"),
        ({"total": Decimal("-5"), "positions": (), "rates": ()}, "total", "the order's total is negative (-5.00 EUR)"),
        ({"total_tax": Decimal("5.71")}, "total_tax", "its tax does not add up: the lines make 5.70 EUR"),
        ({"rates": ()}, "tax_lines", "its lines carry taxes (5.70 EUR) of a rate that is missing"),
    ],
)
def test_each_trouble_has_its_sentence_and_a_way_out(changes: dict[str, Any], field: str, told: str) -> None:
    good = order([position(GOODS, 1, Decimal(30), ["1"])])
    assert (good.total, good.total_tax) == (Decimal("35.70"), Decimal("5.70"))
    problem = prove(good.model_copy(update=changes)).problems[0]
    assert problem.field == field
    assert told in problem.sentence
    assert problem.sentence.endswith("or enter it by hand and skip it here with a reason.")


def test_an_order_of_nothing_adds_up_to_nothing() -> None:
    proof = prove(order([]))
    assert (proof.total, proof.residual, proof.rates, proof.problems) == (ZERO, ZERO, (), ())


def test_a_rate_that_no_line_has_must_show_no_tax() -> None:
    idle = TaxRate(id="9", name="Idle", percent=Decimal(5), tax=ZERO, shipping_tax=ZERO)
    good = order([position(GOODS, 1, Decimal(30), ["1"])])
    assert prove(good.model_copy(update={"rates": (*good.rates, idle)})).holds
    charging = idle.model_copy(update={"tax": Decimal("1.50")})
    problems = prove(good.model_copy(update={"rates": (*good.rates, charging)})).problems
    assert [problem.field for problem in problems] == ["tax Idle"]


def test_negative_fees_lower_an_order_and_still_add_up() -> None:
    lines = [position(GOODS, 1, Decimal(30), ["1"]), position(FEE, 2, Decimal(-10), ["1"])]
    proof = prove(order(lines))
    assert proof.holds
    assert proof.total == Decimal("23.80")


# What is left over


@settings(max_examples=200, deadline=None)
@given(positions=position_lists, decimals=kept_decimals, incl=st.booleans(), at_subtotal=st.booleans())
def test_an_order_that_adds_up_never_gets_a_rounding_position(
    positions: list[Position], decimals: int, incl: bool, at_subtotal: bool
) -> None:
    good = order(positions, decimals=decimals, incl=incl, at_subtotal=at_subtotal)
    assert balanced(good) is good


@settings(max_examples=200, deadline=None)
@given(
    positions=position_lists,
    decimals=kept_decimals,
    at_subtotal=st.booleans(),
    units=st.integers(-9, 9).filter(bool),
)
def test_a_total_that_is_off_a_little_becomes_a_position_and_one_that_is_off_more_stays_wrong(
    positions: list[Position], decimals: int, at_subtotal: bool, units: int
) -> None:
    good = order(positions, decimals=decimals, at_subtotal=at_subtotal, round_at_subtotal=at_subtotal)
    off = good.model_copy(update={"total": good.total + units * Decimal(1).scaleb(-decimals)})
    if prove(off).holds:
        return  # the other way of rounding comes to this total
    settled = balanced(off)
    if settled is off:
        assert decimals == 0 or abs(units) > 5
        return
    proof, rounding = prove(settled), settled.positions[-1]
    assert (rounding.type, rounding.name, rounding.quantity) == (PositionType.ROUNDING, "Rounding difference", 1)
    assert abs(rounding.total + rounding.tax) <= rounding_limit(decimals)
    assert (proof.problems, proof.residual, proof.rounding) == ((), ZERO, rounding.total + rounding.tax)
    assert balanced(settled) is settled, "once is enough"


@pytest.mark.parametrize(("decimals", "limit"), [(0, "0.05"), (1, "0.05"), (2, "0.05"), (3, "0.005"), (4, "0.0005")])
def test_the_limit_is_five_cents_and_never_more_than_five_of_the_smallest_unit(decimals: int, limit: str) -> None:
    assert rounding_limit(decimals) == Decimal(limit)


@pytest.mark.parametrize(
    ("decimals", "off", "settled"),
    [
        (2, "0.05", True),
        (2, "-0.05", True),
        (2, "0.06", False),
        (2, "-0.06", False),
        (0, "1", False),
        (3, "0.005", True),
        (3, "0.006", False),
        (3, "0.05", False),
        (4, "0.0005", True),
        (4, "0.0006", False),
    ],
)
def test_five_cents_are_rounded_away_six_are_not_and_one_yen_is_not(decimals: int, off: str, settled: bool) -> None:
    good = order([position(GOODS, 1, Decimal(30), ["1"])], decimals=decimals)
    wrong = good.model_copy(update={"total": good.total + Decimal(off)})
    found = balanced(wrong)
    assert prove(found).holds is settled
    assert len(found.positions) == 1 + settled


def test_a_shop_that_rounds_to_five_cents_shows_the_difference_as_a_position_without_tax() -> None:
    good = order([position(GOODS, 1, Decimal("19.99"), ["1"])])
    assert good.total == Decimal("23.79")
    settled = balanced(good.model_copy(update={"total": Decimal("23.80")}))
    rounding = settled.positions[-1]
    assert (rounding.total, rounding.taxes) == (Decimal("0.01"), ())
    assert prove(settled).total == Decimal("23.80")


def test_a_rate_that_shows_a_cent_more_than_its_lines_has_it_in_the_rounding_position() -> None:
    good = order([position(GOODS, 1, Decimal(30), ["1"]), position(GOODS, 2, Decimal(10), ["2"])])
    cent = Decimal("0.01")
    first = good.rates[0].model_copy(update={"tax": good.rates[0].tax + cent})
    dearer = good.model_copy(
        update={
            "rates": (first, good.rates[1]),
            "total": good.total + cent,
            "total_tax": good.total_tax + cent,
        }
    )
    settled = balanced(dearer)
    rounding = settled.positions[-1]
    assert (rounding.total, rounding.taxes) == (ZERO, (TaxPart(rate="1", amount=cent),))
    assert [rate.residual for rate in prove(settled).rates] == [ZERO, ZERO]


def test_a_cent_that_moved_from_one_rate_to_another_is_shown_and_changes_no_total() -> None:
    good = order([position(GOODS, 1, Decimal(30), ["1"]), position(GOODS, 2, Decimal(10), ["2"])])
    cent = Decimal("0.01")
    one, two = good.rates
    moved = (one.model_copy(update={"tax": one.tax + cent}), two.model_copy(update={"tax": two.tax - cent}))
    settled = balanced(good.model_copy(update={"rates": moved}))
    assert prove(settled).holds
    assert prove(settled).rounding == 0
    assert [(part.rate, part.amount) for part in settled.positions[-1].taxes] == [("1", cent), ("2", -cent)]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"rates": ()}, id="a tax that is not in the order's list"),
        pytest.param({"total_tax": Decimal("5.71")}, id="a sum of taxes that no rate explains"),
        pytest.param({"total": Decimal("35.80")}, id="ten cents"),
    ],
)
def test_what_is_more_than_rounding_is_left_alone(changes: dict[str, Any]) -> None:
    wrong = order([position(GOODS, 1, Decimal(30), ["1"])]).model_copy(update=changes)
    assert balanced(wrong) is wrong
    assert not prove(wrong).holds


@pytest.mark.parametrize(("total", "holds"), [("-0.01", True), ("-0.05", True), ("-0.06", False), ("-5", False)])
def test_a_voucher_may_leave_a_cent_below_nothing_but_no_more(total: str, holds: bool) -> None:
    lines = [position(GOODS, 1, Decimal(30), []), position(FEE, 2, Decimal(total) - 30, [])]
    assert prove(order(lines)).total == Decimal(total)
    assert prove(order(lines)).holds is holds
