"""The gate: who is signed in, and whether a form really comes from one of our own pages."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from starlette.responses import Response

from trueup.store import users
from trueup.store.users import UserRow
from trueup.web.site import Here, Site
from trueup.words import _

SESSION = "trueup_session"
VISIT = "trueup_visit"
"""The cookie that the form for signing in is tied to, before there is a session."""

CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
READING = ("GET", "HEAD", "OPTIONS")


class NotSignedIn(Exception):
    """Nobody is signed in, or the session is over."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in."""

    user: UserRow
    token: str

    @property
    def csrf(self) -> str:
        return csrf_of(self.token)


def signed_in(request: Request, site: Here) -> Visitor:
    token = request.cookies.get(SESSION)
    if not token:
        raise NotSignedIn
    with site.hub.database.read() as tx:
        user = users.of_session(tx, token, site.hub.clock())
    if user is None:
        raise NotSignedIn
    return Visitor(user, token)


Who = Annotated[Visitor, Depends(signed_in)]


async def genuine(request: Request) -> None:
    """Whatever changes something must carry the token of its session, and come from our own address."""
    if request.method in READING:
        return
    if not is_from_here(request) or not await _has_token(request, request.cookies.get(SESSION, "")):
        raise HTTPException(403, _("This form is too old, or came from another site. Nothing was changed. Try again."))


async def genuine_visit(request: Request) -> None:
    """The same for the form that signs in: another site must not sign anybody in as somebody else."""
    if request.method in READING:
        return
    if not is_from_here(request) or not await _has_token(request, request.cookies.get(VISIT, "")):
        raise HTTPException(403, _("This form is too old, or your browser keeps no cookies. Open the page again."))


def csrf_of(token: str) -> str:
    """Made from the session's token, which no page ever shows."""
    return hashlib.blake2b(token.encode(), digest_size=24, person=b"trueup csrf").hexdigest()


def is_from_here(request: Request) -> bool:
    """The browser says where a form comes from; who is no browser has no cookies that could be abused."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


async def _has_token(request: Request, token: str) -> bool:
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        given = str((await request.form()).get(CSRF_FIELD, ""))
    return bool(token) and hmac.compare_digest(given.encode(), csrf_of(token).encode())


def new_visit() -> str:
    return secrets.token_urlsafe(24)


def keep(response: Response, request: Request, site: Site, name: str, value: str, *, seconds: int) -> None:
    """A cookie that scripts cannot read, that other sites' forms do not carry, and that travels sealed over https."""
    secure = site.secure_cookies or request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/")
