"""What a command starts from: which installation is meant, and the connection, flow or entry that a name means."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import structlog
import typer

from trueup.app import NotPrepared, Place, opened
from trueup.store import connections, flows, quarantine
from trueup.store.connections import ConnectionRow
from trueup.store.flows import FlowRow
from trueup.store.quarantine import QuarantineRow
from trueup.store.secrets import ENVIRONMENT
from trueup.sync.connecting import Refused
from trueup.sync.hub import Hub

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts instead of a table.")]

QUIET, TALKING = 50, 20


@dataclass(frozen=True, slots=True)
class Desk:
    """The installation that this command is about, and whether somebody is looking for a fault."""

    place: Place
    debug: bool

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """The installation, ready to work. Raises NotPrepared; nothing is made by looking."""
        if not self.place.key_file.exists() and not os.environ.get(ENVIRONMENT):
            raise NotPrepared(f"There is no installation in {self.place.home}. Run: trueup init")
        with opened(self.place) as hub:
            yield hub


def desk_of(ctx: typer.Context) -> Desk:
    desk = ctx.find_object(Desk)
    assert desk is not None  # the command group itself puts it there
    return desk


def talk(level: int) -> None:
    """Log lines go to stderr from this level on; a command that prints its own progress stays quiet."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # whatever stderr is when a line is written
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )


def may_ask() -> bool:
    """Whether a person sits before this command and can be asked for what is missing."""
    return sys.stdin.isatty()


def connection_named(hub: Hub, name: str) -> ConnectionRow:
    with hub.database.read() as tx:
        row = connections.by_name(tx, name)
        known = [other.name for other in connections.everyone(tx)]
    if row is None:
        raise Refused(f"There is no connection called {name}. {_known(known, 'trueup connection add')}")
    return row


def flow_named(hub: Hub, name: str) -> FlowRow:
    with hub.database.read() as tx:
        row = flows.by_name(tx, name)
        known = [other.name for other in flows.everyone(tx)]
    if row is None:
        raise Refused(f"There is no flow called {name}. {_known(known, 'trueup flow add')}")
    return row


def flows_named(hub: Hub, names: list[str], *, every: bool) -> list[FlowRow]:
    """These flows, or every one. Raises Refused for an unknown name before anything is done."""
    if not names and not every:
        raise typer.BadParameter("name a flow, or say --all.")
    if not every:
        return [flow_named(hub, name) for name in dict.fromkeys(names)]
    with hub.database.read() as tx:
        return flows.everyone(tx)


def entry_numbered(hub: Hub, number: int) -> QuarantineRow:
    with hub.database.read() as tx:
        entry = quarantine.by_id(tx, number)
    if entry is None:
        raise Refused(f"There is no entry {number} in quarantine. See them with: trueup quarantine list")
    return entry


def _known(names: list[str], add: str) -> str:
    return f"There are: {', '.join(names)}." if names else f"There is none yet; add one with: {add}"
