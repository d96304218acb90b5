"""The page for the people on the other side shows what is really written and understood."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.shared_folder import SharedFolder
from trueup.connectors.files.columns import FIELDS, understand
from trueup.connectors.files.settings import Settings
from trueup.connectors.kit.ports import Parcel
from trueup.connectors.kit.samples import sample_order
from trueup.domain.record import Kind, Ref

PAGE = (Path(__file__).parents[3] / "docs" / "files-format.md").read_text()


def test_the_order_on_the_page_is_an_order_as_it_is_written(folder: SharedFolder) -> None:
    order = sample_order(1)
    links = {Ref(kind=Kind.CUSTOMER, id="9001"): "WC-CUSTOMER-9001", Ref(kind=Kind.PRODUCT, id="SAMPLE-1"): "SAMPLE-1"}
    folder.connect().push(
        [Parcel(ref=order.ref, label="", reference=order.reference, remote=None, facets=(order,), links=links)]
    )
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (written,) = (folder.path / "out/orders").iterdir()
    assert written.read_text() == shown
    assert json.loads(shown)["format"] == "trueup-order-1"


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_on_the_page(field: str) -> None:
    assert f"`{field}`" in PAGE


@pytest.mark.parametrize(("group", "title"), [("articles", "## Files in"), ("shipments", "## Shipments in")])
def test_every_other_name_on_the_page_is_understood(group: str, title: str) -> None:
    chapter = PAGE.split(title)[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \| (.*?) \|", chapter, re.MULTILINE)
    names = [name.strip() for _, others in rows for name in others.removesuffix(" ...").split(",")]
    assert len(names) > 15
    assert understand(names, {}, group).unknown == ()


def test_the_settings_that_the_page_names_exist() -> None:
    assert {"settle_seconds", "columns", "decimal", "order_format"} <= set(Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())
