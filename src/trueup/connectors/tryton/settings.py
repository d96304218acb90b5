"""What a connection to Tryton needs to know."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

TAX_CLASSES = {"19": "standard", "7": "reduced", "0": "zero"}


class StockQuantity(StrEnum):
    """Which of Tryton's two quantities is told: what may still be sold, or what lies there."""

    AVAILABLE = "available"
    ON_HAND = "on_hand"


class Advance(StrEnum):
    """How far a transferred sale is taken. Tryton numbers a sale when it is quoted."""

    DRAFT = "draft"
    QUOTATION = "quotation"
    CONFIRMED = "confirmed"
    PROCESSING = "processing"


class Paid(StrEnum):
    """When an order counts as paid: once the shop has a date of payment, at once, or never (on account)."""

    WHEN_PAID = "when_paid"
    ALWAYS = "always"
    NEVER = "never"


class Settings(BaseModel):
    """A connection to one company in one Tryton database (8.x, with the module web_shop)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(description="Where Tryton answers, without the database: https://erp.example.com")
    database: str = Field(description="The name of the Tryton database.")
    key: SecretStr = Field(
        description="The key of a user application of the type REST: in Tryton, Preferences > Applications. "
        "An administrator has to validate it."
    )
    user: str | None = Field(
        None,
        description="The login name of a Tryton user. With it, many sales are advanced in one call, which is about "
        "three times as fast; the key alone does the same one by one.",
    )
    password: SecretStr | None = Field(None, description="The password of that user.")
    company: str | None = Field(None, description="The company's name. Empty: the only one that the key's user has.")
    warehouses: tuple[str, ...] = Field(
        (), description="Names or codes of the warehouses whose stock is added up. Empty: all of them."
    )
    order_warehouse: str | None = Field(
        None,
        description="Name or code of the warehouse that delivers orders. Empty: the first of the warehouses above.",
    )
    price_list: str | None = Field(
        None, description="The name of the price list to read prices from. Empty: the list price of the article."
    )
    stock_quantity: StockQuantity = Field(
        StockQuantity.AVAILABLE,
        description="available: on hand, less what is reserved (forecast quantity). on_hand: what lies there.",
    )
    tax_classes: dict[str, str] = Field(
        TAX_CLASSES, description="The tax class of an article by the percentage of its customer tax."
    )
    taxes: dict[str, str] = Field(
        {}, description="Where several taxes have one percentage: the name of the one for shop orders, by percentage."
    )
    web_shop: str | None = Field(
        None, description="The name of the web shop record in Tryton that orders belong to. Empty: the only one."
    )
    shipping_product: str = Field("SHIPPING", description="Code of the service product for shipping.")
    fee_product: str = Field("FEE", description="Code of the service product for fees and rounding differences.")
    discount_product: str = Field("DISCOUNT", description="Code of the service product for negative fees.")
    carrier: str | None = Field(None, description="The name of the carrier to set on orders. Empty: none.")
    payment_term: str | None = Field(None, description="The name of the payment term to set on orders. Empty: none.")
    payment_terms: dict[str, str] = Field(
        {},
        description="The payment term of an order by the shop's payment method (bacs=Prepaid). As soon as one is "
        "given, all methods have to be: an order that was paid in another way is refused by the method's name.",
    )
    paid: dict[str, Paid] = Field(
        {},
        description="Whether an order counts as paid, by payment method: when_paid (once the shop has a date of "
        "payment, as without an entry here), always, or never. It stands in the sale's description.",
    )
    advance: Advance = Field(
        Advance.QUOTATION,
        description="How far an order is taken: draft (no number yet), quotation (numbered), confirmed "
        "(Tryton may go on by itself), or processing (the delivery is created and the goods are reserved).",
    )
    rounding_limit: int = Field(
        5,
        ge=0,
        description="The largest difference between the shop's and Tryton's arithmetic that a visible rounding line "
        "may settle, in the smallest unit of the order's currency (cents). Beyond it the order is refused.",
    )
    timeout: float = Field(120.0, gt=0, description="Seconds to wait for an answer.")

    @field_validator("url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        url = url.strip().rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise ValueError("the address must begin with https:// or http://")
        return url

    @field_validator("tax_classes", "taxes")
    @classmethod
    def _percent_keys(cls, by_percent: dict[str, str]) -> dict[str, str]:
        """19, 19.0 and 19.00 are one percentage."""
        return {percent_text(_percent(percent)): name for percent, name in by_percent.items()}

    @property
    def service_products(self) -> tuple[str, str, str]:
        return (self.shipping_product, self.fee_product, self.discount_product)


def _percent(text: str) -> Decimal:
    try:
        percent = Decimal(text.strip())
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise ValueError(f'"{text}" is no percentage; write it as digits, such as 19 or 5.5')
    return percent


def percent_text(percent: Decimal) -> str:
    return format(percent.normalize(), "f")
