"""Ids of the shop: `"88"` is a product, `"88/91"` the variation 91 of product 88."""

from __future__ import annotations

from typing import NamedTuple


class WooId(NamedTuple):
    """The number of a product, or of a variation with its parent's."""

    id: int
    parent: int | None = None

    def __str__(self) -> str:
        return f"{self.parent}/{self.id}" if self.parent else str(self.id)


def woo_id(remote: str) -> WooId:
    """Raises ValueError for what is no id of a shop."""
    parent, slash, id = remote.rpartition("/")
    return WooId(int(id), int(parent)) if slash else WooId(int(id))
