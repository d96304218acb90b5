"""What goes back to the shop's orders: numbers of the back office, tracking, refunds, and in the end the status.

Each order is read first, and only what is not there yet is written, so that any part may be repeated after a lost
answer. The status moves last: it mails the customer, who then finds the tracking number with the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trueup.connectors.kit.errors import Gone, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.woocommerce.allotment import half_shipped
from trueup.connectors.woocommerce.client import Row, WooClient
from trueup.connectors.woocommerce.completion import Move, cancel_note, move_of
from trueup.connectors.woocommerce.notes import add_missing
from trueup.connectors.woocommerce.numbers import number_meta, number_notes, write_meta
from trueup.connectors.woocommerce.offers import Tier
from trueup.connectors.woocommerce.orders import EXACT, orders_by_id
from trueup.connectors.woocommerce.refund_push import write_refunds
from trueup.connectors.woocommerce.remembered import Remembered
from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.shipment import Shipment
from trueup.connectors.woocommerce.tracking import write_tracking
from trueup.domain.fulfilment import Fulfilment
from trueup.domain.order import Receipt
from trueup.domain.refund import OrderRefunds

AT_ONCE = 50
FIELDS = "id,number,status,currency,total,line_items,shipping_lines,fee_lines,tax_lines,refunds,meta_data"
FEW_FIELDS = "id,number,meta_data"

Offers = Remembered[tuple[Tier, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is to be done about one order of the shop; `row` is the order as it was just read."""

    parcel: Parcel
    row: Row

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def receipt(self) -> Receipt | None:
        return self.parcel.facet(Receipt)

    @property
    def fulfilment(self) -> Fulfilment | None:
        return self.parcel.facet(Fulfilment)

    @property
    def refunds(self) -> OrderRefunds | None:
        return self.parcel.facet(OrderRefunds)


def push_orders(client: WooClient, settings: Settings, parcels: Sequence[Parcel], offers: Offers) -> list[Outcome]:
    """One outcome per parcel. Raises OutsideError if reading the orders, or writing their numbers, failed."""
    outcomes: dict[int, Outcome] = {}
    ready: list[tuple[int, Parcel]] = []
    for place, parcel in enumerate(parcels):
        refused = _refusal(parcel)
        if refused is not None:
            outcomes[place] = refused
        else:
            ready.append((place, parcel))
    for start in range(0, len(ready), AT_ONCE):
        some = ready[start : start + AT_ONCE]
        pushed = _pushed(client, settings, [parcel for _, parcel in some], offers)
        outcomes |= {place: outcome for (place, _), outcome in zip(some, pushed, strict=True)}
    return [outcomes[place] for place in range(len(parcels))]


def _refusal(parcel: Parcel) -> OutsideError | None:
    led = not any(isinstance(facet, Receipt | Fulfilment | OrderRefunds) for facet in parcel.facets)
    if led or parcel.remote is None or not parcel.remote.isdecimal():
        what = "its document number, its shipments and its refunds are written"
        return Rejected(f"Order {parcel.label} is led by the shop: only {what}.")
    return None


def _pushed(client: WooClient, settings: Settings, parcels: Sequence[Parcel], offers: Offers) -> list[Outcome]:
    rows = {str(row["id"]): row for row in _read(client, parcels)}
    known = [Errand(parcel=parcel, row=rows[parcel.remote]) for parcel in parcels if parcel.remote in rows]
    failed, request_id = write_meta(
        client, [(errand.row, number_meta(errand.receipt, errand.fulfilment)) for errand in known]
    )
    done: dict[str, Outcome] = dict(failed)
    silent: TryLater | None = None
    for errand in known:
        if errand.id not in done:
            done[errand.id] = silent or _finished(client, settings, errand, offers, request_id)
            silent = silent or _put_off(done[errand.id])
    return [done.get(parcel.remote or "") or _gone(parcel) for parcel in parcels]


def _read(client: WooClient, parcels: Sequence[Parcel]) -> list[Row]:
    few = all(isinstance(facet, Receipt) for parcel in parcels for facet in parcel.facets)
    query = {"_fields": FEW_FIELDS} if few else {"_fields": FIELDS, "dp": EXACT}
    return orders_by_id(client, [parcel.remote or "" for parcel in parcels], query)


def _gone(parcel: Parcel) -> Outcome:
    return Gone(f"Order {parcel.label} no longer exists in the shop. Restore it there, or skip this with a reason.")


def _put_off(outcome: Outcome) -> TryLater | None:
    """For the orders after one to which the shop gave no answer at all: they were not begun."""
    if isinstance(outcome, TryLater) and outcome.status is None:
        return TryLater(outcome.sentence, wait=outcome.wait)
    return None


def _finished(client: WooClient, settings: Settings, errand: Errand, offers: Offers, request_id: str | None) -> Outcome:
    """The order's outcome once everything is written; one order's failure is its own. A refund that is refused keeps
    back nothing else."""
    try:
        add_missing(client, errand.id, _notes(errand, settings))
        _track(client, settings, errand, offers)
        refused = _refund(client, settings, errand)
        move = _move(client, settings, errand, errand.fulfilment) if errand.fulfilment else Move()
    except Rejected as error:
        return _named(errand, error)
    except OutsideError as error:
        return error
    return refused or Done(remote=errand.id, status=200, request_id=request_id, note=move.why)


def _track(client: WooClient, settings: Settings, errand: Errand, offers: Offers) -> None:
    if errand.fulfilment is not None:
        links = errand.parcel.links
        shipment = Shipment(order=errand.row, fulfilment=errand.fulfilment, links=links, settings=settings)
        write_tracking(client, shipment, offers)


def _refund(client: WooClient, settings: Settings, errand: Errand) -> Rejected | None:
    if errand.refunds is None:
        return None
    try:
        write_refunds(client, settings, errand.row, errand.refunds, errand.parcel.links)
    except Rejected as error:
        return _named(errand, error)
    return None


def _named(errand: Errand, error: Rejected) -> Rejected:
    sentence = f"Order {errand.parcel.label}: {error.sentence}"
    return Rejected(sentence, field=error.field, status=error.status, code=error.code, request_id=error.request_id)


def _notes(errand: Errand, settings: Settings) -> list[str]:
    fulfilment = errand.fulfilment
    cancelled = cancel_note(fulfilment, str(errand.row.get("status")), settings) if fulfilment else None
    return number_notes(errand.receipt, fulfilment) + ([cancelled] if cancelled else [])


def _move(client: WooClient, settings: Settings, errand: Errand, fulfilment: Fulfilment) -> Move:
    # Refunded units are never sent, so that a part of a line may be all of it.
    refunded = errand.row.get("refunds") or errand.refunds
    half = not refunded and bool(half_shipped(errand.row, fulfilment.packages, errand.parcel.links))
    move = move_of(str(errand.row["status"]), fulfilment, settings, half_shipped=half)
    return _moved(client, settings, errand, fulfilment) if move.status else move


def _moved(client: WooClient, settings: Settings, errand: Errand, fulfilment: Fulfilment) -> Move:
    """Writes the status, if it still is to move: somebody may have cancelled or completed the order meanwhile."""
    now = client.get(f"orders/{errand.id}", _fields="status")
    move = move_of(str(now.get("status")), fulfilment, settings)
    if move.status:
        _write_status(client, errand, move.status)
    return move


def _write_status(client: WooClient, errand: Errand, status: str) -> None:
    try:
        client.send("PUT", f"orders/{errand.id}", {"status": status})
    except Rejected as error:
        text = f"the shop refuses the status {status}. Look whether it has such a status, then retry. {error.sentence}"
        raise Rejected(
            text, field="status", status=error.status, code=error.code, request_id=error.request_id
        ) from None
