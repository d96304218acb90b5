"""Hold the shop's arithmetic to orders recorded from a real WooCommerce 10.5: ``python -m trueup.sandbox.golden DIR``.

Each file of the folder is one set-up of a shop (settings, tax rates, products, coupons) with orders that were made
in it. Every order is computed anew from its request and compared figure by figure, as shown and with six decimals;
a create that the shop refused must be refused with the same sentence.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from trueup.sandbox import figures
from trueup.sandbox.cart import Basket, BasketItem, ShippingChoice, order_of
from trueup.sandbox.coupon_rules import Applicant, PriceFormat, refusal
from trueup.sandbox.discounts import Article, Coupon
from trueup.sandbox.money import Fee, Line, OrderSum, Shipping, Tariff, apply_coupon, calculate, price_without_tax
from trueup.sandbox.money import tax_place as place_of_tax
from trueup.sandbox.rounding import ZERO, places, total
from trueup.sandbox.tax_math import Place, TaxRate

_SYMBOLS = {"EUR": "&euro;", "JPY": "&yen;", "KWD": "&#x62f;.&#x643;", "CAD": "&#036;"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """An order whose figures differ: where, what was recorded and what was computed."""

    setup: str
    order: int
    field: str
    recorded: object
    computed: object

    def __str__(self) -> str:
        return f"{self.setup} order {self.order}: {self.field} is {self.computed!r}, recorded {self.recorded!r}"


@dataclass(slots=True)
class Setup:
    """One shop of the recordings; coupon uses are counted from order to order."""

    name: str
    tariff: Tariff
    articles: dict[int, Article]
    coupons: dict[str, Coupon]
    price_format: PriceFormat
    methods: dict[str, dict[str, Any]]

    @classmethod
    def from_recording(cls, body: Mapping[str, Any]) -> Setup:
        options = {**body["settings"]["general"], **body["settings"]["tax"]}
        tariff = Tariff.from_options(options, map(TaxRate.from_rest, body["tax_rates"]))
        return cls(
            name=body["setup"],
            tariff=tariff,
            articles={product["id"]: _article(product) for product in body["products"]},
            coupons={coupon["code"]: _coupon(coupon) for coupon in body["coupons"]},
            price_format=PriceFormat(
                symbol=_SYMBOLS[options["woocommerce_currency"]],
                decimals=tariff.decimals,
                decimal_separator=",",
                thousand_separator=".",
                position="right_space",
            ),
            methods={f"{m['method_id']}:{m['instance_id']}": m for m in body.get("shipping_methods", ())},
        )

    def use(self, codes: Sequence[str]) -> None:
        for code in codes:
            self.coupons[code] = replace(self.coupons[code], usage_count=self.coupons[code].usage_count + 1)


@dataclass(frozen=True, slots=True)
class Report:
    held: dict[str, tuple[int, int]]
    misses: list[Miss]

    @property
    def total(self) -> tuple[int, int]:
        return sum(held for held, _ in self.held.values()), sum(count for _, count in self.held.values())


def replay(folder: Path) -> Report:
    """Compute every recorded order anew; one miss per order, its first differing figure."""
    held: dict[str, tuple[int, int]] = {}
    misses: list[Miss] = []
    for file in sorted(folder.glob("*.json")):
        body = json.loads(file.read_text(encoding="utf-8"))
        missed = list(misses_of(body))
        held[body["setup"]] = (len(body["orders"]) - len(missed), len(body["orders"]))
        misses += missed
    return Report(held, misses)


def misses_of(body: Mapping[str, Any]) -> Iterator[Miss]:
    setup = Setup.from_recording(body)
    for order in body["orders"]:
        for field, recorded, computed in _differences(setup, order):
            yield Miss(setup=setup.name, order=order["n"], field=field, recorded=recorded, computed=computed)
            break


def _differences(setup: Setup, recorded: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
    compute = storefront_order if "items" in recorded["request"] else _rest_order
    computed = compute(setup, recorded)
    if isinstance(computed, str) or "error" in recorded:
        said = recorded.get("error", {}).get("message")
        if said != computed:
            yield "error", said, computed if isinstance(computed, str) else None
        return
    yield from _compare("", recorded["order"], _body(computed, setup.tariff, setup.tariff.decimals))
    yield from _compare("dp6.", recorded["order_dp6"], _body(computed, setup.tariff, 6))


def _compare(path: str, recorded: Any, computed: Any) -> Iterator[tuple[str, object, object]]:
    """Every leaf of ``recorded`` that ``computed`` has too and gives differently; lists must be of one length."""
    if isinstance(recorded, dict) and isinstance(computed, dict):
        for key in recorded.keys() & computed.keys():
            yield from _compare(f"{path}{key}.", recorded[key], computed[key])
    elif isinstance(recorded, list) and isinstance(computed, list) and len(recorded) == len(computed):
        for index, (one, other) in enumerate(zip(recorded, computed, strict=True)):
            yield from _compare(f"{path}{index}.", one, other)
    elif recorded != computed:
        yield path.rstrip("."), recorded, computed


def _rest_order(setup: Setup, recorded: Mapping[str, Any]) -> OrderSum | str:
    request = recorded["request"]
    methods = [line.get("method_id", "") for line in request.get("shipping_lines", ())]
    billing, shipping = _place(request.get("billing")), _place(request.get("shipping"))
    order = OrderSum(
        place=place_of_tax(setup.tariff, billing, shipping, methods),
        lines=[_line(key, line, setup) for key, line in enumerate(request.get("line_items", ()))],
        fees=[_fee(fee) for fee in request.get("fee_lines", ())],
        shipping=[_shipping(line) for line in request.get("shipping_lines", ())],
        vat_exempt={"key": "is_vat_exempt", "value": "yes"} in request.get("meta_data", []),
        prices_include_tax=setup.tariff.prices_include_tax,
    )
    calculate(order, setup.tariff)
    codes = [row["code"] for row in request.get("coupon_lines", ())]
    refused = _refused(order, codes, setup)
    if refused:
        return refused
    for code in codes:
        apply_coupon(order, setup.tariff, setup.coupons[code])
    setup.use(codes)
    return order


def _refused(order: OrderSum, codes: Sequence[str], setup: Setup) -> str | None:
    subtotal = places(total(setup.tariff.position(line.subtotal) for line in order.lines), setup.tariff.decimals)
    applicant = Applicant(
        articles=[line.article for line in order.lines if line.article],
        subtotal=subtotal + order.total_tax if order.prices_include_tax else subtotal,
        now=datetime(2026, 11, 21, tzinfo=UTC),
    )
    sentences = (refusal(setup.coupons[code], applicant, setup.price_format) for code in codes)
    return next((sentence for sentence in sentences if sentence), None)


def storefront_order(setup: Setup, recorded: Mapping[str, Any]) -> OrderSum:
    """A recorded order of the storefront, counted anew from what was in the cart."""
    request = recorded["request"]
    basket = Basket(
        items=[BasketItem(article=setup.articles[item["id"]], quantity=item["quantity"]) for item in request["items"]],
        billing=_place(request["billing_address"]),
        shipping=_place(request["shipping_address"]),
        coupons=[setup.coupons[code] for code in request["coupons"]],
        choice=_choice(setup, recorded["chosen_rates"]),
    )
    setup.use(request["coupons"])
    return order_of(basket, setup.tariff)


def _choice(setup: Setup, rate_ids: Sequence[str]) -> ShippingChoice | None:
    if not rate_ids:
        return None
    method = setup.methods[rate_ids[0]]
    cost = Decimal(method["cost"] or 0)
    return ShippingChoice(method_id=method["method_id"], cost=cost, tax_status=method["tax_status"] or "taxable")


def _body(order: OrderSum, tariff: Tariff, dp: int) -> dict[str, Any]:
    rates = {rate.id: rate for rate in tariff.rates}
    return {
        **figures.order_figures(order, dp),
        "line_items": [figures.line_figures(line, dp) for line in order.lines],
        "fee_lines": [figures.fee_figures(fee, dp) for fee in order.fees],
        "shipping_lines": [figures.shipping_figures(line, dp) for line in order.shipping],
        "coupon_lines": [figures.coupon_figures(row, tariff.decimals) for row in order.coupons],
        "tax_lines": [figures.tax_line_figures(row, rates[row.rate_id], dp) for row in order.tax_lines],
    }


def _article(product: Mapping[str, Any]) -> Article:
    tax_class = product["tax_class"]
    return Article(
        id=product["id"],
        price=Decimal(product["price"] or 0),
        tax_status=product["tax_status"],
        tax_class="" if tax_class == "parent" else tax_class,
        parent_id=product.get("parent_id", 0),
        on_sale=bool(product["sale_price"]),
    )


def _coupon(body: Mapping[str, Any]) -> Coupon:
    return Coupon(
        id=body["id"],
        code=body["code"],
        amount=Decimal(body["amount"]),
        discount_type=body["discount_type"],
        product_ids=tuple(body["product_ids"]),
        exclude_sale_items=body["exclude_sale_items"],
        limit_usage_to_x_items=body["limit_usage_to_x_items"],
        minimum_amount=Decimal(body["minimum_amount"]),
        maximum_amount=Decimal(body["maximum_amount"]),
        usage_limit=body["usage_limit"],
        usage_count=body.get("usage_count", 0),
        free_shipping=body["free_shipping"],
    )


def _place(address: Mapping[str, Any] | None) -> Place:
    known = address or {}
    return Place(**{key: known.get(key, "") for key in ("country", "state", "postcode", "city")})


def _line(key: int, body: Mapping[str, Any], setup: Setup) -> Line:
    article = setup.articles[body.get("variation_id") or body["product_id"]]
    quantity = body.get("quantity", 1)
    net = price_without_tax(setup.tariff, article, quantity)
    return Line(
        key=key,
        article=article,
        quantity=quantity,
        tax_class=article.tax_class,
        tax_status=article.tax_status,
        subtotal=Decimal(body.get("subtotal", net)),
        total=Decimal(body.get("total", net)),
    )


def _fee(body: Mapping[str, Any]) -> Fee:
    total_ = Decimal(body.get("total", ZERO))
    return Fee(total=total_, tax_class=body.get("tax_class", ""), tax_status=body.get("tax_status", "taxable"))


def _shipping(body: Mapping[str, Any]) -> Shipping:
    return Shipping(total=Decimal(body.get("total", ZERO)), method_id=body.get("method_id", ""))


def main(folder: Path) -> int:
    report = replay(folder)
    for name, (held, count) in report.held.items():
        print(f"{held} of {count}  {name}")
    for miss in report.misses:
        print(miss)
    held, count = report.total
    print(f"{held} of {count} recorded orders come out with every figure")
    return 0 if held == count else 1


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
