"""When Tryton's number drops for an order, and that it says what `Contains` promises: no unit is offered twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.ports import Change, Contains
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.settings import Advance, StockQuantity
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage
from trueup.domain.product import Stock
from trueup.domain.record import Kind

from .baskets import done, goods, order, parcel

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]

NUMBERS = count(9501)
TEN, SIX = Decimal(10), Decimal(6)


def ten_of(screen: TrytonScreen, days: int | None) -> int:
    """An article that is delivered so many days after it was sold, or on no day in particular."""
    lead_time = {} if days is None else {"lead_time": timedelta(days=days)}
    (product,) = screen.article(f"TEN-{next(NUMBERS)}", **lead_time)
    screen.count_stock(product, 10)
    return product


def shown(connector: TrytonConnector, product: int) -> Decimal:
    (item,) = connector.fetch(Kind.STOCK, [str(product)])
    assert isinstance(item, Change)
    assert isinstance(item.record, Stock)
    assert item.record.quantity is not None
    return item.record.quantity


def stage(connector: TrytonConnector, sale: int) -> FulfilmentStage:
    (item,) = connector.fetch(Kind.FULFILMENT, [str(sale)])
    assert isinstance(item, Change)
    assert isinstance(item.record, Fulfilment)
    return item.record.stage


@pytest.mark.parametrize("days", [None, 0, 5], ids=["any day", "today", "in five days"])
def test_the_available_quantity_is_without_an_order_from_its_reservation_on(
    connector: TrytonConnector, screen: TrytonScreen, party: str, days: int | None
) -> None:
    """Whatever day the delivery is planned for; Tryton's own forecast for today knows nothing of later ones."""
    assert connector.capabilities.stock_contains is Contains.RESERVATION
    product = ten_of(screen, days)
    ordered = order(next(NUMBERS), goods(product, "4", "40.00"))
    sale = int(done(connector.push([parcel(ordered, party)])[0]).remote)
    assert (stage(connector, sale), shown(connector, product)) == (FulfilmentStage.OPEN, TEN)
    (shipment,) = screen.process(sale)
    numbers = [(stage(connector, sale), shown(connector, product))]
    screen.pick(shipment)
    numbers.append((stage(connector, sale), shown(connector, product)))
    screen.pack(shipment)
    screen.send(shipment)
    numbers.append((stage(connector, sale), shown(connector, product)))
    assert numbers == [(FulfilmentStage.IN_WORK, SIX), (FulfilmentStage.PICKED, SIX), (FulfilmentStage.SHIPPED, SIX)]


def test_a_delivery_that_is_cancelled_gives_the_units_back_and_says_that_nothing_is_reserved(
    connector: TrytonConnector, screen: TrytonScreen, party: str
) -> None:
    product = ten_of(screen, 5)
    ordered = order(next(NUMBERS), goods(product, "4", "40.00"))
    sale = int(done(connector.push([parcel(ordered, party)])[0]).remote)
    (shipment,) = screen.process(sale)
    screen.cancel_shipment(shipment)
    assert (stage(connector, sale), shown(connector, product)) == (FulfilmentStage.OPEN, TEN)


def test_with_sales_that_are_processed_at_once_the_acknowledgement_is_the_reservation(
    screen: TrytonScreen, party: str
) -> None:
    connector = TrytonConnector(settings_for(screen.server, advance=Advance.PROCESSING))
    assert connector.capabilities.stock_contains is Contains.ACKNOWLEDGEMENT
    product = ten_of(screen, 5)
    done(connector.push([parcel(order(next(NUMBERS), goods(product, "4", "40.00")), party)])[0])
    assert shown(connector, product) == SIX
    connector.close()


def test_what_is_on_hand_is_without_an_order_once_it_has_left(screen: TrytonScreen, party: str) -> None:
    connector = TrytonConnector(settings_for(screen.server, stock_quantity=StockQuantity.ON_HAND))
    assert connector.capabilities.stock_contains is Contains.SHIPMENT
    product = ten_of(screen, 0)
    sale = int(done(connector.push([parcel(order(next(NUMBERS), goods(product, "4", "40.00")), party)])[0]).remote)
    (shipment,) = screen.process(sale)
    screen.pick(shipment)
    assert (stage(connector, sale), shown(connector, product)) == (FulfilmentStage.PICKED, TEN)
    screen.pack(shipment)
    screen.send(shipment)
    assert (stage(connector, sale), shown(connector, product)) == (FulfilmentStage.SHIPPED, SIX)
    connector.close()
