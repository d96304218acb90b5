"""The names of kinds, states and outcomes as pages show them, and where a thing's story stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from trueup.words import _

KINDS: Mapping[str, str] = {
    "product": _("article"),
    "price": _("price"),
    "stock": _("stock"),
    "customer": _("customer"),
    "order": _("order"),
    "receipt": _("document number"),
    "fulfilment": _("fulfilment"),
    "refund": _("refund"),
    "customer number": _("customer number"),
}
OUTCOMES: Mapping[str, str] = {
    "created": _("created"),
    "adopted": _("adopted"),
    "updated": _("updated"),
    "unchanged": _("unchanged"),
    "gone": _("no longer there"),
    "locked": _("too late to change"),
    "conflict": _("changed on both sides"),
    "ambiguous": _("a person has to choose"),
    "not needed": _("not needed"),
    "rejected": _("refused"),
    "misconfigured": _("connection is wrong"),
    "missing link": _("waits for another record"),
    "try later": _("not answered"),
}
STATES: Mapping[str, str] = {
    "received": _("received"),
    "checked": _("checked"),
    "transferred": _("transferred"),
    "in work": _("in work"),
    "partly shipped": _("partly shipped"),
    "shipped": _("shipped"),
    "completed": _("completed"),
    "cancelled": _("cancelled"),
    "partly cancelled": _("partly cancelled"),
    "refunded": _("refunded"),
    "partly refunded": _("partly refunded"),
    "on hold": _("on hold"),
    "quarantined": _("in quarantine"),
}
"""Where an order is in its life."""

WRITTEN = ("created", "adopted", "updated")
WELL = (*WRITTEN, "unchanged", "not needed")
"""What came of a try, where there is nothing to do any more."""
CAUSES: Mapping[str, str] = {
    "schedule": _("by schedule"),
    "start now": _("started by a person"),
    "webhook": _("called by the system"),
    "retry": _("retry from quarantine"),
    "stock written": _("after stock was written"),
}


def name_of(names: Mapping[str, str]) -> Callable[[str], str]:
    """The name of a word of ours; a word without a name stands for itself."""
    return lambda word: names.get(word, word)


def story_url(leader_id: int, thing: str, ref: str) -> str:
    """Ids are opaque and may hold slashes and dots, so they travel as a query."""
    return f"/records/{leader_id}/{thing}?{urlencode({'ref': ref})}"
