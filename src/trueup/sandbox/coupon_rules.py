"""Why the shop refuses a coupon: its rules in its order, with its sentences.

The sentences are HTML, as the API sends them: quotes are ``&quot;`` and money comes in ``<span>`` elements.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trueup.sandbox.discounts import PRODUCT_TYPES, Article, Coupon
from trueup.sandbox.rounding import shown

_NOT_APPLICABLE = "Sorry, coupon {code} is not applicable to selected products."


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFormat:
    """How the shop prints money: currency symbol and separators, symbol behind the number (``right_space``)."""

    symbol: str = "&euro;"
    decimals: int = 2
    decimal_separator: str = "."
    thousand_separator: str = ","
    position: str = "left"

    def html(self, amount: Decimal) -> str:
        symbol = f'<span class="woocommerce-Price-currencySymbol">{self.symbol}</span>'
        patterns = {
            "left": f"{symbol}{self.number(amount)}",
            "right": f"{self.number(amount)}{symbol}",
            "left_space": f"{symbol}&nbsp;{self.number(amount)}",
            "right_space": f"{self.number(amount)}&nbsp;{symbol}",
        }
        return f'<span class="woocommerce-Price-amount amount"><bdi>{patterns[self.position]}</bdi></span>'

    def number(self, amount: Decimal) -> str:
        whole, _, fraction = shown(amount, self.decimals).partition(".")
        grouped = f"{int(whole):,}".replace(",", self.thousand_separator)
        return grouped + (self.decimal_separator + fraction if fraction else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """The order a coupon is wanted for; ``subtotal`` before discounts, gross if the shop's prices are.

    ``used_by_customer`` counts the uses of the coupon by the order's customer; names are the article names by id.
    """

    articles: Sequence[Article]
    subtotal: Decimal
    now: datetime
    email: str = ""
    names: Mapping[int, str] | None = None
    used_by_customer: int = 0
    expires: datetime | None = None


def refusal(coupon: Coupon, applicant: Applicant, price_format: PriceFormat) -> str | None:
    """The shop's sentence for the first rule that the order breaks, or None."""
    rules: list[Callable[[Coupon, Applicant, PriceFormat], str | None]] = [
        _used_up,
        _expired,
        _outside_spend,
        _no_wanted_product,
        _covers_nothing,
        _holds_unwanted,
        _email_not_allowed,
    ]
    sentences = (rule(coupon, applicant, price_format) for rule in rules)
    found = next((sentence for sentence in sentences if sentence), None)
    return found and found.format(code=f"&quot;{html.escape(coupon.code)}&quot;")


def missing(code: str) -> str:
    return f"Coupon &quot;{html.escape(code)}&quot; cannot be applied because it does not exist."


def _used_up(coupon: Coupon, applicant: Applicant, _: PriceFormat) -> str | None:
    spent = bool(coupon.usage_limit) and coupon.usage_count >= (coupon.usage_limit or 0)
    limit = coupon.usage_limit_per_user or 0
    if spent or (limit > 0 and applicant.used_by_customer >= limit):
        return "Usage limit for coupon {code} has been reached."
    return None


def _expired(_: Coupon, applicant: Applicant, __: PriceFormat) -> str | None:
    over = applicant.expires is not None and applicant.now > applicant.expires
    return "Coupon {code} has expired." if over else None


def _outside_spend(coupon: Coupon, applicant: Applicant, price_format: PriceFormat) -> str | None:
    if coupon.minimum_amount > 0 and coupon.minimum_amount > applicant.subtotal:
        return f"The minimum spend for coupon {{code}} is {price_format.html(coupon.minimum_amount)}."
    if coupon.maximum_amount > 0 and coupon.maximum_amount < applicant.subtotal:
        return f"The maximum spend for coupon {{code}} is {price_format.html(coupon.maximum_amount)}."
    return None


def _no_wanted_product(coupon: Coupon, applicant: Applicant, _: PriceFormat) -> str | None:
    ids, categories = set(coupon.product_ids), set(coupon.product_categories)
    articles = applicant.articles
    if ids and not any(article.ids & ids for article in articles):
        return _NOT_APPLICABLE
    if categories and not any(set(a.category_ids) & categories for a in articles if _counts(coupon, a)):
        return _NOT_APPLICABLE
    return None


def _counts(coupon: Coupon, article: Article) -> bool:
    return not (coupon.exclude_sale_items and article.on_sale)


def _covers_nothing(coupon: Coupon, applicant: Applicant, _: PriceFormat) -> str | None:
    articles = applicant.articles
    if articles and coupon.discount_type in PRODUCT_TYPES and not any(coupon.covers(a) for a in articles):
        return _NOT_APPLICABLE
    return None


def _holds_unwanted(coupon: Coupon, applicant: Applicant, _: PriceFormat) -> str | None:
    if coupon.discount_type in PRODUCT_TYPES:
        return None
    if coupon.exclude_sale_items and any(article.on_sale for article in applicant.articles):
        return "Sorry, coupon {code} is not valid for sale items."
    names = applicant.names or {}
    excluded = [a for a in applicant.articles if a.ids & set(coupon.excluded_product_ids)]
    if excluded:
        listed = ", ".join(names.get(article.id, "") for article in excluded)
        return f"Sorry, coupon {{code}} is not applicable to the products: {listed}."
    categories = set(coupon.excluded_product_categories)
    if any(set(article.category_ids) & categories for article in applicant.articles):
        return "Sorry, coupon {code} is not applicable to the categories of selected products."
    return None


def _email_not_allowed(coupon: Coupon, applicant: Applicant, _: PriceFormat) -> str | None:
    if not coupon.email_restrictions or not applicant.email:
        return None
    allowed = {email.lower() for email in coupon.email_restrictions}
    if applicant.email.lower() in allowed or f"*@{applicant.email.lower().rpartition('@')[2]}" in allowed:
        return None
    return "Please enter a valid email to use coupon code {code}."
