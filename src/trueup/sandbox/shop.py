"""The shop: its settings, database, clock, keys and everything the resources share."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from trueup.sandbox.auth import ApiKey, Keys
from trueup.sandbox.clock import ShopClock
from trueup.sandbox.dates import iso, local
from trueup.sandbox.faults import Faults
from trueup.sandbox.settings import ShopSettings
from trueup.sandbox.store import Doc, Store, Table

API_KEYS = Table(name="api_key")
OPTION_VALUES = Table(name="option", columns={"name": "TEXT"}, of=lambda doc: {"name": doc["name"]})
Subscriber = Callable[["Shop", str, int], None]


class ImageRefused(Exception):
    """A picture the shop cannot take in: the text is what WordPress says."""


def image_by_name(src: str) -> str:
    """The file name of a picture address, without fetching it. Raises ImageRefused if it is no picture's."""
    name = urlsplit(src).path.rpartition("/")[2]
    if name.lower().rpartition(".")[2] not in ("png", "jpg", "jpeg", "gif", "webp"):
        raise ImageRefused("Invalid image: Sorry, you are not allowed to upload this file type.")
    return name


@dataclass(slots=True)
class RequestLog:
    """How often each ``METHOD /route`` was asked since the start or the last ``clear()``."""

    counts: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, method: str, kind: str, items: int) -> None:
        with self._lock:
            self.counts[f"{method} {kind}"] += 1
            self.items[f"{method} {kind}"] += items

    def clear(self) -> None:
        with self._lock:
            self.counts.clear()
            self.items.clear()

    @property
    def writes(self) -> int:
        """Requests that could change something."""
        return sum(n for name, n in self.counts.items() if not name.startswith(("GET ", "HEAD ", "OPTIONS ")))

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Shop:
    """One shop. Resources keep no state of their own: they read and write here, holding ``store.writing()``."""

    def __init__(self, settings: ShopSettings, clock: ShopClock | None = None) -> None:
        self.settings = settings
        self.clock = clock or ShopClock()
        self.zone = ZoneInfo(settings.time_zone)
        self.store = Store(settings.file)
        self.keys = Keys()
        self.log = RequestLog()
        self.faults = Faults(seed=settings.seed)
        self.subscribers: list[Subscriber] = []
        self.image_source: Callable[[str], str] = image_by_name
        self.options: dict[str, Any] = {}
        self.slug_numbers: dict[str, int] = {}
        self._terms: dict[int, Doc] = {}

    # -- keys -----------------------------------------------------------------------------------------------------

    def add_key(self, permission: str = "read_write") -> ApiKey:
        """A new consumer key, kept in the shop's file: ``read``, ``write`` or ``read_write``."""
        with self.store.writing():
            key = self.keys.add(permission)
            self.store.insert("api_key", asdict(key))
        return key

    def load_keys(self) -> None:
        for doc in self.store.select("api_key"):
            self.keys.keep(ApiKey(**doc))

    # -- time -----------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.clock.now()

    def now_iso(self) -> str:
        """Now, as stored: UTC without a zone, to the second."""
        return iso(self.clock.now())

    def dates(self, name: str, stored: str | None) -> dict[str, str | None]:
        """A stored moment under both names: ``{name: local, name_gmt: UTC}``."""
        return {name: local(stored, self.zone), f"{name}_gmt": stored}

    # -- events ---------------------------------------------------------------------------------------------------

    def emit(self, topic: str, resource_id: int) -> None:
        """Tell the subscribers (webhooks) that something happened, e.g. ``product.updated``; they only take note."""
        for subscriber in self.subscribers:
            subscriber(self, topic, resource_id)

    # -- options --------------------------------------------------------------------------------------------------

    def load_options(self, first: dict[str, Any]) -> None:
        """Take the shop's options as they were left, new ones from ``first``."""
        self.options = {**first, **{doc["name"]: doc["value"] for doc in self.store.select("option")}}

    def set_option(self, name: str, value: Any) -> None:
        """Change an option, as ``PUT /settings/...`` and the shop's owner do."""
        with self.store.writing():
            known = self.store.select("option", "name = ?", (name,))
            if known:
                self.store.update("option", {**known[0], "value": value})
            else:
                self.store.insert("option", {"id": self.store.next_id("option"), "name": name, "value": value})
            self.options[name] = value

    def option(self, name: str) -> Any:
        """A WooCommerce setting as it is now, by its full id, e.g. ``woocommerce_prices_include_tax`` -> ``yes``."""
        return self.options[name]

    # -- terms ----------------------------------------------------------------------------------------------------

    def term(self, id_: int) -> Doc | None:
        """A category, tag, brand, shipping class or attribute term by its id; never to be changed in place."""
        found = self._terms.get(id_)
        if found is None:
            found = self.store.get("term", id_)
            if found is not None:
                self._terms[id_] = found
        return found

    def forget_terms(self) -> None:
        self._terms.clear()
