"""The files of the world that a day of trading begins with: made once, copied for every day."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet

from support.sharing import SHOPS, Sharing, sharing
from support.trading import BEGIN_WITH, SKUS, Trading
from support.world import START, Time, World, new_world
from trueup.connectors.memory.system import MemorySystem
from trueup.store.database import Database
from trueup.store.secrets import Seal
from trueup.sync.hub import Connectors, Hub


@dataclass
class Place:
    """The files of one world, which every day of trading begins with anew."""

    folder: Path
    url: str
    begins_at: datetime = START
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def live(self) -> Path:
        return self.folder / "live"

    def prepare(self, empty: Path) -> None:
        """Three shops that show six of each mug, and everything told. `empty` is a database with all its tables."""
        self.live.mkdir()
        shutil.copy2(empty, self.live / empty.name)
        with new_world(self.url, self.live) as world:
            sharing(world, self.live, BEGIN_WITH, mugs=len(SKUS), fulfilments=True, refunds=True)
            self.begins_at = world.time.now
            self.ids = dict(world.ids)
        for file in self.live.iterdir():
            if not file.name.endswith(("-wal", "-shm")):
                shutil.copy2(file, self.folder / f"first-{file.name}")

    def begin(self) -> Trading:
        shutil.rmtree(self.live)
        self.live.mkdir()
        for file in self.folder.glob("first-*"):
            shutil.copy2(file, self.live / file.name.removeprefix("first-"))
        time = Time(self.begins_at)
        seal = Seal(Fernet.generate_key().decode())
        executor, connectors = ThreadPoolExecutor(4), Connectors(seal)
        hub = Hub(
            database=Database(self.url), seal=seal, connectors=connectors, executor=executor, owner="test", clock=time
        )
        shops = dict(zip(SHOPS, ("shop", "shop-0", "shop-1"), strict=True))
        systems = {name: MemorySystem(self.live / f"{file}.sqlite", time) for name, file in shops.items()}
        world = World(hub, time, MemorySystem(self.live / "erp.sqlite", time), systems["Shop"], self.ids)
        return Trading(Sharing(world, systems))
