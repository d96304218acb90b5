"""What every job needs at hand: the database, the seal, the clock, and the open connections."""

from __future__ import annotations

import threading
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, SecretStr

from trueup.clock import Clock, utc_now
from trueup.connectors.kit.ports import Connector
from trueup.connectors.registry import SYSTEMS
from trueup.store.connections import ConnectionRow
from trueup.store.database import Database
from trueup.store.lanes import LEASE
from trueup.store.secrets import Seal


@dataclass(slots=True)
class Connectors:
    """The open connectors, one per connection; opened on first use, again when the settings changed."""

    seal: Seal
    _open: dict[int, tuple[object, Connector]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def of(self, row: ConnectionRow) -> Any:
        """A connector that offers at least the port that its capabilities tell of."""
        version = (row.system, row.sealed, repr(sorted(row.settings.items())))
        with self._guard:
            known = self._open.get(row.id)
            if known is not None and known[0] == version:
                return known[1]
            if known is not None:
                known[1].close()
            connector = SYSTEMS[row.system].open(settings_of(row, self.seal))
            self._open[row.id] = (version, connector)
            return connector

    def close(self) -> None:
        with self._guard:
            for _, connector in self._open.values():
                connector.close()
            self._open.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """One process of this installation. `owner` names it in the leases that it holds."""

    database: Database
    seal: Seal
    connectors: Connectors
    executor: Executor
    owner: str
    clock: Clock = utc_now
    lease: timedelta = LEASE
    turn: timedelta = timedelta(seconds=30)


def settings_of(row: ConnectionRow, seal: Seal) -> BaseModel:
    """The settings as the connector wants them, secrets opened. Raises WrongKey."""
    return SYSTEMS[row.system].settings.model_validate({**row.settings, **seal.open(row.sealed)})


def split_secrets(settings: BaseModel) -> tuple[dict[str, Any], dict[str, str]]:
    """What may be stored and shown, and what must be sealed."""
    fields = type(settings).model_fields
    secret = {name for name in fields if isinstance(getattr(settings, name), SecretStr)}
    shown = settings.model_dump(mode="json", exclude=secret)
    return shown, {name: getattr(settings, name).get_secret_value() for name in secret}
