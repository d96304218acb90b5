"""Compound taxes, which Tryton does not have, and rounding positions: both arrive to the cent, or are named."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest

from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.errors import Rejected
from trueup.connectors.kit.ports import Done
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.premises import Tax
from trueup.connectors.tryton.sale_lines import Line, predicted_total, without_endless_rounding
from trueup.connectors.tryton.sale_mapping import SaleFacts, order_lines, sale_to_tryton
from trueup.domain.cent_proof import balanced
from trueup.domain.order import Order, PositionType, TaxPart, TaxRate

from .baskets import goods, order, parcel
from .facts import TO, facts, links_of, settings

CENT = Decimal("0.01")
ROUNDING = "Rounding difference to the shop's total"


def lines(order: Order, given: SaleFacts | None = None) -> list[Row]:
    [[_, created]] = sale_to_tryton(order, "WC-ORDER-1", TO, links_of(order), given or facts())["lines"]
    return list(created)


def quebec(net: str = "100.00", percents: tuple[str, ...] = ("5", "9.975")) -> Order:
    """An order with GST, and QST on top of it, in the order of `percents`."""
    total = Decimal(net)
    amounts = {"5": total * Decimal("0.05"), "9.975": total * Decimal("1.05") * Decimal("0.09975")}
    rates = tuple(
        TaxRate(
            id=percent,
            name={"5": "GST", "9.975": "QST"}[percent],
            percent=Decimal(percent),
            compound=percent == "9.975",
            tax=amounts[percent],
            shipping_tax=Decimal(0),
        )
        for percent in percents
    )
    taxes = tuple(TaxPart(rate=rate.id, amount=rate.tax) for rate in rates)
    line = goods(10, "1", net).model_copy(update={"taxes": taxes})
    tax = sum((part.amount for part in taxes), Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return order(1, line, rates=rates, total=total + tax, total_tax=tax)


class TestTheOrdersOwnRoundingPosition:
    """What the shop's total says on top of its lines is one visible line, with what Tryton rounds otherwise."""

    def test_is_a_line_without_tax(self) -> None:
        swiss = balanced(swiss_order("23.80"))
        assert swiss.positions[-1].type is PositionType.ROUNDING
        *_, line = lines(swiss)
        assert (line["product"], line["quantity"], line["unit_price"]) == (102, 1.0, Decimal("0.01"))
        assert (line["taxes"], line["description"]) == ([["add", []]], ROUNDING)

    def test_makes_one_line_with_the_difference_that_tryton_leaves(self) -> None:
        three = [goods(10, "1", "0.10", "7") for _ in range(3)]  # 3 x 0.007 is 0.02 in Tryton, 0.03 by lines
        by_lines = order(1, *three)
        assert by_lines.total == Decimal("0.33")
        rates = (by_lines.rates[0].model_copy(update={"tax": Decimal("0.03")}),)
        odd = balanced(by_lines.model_copy(update={"rates": rates, "total": Decimal("0.35")}))
        assert odd.positions[-1].total == Decimal("0.02")
        roundings = [line for line in lines(odd) if line["description"] == ROUNDING]
        assert [line["unit_price"] for line in roundings] == [Decimal("0.03")]

    def test_does_not_count_against_the_limit_of_tryton_s_own_arithmetic(self) -> None:
        swiss = balanced(swiss_order("23.84"))
        *_, line = lines(swiss, facts(settings=settings(rounding_limit=0)))
        assert line["unit_price"] == Decimal("0.05")


def swiss_order(total: str) -> Order:
    """One article of 19.99 and 19 %, which makes 23.79, in a shop that says something else."""
    made = order(1, goods(10, "1", "19.99"))
    assert made.total == Decimal("23.79")
    rates = (made.rates[0].model_copy(update={"tax": Decimal("3.80")}),)
    return made.model_copy(update={"total": Decimal(total), "rates": rates})


class TestCompoundTaxes:
    """A tax on the net and on the taxes before it is, exactly, a higher tax on the net."""

    GST = Tax(id=50, name="GST", rate=Decimal("0.05"))
    QST = Tax(id=51, name="QST on GST", rate=Decimal("0.1047375"))
    PLAIN_QST = Tax(id=52, name="QST", rate=Decimal("0.09975"))

    @pytest.mark.parametrize("percents", [("5", "9.975"), ("9.975", "5")])
    def test_are_carried_by_a_tax_of_what_they_come_to(self, percents: tuple[str, ...]) -> None:
        given = facts(taxes=(self.GST, self.QST, self.PLAIN_QST))
        (line,) = lines(quebec(percents=percents), given)
        assert line["taxes"][0][1] == [50, 51]

    @pytest.mark.parametrize("net", ["100.00", "33.33", "0.01", "19.999999", "12345.67"])
    def test_come_to_the_shop_s_total(self, net: str) -> None:
        canadian = quebec(net)
        found = list(order_lines(canadian, links_of(canadian), facts(taxes=(self.GST, self.QST)), Decimal("0.01")))
        assert predicted_total(found, Decimal("0.01"), "document") == canadian.total.quantize(Decimal("0.01"))

    def test_alone_on_a_line_are_what_they_say(self) -> None:
        (line,) = lines(quebec(percents=("9.975",)), facts(taxes=(self.GST, self.QST, self.PLAIN_QST)))
        assert line["taxes"][0][1] == [52]

    def test_without_such_a_tax_in_tryton_is_refused_by_name(self) -> None:
        with pytest.raises(Rejected) as refused:
            lines(quebec(), facts(taxes=(self.GST, self.PLAIN_QST)))
        assert refused.value.sentence == (
            "QST is a compound tax, which Tryton does not have; 9.975 % on top of the other taxes are 10.47375 % of "
            "the net amount. Create a sales tax of 10.47375 % in Tryton, then retry."
        )


class TestTinyTaxes:
    """Two taxes that round to nothing each, and to something together: Tryton never comes back from such a sale."""

    STATE = Tax(id=60, name="State", rate=Decimal("0.04"))
    CITY = Tax(id=61, name="City", rate=Decimal("0.045"))
    NEW_YORK = (STATE, CITY)

    @pytest.mark.parametrize(
        ("nets", "taxes"),
        [
            (["0.07"], [[60]]),  # 0.0028 and 0.00315
            (["-0.07"], [[60]]),
            (["0.03", "0.04"], [[60], [60]]),  # one by one nothing, together a cent
            (["0.05"], [[60, 61]]),  # 0.00425 together: nothing is missing
            (["0.13"], [[60, 61]]),  # the state's is a cent, from which Tryton can take
            (["0.07", "100"], [[60, 61], [60, 61]]),
            (["0.07", "-0.07"], [[60], [60]]),  # those below 0 are counted apart
        ],
    )
    def test_keep_one_of_their_taxes_only(self, nets: list[str], taxes: list[list[int]]) -> None:
        made = [self.line(net) for net in nets]
        found = without_endless_rounding(made, Decimal("0.01"), "document")
        assert [[tax.id for tax in line.taxes] for line in found] == taxes
        assert [line.price for line in found] == [line.price for line in made]

    def test_are_looked_at_line_by_line_where_tryton_rounds_so(self) -> None:
        found = without_endless_rounding([self.line("0.03"), self.line("0.04"), self.line("0.07")], CENT, "line")
        assert [len(line.taxes) for line in found] == [2, 2, 1]

    def line(self, net: str) -> Line:
        return Line(product=10, unit=1, quantity=Decimal(1), price=Decimal(net), taxes=self.NEW_YORK)

    @pytest.mark.tryton
    def test_in_tryton_such_an_order_arrives_to_the_cent(self, screen: TrytonScreen, party: str) -> None:
        for percent in (Decimal(4), Decimal("4.5")):
            screen.add_tax(percent)
        (article,) = screen.rows("product.product", [["code", "=", "SKU-0005"]])
        rates = tuple(
            TaxRate(id=p, name=p, percent=Decimal(p), tax=CENT, shipping_tax=CENT - CENT) for p in ("4", "4.5")
        )
        parts = (TaxPart(rate="4", amount=Decimal("0.0028")), TaxPart(rate="4.5", amount=Decimal("0.00315")))
        tiny = goods(article["id"], "1", "0.07").model_copy(update={"taxes": parts})
        bought = order(7100, tiny, rates=rates, total=Decimal("0.08"), total_tax=CENT)
        connector = TrytonConnector(settings_for(screen.server, timeout=20))
        (outcome,) = connector.push([parcel(bought, party)])
        connector.close()
        assert isinstance(outcome, Done), outcome
        (sale,) = screen.sales(web_id="WC-ORDER-7100")
        assert sale["total_amount"] == Decimal("0.08")
