"""The back offices of rehearsals in the box: a folder of files, or a real Tryton that every setup shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from trueup.connectors.tryton.client import TrytonClient
from trueup.connectors.tryton.premises import Premises
from trueup.connectors.tryton.settings import Settings
from trueup.rehearse.files_office import FilesOffice
from trueup.rehearse.scene import Office
from trueup.rehearse.setups import DECIMALS, Setup
from trueup.rehearse.stage import Wiring
from trueup.rehearse.tryton_office import TrytonOffice
from trueup.sandbox.tryton import TrytonServer, running_tryton

Say = Callable[[str], None]
Opener = Callable[[str, Setup], tuple[Office, Wiring]]
"""A back office that has what a setup (by its name) needs."""


@contextmanager
def files_offices(home: Path) -> Iterator[Opener]:
    """A folder of its own for every setup."""

    def opened(name: str, setup: Setup) -> tuple[Office, Wiring]:
        office = FilesOffice(home / f"till-{name}")
        values = {"folder": str(office.folder), "settle_seconds": 0, "prices_include_tax": False}
        return office, Wiring(system="files", values=values)

    yield opened


@contextmanager
def tryton_offices(say: Say) -> Iterator[Opener]:
    """One real Tryton for all, with an accounting category, taxes and currencies for each setup."""
    say("Starting a real Tryton (the first time on a machine takes some minutes) ...")
    with running_tryton(0, say=say) as server:
        values = values_of(server)
        office = office_with(values)

        def opened(name: str, setup: Setup) -> tuple[Office, Wiring]:
            furnish(office, setup)
            return office, Wiring(system="tryton", values=values)

        yield opened
        office.close()


def values_of(server: TrytonServer) -> dict[str, Any]:
    """The settings of a connection to this server."""
    place = {"url": server.url, "database": server.database, "key": server.rest_key}
    return {**place, "user": server.user, "password": server.password}


def office_with(values: Mapping[str, Any], *, label: str = "Tryton") -> TrytonOffice:
    """The people before the Tryton that these settings of a connection lead to."""
    sealed = {name: SecretStr(values[name]) for name in ("key", "password") if values.get(name)}
    settings = Settings(**{**values, **sealed})
    client = TrytonClient(settings)
    premises = Premises(client, settings)
    return TrytonOffice(client, int(premises.company["id"]), int(premises.order_warehouse), label)


def furnish(office: TrytonOffice, setup: Setup) -> None:
    """What a company does once before it sells in another country: enter its taxes and its currency."""
    for percent in setup.percents:
        office.add_tax(percent)
    if not office.rows("currency.currency", [["code", "=", setup.currency]]):
        digits = DECIMALS.get(setup.currency, 2)
        values = {
            "code": setup.currency,
            "name": setup.currency,
            "symbol": setup.currency,
            "digits": digits,
            "rounding": Decimal(1).scaleb(-digits),
            "rates": [["create", [{"rate": Decimal(1)}]]],
        }
        office.make("currency.currency", [values])


BACK_OFFICES: dict[str, Callable[[Path, Say], AbstractContextManager[Opener]]] = {
    "files": lambda home, say: files_offices(home),
    "tryton": lambda home, say: tryton_offices(say),
}
