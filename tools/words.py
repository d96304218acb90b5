"""Gathers every text that people read into src/trueup/locale/trueup.pot, the template for translations.

    python tools/words.py

docs/translating.md says how a language is made from it.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "trueup"
TEMPLATE = SOURCE / "locale" / "trueup.pot"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"jinja2": {}, "**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}


def gathered() -> Catalog:
    """The texts as they stand in the code and in the templates now."""
    catalog = Catalog(project="trueup", charset="utf-8")
    for _, _, message, _, _ in extract_from_dir(SOURCE, METHODS, OPTIONS):
        catalog.add(message)
    return catalog


def main() -> None:
    TEMPLATE.parent.mkdir(exist_ok=True)
    with TEMPLATE.open("wb") as file:
        write_po(file, gathered(), omit_header=True, sort_output=True, no_location=True, width=110)
    print(f"{len(gathered())} texts in {TEMPLATE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
