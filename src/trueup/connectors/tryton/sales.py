"""Orders become sales, each exactly once: the external reference is the web id, of which Tryton keeps one per web shop.

A sale is created, its totals are read back and compared with the shop's, and only then it is quoted (which numbers it),
and confirmed and processed as the settings say. Every step can be taken again after a crash: what stands in Tryton
decides what is left to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from trueup.connectors.kit.errors import Gone, NotNeeded, OutsideError, Rejected
from trueup.connectors.kit.ports import Outcome, Parcel
from trueup.connectors.tryton.advance import Advancer
from trueup.connectors.tryton.client import TrytonClient, TrytonSession
from trueup.connectors.tryton.codec import Row, id_from
from trueup.connectors.tryton.outcomes import create_each, told
from trueup.connectors.tryton.parties import reference_of
from trueup.connectors.tryton.premises import Premises
from trueup.connectors.tryton.sale_changes import SaleChanges
from trueup.connectors.tryton.sale_lines import line_to_tryton
from trueup.connectors.tryton.sale_mapping import rounding_line, step_of
from trueup.connectors.tryton.sale_preparing import Preparer
from trueup.connectors.tryton.sale_tasks import NOTHING_CAME, Task, after_create, done, run, still_open, task_of
from trueup.connectors.tryton.settings import Advance, Settings
from trueup.domain.order import Order

SALE_FIELDS = ("number", "state", "total_amount", "tax_amount", "web_id")


class Sales:
    """Writes orders, some twenty at a time."""

    def __init__(
        self, client: TrytonClient, premises: Premises, settings: Settings, session: TrytonSession | None
    ) -> None:
        self._client = client
        self._premises = premises
        self._settings = settings
        self._advancer = Advancer(client, premises, session, settings.advance)
        self._preparer = Preparer(client, premises, settings)
        self._changes = SaleChanges(client, premises, settings, self._preparer)

    def find(self, references: Sequence[str]) -> dict[str, tuple[str, ...]]:
        if not references:
            return {}
        domain = [["web_shop", "=", self._premises.web_shop], ["web_id", "in", references]]
        rows = self._client.search("sale.sale", domain, ["web_id"], context=self._premises.context)
        return {row["web_id"]: (str(row["id"]),) for row in rows}

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        tasks = [task_of(parcel) for parcel in parcels]
        self._recall(tasks)
        self._changes.apply([task for task in still_open(tasks) if task.sale is not None])
        self._preparer.prepare(self._wanted(tasks))
        self._create(tasks)
        self._settle(tasks)
        self._advance(tasks)
        results = [task.outcome or NOTHING_CAME for task in tasks]
        return told(parcels, results, reached=any(task.sale is not None for task in tasks))

    # What was transferred before

    def _recall(self, tasks: Sequence[Task]) -> None:
        known = [task for task in still_open(tasks) if task.parcel.remote]
        rows = self._sales([id_from(task.parcel.remote or "") for task in known])
        for task in known:
            row = rows.get(id_from(task.parcel.remote or ""))
            task.sale = row["id"] if row else None
            if row is None:
                task.outcome = Gone(
                    f"its sale in Tryton (id {task.parcel.remote}) was deleted. Retry to make a new one."
                )
            elif not task.before and not task.order.is_cancelled and self._is_through(row):
                task.outcome = done(task, row)

    def _is_through(self, row: Row) -> bool:
        return self._settings.advance is Advance.DRAFT or row["state"] == "cancelled"

    # What is new

    def _wanted(self, tasks: Sequence[Task]) -> list[Task]:
        """No sale is made of an order that was cancelled before it was transferred."""
        new = [task for task in still_open(tasks) if task.sale is None]
        for task in new:
            if task.order.is_cancelled:
                task.outcome = NotNeeded("it was cancelled in the shop before it was transferred.")
        return list(still_open(new))

    def _create(self, tasks: Sequence[Task]) -> None:
        ready = [task for task in still_open(tasks) if task.values is not None]
        values = [task.values for task in ready if task.values is not None]
        answers = create_each(self._client, "sale.sale", values, self._premises.context)
        for task, answer in zip(ready, answers, strict=True):
            task.created = isinstance(answer, int)
            task.sale = answer if isinstance(answer, int) else None
            if isinstance(answer, OutsideError):
                run([task], partial(self._adopt, error=answer))

    def _adopt(self, task: Task, error: OutsideError) -> None:
        """Refused because it is there already, after a lost answer? Then that one is it."""
        reference = reference_of(task.parcel)
        found = self.find([reference]) if isinstance(error, Rejected) else {}
        if not found:
            raise error
        task.sale = int(found[reference][0])

    # The totals

    def _settle(self, tasks: Sequence[Task]) -> None:
        """A draft has to come to the shop's total before it becomes a document."""
        with_sale = [task for task in still_open(tasks) if task.sale is not None]
        rows = self._look(with_sale)
        drafts = [task for task in with_sale if rows.get(task.sale or 0, {}).get("state") == "draft"]
        run(drafts, lambda task: self._compare(task, rows[task.sale or 0]))

    def _compare(self, task: Task, row: Row) -> None:
        order, limit = task.order, self._limit(task.order)
        difference = order.total - row["total_amount"]
        if abs(difference) > limit or abs(order.total_tax - row["tax_amount"]) > limit:
            self._refuse(task, row)
        if difference:
            line = line_to_tryton(rounding_line(difference, self._preparer.facts()), with_base_price=False)
            self._client.update("sale.sale", row["id"], {"lines": [["create", [line]]]}, self._premises.context)
            self._compare_again(task)

    def _limit(self, order: Order) -> Decimal:
        return self._settings.rounding_limit * step_of(self._premises.currencies[order.currency])

    def _compare_again(self, task: Task) -> None:
        row = self._sales([task.sale or 0])[task.sale or 0]
        if row["total_amount"] != task.order.total:
            self._refuse(task, row)

    def _refuse(self, task: Task, row: Row) -> None:
        """Raises Rejected. What was created by this very push is removed, what was changed is changed back; an older
        draft may be somebody's work."""
        wrong = wrong_amount(task.order, row)
        if task.created:
            self._client.delete("sale.sale", row["id"])
            task.sale = None
            raise Rejected(f"{wrong} Correct the taxes or the order, then retry.", field="total")
        if task.before:
            self._changes.restore(task)
            self._advancer.advance([row["id"]])
            raise Rejected(
                f"{wrong} The sale stays as it was. Correct the taxes or the order, then retry.", field="total"
            )
        raise Rejected(f"{wrong} Delete the draft (id {row['id']}) in Tryton, then retry.", field="total")

    # The document

    def _advance(self, tasks: Sequence[Task]) -> None:
        with_sale = {task.sale: task for task in still_open(tasks) if task.sale is not None}
        try:
            errors = self._advancer.advance(list(with_sale))
            rows = self._sales(list(with_sale))
        except OutsideError as error:
            errors, rows = dict.fromkeys(with_sale, error), {}
        for id, task in with_sale.items():
            task.outcome = after_create(errors[id]) if id in errors else done(task, rows[id])

    def _look(self, tasks: Sequence[Task]) -> dict[int, Row]:
        try:
            return self._sales([task.sale for task in tasks if task.sale is not None])
        except OutsideError as error:
            for task in tasks:
                task.outcome = after_create(error)
            return {}

    def _sales(self, ids: Sequence[int]) -> dict[int, Row]:
        if not ids:
            return {}
        rows = self._client.search("sale.sale", [["id", "in", ids]], SALE_FIELDS, context=self._premises.context)
        return {row["id"]: row for row in rows}


def wrong_amount(order: Order, row: Row) -> str:
    def money(amount: Decimal) -> str:
        return f"{amount:.{order.decimals}f}"

    theirs = f"{money(row['total_amount'])} {order.currency} with {money(row['tax_amount'])} tax"
    return f"Tryton computes {theirs}, the shop says {money(order.total)} with {money(order.total_tax)} tax."
