"""What every page has at hand: the hub, the templates, and who is looking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from jinja2 import Environment

from trueup.sync.hub import Hub
from trueup.web.attempts import Attempts
from trueup.web.glance import Glance


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`nudge` tells whoever runs the jobs that there may be work."""

    hub: Hub
    nudge: Callable[[], None]
    templates: Environment
    secure_cookies: bool
    attempts: Attempts = field(default_factory=Attempts)
    glance: Glance = field(default_factory=Glance)


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


Here = Annotated[Site, Depends(site_of)]

MOST = 2**31 - 1
Number = Annotated[int, Path(ge=0, le=MOST)]
"""A number of ours in an address. A larger one is no page; PostgreSQL would refuse to look for it."""

Before = Annotated[int | None, Query(ge=0, le=MOST)]
"""The number that a list goes on below."""
