"""Signing in and out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from trueup.store import users
from trueup.web.gate import SESSION, VISIT, Who, csrf_of, genuine, genuine_visit, keep, new_visit
from trueup.web.rendering import page
from trueup.web.site import Here, Site
from trueup.words import _, ngettext

router = APIRouter()
VISIT_LASTS = timedelta(hours=12)


@router.get("/login")
def show_login(request: Request, site: Here, next: str = "/") -> Response:
    return _form(request, site, next)


@router.post("/login", dependencies=[Depends(genuine_visit)])
def sign_in(
    request: Request,
    site: Here,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """The right name and password open a session of 14 days; too many wrong ones have to wait."""
    address, now = request.client.host if request.client else "", site.hub.clock()
    if wait := site.attempts.wait(name, address, now):
        return _form(request, site, next, code=429, error=_wait_sentence(wait), name=name)
    with site.hub.database.read() as tx:
        user = users.check(tx, name, password)
    if user is None:
        site.attempts.failed(name, address, now)
        return _form(request, site, next, code=401, error=_("The name or the password is wrong."), name=name)
    site.attempts.succeeded(name, address)
    with site.hub.database.write() as tx:
        token = users.open_session(tx, user.id, now)
    response = RedirectResponse(local(next), status_code=303)
    keep(response, request, site, SESSION, token, seconds=int(users.SESSION_LASTS.total_seconds()))
    return response


@router.post("/logout", dependencies=[Depends(genuine)])
def sign_out(site: Here, who: Who) -> Response:
    with site.hub.database.write() as tx:
        users.close_session(tx, who.token)
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(SESSION, path="/")
    return response


def local(url: str) -> str:
    """Only a path of this site: a link to us must not lead elsewhere after signing in."""
    safe = url.startswith("/") and not url.startswith(("//", "/\\")) and url.isprintable() and "\\" not in url
    return url if safe else "/"


def _form(request: Request, site: Site, next: str, *, code: int = 200, error: str = "", name: str = "") -> Response:
    with site.hub.database.read() as tx:
        anybody = users.count(tx) > 0
    visit = request.cookies.get(VISIT) or new_visit()
    values = {"error": error, "name": name, "next": local(next), "anybody": anybody, "csrf": csrf_of(visit)}
    response = page(site, request, "login.html", None, code=code, **values)
    keep(response, request, site, VISIT, visit, seconds=int(VISIT_LASTS.total_seconds()))
    return response


def _wait_sentence(wait: timedelta) -> str:
    minutes = max(1, round(wait.total_seconds() / 60))
    text = ngettext(
        "Too many wrong tries. Wait %(num)s minute, then try again.",
        "Too many wrong tries. Wait %(num)s minutes, then try again.",
        minutes,
    )
    return text % {"num": minutes}
