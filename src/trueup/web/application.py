"""The web application: pages, the JSON API and the intake of webhooks, built around a hub."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from trueup.sync.hub import Hub
from trueup.web import api, health, hooks
from trueup.web.gate import NotSignedIn, Visitor, genuine, signed_in
from trueup.web.pages import (
    connections,
    customers,
    flows,
    login,
    orders,
    overview,
    quarantine,
    records,
    stock,
    transfers,
)
from trueup.web.rendering import STATIC, environment, page
from trueup.web.shell import SECURITY, BodyLimit, SecurityHeaders
from trueup.web.site import Site, site_of
from trueup.words import _

PAGES = (overview, flows, records, orders, quarantine, stock, customers, transfers, connections)


def build(hub: Hub, *, nudge: Callable[[], None], secure_cookies: bool = False) -> FastAPI:
    """The application for this hub. `nudge` is called when there may be work: a webhook came, a person wished.

    `secure_cookies` says that people reach it over https only; without it, cookies are bound to https where a request
    came over https.
    """
    app = FastAPI(title="trueup", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = Site(hub=hub, nudge=nudge, templates=environment(), secure_cookies=secure_cookies)
    app.include_router(login.router)
    app.include_router(hooks.router)
    app.include_router(health.router)
    guarded = [Depends(signed_in), Depends(genuine)]
    for pages in PAGES:
        app.include_router(pages.router, dependencies=guarded, include_in_schema=False)
    app.include_router(api.router, dependencies=guarded)
    app.include_router(stock.api, prefix="/api", dependencies=guarded)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_exception_handler(NotSignedIn, _to_login)
    app.add_exception_handler(HTTPException, _say_error)
    app.add_exception_handler(RequestValidationError, _say_wrong_address)
    app.add_exception_handler(Exception, _say_fault)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders, https_only=secure_cookies)
    return app


def _to_login(request: Request, error: Exception) -> Response:
    """Pages lead to signing in and back again; a live part makes its whole page go there."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": _("Sign in first.")}, 401)
    if request.headers.get("HX-Request"):
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    there = f"/login?next={quote(wanted)}" if request.method == "GET" and wanted != "/" else "/login"
    return RedirectResponse(there, status_code=303)


def _say_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = _("There is no such page.") if error.detail == "Not Found" else str(error.detail)
    return _error_page(request, error.status_code, sentence)


def _say_wrong_address(request: Request, error: Exception) -> Response:
    return _error_page(request, 404, _("There is no such page: a part of its address is missing or is no number."))


def _say_fault(request: Request, error: Exception) -> Response:
    """A fault of ours. It is logged with all that is known; nothing of that is shown."""
    text = _("trueup itself failed to show this. Nothing was changed by it; the log says why. Please report it.")
    response = _error_page(request, 500, text)
    response.headers.update(SECURITY)  # this handler stands outside of every middleware
    return response


def _error_page(request: Request, code: int, sentence: str) -> Response:
    path = request.url.path
    if path.startswith(("/api/", "/hooks/", "/health", "/static/")):
        return JSONResponse({"detail": sentence}, code)
    site = site_of(request)
    return page(site, request, "error.html", _visitor(request, site), code=code, sentence=sentence)


def _visitor(request: Request, site: Site) -> Visitor | None:
    try:
        return signed_in(request, site)
    except Exception:  # the page that says what went wrong must not fail for the same reason
        return None
