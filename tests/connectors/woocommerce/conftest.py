"""The shop in the box for the connector's tests: one per test, in memory, over https and http."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce, open_connector
from trueup.connectors.woocommerce.settings import Settings
from trueup.sandbox import RunningShop, ShopSettings, running_shop

Opener = Callable[..., WooCommerce]


@pytest.fixture
def shop() -> Iterator[RunningShop]:
    """A shop in Berlin (so that its time is not UTC) ."""
    with running_shop(ShopSettings(time_zone="Europe/Berlin"), https=True) as running:
        yield running


@pytest.fixture
def connect(shop: RunningShop) -> Iterator[Opener]:
    """Opens connectors to the shop, with settings of one's own; all are closed in the end."""
    with ExitStack() as closing:

        def opened(**changes: Any) -> WooCommerce:
            connector = open_connector(settings_of(shop, **changes))
            closing.callback(connector.close)
            return connector

        yield opened


@pytest.fixture
def woo(connect: Opener) -> WooCommerce:
    return connect()


@pytest.fixture
def api(shop: RunningShop) -> Iterator[WooClient]:
    """The shop as its owner's tools see it, for looking at what arrived."""
    client = WooClient(settings_of(shop))
    yield client
    client.close()


def settings_of(shop: RunningShop, **changes: Any) -> Settings:
    data: dict[str, Any] = {
        "url": shop.url,
        "consumer_key": shop.consumer_key,
        "consumer_secret": shop.consumer_secret,
        "ca_file": str(shop.ca_file) if shop.ca_file else None,
    }
    return Settings.model_validate({**data, **changes})
