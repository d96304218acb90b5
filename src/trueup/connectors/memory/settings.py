"""Settings of the test system."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from trueup.domain.record import Kind

EVERY_KIND = frozenset(Kind)


class Settings(BaseModel):
    """How one connection to the test system behaves. Two connections to one path see the same system."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(description="SQLite file that holds what the system knows.")
    reads: frozenset[Kind] = Field(EVERY_KIND, description="Kinds that it can lead.")
    writes: frozenset[Kind] = Field(EVERY_KIND, description="Kinds that it can follow.")
    batch: int = Field(100, ge=1, description="Most parcels of one push.")
    flights: int = Field(2, ge=1, description="How many pushes it bears at a time.")
    page_size: int = Field(100, ge=1, description="Records of one page.")
    settle_seconds: float = Field(0.0, ge=0, description="How long it may go on working after a lost answer.")
    unique: bool = Field(True, description="Refuse a second thing with the same SKU or reference, as a shop does.")
    strict: bool = Field(True, description="Refuse records that list problems with themselves.")
    matches: bool = Field(False, description="Can be asked whom it has already, before a customer is made.")
    customer_numbers: bool = Field(False, description="Tell the number of a customer, as of an order.")
