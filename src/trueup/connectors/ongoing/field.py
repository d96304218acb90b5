"""One row of a field map: where a value of the payload comes from, and the payload that the rows make."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

V = TypeVar("V")

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(Generic[V]):
    """`target` is the path in the payload, `source` where the shop has it, `rule` what is done to it in words,
    `setting` the setting that changes it. `row` is its place in the map that Ongoing publishes, `feature` the number of
    the promise. A value of None is not sent."""

    target: str
    source: str
    of: Callable[[V], Any]
    row: int
    feature: int
    rule: str = ""
    setting: str | None = None


def payload(fields: Iterable[Field[V]], of: V) -> Payload:
    """Nested as the paths say, in their order."""
    made: Payload = {}
    for field in fields:
        value = field.of(of)
        if value is not None:
            _put(made, field.target.split("."), value)
    return made


def _put(made: Payload, path: list[str], value: Any) -> None:
    for part in path[:-1]:
        made = made.setdefault(part, {})
    made[path[-1]] = value
