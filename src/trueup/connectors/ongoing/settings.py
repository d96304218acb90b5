"""What the mapping to Ongoing WMS can be told. Its addresses and passwords come with the connector."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator


class MappingSettings(BaseModel):
    """Every choice that the published field map leaves open, with the default that suits most warehouses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: str = Field("st", min_length=1, description="The unit of every article that names none.")
    categories: bool = Field(False, description="The shop's categories are sent with each article.")
    stock_article: Literal["always", "from_virtual"] = Field(
        "always", description="Every article is kept in stock (always), or all but virtual ones (from_virtual)."
    )
    product_statuses: tuple[str, ...] = Field(
        ("publish",), min_length=1, description="Products are sent while they are in one of these statuses of the shop."
    )
    variants_without_number: Literal["quarantine", "skip", "synthesise"] = Field(
        "quarantine",
        description="A variant without a SKU of its own waits for a person (quarantine), is left out (skip), or gets a "
        "number made of its parent's SKU and its own id (synthesise).",
    )
    way_of_delivery: bool = Field(True, description="The titles of the shipping methods are sent as way of delivery.")
    delivery_days: int = Field(
        0, ge=0, le=365, description="The delivery date is so many days after the day of the order."
    )
    time_zone: str = Field("UTC", description="The shop's time zone, such as Europe/Stockholm: it decides the day.")
    notify_by_sms: bool = Field(True, description="The warehouse may tell the recipient by SMS.")
    notify_by_email: bool = Field(True, description="The warehouse may tell the recipient by e-mail.")
    remark_length: int = Field(1000, ge=10, description="A longer remark is cut to so many characters, with a mark.")

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f'"{name}" is no time zone. Enter one such as Europe/Stockholm.') from None
        return name
