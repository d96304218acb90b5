"""Calls, answers and the table that joins them: ``(methods, pattern, handler)``."""

import re
from collections.abc import Callable, Iterable
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
    wire_method: str = ""
    broken_json: tuple[int, str] | None = None

    @property
    def params(self) -> Params:
        return {**self.query, **self.body}

    def url(self, path: str) -> str:
        """The address of a route, as links in answers have it."""
        return f"{self.base}{API}{path}"


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

    ``public`` routes need no key.
    """

    methods: tuple[str, ...]
    pattern: str
    handler: Handler
    public: bool = False

    def regex(self) -> re.Pattern[str]:
        return re.compile(f"^{API}{NAMES.sub(_group, self.pattern)}$", re.IGNORECASE)

    def converters(self) -> list[Callable[[str], int | str]]:
        return [int if _is_number(name) else str for name in NAMES.findall(self.pattern)]


NAMES = re.compile(r"\{(\w+)\}")


def _is_number(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def _group(found: re.Match[str]) -> str:
    return r"(\d+)" if _is_number(found.group(1)) else r"([\w-]+)"


READ, CREATE, DELETE = ("GET",), ("POST",), ("DELETE",)
UPDATE = ("POST", "PUT", "PATCH")


class Router:
    """Finds the handler of a call; the first route that fits path and method wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route.regex(), route, route.converters()) for route in routes]

    def find(self, method: str, path: str) -> tuple[Route, list[int | str]]:
        """The route and the arguments its path holds. Raises WooError 404 ``rest_no_route``."""
        wanted = "GET" if method == "HEAD" else method
        for regex, route, converters in self._routes:
            if wanted in route.methods and (found := regex.match(path)):
                return route, [convert(text) for convert, text in zip(converters, found.groups(), strict=True)]
        raise WooError(404, "rest_no_route", "No route was found matching the URL and request method.", allow=False)

    def methods(self, path: str) -> list[str]:
        """The methods a path knows, in the order of the table; those of the first pattern it fits."""
        fitting = self.kind(path)
        known = (method for _, route, _ in self._routes if route.pattern == fitting for method in route.methods)
        return list(dict.fromkeys(known))

    def kind(self, path: str) -> str:
        """The pattern a path belongs to (``/products/{id}``), or the path itself: its name in counters and faults."""
        return next((route.pattern for regex, route, _ in self._routes if regex.match(path)), path)
