"""Prices as the theme prints them."""

from trueup.sandbox.product_rules import is_on_sale
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc
from trueup.sandbox.texts import number, price_text

SYMBOLS = {"EUR": "&euro;", "USD": "&#36;", "GBP": "&pound;", "CHF": "&#67;&#72;&#70;"}


def _amount(shop: Shop, amount: str) -> str:
    names = ("num_decimals", "decimal_sep", "thousand_sep")
    decimals, point, thousands = (shop.option(f"woocommerce_price_{name}") for name in names)
    return price_text("0" if amount.startswith("-") else amount, int(decimals), point, thousands)


def _symbol(shop: Shop) -> str:
    currency = str(shop.option("woocommerce_currency"))
    return SYMBOLS.get(currency, currency)


def _placed(shop: Shop, amount: str, symbol: str) -> str:
    patterns = {"left": "{s}{a}", "right": "{a}{s}", "left_space": "{s}&nbsp;{a}", "right_space": "{a}&nbsp;{s}"}
    return patterns[shop.option("woocommerce_currency_pos")].format(s=symbol, a=amount)


def _span(shop: Shop, amount: str, more: str = "") -> str:
    symbol = f'<span class="woocommerce-Price-currencySymbol">{_symbol(shop)}</span>'
    inner = _placed(shop, _amount(shop, amount), symbol)
    return f'<span class="woocommerce-Price-amount amount"{more}><bdi>{inner}</bdi></span>'


def _plain(shop: Shop, amount: str) -> str:
    return _placed(shop, _amount(shop, amount), _symbol(shop))


def _sale(shop: Shop, regular: str, sale: str) -> str:
    return (
        f'<del aria-hidden="true">{_span(shop, regular)}</del> '
        f'<span class="screen-reader-text">Original price was: {_plain(shop, regular)}.</span>'
        f'<ins aria-hidden="true">{_span(shop, sale)}</ins>'
        f'<span class="screen-reader-text">Current price is: {_plain(shop, sale)}.</span>'
    )


def _range(shop: Shop, low: str, high: str) -> str:
    hidden = ' aria-hidden="true"'
    return (
        f'{_span(shop, low, hidden)} <span aria-hidden="true">&ndash;</span> {_span(shop, high, hidden)}'
        f'<span class="screen-reader-text">Price range: {_plain(shop, low)} through {_plain(shop, high)}</span>'
    )


def price_html(shop: Shop, doc: Doc, children: list[Doc]) -> str:
    """One price, an old and a new one, or the range over the children."""
    if doc["type"] == "variable":
        return _range_of(shop, [child["price"] for child in children if child["price"]])
    if doc["type"] == "grouped":
        found = (shop.store.get("product", id_) for id_ in doc["grouped_products"])
        return _range_of(shop, [child["price"] for child in found if child and child["price"]])
    if not doc["price"]:
        return ""
    if is_on_sale(shop, doc):
        return _sale(shop, doc["regular_price"], doc["sale_price"])
    return _span(shop, doc["price"])


def _range_of(shop: Shop, prices: list[str]) -> str:
    if not prices:
        return ""
    ordered = sorted(prices, key=lambda price: number(price) or 0)
    if number(ordered[0]) == number(ordered[-1]):
        return _span(shop, ordered[0])
    return _range(shop, ordered[0], ordered[-1])
