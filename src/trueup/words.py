"""The words that people read, in their language. English is the source; a language is a catalogue beside it.

Every sentence goes through `_` or `ngettext` (in templates too); `docs/translating.md` says how a language is added.
"""

from __future__ import annotations

import gettext as library
from pathlib import Path

LOCALE = Path(__file__).with_name("locale")
DOMAIN = "trueup"
LANGUAGE = "en"

translations = library.translation(DOMAIN, LOCALE, languages=[LANGUAGE], fallback=True)


def _(text: str) -> str:
    return translations.gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """The singular or plural of this language; `%(num)s` in it is the caller's to fill in."""
    return translations.ngettext(one, many, number)
