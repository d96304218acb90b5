"""A folder as a connection: leads articles, prices, stock and shipments; follows with orders, customers and refunds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from trueup.clock import Clock, utc_now
from trueup.connectors.files import disk
from trueup.connectors.files.book import Book
from trueup.connectors.files.checks import findings
from trueup.connectors.files.documents import customer_document, order_document, refund_document
from trueup.connectors.files.outbox import Outbox
from trueup.connectors.files.settings import Settings
from trueup.connectors.files.source import changes_in
from trueup.connectors.files.tray import Tray
from trueup.connectors.kit.errors import Gone, Locked, Misconfigured, OutsideError, Rejected
from trueup.connectors.kit.ports import Capabilities, Change, Done, Finding, Outcome, Page, Parcel, Unreadable
from trueup.domain.customer import Customer
from trueup.domain.order import Order, PositionType
from trueup.domain.record import Kind
from trueup.domain.refund import OrderRefunds


def open_connector(settings: Settings, clock: Clock = utc_now) -> FilesConnector:
    return FilesConnector(settings, clock)


class FilesConnector:
    """The id of an article is its SKU, that of an order or a customer its reference: files have no others."""

    def __init__(self, settings: Settings, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._book = Book(settings.folder / ".trueup" / "book.sqlite")
        self._tray = Tray(settings, self._book)
        self._outbox = Outbox(settings.folder, self._book)
        self.capabilities = Capabilities(
            reads=settings.reads,
            writes=settings.writes,
            batch=100,
            flights=1,
            settle=timedelta(0),
            tells_all=False,
        )

    def verify(self) -> Sequence[Finding]:
        with disk.told(self._settings.folder):
            return findings(self._settings, self._tray, self._clock())

    def close(self) -> None:
        """Nothing is held open between calls."""

    def changes(self, kind: Kind, since: datetime | None) -> Iterator[Page]:
        """Whatever files lie there unread for `kind`. A file is an event, so `since` says nothing."""
        asked_at = self._clock()
        self._must_offer(kind, self._settings.reads)
        with disk.told(self._settings.folder):
            yield from changes_in(self._settings, self._tray, self._book, kind, asked_at)

    def fetch(self, kind: Kind, ids: Sequence[str]) -> Sequence[Change | Unreadable]:
        """As the last file told it. Files never say that an article is gone, so nothing is."""
        self._must_offer(kind, self._settings.reads)
        return self._book.last_known(kind, ids)

    def find(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """An article is found by a SKU that some file named; in a folder that does not lead articles, any SKU is
        right: the ERP alone knows which there are."""
        disk.must_exist(self._settings.folder)
        with disk.told(self._settings.folder):
            if kind.thing is Kind.PRODUCT:
                leads = bool(self._settings.reads)
                return {sku: (sku,) for sku in (self._book.knows(keys) if leads else keys)}
            return {key: (key,) for key in keys if self._outbox.hash_of(kind, key) is not None}

    def push(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        disk.must_exist(self._settings.folder)
        with disk.told(self._settings.folder):
            return [self._outcome(parcel) for parcel in parcels]

    def _outcome(self, parcel: Parcel) -> Outcome:
        try:
            _must_be_sound(parcel)
            if order := parcel.facet(Order):
                return self._push_order(parcel, order)
            if customer := parcel.facet(Customer):
                return self._push_customer(customer)
            if refunds := parcel.facet(OrderRefunds):
                return self._push_refunds(parcel, refunds)
            raise Rejected(f"{parcel.label} is no order, customer or refund; a folder takes nothing else.")
        except OutsideError as error:
            return error

    def _push_order(self, parcel: Parcel, order: Order) -> Done:
        """Written once, never again: nobody can know whether the ERP has read the first one yet."""
        settings = self._settings
        document = order_document(
            order,
            parcel.links,
            form=settings.order_format,
            delimiter={"auto": ",", "tab": "\t"}.get(settings.delimiter, settings.delimiter),
            decimal="," if settings.decimal == "," else ".",
        )
        written = self._outbox.hash_of(Kind.ORDER, order.reference)
        if written is None and parcel.remote is not None:
            raise Gone(f"Order {order.label} is neither in the folder nor in its notes any more. Check it in the ERP.")
        if written and written != document.hash:
            raise Locked(
                f"Order {order.label} was changed after it had been written for the ERP as {order.reference}. "
                "Enter the change in the ERP by hand, then skip this.",
                field="lines",
            )
        if written is None:
            goods = (position for position in order.positions if position.type is PositionType.GOODS)
            self._book.note_ordered(order.reference, sum((position.quantity for position in goods), Decimal(0)))
            self._outbox.write(document)
        return Done(remote=order.reference, created=written is None, document=order.reference)

    def _push_customer(self, customer: Customer) -> Done:
        """A changed customer is written again: the file is the whole customer, and reading it twice changes nothing."""
        document = customer_document(customer)
        written = self._outbox.hash_of(Kind.CUSTOMER, customer.reference)
        if written != document.hash:
            self._outbox.write(document)
        return Done(remote=customer.reference, created=written is None)

    def _push_refunds(self, parcel: Parcel, refunds: OrderRefunds) -> Done:
        """A file for each refund, written once: a refund never changes."""
        order = parcel.remote or parcel.label
        for refund in refunds.refunds:
            document = refund_document(order, refunds, refund, parcel.links)
            if self._outbox.hash_of(Kind.REFUND, refund.reference) is None:
                self._outbox.write(document)
        return Done(remote=order)

    def _must_offer(self, kind: Kind, offered: frozenset[Kind]) -> None:
        disk.must_exist(self._settings.folder)
        if kind not in offered:
            raise Misconfigured(f"The folder {self._settings.folder} is not set up to lead records of kind {kind}.")


def _must_be_sound(parcel: Parcel) -> None:
    for problem in (problem for facet in parcel.facets for problem in facet.problems()):
        raise Rejected(f"{parcel.label} was not written: {problem.sentence}", field=problem.field)
