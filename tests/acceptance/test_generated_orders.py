"""Two thousand orders of every kind, in six set-ups of taxes and three currencies, from the shop to the back office.

The shop in the box reckons them. Each is proven to the cent and becomes a sale that comes to the shop's total, by
Tryton's arithmetic and, some of them, in a real Tryton; or it is set aside with the sentence that belongs to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from connectors.tryton.baskets import CUSTOMER, HOME, party_of
from connectors.tryton.facts import TO, article, facts
from support.orders import CURRENCIES, SET_UPS, Sample, SetUp, samples
from support.tryton import TrytonScreen, settings_for
from support.tryton_arithmetic import Figures, figures_of
from trueup.connectors.files.documents import order_body
from trueup.connectors.kit.ports import Change, Done, Outcome, Parcel
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.premises import Currency, Tax
from trueup.connectors.tryton.sale_mapping import SaleFacts, sale_to_tryton
from trueup.connectors.tryton.settings import Advance
from trueup.connectors.woocommerce.order_mapping import OrderContext, order_change
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.cent_proof import prove, rounding_limit
from trueup.domain.order import Order
from trueup.domain.record import Kind
from trueup.domain.records import record_from
from trueup.sandbox.tryton import running_tryton
from trueup.sync.check import problems_of

Row = dict[str, Any]
SEED, COUNT, IN_A_REAL_TRYTON = 20261122, 2000, 90
SHOP = Settings(url="https://shop.example", consumer_key="ck_x", consumer_secret="cs_x")


@dataclass(frozen=True)
class Arrived:
    """One sample, and what became of it: an order, or what was told about it."""

    sample: Sample
    order: Order | None
    told: str


def arrived(sample: Sample) -> Arrived:
    change = order_change(sample.row, OrderContext(SHOP, sample.set_up.decimals, sample.set_up.at_subtotal))
    if not isinstance(change, Change):
        return Arrived(sample, None, " ".join(problem.sentence for problem in change.problems))
    order = change.record
    assert isinstance(order, Order)
    return Arrived(sample, order, " ".join(problem.sentence for problem in problems_of(order)))


@pytest.fixture(scope="module")
def everything() -> list[Arrived]:
    return [arrived(sample) for sample in samples(COUNT, SEED)]


@pytest.fixture(scope="module")
def accepted(everything: list[Arrived]) -> list[tuple[Sample, Order]]:
    return [(found.sample, found.order) for found in everything if found.order and not found.told]


def test_the_orders_have_every_kind_of_line_in_every_set_up(everything: list[Arrived]) -> None:
    kinds = Counter(kind for found in everything for kind in found.sample.kinds)
    assert set(kinds) == {
        *("simple", "variation", "bundle", "dealer price", "free item", "gift card sold", "gift card redeemed"),
        *("coupon", "several coupons", "fee", "fee without tax", "negative fee"),
        *("shipping", "several shipping lines", "tax-exempt business"),
    }
    assert min(kinds.values()) >= 50, kinds
    assert Counter(found.sample.set_up.name for found in everything).keys() == {set_up.name for set_up in SET_UPS}
    totals = [Decimal(found.sample.row["total"]) for found in everything]
    assert sum(total == 0 for total in totals) >= 10, "orders over nothing"


def test_every_order_is_proven_to_the_cent_or_set_aside_with_its_sentence(everything: list[Arrived]) -> None:
    wrong = [
        f"{found.sample.name}: {found.told or 'accepted'}"
        for found in everything
        if (found.sample.told is None) != (not found.told) or (found.sample.told or "") not in found.told
    ]
    good = [found for found in everything if found.order and not found.told]
    exact = [found for found in good if found.order and not prove(found.order).rounding]
    print(
        f"{len(everything)} orders of {len(SET_UPS)} shops (seed {SEED}): {len(exact)} add up with no residual, "
        f"{len(good) - len(exact)} with a rounding position, {len(everything) - len(good)} set aside as expected, "
        f"{len(wrong)} otherwise"
    )
    assert wrong == []
    assert len(good) > COUNT * 0.85


def test_only_orders_whose_total_was_changed_have_a_rounding_position(accepted: list[tuple[Sample, Order]]) -> None:
    for sample, order in accepted:
        proof = prove(order)
        assert proof.is_exact, sample.name
        if sample.spoilt != "rounded total":
            assert proof.rounding == 0, sample.name
        assert abs(proof.rounding) <= rounding_limit(order.decimals)


def test_without_six_decimals_and_the_shop_s_way_of_rounding_many_would_not_add_up(
    accepted: list[tuple[Sample, Order]],
) -> None:
    off = [order for _, order in accepted if prove(order).shown_difference]
    print(f"{len(off)} of {len(accepted)} orders do not add up in the numbers that the shop shows")
    assert len(off) > 50
    assert all(prove(order).at_subtotal for order in off)


def test_every_order_is_the_same_after_it_was_stored_and_read_again(accepted: list[tuple[Sample, Order]]) -> None:
    for sample, order in accepted:
        again = record_from(Kind.ORDER, order.payload())
        assert isinstance(again, Order)
        assert (again, again.fingerprint()) == (order, order.fingerprint()), sample.name
        assert prove(again) == prove(order)


def test_every_order_is_written_to_a_file_with_all_its_lines_and_figures(accepted: list[tuple[Sample, Order]]) -> None:
    for sample, order in accepted:
        body = order_body(order, links_to_one_article(order))
        assert [line["id"] for line in body["lines"]] == [position.id for position in order.positions], sample.name
        assert (body["total"], body["total_tax"]) == (f"{order.total:f}", f"{order.total_tax:f}")
        assert sum(Decimal(line["total"]) + Decimal(line["tax"]) for line in body["lines"]) == sum(
            position.total + position.tax for position in order.positions
        )


def test_bundles_lead_from_each_part_to_a_line_of_the_same_order(accepted: list[tuple[Sample, Order]]) -> None:
    bundles = [order for sample, order in accepted if "bundle" in sample.kinds]
    assert len(bundles) > 300
    for order in bundles:
        ids = {position.id for position in order.positions}
        parts = [position for position in order.positions if position.part_of]
        assert parts
        assert {position.part_of for position in parts} <= ids


# As sales of Tryton


def furnished(set_up: SetUp) -> SaleFacts:
    """A Tryton with the currencies, the articles, and a tax for what each of the shop's taxes comes to."""
    taxes = [Tax(id=n, name=f"{p} %", rate=p / 100) for n, p in enumerate(sorted(set_up.percents), start=1)]
    return facts(
        currencies={code: Currency(id=n, code=code, digits=d) for n, (code, d) in enumerate(CURRENCIES.items(), 1)},
        taxes=tuple(taxes),
        products={10: article(10, taxes=())},
    )


def sale_of(order: Order, set_up: SetUp) -> tuple[list[Row], Figures]:
    """What is sent for it, and what that comes to."""
    given = furnished(set_up)
    values = sale_to_tryton(order, order.reference, TO, links_to_one_article(order), given)
    [[_, lines]] = values["lines"]
    return lines, figures_of(lines, {tax.id: tax.rate for tax in given.taxes}, order.decimals)


def links_to_one_article(order: Order, party: str = "5", product: str = "10") -> dict[Any, str]:
    return {ref: party if ref.kind is Kind.CUSTOMER else product for ref in order.refs()}


def test_every_sale_comes_to_the_shop_s_total_by_tryton_s_arithmetic(accepted: list[tuple[Sample, Order]]) -> None:
    wrong, rounded = [], 0
    for sample, order in accepted:
        lines, figures = sale_of(order, sample.set_up)
        rounded += any(line["description"].startswith("Rounding difference") for line in lines)
        unit = Decimal(1).scaleb(-order.decimals)
        if figures.total != order.total or abs(figures.tax - order.total_tax) > 10 * unit:
            wrong.append(f"{sample.name}: {figures.total} with {figures.tax}, not {order.total} with {order.total_tax}")
    print(
        f"{len(accepted) - len(wrong)} of {len(accepted)} sales come to the shop's total, {rounded} by a rounding line"
    )
    assert wrong == []


def test_every_line_of_an_order_is_in_the_sale(accepted: list[tuple[Sample, Order]]) -> None:
    for sample, order in accepted:
        lines, _ = sale_of(order, sample.set_up)
        names = {line["description"] for line in lines}
        missing = {p.name for p in order.positions if p.name not in names and p.type != "rounding"}
        assert missing == set() or all(p.total == 0 for p in order.positions if p.name in missing), sample.name


# In a real Tryton


@pytest.fixture(scope="module")
def furnished_tryton(accepted: list[tuple[Sample, Order]]) -> Iterator[TrytonScreen]:
    """One that has the currencies and, for each thing that a shop's tax comes to, a sales tax."""
    with running_tryton(products=60) as server:
        screen = TrytonScreen(server)
        screen.add_currency("JPY", "160", digits=0)
        screen.add_currency("KWD", "0.33", digits=3)
        for percent in sorted({percent for set_up in SET_UPS for percent in set_up.percents}):
            screen.add_tax(percent)
        yield screen


def spread(accepted: Sequence[tuple[Sample, Order]], count: int) -> list[tuple[SetUp, Order]]:
    """So many of them from all set-ups, each under a number of its own, bought by one customer."""
    one_customer = {"customer": CUSTOMER.ref, "billing": HOME, "shipping": HOME}
    rounded = [(sample, order) for sample, order in accepted if sample.spoilt == "rounded total"][:5]
    others = accepted[:: len(accepted) // (count - 5)][: count - 5]
    chosen = []
    for number, (sample, order) in enumerate([*rounded, *others], start=9001):
        names = {"id": str(number), "number": str(number), "reference": f"WC-ORDER-{number}"}
        chosen.append((sample.set_up, order.model_copy(update={**names, **one_customer})))
    return chosen


def pushed(connector: TrytonConnector, orders: Sequence[Order], product: int) -> dict[str, Outcome]:
    party, waiting = party_of(connector), iter(orders)
    found: dict[str, Outcome] = {}
    while batch := list(islice(waiting, connector.capabilities.batch)):
        parcels = [
            Parcel(
                ref=order.ref,
                label=order.number,
                reference=order.reference,
                remote=None,
                facets=(order,),
                links=links_to_one_article(order, party, str(product)),
            )
            for order in batch
        ]
        found |= {o.reference: outcome for o, outcome in zip(batch, connector.push(parcels), strict=True)}
    return found


@pytest.mark.tryton
@pytest.mark.timeout(400)
def test_a_real_tryton_comes_to_the_shop_s_total_in_every_set_up(
    furnished_tryton: TrytonScreen, accepted: list[tuple[Sample, Order]]
) -> None:
    screen = furnished_tryton
    chosen = spread(accepted, IN_A_REAL_TRYTON)
    orders = [order for _, order in chosen]
    assert {order.currency for order in orders} == set(CURRENCIES)
    assert any(position.type == "rounding" for order in orders for position in order.positions)
    (product,) = screen.rows("product.product", [["code", "=", "SKU-0005"]])
    connector = TrytonConnector(settings_for(screen.server, advance=Advance.DRAFT))
    outcomes = pushed(connector, orders, product["id"])
    connector.close()
    refused = {reference: str(outcome) for reference, outcome in outcomes.items() if not isinstance(outcome, Done)}
    sales = {row["web_id"]: row for row in screen.sales("tax_amount", "currency.code") if row["web_id"]}
    to_the_cent = [o for o in orders if o.reference in sales and sales[o.reference]["total_amount"] == o.total]
    print(f"{len(to_the_cent)} of {len(orders)} generated orders arrived in a real Tryton to the cent")
    assert refused == {}
    assert len(to_the_cent) == len(orders) == IN_A_REAL_TRYTON
    for set_up, order in chosen:
        sale, (_, figures) = sales[order.reference], sale_of(order, set_up)
        assert sale["currency"]["code"] == order.currency
        assert (sale["total_amount"], sale["tax_amount"]) == (figures.total, figures.tax), f"{set_up.name}: {order}"
