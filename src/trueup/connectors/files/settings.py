"""Settings of a folder connection."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from trueup.connectors.files.columns import FIELDS, is_field
from trueup.domain.record import Kind

LEADABLE = frozenset({Kind.PRODUCT, Kind.PRICE, Kind.STOCK, Kind.FULFILMENT})
FOLLOWABLE = frozenset({Kind.CUSTOMER, Kind.ORDER, Kind.REFUND})


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise ValueError(f"there is no time zone {name!r}; write it like Europe/Stockholm") from unknown
    return name


def _columns(columns: dict[str, str]) -> dict[str, str]:
    wrong = sorted(field for field in columns.values() if field and not is_field(field))
    if wrong:
        raise ValueError(f"unknown field {wrong[0]!r}; choose one of {', '.join(FIELDS)}, attribute:X or variant:X")
    return columns


def _reads(kinds: frozenset[Kind]) -> frozenset[Kind]:
    if not kinds <= LEADABLE:
        raise ValueError("a folder can lead product, price, stock and fulfilment")
    return kinds


def _writes(kinds: frozenset[Kind]) -> frozenset[Kind]:
    if not kinds <= FOLLOWABLE:
        raise ValueError("a folder can follow customer, order and refund")
    return kinds


class Settings(BaseModel):
    """What the folder holds and how its files are written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="The folder shared with the POS or ERP; it must exist.")
    reads: Annotated[frozenset[Kind], AfterValidator(_reads)] = Field(
        LEADABLE,
        description="What the files lead. A file is archived once all of these have been read from it.",
    )
    writes: Annotated[frozenset[Kind], AfterValidator(_writes)] = Field(
        FOLLOWABLE, description="What is written for the ERP: order, customer, refund."
    )
    articles: str = Field("articles*", description="Names of files with articles (and maybe their price and stock).")
    prices: str = Field("prices*", description="Names of files with prices only.")
    stock: str = Field("stock*", description="Names of files with stock only.")
    shipments: str = Field("shipments*", description="Names of files with what was sent of which order.")
    delimiter: Literal["auto", ",", ";", "tab", "|"] = Field("auto", description="What separates the columns of a CSV.")
    decimal: Literal["auto", ".", ","] = Field(
        "auto", description='The decimal sign. "auto" takes both, and asks where 1.234 could mean 1234.'
    )
    encoding: Literal["auto", "utf-8", "cp1252"] = Field("auto", description="auto: UTF-8, else Windows-1252.")
    columns: Annotated[dict[str, str], AfterValidator(_columns)] = Field(
        default_factory=dict,
        description='Your column names and the fields they mean, such as {"VK brutto": "price"}; "" leaves one out.',
    )
    time_zone: Annotated[str, AfterValidator(_zone)] = Field("UTC", description="Where dates without a zone are meant.")
    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="Currency of prices without that column.")
    prices_include_tax: bool | None = Field(None, description="Whether prices contain tax; empty: as the shop says.")
    weight_unit: Literal["kg", "g"] = Field("kg", description="Unit of the weight column.")
    settle_seconds: float = Field(
        30.0,
        ge=0,
        description="A file is read when it has rested this long; 0 if it is renamed into place.",
    )
    marker: str | None = Field(
        None,
        pattern=r"^\.[a-z]+$",
        description='Read articles.csv only once articles.csv.done lies beside it, for ".done".',
    )
    order_format: Literal["json", "csv"] = Field("json", description="How orders are written.")
    page_size: int = Field(500, ge=1, le=5000, description="Rows taken in at a time.")
