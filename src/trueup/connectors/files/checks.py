"""Trying the folder: is it there, may we use it, do we understand what lies in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from trueup.connectors.files.columns import understand
from trueup.connectors.files.settings import Settings
from trueup.connectors.files.sheet import RefusedFile
from trueup.connectors.files.source import columns_sentence, kinds_held, open_sheet
from trueup.connectors.files.tray import READABLE, Taken, Tray, look_at, readable
from trueup.connectors.kit.ports import Finding, Level

_PATIENCE = timedelta(days=1)


def findings(settings: Settings, tray: Tray, now: datetime) -> list[Finding]:
    folder = settings.folder
    if not folder.is_dir():
        sentence = f"The folder {folder} does not exist."
        fix = "Create it, or correct the folder of the connection."
        return [Finding(check="folder", level=Level.RED, sentence=sentence, fix=fix)]
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        sentence = f"The folder {folder} may not be read and written."
        fix = "Give the user that runs the hub read and write access."
        return [Finding(check="folder", level=Level.RED, sentence=sentence, fix=fix)]
    there = Finding(check="folder", level=Level.GREEN, sentence=f"The folder {folder} can be read and written.")
    return [there, *_about_strangers(tray), *_about_columns(settings, tray), *_about_waiting(tray, now)]


def _about_strangers(tray: Tray) -> Iterator[Finding]:
    strangers = [path.name for path in tray.waiting() if not tray.group_of(path.name) and path.suffix in READABLE]
    if strangers:
        yield Finding(
            check="file names",
            level=Level.YELLOW,
            sentence=f"{readable(strangers[0])} is not read: its name fits neither articles, prices, stock nor "
            "shipments.",
            fix="Rename it, or change the file names in the settings.",
        )


def _about_columns(settings: Settings, tray: Tray) -> Iterator[Finding]:
    """The newest file of each group, wherever it lies."""
    newest = {file.group: file for file in _files(tray)}
    if not newest:
        names = f"{settings.articles}, {settings.prices}, {settings.stock} and {settings.shipments}"
        sentence = f"No file has arrived yet. Files called {names} are read from {tray.inbox}."
        yield Finding(check="columns", level=Level.GREEN, sentence=sentence)
    for file in newest.values():
        yield _columns_of(file, settings)


def _columns_of(file: Taken, settings: Settings) -> Finding:
    try:
        sheet = open_sheet(file, settings)
        with closing(sheet.rows):  # type: ignore[type-var]  # the readers' rows are generators
            next(sheet.rows, None)
    except RefusedFile as refused:
        fix = "Correct the file, or the settings of the connection."
        return Finding(check="columns", level=Level.YELLOW, sentence=str(refused), fix=fix)
    columns = understand(sheet.names, settings.columns, file.group)
    if columns.unknown:
        sentence = columns_sentence(columns.unknown, file.name)
        return Finding(check="columns", level=Level.YELLOW, sentence=sentence, fix="Complete the column settings.")
    held = ", ".join(sorted(kinds_held(columns.known, file.group))) or "nothing"
    sentence = f"{file.name} holds {held}: the columns {', '.join(columns.fields)} are understood."
    return Finding(check="columns", level=Level.GREEN, sentence=sentence)


def _about_waiting(tray: Tray, now: datetime) -> Iterator[Finding]:
    patience = now.timestamp() - _PATIENCE.total_seconds()
    old = [file for file in tray.taken() if (stat := look_at(file.path)) and stat.st_mtime < patience]
    if old:
        yield Finding(
            check="waiting files",
            level=Level.YELLOW,
            sentence=f"{len(old)} file(s) wait until all their kinds are read, the oldest is {old[0].name}.",
            fix="Enable the flows of these kinds, or take the kinds out of the connection's settings.",
        )


def _files(tray: Tray) -> Iterator[Taken]:
    """Oldest first: put away, taken, waiting."""
    done = tray.inbox / "done"
    for path in sorted(done.iterdir())[-20:] if done.is_dir() else []:
        yield from _as_taken(tray, path, path.name.split("-", 3)[-1])
    yield from tray.taken()
    for path in tray.waiting():
        yield from _as_taken(tray, path, readable(path.name))


def _as_taken(tray: Tray, path: Path, name: str) -> Iterator[Taken]:
    if group := tray.group_of(name):
        yield Taken(path=path, name=name, group=group)
