"""What the demo's shop sells: some 500 articles with variants and two tax rates, the same at every start."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

COLOURS = ("Black", "White", "Navy", "Olive", "Sand", "Red")
SIZES = ("XS", "S", "M", "L", "XL")
MUGS = ("Harbour", "Forest", "Winter", "Linen", "Granite", "Meadow", "Copper", "Chalk")
TEAS = ("Assam", "Ceylon", "Darjeeling", "Earl Grey", "Jasmine", "Lapsang", "Mint", "Oolong", "Rooibos", "Sencha")
GARMENTS = ("T-shirt", "Hoodie", "Work shirt", "Apron", "Raincoat", "Cardigan", "Beanie")
TOOLS = ("Kettle", "Strainer", "Tea tin", "Tray", "Tea towel", "Teapot", "Thermos", "Scale", "Whisk", "Spoon set")
BOOKS = ("Tea and Water", "The Quiet Kitchen", "Bread at Dawn", "Slow Cups", "A Year of Leaves", "Salt and Smoke")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One row of the back office's article list; `options` are what a variant is chosen by. Prices are net."""

    sku: str
    name: str
    price: Decimal | None
    stock: int | None
    tax_class: str = "standard"
    parent: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    description: str = ""

    @property
    def is_buyable(self) -> bool:
        return self.price is not None


def assortment(articles: int = 500, seed: int = 7) -> list[Article]:
    """About so many buyable articles, parents before their variants."""
    chance = random.Random(seed)
    found: list[Article] = []
    for family in _families(chance):
        if sum(article.is_buyable for article in found) >= articles:
            break
        found += family
    return found


def _families(chance: random.Random) -> Iterator[list[Article]]:
    for number in range(1, 1000):
        yield _garment(chance, number)
        yield [_single(chance, "MUG", number, f"{chance.choice(MUGS)} mug {number}", 8, 24)]
        yield [_single(chance, "TEA", number, f"{chance.choice(TEAS)} tea, 100 g, No. {number}", 4, 18, "reduced")]
        yield [_single(chance, "TOOL", number, f"{chance.choice(TOOLS)} No. {number}", 6, 90)]
        yield [_single(chance, "BOOK", number, f"{chance.choice(BOOKS)}, vol. {number}", 9, 40, "reduced")]


def _single(
    chance: random.Random, code: str, number: int, name: str, low: int, high: int, tax_class: str = "standard"
) -> Article:
    return Article(
        sku=f"{code}-{number:03}",
        name=name,
        price=_price(chance, low, high),
        stock=chance.randint(20, 120),
        tax_class=tax_class,
        description=f"{name}. Packed by hand.",
    )


def _garment(chance: random.Random, number: int) -> list[Article]:
    name, sku = f"{chance.choice(GARMENTS)} No. {number}", f"WEAR-{number:03}"
    price = _price(chance, 19, 89)
    parent = Article(sku=sku, name=name, price=None, stock=None, description=f"{name}. Organic cotton.")
    choices = product(chance.sample(COLOURS, 2), chance.sample(SIZES, 3))
    variants = [
        Article(
            sku=f"{sku}-{colour[:3].upper()}-{size}",
            name=f"{name}, {colour}, {size}",
            price=price,
            stock=chance.randint(20, 60),
            parent=sku,
            options=(("Color", colour), ("Size", size)),
        )
        for colour, size in choices
    ]
    return [parent, *variants]


def _price(chance: random.Random, low: int, high: int) -> Decimal:
    return Decimal(chance.randint(low, high)) + Decimal(chance.choice(("0.50", "0.90", "0.95", "0.00")))
