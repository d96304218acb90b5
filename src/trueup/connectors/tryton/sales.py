"""Orders become sales, each exactly once: the external reference is the web id, of which Tryton keeps one per web shop.

A sale is created, its totals are read back and compared with the shop's, and only then it is quoted (which numbers it),
and confirmed and processed as the settings say. Every step can be taken again after a crash: what stands in Tryton
decides what is left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from trueup.connectors.kit.errors import Gone, MissingLink, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.tryton.addresses import ADDRESS_FIELDS, address_to_tryton, matching
from trueup.connectors.tryton.advance import Advancer
from trueup.connectors.tryton.client import TrytonClient, TrytonSession
from trueup.connectors.tryton.codec import Row, id_from
from trueup.connectors.tryton.outcomes import (
    Whole,
    create_each,
    not_reached,
    refuse_problems,
    told,
)
from trueup.connectors.tryton.parties import reference_of
from trueup.connectors.tryton.premises import OWN_TAXES, Premises
from trueup.connectors.tryton.sale_lines import line_to_tryton
from trueup.connectors.tryton.sale_mapping import Destination, SaleFacts, rounding_line, sale_to_tryton, step_of
from trueup.connectors.tryton.settings import Advance, Settings
from trueup.domain.customer import Address
from trueup.domain.order import Order
from trueup.domain.record import Kind

SALE_FIELDS = ("number", "state", "total_amount", "tax_amount", "web_id")
PRODUCT_FIELDS = ("sale_uom", "default_uom", OWN_TAXES)
PARTY_FIELDS = ("replaced_by", *(f"addresses.{field}" for field in ADDRESS_FIELDS))


@dataclass(slots=True, kw_only=True)
class Task:
    """One order on its way: first without a sale, then with one, at last with an outcome."""

    parcel: Parcel
    order: Order
    values: Row | None = None
    sale: int | None = None
    created: bool = False
    outcome: Outcome | None = None


class Sales:
    """Writes orders, some twenty at a time."""

    def __init__(
        self, client: TrytonClient, premises: Premises, settings: Settings, session: TrytonSession | None
    ) -> None:
        self._client = client
        self._premises = premises
        self._settings = settings
        self._advancer = Advancer(client, premises, session, settings.advance)

    def find(self, references: Sequence[str]) -> dict[str, tuple[str, ...]]:
        if not references:
            return {}
        domain = [["web_shop", "=", self._premises.web_shop], ["web_id", "in", references]]
        rows = self._client.search("sale.sale", domain, ["web_id"], context=self._premises.context)
        return {row["web_id"]: (str(row["id"]),) for row in rows}

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        tasks = [task_of(parcel) for parcel in parcels]
        self._recall(tasks)
        self._prepare(tasks)
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
            elif self._settings.advance is Advance.DRAFT or row["state"] == "cancelled":
                task.outcome = done(task, row)

    # What is new

    def _prepare(self, tasks: Sequence[Task]) -> None:
        new = [task for task in still_open(tasks) if task.sale is None]
        run(new, lambda task: refuse_incomplete(task.parcel, task.order))
        ready = list(still_open(new))
        if not ready:
            return
        facts = self._facts(ready)
        parties = self._parties(ready)
        run(ready, lambda task: self._map(task, facts, parties))

    def _map(self, task: Task, facts: SaleFacts, parties: dict[int, Row]) -> None:
        order, parcel = task.order, task.parcel
        party = party_of(parcel, order, parties)
        to = self._destination(party, order)
        task.values = sale_to_tryton(order, reference_of(parcel), to, parcel.links, facts)

    def _facts(self, tasks: Iterable[Task]) -> SaleFacts:
        here = self._premises
        ids = sorted({id for task in tasks for id in linked_products(task)})
        products = self._search("product.product", [["id", "in", ids]], PRODUCT_FIELDS) if ids else []
        return SaleFacts(
            settings=self._settings,
            company=here.company["id"],
            zone=here.zone,
            web_shop=here.web_shop,
            warehouse=here.order_warehouse,
            carrier=here.carrier,
            payment_term=here.payment_term,
            tax_rounding=here.tax_rounding,
            sale_fields=here.fields_of("sale.sale"),
            line_fields=here.fields_of("sale.line"),
            currencies=here.currencies,
            services=here.services,
            taxes=here.taxes,
            products={row["id"]: row for row in products},
        )

    def _parties(self, tasks: Iterable[Task]) -> dict[int, Row]:
        """The customers' parties with their addresses; for a merged one, the party that it was merged into."""
        ids = {id_from(party_link(task)) for task in tasks}
        if not ids:
            return {}
        found = {row["id"]: row for row in self._search("party.party", [["id", "in", sorted(ids)]], PARTY_FIELDS)}
        merged = {row["replaced_by"] for row in found.values() if row["replaced_by"]}
        if merged:
            others = self._search("party.party", [["id", "in", sorted(merged)]], PARTY_FIELDS)
            heirs = {row["id"]: row for row in others}
            found = {id: heirs.get(row["replaced_by"], row) for id, row in found.items()}
        return found

    def _destination(self, party: Row, order: Order) -> Destination:
        shipping = order.billing if order.shipping.is_empty else order.shipping
        return Destination(
            party=party["id"],
            invoice_address=self._address(party, order.billing),
            shipment_address=self._address(party, shipping),
        )

    def _address(self, party: Row, address: Address) -> int | None:
        """Found on the party by what it says, else added to it; None if the order has none."""
        if address.is_empty:
            return None
        wanted = address_to_tryton(address, self._premises.countries, self._premises.subdivisions)
        known = matching(wanted, party["addresses"])
        if known is not None:
            return known
        values = {**wanted, "party": party["id"], "invoice": True, "delivery": True}
        (new,) = self._client.create("party.address", [values], self._premises.context)
        party["addresses"].append({**wanted, "id": new})
        return new

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
            line = line_to_tryton(rounding_line(difference, self._facts([])), with_base_price=False)
            self._client.update("sale.sale", row["id"], {"lines": [["create", [line]]]}, self._premises.context)
            self._compare_again(task)

    def _limit(self, order: Order) -> Decimal:
        return self._settings.rounding_limit * step_of(self._premises.currencies[order.currency])

    def _compare_again(self, task: Task) -> None:
        row = self._sales([task.sale or 0])[task.sale or 0]
        if row["total_amount"] != task.order.total:
            self._refuse(task, row)

    def _refuse(self, task: Task, row: Row) -> None:
        """Raises Rejected. What was created by this very push is removed; an older draft may be somebody's work."""
        wrong = wrong_amount(task.order, row)
        if task.created:
            self._client.delete("sale.sale", row["id"])
            task.sale = None
            raise Rejected(f"{wrong} Correct the taxes or the order, then retry.", field="total")
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

    def _search(self, model: str, domain: Sequence[Any], fields: Sequence[str]) -> list[Row]:
        """Inactive ones as well: they were ordered all the same."""
        context = {**self._premises.context, "active_test": False}
        return self._client.search(model, domain, fields, context=context)


NOTHING_CAME = TryLater("Tryton gave no answer for this order.", unknown_outcome=True)


def task_of(parcel: Parcel) -> Task:
    order = parcel.facet(Order)
    if order is None:
        raise TypeError(f"a parcel for {parcel.ref} carries no order")
    return Task(parcel=parcel, order=order)


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
    return task.parcel.links[task.order.customer] if task.order.customer else ""


def party_of(parcel: Parcel, order: Order, parties: dict[int, Row]) -> Row:
    if order.customer is None:
        raise Rejected("the customer is missing. Let the guest policy give the order one.", field="customer")
    id = parcel.links[order.customer]
    party = parties.get(id_from(id))
    if party is None:
        raise Rejected(
            f"its customer (party {id}) no longer exists in Tryton. Link the customer anew.", field="customer"
        )
    return party


def wrong_amount(order: Order, row: Row) -> str:
    def money(amount: Decimal) -> str:
        return f"{amount:.{order.decimals}f}"

    theirs = f"{money(row['total_amount'])} {order.currency} with {money(row['tax_amount'])} tax"
    return f"Tryton computes {theirs}, the shop says {money(order.total)} with {money(order.total_tax)} tax."


def done(task: Task, row: Row) -> Done:
    """A draft has no number yet, so it has no document to tell."""
    note = "The sale was cancelled in Tryton." if row["state"] == "cancelled" else None
    return Done(remote=str(row["id"]), created=task.created, document=row["number"], note=note)
