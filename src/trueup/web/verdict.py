"""The one sentence that the overview begins with: is everything in agreement, and if not, what comes next. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from trueup.store.views import ConnectionStatus, Overview
from trueup.web.moments import number
from trueup.words import _, ngettext


class Tone(StrEnum):
    """How a state is coloured, and never by the colour alone: good, moving, person, trouble or quiet."""

    GOOD = "good"
    MOVING = "moving"
    PERSON = "person"
    TROUBLE = "trouble"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence. `connection` is set where the sentence is about a system that does not answer; `url` leads to what
    can be done."""

    tone: Tone
    sentence: str
    url: str | None = None
    connection: ConnectionStatus | None = None


def verdict(view: Overview) -> list[Line]:
    """What is most pressing first; a single line if all is well."""
    lines = list(_lines(view))
    return lines or [Line(Tone.GOOD, _("Everything agrees: nothing is owed, nothing in quarantine."))]


def _lines(view: Overview) -> Iterator[Line]:
    if not view.connections:
        yield Line(Tone.QUIET, _("Nothing is connected yet."), "/connections/new")
        return
    if not view.flows:
        yield Line(Tone.QUIET, _("There are no flows yet, so nothing moves."), "/flows")
        return
    for connection in view.connections:
        if connection.state in ("paused", "red"):
            yield _unanswered(connection)
    yield from _for_a_person(view)
    yield from _on_their_way(view)


def _for_a_person(view: Overview) -> Iterator[Line]:
    if view.tasks:
        text = ngettext("%(num)s task waits for a decision.", "%(num)s tasks wait for a decision.", view.tasks)
        yield Line(Tone.PERSON, text % {"num": number(view.tasks)}, "/quarantine#tasks")
    if view.contradictions:
        text = ngettext(
            "About %(num)s order the systems contradict each other.",
            "About %(num)s orders the systems contradict each other.",
            view.contradictions,
        )
        yield Line(Tone.PERSON, text % {"num": number(view.contradictions)}, "/quarantine#contradictions")
    if others := view.quarantined - view.tasks:
        text = ngettext("%(num)s record needs a person.", "%(num)s records need a person.", others)
        yield Line(Tone.PERSON, text % {"num": number(others)}, "/quarantine")


def _unanswered(connection: ConnectionStatus) -> Line:
    url = f"/connections/{connection.id}"
    if connection.state == "red":
        text = _("The last check of %(name)s found something that will not work.")
    else:
        text = _("%(name)s does not answer.")
    return Line(Tone.TROUBLE, text % {"name": connection.name}, url, connection)


def _on_their_way(view: Overview) -> Iterator[Line]:
    active = [status for status in view.flows if status.flow.active]
    if not active:
        yield Line(Tone.QUIET, _("Every flow is switched off, so nothing moves."), "/flows")
        return
    if owed := sum(status.owed for status in active):
        text = ngettext("%(num)s change is on its way.", "%(num)s changes are on their way.", owed)
        yield Line(Tone.MOVING, text % {"num": number(owed)})
    elif unread := [status.flow.name for status in active if status.last_success_at is None]:
        text = _("Not everything was read yet: %(flows)s.")
        yield Line(Tone.MOVING, text % {"flows": ", ".join(unread)}, "/flows")
