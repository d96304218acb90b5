"""Writes docs/ongoing-fields.md: which field of Ongoing WMS comes from which field of the shop.

    python tools/ongoing_fields.py

The page is made of the tables that the mapping itself goes by, so it cannot say anything else than what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from trueup.connectors.ongoing.articles import ARTICLE
from trueup.connectors.ongoing.field import Field
from trueup.connectors.ongoing.order_fields import CUSTOMER, ORDER_INFO, ORDER_LINE
from trueup.connectors.ongoing.settings import MappingSettings

PAGE = Path(__file__).parents[1] / "docs" / "ongoing-fields.md"

TOP = """# Which field goes where: Ongoing WMS

The shop is the master of articles and orders; the warehouse gets them as this page says. It is made of the tables in
`src/trueup/connectors/ongoing/` by `python tools/ongoing_fields.py`, and a test compares the two. The rows stand in the
order in which Ongoing publishes them. An empty value is not sent.

The connector that carries them is not part of trueup yet: the mapping and its tests stand, a connection to Ongoing WMS
cannot be made.
"""

TABLES: tuple[tuple[str, str, tuple[Field[Any], ...]], ...] = (
    ("Articles", "Each simple product and each variant is one article; the parent of variants is none.", ARTICLE),
    ("Orders", "", ORDER_INFO),
    ("Order lines", "One for each line of goods. Shipping and fees are no goods and have none.", ORDER_LINE),
    ("The recipient, and who pays", "", CUSTOMER),
)


def page() -> str:
    parts = [TOP, *(_table(title, text, fields) for title, text, fields in TABLES), _settings()]
    return "\n".join(parts)


def _table(title: str, text: str, fields: Iterable[Field[Any]]) -> str:
    head = f"## {title}\n\n{text}\n\n" if text else f"## {title}\n\n"
    rows = [f"| {f.row} | `{f.target}` | {f.source} | {f.rule} | {_settings_of(f)} |" for f in fields]
    return head + "\n".join(["| | Ongoing WMS | the shop | rule | setting |", "|---|---|---|---|---|", *rows]) + "\n"


def _settings_of(field: Field[Any]) -> str:
    return ", ".join(f"`{name.strip()}`" for name in (field.setting or "").split(",") if name)


def _settings() -> str:
    rows = [
        f"| `{name}` | {_shown(field.default)} | {field.description} |"
        for name, field in MappingSettings.model_fields.items()
    ]
    return "## Settings\n\n" + "\n".join(["| setting | default | |", "|---|---|---|", *rows]) + "\n"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: {sum(len(fields) for _, _, fields in TABLES)} fields")
