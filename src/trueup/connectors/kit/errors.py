"""What can go wrong outside, named by what can be done about it.

A connector raises one of these for a whole call, or returns it as the outcome of one parcel. Everything else that
is raised is a bug of ours and stops the lane.
"""

from __future__ import annotations

from datetime import timedelta

from trueup.domain.record import Ref


class OutsideError(Exception):
    """The other system did not do what was asked.

    `sentence` is what a shop owner reads: which record, which field, what is wrong, what to do. `status` is the HTTP
    status if there was one, `code` the system's own error code, `request_id` what both sides can find it by.
    """

    def __init__(
        self,
        sentence: str = "",
        *,
        field: str | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(sentence or (self.__doc__ or "").strip())
        self.sentence = str(self)
        self.field = field
        self.status = status
        self.code = code
        self.request_id = request_id


class TryLater(OutsideError):
    """The other system cannot answer at the moment; the same request may succeed later.

    `wait` is what the system asked for (Retry-After). `unknown_outcome` says that the work may have been done all the
    same (time-out, reset, 5xx): ask before sending a create again.
    """

    def __init__(
        self,
        sentence: str = "",
        *,
        wait: timedelta | None = None,
        unknown_outcome: bool = False,
        field: str | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(sentence, field=field, status=status, code=code, request_id=request_id)
        self.wait = wait
        self.unknown_outcome = unknown_outcome


class Rejected(OutsideError):
    """The other system refuses this record; sending it again unchanged is useless. It goes to quarantine."""


class Misconfigured(OutsideError):
    """The connection itself is wrong (key, address, rights). Nothing gets through until a person mends it."""


class MissingLink(OutsideError):
    """Another record must be written first; this one waits for it, which is no failure."""

    def __init__(self, ref: Ref, sentence: str = "") -> None:
        super().__init__(sentence or f"It waits until {ref.kind} {ref.id} is known to the other system.")
        self.ref = ref


class Gone(Rejected):
    """The thing that a link points at no longer exists in the other system."""


class Locked(Rejected):
    """The other system has begun its work on the document and takes no change any more: a person has to decide."""


class Conflict(Rejected):
    """The thing was changed there too since it was last written; nothing was overwritten. A person compares both."""


class NotNeeded(OutsideError):
    """Nothing has to be done any more: an order that was cancelled before it was transferred."""


class Ambiguous(Rejected):
    """Several things of the other system may be this one: a person chooses. `candidates` are their ids there."""

    def __init__(self, sentence: str, candidates: tuple[str, ...], *, field: str | None = None) -> None:
        super().__init__(sentence, field=field)
        self.candidates = candidates
