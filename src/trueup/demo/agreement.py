"""Do the shop and the back office agree? Compared article by article and order by order, past the hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from trueup.demo.office import Truth
from trueup.demo.shopfront import ShopOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How many articles and orders were compared, and what differs, in words."""

    articles: int
    orders: int
    differences: Sequence[str]

    def sentence(self) -> str:
        if self.differences:
            more = f" (and {len(self.differences) - 3} more)" if len(self.differences) > 3 else ""
            return f"Not yet in agreement: {'; '.join(self.differences[:3])}{more}."
        return (
            f"The shop and the back office agree: {self.articles} articles with the same price and stock, "
            f"{self.orders} orders with one document each, to the cent."
        )


def compare(
    books: Mapping[str, Truth],
    shelf: Mapping[str, Truth],
    orders: Sequence[ShopOrder],
    documents: Mapping[str, Decimal],
) -> Agreement:
    """`books` and `documents` are the back office's, `shelf` and `orders` the shop's."""
    differences = [*_articles(books, shelf), *_orders(orders, documents)]
    return Agreement(articles=len(books), orders=len(orders), differences=differences)


def _articles(books: Mapping[str, Truth], shelf: Mapping[str, Truth]) -> list[str]:
    missing = [f"{sku} is missing in the shop" for sku in sorted(books.keys() - shelf.keys())]
    foreign = [f"{sku} is only in the shop" for sku in sorted(shelf.keys() - books.keys())]
    both = [(sku, books[sku], shelf[sku]) for sku in sorted(books.keys() & shelf.keys())]
    prices = [
        f"{sku} costs {there.price}, should be {here.price}" for sku, here, there in both if here.price != there.price
    ]
    stocks = [
        f"{sku} has {there.stock}, should have {here.stock}" for sku, here, there in both if here.stock != there.stock
    ]
    return [*missing, *foreign, *prices, *stocks]


def _orders(orders: Sequence[ShopOrder], documents: Mapping[str, Decimal]) -> list[str]:
    found = []
    references = {f"WC-ORDER-{order.id}": order for order in orders}
    for reference, order in references.items():
        if reference not in documents:
            found.append(f"order {order.number} has not reached the back office")
        elif documents[reference] != order.total:
            found.append(f"order {order.number} is {order.total} here and {documents[reference]} there")
        elif order.document is None:
            found.append(f"order {order.number} has not got its document number")
    found += [f"document {reference} has no order" for reference in sorted(documents.keys() - references.keys())]
    return found
