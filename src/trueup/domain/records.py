"""Every record class by its kind, and records back from what was stored."""

from __future__ import annotations

from collections.abc import Mapping

from trueup.domain.customer import Customer, CustomerNumber
from trueup.domain.fulfilment import Fulfilment
from trueup.domain.order import Order, Receipt
from trueup.domain.product import Price, Product, Stock
from trueup.domain.record import Kind, Record
from trueup.domain.refund import OrderRefunds

_CLASSES = (Product, Price, Stock, Customer, CustomerNumber, Order, Receipt, Fulfilment, OrderRefunds)

RECORDS: Mapping[Kind, type[Record]] = {cls.kind: cls for cls in _CLASSES}


def record_from(kind: str, payload: str) -> Record:
    """The record that `Record.payload` wrote."""
    return RECORDS[Kind(kind)].model_validate_json(payload)
