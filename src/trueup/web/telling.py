"""An order's story, sentence by sentence, in plain language. Pure.

What may be shown to anybody stands in `sentence` and `detail`: they are made of our own words, names of connections,
numbers of documents, article codes, amounts and outcomes, and of nothing that a person wrote. Everything else, such as
sentences of other systems, reasons, names and tracking numbers, stands in `private`. So a story is shared by leaving
`private` out: nothing has to be found and struck out in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from trueup.domain.fulfilment import Package
from trueup.domain.order_state import Mover, OrderState
from trueup.domain.order_versions import Part
from trueup.domain.record import Kind
from trueup.domain.refund import Refund
from trueup.store import matches
from trueup.store.life import MoveRow
from trueup.store.order_stories import OrderStory
from trueup.store.quarantine import RESOLVED, SKIPPED, QuarantineRow
from trueup.store.stories import Sent
from trueup.web.moments import money, number
from trueup.web.naming import KINDS, OUTCOMES, STATES, WELL, WRITTEN
from trueup.web.verdict import Tone
from trueup.web.versions import PARTS
from trueup.words import _, ngettext

CAME_TO: Mapping[str, str] = {
    OrderState.RECEIVED: _("The shop takes it back: it is not to be transferred yet."),
    OrderState.CHECKED: _("Checked: it is complete, adds up to the cent, and is owed to the back office."),
    OrderState.TRANSFERRED: _("Transferred: the back office has a document for it."),
    OrderState.IN_WORK: _("In work: the back office picks or packs it."),
    OrderState.PARTLY_SHIPPED: _("Partly shipped: some of it has left."),
    OrderState.SHIPPED: _("Shipped: all of it has left."),
    OrderState.COMPLETED: _("Completed: the shop counts it as done."),
    OrderState.CANCELLED: _("Cancelled: it is not wanted any more."),
    OrderState.PARTLY_CANCELLED: _("Partly cancelled: some of it is not wanted any more."),
    OrderState.REFUNDED: _("Refunded: all of its money was given back."),
    OrderState.PARTLY_REFUNDED: _("Partly refunded: some of its money was given back."),
    OrderState.ON_HOLD: _("On hold: the shop put it aside."),
    OrderState.QUARANTINED: _("In quarantine: a person has to look at it."),
}
MOVERS: Mapping[str, str] = {
    Mover.SHOP: _("the shop"),
    Mover.BACK_OFFICE: _("the back office"),
    Mover.TRUEUP: _("trueup"),
    Mover.PERSON: _("a person"),
}
WRITES: Mapping[str, str] = {
    Kind.RECEIPT: _("Its document number was written to the order in %(name)s."),
    Kind.FULFILMENT: _("Its parcels and how far it is were written to %(name)s."),
    Kind.REFUND: _("Its refunds were entered in %(name)s."),
}
TONES: Mapping[str, Tone] = {
    OrderState.QUARANTINED: Tone.PERSON,
    OrderState.CANCELLED: Tone.QUIET,
    OrderState.ON_HOLD: Tone.QUIET,
    OrderState.RECEIVED: Tone.QUIET,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something that happened. `detail` is for whoever looks into the logs; `private` may tell of a person."""

    at: datetime
    sentence: str
    tone: Tone = Tone.QUIET
    detail: str = ""
    private: str = ""


Teller = Callable[[OrderStory], Iterator[Told]]


def tell(of: OrderStory) -> list[Told]:
    """The oldest first. What happened in one moment stands in the order of cause."""
    tellers: Sequence[Teller] = (
        *(_read, _promised, _changed, _released_by_shop, _matched, _adopted, _sent, _packed, _given_back, _set_aside),
        *(_decided, _seen_to, _moved, _released),
    )
    told = [(one.at, place, one) for place, teller in enumerate(tellers) for one in teller(of)]
    return [one for _at, _place, one in sorted(told, key=lambda each: each[:2])]


def _read(of: OrderStory) -> Iterator[Told]:
    row = next(row for row in of.story.records if row.kind == Kind.ORDER)
    amount = money(of.order.total, of.order.currency, of.order.decimals)
    text = _("Received: order %(number)s over %(amount)s was read from %(leader)s for the first time.")
    values = {"number": of.order.number, "amount": amount, "leader": of.story.leader}
    yield Told(at=of.life.began_at if of.life else row.first_seen_at, sentence=text % values)


def _released_by_shop(of: OrderStory) -> Iterator[Told]:
    return _moves(of, [row for row in of.moves if row.after in _BEFORE_SENDING])


def _moved(of: OrderStory) -> Iterator[Told]:
    return _moves(of, [row for row in of.moves if row.after not in _BEFORE_SENDING])


_BEFORE_SENDING = (OrderState.RECEIVED, OrderState.CHECKED)


def _moves(of: OrderStory, rows: Iterable[MoveRow]) -> Iterator[Told]:
    for row in rows:
        who = _("by %(name)s") % {"name": MOVERS[row.by]}
        if row.sentence is not None:
            text = _("It was asked to become %(state)s, which must not be: %(sentence)s")
            values = {"state": STATES[row.after], "sentence": row.sentence}
            yield Told(at=row.at, sentence=text % values, tone=Tone.PERSON, detail=who)
        else:
            sentence = CAME_TO[row.after]
            if row.after == OrderState.TRANSFERRED and of.documents:
                sentence = _("Transferred as %(number)s.") % {"number": ", ".join(of.documents)}
            yield Told(at=row.at, sentence=sentence, tone=TONES.get(row.after, Tone.GOOD), detail=who)


def _changed(of: OrderStory) -> Iterator[Told]:
    """Which parts changed; the names of lines are the shop's words."""
    for row in of.changes:
        parts = [PARTS[Part(part)].lower() for part, _name in row.what if part != Part.LINE]
        lines = [name for part, name in row.what if part == Part.LINE]
        if lines:
            parts.append(ngettext("%(num)s line", "%(num)s lines", len(lines)) % {"num": len(lines)})
        text = _("Changed in %(leader)s: %(parts)s.") % {"leader": of.story.leader, "parts": ", ".join(parts)}
        yield Told(at=row.at, sentence=text, tone=Tone.MOVING, private=", ".join(lines))


def _sent(of: OrderStory) -> Iterator[Told]:
    """What travelled in one request is told once."""
    for _key, group in groupby(sorted(of.story.sent, key=lambda one: one.row.id), key=_request):
        several = list(group)
        first = several[0].row
        status = f"HTTP {first.status} · " if first.status else ""
        detail = _("request %(id)s") % {"id": first.request_id}
        yield Told(
            at=first.at,
            sentence=_written(several) if first.outcome in (*WRITTEN, "unchanged") else _refused(several[0]),
            tone=_tone(first.outcome),
            detail=f"{status}{first.duration_ms} ms · {detail}",
            private=first.sentence or "",
        )


def _request(one: Sent) -> tuple[datetime, str, str]:
    return one.row.at, one.row.request_id, one.row.outcome


def _written(several: Sequence[Sent]) -> str:
    name = {"name": several[0].follower}
    if several[0].row.outcome == "unchanged":
        kinds = {"kinds": ", ".join(dict.fromkeys(KINDS[one.row.kind] for one in several))}
        return _("%(name)s says the same already: %(kinds)s.") % {**name, **kinds}
    about = [WRITES[one.row.kind] % name for one in several if one.row.kind in WRITES]
    if about:
        return " ".join(dict.fromkeys(about))
    texts = {
        "created": _("Created in %(name)s."),
        "adopted": _("Found in %(name)s, adopted and brought up to date."),
    }
    return texts.get(several[0].row.outcome, _("Changed in %(name)s too.")) % name


def _refused(one: Sent) -> str:
    values = {"name": one.follower, "kind": KINDS[one.row.kind], "outcome": OUTCOMES[one.row.outcome]}
    return _("Sent to %(name)s: %(kind)s. %(outcome)s.") % values


def _tone(outcome: str) -> Tone:
    if outcome in WELL:
        return Tone.GOOD
    return Tone.MOVING if outcome in ("try later", "missing link") else Tone.TROUBLE


def _adopted(of: OrderStory) -> Iterator[Told]:
    for place in of.story.places:
        if place.how == "adopted" and place.since is not None:
            values = {"name": place.connection, "number": place.document or place.remote}
            yield Told(at=place.since, sentence=_("%(name)s had it already, as %(number)s.") % values, tone=Tone.GOOD)


def _set_aside(of: OrderStory) -> Iterator[Told]:
    for entry in of.story.entries:
        why = OUTCOMES[entry.error] if entry.error else _("it did not pass its checks")
        values = {"kind": KINDS[entry.kind], "why": why}
        text = _("Set aside for a person (%(kind)s): %(why)s.") % values
        yield Told(at=entry.opened_at, sentence=text, tone=Tone.PERSON, private=entry.sentence)


def _decided(of: OrderStory) -> Iterator[Told]:
    for entry in of.story.entries:
        if entry.closed_at is not None:
            private = ": ".join(part for part in (entry.closed_by, entry.reason) if part)
            yield Told(at=entry.closed_at, sentence=_decision(entry), private=private)


def _decision(entry: QuarantineRow) -> str:
    if entry.state == SKIPPED and entry.is_task:
        return _("A person did it by hand.")
    if entry.state == SKIPPED:
        return _("A person left it out.")
    if entry.state == RESOLVED and entry.closed_by:
        return _("A person had it tried again.")
    return _("What was wrong is mended; it left quarantine.")


def _seen_to(of: OrderStory) -> Iterator[Told]:
    if of.life and of.life.settled_at:
        private = f"{of.life.settled_by}: {of.life.reason}"
        yield Told(at=of.life.settled_at, sentence=_("A person saw to what contradicts."), private=private)


def _matched(of: OrderStory) -> Iterator[Told]:
    """Whether a follower had the customer already, and who said so."""
    for name, row in of.matches:
        if row.state != matches.MATCHED:
            text = _("%(name)s has somebody who may be its customer: a person decides.")
            yield Told(at=row.asked_at, sentence=text % {"name": name}, tone=Tone.PERSON)
        if row.decided_at is not None or row.state == matches.MATCHED:
            who = ": ".join(part for part in (row.decided_by, row.reason) if part)
            yield Told(at=row.decided_at or row.asked_at, sentence=_match(name, row.state), private=who)


def _match(name: str, state: str) -> str:
    texts = {
        matches.MATCHED: _("Its customer was found in %(name)s."),
        matches.LINKED: _("A person said who its customer is in %(name)s."),
        matches.NEW: _("A person said that its customer is new to %(name)s."),
    }
    return texts.get(state, _("A person decided about its customer in %(name)s.")) % {"name": name}


def _packed(of: OrderStory) -> Iterator[Told]:
    for row, record in of.fulfilments:
        for package in record.packages:
            by = _(", with %(carrier)s") % {"carrier": package.carrier} if package.carrier else ""
            values = {"name": of.names[row.leader_id], "lines": _units(package), "by": by}
            text = _("A parcel left %(name)s: %(lines)s%(by)s.") % values
            at, number_ = package.shipped_at or row.stored_at, package.tracking_number or package.url or ""
            yield Told(at=at, sentence=text, tone=Tone.GOOD, private=number_)


def _units(package: Package) -> str:
    lines = [f"{number(line.quantity)} × {line.sku or _('article without SKU')}" for line in package.lines]
    return ", ".join(lines) or _("contents not told")


def _given_back(of: OrderStory) -> Iterator[Told]:
    for row, record in of.refunds:
        for refund in record.refunds:
            amount = money(refund.amount, record.currency, record.decimals)
            text = _("%(amount)s were given back%(lines)s.") % {"amount": amount, "lines": _lines_back(refund)}
            yield Told(at=refund.created_at or row.stored_at, sentence=text, private=refund.reason or "")


def _lines_back(refund: Refund) -> str:
    lines = [f"{number(line.quantity)} × {line.sku}" for line in refund.lines if line.sku and line.quantity]
    return f": {', '.join(lines)}" if lines else ""


def _promised(of: OrderStory) -> Iterator[Told]:
    for at, units in _by_moment((one.promised_at, one.quantity, one.sku) for one in of.promises):
        yield Told(at=at, sentence=_("Stock promised: %(units)s.") % {"units": units})


def _released(of: OrderStory) -> Iterator[Told]:
    over = [one for one in of.promises if one.released_at is not None]
    for why in dict.fromkeys(one.why_released for one in over):
        mine = [(one.released_at, one.quantity, one.sku) for one in over if one.why_released == why]
        for at, units in _by_moment((at, quantity, sku) for at, quantity, sku in mine if at is not None):
            values = {"units": units, "why": why or _("nothing is left of it")}
            yield Told(at=at, sentence=_("No longer promised: %(units)s (%(why)s).") % values)


def _by_moment(promised: Iterable[tuple[datetime, Decimal, str | None]]) -> Iterator[tuple[datetime, str]]:
    in_order = sorted(promised, key=lambda one: one[0])
    for at, group in groupby(in_order, key=lambda one: one[0]):
        yield at, ", ".join(f"{number(units)} × {sku or _('article without SKU')}" for _at, units, sku in group)
