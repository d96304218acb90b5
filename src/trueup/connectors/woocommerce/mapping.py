"""Products, prices and stock as the shop wants them. Pure.

A batch of the shop validates nothing (`"abc"` pieces become 0, a bad price none), so whatever cannot be held exactly is
refused here, before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from trueup.connectors.woocommerce.client import ShopFacts
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.product import Choice, Price, Product, ProductType, Stock
from trueup.domain.record import Problem

Fields = dict[str, Any]
Row = Mapping[str, Any]

MOST_PIECES = 2_000_000_000
_GTIN = re.compile(r"[0-9-]{1,50}")


def product_to_woo(product: Product, settings: Settings, kilograms_per_unit: Decimal) -> Fields:
    """Master data for a new or a known article. What is None is left as the shop has it; attributes come apart."""
    fields: Fields = {"sku": product.sku.strip()} if product.sku else {}
    if product.type is not ProductType.VARIANT:
        fields["name"] = product.name
    texts = {"description": product.description, "short_description": product.short_description}
    if product.type is ProductType.VARIANT:
        texts.pop("short_description")
    fields |= {name: text for name, text in texts.items() if text is not None}
    if product.tax_class is not None:
        fields["tax_class"] = settings.tax_classes[product.tax_class]
    if product.gtin:
        fields["global_unique_id"] = product.gtin
    if product.weight_kg is not None:
        fields["weight"] = _plain(product.weight_kg / kilograms_per_unit)
    if product.virtual:
        fields["virtual"] = True
    return fields


def creation_fields(product: Product, settings: Settings) -> Fields:
    """What only a new article gets: its status is the shop's own afterwards."""
    if product.type is ProductType.VARIANT:
        return {}
    return {"type": product.type.value, "status": settings.create_status}


def price_to_woo(price: Price) -> Fields:
    """Both prices and the sale's dates; what there is not is cleared with an empty text."""
    return {
        "regular_price": f"{price.regular:f}",
        "sale_price": "" if price.sale is None else f"{price.sale:f}",
        "date_on_sale_from_gmt": _moment(price.sale_from if price.sale is not None else None),
        "date_on_sale_to_gmt": _moment(price.sale_to if price.sale is not None else None),
    }


def stock_to_woo(stock: Stock, settings: Settings) -> Fields:
    fields: Fields = {"manage_stock": True, "stock_quantity": int(stock.quantity)}
    if stock.backorders is not None:
        fields["backorders"] = settings.backorders if stock.backorders else "no"
    return fields


def product_problems(product: Product, settings: Settings) -> list[Problem]:
    found = product.problems()
    if product.tax_class is not None and product.tax_class not in settings.tax_classes:
        known = ", ".join(settings.tax_classes)
        text = f'the tax class "{product.tax_class}" is not mapped. Add it to the connection ({known} are known).'
        found.append(Problem(field="tax_class", sentence=text))
    if product.gtin and not _GTIN.fullmatch(product.gtin):
        text = f'the GTIN "{product.gtin}" holds more than digits, which the shop drops. Correct it.'
        found.append(Problem(field="gtin", sentence=text))
    return found


def price_problems(price: Price, facts: ShopFacts | None) -> list[Problem]:
    found = price.problems()
    if facts is None:
        return found
    if price.currency and price.currency.upper() != facts.currency.upper():
        text = f"its price is in {price.currency}, the shop sells in {facts.currency}. Send prices in {facts.currency}."
        found.append(Problem(field="currency", sentence=text))
    if facts.taxes and price.includes_tax is not None and price.includes_tax != facts.prices_include_tax:
        ours, theirs = ("includes tax", "without tax") if price.includes_tax else ("is without tax", "including tax")
        text = f"its price {ours}, but the shop keeps prices {theirs}. Send prices as the shop keeps them."
        found.append(Problem(field="includes_tax", sentence=text))
    return found


def needs_facts(price: Price | None) -> bool:
    """Does the price say something that has to fit the shop's settings?"""
    return price is not None and (price.currency is not None or price.includes_tax is not None)


def stock_problems(stock: Stock) -> list[Problem]:
    found = stock.problems()
    if found:
        return found
    if stock.quantity != stock.quantity.to_integral_value():
        text = f"its stock is {stock.quantity:f}, but the shop counts whole units only. Send a whole number."
        return [Problem(field="quantity", sentence=text)]
    if abs(stock.quantity) > MOST_PIECES:
        return [Problem(field="quantity", sentence=f"its stock {stock.quantity:f} is more than a shop can hold.")]
    return []


def attributes_to_woo(product: Product, known: Sequence[Row], manufacturer: str) -> list[Fields]:
    """The article's attributes in the leader's order, then those that only the shop has: the shop replaces the whole
    list. An attribute that the shop knows by the same name keeps its number (a global one) and whether it is shown."""
    by_name = {str(row.get("name", "")).casefold(): row for row in known}
    wanted = [(a.name, a.options, a.for_variants) for a in product.attributes]
    if product.manufacturer and manufacturer:
        wanted.append((manufacturer, (product.manufacturer,), False))
    ours = [_attribute(*attribute, by_name.pop(attribute[0].casefold(), {})) for attribute in wanted]
    kept = ("id", "name", "options", "visible", "variation")
    rest = [{key: row[key] for key in kept if key in row} for row in by_name.values()]
    return [{**attribute, "position": place} for place, attribute in enumerate([*ours, *rest])]


def _attribute(name: str, options: tuple[str, ...], for_variants: bool, known: Row) -> Fields:
    fields: Fields = {"id": known["id"]} if known.get("id") else {"name": known.get("name", name)}
    return {**fields, "options": list(options), "visible": known.get("visible", True), "variation": for_variants}


def choices_to_woo(choices: Sequence[Choice], parent: Sequence[Row]) -> tuple[list[Fields], list[Problem]]:
    """The variant's options by its parent's attributes; the shop drops silently what the parent does not have."""
    by_name = {str(row.get("name", "")).casefold(): row for row in parent}
    fields, missing = [], []
    for choice in choices:
        row = by_name.get(choice.name.casefold())
        option = _option(row, choice.option) if row and row.get("variation") else None
        if row is None or option is None:
            text = f'the parent in the shop has no option "{choice.option}" of "{choice.name}" yet.'
            missing.append(Problem(field="choices", sentence=text))
        else:
            fields.append({**({"id": row["id"]} if row.get("id") else {"name": row["name"]}), "option": option})
    return fields, missing


def _option(attribute: Row, wanted: str) -> str | None:
    """The option as the parent spells it."""
    return next((str(o) for o in attribute.get("options") or () if str(o).casefold() == wanted.casefold()), None)


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") if moment else ""


def _plain(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.000001')).normalize():f}"
