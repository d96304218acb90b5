"""A sale with its deliveries as a fulfilment. Pure: rows as read go in, records come out.

What the states of Tryton mean:

| sale | deliveries | stage |
|---|---|---|
| cancelled | | cancelled |
| draft, quotation, confirmed | | open |
| processing, done | none that is not cancelled | open: nothing is reserved (cancelled, if people ignored them all) |
| | waiting, assigned | in work: Tryton's available quantity is without them |
| | all picked or packed, and together the whole order | picked |
| | some shipped or done | partly shipped |
| | shipped or done, and together the whole order, or the rest was ignored | shipped |

A sale of services alone has no delivery: it is in work, and shipped once Tryton says that it is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, tzinfo
from decimal import Decimal

from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.sale_lines import position_of
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package, ShippedLine
from trueup.domain.record import Kind, Ref

SALE_FIELDS = (
    "number",
    "state",
    "shipment_state",
    "invoices.number",
    "invoices.state",
    *(f"lines.{field}" for field in ("type", "note", "quantity", "movable")),
    *(f"shipments.{field}" for field in ("number", "state", "effective_date")),
    *(f"shipments.outgoing_moves.{field}" for field in ("product.code", "quantity", "state", "origin")),
)
CARRIER_FIELDS = ("shipments.carrier.party.name",)
REFERENCE_FIELDS = ("shipments.shipping_reference",)
PACKAGE_FIELDS = ("shipments.outgoing_moves.package", "shipments.packages.parent")
TRACKING_FIELDS = ("shipments.packages.shipping_reference", "shipments.packages.shipping_tracking_url")

SENT = ("shipped", "done")
READY = ("picked", "packed", *SENT)
ISSUED = ("posted", "paid")
BEFORE_WORK = ("draft", "quotation", "confirmed")
NOON = time(12)


def fulfilment_from_tryton(row: Row, zone: tzinfo) -> Fulfilment:
    """Days are told as noon in `zone`: Tryton keeps no time of dispatch."""
    return Fulfilment(
        id=str(row["id"]),
        document_number=row["number"] or f"draft {row['id']}",
        stage=stage_of(row),
        packages=tuple(package for shipment in sent(row) for package in packages_of(shipment, row, zone)),
        invoices=tuple(found["number"] for found in row["invoices"] if found["state"] in ISSUED and found["number"]),
    )


def stage_of(row: Row) -> FulfilmentStage:
    if row["state"] == "cancelled":
        return FulfilmentStage.CANCELLED
    if row["state"] in BEFORE_WORK:
        return FulfilmentStage.OPEN
    if not any(line["movable"] for line in goods_of(row)):
        return FulfilmentStage.SHIPPED if row["state"] == "done" else FulfilmentStage.IN_WORK
    if sent(row):
        whole = row["shipment_state"] == "sent" or covers(row, SENT)
        return FulfilmentStage.SHIPPED if whole else FulfilmentStage.PARTLY_SHIPPED
    if all(shipment["state"] == "cancelled" for shipment in row["shipments"]):
        return FulfilmentStage.CANCELLED if row["shipment_state"] == "sent" else FulfilmentStage.OPEN
    return FulfilmentStage.PICKED if covers(row, READY) else FulfilmentStage.IN_WORK


def sent(row: Row) -> list[Row]:
    return [shipment for shipment in row["shipments"] if shipment["state"] in SENT]


def goods_of(row: Row) -> list[Row]:
    return [line for line in row["lines"] if line["type"] == "line" and line["quantity"] > 0]


def covers(row: Row, states: Sequence[str]) -> bool:
    """Whether deliveries in these states hold all of the goods that were ordered."""
    held: dict[str, Decimal] = {}
    for shipment in row["shipments"]:
        for move in moves_of(shipment, row) if shipment["state"] in states else ():
            held[move["origin"]] = held.get(move["origin"], Decimal(0)) + move["quantity"]
    return all(held.get(f"sale.line,{line['id']}", 0) >= line["quantity"] for line in goods_of(row) if line["movable"])


def moves_of(shipment: Row, row: Row) -> Iterator[Row]:
    """Those of this sale: people may send several sales as one delivery."""
    own = {f"sale.line,{line['id']}" for line in row["lines"]}
    for move in shipment["outgoing_moves"]:
        if move["origin"] in own and move["state"] != "cancelled" and move["quantity"] > 0:
            yield move


def packages_of(shipment: Row, row: Row, zone: tzinfo) -> Iterator[Package]:
    """The packages that hold something of this sale, and what lies in none as one more."""
    packages = {package["id"]: package for package in shipment.get("packages") or ()}
    held: dict[int | None, list[Row]] = {}
    for move in moves_of(shipment, row):
        held.setdefault(move.get("package"), []).append(move)
    for id in sorted(held, key=lambda id: id or 0):
        number, url = tracking_of(id, packages, shipment)
        yield Package(
            id=f"package-{id}" if id else f"shipment-{shipment['id']}",
            lines=tuple(line_of(move, row) for move in sorted(held[id], key=lambda move: int(move["id"]))),
            tracking_number=number,
            carrier=carrier_of(shipment),
            url=url,
            shipped_at=noon_of(shipment["effective_date"], zone),
            delivery_note=shipment["number"],
        )


def tracking_of(id: int | None, packages: dict[int, Row], shipment: Row) -> tuple[str | None, str | None]:
    """A package's own number, else that of the package around it, else the delivery's."""
    while id in packages:
        package = packages[id]
        number, url = package.get("shipping_reference"), package.get("shipping_tracking_url")
        if number or url:
            return number or None, url or None
        id = package["parent"]
    return shipment.get("shipping_reference") or None, None


def carrier_of(shipment: Row) -> str | None:
    carrier = shipment.get("carrier")
    return carrier["party"]["name"] if carrier else None


def line_of(move: Row, row: Row) -> ShippedLine:
    notes = {f"sale.line,{line['id']}": line["note"] for line in row["lines"]}
    return ShippedLine(
        product=Ref(kind=Kind.PRODUCT, id=str(move["product"]["id"])),
        sku=move["product"]["code"] or None,
        line=position_of(notes[move["origin"]]),
        quantity=move["quantity"],
    )


def noon_of(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, NOON, zone) if day else None
