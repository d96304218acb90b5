"""The real command line of one installation, called in this process, with two test systems at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from typer.testing import CliRunner, Result

from trueup.app import opened, place, prepare
from trueup.cli.main import app
from trueup.connectors.memory.system import MemorySystem
from trueup.sync.hub import Hub

WIDE_TERMINAL = {"COLUMNS": "200", "TERMINAL_WIDTH": "200", "NO_COLOR": "1"}


@dataclass(frozen=True)
class Command:
    """`trueup --home ... --database ...`; what is at `erp` and `shop` are the systems behind the two connections."""

    folder: Path
    database: str | None = None

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def erp(self) -> MemorySystem:
        return MemorySystem(self.folder / "erp.sqlite")

    @property
    def shop(self) -> MemorySystem:
        return MemorySystem(self.folder / "shop.sqlite")

    @property
    def globals(self) -> list[str]:
        return ["--home", str(self.home), *(["--database", self.database] if self.database else [])]

    def call(self, *words: str, **environment: str) -> Result:
        try:
            return CliRunner().invoke(app, [*self.globals, *words], env={**WIDE_TERMINAL, **environment})
        finally:
            structlog.reset_defaults()

    def done(self, *words: str, **environment: str) -> str:
        """What it printed; it must have ended well."""
        result = self.call(*words, **environment)
        assert result.exit_code == 0, f"{words}: {result.stderr}"
        return result.stdout

    def refused(self, *words: str, **environment: str) -> str:
        """The sentence on stderr; nothing that looks like a traceback."""
        result = self.call(*words, **environment)
        assert result.exit_code == 1, f"{words}: {result.exit_code} {result.stdout} {result.stderr}"
        assert "Traceback" not in result.stdout + result.stderr
        return result.stderr.strip()

    def misused(self, *words: str, **environment: str) -> str:
        """What stderr says about a command that was written wrongly."""
        result = self.call(*words, **environment)
        assert result.exit_code == 2, f"{words}: {result.exit_code} {result.stdout} {result.stderr}"
        return " ".join(result.stderr.replace("│", " ").split())

    def json(self, *words: str) -> Any:
        return json.loads(self.done(*words, "--json"))

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        with opened(place(self.home, self.database)) as hub:
            yield hub

    def prepare(self) -> None:
        prepare(place(self.home, self.database))

    def connect(self) -> None:
        """The test systems as the connections ERP and Shop."""
        for name in ("ERP", "Shop"):
            self.done("connection", "add", name, "memory", "--set", f"path={self.folder / name.lower()}.sqlite")

    def flow(self, *kinds: str) -> None:
        """Enabled flows named products, prices, stock (ERP to Shop) and orders (Shop to ERP)."""
        names = {"product": "products", "price": "prices", "order": "orders"}
        for kind in kinds:
            leader, follower = ("Shop", "ERP") if kind == "order" else ("ERP", "Shop")
            name = names.get(kind, kind)
            self.done("flow", "add", kind, "--leader", leader, "--follower", follower, "--name", name)
            self.done("flow", "enable", name)
