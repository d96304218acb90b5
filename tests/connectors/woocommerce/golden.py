"""The recorded orders as the shop answers them with `dp=6`.

The recordings hold each order as shown, and its numbers with six decimals, except the taxes of a position per rate.
Those are reckoned here by the shop's rule (net x rate, compound rates on top, half up to six decimals) and checked
against the position's recorded tax; the shares of negative fees, which follow another rule, are what the recorded
sums leave over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parents[2] / "recordings" / "golden_orders"
MICRO = Decimal("0.000001")
LISTS = ("line_items", "fee_lines", "shipping_lines")
ENVELOPE: dict[str, Any] = {
    "status": "processing",
    "date_created_gmt": "2026-11-21T20:57:21",
    "date_modified_gmt": "2026-11-21T20:57:21",
    "date_paid_gmt": None,
    "customer_id": 0,
    "billing": {"first_name": "Eva", "last_name": "Müller", "email": "eva@example.test", "country": "DE"},
    "shipping": {},
    "coupon_lines": [],
}

Row = dict[str, Any]


class Golden(NamedTuple):
    """One recorded order, with what its shop was set to."""

    name: str
    row: Row
    decimals: int
    at_subtotal: bool
    rounding: str


def golden_orders() -> Iterator[Golden]:
    for file in sorted(FOLDER.glob("*.json")):
        setup = json.loads(file.read_text(encoding="utf-8"))
        for number, entry in enumerate(setup["orders"], start=1):
            if entry.get("order"):
                yield _golden(f"{file.stem}-{number}", entry, setup["settings"], setup["tax_rates"])


def anomaly(id: str) -> Golden:
    orders = json.loads((FOLDER.parent / "order_anomalies.json").read_text(encoding="utf-8"))["orders"]
    entry = next(order for order in orders if order["id"] == id)
    entry.setdefault("settings", {"general": {}, "tax": {}})
    entry.setdefault("tax_rates", [{"id": 1, "rate": "19", "compound": False}])
    entry.setdefault("order_dp6", {})
    return _golden(id, entry, entry["settings"], entry["tax_rates"])


def _golden(name: str, entry: Row, settings: Row, rates: list[Row]) -> Golden:
    general, tax = settings["general"], settings["tax"]
    at_subtotal = tax.get("woocommerce_tax_round_at_subtotal") == "yes"
    incl = tax.get("woocommerce_prices_include_tax") == "yes"
    decimals = int(general.get("woocommerce_price_num_decimals", 2))
    rounding = ROUND_HALF_DOWN if incl else ROUND_HALF_UP
    row = _exact(entry)
    row.setdefault("currency", general.get("woocommerce_currency", "EUR"))
    result = Golden(name, row, decimals, at_subtotal, rounding)
    _put_exact_taxes(result, {rate["id"]: rate for rate in rates})
    return result


def _exact(entry: Row) -> Row:
    """The order as shown with its numbers of six decimals laid over it."""
    shown, exact = entry["order"], entry["order_dp6"]
    row: Row = {"id": 1, "number": "1041", **ENVELOPE, **shown}
    row |= {name: value for name, value in exact.items() if not isinstance(value, list)}
    for name in (*LISTS, "tax_lines"):
        rows = [{**a, **b} for a, b in zip(shown[name], exact.get(name, shown[name]), strict=True)]
        row[name] = [{"id": number, "name": name, **line} for number, line in enumerate(rows, start=1)]
    return row


def _put_exact_taxes(golden: Golden, rates: dict[int, Row]) -> None:
    odd = []
    for kind in LISTS:
        for line in golden.row[kind]:
            exact = _taxes(Decimal(line["total"]), [rates[tax["id"]] for tax in line["taxes"]])
            if _summed(exact, golden) == Decimal(line["total_tax"]):
                line["taxes"] = [{"id": id, "total": f"{amount:f}", "subtotal": ""} for id, amount in exact.items()]
            elif golden.at_subtotal:
                assert kind == "fee_lines", f"{golden.name}: the tax of {line} is not net x rate"
                assert Decimal(line["total"]) < 0
                odd.append(line)
    if odd:
        _put_what_is_left(golden, odd)


def _put_what_is_left(golden: Golden, odd: list[Row]) -> None:
    """At subtotal, a negative fee's share per rate is the rate's exact sum without the other positions."""
    assert len(odd) == 1, f"{golden.name}: two fees share the rest"
    others = [line for kind in ("line_items", "fee_lines") for line in golden.row[kind] if line is not odd[0]]
    for tax in odd[0]["taxes"]:
        of_rate = next(Decimal(line["tax_total"]) for line in golden.row["tax_lines"] if line["rate_id"] == tax["id"])
        taken = sum(Decimal(t["total"]) for line in others for t in line["taxes"] if t["id"] == tax["id"])
        tax["total"] = f"{of_rate - taken:f}"
    assert sum(Decimal(t["total"]) for t in odd[0]["taxes"]) == Decimal(odd[0]["total_tax"]), golden.name


def _taxes(net: Decimal, rates: list[Row]) -> dict[int, Decimal]:
    plain = {r["id"]: net * Decimal(r["rate"]) / 100 for r in rates if not r["compound"]}
    for rate in rates:
        if rate["compound"]:
            plain[rate["id"]] = (net + sum(plain.values())) * Decimal(rate["rate"]) / 100
    return {id: amount.quantize(MICRO, ROUND_HALF_UP) for id, amount in plain.items()}


def _summed(taxes: dict[int, Decimal], golden: Golden) -> Decimal:
    if golden.at_subtotal:
        return sum(taxes.values(), Decimal(0))
    unit = Decimal(1).scaleb(-golden.decimals)
    return sum((amount.quantize(unit, golden.rounding) for amount in taxes.values()), Decimal(0))
