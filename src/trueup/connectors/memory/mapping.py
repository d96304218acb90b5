"""A record in the test system's own words: its ids instead of the leader's."""

from __future__ import annotations

from collections.abc import Mapping

from trueup.connectors.kit.errors import MissingLink
from trueup.domain.order import Order, Position
from trueup.domain.product import Product
from trueup.domain.record import Record, Ref


def translated(record: Record, remote: str, links: Mapping[Ref, str]) -> Record:
    """The record under its id here, everything that it refers to as well. Raises MissingLink."""
    for ref in record.refs():
        if ref not in links:
            raise MissingLink(ref)
    if isinstance(record, Product) and record.parent:
        (parent,) = record.refs()
        return record.model_copy(update={"id": remote, "parent": links[parent]})
    if isinstance(record, Order):
        return _translated_order(record, remote, links)
    return record.model_copy(update={"id": remote})


def _translated_order(order: Order, remote: str, links: Mapping[Ref, str]) -> Order:
    positions = tuple(_translated_position(position, links) for position in order.positions)
    return order.model_copy(
        update={"id": remote, "customer": _translated_ref(order.customer, links), "positions": positions}
    )


def _translated_position(position: Position, links: Mapping[Ref, str]) -> Position:
    return position.model_copy(update={"product": _translated_ref(position.product, links)})


def _translated_ref(ref: Ref | None, links: Mapping[Ref, str]) -> Ref | None:
    return Ref(kind=ref.kind, id=links[ref]) if ref else None
