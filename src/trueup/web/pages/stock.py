"""Stock: the number of an article in each shop, opened as the sum that it is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from trueup.domain.allocation import Promise
from trueup.domain.sellable import What
from trueup.store import allocations
from trueup.store.allocations import Articles
from trueup.sync import sharing
from trueup.sync.counting import Number, as_json, explained
from trueup.web.gate import Who
from trueup.web.naming import story_url
from trueup.web.rendering import page
from trueup.web.site import Here, Site
from trueup.words import _

router = APIRouter()
api = APIRouter()

PARTS = {
    What.ON_HAND: _("on hand"),
    What.IN_STOCK: _("in stock"),
    What.SOLD: _("sold in store or reserved"),
    What.COMING: _("on the way in"),
    What.PROMISED: _("held by open web orders"),
    What.BUFFER: _("kept back as a buffer"),
    What.SHARE: _("left to other shops"),
    What.NOT_BELOW_ZERO: _("not shown below 0"),
}
"""What each part of a sum is called on the page."""


@router.get("/stock")
def show_stock(request: Request, site: Here, who: Who, sku: str = "") -> Response:
    """By SKU; without one, how the shops share what there is."""
    wanted = sku.strip()
    found = explained(site.hub, wanted) if wanted else []
    values: dict[str, Any] = {"sku": wanted, "numbers": found, "shares": sharing.shares(site.hub), "parts": PARTS}
    released = _released(site, found) if found else []
    return page(site, request, "stock.html", who, **values, released=released, orders=_orders, story=_story)


def _released(site: Site, found: list[Number]) -> list[Promise]:
    """What was promised of the article and is not any more, the latest first."""
    first = found[0]
    shops = [number.shop_id for number in found]
    with site.hub.database.read() as tx:
        return allocations.history(tx, Articles(first.leader_id, shops, {first.ref: first.sku}))


def _orders(shop_id: int, order_ref: str) -> str:
    return story_url(shop_id, "order", order_ref)


def _story(number: Number) -> str:
    return story_url(number.leader_id, "product", number.ref)


@api.get("/stock/{sku:path}")
def stock(sku: str, site: Here, who: Who, shop: str | None = None) -> Any:
    """The number of an article in each shop, or in one: as it is now, and as the shop was told last."""
    found = explained(site.hub, sku, shop)
    if not found:
        raise HTTPException(404, _("No shop gets stock of this article from a back office."))
    return [as_json(number) for number in found]
