"""A till that ships and a shop that sells, with the hub between them: what was sent or given back arrives, once."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx2

from support.till_and_shop import TillAndShop
from trueup.sandbox.features import switch

ARTICLES = "sku;name;price;stock\nMUG-1;Mug;12,50;700\nMUG-2;Mug two;9,90;700\n"
HEADER = "order;sku;quantity;package;tracking_number;carrier;delivery_note;status\n"


def asked(business: TillAndShop, method: str, path: str, **body: Any) -> Any:
    """As the merchant does in the shop."""
    shop = business.shop
    url, auth = f"{shop.url}/wp-json/wc/v3{path}", (shop.consumer_key, shop.consumer_secret)
    answer = httpx2.request(method, url, json=body or None, auth=auth, verify=str(shop.ca_file), timeout=60)
    answer.raise_for_status()
    return answer.json()


def transferred(business: TillAndShop) -> dict[str, Any]:
    """An order of two articles that lies in the till's folder."""
    business.drop(ARTICLES)
    business.settle()
    placed = business.buys("MUG-1", "MUG-2")
    business.settle()
    assert f"WC-ORDER-{placed['id']}" in business.orders_out()
    return dict(asked(business, "GET", f"/orders/{placed['id']}"))


def shipped(business: TillAndShop, order: dict[str, Any], *rows: str) -> None:
    reference = f"WC-ORDER-{order['id']}"
    business.drop(HEADER + "".join(f"{reference};{row}\n" for row in rows), "shipments.csv")
    business.settle()


def now(business: TillAndShop, order: dict[str, Any]) -> dict[str, Any]:
    return dict(asked(business, "GET", f"/orders/{order['id']}"))


def fields_of(business: TillAndShop, order: dict[str, Any]) -> dict[str, Any]:
    return {row["key"]: row["value"] for row in now(business, order)["meta_data"]}


def notes(business: TillAndShop, order: dict[str, Any], word: str) -> list[str]:
    return [row["note"] for row in asked(business, "GET", f"/orders/{order['id']}/notes") if word in row["note"]]


def test_two_parcels_complete_the_order_with_the_second(business: TillAndShop) -> None:
    order = transferred(business)
    shipped(business, order, "MUG-1;1;P1;A1;DHL;LS-1;partly shipped")
    assert now(business, order)["status"] == "processing"
    assert len(notes(business, order, "Sent with DHL: A1.")) == 1
    shipped(business, order, "MUG-1;1;P1;A1;DHL;LS-1;shipped", "MUG-2;1;P2;B2;DHL;LS-2;shipped")
    for _ in range(2):
        business.settle()
    assert now(business, order)["status"] == "completed"
    assert fields_of(business, order)["_erp_delivery_notes"] == "LS-1, LS-2"
    told = {word: len(notes(business, order, word)) for word in ("A1", "B2", "LS-1", "LS-2", "to Completed")}
    assert told == dict.fromkeys(told, 1)
    assert business.quarantined() == []


def test_parcels_become_fulfilments_of_their_lines_where_the_shop_has_them(business: TillAndShop) -> None:
    switch(business.shop.shop, {"fulfillments": True})
    order = transferred(business)
    shipped(business, order, "MUG-2;1;P2;B2;DHL;;shipped", "MUG-1;1;P1;A1;DHL;;shipped")
    rows = asked(business, "GET", f"/orders/{order['id']}/fulfillments")
    found = {}
    for row in rows:
        meta = {entry["key"]: entry["value"] for entry in row["meta_data"]}
        found[meta["_tracking_number"]] = [item["item_id"] for item in meta["_items"]]
    by_sku = {line["sku"]: line["id"] for line in order["line_items"]}
    assert found == {"A1": [by_sku["MUG-1"]], "B2": [by_sku["MUG-2"]]}
    assert now(business, order)["status"] == "completed"


def test_an_order_that_the_shop_cancelled_is_not_completed_by_a_late_parcel(business: TillAndShop) -> None:
    order = transferred(business)
    asked(business, "PUT", f"/orders/{order['id']}", status="cancelled")
    shipped(business, order, "MUG-1;1;P1;A1;DHL;;shipped", "MUG-2;1;P1;A1;DHL;;shipped")
    assert now(business, order)["status"] == "cancelled"
    assert len(notes(business, order, "A1")) == 1


def test_a_refund_in_the_shop_lies_in_the_tills_folder_once(business: TillAndShop) -> None:
    order = transferred(business)
    line = order["line_items"][0]
    back = {"id": line["id"], "quantity": 1, "refund_total": line["total"], "refund_tax": []}
    asked(business, "POST", f"/orders/{order['id']}/refunds", amount=line["total"], api_refund=False, line_items=[back])
    for _ in range(3):
        business.settle()
    files = sorted((business.folder / "out" / "refunds").glob("*.json"))
    (told,) = (json.loads(file.read_text()) for file in files)
    assert told["order"] == f"WC-ORDER-{order['id']}"
    assert Decimal(told["amount"]) == Decimal(line["total"])
    assert [(one["sku"], one["quantity"], Decimal(one["total"])) for one in told["lines"]] == [
        (line["sku"], "1", Decimal(line["total"]))
    ]
    assert business.quarantined() == []
