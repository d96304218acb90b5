"""Cleaning up after a rehearsal in somebody's own systems, and saying what had to be left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from trueup.connectors.kit.errors import OutsideError
from trueup.rehearse.playing import Stage
from trueup.rehearse.shop import ShopSays, ShopSide
from trueup.rehearse.tryton_office import TrytonOffice

BUYERS = "Rehearsal %"


def sweep(stage: Stage, began: datetime) -> list[str]:
    """Remove what was made since then; what could not be removed, in words."""
    office = stage.office
    there = list(_sweep_office(office, stage, began)) if isinstance(office, TrytonOffice) else []
    return [*_sweep_shop(stage.shop, stage.mark, began), *there]


def _sweep_shop(shop: ShopSide, mark: str, began: datetime) -> Iterator[str]:
    orders, coupons = shop.made.get("orders", []), shop.made.get("coupons", [])
    products = [*dict.fromkeys([*shop.made.get("products", []), *_products(shop, mark, began)])]
    for kind, ids in (("orders", orders), ("coupons", coupons), ("products", products)):
        for id in ids:
            yield from _tried(f"{kind.removesuffix('s')} {id} in {shop.label}", partial(_delete, shop, kind, id))


def _delete(shop: ShopSide, kind: str, id: int) -> None:
    shop.call("DELETE", f"/{kind}/{id}", force="true")


def _products(shop: ShopSide, mark: str, began: datetime) -> list[int]:
    """What the hub made in the shop has the rehearsal's mark in its SKU."""
    after = began.strftime("%Y-%m-%dT%H:%M:%S")
    found = shop.pages("/products", _fields="id,sku", after=after, dates_are_gmt="true", status="any")
    return [int(doc["id"]) for doc in found if doc["sku"].startswith(f"{mark}-")]


def _tried(what: str, remove: Callable[[], None]) -> Iterator[str]:
    try:
        remove()
    except (ShopSays, OutsideError) as error:
        yield f"{what} ({error})"


def _sweep_office(office: TrytonOffice, stage: Stage, began: datetime) -> Iterator[str]:
    """Sales that nobody worked on are deleted. Tryton keeps what is in its books: such sales stay, and articles are
    made inactive."""
    ids = stage.shop.made.get("orders", [])
    for sale in [sale for id in ids for sale in office.sales(f"{stage.prefix}:WC-ORDER-{id}")]:
        if sale["state"] in ("draft", "quotation", "cancelled"):
            yield from _tried(f"sale {sale['number']} in {office.label}", partial(_remove_sale, office, sale))
        else:
            yield f"sale {sale['number']} in {office.label}, which is {sale['state']}"
    for template in office.made.get("product.template", []):
        what = f"article {template} in {office.label}"
        yield from _tried(what, partial(office.change, "product.template", template, active=False))
    for party in office.rows("party.party", [["name", "like", BUYERS], ["create_date", ">=", began]]):
        what = f"customer {party['rec_name']} in {office.label}"
        yield from _tried(what, partial(office.client.delete, "party.party", party["id"]))


def _remove_sale(office: TrytonOffice, sale: dict[str, object]) -> None:
    id = int(str(sale["id"]))
    if sale["state"] != "cancelled":
        office.press("sale.sale", id, "cancel")
    office.client.delete("sale.sale", id)
