"""A WooCommerce shop: leads orders, their customers and refunds, follows with articles and what becomes of an order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from trueup.clock import Clock, utc_now
from trueup.connectors.kit.errors import OutsideError, Rejected
from trueup.connectors.kit.ports import Capabilities, Change, Finding, Hint, Outcome, Page, Parcel, Unreadable
from trueup.connectors.woocommerce import webhooks
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.customer_push import push_customer_numbers
from trueup.connectors.woocommerce.find import find_skus, folded
from trueup.connectors.woocommerce.offers import OFFERS_LAST, offered
from trueup.connectors.woocommerce.order_push import push_orders
from trueup.connectors.woocommerce.orders import (
    customer_pages,
    fetched_customers,
    fetched_orders,
    order_ids,
    order_pages,
)
from trueup.connectors.woocommerce.push import push_products
from trueup.connectors.woocommerce.refunds import fetched_refunds, refund_pages
from trueup.connectors.woocommerce.remembered import Remembered
from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.verify import verify
from trueup.domain.record import Kind

CAPABILITIES = Capabilities(
    reads=frozenset({Kind.ORDER, Kind.CUSTOMER, Kind.REFUND}),
    writes=frozenset(
        {
            Kind.PRODUCT,
            Kind.PRICE,
            Kind.STOCK,
            Kind.RECEIPT,
            Kind.FULFILMENT,
            Kind.REFUND,
            Kind.CUSTOMER_NUMBER,
        }
    ),
    batch=100,
    flights=4,
    settle=timedelta(seconds=30),
    webhooks=True,
)


class WooCommerce:
    """An open connection to one shop. Thread-safe; keeps pooled sockets, and for minutes what the shop is like."""

    capabilities = CAPABILITIES

    def __init__(self, settings: Settings, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._client = WooClient(settings, clock=clock)
        self._offers = Remembered(lambda: offered(self._client), OFFERS_LAST)

    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        if kind is Kind.ORDER:
            return order_pages(self._client, self._settings, since)
        if kind is Kind.CUSTOMER:
            return customer_pages(self._client, self._settings)
        if kind is Kind.REFUND:
            return refund_pages(self._client, self._settings, since)
        raise _not_led(kind)

    def fetch(self, kind: Kind, ids: Sequence[str]) -> Sequence[Change | Unreadable]:
        if kind is Kind.ORDER:
            return fetched_orders(self._client, self._settings, ids)
        if kind is Kind.CUSTOMER:
            return fetched_customers(self._client, self._settings, ids)
        if kind is Kind.REFUND:
            return fetched_refunds(self._client, self._settings, ids)
        raise _not_led(kind)

    def find(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Products by SKU (whatever the case; the bin is left out), orders by reference."""
        if kind.thing is Kind.ORDER:
            return order_ids(self._client, self._settings, keys)
        found = find_skus(self._client, keys)
        return {key: tuple(str(hit.remote) for hit in found[folded(key)]) for key in keys if folded(key) in found}

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        if not parcels:
            return []
        thing = parcels[0].ref.kind.thing
        if thing is Kind.PRODUCT:
            return push_products(self._client, self._settings, parcels)
        if thing is Kind.ORDER:
            return push_orders(self._client, self._settings, parcels, self._offers)
        if thing is Kind.CUSTOMER:
            return push_customer_numbers(self._client, parcels)
        return [Rejected(f"A shop takes no {thing} from elsewhere.") for _ in parcels]

    def verify(self) -> Sequence[Finding]:
        return verify(self._client, self._settings, self._clock)

    def subscribe(self, url: str, secret: str) -> Sequence[Finding]:
        return webhooks.subscribe(self._client, url, secret)

    def hint(self, headers: Mapping[str, str], body: bytes, secret: str) -> Hint | None:
        return webhooks.hint(headers, body, secret)

    def close(self) -> None:
        self._client.close()


def _not_led(kind: Kind) -> OutsideError:
    return Rejected(f"This connection does not read {kind} from the shop.")


def open_connector(settings: Settings) -> WooCommerce:
    return WooCommerce(settings)
