"""Which systems there are. Adding a connector touches its folder and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from trueup.connectors.kit.ports import Connector


@dataclass(frozen=True, slots=True)
class System:
    """A kind of outside software. `settings()` and `open()` import its folder on first use."""

    name: str
    label: str
    role: str

    @property
    def hidden(self) -> bool:
        """Users are not offered what only tests connect to."""
        return self.role == "test"

    @property
    def settings(self) -> type[BaseModel]:
        """The settings model; fields of type SecretStr are sealed before they are stored."""
        model: type[BaseModel] = import_module(f"trueup.connectors.{self.name}.settings").Settings
        return model

    def open(self, settings: BaseModel) -> Connector:
        opener: Callable[[Any], Connector] = import_module(f"trueup.connectors.{self.name}.connector").open_connector
        return opener(settings)


SYSTEMS: Mapping[str, System] = {
    system.name: system
    for system in (
        System("woocommerce", "WooCommerce", "shop"),
        System("files", "Files (CSV, XLSX, JSON)", "back office"),
        System("tryton", "Tryton", "back office"),
        System("memory", "In-memory test system", "test"),
    )
}
