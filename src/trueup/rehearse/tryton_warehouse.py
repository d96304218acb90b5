"""The warehouse of a company with Tryton: picking, parcels with tracking numbers, and what its screens say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from trueup.rehearse.case import Answer
from trueup.rehearse.scene import Given, Scene

if TYPE_CHECKING:
    from trueup.rehearse.tryton_office import TrytonOffice

Row = dict[str, Any]
SHIPMENT = "stock.shipment.out"
OPEN = ("draft", "waiting", "assigned")


def _shipments(office: TrytonOffice, sale: Row, *states: str) -> list[Row]:
    rows = office.rows(SHIPMENT, [["id", "in", sale["shipments"]]], ("number", "state", "shipping_reference"))
    return [row for row in rows if not states or row["state"] in states]


def _picks(office: TrytonOffice, scene: Scene, given: Given) -> None:
    """Goods are taken from the shelves: `items` of the order, or all of them."""
    sale = office.sale(scene, given["order"])
    office.begin(sale)
    for shipment in _shipments(office, office.sale(scene, given["order"]), *OPEN)[:1]:
        _pick(office, scene, shipment["id"], given.get("items"))


def _pick(office: TrytonOffice, scene: Scene, shipment: int, items: Any) -> None:
    if items is not None:
        _keep_only(office, shipment, Counter({scene.sku(name): int(count) for count, name in _parted(items)}))
    office.press(SHIPMENT, shipment, "assign_try", "pick")


def _parted(items: Any) -> list[tuple[str, str]]:
    return [(text.split(" ")[0], text.split(" ")[1]) if " " in text else ("1", text) for text in items]


def _keep_only(office: TrytonOffice, shipment: int, wanted: Mapping[str, int]) -> None:
    """Of this shipment only so many units are there; for the rest Tryton makes another one."""
    domain = [["shipment", "=", f"{SHIPMENT},{shipment}"], ["origin", "like", "stock.move,%"]]
    for move in office.rows("stock.move", domain, ("product.code",)):
        office.change("stock.move", move["id"], quantity=float(wanted.get(move["product"]["code"], 0)))


def _ships(office: TrytonOffice, scene: Scene, given: Given) -> None:
    """A parcel leaves: what is picked already, or else `items` of the order (all of it), with its tracking number."""
    picked = _shipments(office, office.sale(scene, given["order"]), "picked")
    if not picked:
        _picks(office, scene, given)
        picked = _shipments(office, office.sale(scene, given["order"]), "picked")
    shipment = picked[0]["id"]
    office.press(SHIPMENT, shipment, "pack")
    if number := given.get("number"):
        scene.notes.setdefault("numbers", []).append(number)
        office.change(SHIPMENT, shipment, shipping_reference=number)
    office.press(SHIPMENT, shipment, "ship", "do")


def _numbers(office: TrytonOffice, sale: Row, scene: Scene) -> Answer:
    return tuple(row["shipping_reference"] for row in _shipments(office, sale) if row["shipping_reference"])


def _states(office: TrytonOffice, sale: Row, scene: Scene) -> Answer:
    return tuple(row["state"] for row in _shipments(office, sale))


VERBS: Mapping[str, Callable[[TrytonOffice, Scene, Given], None]] = {"picks": _picks, "ships": _ships}
OF_SALES: Mapping[str, Callable[[TrytonOffice, Row, Scene], Answer]] = {
    "tracking numbers": _numbers,
    "deliveries": _states,
}
