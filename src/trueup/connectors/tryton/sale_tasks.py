"""Orders on their way to Tryton, each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from trueup.connectors.kit.errors import MissingLink, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.tryton.codec import Row, id_from
from trueup.connectors.tryton.outcomes import Whole, not_reached, refuse_problems
from trueup.domain.order import Order
from trueup.domain.record import Kind

NOTHING_CAME = TryLater("Tryton gave no answer for this order.", unknown_outcome=True)


@dataclass(slots=True, kw_only=True)
class Task:
    """One order on its way: first without a sale, then with one, at last with an outcome.

    `before` is the order as it was transferred last, None if Tryton never had it whole.
    """

    parcel: Parcel
    order: Order
    before: Order | None = None
    values: Row | None = None
    sale: int | None = None
    created: bool = False
    note: str | None = None
    outcome: Outcome | None = None


def task_of(parcel: Parcel) -> Task:
    order = parcel.facet(Order)
    if order is None:
        raise TypeError(f"a parcel for {parcel.ref} carries no order")
    return Task(parcel=parcel, order=order, before=parcel.before if isinstance(parcel.before, Order) else None)


def still_open(tasks: Iterable[Task]) -> Iterable[Task]:
    return (task for task in tasks if task.outcome is None)


def run(tasks: Iterable[Task], step: Callable[[Task], None]) -> None:
    """Take a step for each; an error is that order's outcome. Once Tryton is away, those behind are not tried."""
    lost: OutsideError | None = None
    for task in tasks:
        try:
            if lost:
                raise not_reached(lost)
            step(task)
        except OutsideError as error:
            lost = error if isinstance(error, Whole) else lost
            task.outcome = after_create(error) if task.sale is not None else error


def after_create(error: OutsideError) -> OutsideError:
    """Once the sale stands in Tryton, it has to be looked for before anything is sent again."""
    if isinstance(error, TryLater):
        error.unknown_outcome = True
    return error


def refuse_incomplete(parcel: Parcel, order: Order) -> None:
    """Raises MissingLink for what is not linked yet, and Rejected for what is wrong with the order itself."""
    refuse_problems(order)
    for ref in order.refs():
        if ref not in parcel.links:
            raise MissingLink(ref)


def linked_products(task: Task) -> list[int]:
    return [id_from(id) for ref, id in task.parcel.links.items() if ref.kind is Kind.PRODUCT]


def party_link(task: Task) -> str:
    return task.parcel.links.get(task.order.customer, "") if task.order.customer else ""


def party_of(task: Task, parties: dict[int, Row]) -> Row:
    if task.order.customer is None:
        raise Rejected("the customer is missing. Let the guest policy give the order one.", field="customer")
    party = parties.get(id_from(party_link(task)))
    if party is None:
        raise Rejected(
            f"its customer (party {party_link(task)}) no longer exists in Tryton. Link the customer anew.",
            field="customer",
        )
    return party


def done(task: Task, row: Row) -> Done:
    """A draft has no number yet, so it has no document to tell."""
    note = task.note
    if row["state"] == "cancelled" and not task.order.is_cancelled:
        note = "The sale was cancelled in Tryton."
    return Done(remote=str(row["id"]), created=task.created, document=row["number"], note=note)
