"""The recorded orders once more, asked for over REST in a shop set up like the recorded one, refunds included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.golden_shop import GOLDEN, Recorded

BY_REST = [file for file in sorted(GOLDEN.glob("*.json")) if not file.stem.startswith("storefront")]
LINES = ("line_items", "fee_lines", "shipping_lines", "coupon_lines", "tax_lines")


@pytest.mark.parametrize("file", BY_REST, ids=lambda file: file.stem)
def test_orders_and_refunds_by_rest_come_out_as_recorded(file: Path) -> None:
    body = json.loads(file.read_text(encoding="utf-8"))
    shop = Recorded(body)
    problems = [f"order {order['n']} {found}" for order in body["orders"] for found in ordered(shop, order)]
    assert problems == []


def ordered(shop: Recorded, order: dict[str, Any]) -> list[str]:
    """Make one recorded order and its refunds; what differs."""
    said = shop.desk.ask("POST", "/orders", {**shop.request(order), "set_paid": order.get("set_paid", False)})
    if "error" in order:
        same = (said.status, said.body.get("message")) == (400, order["error"]["message"])
        return [] if same else [f"{said}, recorded {order['error']}"]
    if said.status != 201:
        return [f"{said.status} {said.body}"]
    exact = shop.desk.get(f"/orders/{said.body['id']}", dp=6)
    found = shop.differences(order["order"], said.body) + shop.differences(order["order_dp6"], exact, "dp6")
    return found + refunded(shop, order, said.body)


def refunded(shop: Recorded, order: dict[str, Any], here: dict[str, Any]) -> list[str]:
    """Give back what was given back; answers, and the order afterwards."""
    found: list[str] = []
    ids = {
        old["id"]: new["id"] for kind in LINES[:3] for old, new in zip(order["order"][kind], here[kind], strict=True)
    }
    for number, refund in enumerate(order.get("refunds", ())):
        said = shop.desk.ask("POST", f"/orders/{here['id']}/refunds", shop.refund(refund["request"], ids))
        if said.status != refund["status"]:
            found.append(f"refund {number}: {said.status} {said.body}, recorded {refund['status']}")
        found += shop.differences(refund["response"], said.body, f"refund {number}")
    return found + afterwards(shop, order, here["id"])


def afterwards(shop: Recorded, order: dict[str, Any], id_: int) -> list[str]:
    if "after" not in order:
        return []
    now = shop.desk.get(f"/orders/{id_}")
    kept = ("_reduced_stock", "_restock_refunded_items")
    reduced = [[row["value"] for row in line["meta_data"] if row["key"] in kept] for line in now["line_items"]]
    here = {
        "status": now["status"],
        "total": now["total"],
        "refunds": sorted(refund["total"] for refund in now["refunds"]),
        "reduced": reduced,
    }
    return shop.differences(order["after"], here, "after")
