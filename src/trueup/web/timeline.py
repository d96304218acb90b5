"""A story in the order of time: what was read, owed, sent, linked, set aside and decided. Pure; templates say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from trueup.domain.record import Kind
from trueup.store import deliveries
from trueup.store.stories import Owed, Sent, Story
from trueup.web.naming import WELL
from trueup.web.verdict import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. `what` is the template's name for it; `kinds` are the facets that it concerned; `facts`
    is the row that it is told from."""

    at: datetime
    what: str
    tone: Tone
    kinds: tuple[str, ...] = ()
    facts: object = None


def timeline(story: Story) -> list[Event]:
    """The newest first. What happened in one moment stands in the order of cause."""
    events = [*_read(story), *_owed(story), *_sent(story.sent), *_linked(story), *_entries(story)]
    return sorted(events, key=lambda event: (event.at, _cause(event)), reverse=True)


def _cause(event: Event) -> int:
    """A document number is owed to the shop because the order was sent; everything else is sent because it is owed."""
    order = ("read", "changed", "set aside", "owed", "sent", "linked", "answered", "decided")
    return order.index("answered" if event.kinds == (Kind.RECEIPT,) and event.what == "owed" else event.what)


def open_ends(story: Story) -> list[Owed]:
    """What is still owed, waits, or was given up: what a person looks for first."""
    return [owed for owed in story.owed if owed.row.state != deliveries.DONE]


def _read(story: Story) -> Iterator[Event]:
    rows = [row for row in story.records if row.leader_id == story.key[0]]
    for at, group in groupby(sorted(rows, key=lambda row: row.first_seen_at), key=lambda row: row.first_seen_at):
        yield Event(at=at, what="read", tone=Tone.QUIET, kinds=in_order(row.kind for row in group))
    for row in rows:
        if row.stored_at > row.first_seen_at:
            yield Event(at=row.stored_at, what="changed", tone=Tone.QUIET, kinds=(row.kind,), facts=row)


def _owed(story: Story) -> Iterator[Event]:
    for (at, _), group in groupby(sorted(story.owed, key=_owing), key=_owing):
        several = list(group)
        yield Event(at=at, what="owed", tone=Tone.QUIET, kinds=_kinds(several), facts=several[0])


def in_order(kinds: Iterable[str]) -> tuple[str, ...]:
    """As people name them: the article first, then its price and its stock."""
    return tuple(sorted(set(kinds), key=[*Kind].index))


def _owing(owed: Owed) -> tuple[datetime, str]:
    return owed.row.due_since, owed.follower


def _request(one: Sent) -> tuple[datetime, str, str, str]:
    return one.row.at, one.row.request_id, one.row.outcome, one.row.sentence or ""


def _kinds(owed: Iterable[Owed]) -> tuple[str, ...]:
    return in_order(one.row.kind for one in owed)


def _sent(sent: Iterable[Sent]) -> Iterator[Event]:
    """Facets that travelled in one request are one event."""
    for _, group in groupby(sorted(sent, key=_request), key=_request):
        several = list(group)
        yield Event(
            at=several[0].row.at,
            what="sent",
            tone=_tone(several[0].row.outcome),
            kinds=in_order(one.row.kind for one in several),
            facts=several[0],
        )


def _tone(outcome: str) -> Tone:
    if outcome in WELL:
        return Tone.GOOD
    return Tone.MOVING if outcome in ("try later", "missing link") else Tone.TROUBLE


def _linked(story: Story) -> Iterator[Event]:
    for place in story.places:
        if place.how != "leads" and place.since is not None:
            yield Event(at=place.since, what="linked", tone=Tone.GOOD, facts=place)


def _entries(story: Story) -> Iterator[Event]:
    for entry in story.entries:
        yield Event(at=entry.opened_at, what="set aside", tone=Tone.PERSON, kinds=(entry.kind,), facts=entry)
        if entry.closed_at is not None:
            yield Event(at=entry.closed_at, what="decided", tone=Tone.QUIET, kinds=(entry.kind,), facts=entry)
