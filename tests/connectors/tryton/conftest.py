"""A real Tryton with 60 articles, the person before its screen, and two connections to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.tryton import TrytonScreen, settings_for
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.sandbox.tryton import TrytonServer

from .baskets import party_of
from .furnishing import furnished
from .window import Window, open_window


@pytest.fixture(scope="module")
def screen(tryton: TrytonServer) -> TrytonScreen:
    return TrytonScreen(tryton)


@pytest.fixture(scope="module")
def connector(tryton: TrytonServer) -> Iterator[TrytonConnector]:
    """With a key and a login: many sales are advanced at once."""
    connector = TrytonConnector(settings_for(tryton))
    yield connector
    connector.close()


@pytest.fixture(scope="module")
def key_only(tryton: TrytonServer) -> Iterator[TrytonConnector]:
    """With the key alone."""
    connector = TrytonConnector(settings_for(tryton, login=False))
    yield connector
    connector.close()


@pytest.fixture(scope="module")
def party(connector: TrytonConnector) -> str:
    return party_of(connector)


@pytest.fixture(scope="module")
def counter() -> Iterator[Window]:
    with open_window() as window:
        yield window


@pytest.fixture
def window(counter: Window) -> Window:
    """Tryton's interface before a database in which everything is as it should be."""
    counter.special, counter.asked, counter.series, counter.dated = {}, [], "8.2", True
    return furnished(counter)
