"""Pages from templates. Everything is escaped, every text goes through the catalogue, nothing comes from elsewhere."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from trueup import words
from trueup.connectors.registry import SYSTEMS
from trueup.store.order_stories import OrderStory
from trueup.web import moments
from trueup.web.gate import Visitor, keep
from trueup.web.naming import KINDS, OUTCOMES, STATES, name_of, story_url
from trueup.web.sharing import shared, verdict_on
from trueup.web.site import Site

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
SAID = "trueup_said"
MOST_SAID = 600


def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    i18n: Any = made  # its methods come with the extension
    i18n.install_gettext_translations(words.translations, newstyle=True)
    shown = {name: getattr(moments, name) for name in ("moment", "clock", "exact", "took", "number", "money")}
    made.filters.update(shown, kind=name_of(KINDS), outcome=name_of(OUTCOMES), state=name_of(STATES))
    made.globals.update(static=static_url, story_url=story_url, SYSTEMS=SYSTEMS)
    return made


def page(
    site: Site, request: Request, template: str, who: Visitor | None, *, code: int = 200, **values: Any
) -> HTMLResponse:
    """A whole page. What was said to the visitor by the last form is shown once."""
    said = unquote(request.cookies.get(SAID, ""))
    body = rendered(site, template, path=request.url.path, who=who, said=said, **values)
    response = HTMLResponse(body, code)
    if said:
        response.delete_cookie(SAID, path="/")
    return response


def rendered(site: Site, template: str, **values: Any) -> str:
    return site.templates.get_template(template).render(now=site.hub.clock(), **values)


def shared_page(of: OrderStory, now: datetime) -> str:
    """The order's story without personal data, as a page that stands alone."""
    one = shared(of)
    return environment().get_template("shared.html").render(order=one, verdict=verdict_on(one.proof), now=now)


def part(site: Site, request: Request, template: str, **values: Any) -> Response:
    """A live part of a page. 204 if it looks as the page already shows it: nothing is replaced, nothing read out."""
    body = rendered(site, template, **values)
    mark = hashlib.blake2b(body.encode(), digest_size=8).hexdigest()
    if request.headers.get("X-Shown") == mark:
        return Response(status_code=204)
    return HTMLResponse(body, headers={"X-Shown": mark})


def back(request: Request, site: Site, url: str, said: str = "") -> RedirectResponse:
    """After a form: on to this page, which says what came of it."""
    response = RedirectResponse(url, status_code=303)
    if said:
        keep(response, request, site, SAID, quote(said[:MOST_SAID]), seconds=60)
    return response


@cache
def static_url(name: str) -> str:
    """The file's address, which changes with its content."""
    content = hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{name}?v={content}"
