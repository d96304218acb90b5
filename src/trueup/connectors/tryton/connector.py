"""A connection to Tryton: it leads articles, prices and stock, and follows customers and orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from trueup.connectors.kit.errors import Rejected
from trueup.connectors.kit.ports import Capabilities, Change, Contains, Finding, Outcome, Page, Parcel, Unreadable
from trueup.connectors.tryton.candidates import Candidates
from trueup.connectors.tryton.catalogue import Catalogue
from trueup.connectors.tryton.client import TrytonClient, TrytonSession
from trueup.connectors.tryton.fulfilments import Fulfilments
from trueup.connectors.tryton.parties import Parties
from trueup.connectors.tryton.premises import Premises
from trueup.connectors.tryton.refunds import Refunds
from trueup.connectors.tryton.returns import Returns
from trueup.connectors.tryton.sales import Sales
from trueup.connectors.tryton.settings import Advance, Settings, StockQuantity
from trueup.connectors.tryton.verify import findings
from trueup.domain.customer import Candidate, Customer
from trueup.domain.order import Order
from trueup.domain.record import Kind


class TrytonConnector:
    """Reading is in `catalogue`, writing in `parties` and `sales`; nothing is remembered that a restart would miss."""

    def __init__(self, settings: Settings) -> None:
        self.capabilities = Capabilities(
            reads=frozenset({Kind.PRODUCT, Kind.PRICE, Kind.STOCK, Kind.FULFILMENT, Kind.REFUND}),
            writes=frozenset({Kind.CUSTOMER, Kind.ORDER, Kind.REFUND}),
            batch=20,
            flights=2,
            settle=timedelta(seconds=120),
            matches=True,
            stock_contains=contains_of(settings),
        )
        self._settings = settings
        self._client = TrytonClient(settings)
        self._session = session_of(self._client, settings)
        self._premises = Premises(self._client, settings)
        self._catalogue = Catalogue(self._client, self._premises, settings)
        self._fulfilments = Fulfilments(self._client, self._premises)
        self._candidates = Candidates(self._client, self._premises)
        self._parties = Parties(self._client, self._premises)
        self._returns = Returns(self._client, self._premises, settings)
        self._sales = Sales(self._client, self._premises, settings, self._session)
        self._refunds = Refunds(self._client, self._premises, settings, self._session)

    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        if kind is Kind.FULFILMENT:
            return self._fulfilments.changes(since)
        if kind is Kind.REFUND:
            return self._returns.changes(since)
        return self._catalogue.changes(kind, since)

    def fetch(self, kind: Kind, ids: Sequence[str]) -> Sequence[Change | Unreadable]:
        if kind is Kind.FULFILMENT:
            return self._fulfilments.fetch(ids)
        if kind is Kind.REFUND:
            return self._returns.fetch(ids)
        return self._catalogue.fetch(kind, ids)

    def find(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        finders = {Kind.PRODUCT: self._catalogue.find, Kind.CUSTOMER: self._parties.find, Kind.ORDER: self._sales.find}
        return finders[kind](keys)

    def candidates(self, customers: Sequence[Customer]) -> Sequence[Sequence[Candidate]]:
        return self._candidates.of(customers)

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """After a refusal everything is read anew: a person enters what was missing in Tryton, then retries."""
        if not parcels:
            return []
        is_customer = parcels[0].ref.kind is Kind.CUSTOMER
        outcomes = self._parties.push(parcels) if is_customer else self._push_documents(parcels)
        if any(isinstance(outcome, Rejected) for outcome in outcomes):
            self._premises.forget()
        return outcomes

    def _push_documents(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """Orders, and refunds of orders that Tryton has: in one push, each goes its own way."""
        orders = [parcel for parcel in parcels if parcel.facet(Order)]
        refunds = [parcel for parcel in parcels if not parcel.facet(Order)]
        outcomes = iter(self._sales.push(orders) if orders else ())
        given = iter(self._refunds.push(refunds) if refunds else ())
        return [next(outcomes if parcel.facet(Order) else given) for parcel in parcels]

    def verify(self) -> Sequence[Finding]:
        """By a connection of its own, so that nothing read earlier hides what was mended or broken since."""
        client = TrytonClient(self._settings)
        try:
            session = session_of(client, self._settings)
            return list(findings(client, Premises(client, self._settings), self._settings, session))
        finally:
            client.close()

    def close(self) -> None:
        self._client.close()


def contains_of(settings: Settings) -> Contains:
    """Tryton's available quantity drops when a sale is processed, what is on hand when its shipment is done."""
    if settings.stock_quantity is StockQuantity.ON_HAND:
        return Contains.SHIPMENT
    return Contains.ACKNOWLEDGEMENT if settings.advance is Advance.PROCESSING else Contains.RESERVATION


def session_of(client: TrytonClient, settings: Settings) -> TrytonSession | None:
    if not settings.user or settings.password is None:
        return None
    return TrytonSession(client, settings.user, settings.password.get_secret_value())


def open_connector(settings: Settings) -> TrytonConnector:
    return TrytonConnector(settings)
