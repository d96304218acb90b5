"""Is an answer the recorded one? Ids are translated as they appear; moments and descriptions may differ."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

POST, TERM, ATTRIBUTE, META, ITEM, COMMENT = "post", "term", "attribute", "meta", "item", "comment"
FULFILMENT, FULFILMENT_META = "fulfilment", "fulfilment meta"
COLLECTIONS = {
    "products": POST, "variations": POST, "orders": POST, "refunds": POST, "coupons": POST, "images": POST,
    "image": POST, "upsell_ids": POST, "cross_sell_ids": POST, "grouped_products": POST, "product_ids": POST,
    "bundled_items": ITEM,
    "excluded_product_ids": POST, "related_ids": POST, "product_id": POST, "variation_id": POST, "parent_id": POST,
    "resource_id": POST, "include": POST, "exclude": POST, "parent": POST, "product": POST, "refund": POST,
    "parent_order": POST, "new_draft_order_id": POST,
    "categories": TERM, "tags": TERM, "brands": TERM, "shipping_classes": TERM, "terms": TERM,
    "shipping_class_id": TERM, "category": TERM, "tag": TERM, "attribute_term": TERM, "product_categories": TERM,
    "excluded_product_categories": TERM,
    "attributes": ATTRIBUTE, "default_attributes": ATTRIBUTE,
    "meta_data": META,
    "line_items": ITEM, "shipping_lines": ITEM, "fee_lines": ITEM, "tax_lines": ITEM, "coupon_lines": ITEM,
    "notes": COMMENT, "reviews": COMMENT,
    "customers": "customer", "customer_id": "customer", "customer": "customer", "taxes": "tax", "rate_id": "tax",
    "fulfillments": FULFILMENT, "metadata": FULFILMENT_META, "item_id": ITEM, "entity_id": POST,
    "order_id": POST, "shipping_rates": "method",
    "webhooks": "webhook", "zones": "zone", "methods": "method", "instance_id": "method",
}  # fmt: skip
WORDS = {"description", "tip", "label", "placeholder", "options", "method_description"}
LOOSE = {
    "number",
    "related_ids",
    "order_key",
    "cart_hash",
    "reviewer_avatar_urls",
    "avatar_url",
    "srcset",
    "sizes",
    "store_id",
}
UNCOMPUTED = ("_shipping_hash", "_taxes_hash", "_debug_log_source_pending_deletion")
"""Custom fields that hold a hash of something, or chance."""
MOMENT = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?$")
NUMBERED = re.compile(r"(?<=/)\d+(?=[/?>\"]|$)|(?<=[?&]p=)\d+|(?<=#)\d{2,}")
COUPON_INFO = re.compile(r"(?<=^\[)\d+(?=,\")")
ORDER_KEY = re.compile(r"wc_order_\w{13}|(?<=/transient/)[0-9a-f]{38}|^[0-9a-f]{38}$")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
STAMP = re.compile(r"^1[5-9]\d{8}$")
SECONDS = 90
MORE = re.compile(r"^\.\.\. \d+ more items trimmed$")


@dataclass(slots=True)
class Ids:
    """Recorded ids and what they are here, per kind of thing."""

    known: dict[tuple[str, int], int] = field(default_factory=dict)

    def here(self, kind: str, recorded: int) -> int:
        return self.known.get((kind, recorded), recorded)

    def same(self, kind: str, recorded: int, here: int) -> bool:
        """Whether two ids mean the same; a recorded one seen for the first time is learnt."""
        return self.known.setdefault((kind, recorded), here) == here


@dataclass(slots=True)
class Comparison:
    """Walks two answers side by side and collects what differs."""

    ids: Ids
    meta: str = META
    unordered: Sequence[str] = ()
    found: list[str] = field(default_factory=list)

    def differences(self, recorded: Any, here: Any, kind: str | None) -> list[str]:
        self._any(recorded, here, "", kind)
        return self.found

    def _say(self, path: str, text: str) -> None:
        self.found.append(f"{path or 'body'}: {text}")

    def _any(self, recorded: Any, here: Any, path: str, kind: str | None) -> None:
        name = path.rpartition(".")[2].partition("[")[0]
        if name in LOOSE or name in WORDS:
            if not _same_type(recorded, here):
                self._say(path, f"recorded {_short(recorded)}, here {_short(here)}")
        elif isinstance(recorded, dict) and isinstance(here, dict):
            self._dict(recorded, here, path, kind)
        elif isinstance(recorded, list) and isinstance(here, list):
            self._list(recorded, here, path, kind)
        elif not self._same(recorded, here, name, kind):
            self._say(path, f"recorded {_short(recorded)}, here {_short(here)}")

    def _dict(self, recorded: dict[str, Any], here: dict[str, Any], path: str, kind: str | None) -> None:
        if recorded.get("key") == "_refunded_item_id":
            recorded, here = (_with_number(row) for row in (recorded, here))
        if recorded.get("key") in UNCOMPUTED:
            recorded, here = ({**row, "value": type(row.get("value")).__name__} for row in (recorded, here))
        trimmed = "_trimmed" in recorded or "_note" in recorded
        names = {name for name in recorded if name not in ("_trimmed", "_note")}
        missing, extra = names - set(here), set(here) - names
        if missing:
            self._say(path, f"missing {', '.join(sorted(missing))}")
        if extra and not trimmed:
            self._say(path, f"not recorded: {', '.join(sorted(extra))}")
        for name in recorded:
            if name in here and name in names:
                inner = inner_kind(name, kind, self.meta)
                self._any(recorded[name], here[name], f"{path}.{name}" if path else name, inner)

    def _list(self, recorded: list[Any], here: list[Any], path: str, kind: str | None) -> None:
        if recorded and isinstance(recorded[-1], str) and MORE.match(recorded[-1]):
            recorded, here = recorded[:-1], here[: len(recorded) - 1]
        if len(recorded) != len(here):
            self._say(path, f"recorded {len(recorded)} entries, here {len(here)}")
            return
        if path.rpartition(".")[2] in self.unordered:
            recorded, here = (sorted(rows, key=lambda row: str(row["key"])) for rows in (recorded, here))
        for number, (old, new) in enumerate(zip(recorded, here, strict=True)):
            self._any(old, new, f"{path}[{number}]", kind)

    def _same(self, recorded: Any, here: Any, name: str, kind: str | None) -> bool:
        if isinstance(recorded, bool) or isinstance(here, bool) or recorded is None or here is None:
            return recorded is here
        if isinstance(recorded, int) and isinstance(here, int):
            numbered = (
                name in ("id", "instance_id") or name.endswith("_id") or (name in COLLECTIONS and kind is not None)
            )
            return self.ids.same(kind, recorded, here) if numbered and kind and recorded else recorded == here
        if isinstance(recorded, str) and isinstance(here, str):
            return same_text(recorded, here)
        return type(recorded) is type(here) and bool(recorded == here)


def inner_kind(name: str, kind: str | None, meta: str) -> str | None:
    """What ids below a member name; custom fields of lines, orders, accounts and products are counted apart."""
    if name != "meta_data":
        return COLLECTIONS.get(name, kind)
    if kind == FULFILMENT:
        return FULFILMENT_META
    return "item meta" if kind == ITEM else meta


def meta_of(path: str) -> str:
    """What ids of custom fields in an answer of that address name."""
    parts = set(path.split("/"))
    if parts & {"orders", "refunds"}:
        return "order meta"
    return "user meta" if "customers" in parts else META


def _with_number(row: dict[str, Any]) -> dict[str, Any]:
    """Line meta whose value is the id of another line."""
    names = ("value", "display_value")
    return {"item_id" if name == "value" else name: int(v) if name in names else v for name, v in row.items()} | {
        "display_value": 0
    }


def same_text(recorded: str, here: str) -> bool:
    """Whether two texts say the same; moments and Unix times may be some seconds apart."""
    if recorded == here:
        return True
    if STAMP.match(recorded) and STAMP.match(here):
        return abs(int(recorded) - int(here)) <= SECONDS
    if MOMENT.match(recorded) and MOMENT.match(here):
        return abs((datetime.fromisoformat(recorded) - datetime.fromisoformat(here)).total_seconds()) <= SECONDS
    return plain(recorded) == plain(here)


def plain(text: str) -> str:
    """A text without the numbers that name things in addresses."""
    for pattern, name in ((NUMBERED, "N"), (COUPON_INFO, "N"), (ORDER_KEY, "KEY"), (UUID, "UUID")):
        text = pattern.sub(name, text)
    return text


def _same_type(recorded: Any, here: Any) -> bool:
    return type(recorded) is type(here) or (recorded is None and here is None)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:120]}…"


def kind_of(path: str) -> str | None:
    """What the ids in an answer of that address name."""
    parts = [part for part in path.split("?")[0].split("/") if part and not part.isdigit()]
    return next((COLLECTIONS[part] for part in reversed(parts) if part in COLLECTIONS), None)


def moments(value: Any) -> Iterator[str]:
    """Every ``date_modified_gmt`` and ``date_created_gmt`` in an answer."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("date_modified_gmt", "date_created_gmt") and isinstance(inner, str):
                yield inner
            else:
                yield from moments(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from moments(inner)
