"""What commands print: sentences, tables, findings, ages, and JSON for scripts. Values are never read as markup."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trueup.connectors.kit.ports import Finding, Level

WIDE = 400
"""Columns where there is no terminal: a line is a line, for whoever searches it."""

STYLES = {
    **{"green": "green", "yellow": "yellow", "red": "red"},
    **{"ready": "green", "running": "green", "due": "cyan", "paused": "yellow", "inactive": "dim"},
    **{"done": "green", "created": "green", "adopted": "green", "updated": "green", "unverified": "yellow"},
    **{"quarantined": "red", "open": "red", "rejected": "red", "gone": "red", "misconfigured": "red", "failed": "red"},
}


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = WIDE
    return console


out, errors = _console(), _console(stderr=True)


def say(text: str, style: str = "") -> None:
    """One sentence. It is wrapped by the terminal, so that it can be copied whole."""
    out.print(Text(harmless(text), style=style), soft_wrap=True)


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, none: str) -> None:
    """Rows under their heads; `none` is the sentence for no rows. States are coloured, moments and None made plain."""
    drawn = Table(*heads, box=None, header_style="bold", pad_edge=False, show_edge=False)
    for row in rows:
        drawn.add_row(*map(cell, row))
    if drawn.row_count:
        out.print(drawn)
    else:
        say(none, "dim")


def facts(pairs: Iterable[tuple[str, Any]]) -> None:
    """Names and values below each other; what is None or empty is left out."""
    drawn = Table.grid(padding=(0, 2))
    for name, value in pairs:
        if value not in (None, "", ()):
            drawn.add_row(Text(name, style="dim"), cell(value))
    out.print(drawn)


def heading(text: str) -> None:
    out.print()
    say(text, "bold")


def cell(value: Any) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, datetime):
        return Text(exact(value))
    text = "" if value is None else harmless(str(value))
    return Text(text, style=STYLES.get(text, ""))


def harmless(text: str) -> str:
    """Without what a terminal would obey: shoppers and other systems write names, notes and sentences."""
    return "".join("\ufffd" if unicodedata.category(one) == "Cc" and one not in "\n\t" else one for one in text)


def print_json(value: Any) -> None:
    """The same as the table, for scripts: moments in ISO 8601 UTC, amounts as text, unknown as null."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def exact(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def ago(moment: datetime | None, now: datetime) -> str:
    """`3 min ago`, `in 2 h`, `now`, `never`."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"{duration(abs(seconds))} ago" if seconds > 0 else f"in {duration(-seconds)}"


def duration(seconds: float) -> str:
    for unit, length, nearly in (("d", 86400, 84600), ("h", 3600, 3570), ("min", 60, 59.5)):
        if seconds >= nearly:  # 59 min 40 s are an hour, not 60 min
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def finding_lines(findings: Sequence[Finding]) -> Iterator[Text]:
    """A check each: its colour as a word too, its sentence, and how to mend it."""
    for finding in findings:
        colour = STYLES[finding.level]
        yield Text.assemble((f"{finding.level.value:<7}", colour), harmless(f"{finding.check}: {finding.sentence}"))
        if finding.fix and finding.level != Level.GREEN:
            yield Text(f"{'':<7}{harmless(finding.fix)}", style="dim")
