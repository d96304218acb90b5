"""Tryton keeps the contract of all connectors, against a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.contract import ConnectorContract
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.sandbox.tryton import TrytonServer

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def screen(empty_tryton: TrytonServer) -> TrytonScreen:
    screen = TrytonScreen(empty_tryton)
    screen.add_tax(25)
    screen.add_currency("SEK", "11.20")
    return screen


class TestTrytonConnector(ConnectorContract):
    @pytest.fixture
    def outside(self, screen: TrytonScreen) -> TrytonScreen:
        screen.clear()
        return screen

    @pytest.fixture
    def connector(self, outside: TrytonScreen) -> Iterator[TrytonConnector]:
        connector = TrytonConnector(settings_for(outside.server))
        yield connector
        connector.close()
