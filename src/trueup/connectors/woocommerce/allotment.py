"""Which lines of the shop's order are in which package. Pure.

The back office tells the line where it kept it, else the article. Lines of one article are filled in their order, and
no line gets more than was ordered of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trueup.connectors.woocommerce.fields import Row
from trueup.domain.fulfilment import Package, ShippedLine
from trueup.domain.record import Ref

ZERO = Decimal(0)

Pieces = dict[int, Decimal]
"""Line id -> units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A line of goods of the shop's order. `product` is the article's id there (`88`, or `88/91`)."""

    id: int
    product: str
    sku: str
    quantity: Decimal


def order_lines(order: Row) -> list[OrderLine]:
    return [_order_line(line) for line in order.get("line_items") or []]


def _order_line(line: Row) -> OrderLine:
    product, variation = line.get("product_id"), line.get("variation_id")
    return OrderLine(
        id=int(line["id"]),
        product=f"{product}/{variation}" if variation else str(product or ""),
        sku=str(line.get("sku") or "").strip().casefold(),
        quantity=Decimal(str(line.get("quantity") or 0)),
    )


class Allotment:
    """Fills order lines with what was shipped; `held` is what packages have of them already, by line id."""

    def __init__(self, lines: Sequence[OrderLine], links: Mapping[Ref, str], held: Mapping[int, Decimal]) -> None:
        self._lines = lines
        self._links = links
        self.held: Pieces = dict(held)

    def pack(self, package: Package) -> Pieces:
        """The pieces of the package by line. What is on no line, or more than was ordered, is left out."""
        packed: Pieces = {}
        for shipped in package.lines:
            left = shipped.quantity
            for line in lines_of(self._lines, shipped, self._links):
                taken = min(left, max(ZERO, line.quantity - self.held.get(line.id, ZERO)))
                left -= taken
                _add(packed, line.id, taken)
                _add(self.held, line.id, taken)
        return packed

    def pack_the_rest(self) -> Pieces:
        """Every piece that no package has."""
        rest = {line.id: line.quantity - self.held.get(line.id, ZERO) for line in self._lines}
        found = {id: left for id, left in rest.items() if left > 0}
        for id, left in found.items():
            _add(self.held, id, left)
        return found


def _add(pieces: Pieces, id: int, more: Decimal) -> None:
    if more > 0:
        pieces[id] = pieces.get(id, ZERO) + more


def lines_of(lines: Sequence[OrderLine], shipped: ShippedLine, links: Mapping[Ref, str]) -> list[OrderLine]:
    """The lines that this may be: the one that is named, else those of the article, else those of its SKU if they are
    all of one article."""
    named = [line for line in lines if shipped.line and str(line.id) == shipped.line]
    if named:
        return named
    linked = links.get(shipped.product) if shipped.product else None
    if linked:
        return [line for line in lines if line.product == linked]
    alike = [line for line in lines if shipped.sku and line.sku == shipped.sku.strip().casefold()]
    return alike if len({line.product for line in alike}) == 1 else []


def half_shipped(order: Row, packages: Iterable[Package], links: Mapping[Ref, str]) -> list[int]:
    """Lines of which some units are in packages, and some are not."""
    lines = order_lines(order)
    allotment = Allotment(lines, links, {})
    for package in packages:
        allotment.pack(package)
    return [line.id for line in lines if 0 < allotment.held.get(line.id, ZERO) < line.quantity]


def json_number(value: Decimal) -> Any:
    """Whole pieces as integers: the shop refuses them as text."""
    return int(value) if value == value.to_integral_value() else float(value)
