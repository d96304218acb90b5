"""What the connection says about itself before anything is asked of Tryton."""

from __future__ import annotations

import pytest

from trueup.connectors.kit.ports import Contains
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.settings import Advance, StockQuantity

from .facts import settings


@pytest.mark.parametrize(
    ("quantity", "advance", "contains"),
    [
        (StockQuantity.AVAILABLE, Advance.PROCESSING, Contains.ACKNOWLEDGEMENT),
        (StockQuantity.AVAILABLE, Advance.CONFIRMED, Contains.RESERVATION),
        (StockQuantity.AVAILABLE, Advance.QUOTATION, Contains.RESERVATION),
        (StockQuantity.AVAILABLE, Advance.DRAFT, Contains.RESERVATION),
        (StockQuantity.ON_HAND, Advance.PROCESSING, Contains.SHIPMENT),
        (StockQuantity.ON_HAND, Advance.QUOTATION, Contains.SHIPMENT),
    ],
)
def test_when_the_stock_number_contains_an_order_follows_from_the_settings(
    quantity: StockQuantity, advance: Advance, contains: Contains
) -> None:
    connector = TrytonConnector(settings(stock_quantity=quantity, advance=advance))
    assert connector.capabilities.stock_contains is contains
    connector.close()
