"""Very many articles, some of which change while the hub is reading them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trueup.rehearse.case import Answer, Article
from trueup.rehearse.scene import Given, Office, Scene

if TYPE_CHECKING:
    from trueup.rehearse.shop import ShopSide

CROWD = "crowd"
AT_A_TIME = 10
"""Changes that the back office writes down together."""
NAMED = 5
"""Articles that a report names; of the others it gives the number."""
Figures = tuple[Decimal, int]
"""Price and stock."""


def enter(office: Office, scene: Scene, given: Given) -> None:
    """The back office enters all of them. `small` is how many it is when a rehearsal is to be short."""
    count = int(given["count"] if scene.full else given["small"])
    articles = [_article(number) for number in range(1, count + 1)]
    office.sells(articles, scene)
    scene.notes[CROWD] = {scene.sku(one.sku): (Decimal(one.price or 0), one.stock or 0) for one in articles}


def _article(number: int) -> Article:
    price = Decimal(1 + number % 90) + Decimal("0.90")
    return Article(sku=f"{number:05}", name=f"Article {number}", price=price, stock=1 + number % 40)


def change_meanwhile(office: Office, scene: Scene, given: Given) -> None:
    """The hub begins to read; at the same time every hundredth article gets another price."""
    known: dict[str, Figures] = scene.notes[CROWD]
    chosen = [sku for place, sku in enumerate(sorted(known)) if place % 100 == 50]
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(scene.work)
        for start in range(0, len(chosen), AT_A_TIME):
            some = chosen[start : start + AT_A_TIME]
            for sku in some:
                known[sku] = (known[sku][0] + Decimal("0.05"), known[sku][1])
            prices = {scene.name_of(sku): str(known[sku][0]) for sku in some}
            office.do("sets prices", scene, {"prices": prices})
        reading.result()


def count_in(shop: ShopSide, sku: str, scene: Scene) -> str:
    return str(sum(1 for _ in _listed(shop, scene)))


def wanted_of(scene: Scene) -> str:
    return str(len(scene.notes[CROWD]))


def twice_in(shop: ShopSide, sku: str, scene: Scene) -> Answer:
    counted = Counter(doc["sku"] for doc in _listed(shop, scene))
    return tuple(sorted(sku for sku, times in counted.items() if times > 1))


def different_in(shop: ShopSide, sku: str, scene: Scene) -> Answer:
    """Every article that the shop lacks, or has with another price or stock."""
    known: dict[str, Figures] = scene.notes[CROWD]
    there = {doc["sku"]: (Decimal(doc["regular_price"] or 0), doc["stock_quantity"]) for doc in _listed(shop, scene)}
    wrong = [sku for sku in sorted(known) if there.get(sku) != known[sku]]
    more = [f"and {len(wrong) - NAMED} more"] if len(wrong) > NAMED else []
    pairs = ((sku, _said(known[sku]), _said(there.get(sku))) for sku in wrong[:NAMED])
    return (*(f"{scene.name_of(sku)}: {wanted}, found {found}" for sku, wanted, found in pairs), *more)


def _said(figures: Figures | None) -> str:
    return f"{figures[0]:.2f}, {figures[1]} in stock" if figures else "nothing"


def _listed(shop: ShopSide, scene: Scene) -> Iterator[dict[str, Any]]:
    start = scene.sku("")
    fields = "id,sku,regular_price,stock_quantity"
    return (doc for doc in shop.pages("/products", _fields=fields) if doc["sku"].startswith(start))
