"""One batch call: items in, one result per item out, matched by position. The shop answers 200 even if all failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from trueup.connectors.kit.errors import OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.errors import item_error
from trueup.connectors.woocommerce.ids import WooId
from trueup.domain.product import Product

Fields = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Item:
    """One article of a push: its parcel's place, where it is (None: to be created), and what it has to become."""

    place: int
    parcel: Parcel
    remote: WooId | None
    parent: int | None
    product: Product | None
    fields: Fields
    adopted: bool = False

    @property
    def what(self) -> str:
        return f"Article {self.parcel.label}"

    @property
    def creates(self) -> bool:
        return self.remote is None

    @property
    def path(self) -> str:
        return f"products/{self.parent}/variations/batch" if self.parent else "products/batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the shop made of one item: the object as it is now, or its error."""

    item: Item
    row: Fields
    request_id: str

    @property
    def error(self) -> Any:
        return self.row.get("error")

    @property
    def remote(self) -> WooId:
        return WooId(self.row["id"], self.item.parent)


def send(client: WooClient, items: Sequence[Item]) -> list[Result | tuple[Item, OutsideError]]:
    """The results of items of one path. A batch that is refused as a whole is halved until the bad item stands alone.

    Raises OutsideError if the call failed; after a TryLater with `unknown_outcome` some may have been written.
    """
    try:
        return list(_send(client, items))
    except Rejected as error:
        if len(items) == 1:
            return [(items[0], _named(items[0], error))]
        middle = len(items) // 2
        return send(client, items[:middle]) + send(client, items[middle:])


def _send(client: WooClient, items: Sequence[Item]) -> list[Result]:
    creates = [item for item in items if item.creates]
    updates = [item for item in items if not item.creates]
    body = {"create": [item.fields for item in creates], "update": [_update(item) for item in updates]}
    data, answer = client.send("POST", items[0].path, {name: rows for name, rows in body.items() if rows})
    rows = [*rows_of(data, "create", len(creates)), *rows_of(data, "update", len(updates))]
    return [
        Result(item=item, row=row, request_id=answer.request_id)
        for item, row in zip([*creates, *updates], rows, strict=True)
    ]


def _update(item: Item) -> Fields:
    assert item.remote is not None
    return {"id": item.remote.id, **item.fields}


def rows_of(data: Any, name: str, count: int) -> list[Fields]:
    """The results of one list of a batch. Raises TryLater if there are not as many as were sent."""
    rows = data.get(name, []) if isinstance(data, dict) else None if count else []
    if not isinstance(rows, list) or len(rows) != count or not all(isinstance(row, dict) for row in rows):
        found = len(rows) if isinstance(rows, list) else "none"
        sentence = f"The shop answered {found} of {count} items of a batch. A plugin may be in the way."
        raise TryLater(sentence, unknown_outcome=True)
    return rows


def _named(item: Item, error: Rejected) -> OutsideError:
    sentence = f"{item.what} could not be transferred to the shop. {error.sentence}"
    return type(error)(sentence, field=error.field, status=error.status, code=error.code, request_id=error.request_id)


def outcome_of(result: Result) -> Outcome:
    """What one result means. Sizes up what the shop says it stored: a price that it changed is told about."""
    item = result.item
    if result.error is not None:
        return item_error(result.error, what=item.what, request_id=result.request_id, creating=item.creates)
    id = result.row.get("id")
    if not isinstance(id, int) or id <= 0 or (item.remote and item.remote.id != id):
        sentence = f"{item.what}: the shop answered for another article. A plugin may be in the way."
        return TryLater(sentence, unknown_outcome=True, request_id=result.request_id)
    changed = _changed_price(item.fields, result.row)
    if changed:
        sentence = f"{item.what}: the shop made {changed}. Check its plugins and its price settings, then retry."
        return Rejected(sentence, field="price", request_id=result.request_id)
    return Done(
        remote=str(result.remote),
        created=item.creates,
        status=200,
        request_id=result.request_id,
        note="The shop already had an article with this SKU; it was adopted." if item.adopted else None,
    )


def _changed_price(sent: Fields, stored: Fields) -> str | None:
    for name in ("regular_price", "sale_price"):
        if name in sent and name in stored and not _same_amount(sent[name], stored[name]):
            return f'"{stored[name]}" of the {name.replace("_", " ")} {sent[name] or "(none)"}'
    return None


def _same_amount(sent: str, stored: Any) -> bool:
    if sent == stored:
        return True
    try:
        return Decimal(sent) == Decimal(str(stored))
    except InvalidOperation:
        return False
