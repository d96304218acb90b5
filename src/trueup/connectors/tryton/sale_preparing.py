"""What a sale needs before it can be written: the facts of the database, the customer's party and its addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from trueup.connectors.tryton.addresses import ADDRESS_FIELDS, address_to_tryton, matching
from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.codec import Row, id_from
from trueup.connectors.tryton.parties import reference_of
from trueup.connectors.tryton.premises import OWN_TAXES, Premises
from trueup.connectors.tryton.sale_mapping import Destination, SaleFacts, sale_to_tryton
from trueup.connectors.tryton.sale_tasks import (
    Task,
    linked_products,
    party_link,
    party_of,
    refuse_incomplete,
    run,
    still_open,
)
from trueup.connectors.tryton.settings import Settings
from trueup.domain.customer import Address
from trueup.domain.order import Order

PRODUCT_FIELDS = ("code", "sale_uom", "default_uom", OWN_TAXES)
PARTY_FIELDS = ("replaced_by", *(f"addresses.{field}" for field in ADDRESS_FIELDS))


class Preparer:
    """Looks up what orders refer to, and adds addresses that their customers do not have yet."""

    def __init__(self, client: TrytonClient, premises: Premises, settings: Settings) -> None:
        self._client = client
        self._premises = premises
        self._settings = settings

    def prepare(self, tasks: Iterable[Task]) -> None:
        """Gives each the values of its sale, or an error as its outcome."""
        new = list(tasks)
        run(new, lambda task: refuse_incomplete(task.parcel, task.order))
        ready = list(still_open(new))
        if not ready:
            return
        facts = self.facts(id for task in ready for id in linked_products(task))
        parties = self.parties(id_from(party_link(task)) for task in ready)
        run(ready, lambda task: self._map(task, facts, parties))

    def _map(self, task: Task, facts: SaleFacts, parties: dict[int, Row]) -> None:
        to = self.destination(party_of(task, parties), task.order)
        task.values = sale_to_tryton(task.order, reference_of(task.parcel), to, task.parcel.links, facts)

    def facts(self, products: Iterable[int] = ()) -> SaleFacts:
        here = self._premises
        ids = sorted(set(products))
        found = self.search("product.product", [["id", "in", ids]], PRODUCT_FIELDS) if ids else []
        return SaleFacts(
            settings=self._settings,
            company=here.company["id"],
            zone=here.zone,
            web_shop=here.web_shop,
            warehouse=here.order_warehouse,
            carrier=here.carrier,
            payment_term=here.payment_term,
            payment_terms=here.payment_terms,
            tax_rounding=here.tax_rounding,
            sale_fields=here.fields_of("sale.sale"),
            line_fields=here.fields_of("sale.line"),
            currencies=here.currencies,
            services=here.services,
            taxes=here.taxes,
            products={row["id"]: row for row in found},
        )

    def parties(self, ids: Iterable[int]) -> dict[int, Row]:
        """The parties with their addresses; for a merged one, the party that it was merged into."""
        wanted = sorted(set(ids) - {0})
        if not wanted:
            return {}
        found = {row["id"]: row for row in self.search("party.party", [["id", "in", wanted]], PARTY_FIELDS)}
        merged = {row["replaced_by"] for row in found.values() if row["replaced_by"]}
        if merged:
            others = self.search("party.party", [["id", "in", sorted(merged)]], PARTY_FIELDS)
            heirs = {row["id"]: row for row in others}
            found = {id: heirs.get(row["replaced_by"], row) for id, row in found.items()}
        return found

    def destination(self, party: Row, order: Order) -> Destination:
        return Destination(
            party=party["id"],
            invoice_address=self._address(party, order.billing),
            shipment_address=self._address(party, delivery_of(order)),
        )

    def address_values(self, address: Address) -> Row:
        """Empty for an order that names none."""
        if address.is_empty:
            return {}
        return address_to_tryton(address, self._premises.countries, self._premises.subdivisions)

    def _address(self, party: Row, address: Address) -> int | None:
        """Found on the party by what it says, else added to it; None if the order has none."""
        wanted = self.address_values(address)
        if not wanted:
            return None
        known = matching(wanted, party["addresses"])
        if known is not None:
            return known
        values = {**wanted, "party": party["id"], "invoice": True, "delivery": True}
        (new,) = self._client.create("party.address", [values], self._premises.context)
        party["addresses"].append({**wanted, "id": new})
        return new

    def search(self, model: str, domain: Sequence[Any], fields: Sequence[str]) -> list[Row]:
        """Inactive ones as well: they were ordered all the same."""
        context = {**self._premises.context, "active_test": False}
        return self._client.search(model, domain, fields, context=context)


def delivery_of(order: Order) -> Address:
    return order.billing if order.shipping.is_empty else order.shipping
