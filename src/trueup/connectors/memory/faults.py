"""How the test system misbehaves: a fault is a value, kept in the system's file, so that every process meets it."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from trueup.connectors.kit.errors import Misconfigured, OutsideError, Rejected, TryLater
from trueup.domain.record import Kind


class Trouble(StrEnum):
    """What goes wrong. The first group hits a whole call, the second one record of it (named by `Fault.label`)."""

    DOWN = "down"  # 503, nothing done
    THROTTLED = "throttled"  # 429 with Retry-After, nothing done
    LOST_REQUEST = "lost_request"  # time-out, nothing done, the caller cannot know
    LOST_ANSWER = "lost_answer"  # everything done, answered 502
    HALF_DONE = "half_done"  # the first half done, then the connection broke
    HTML = "html"  # a login page instead of data
    LOCKED_OUT = "locked_out"  # 401
    BUG = "bug"  # the connector itself breaks
    SLOW = "slow"  # waits `seconds`, then does it
    HELD = "held"  # waits until the fault is lifted, then does it
    KILLED_BEFORE = "killed_before"  # the calling process dies (-9) before the effect
    KILLED_AFTER = "killed_after"  # ... after the effect, before the answer
    ABORTED_BEFORE = "aborted_before"  # the calling job dies before the effect, the process lives on
    ABORTED_AFTER = "aborted_after"  # ... after the effect, before the answer

    REFUSED = "refused"  # this record is refused
    BUSY = "busy"  # this record is locked, nothing done
    LOST_OUTCOME = "lost_outcome"  # this record is done, its outcome is lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One misbehaviour: the first `skip` calls that match go well, the next `times` fail (None: until lifted).

    `op` is `changes`, `fetch`, `find`, `push` or `verify`; None matches all. `label` is the label, reference or id of a
    record, needed for troubles of one record; a kill with a label happens at that parcel instead of at the call.
    """

    trouble: Trouble
    op: str | None = "push"
    kind: Kind | None = None
    label: str | None = None
    skip: int = 0
    times: int | None = 1
    seconds: float = 0.0


class Aborted(BaseException):
    """The job dies at this point: nothing of it is written down afterwards."""


def die() -> None:
    """As if the power went: no handler, no `finally`, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)


def error_of(fault: Fault, label: str = "") -> OutsideError:
    """What a connector makes of it."""
    wait = timedelta(seconds=fault.seconds) if fault.seconds else None
    whose = label or "The record"
    errors: dict[Trouble, OutsideError] = {
        Trouble.DOWN: TryLater("The test system is down for maintenance.", status=503, wait=wait),
        Trouble.THROTTLED: TryLater("The test system asks for fewer requests.", status=429, wait=wait),
        Trouble.LOST_REQUEST: TryLater("The test system did not answer in time.", unknown_outcome=True),
        Trouble.LOST_ANSWER: TryLater("The test system answered 502.", status=502, unknown_outcome=True),
        Trouble.HALF_DONE: TryLater("The connection to the test system broke.", unknown_outcome=True),
        Trouble.HTML: Misconfigured(
            "The test system answered a web page instead of data. Check its address.", status=200, code="html"
        ),
        Trouble.LOCKED_OUT: Misconfigured("The test system does not accept the key. Enter a new one.", status=401),
        Trouble.REFUSED: Rejected(
            f"{whose} is refused by the test system: field note is not allowed. Correct it there.",
            field="note",
            status=400,
        ),
        Trouble.BUSY: TryLater(f"{whose} is being edited by somebody else.", status=409, wait=wait),
        Trouble.LOST_OUTCOME: TryLater(f"The test system did not say what became of {whose}.", unknown_outcome=True),
    }
    return errors[fault.trouble]
