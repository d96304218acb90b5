"""A SKU that the shop already has, met while creating: the article is adopted, or the reason why not is told."""

from __future__ import annotations

from collections.abc import Sequence

from trueup.connectors.kit.errors import OutsideError, Rejected
from trueup.connectors.kit.ports import Outcome
from trueup.connectors.woocommerce.batches import Item, Result, outcome_of, send
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.complete import complete
from trueup.connectors.woocommerce.errors import code_of, item_error
from trueup.connectors.woocommerce.find import Hit, find_skus, folded
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.product import ProductType

ONLY_FOR_NEW = ("type", "status", "slug", "attributes")

Judged = tuple[Item, Outcome]


def adopt(client: WooClient, settings: Settings, taken: Sequence[Result]) -> list[Judged]:
    """Looks again who has the SKU, and updates that article in place of creating a second one. An error on create may
    also mean that it was created all the same; the answer is found in the same way."""
    skus = [str(result.item.fields.get("sku", "")) for result in taken]
    alive = find_skus(client, skus)
    gone = [sku for sku in skus if folded(sku) not in alive]
    binned = find_skus(client, gone, status="trash") if gone else {}
    judged: list[Judged] = []
    adopted: list[Item] = []
    for result, sku in zip(taken, skus, strict=True):
        refusal = _refusal(result, alive.get(folded(sku), []), sku, binned=folded(sku) in binned)
        if refusal:
            judged.append((result.item, refusal))
        else:
            adopted.append(_as_update(result.item, alive[folded(sku)][0]))
    return judged + _updated(client, settings, adopted)


def _refusal(result: Result, hits: Sequence[Hit], sku: str, *, binned: bool) -> OutsideError | None:
    item, code = result.item, code_of(result.error)
    begin = f"{item.what} could not be transferred to the shop:"
    if not hits and binned:
        text = f"{begin} its SKU {sku} lies in the shop's bin. Restore it there or delete it for good, then retry."
        return Rejected(text, field="sku", status=400, code=code, request_id=result.request_id)
    if not hits:
        return item_error(result.error, what=item.what, request_id=result.request_id, creating=True)
    if len(hits) > 1:
        ids = ", ".join(str(hit.remote) for hit in hits)
        text = f"{begin} several articles of the shop have its SKU {sku} ({ids}). Leave it to one of them."
    elif wrong := _wrong_place(item, hits[0]):
        text = f"{begin} its SKU {sku} belongs to {wrong} in the shop. Change one of the two."
    else:
        return None
    return Rejected(text, field="sku", status=400, code=code, request_id=result.request_id)


def _wrong_place(item: Item, hit: Hit) -> str | None:
    """A simple article is no variant, and a variant of one parent none of another."""
    if hit.remote.parent != item.parent:
        return f"a variant of product {hit.remote.parent}" if hit.remote.parent else f"product {hit.remote.id}"
    kind = item.product.type if item.product else ProductType.SIMPLE
    if kind is not ProductType.VARIANT and (hit.type == "variable") != (kind is ProductType.VARIABLE):
        return f"a {hit.type} product ({hit.remote.id})"
    return None


def _as_update(item: Item, hit: Hit) -> Item:
    """What a known article may be told: no type and no status, and its attributes put together anew."""
    fields = {name: value for name, value in item.fields.items() if name not in ONLY_FOR_NEW}
    return Item(
        place=item.place,
        parcel=item.parcel,
        remote=hit.remote,
        parent=item.parent,
        product=item.product,
        fields=fields,
        adopted=True,
    )


def _updated(client: WooClient, settings: Settings, items: Sequence[Item]) -> list[Judged]:
    ready, judged = complete(client, settings, items)
    if ready:
        for result in send(client, ready):
            judged.append(result if isinstance(result, tuple) else (result.item, outcome_of(result)))
    return judged
