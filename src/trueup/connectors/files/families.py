"""Parents and their variants. A file may hold all of a family or only some of it; what earlier files told is kept."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import commonprefix

from trueup.connectors.files.book import Book, Variant
from trueup.connectors.files.mapping import CellReader, Reading, choices_of, refuse_several_choices
from trueup.connectors.files.spool import FieldRow, Spool
from trueup.connectors.kit.ports import Change
from trueup.domain.product import Attribute, Product, ProductType


def note_families(spool: Spool, book: Book, reading: Reading) -> None:
    """Remember the variants of this file, so that their parents can be told all options, also later ones."""
    variants = (_variant_of(row, reading) for row in spool.variants())
    book.note_variants((variant for variant in variants if variant is not None), spool.alone())


def options_of(parent: str, book: Book) -> dict[str, tuple[str, ...]] | None:
    """The options that the known variants use, by attribute; None if the article has no variants."""
    variants = book.variants_of(parent)
    names = dict.fromkeys(name for variant in variants for name in variant.choices)
    options = {name: tuple(dict.fromkeys(v.choices[name] for v in variants if name in v.choices)) for name in names}
    return options if variants else None


def parents_elsewhere(spool: Spool, book: Book) -> Iterator[Change]:
    """Parents that have variants but no row in this file: as last known with the options of today, or made from their
    variants if no file ever had a row for them."""
    for sku in spool.parents_elsewhere():
        if (options := options_of(sku, book)) is not None:
            yield Change(record=_parent(sku, options, book))


def _parent(sku: str, options: dict[str, tuple[str, ...]], book: Book) -> Product:
    last = next((item.record for item in book.last_known(Product.kind, [sku]) if isinstance(item, Change)), None)
    choices = tuple(Attribute(name=name, options=found, for_variants=True) for name, found in options.items())
    if isinstance(last, Product) and not last.parent:
        others = tuple(attribute for attribute in last.attributes if not attribute.for_variants)
        return last.model_copy(update={"type": ProductType.VARIABLE, "attributes": (*choices, *others)})
    name = _shared_name([variant.name for variant in book.variants_of(sku)]) or sku
    return Product(id=sku, sku=sku, name=name, type=ProductType.VARIABLE, attributes=choices)


def _shared_name(names: list[str]) -> str:
    """What all variants' names begin with: "Polo red" and "Polo blue" are variants of "Polo"."""
    shared = commonprefix(names)  # noqa: RUF071  # of texts, not of paths
    if any(name != shared and name[len(shared) : len(shared) + 1].isalnum() for name in names):
        shared = shared.rpartition(" ")[0]
    shared = shared.rstrip(" -–/,(:")
    return shared if len(shared) >= 3 else next((name for name in names if name), "")


def _variant_of(row: FieldRow, reading: Reading) -> Variant | None:
    cells = CellReader(row, reading)
    refuse_several_choices(cells)
    parent, choices = cells.code("parent_sku"), choices_of(cells)
    if not (row.sku and parent and choices) or cells.problems:
        return None
    name = cells.text("name") or ""
    return Variant(sku=row.sku, parent=parent, name=name, choices={choice.name: choice.option for choice in choices})
