"""Changes of an order whose sale Tryton has already: written while Tryton allows it, else told to a person.

A sale may be changed until it is processed: it goes back to draft, is written in one piece, its total is compared, and
it is quoted again under its old number. What stands in Tryton decides what is left to do, so a push that crashed in
between is finished by the next one. A document is never deleted.
"""

from __future__ import annotations

from collections.abc import Sequence

from trueup.connectors.kit.errors import Conflict, Gone, Locked, Rejected
from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.codec import Row, id_from
from trueup.connectors.tryton.parties import reference_of
from trueup.connectors.tryton.premises import Premises
from trueup.connectors.tryton.sale_mapping import Destination, Links, SaleFacts, sale_to_tryton, step_of
from trueup.connectors.tryton.sale_parts import (
    STANDING_FIELDS,
    TITLES,
    Comparison,
    Parts,
    compared,
    parts_of_row,
    parts_of_values,
    with_own_notes,
)
from trueup.connectors.tryton.sale_preparing import Preparer, delivery_of
from trueup.connectors.tryton.sale_tasks import (
    Task,
    done,
    linked_products,
    party_link,
    party_of,
    refuse_incomplete,
    run,
    still_open,
)
from trueup.connectors.tryton.settings import Settings
from trueup.domain.order import Order
from trueup.domain.record import Kind, Ref

FIELDS = ("number", "state", "total_amount", "shipments.number", "shipments.state", *STANDING_FIELDS)
TOO_LATE = ("processing", "done")
"""States in which Tryton itself takes no change of a sale any more, and neither a cancellation."""


class SaleChanges:
    """Takes sales that stand in Tryton from what they were transferred as to what the order is now."""

    def __init__(self, client: TrytonClient, premises: Premises, settings: Settings, preparer: Preparer) -> None:
        self._client = client
        self._premises = premises
        self._settings = settings
        self._preparer = preparer

    def apply(self, tasks: Sequence[Task]) -> None:
        """Those with an outcome are through; the others stand written, and are left to be compared and quoted."""
        cancelled = [task for task in tasks if task.order.is_cancelled]
        changed = [task for task in tasks if task.before and not task.order.is_cancelled]
        if not cancelled and not changed:
            return
        rows = self._rows([task.sale or 0 for task in (*cancelled, *changed)])
        run(cancelled, lambda task: self._cancel(task, row_of(task, rows)))
        run(changed, lambda task: refuse_incomplete(task.parcel, task.order))
        ready = list(still_open(changed))
        articles = self._articles_before(ready)
        products = [id for task in ready for id in linked_products(task)]
        facts = self._preparer.facts([*products, *(id_from(id) for id in articles.values())]) if ready else None
        run(ready, lambda task: self._change(task, row_of(task, rows), facts, articles) if facts else None)

    # Cancelled in the shop

    def _cancel(self, task: Task, row: Row) -> None:
        """The shop's word counts, whatever was changed in Tryton: the sale is kept and can be read, only not sent."""
        if row["state"] in TOO_LATE:
            self._refuse_cancellation(task, row)
        elif row["state"] != "cancelled":
            if row["state"] == "confirmed":
                self._press(row, "draft")
            self._press(row, "cancel")
        task.outcome = done(task, {**row, "state": "cancelled"})

    def _refuse_cancellation(self, task: Task, row: Row) -> None:
        """Raises Locked, unless people have cancelled all its deliveries already."""
        states = [shipment["state"] for shipment in row["shipments"]]
        if not states or any(state != "cancelled" for state in states):
            raise Locked(
                f"it was cancelled in the shop, but {in_process(row)}. Cancel there what is not sent yet, and the "
                "invoice, then retry; or skip this with a reason.",
                field="status",
            )
        task.note = f"Sale {row['number']} cannot be cancelled in Tryton any more, but nothing of it will be sent."

    # Changed in the shop

    def _change(self, task: Task, row: Row, facts: SaleFacts, articles: Links) -> None:
        before = task.before or task.order
        links = {**articles, **task.parcel.links}
        was, is_ = self._values(task, before, links, facts), self._values(task, task.order, links, facts)
        found = compared(self._parts(before, was), self._parts(task.order, is_), parts_of_row(row))
        edited = [*found.edited, *self._other_total(before, found, row)]
        if "lines" in found.to_write:
            edited += with_own_notes(row, notes(was, is_))
        if edited:
            raise Conflict(f"{called(row)} was changed in Tryton too: {'; '.join(edited)}. {COMPARE}", field="lines")
        revived = row["state"] == "cancelled" and before.is_cancelled
        if found.to_write or revived:
            self._refuse_late(row, found.to_write, revived)
            self._write(task, row, {part: is_[part] for part in found.to_write if part in is_}, found.to_write)

    def _other_total(self, before: Order, found: Comparison, row: Row) -> list[str]:
        """Lines that are as they were, and a total that is not: a rounding line was changed."""
        limit = self._settings.rounding_limit * step_of(self._premises.currencies[before.currency])
        if "lines" not in found.to_write or abs(row["total_amount"] - before.total) <= limit:
            return []
        return [f"the total is {row['total_amount']:f} instead of {before.total:f}"]

    def _refuse_late(self, row: Row, parts: Sequence[str], revived: bool) -> None:
        if row["state"] == "cancelled" and not revived:
            raise Conflict(f"{called(row)} was cancelled in Tryton, and the shop changed {listed(parts)}. {COMPARE}")
        if row["state"] in TOO_LATE:
            raise Locked(
                f"the shop changed {listed(parts)}, but {in_process(row)}. Make the change by hand in Tryton, then "
                "skip this with a reason.",
                field=parts[0],
            )

    def _write(self, task: Task, row: Row, values: Row, parts: Sequence[str]) -> None:
        if row["state"] != "draft":
            self._reopen(task, row, parts)
        if "lines" in values:
            old = [line["id"] for line in row["lines"] if line["type"] == "line"]
            values["lines"] = [["delete", old], *values["lines"]]
        values |= self._addresses(task, row, parts)
        if values:
            self._client.update("sale.sale", row["id"], values, self._premises.context)

    def _reopen(self, task: Task, row: Row, parts: Sequence[str]) -> None:
        """Tryton may have gone on with it since it was read."""
        try:
            self._press(row, "draft")
        except Rejected:
            (now,) = self._rows([row["id"]]).values()
            self._refuse_late({**row, "state": now["state"]}, parts, revived=True)
            raise
        if row["state"] == "confirmed":
            task.note = "The sale had been confirmed in Tryton; it was changed and quoted anew."

    def _addresses(self, task: Task, row: Row, parts: Sequence[str]) -> Row:
        """Ids of those that changed, on the party that the sale has: people may have merged or replaced it."""
        wanted = [part for part in ("invoice_address", "shipment_address") if part in parts]
        if not wanted:
            return {}
        party = self._preparer.parties([row["party"]]).get(row["party"])
        to = self._preparer.destination(party or party_of(task, {}), task.order)
        return {part: getattr(to, part) for part in wanted}

    def restore(self, task: Task) -> None:
        """Writes the lines as they were before: Tryton makes another total of the new ones than the shop."""
        before = task.before or task.order
        articles = self._articles_before([task])
        links = {**articles, **task.parcel.links}
        facts = self._preparer.facts([*linked_products(task), *(id_from(id) for id in articles.values())])
        (row,) = self._rows([task.sale or 0]).values()
        self._write(task, row, {"lines": self._values(task, before, links, facts)["lines"]}, ["lines"])

    # What orders make

    def _values(self, task: Task, order: Order, links: Links, facts: SaleFacts) -> Row:
        nowhere = Destination(party=id_from(party_link(task)), invoice_address=None, shipment_address=None)
        values = sale_to_tryton(order, reference_of(task.parcel), nowhere, links, facts)
        return {part: values[part] for part in ("lines", "comment")}

    def _parts(self, order: Order, values: Row) -> Parts:
        invoice, shipment = order.billing, delivery_of(order)
        return parts_of_values(values, self._preparer.address_values(invoice), self._preparer.address_values(shipment))

    def _articles_before(self, tasks: Sequence[Task]) -> dict[Ref, str]:
        """Articles that only the earlier version of an order has, by their SKU: no link of the parcel names them."""
        keys = {
            ref: key
            for task in tasks
            if task.before
            for ref, key in task.before.ref_keys().items()
            if ref.kind is Kind.PRODUCT and ref not in task.parcel.links
        }
        if not keys:
            return {}
        rows = self._preparer.search("product.product", [["code", "in", sorted(set(keys.values()))]], ["code"])
        by_code = {row["code"]: str(row["id"]) for row in rows}
        return {ref: by_code[key] for ref, key in keys.items() if key in by_code}

    def _press(self, row: Row, button: str) -> None:
        self._client.press("sale.sale", row["id"], button, self._premises.context)

    def _rows(self, ids: Sequence[int]) -> dict[int, Row]:
        found = self._preparer.search("sale.sale", [["id", "in", sorted(set(ids))]], FIELDS)
        return {row["id"]: row for row in found}


COMPARE = "Compare both, correct one of them, then skip this with a reason."


def row_of(task: Task, rows: dict[int, Row]) -> Row:
    if task.sale not in rows:
        raise Gone(f"its sale in Tryton (id {task.sale}) was deleted. Retry to make a new one.")
    return rows[task.sale]


def called(row: Row) -> str:
    return f"sale {row['number']}" if row["number"] else f"the draft {row['id']}"


def listed(parts: Sequence[str]) -> str:
    return " and ".join(TITLES[part] for part in parts)


def in_process(row: Row) -> str:
    """What keeps the sale from being changed."""
    sent = ", ".join(f"delivery {one['number']} is {one['state']}" for one in row["shipments"])
    return f"{called(row)} is in work in Tryton already{f' ({sent})' if sent else ''}"


def notes(*versions: Row) -> list[str | None]:
    return [line["note"] for values in versions for _, lines in values["lines"] for line in lines]
