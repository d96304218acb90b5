"""Products, prices and stock into the shop: facets of one article merged into one item, items into few batches.

Products and variable parents go through `/products/batch`, variations through their parent's. Everything is checked
before anything is sent. Values are absolute; the status of a known article is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby

from trueup.connectors.kit.errors import MissingLink, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.woocommerce.adopt import adopt
from trueup.connectors.woocommerce.batches import Fields, Item, Result, outcome_of, send
from trueup.connectors.woocommerce.client import ShopFacts, WooClient
from trueup.connectors.woocommerce.complete import complete, with_slugs
from trueup.connectors.woocommerce.errors import DUPLICATE_SKU, NOT_CREATED, code_of
from trueup.connectors.woocommerce.find import folded
from trueup.connectors.woocommerce.glance import STOCK_FIELDS, shown_stock
from trueup.connectors.woocommerce.ids import WooId, woo_id
from trueup.connectors.woocommerce.mapping import (
    creation_fields,
    needs_facts,
    price_problems,
    price_to_woo,
    product_problems,
    product_to_woo,
    stock_problems,
    stock_to_woo,
)
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.product import Price, Product, ProductType, Stock
from trueup.domain.record import Kind, Problem, Ref

Judged = tuple[Item, Outcome]


def push_products(client: WooClient, settings: Settings, parcels: Sequence[Parcel]) -> list[Outcome]:
    """One outcome per parcel, in the order asked. Raises OutsideError if the only call failed."""
    facts = client.facts() if any(_asks_facts(parcel) for parcel in parcels) else None
    outcomes: dict[int, Outcome] = {}
    items: list[Item] = []
    for place, parcel in enumerate(parcels):
        try:
            items.append(_item(place, parcel, settings, facts))
        except OutsideError as error:
            outcomes[place] = error
    for item, outcome in _pushed(client, settings, _without_shown(client, _without_twins(items, outcomes), outcomes)):
        outcomes[item.place] = outcome
    return [outcomes[place] for place in range(len(parcels))]


def _asks_facts(parcel: Parcel) -> bool:
    product = parcel.facet(Product)
    return needs_facts(parcel.facet(Price)) or (product is not None and product.weight_kg is not None)


def _item(place: int, parcel: Parcel, settings: Settings, facts: ShopFacts | None) -> Item:
    """Raises Rejected for what the shop cannot hold exactly, MissingLink where a variant's parent is not there yet."""
    product, price, stock = parcel.facet(Product), parcel.facet(Price), parcel.facet(Stock)
    _refuse(parcel, _problems(product, price, stock, settings, facts))
    remote = _remote(parcel)
    if remote is None and product is None:
        text = "is not in the shop, and nothing but its price or stock is known. Send the article itself first."
        raise Rejected(f"Article {parcel.label} {text}")
    _refuse(parcel, _misplaced(product, remote))
    fields: Fields = {}
    if product is not None:
        fields |= product_to_woo(product, settings, facts.kilograms_per_unit if facts else Decimal(1))
        fields |= creation_fields(product, settings) if remote is None else {}
    if product is None or product.type is not ProductType.VARIABLE:  # a parent has neither price nor stock
        fields |= price_to_woo(price) if price is not None else {}
        fields |= stock_to_woo(stock, settings) if stock is not None else {}
    parent = remote.parent if remote else _parent(parcel, product)
    return Item(place=place, parcel=parcel, remote=remote, parent=parent, product=product, fields=fields)


def _problems(
    product: Product | None, price: Price | None, stock: Stock | None, settings: Settings, facts: ShopFacts | None
) -> list[Problem]:
    found = product_problems(product, settings) if product is not None else []
    found += price_problems(price, facts) if price is not None else []
    return found + (stock_problems(stock) if stock is not None else [])


def _misplaced(product: Product | None, remote: WooId | None) -> list[Problem]:
    if product is None or remote is None or (product.type is ProductType.VARIANT) == (remote.parent is not None):
        return []
    ours, theirs = ("is a variant", "is none") if remote.parent is None else ("is no variant", "is one")
    text = f"it {ours}, but what it is linked to in the shop ({remote}) {theirs}. Correct its link."
    return [Problem(field="type", sentence=text)]


def _refuse(parcel: Parcel, problems: Sequence[Problem]) -> None:
    if problems:
        told = " ".join(problem.sentence for problem in problems)
        sentence = f"Article {parcel.label} could not be transferred to the shop: {told}"
        raise Rejected(sentence, field=problems[0].field)


def _remote(parcel: Parcel) -> WooId | None:
    try:
        return woo_id(parcel.remote) if parcel.remote is not None else None
    except ValueError:
        raise Rejected(f'Article {parcel.label}: "{parcel.remote}" is no number of an article in a shop.') from None


def _parent(parcel: Parcel, product: Product | None) -> int | None:
    if product is None or product.type is not ProductType.VARIANT or product.parent is None:
        return None
    ref = Ref(kind=Kind.PRODUCT, id=product.parent)
    if ref not in parcel.links:
        raise MissingLink(ref)
    return woo_id(parcel.links[ref]).id


def _without_twins(items: Iterable[Item], outcomes: dict[int, Outcome]) -> list[Item]:
    """Two articles with one SKU in one push would end as one article of the shop: only the first goes through."""
    seen: set[str] = set()
    kept = []
    for item in items:
        sku = folded(str(item.fields.get("sku", "")))
        if sku and sku in seen:
            text = "another article has the same SKU. Change one of the two."
            outcomes[item.place] = Rejected(f"{item.what} could not be transferred to the shop: {text}", field="sku")
            continue
        seen.add(sku)
        kept.append(item)
    return kept


def _without_shown(client: WooClient, items: Sequence[Item], outcomes: dict[int, Outcome]) -> list[Item]:
    """Stock that the shop shows already is not written: what is sold meanwhile stays sold."""
    shown = shown_stock(client, [item for item in items if item.parcel.look_first])
    kept = []
    for item in items:
        if item.place in shown:
            item.fields = {name: value for name, value in item.fields.items() if name not in STOCK_FIELDS}
        if item.fields or item.remote is None:
            kept.append(item)
        else:
            outcomes[item.place] = Done(remote=str(item.remote), status=200, unchanged=True)
    return kept


def _pushed(client: WooClient, settings: Settings, items: Sequence[Item]) -> list[Judged]:
    """Products first, then variations by parent. If one call of several fails, its items get the error, and those of
    the calls after it are put off."""
    ready, judged = complete(client, settings, with_slugs(client, items))
    ready.sort(key=lambda item: item.parent or 0)
    groups = [list(group) for _, group in groupby(ready, key=lambda item: item.parent or 0)]
    for number, group in enumerate(groups):
        try:
            judged += _sent(client, settings, group)
        except OutsideError as error:
            if len(groups) == 1:
                raise
            judged += [(item, error) for item in group]
            judged += [(item, _put_off(error)) for later in groups[number + 1 :] for item in later]
            break
    return judged


def _put_off(error: OutsideError) -> OutsideError:
    """For items that were not sent because the call before theirs failed."""
    if not isinstance(error, TryLater):
        return error
    return TryLater(error.sentence, wait=error.wait, status=error.status, code=error.code, request_id=error.request_id)


def _sent(client: WooClient, settings: Settings, items: Sequence[Item]) -> list[Judged]:
    judged: list[Judged] = []
    taken: list[Result] = []
    for result in send(client, items):
        if isinstance(result, tuple):
            judged.append(result)
        elif result.item.creates and code_of(result.error) in (DUPLICATE_SKU, NOT_CREATED):
            taken.append(result)
        else:
            judged.append((result.item, _told(client, result)))
    return judged + (adopt(client, settings, taken) if taken else [])


def _told(client: WooClient, result: Result) -> Outcome:
    """The outcome; stock that landed on a variable parent, where it would hide that of its variants, is taken off."""
    item = result.item
    if result.row.get("type") != "variable" or "manage_stock" not in item.fields:
        return outcome_of(result)
    client.send("PUT", f"products/{result.row['id']}", {"manage_stock": False})
    sentence = f"{item.what} has variants in the shop, which have prices and stock of their own. Send those."
    return Rejected(sentence, field="quantity", request_id=result.request_id)
