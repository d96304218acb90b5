"""Calls, answers and the table that joins them: ``(methods, pattern, handler)``."""

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from trueup.sandbox.errors import WooError

Params = dict[str, Any]
API = "/wp-json/wc/v3"


@dataclass(slots=True, kw_only=True)
class Call:
    """One request, read as WordPress reads it: ``params`` holds query, then body, in that order of weakness."""

    method: str
    path: str
    scheme: str = "https"
    host: str = "localhost"
    query: Params = field(default_factory=dict)
    raw_query: list[tuple[str, str]] = field(default_factory=list)
    body: Params = field(default_factory=dict)
    json: Any = None
    raw_body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    base: str = ""
    permission: str | None = None
    key_id: int = 0
    api: str = API
    public: bool = False
    wire_method: str = ""
    broken_json: tuple[int, str] | None = None

    @property
    def params(self) -> Params:
        return {**self.query, **self.body}

    def url(self, path: str) -> str:
        """The address of a route, as links in answers have it."""
        return f"{self.base}{self.api}{path}"


@dataclass(slots=True, kw_only=True)
class Answer:
    """What the shop says: a JSON body with status and headers; ``allow`` False leaves out the ``Allow`` header."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    allow: bool = True


Handler = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table. Numbers in the path reach the handler as integers: ``handler(shop, call, *ids)``.

    ``public`` routes need no key, or decide themselves. ``api`` is the namespace they belong to. A route with a
    ``feature`` is only there while the shop has that feature on.
    """

    methods: tuple[str, ...]
    pattern: str
    handler: Handler
    public: bool = False
    api: str = API
    feature: str = ""

    @property
    def kind(self) -> str:
        """Its name in counters and faults: the pattern, with the namespace before it if that is not ``wc/v3``."""
        return self.pattern if self.api == API else self.api.removeprefix("/wp-json") + self.pattern

    @property
    def name(self) -> str:
        """What WordPress calls it in the index of routes: ``/wc/v3/orders/(?P<id>[\\d]+)``."""
        return self.api.removeprefix("/wp-json") + NAMES.sub(_named_group, self.pattern)

    def regex(self) -> re.Pattern[str]:
        return re.compile(f"^{self.api}{NAMES.sub(_group, self.pattern)}$", re.IGNORECASE)

    def converters(self) -> list[Callable[[str], int | str]]:
        return [int if _is_number(name) else str for name in NAMES.findall(self.pattern)]


NAMES = re.compile(r"\{(\w+)\}")


def _is_number(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def _group(found: re.Match[str]) -> str:
    return r"(\d+)" if _is_number(found.group(1)) else r"([\w-]+)"


def _named_group(found: re.Match[str]) -> str:
    name = found.group(1)
    return f"(?P<{name}>[\\d]+)" if _is_number(name) else f"(?P<{name}>[\\w-]+)"


READ, CREATE, DELETE = ("GET",), ("POST",), ("DELETE",)
UPDATE = ("POST", "PUT", "PATCH")


class Router:
    """Finds the handler of a call; the first route that fits path and method wins.

    ``features`` are those the shop has switched on: the routes of others are not there.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route.regex(), route, route.converters()) for route in routes]

    def find(self, method: str, path: str, features: Container[str] = ()) -> tuple[Route, list[int | str]]:
        """The route and the arguments its path holds. Raises WooError 404 ``rest_no_route``."""
        wanted = "GET" if method == "HEAD" else method
        for regex, route, converters in self._routes:
            if wanted in route.methods and _is_there(route, features) and (found := regex.match(path)):
                return route, [convert(text) for convert, text in zip(converters, found.groups(), strict=True)]
        raise no_route()

    def methods(self, path: str, features: Container[str] = ()) -> list[str]:
        """The methods a path knows, in the order of the table; those of the first pattern it fits."""
        fitting = self.kind(path)
        known = (method for route in self.routes(features) if route.kind == fitting for method in route.methods)
        return list(dict.fromkeys(known))

    def kind(self, path: str) -> str:
        """The pattern a path belongs to (``/products/{id}``), or the path itself: its name in counters and faults."""
        return next((route.kind for regex, route, _ in self._routes if regex.match(path)), path)

    def routes(self, features: Container[str] = ()) -> Iterator[Route]:
        return (route for _, route, _ in self._routes if _is_there(route, features))


def no_route() -> WooError:
    return WooError(404, "rest_no_route", "No route was found matching the URL and request method.", allow=False)


def _is_there(route: Route, features: Container[str]) -> bool:
    return not route.feature or route.feature in features
