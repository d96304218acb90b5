"""A case: what happens in the shop and in the back office step by step, and what each of them has to say afterwards.

Cases are files in `catalogue/`, one each, that a person can read and write (TOML). An expectation is a question and
the answer to it: `"total of A" = "45.20"`. Questions about the shop, the hub and the back office stand apart.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

CATALOGUE = Path(__file__).parent / "catalogue"
SYSTEMS = ("shop", "hub", "office")
OFFICES = ("files", "tryton")

Answer = str | tuple[str, ...]
"""What a system says: a text or figure, or several (in any order)."""


class CaseError(ValueError):
    """A case file cannot be used; the message names the file and says why."""


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Article(Model):
    """What the back office sells. `price` is as the shop enters prices (net, or with tax). `tax` is a percentage."""

    sku: str
    name: str = ""
    price: Decimal | None = None
    stock: int | None = None
    tax: str = "19"
    parent: str | None = None
    options: Mapping[str, str] = {}

    @property
    def called(self) -> str:
        return self.name or f"Article {self.sku}"


class Family(Model):
    """An article with variants: one for each combination of its options, `SKU-1` and up, all at one price and stock."""

    sku: str
    name: str
    options: Mapping[str, tuple[str, ...]]
    price: Decimal
    stock: int
    tax: str = "19"

    def articles(self) -> Iterator[Article]:
        """The parent first; its variants in the order of their options."""
        yield Article(sku=self.sku, name=self.name, tax=self.tax)
        for number, chosen in enumerate(product(*self.options.values()), 1):
            options = dict(zip(self.options, chosen, strict=True))
            sku, name = f"{self.sku}-{number}", f"{self.name} {', '.join(chosen)}"
            more = {"price": self.price, "stock": self.stock, "tax": self.tax, "parent": self.sku}
            yield Article(sku=sku, name=name, options=options, **more)


class Step(Model):
    """Something that somebody does (`do`, with `given`), told in a sentence, and what is expected once the hub has
    done its work. `files` and `tryton` hold what is expected of each system where that back office is behind the shop,
    on top of what is expected everywhere or instead of it."""

    says: str
    do: str = "nothing"
    given: Mapping[str, Any] = {}
    shop: Mapping[str, Answer] = {}
    hub: Mapping[str, Answer] = {}
    office: Mapping[str, Answer] = {}
    files: Mapping[str, Mapping[str, Answer]] = {}
    tryton: Mapping[str, Mapping[str, Answer]] = {}
    quiet: bool = Field(False, description="The hub does not work after this step.")

    def expected(self, system: str, office: str) -> dict[str, Answer]:
        """What is expected of `shop`, `hub` or `office` where that back office is behind the shop."""
        own: Mapping[str, Mapping[str, Answer]] = getattr(self, office)
        return {**getattr(self, system), **own.get(system, {})}


class Case(Model):
    """One case. `row` is its line in the list of features, `setup` the shop it needs (`setups`)."""

    id: str
    row: str
    title: str
    why: str = ""
    setup: str = "german"
    articles: tuple[Article, ...] = ()
    families: tuple[Family, ...] = ()
    coupons: tuple[Mapping[str, Any], ...] = ()
    steps: tuple[Step, ...]
    differ: Mapping[str, tuple[str, ...]] = Field(
        {}, description="Orders that a back office (files, tryton) is meant to have differently than the shop."
    )

    @model_validator(mode="after")
    def _says_what_each_system_has_to_say(self) -> Case:
        for system in SYSTEMS:
            if not any(step.expected(system, office) for step in self.steps for office in OFFICES):
                raise ValueError(f"nothing is expected of the {system}")
        return self

    def every_article(self) -> list[Article]:
        return [*self.articles, *(article for family in self.families for article in family.articles())]


def case_from(text: str, name: str) -> Case:
    """Raises CaseError."""
    try:
        return Case.model_validate({"id": name, **tomllib.loads(text)})
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise CaseError(f"{name}.toml cannot be used: {error}") from None


def catalogue(folder: Path = CATALOGUE) -> list[Case]:
    """Every case, in the order of their files' names. Raises CaseError."""
    return [case_from(file.read_text(encoding="utf-8"), file.stem) for file in sorted(folder.glob("*.toml"))]
