"""Every text that people read can be translated, and the template for translations is up to date."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po

from trueup import words
from trueup.web.rendering import environment

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "src/trueup/web/templates").rglob("*.html"))


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("words_tool", ROOT / "tools/words.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_template_for_translations_is_up_to_date(tool: ModuleType) -> None:
    """Run: python tools/words.py"""
    with (ROOT / "src/trueup/locale/trueup.pot").open("rb") as file:
        kept = {message.id for message in read_po(file) if message.id}
    assert {message.id for message in tool.gathered() if message.id} == kept


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_text_of_a_page_is_left_out(path: Path) -> None:
    """Words between tags must come through gettext; commands, protocols and units are the same everywhere."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"<(pre|svg|code)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL)
    left = set(re.findall(r"[A-Za-z]{2,}", text)) - {"HTTP", "ms", "trueup", "amp"}
    assert left == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_label_for_screen_readers_is_left_out(path: Path) -> None:
    text = path.read_text()
    for attribute in ("aria-label", "title", "placeholder", "alt"):
        for value in re.findall(rf'\s{attribute}="([^"]*)"', text):
            plain = re.sub(r"\{\{.*?\}\}", "", value)
            assert not re.search(r"[A-Za-z]{2,}", plain), value


def test_a_value_in_a_text_is_escaped_the_text_is_not() -> None:
    template = environment().from_string('{{ _("%(name)s & more", name=name) }}')
    assert template.render(name="<b>") == "&lt;b&gt; & more"


@pytest.mark.parametrize(("number", "text"), [(0, "0 changes are on their way."), (1, "1 change is on its way.")])
def test_one_and_many(number: int, text: str) -> None:
    one, many = "%(num)s change is on its way.", "%(num)s changes are on their way."
    assert words.ngettext(one, many, number) % {"num": number} == text


def test_what_has_no_translation_stands_for_itself() -> None:
    assert words._("No such text anywhere.") == "No such text anywhere."
