"""What a status means: the one table, and the sentence for a redirect."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from trueup.connectors.kit.errors import Gone, Misconfigured, OutsideError, Rejected, TryLater

LONGEST_WAIT = timedelta(days=1)

MEANING: dict[int, type[OutsideError]] = {
    400: Rejected,
    401: Misconfigured,
    403: Misconfigured,
    404: Rejected,
    405: Misconfigured,
    407: Misconfigured,
    408: TryLater,
    410: Gone,
    425: TryLater,
    429: TryLater,
    501: Rejected,
}
"""Statuses not named: 5xx mean try later, other 4xx mean rejected, 3xx mean misconfigured."""

NOT_BEGUN = frozenset({425, 429})
"""Refused before any work was done, so the outcome of a write is known."""


def meaning_of(status: int) -> type[OutsideError]:
    if status in MEANING:
        return MEANING[status]
    if status >= 500:
        return TryLater
    return Rejected if status >= 400 else Misconfigured


def error_of_status(
    status: int,
    sentence: str,
    *,
    now: datetime,
    writing: bool,
    code: str | None = None,
    wait_text: str | None = None,
    request_id: str | None = None,
) -> OutsideError:
    """The error for a status. `now` is the answering side's clock, by which a Retry-After date is read."""
    kind = meaning_of(status)
    if not issubclass(kind, TryLater):
        return kind(sentence, status=status, code=code, request_id=request_id)
    return TryLater(
        sentence,
        wait=retry_after(wait_text, now),
        unknown_outcome=writing and status not in NOT_BEGUN,
        status=status,
        code=code,
        request_id=request_id,
    )


def retry_after(text: str | None, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110 10.2.3), never negative, at most a day; None if absent or senseless."""
    if not text:
        return None
    if text.strip().isdecimal():
        digits = text.strip()
        return min(timedelta(seconds=int(digits)), LONGEST_WAIT) if len(digits) < 10 else LONGEST_WAIT
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), LONGEST_WAIT)


def redirect_error(system: str, base: str, asked: str, location: str, request_id: str, status: int) -> Misconfigured:
    """Redirects are not followed: a write would be lost on the way, and keys could go to a stranger."""
    target = redirect_target(base, asked, location)
    hint = f"Use {target} as its address." if target else "It does not say where to. Check its address."
    return Misconfigured(f"{system} sends us on to another address. {hint}", status=status, request_id=request_id)


def redirect_target(base: str, asked: str, location: str) -> str | None:
    """What to enter instead of `base`: the target without the path that we asked for under `base`, and never its query.
    None if it is no address of the web."""
    try:
        target, source, root = urlsplit(urljoin(asked, location)), urlsplit(asked), urlsplit(base)
    except ValueError:
        return None
    host = target.netloc.rpartition("@")[2]
    if not location or not host or target.scheme not in ("http", "https"):
        return None
    path = target.path.rstrip("/")
    wanted = source.path.removeprefix(root.path.rstrip("/")).rstrip("/")
    while wanted and not path.endswith(wanted):
        wanted = wanted[wanted.find("/", 1) :] if "/" in wanted[1:] else ""
    return f"{target.scheme}://{host}{path.removesuffix(wanted)}".rstrip("/")
