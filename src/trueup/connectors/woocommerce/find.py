"""Asking the shop which articles have a SKU: exact but for case, drafts and variations included, the bin not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from trueup.connectors.woocommerce.client import Row, WooClient
from trueup.connectors.woocommerce.ids import WooId

SKUS_AT_ONCE = 100
LONGEST_QUERY = 3000
"""Characters of SKUs in one request: escaped they stay below the 8,000 that most web servers take as an address."""
_FIELDS = "id,parent_id,type,sku,status"


class Hit(NamedTuple):
    """An article of the shop with a SKU that was asked for."""

    remote: WooId
    type: str
    sku: str


def folded(sku: str) -> str:
    """SKUs are compared as the shop does: trimmed, whatever the case."""
    return sku.strip().casefold()


def find_skus(client: WooClient, skus: Iterable[str], *, status: str = "any") -> dict[str, list[Hit]]:
    """The articles by folded SKU. `status="trash"` looks into the bin, which `any` leaves out."""
    wanted = {folded(sku): sku.strip() for sku in skus if sku.strip()}
    plain = [sku for sku in wanted.values() if "," not in sku]
    hits: list[Hit] = []
    for group in _groups(plain):
        hits += _hits(client, {"sku": ",".join(group)}, status)
    for sku in wanted.values():
        if "," in sku:  # a comma separates SKUs in the exact filter; the partial one takes it as it is
            hits += _hits(client, {"search_sku": sku}, status)
    found: dict[str, list[Hit]] = {}
    for hit in _own(hits):
        if folded(hit.sku) in wanted:
            found.setdefault(folded(hit.sku), []).append(hit)
    return found


def _groups(skus: Sequence[str]) -> Iterator[list[str]]:
    """As many as one request may ask for, by number and by length."""
    group: list[str] = []
    for sku in skus:
        if len(group) == SKUS_AT_ONCE or sum(map(len, group)) + len(group) + len(sku) > LONGEST_QUERY:
            yield group
            group = []
        group.append(sku)
    if group:
        yield group


def _hits(client: WooClient, query: dict[str, str], status: str) -> list[Hit]:
    pages = client.by_id("products", **query, status=status, _fields=_FIELDS)
    return [_hit(row) for page in pages for row in page.rows]


def _hit(row: Row) -> Hit:
    parent = row.get("parent_id") if row.get("type") == "variation" else None
    return Hit(WooId(row["id"], parent or None), str(row.get("type")), str(row.get("sku") or ""))


def _own(hits: Sequence[Hit]) -> list[Hit]:
    """A variation without a SKU of its own reports its parent's: that one is the parent's alone."""
    owners = {(hit.remote.id, folded(hit.sku)) for hit in hits if hit.remote.parent is None}
    return [hit for hit in dict.fromkeys(hits) if (hit.remote.parent, folded(hit.sku)) not in owners]
