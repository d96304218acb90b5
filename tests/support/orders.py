"""Orders as shops make them, many of them, from one seed: every kind of line, six set-ups of taxes, three currencies.

The shop in the box reckons every amount, by its own REST interface; nothing of the hub's own arithmetic is used. Some
orders are spoilt afterwards, in the ways that shops and their plugins do it; each says what has to be told about it.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from support.shop_front import ShopFront, shop_front
from trueup.sandbox.settings import SeedRate, ShopSettings

Row = dict[str, Any]

GERMAN = (
    SeedRate(country="DE", rate="19.0000", name="VAT 19 %"),
    SeedRate(country="DE", rate="7.0000", name="VAT 7 %", tax_class="reduced-rate"),
    SeedRate(country="DE", rate="0.0000", name="VAT 0 %", tax_class="zero-rate"),
    SeedRate(country="AT", rate="20.0000", name="VAT 20 %"),
    SeedRate(country="AT", rate="10.0000", name="VAT 10 %", tax_class="reduced-rate"),
)
QUEBEC = (
    SeedRate(country="CA", state="QC", rate="5.0000", name="GST", priority=1),
    SeedRate(country="CA", state="QC", rate="9.9750", name="QST", priority=2, compound=True),
    SeedRate(country="CA", state="ON", rate="13.0000", name="HST", priority=1, shipping=False),
)
NEW_YORK = (
    SeedRate(country="US", state="NY", rate="4.0000", name="State", priority=1),
    SeedRate(country="US", state="NY", rate="4.5000", name="City", priority=2),
    SeedRate(country="US", state="NY", rate="0.3750", name="District", priority=3, shipping=False),
)
PLACES: Mapping[str, tuple[Row, ...]] = {
    "DE": ({"country": "DE", "postcode": "10115", "city": "Berlin"}, {"country": "AT"}, {"country": "CH"}),
    "CA": ({"country": "CA", "state": "QC"}, {"country": "CA", "state": "ON"}, {"country": "DE"}),
    "US": ({"country": "US", "state": "NY"}, {"country": "US", "state": "OR"}),
}
CURRENCIES = {"EUR": 2, "JPY": 0, "KWD": 3}


@dataclass(frozen=True, slots=True)
class SetUp:
    """One shop: its taxes, how it rounds, and its currency."""

    taxes: str
    base: str
    rates: tuple[SeedRate, ...]
    incl: bool
    at_subtotal: bool
    currency: str

    @property
    def name(self) -> str:
        return f"{self.taxes}, {self.currency}"

    @property
    def decimals(self) -> int:
        return CURRENCIES[self.currency]

    @property
    def percents(self) -> frozenset[Decimal]:
        """What the taxes come to on the net amount, each."""
        plain = {Decimal(rate.rate) for rate in self.rates if not rate.compound}
        return frozenset(plain | {Decimal("10.47375")} if self.base.startswith("CA") else plain)

    def settings(self) -> ShopSettings:
        return ShopSettings(
            home="https://shop.example",
            currency=self.currency,
            decimals=self.decimals,
            base_country=self.base,
            prices_include_tax=self.incl,
            tax_round_at_subtotal=self.at_subtotal,
            rates=self.rates,
        )


TAXES = (
    ("net prices, per line", "DE:DE-BE", GERMAN, False, False),
    ("gross prices, per line", "DE:DE-BE", GERMAN, True, False),
    ("gross prices, at subtotal", "DE:DE-BE", GERMAN, True, True),
    ("compound, per line", "CA:QC", QUEBEC, False, False),
    ("compound, gross, at subtotal", "CA:QC", QUEBEC, True, True),
    ("three rates, at subtotal", "US:NY", NEW_YORK, False, True),
)
SET_UPS = tuple(
    SetUp(taxes, base, rates, incl, at_subtotal, currency)
    for taxes, base, rates, incl, at_subtotal in TAXES
    for currency in CURRENCIES
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One order as the shop answers it with six decimals, what is in it, and what has to be told about it.

    `told` is a part of the sentence with which it has to be set aside; None: it has to go through.
    """

    set_up: SetUp
    row: Row
    kinds: frozenset[str]
    told: str | None = None
    spoilt: str | None = None

    @property
    def name(self) -> str:
        return f"{self.set_up.name}: order {self.row['number']}" + (f" ({self.spoilt})" if self.spoilt else "")


def samples(count: int, seed: int, set_ups: Sequence[SetUp] = SET_UPS) -> Iterator[Sample]:
    """So many orders, evenly over the set-ups; one seed gives the same orders again."""
    for number, set_up in enumerate(set_ups):
        share = count // len(set_ups) + (number < count % len(set_ups))
        with shop_front(set_up.settings()) as front:
            mill = Mill(set_up, front, random.Random(f"{seed} {set_up.name}"))
            yield from (mill.sample() for _ in range(share))


@dataclass
class Basket:
    """What is being ordered: the request, and the plugin's fields of its lines, by their place."""

    request: Row
    kinds: set[str] = field(default_factory=set)
    parents: dict[int, int] = field(default_factory=dict)

    @property
    def lines(self) -> list[Row]:
        lines: list[Row] = self.request["line_items"]
        return lines


class Mill:
    """Makes one order after the other in one shop."""

    def __init__(self, set_up: SetUp, front: ShopFront, chance: random.Random) -> None:
        self.set_up, self.front, self.chance = set_up, front, chance
        self.articles = [self._article(n) for n in range(9)]
        self.untaxed = front.product(name="Gift card", regular_price=self.price(25), tax_status="none")
        self.variations = front.variations("Shirt", [self.price(19.9), self.price(21.45), self.price(0.99)])
        self.coupons = [
            front.coupon("percent", "12.5"),
            front.coupon("fixed_cart", self.price(4)),
            front.coupon("fixed_product", self.price(0.5)),
            front.coupon("percent", "100"),
        ]

    def _article(self, n: int) -> int:
        prices = (9.99, 19.99, 0.01, 4.95, 149, 3.333, 0, 1234.56, 7.77)
        classes = ("", "reduced-rate", "", "zero-rate", "", "reduced-rate", "", "", "")
        return self.front.product(
            name=f"Article {n}", regular_price=self.price(prices[n]), tax_class=classes[n], tax_status="taxable"
        )

    def price(self, euros: float) -> str:
        """The same article costs a hundred times as many yen."""
        amount = Decimal(str(euros)) * (100 if self.set_up.decimals == 0 else 1)
        return f"{amount:.{min(self.set_up.decimals, 3)}f}"

    def net(self, low: float, high: float, places: int | None = None) -> str:
        amount = Decimal(str(self.chance.uniform(low, high))) * (100 if self.set_up.decimals == 0 else 1)
        return f"{amount:.{self.set_up.decimals if places is None else places}f}"

    def sample(self) -> Sample:
        basket = self._basket()
        row = self.front.order(basket.request)
        for child, parent in basket.parents.items():
            row["line_items"][child]["bundled_by"] = row["line_items"][parent]["id"]
        whole = Sample(set_up=self.set_up, row=row, kinds=frozenset(basket.kinds))
        if Decimal(row["total"]) < -min(Decimal("0.05"), 5 * Decimal(1).scaleb(-self.set_up.decimals)):
            return replace(whole, told="the order's total is negative", spoilt="nothing was left for the voucher")
        return self._spoilt(whole) if self.chance.random() < 0.15 else whole

    def _basket(self) -> Basket:
        bases = PLACES[self.set_up.base[:2]]
        place = bases[0] if self.chance.random() < 0.7 else self.chance.choice(bases)
        billing = {"first_name": "Eva", "last_name": "Muster", "email": "eva@example.test", **place}
        basket = Basket(
            {"status": "processing", "billing": billing, "line_items": [], "fee_lines": [], "shipping_lines": []}
        )
        for _ in range(self.chance.choice((1, 1, 2, 3, 4, 6))):
            self.chance.choice(
                (
                    self._simple,
                    self._simple,
                    self._variation,
                    self._free,
                    self._dealer_price,
                    self._untaxed,
                    self._bundle,
                )
            )(basket)
        for part, share in ((self._shipping, 0.7), (self._fee, 0.25), (self._voucher, 0.2), (self._exempt, 0.08)):
            if self.chance.random() < share:
                part(basket)
        if not basket.kinds & {"dealer price", "free item", "bundle"} and self.chance.random() < 0.4:
            self._coupon(basket)
        return basket

    # Kinds of lines

    def _line(self, basket: Basket, product: int, quantity: int | None = None, **more: Any) -> None:
        pieces = quantity or self.chance.choice((1, 1, 1, 2, 3, 7, 12))
        basket.lines.append({"product_id": product, "quantity": pieces, **more})

    def _simple(self, basket: Basket) -> None:
        basket.kinds.add("simple")
        self._line(basket, self.chance.choice(self.articles))

    def _variation(self, basket: Basket) -> None:
        basket.kinds.add("variation")
        parent, variations = self.variations
        self._line(basket, parent, variation_id=self.chance.choice(variations))

    def _untaxed(self, basket: Basket) -> None:
        basket.kinds.add("gift card sold")
        self._line(basket, self.untaxed)

    def _free(self, basket: Basket) -> None:
        basket.kinds.add("free item")
        self._line(basket, self.chance.choice(self.articles), subtotal=self.net(1, 20), total="0")

    def _dealer_price(self, basket: Basket) -> None:
        """Whoever enters an order by REST may give any net amount, with more decimals than the currency has."""
        basket.kinds.add("dealer price")
        amount = self.net(0, 300, places=self.chance.choice((self.set_up.decimals, 4, 6)))
        self._line(basket, self.chance.choice(self.articles), subtotal=amount, total=amount)

    def _bundle(self, basket: Basket) -> None:
        """The price stands on the bundle or on its parts; the others cost nothing."""
        basket.kinds.add("bundle")
        parent = len(basket.lines)
        on_bundle, nothing = self.chance.random() < 0.5, {"subtotal": "0", "total": "0"}
        self._line(basket, self.articles[4], 1, **({} if on_bundle else nothing))
        for child in self.chance.sample((0, 1, 3, 5), 2):
            basket.parents[len(basket.lines)] = parent
            self._line(basket, self.articles[child], 1, **(nothing if on_bundle else {}))

    def _shipping(self, basket: Basket) -> None:
        methods = [("flat_rate", "Parcel", self.net(0, 12)), ("freight", "Freight", self.net(20, 90))]
        chosen = methods[: self.chance.choice((1, 1, 1, 2))]
        basket.kinds.add("several shipping lines" if len(chosen) > 1 else "shipping")
        basket.request["shipping_lines"] = [
            {"method_id": id, "method_title": title, "total": total} for id, title, total in chosen
        ]

    def _fee(self, basket: Basket) -> None:
        taxable = self.chance.random() < 0.7
        basket.kinds.add("fee" if taxable else "fee without tax")
        tax = {"tax_status": "taxable", "tax_class": self.chance.choice(("", "reduced-rate"))}
        more = tax if taxable else {"tax_status": "none"}
        basket.request["fee_lines"].append({"name": "Service", "total": self.net(0.5, 15), **more})

    def _voucher(self, basket: Basket) -> None:
        """What a gift card plugin makes of a redeemed card: a negative fee, with or without tax."""
        status = self.chance.choice(("taxable", "none"))
        basket.kinds.add("negative fee" if status == "taxable" else "gift card redeemed")
        voucher = {"name": "Voucher", "total": f"-{self.net(0.5, 40)}", "tax_status": status}
        basket.request["fee_lines"].append(voucher)

    def _exempt(self, basket: Basket) -> None:
        basket.kinds.add("tax-exempt business")
        basket.request["meta_data"] = [{"key": "is_vat_exempt", "value": "yes"}]

    def _coupon(self, basket: Basket) -> None:
        chosen = self.chance.sample(self.coupons, self.chance.choice((1, 1, 2)))
        basket.kinds.add("coupon" if len(chosen) == 1 else "several coupons")
        basket.request["coupon_lines"] = [{"code": code} for code in chosen]

    # What goes wrong

    def _spoilt(self, sample: Sample) -> Sample:
        how = self.chance.choice((without_tax_lines, card_without_line, lines_of_a_plugin, rounded_total, gone_article))
        row = copy.deepcopy(sample.row)
        told = how(row, self)
        if told == "":
            return sample
        return replace(sample, row=row, told=told, spoilt=how.__name__.replace("_", " "))


Spoiling = Callable[[Row, Mill], str | None]
"""Changes the answer, and says what has to be told: None if it has to go through, "" if it was not to be spoilt so."""


def without_tax_lines(row: Row, _: Mill) -> str | None:
    if not Decimal(row["total_tax"]):
        return ""
    row["tax_lines"] = []
    return "missing in the order's own list of taxes"


def card_without_line(row: Row, _: Mill) -> str | None:
    if Decimal(row["total"]) < 10:
        return ""
    row["total"] = str(Decimal(row["total"]) - 7)
    return "such as a gift card, that is no line"


def lines_of_a_plugin(row: Row, _: Mill) -> str | None:
    row["gift_card_lines"] = [{"code": "ABCD", "amount": "5.00"}]
    return "lines of a kind that is not known here (gift_card_lines)"


def rounded_total(row: Row, mill: Mill) -> str | None:
    """A plugin moves the total by up to five of the smallest unit; no yen can be moved that way."""
    units = mill.chance.choice((-5, -4, -3, -2, -1, 1, 2, 3, 4, 5))
    row["total"] = str(Decimal(row["total"]) + units * Decimal(1).scaleb(-mill.set_up.decimals))
    if Decimal(row["total"]) < 0:
        return ""
    return "it does not add up" if mill.set_up.decimals == 0 else None


def gone_article(row: Row, _: Mill) -> str | None:
    row["line_items"][0] |= {"product_id": 0, "variation_id": 0, "sku": ""}
    return "no longer exists in the shop"
