"""Orders recorded from a real WooCommerce, in every set-up of taxes and rounding, as sales of a real Tryton."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from itertools import islice

import pytest
from pydantic import SecretStr

from connectors.woocommerce.golden import golden_orders
from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.errors import Rejected
from trueup.connectors.kit.ports import Done
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.premises import Currency, Tax
from trueup.connectors.tryton.sale_lines import Line, predicted_tax, predicted_total
from trueup.connectors.tryton.sale_mapping import SaleFacts, order_lines, step_of
from trueup.connectors.tryton.settings import Advance, Settings
from trueup.connectors.woocommerce.order_mapping import OrderContext, order_from_woo
from trueup.connectors.woocommerce.settings import Settings as ShopSettings
from trueup.domain.order import Order

from .baskets import CUSTOMER, HOME, parcel

SHOP = ShopSettings(url="https://shop.example", consumer_key="ck_x", consumer_secret="cs_x")
ROUNDING_TEXT = "Rounding difference to the shop's total"
SERVICE_CODES = ("SHIPPING", "FEE", "DISCOUNT")


def recorded() -> dict[str, Order]:
    """Every recorded order, bought by one customer, each under a number of its own."""
    found = {}
    for number, golden in enumerate(golden_orders(), start=5001):
        order = order_from_woo(golden.row, OrderContext(SHOP, golden.decimals, golden.at_subtotal))
        names = {"id": str(number), "number": str(number), "reference": f"WC-ORDER-{number}"}
        found[golden.name] = order.model_copy(
            update={**names, "customer": CUSTOMER.ref, "billing": HOME, "shipping": HOME}
        )
    return found


ORDERS = recorded()
COMPOUND = {name: order for name, order in ORDERS.items() if any(rate.compound for rate in order.rates)}


def percents_of(order: Order) -> set[Decimal]:
    """The taxes that Tryton needs, by what each comes to on the net: 9.975 % on top of 5 % is 10.47375 %."""
    found = {rate.percent for rate in order.rates if not rate.compound}
    for compound in (rate for rate in order.rates if rate.compound):
        for position in order.positions:
            others = [r.percent for r in order.rates for t in position.taxes if t.rate == r.id and not r.compound]
            found.add(compound.percent * (100 + sum(others)) / 100)
    return found


def facts_for(order: Order) -> SaleFacts:
    """A Tryton that has every tax and article of the order."""
    percents = sorted(percents_of(order))
    article = {"sale_uom": 1, "default_uom": 1}
    return SaleFacts(
        settings=Settings(url="https://erp.example", database="erp", key=SecretStr("k")),
        company=1,
        zone=UTC,
        web_shop=1,
        warehouse=1,
        carrier=None,
        payment_term=None,
        tax_rounding="document",
        sale_fields=frozenset(),
        line_fields=frozenset({"base_price"}),
        currencies={order.currency: Currency(id=1, code=order.currency, digits=order.decimals)},
        services={code: {"id": id, **article} for id, code in enumerate(SERVICE_CODES, start=1)},
        taxes=tuple(Tax(id=id, name=f"{p} %", rate=p / 100) for id, p in enumerate(percents, start=1)),
        products={10: {"id": 10, **article}},
    )


def lines_of(order: Order) -> tuple[list[Line], Decimal]:
    facts = facts_for(order)
    step = step_of(facts.currencies[order.currency])
    return list(order_lines(order, dict.fromkeys(order.refs(), "10"), facts, step)), step


def test_every_order_comes_to_its_total_in_every_set_up() -> None:
    rounded = 0
    for name, order in ORDERS.items():
        lines, step = lines_of(order)
        assert predicted_total(lines, step, "document") == order.total, name
        assert abs(predicted_tax(lines, step, "document") - order.total_tax) <= 5 * step, name
        rounded += lines[-1].description == ROUNDING_TEXT
    print(f"{len(ORDERS)} of {len(ORDERS)} recorded orders fit, {rounded} of them with a rounding line")
    assert len(ORDERS) > 440
    assert rounded < len(ORDERS) / 3


def test_a_compound_tax_needs_a_tax_of_its_own_in_tryton_and_is_refused_by_name_without() -> None:
    assert len(COMPOUND) > 30
    for order in COMPOUND.values():
        given = facts_for(order)
        plain = {rate.percent for rate in order.rates}
        without = replace(given, taxes=tuple(tax for tax in given.taxes if tax.rate * 100 in plain))
        with pytest.raises(Rejected, match=r"is a compound tax, which Tryton does not have; .* are .* % of the net"):
            list(order_lines(order, dict.fromkeys(order.refs(), "10"), without, Decimal("0.01")))


@pytest.mark.tryton
@pytest.mark.timeout(400)
def test_tryton_itself_comes_to_the_shop_s_total(screen: TrytonScreen, party: str) -> None:
    orders = [order for order in ORDERS.values() if order.decimals == 2 and order.currency in ("EUR", "CAD")]
    screen.add_currency("CAD", "1.60")
    for percent in {percent for order in orders for percent in percents_of(order)}:
        screen.add_tax(percent)
    connector = TrytonConnector(settings_for(screen.server, advance=Advance.DRAFT))
    (article,) = screen.rows("product.product", [["code", "=", "SKU-0005"]])
    wrong = {}
    waiting = iter(orders)
    while batch := list(islice(waiting, connector.capabilities.batch)):
        parcels = [parcel_with_one_article(order, party, article["id"]) for order in batch]
        for order, outcome in zip(batch, connector.push(parcels), strict=True):
            if not isinstance(outcome, Done):
                wrong[order.number] = str(outcome)
    connector.close()
    totals = {row["web_id"]: row["total_amount"] for row in screen.sales() if row["web_id"]}
    print(f"{len(orders) - len(wrong)} of {len(orders)} recorded orders in EUR and CAD arrived to the cent")
    assert wrong == {}
    assert {order.reference: totals[order.reference] for order in orders} == {
        order.reference: order.total for order in orders
    }
    assert len(orders) > 200


def parcel_with_one_article(order: Order, party: str, article: int) -> object:
    made = parcel(order, party)
    links = {ref: party if ref == order.customer else str(article) for ref in order.refs()}
    return type(made)(
        ref=made.ref, label=made.label, reference=made.reference, remote=None, facets=made.facets, links=links
    )
