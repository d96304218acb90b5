"""What a shop may have switched on beyond a fresh WooCommerce: core features, plug-ins and order statuses of plug-ins.

Kept as options of the shop that the settings API does not know: a client can neither read nor change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc

FULFILMENTS = "fulfillments"
REST_V4 = "rest-api-v4"
SHIPMENT_TRACKING = "woocommerce-shipment-tracking"
ADVANCED_TRACKING = "woo-advanced-shipment-tracking"
CORE_FEATURES = (FULFILMENTS, REST_V4)
SWITCHED_ON, STATUS_NAMES = "sandbox_features", "sandbox_order_statuses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plug-in as ``/system_status`` lists it, and the namespaces it adds."""

    file: str
    name: str
    version: str
    url: str
    author: str
    namespaces: tuple[str, ...]

    def row(self) -> Doc:
        return {
            "plugin": self.file, "name": self.name, "version": self.version, "version_latest": self.version,
            "url": self.url, "author_name": self.author, "author_url": self.url, "network_activated": False,
        }  # fmt: skip


PLUGINS: dict[str, Plugin] = {
    SHIPMENT_TRACKING: Plugin(
        file="woocommerce-shipment-tracking/woocommerce-shipment-tracking.php",
        name="WooCommerce Shipment Tracking",
        version="2.9.0",
        url="https://woocommerce.com/products/shipment-tracking/",
        author="WooCommerce",
        namespaces=("wc-shipment-tracking/v3",),
    ),
    ADVANCED_TRACKING: Plugin(
        file="woo-advanced-shipment-tracking/woocommerce-advanced-shipment-tracking.php",
        name="Advanced Shipment Tracking for WooCommerce",
        version="3.7.9",
        url="https://www.zorem.com/",
        author="zorem",
        namespaces=("wc-ast/v3",),
    ),
}
KNOWN = (*CORE_FEATURES, *PLUGINS)


def features_of(shop: Shop) -> tuple[str, ...]:
    """What is switched on, in the order of ``KNOWN``."""
    return tuple(shop.options.get(SWITCHED_ON) or ())


def switch(shop: Shop, wanted: Mapping[str, bool]) -> None:
    """Turn features and plug-ins on or off. Raises ValueError for one that the shop in the box does not have."""
    unknown = sorted(set(wanted) - set(KNOWN))
    if unknown:
        raise ValueError(f"unknown feature: {', '.join(unknown)}; known: {', '.join(KNOWN)}")
    now = {name: name in features_of(shop) for name in KNOWN} | dict(wanted)
    shop.set_option(SWITCHED_ON, [name for name in KNOWN if now[name]])


def plugins_of(shop: Shop) -> list[Plugin]:
    return [PLUGINS[name] for name in features_of(shop) if name in PLUGINS]


def register_statuses(shop: Shop, names: Mapping[str, str]) -> None:
    """Have the shop know these order statuses of plug-ins: slug without ``wc-`` -> what people read. Replaces."""
    shop.set_option(STATUS_NAMES, {slug.removeprefix("wc-"): str(name) for slug, name in names.items()})


def plugin_statuses(shop: Shop) -> dict[str, str]:
    """The order statuses that plug-ins have registered."""
    return dict(shop.options.get(STATUS_NAMES) or {})
