"""What the shop says about its orders and articles, as answers to the questions of the cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trueup.rehearse import crowd
from trueup.rehearse.case import Answer
from trueup.rehearse.figures import plain
from trueup.rehearse.scene import CannotTell, Scene

if TYPE_CHECKING:
    from trueup.rehearse.shop import ShopSide

Doc = dict[str, Any]
DOCUMENT = "_erp_document_no"


def answer(shop: ShopSide, what: str, thing: str, scene: Scene) -> Answer:
    """Raises CannotTell."""
    if what in OF_ARTICLES:
        return OF_ARTICLES[what](shop, scene.sku(thing), scene)
    order = shop.order(scene.order(thing))
    if what.startswith("tax at "):
        return tax_at(order, what.removeprefix("tax at ").removesuffix(" %"))
    if what in OF_ORDERS:
        return OF_ORDERS[what](order, scene)
    if what in OF_NOTES:
        return OF_NOTES[what](shop, order, scene)
    raise CannotTell(f"nobody knows the question {what!r}")


def tax_at(order: Doc, percent: str) -> str:
    """The tax of one rate on goods, fees and shipping together."""
    alike = [line for line in order["tax_lines"] if Decimal(str(line["rate_percent"])) == Decimal(percent)]
    return plain(sum((Decimal(x["tax_total"]) + Decimal(x["shipping_tax_total"]) for x in alike), Decimal(0)))


def document_of(order: Doc) -> str:
    return next((str(meta["value"]) for meta in order["meta_data"] if meta["key"] == DOCUMENT), "none")


def lines_of(order: Doc, scene: Scene) -> tuple[str, ...]:
    units: Counter[str] = Counter()
    for line in order["line_items"]:
        units[scene.name_of(line["sku"] or line["name"])] += line["quantity"]
    return tuple(f"{count} × {name}" for name, count in sorted(units.items()))


def address_of(order: Doc, scene: Scene) -> str:
    to = order["shipping"]
    return f"{to['address_1']}, {to['postcode']} {to['city']}"


def refunds_of(shop: ShopSide, order: Doc, scene: Scene) -> tuple[str, ...]:
    return tuple(doc["amount"] for doc in shop.call("GET", f"/orders/{order['id']}/refunds"))


def refunded_tax(shop: ShopSide, order: Doc, scene: Scene) -> str:
    docs = shop.call("GET", f"/orders/{order['id']}/refunds")
    parts = [line for doc in docs for name in ("line_items", "shipping_lines", "fee_lines") for line in doc[name]]
    return plain(-sum((Decimal(line["total_tax"]) for line in parts), Decimal(0)))


def money_sent_back(shop: ShopSide, order: Doc, scene: Scene) -> str:
    docs = shop.call("GET", f"/orders/{order['id']}/refunds")
    return "yes" if any(doc["refunded_payment"] for doc in docs) else "no"


def tracking_of(shop: ShopSide, order: Doc, scene: Scene) -> tuple[str, ...]:
    """Numbers in core fulfilments, else in the order's notes."""
    found = [number for doc in _fulfilments(shop, order) for number in _numbers(doc)]
    if found:
        return tuple(found)
    notes = shop.call("GET", f"/orders/{order['id']}/notes")
    known = scene.notes.get("numbers", ())
    return tuple(number for number in known if any(number in note["note"] for note in notes))


def _fulfilments(shop: ShopSide, order: Doc) -> list[Doc]:
    path = f"/orders/{order['id']}/fulfillments"
    answered = shop.rest.get(path)
    if answered.status_code >= 400:
        return []
    body = answered.json()
    return list(body["fulfillments"] if isinstance(body, dict) else body)


def _numbers(doc: Doc) -> list[str]:
    meta = doc.get("meta_data") or ()
    return [str(one["value"]) for one in meta if one["key"] == "_tracking_number" and one["value"]]


def parcels_of(shop: ShopSide, order: Doc, scene: Scene) -> str:
    return str(len(_fulfilments(shop, order)))


def notes_of(shop: ShopSide, order: Doc, scene: Scene) -> tuple[str, ...]:
    """What people and programs wrote; not what the shop itself notes."""
    notes = shop.call("GET", f"/orders/{order['id']}/notes")
    return tuple(note["note"] for note in notes if note["author"] != "system")


def fees_of(order: Doc, scene: Scene) -> tuple[str, ...]:
    return tuple(f"{line['name']} {plain(line['total'])}" for line in order["fee_lines"])


def coupons_of(order: Doc, scene: Scene) -> str:
    given = (Decimal(line["discount"]) + Decimal(line["discount_tax"]) for line in order["coupon_lines"])
    return plain(sum(given, Decimal(0)))


OF_ORDERS: Mapping[str, Callable[[Doc, Scene], Answer]] = {
    "total": lambda order, scene: order["total"],
    "tax": lambda order, scene: order["total_tax"],
    "shipping": lambda order, scene: order["shipping_total"],
    "discount": coupons_of,
    "fees": fees_of,
    "status": lambda order, scene: order["status"],
    "currency": lambda order, scene: order["currency"],
    "document": lambda order, scene: document_of(order),
    "lines": lines_of,
    "delivery address": address_of,
    "note": lambda order, scene: order["customer_note"],
}
OF_NOTES: Mapping[str, Callable[[ShopSide, Doc, Scene], Answer]] = {
    "refunds": refunds_of,
    "refunded tax": refunded_tax,
    "money sent back": money_sent_back,
    "tracking numbers": tracking_of,
    "parcels": parcels_of,
    "notes": notes_of,
}


def stock_of(shop: ShopSide, sku: str, scene: Scene) -> str:
    return str(shop.product(sku)["stock_quantity"])


def attributes_of(shop: ShopSide, sku: str, scene: Scene) -> tuple[str, ...]:
    attributes = shop.product(sku)["attributes"]
    return tuple(f"{one['name']}: {', '.join(sorted(one['options']))}" for one in attributes if one["variation"])


def variants_of(shop: ShopSide, sku: str, scene: Scene) -> tuple[str, ...]:
    """Each variant with its options, price and stock."""
    parent = shop.product(sku)["id"]
    return tuple(_variant(doc, scene) for doc in shop.pages(f"/products/{parent}/variations"))


def _variant(doc: Doc, scene: Scene) -> str:
    options = ", ".join(sorted(one["option"] for one in doc["attributes"]))
    return f"{scene.name_of(doc['sku'])}: {options}, {Decimal(doc['regular_price']):.2f}, {doc['stock_quantity']}"


def odd_variants(shop: ShopSide, sku: str, scene: Scene) -> tuple[str, ...]:
    """What is read back of the variants of a family, and is not as it was entered; what orders took is counted."""
    family = next(family for family in scene.case.families if scene.sku(family.sku) == sku)
    sold: Counter[str] = Counter()
    for id in scene.orders.values():
        for line in shop.order(id)["line_items"]:
            sold[scene.name_of(line["sku"])] += line["quantity"]
    entered = {
        f"{one.sku}: {', '.join(sorted(one.options.values()))}, {one.price:.2f}, {family.stock - sold[one.sku]}"
        for one in family.articles()
        if one.parent
    }
    return tuple(sorted(entered.symmetric_difference(variants_of(shop, sku, scene))))


def products_with(shop: ShopSide, sku: str, scene: Scene) -> str:
    return str(len(shop.products(sku)))


OF_ARTICLES: Mapping[str, Callable[[ShopSide, str, Scene], Answer]] = {
    "stock": stock_of,
    "price": lambda shop, sku, scene: shop.product(sku)["regular_price"],
    "attributes": attributes_of,
    "variants": variants_of,
    "number of variants": lambda shop, sku, scene: str(len(variants_of(shop, sku, scene))),
    "odd variants": odd_variants,
    "products": products_with,
    "number of articles": crowd.count_in,
    "doubles": crowd.twice_in,
    "differences": crowd.different_in,
}
