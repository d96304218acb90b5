"""Connections: checked before they are stored, checked again on demand, their secrets sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from trueup.connectors.kit.errors import OutsideError
from trueup.connectors.kit.ports import Finding, Level
from trueup.connectors.registry import SYSTEMS
from trueup.store import connections
from trueup.store.connections import ConnectionRow
from trueup.sync.hub import Hub, settings_of, split_secrets


class Refused(Exception):
    """What was asked for cannot be done; the message is a sentence for a person, `findings` the failed checks."""

    def __init__(self, sentence: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(sentence)
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Checked:
    """Settings that could be read, and what trying them found."""

    settings: BaseModel
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        return all(finding.level != Level.RED for finding in self.findings)


def check(system: str, values: Mapping[str, Any]) -> Checked:
    """Try settings without storing them. Raises Refused if they cannot even be read, with every mistake at once."""
    if system not in SYSTEMS:
        known = ", ".join(name for name, found in SYSTEMS.items() if not found.hidden)
        raise Refused(f"{system!r} is not a system that trueup knows. It knows {known}.")
    try:
        settings = SYSTEMS[system].settings.model_validate(dict(values))
    except ValidationError as error:
        raise Refused(" ".join(_say(mistake) for mistake in error.errors())) from None
    return Checked(settings, tuple(_verified(system, settings)))


def _say(mistake: Any) -> str:
    field = ".".join(str(part) for part in mistake["loc"]) or "settings"
    message = str(mistake["msg"]).removeprefix("Value error, ")
    return f"{field}: {message.rstrip('.')}."


def _verified(system: str, settings: BaseModel) -> Sequence[Finding]:
    try:
        connector = SYSTEMS[system].open(settings)
    except OutsideError as error:
        return [Finding(check="settings", level=Level.RED, sentence=error.sentence, fix="Correct the settings.")]
    try:
        return connector.verify()
    except OutsideError as error:
        return [Finding(check="reachable", level=Level.RED, sentence=error.sentence, fix="Then verify again.")]
    finally:
        connector.close()


def add_connection(hub: Hub, *, name: str, system: str, values: Mapping[str, Any]) -> tuple[int, tuple[Finding, ...]]:
    """A new connection's id and findings. Only a connection without a red finding is stored; else Refused."""
    checked = check(system, with_today(system, values, hub.clock()))
    if not checked.is_good:
        raise Refused(f"The connection {name} is not stored, because it does not work yet.", checked.findings)
    shown, secret = split_secrets(checked.settings)
    now = hub.clock()
    with hub.database.write() as tx:
        if connections.by_name(tx, name) is not None:
            raise Refused(f"There is a connection called {name} already. Choose another name.")
        sealed = hub.seal.seal(secret) if secret else None
        added = connections.add(tx, name=name, system=system, settings=shown, sealed=sealed, now=now)
        connections.change(tx, added, findings=_plain(checked.findings), verified_at=now)
    return added, checked.findings


def change_connection(hub: Hub, row: ConnectionRow, values: Mapping[str, Any]) -> tuple[Finding, ...]:
    """New values for some of its settings, tried with the others before they are stored; a pause ends. Refused while
    anything is red: then the connection stays as it was."""
    checked = check(row.system, {**row.settings, **hub.seal.open(row.sealed), **values})
    if not checked.is_good:
        raise Refused(
            f"The connection {row.name} stays as it was: with these settings it does not work.", checked.findings
        )
    shown, secret = split_secrets(checked.settings)
    sealed, now = hub.seal.seal(secret) if secret else None, hub.clock()
    with hub.database.write() as tx:
        connections.change(
            tx, row.id, settings=shown, sealed=sealed, findings=_plain(checked.findings), verified_at=now
        )
        connections.close_breaker(tx, row.id, now)
    return checked.findings


def seal_again(hub: Hub) -> int:
    """Seal every stored secret with the newest key; how many connections that was. Raises WrongKey."""
    with hub.database.write() as tx:
        rows = connections.everyone(tx)
        for row in rows:
            new = {name: _sealed_again(hub, getattr(row, name)) for name in ("sealed", "hook_secret")}
            connections.change(tx, row.id, **new)
    return len(rows)


def _sealed_again(hub: Hub, sealed: str | None) -> str | None:
    return None if sealed is None else hub.seal.seal(hub.seal.open(sealed))


def with_today(system: str, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The values of a new connection: settings that start with the day it is made (field extra `new: now`), such as the
    order start, get this moment if nobody gave another."""
    fields = SYSTEMS[system].settings.model_fields if system in SYSTEMS else {}
    starting = [name for name, field in fields.items() if field.json_schema_extra == {"new": "now"}]
    missing = [name for name in starting if values.get(name) in (None, "")]
    return {**values, **dict.fromkeys(missing, now.replace(microsecond=0).isoformat())}


def verify_connection(hub: Hub, row: ConnectionRow) -> tuple[Finding, ...]:
    """Try a stored connection again; what was found is kept, and a good one is no longer paused."""
    findings = tuple(_verified(row.system, settings_of(row, hub.seal)))
    now = hub.clock()
    good = all(finding.level != Level.RED for finding in findings)
    with hub.database.write() as tx:
        connections.change(tx, row.id, findings=_plain(findings), verified_at=now)
        if good:
            connections.close_breaker(tx, row.id, now)
    return findings


def _plain(findings: Sequence[Finding]) -> list[dict[str, str]]:
    return [{**asdict(finding), "level": finding.level.value} for finding in findings]
