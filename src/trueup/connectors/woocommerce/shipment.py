"""What the writers of tracking numbers work on: the order as it is in the shop, and the packages of the back office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.connectors.woocommerce.fields import Row
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage, Package
from trueup.domain.record import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """One order and its fulfilment. `links` are the shop's ids of the articles in its packages."""

    order: Row
    fulfilment: Fulfilment
    links: Mapping[Ref, str]
    settings: Settings

    @property
    def order_id(self) -> str:
        return str(self.order["id"])

    @property
    def packages(self) -> tuple[Package, ...]:
        return self.fulfilment.packages

    @property
    def is_shipped(self) -> bool:
        return self.fulfilment.stage is FulfilmentStage.SHIPPED

    def number(self, package: Package) -> str | None:
        """The tracking number, if numbers are to be told, or there is no link in its place."""
        wanted = self.settings.tracking_what != "link" or not package.url
        return _trimmed(package.tracking_number) if wanted else None

    def link(self, package: Package) -> str | None:
        """The address to follow the parcel at, if links are to be told, or there is no number in its place."""
        wanted = self.settings.tracking_what != "number" or not _trimmed(package.tracking_number)
        return _trimmed(package.url) if wanted else None


def _trimmed(text: str | None) -> str | None:
    return (text or "").strip() or None


def same_number(ours: str | None, theirs: object) -> bool:
    """Carriers and people write numbers with and without spaces."""
    return bool(ours) and _folded(ours) == _folded(theirs)


def _folded(value: object) -> str:
    return "".join(str(value or "").split()).casefold()
