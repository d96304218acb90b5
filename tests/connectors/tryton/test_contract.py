"""Tryton keeps the contract of all connectors, against a real server."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, cast

import pytest

from support.tryton import TrytonScreen, settings_for
from trueup.connectors.kit.contract import ConnectorContract
from trueup.connectors.kit.contract_steps import OpenConnector, Outside
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.domain.record import Kind
from trueup.sandbox.tryton import TrytonServer

pytestmark = [pytest.mark.tryton, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def screen(empty_tryton: TrytonServer) -> TrytonScreen:
    screen = TrytonScreen(empty_tryton)
    screen.add_tax(25)
    screen.add_currency("SEK", "11.20")
    return screen


class ReadableAlways:
    """The connection without its fulfilments: whatever people do in Tryton's warehouse can be read."""

    def __init__(self, connector: TrytonConnector) -> None:
        self._connector = connector
        reads = connector.capabilities.reads - {Kind.FULFILMENT}
        self.capabilities = dataclasses.replace(connector.capabilities, reads=reads)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)


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

    def test_something_unreadable_hides_nothing_else(self, connector: Any, outside: Outside) -> None:
        super().test_something_unreadable_hides_nothing_else(cast(OpenConnector, ReadableAlways(connector)), outside)

    def test_what_is_unreadable_names_its_field_in_a_sentence(self, connector: Any, outside: Outside) -> None:
        narrowed = cast(OpenConnector, ReadableAlways(connector))
        super().test_what_is_unreadable_names_its_field_in_a_sentence(narrowed, outside)
