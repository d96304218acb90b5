"""Products and variants as articles of the warehouse. Pure; the shop is the master, and variants are articles of their
own."""

from __future__ import annotations

from dataclasses import dataclass

from trueup.connectors.ongoing.field import Field, Payload, payload
from trueup.connectors.ongoing.settings import MappingSettings
from trueup.domain.product import Product, ProductType
from trueup.domain.record import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A product, and the parent of a variant: its title is half of the variant's name."""

    product: Product
    parent: Product | None
    settings: MappingSettings

    @property
    def own_number(self) -> str | None:
        """The SKU, unless it is only its parent's: that is what a shop answers for a variant without one."""
        inherited = self.parent is not None and self.product.sku == self.parent.sku
        return None if inherited else self.product.sku

    @property
    def code(self) -> str:
        """The shop's own number of it."""
        return self.product.code or self.product.id


def article(product: Product, parent: Product | None, settings: MappingSettings) -> Payload:
    """The payload of one article that is to be sent: see `left_out` and `problems` first."""
    return payload(ARTICLE, Article(product=product, parent=parent, settings=settings))


def left_out(product: Product, parent: Product | None, settings: MappingSettings) -> str | None:
    """Why this product is not sent, in a sentence; None if it is. What was sent before stays in the warehouse."""
    status = (parent or product).status if product.type is ProductType.VARIANT else product.status
    if product.type is ProductType.VARIABLE:
        return f"{product.label} is the parent of variants; each of its variants is an article."
    if status is not None and status not in settings.product_statuses:
        wanted = " or ".join(settings.product_statuses)
        return f"{product.label} is {status} in the shop; articles are sent while they are {wanted}."
    lacks = Article(product=product, parent=parent, settings=settings).own_number is None
    if lacks and product.type is ProductType.VARIANT and settings.variants_without_number == "skip":
        return f"{product.label} is a variant without a SKU of its own; the connection leaves these out."
    return None


def problems(product: Product, parent: Product | None, settings: MappingSettings) -> list[Problem]:
    """What a person has to mend before this article can be sent."""
    one = Article(product=product, parent=parent, settings=settings)
    if product.type is ProductType.VARIANT and parent is None:
        return [Problem(field="parent", sentence="the product that this variant belongs to is not known yet.")]
    if _number(one) is None:
        text = "it has no SKU of its own, and the warehouse knows articles by it. Give it a unique SKU in the shop."
        return [Problem(field="sku", sentence=text)]
    return []


def _number(one: Article) -> str | None:
    if one.own_number or one.product.type is not ProductType.VARIANT or one.parent is None:
        return one.own_number
    made = one.settings.variants_without_number == "synthesise"
    return f"{one.parent.sku or one.parent.code or one.parent.id}-{one.code}" if made else None


def _name(one: Article) -> str:
    """`Shirt` for a product; `Shirt Red, M` for a variant: its parent's title and its options."""
    if one.parent is None:
        return one.product.name
    options = ", ".join(choice.option for choice in one.product.choices)
    return f"{one.parent.name} {options}" if options else one.product.name


def _unit(one: Article) -> str:
    return one.product.unit or one.settings.unit


def _categories(one: Article) -> list[str] | None:
    """A variant has its parent's."""
    found = one.product.categories or (one.parent.categories if one.parent else ())
    return list(found) if one.settings.categories else None


def _is_stock_article(one: Article) -> bool | None:
    return not one.product.virtual if one.settings.stock_article == "from_virtual" else True


ARTICLE: tuple[Field[Article], ...] = (
    Field(
        target="ArticleDefinition.ArticleNumber",
        source="Product > SKU; variant > SKU",
        of=_number,
        rule="A variant that only shows its parent's SKU has none of its own.",
        setting="variants_without_number",
        row=1,
        feature=59,
    ),
    Field(
        target="ArticleDefinition.ArticleName",
        source="Product > title; product > title + variant > name",
        of=_name,
        rule="The variant's name is its options, with commas.",
        row=2,
        feature=60,
    ),
    Field(
        target="ArticleDefinition.ProductCode",
        source="Product > id; variant > id",
        of=lambda one: one.code,
        row=3,
        feature=61,
    ),
    Field(
        target="ArticleDefinition.Unit",
        source="Product > unit",
        of=_unit,
        rule="The setting where the article names none.",
        setting="unit",
        row=4,
        feature=62,
    ),
    Field(
        target="ArticleDefinition.Categories",
        source="Product > categories",
        of=_categories,
        rule="Not sent unless switched on.",
        setting="categories",
        row=5,
        feature=63,
    ),
    Field(
        target="ArticleDefinition.IsStockArticle",
        source="Product > virtual; variant > virtual",
        of=_is_stock_article,
        rule="Always true, unless the setting looks at virtual.",
        setting="stock_article",
        row=6,
        feature=64,
    ),
)
"""In the order of the map that Ongoing publishes."""
