"""What can go wrong between a client and a shop, on purpose: aimed at a route, repeatable by seed."""

import random
import threading
from dataclasses import dataclass, field, fields
from typing import Any

from trueup.sandbox.errors import WooError

KINDS = (
    "error",  # answered with ``status`` (default 503), nothing done
    "done_then_error",  # done, but answered with ``status`` (default 502)
    "timeout",  # done, but no answer comes until the client gives up (at most ``seconds``)
    "slow",  # answered after ``seconds`` more
    "drop",  # connection closed without an answer, nothing done
    "done_then_drop",  # done, then connection closed without an answer
    "redirect",  # 301 to ``location``, nothing done
    "html",  # 200 with an HTML page instead of JSON, nothing done
    "ok_with_error",  # 200, but the body is an error envelope, nothing done
    "too_many",  # 429 with ``Retry-After: seconds``
    "forbidden",  # 403 with a firewall's HTML page
    "cut_short",  # done, answered with half of the JSON
)
AFTER_WORK = {"done_then_error", "timeout", "done_then_drop", "cut_short", "slow"}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong for the calls it fits.

    ``method`` and ``route`` (a pattern such as ``/products/batch``) choose the calls, None means every one.
    Of those, the first ``skip`` pass; then ``rate`` of them are hit, at most ``times``.
    """

    kind: str
    method: str | None = None
    route: str | None = None
    status: int | None = None
    seconds: float = 30.0
    location: str = ""
    rate: float = 1.0
    skip: int = 0
    times: int | None = None
    hits: int = 0
    seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault: {self.kind}; known: {', '.join(KINDS)}")

    @property
    def after_work(self) -> bool:
        return self.kind in AFTER_WORK

    def fits(self, method: str, route: str) -> bool:
        return self.method in (None, method) and self.route in (None, route)


@dataclass(slots=True)
class WebhookFaults:
    """How deliveries go wrong: shares of 1 that are ``lost`` or ``repeated``, and ``late_seconds`` for every one."""

    lost: float = 0.0
    repeated: float = 0.0
    late_seconds: float = 0.0


@dataclass(slots=True)
class Faults:
    """The faults of a shop. ``webhooks`` is read by the delivery of webhooks.

    ``lost_tax_lines`` is the share of 1 of storefront orders, placed without a look at the checkout page first, whose
    ``tax_lines`` are lost for good, as a real shop loses them when several shoppers order at a time.
    """

    seed: int = 1
    webhooks: WebhookFaults = field(default_factory=WebhookFaults)
    lost_tax_lines: float = 0.0
    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _random: random.Random = field(default_factory=lambda: random.Random(1))

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def add(self, kind: str, **more: Any) -> Fault:
        """Switch a fault on, e.g. ``add("done_then_error", method="POST", route="/products/batch", times=1)``."""
        fault = Fault(kind=kind, **more)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
        self.webhooks = WebhookFaults()
        self.lost_tax_lines = 0.0

    def all(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def strike(self, method: str, route: str) -> Fault | None:
        """The fault that hits this call, counted; None if it may pass."""
        with self._lock:
            return next((fault for fault in self._faults if self._hits(fault, method, route)), None)

    def _hits(self, fault: Fault, method: str, route: str) -> bool:
        if not fault.fits(method, route):
            return False
        fault.seen += 1
        used_up = fault.times is not None and fault.hits >= fault.times
        if fault.seen <= fault.skip or used_up or self._random.random() >= fault.rate:
            return False
        fault.hits += 1
        return True

    def chance(self, share: float) -> bool:
        """True for ``share`` of the calls, repeatable by seed."""
        with self._lock:
            return self._random.random() < share


def fault_from(doc: dict[str, Any]) -> dict[str, Any]:
    """The arguments of ``Faults.add`` from JSON. Raises WooError 400 for an unknown one."""
    known = {f.name for f in fields(Fault)}
    unknown = sorted(set(doc) - known)
    if unknown or doc.get("kind") not in KINDS:
        text = f"unknown fault or setting: {', '.join(unknown) or doc.get('kind')}"
        raise WooError(400, "sandbox_unknown_fault", text, {"kinds": list(KINDS), "settings": sorted(known)})
    return doc
