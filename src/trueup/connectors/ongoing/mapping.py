"""Orders as the warehouse picks them. Pure; articles are made in `articles.py`.

Goods only: shipping becomes the way of delivery, fees are no goods. Amounts are net, as the shop's lines are; they are
sent as exact text, never by way of a float.
"""

from __future__ import annotations

from trueup.connectors.ongoing.field import Payload, payload
from trueup.connectors.ongoing.order_fields import CUSTOMER, ORDER_INFO, ORDER_LINE
from trueup.connectors.ongoing.order_values import Line, Picked
from trueup.connectors.ongoing.settings import MappingSettings
from trueup.domain.customer import Customer
from trueup.domain.order import Order, PositionType
from trueup.domain.record import Problem


def order(found: Order, customer: Customer | None, settings: MappingSettings) -> Payload:
    """The payload of one order: see `problems` first."""
    picked = Picked(order=found, customer=customer, settings=settings)
    head = payload((*ORDER_INFO, *CUSTOMER), picked)
    lines = [payload(ORDER_LINE, Line(order=found, position=position)) for position in picked.goods]
    return {"OrderInfo": head.pop("OrderInfo"), "OrderLines": [line["OrderLine"] for line in lines], **head}


def problems(found: Order) -> list[Problem]:
    """What a person has to mend before the warehouse can pick this order."""
    return [
        Problem(
            field=f"line {position.id}",
            sentence=f'the article of line "{position.name}" has no SKU, and the warehouse knows articles by it. '
            "Give it one in the shop, then retry.",
        )
        for position in found.positions
        if position.type is PositionType.GOODS and not position.sku
    ]


def notices(found: Order) -> list[Problem]:
    """What is sent empty, and somebody may want to know."""
    if any(position.type is PositionType.SHIPPING for position in found.positions):
        return []
    return [Problem(field="shipping", sentence="the order names no shipping method; the way of delivery is empty.")]
