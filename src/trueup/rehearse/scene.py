"""Where a case plays: the shop, the hub and the back office, and the names that the case's own things have there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from trueup.rehearse.case import Answer, Article, Case

Given = Mapping[str, Any]


class NotOffered(Exception):
    """A system cannot do, or cannot tell, what the case asks of it. The message is a sentence."""


class CannotTell(Exception):
    """There is no answer to a question: the thing is not there, or nobody knows the question. The message says why."""


class Side(Protocol):
    """One of the systems of a rehearsal. `kind` is the system's name; `label` what people call it."""

    kind: str
    label: str

    def do(self, verb: str, scene: Scene, given: Given) -> None:
        """Somebody there does this. Raises NotOffered."""

    def answer(self, what: str, thing: str, scene: Scene) -> Answer:
        """What it says about an order (by its letter) or an article (by its SKU in the case). Raises NotOffered and
        CannotTell."""


class Office(Side, Protocol):
    """A back office whose people can be played."""

    def sells(self, articles: list[Article], scene: Scene) -> None:
        """They enter these articles."""


@dataclass
class Scene:
    """One case on stage. `orders` are the shop's ids of its orders by their letters; `full`: nothing is made smaller to
    save time."""

    case: Case
    mark: str
    shop: Side
    hub: Side
    office: Office
    work: Callable[[], None]
    prefix: str = ""
    full: bool = False
    orders: dict[str, int] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def sku(self, name: str) -> str:
        """The SKU that an article of the case has in the systems; other cases may use the same name."""
        return f"{self.mark}-{self.case.id}-{name}"

    def name_of(self, sku: str) -> str:
        """The case's own name of a SKU; as it is, if it belongs to no article of the case."""
        return sku.removeprefix(f"{self.mark}-{self.case.id}-")

    def code(self, coupon: str) -> str:
        """The code that a coupon of the case has in the shop."""
        return f"{self.mark}-{self.case.id}-{coupon}".lower()

    def order(self, letter: str) -> int:
        if letter not in self.orders:
            raise CannotTell(f"there is no order {letter} yet")
        return self.orders[letter]

    def reference(self, letter: str) -> str:
        """What the back office knows an order by."""
        start = f"{self.prefix}:" if self.prefix else ""
        return f"{start}WC-ORDER-{self.order(letter)}"
