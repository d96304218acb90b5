"""What an item needs to know of the shop before it can be sent: its attributes there, its parent, a lost create."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from trueup.connectors.kit.errors import Gone, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Outcome
from trueup.connectors.woocommerce.batches import Item
from trueup.connectors.woocommerce.client import Row, WooClient, chunks
from trueup.connectors.woocommerce.ids import WooId
from trueup.connectors.woocommerce.mapping import attributes_to_woo, choices_to_woo
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.product import ProductType

IDS_AT_ONCE = 100


def complete(
    client: WooClient, settings: Settings, items: Sequence[Item]
) -> tuple[list[Item], list[tuple[Item, Outcome]]]:
    """Items with their attributes, read from the shop at most once; and those that cannot be sent, with the reason."""
    rows = _read(client, {id for item in items if (id := _asked_about(item, settings))})
    ready: list[Item] = []
    refused: list[tuple[Item, Outcome]] = []
    for item in items:
        try:
            ready.append(_with_attributes(item, settings, rows))
        except OutsideError as error:
            refused.append((item, error))
    return ready, refused


def _asked_about(item: Item, settings: Settings) -> int | None:
    """The product of the shop whose attributes decide: a variant's parent, or the article itself if it is known."""
    if item.product is None:
        return None
    if item.product.type is ProductType.VARIANT:
        return item.parent
    return item.remote.id if item.remote and _has_attributes(item, settings) else None


def _has_attributes(item: Item, settings: Settings) -> bool:
    product = item.product
    return product is not None and bool(
        product.attributes or (product.manufacturer and settings.manufacturer_attribute)
    )


def _read(client: WooClient, ids: Iterable[int]) -> dict[int, Row]:
    rows: dict[int, Row] = {}
    for group in chunks([str(id) for id in sorted(ids)], IDS_AT_ONCE):
        for page in client.by_id("products", include=",".join(group), status="any", _fields="id,type,attributes"):
            rows |= {row["id"]: row for row in page.rows}
    return rows


def _with_attributes(item: Item, settings: Settings, rows: dict[int, Row]) -> Item:
    if item.product is None:
        return item
    if item.product.type is ProductType.VARIANT:
        return _with_choices(item, rows)
    if not _has_attributes(item, settings):
        return item
    known = rows.get(item.remote.id) if item.remote else {}
    if known is None:
        raise Gone(f"{item.what} no longer exists in the shop. Restore it there, or let it be created again.")
    if item.product.type is ProductType.VARIABLE and known and known.get("type") != "variable":
        text = f"{item.what} has variants, but is a {known.get('type')} product in the shop. Make it variable there."
        raise Rejected(text, field="type")
    attributes = attributes_to_woo(item.product, known.get("attributes") or [], settings.manufacturer_attribute)
    return replace(item, fields={**item.fields, "attributes": attributes})


def _with_choices(item: Item, rows: dict[int, Row]) -> Item:
    """Raises Rejected if the parent is no parent (the shop would crash, or make an orphan), TryLater if an option is
    still missing there: the parent's own delivery brings it."""
    assert item.product is not None
    parent = rows.get(item.parent or 0)
    if parent is None:
        text = f"the parent of {item.parcel.label} (product {item.parent}) is deleted or in the shop's bin. Restore it."
        raise Rejected(f"Article {item.parcel.label} could not be transferred to the shop: {text}", field="parent")
    if parent.get("type") != "variable":
        text = f"{item.what} is a variant, but product {item.parent} in the shop has none. Make that one variable."
        raise Rejected(text, field="parent")
    fields, missing = choices_to_woo(item.product.choices, parent.get("attributes") or [])
    if missing:
        raise TryLater(f"{item.what} waits: {missing[0].sentence}", field="choices")
    return replace(item, fields={**item.fields, "attributes": fields})


def with_slugs(client: WooClient, items: Sequence[Item]) -> list[Item]:
    """Articles that are created without a SKU get a slug of our own making by which the shop can be asked for them:
    a create that was done though its answer was lost is found and not done again."""
    nameless = [item for item in items if item.creates and not item.parent and not item.fields.get("sku")]
    found = {item.place: _by_slug(client, slug_of(item)) for item in nameless}
    return [_known_or_named(item, found[item.place]) if item.place in found else item for item in items]


def slug_of(item: Item) -> str:
    digest = hashlib.blake2b(item.parcel.ref.id.encode(), digest_size=5).hexdigest()
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in item.parcel.label.lower()).split()
    return "-".join([*words, digest])[-150:]


def _by_slug(client: WooClient, slug: str) -> WooId | None:
    rows = client.rows("products", slug=slug, status="any", _fields="id")
    return WooId(rows[0]["id"]) if rows else None


def _known_or_named(item: Item, known: WooId | None) -> Item:
    if known is None:
        return replace(item, fields={**item.fields, "slug": slug_of(item)})
    fields = {name: value for name, value in item.fields.items() if name not in ("type", "status")}
    return replace(item, remote=known, fields=fields, adopted=True)
