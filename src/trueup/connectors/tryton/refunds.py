"""Refunds of a shop become return sales, each exactly once, by the same constraint as orders: one web id per web shop.

They are quoted at most, which numbers them. Whether goods came back, and whether money is given back in Tryton's books,
people decide there: nothing is processed, received or posted, and no payment is moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from trueup.connectors.kit.errors import Conflict, Gone, OutsideError, Rejected
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.tryton.advance import Advancer
from trueup.connectors.tryton.client import TrytonClient, TrytonSession
from trueup.connectors.tryton.codec import Row, id_from
from trueup.connectors.tryton.outcomes import Whole, create_each, not_reached, refuse_problems, told
from trueup.connectors.tryton.premises import Premises
from trueup.connectors.tryton.refund_mapping import SALE_FIELDS, return_to_tryton
from trueup.connectors.tryton.return_mapping import RETURN
from trueup.connectors.tryton.sale_lines import line_to_tryton
from trueup.connectors.tryton.sale_mapping import rounding_line
from trueup.connectors.tryton.sale_preparing import Preparer
from trueup.connectors.tryton.sale_tasks import after_create
from trueup.connectors.tryton.settings import Advance, Settings
from trueup.domain.record import Kind
from trueup.domain.refund import OrderRefunds, Refund

RETURN_FIELDS = ("number", "state", "total_amount", "web_id")


class Refunds:
    """Writes the refunds of orders, one order after the other: there are few of them."""

    def __init__(
        self, client: TrytonClient, premises: Premises, settings: Settings, session: TrytonSession | None
    ) -> None:
        self._client = client
        self._premises = premises
        self._settings = settings
        self._preparer = Preparer(client, premises, settings)
        goal = Advance.DRAFT if settings.advance is Advance.DRAFT else Advance.QUOTATION
        self._advancer = Advancer(client, premises, session, goal)

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        results: list[Outcome] = []
        lost: OutsideError | None = None
        for parcel in parcels:
            try:
                results.append(not_reached(lost) if lost else self._push(parcel))
            except OutsideError as error:
                lost = error if isinstance(error, Whole) else None
                results.append(error)
        return told(parcels, results, reached=any(isinstance(result, Done) for result in results))

    def _push(self, parcel: Parcel) -> Done:
        record = refunds_of(parcel)
        sale = self._sale(parcel)
        if sale["state"] == "cancelled":
            return done(sale, "The sale was cancelled in Tryton, so there is nothing to return.")
        wanted = {refund.reference: refund for refund in record.refunds if is_due(refund)}
        known = self._known(sale)
        refuse_strangers(sale, [row for reference, row in known.items() if reference not in wanted])
        created = self._create([one for reference, one in wanted.items() if reference not in known], sale, parcel)
        rows = self._known(sale)
        for reference, refund in wanted.items():
            self._settle(refund, rows[reference], sale, created)
        drafts = [row["id"] for row in rows.values() if row["state"] == "draft"]
        for error in self._advancer.advance(drafts).values():
            raise after_create(error)
        rows = self._known(sale) if drafts else rows
        numbers = [row["number"] for row in rows.values() if row["number"]]
        return done(sale, f"Returns in Tryton: {', '.join(numbers)}." if numbers else None)

    def _sale(self, parcel: Parcel) -> Row:
        found = self._preparer.search("sale.sale", [["id", "=", id_from(parcel.remote or "")]], SALE_FIELDS)
        if not found:
            raise Gone(
                f"its sale in Tryton (id {parcel.remote}) was deleted. Enter the return by hand, then skip this."
            )
        return found[0]

    def _known(self, sale: Row) -> dict[str, Row]:
        """The returns that were made here of this sale's refunds, by reference."""
        domain = [
            ["web_shop", "=", self._premises.web_shop],
            ["web_id", "!=", None],
            ["origin", "=", f"sale.sale,{sale['id']}"],
        ]
        return {row["web_id"]: row for row in self._preparer.search("sale.sale", domain, RETURN_FIELDS)}

    def _create(self, refunds: Sequence[Refund], sale: Row, parcel: Parcel) -> list[int]:
        """The ids of those that were made now; one that is there already, after a lost answer, is none of them.
        Raises why the first could not be made, once all were tried."""
        if not refunds:
            return []
        facts = self._preparer.facts(id_from(id) for ref, id in parcel.links.items() if ref.kind is Kind.PRODUCT)
        values = [return_to_tryton(refund, sale, parcel.links, facts) for refund in refunds]
        answers = create_each(self._client, "sale.sale", values, self._premises.context)
        there = self._known(sale)
        for refund, answer in zip(refunds, answers, strict=True):
            if isinstance(answer, OutsideError) and not (isinstance(answer, Rejected) and refund.reference in there):
                raise answer
        return [answer for answer in answers if isinstance(answer, int)]

    def _settle(self, refund: Refund, row: Row, sale: Row, created: Sequence[int]) -> None:
        """A return has to come to what the shop gave back, whichever way both of them round."""
        difference = -refund.amount - row["total_amount"]
        if not difference or row["state"] == "cancelled":
            return
        limit = self._settings.rounding_limit * Decimal(1).scaleb(-sale["currency"]["digits"])
        if row["state"] == "draft" and abs(difference) <= limit:
            line = line_to_tryton(rounding_line(difference, self._preparer.facts()), with_base_price=False)
            self._client.update("sale.sale", row["id"], {"lines": [["create", [line]]]}, self._premises.context)
        elif row["id"] in created:
            self._client.delete("sale.sale", row["id"])
            raise Rejected(f"{other_amount(refund, row)} Correct the taxes or the refund, then retry.", field="amount")
        else:
            raise Conflict(
                f"{other_amount(refund, row)} Compare both, correct one of them, then retry.", field="amount"
            )


def refunds_of(parcel: Parcel) -> OrderRefunds:
    """Raises Rejected for refunds of more than the order."""
    record = parcel.facet(OrderRefunds)
    if record is None:
        raise TypeError(f"a parcel for {parcel.ref} carries no refunds")
    refuse_problems(record)
    if parcel.remote is None:
        raise Rejected("its order is not in Tryton yet. Transfer the order first, then retry.", field="order")
    return record


def is_due(refund: Refund) -> bool:
    """Not one that came from Tryton's own return, and not one of nothing."""
    units = sum((line.quantity for line in refund.lines), Decimal(0))
    return not refund.reference.startswith(RETURN) and bool(refund.amount or units)


def refuse_strangers(sale: Row, rows: Sequence[Row]) -> None:
    live = [row for row in rows if row["state"] != "cancelled"]
    if live:
        named = ", ".join(f"{row['number'] or row['id']} ({row['web_id']})" for row in live)
        raise Conflict(
            f"Tryton has returns of sale {sale['number']} whose refunds no longer exist in the shop: {named}. Cancel "
            "them in Tryton, then retry.",
            field="refunds",
        )


def other_amount(refund: Refund, row: Row) -> str:
    called = f"return {row['number']}" if row["number"] else "its return"
    return (
        f"refund {refund.reference} is {refund.amount:f} in the shop, and {called} in Tryton {-row['total_amount']:f}."
    )


def done(sale: Row, note: str | None) -> Done:
    return Done(remote=str(sale["id"]), document=sale["number"], note=note)
