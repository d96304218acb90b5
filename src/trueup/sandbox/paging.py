"""Lists: page parameters, total headers and links to the neighbours."""

from typing import Any
from urllib.parse import quote_plus

from trueup.sandbox.auth import flatten
from trueup.sandbox.dates import filter_bound
from trueup.sandbox.router import Answer, Call, Params
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Value
from trueup.sandbox.validation import BOOLEAN, DATE_TIME, INTEGER, INTEGERS, STRING, Field, Fields

PAGE: Fields = {
    "context": Field(enum=("view", "edit"), default="view"),
    "page": Field(type="integer", default=1, minimum=1),
    "per_page": Field(type="integer", default=10, minimum=1, maximum=100),
    "search": STRING,
    "exclude": INTEGERS,
    "include": INTEGERS,
    "offset": INTEGER,
}
CHANGED: Fields = {
    "after": DATE_TIME,
    "before": DATE_TIME,
    "modified_after": DATE_TIME,
    "modified_before": DATE_TIME,
    "dates_are_gmt": BOOLEAN,
}


class Where:
    """Conditions of a list, collected one by one."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.params: list[Value] = []

    def add(self, sql: str, *params: Value) -> None:
        self.parts.append(sql)
        self.params.extend(params)

    def one_of(self, column: str, values: list[Any], *, negate: bool = False) -> None:
        marks = ",".join("?" * len(values))
        self.add(f"{column} {'NOT ' if negate else ''}IN ({marks})", *values)

    @property
    def sql(self) -> str:
        return " AND ".join(self.parts) or "1"


def add_common(where: Where, params: Params) -> None:
    if params.get("include"):
        where.one_of("id", params["include"])
    if params.get("exclude"):
        where.one_of("id", params["exclude"], negate=True)


def add_dates(shop: Shop, where: Where, params: Params) -> None:
    """``after``, ``before``, ``modified_after`` and ``modified_before``: exclusive on both ends, in whole seconds."""
    are_gmt = bool(params.get("dates_are_gmt"))
    for name, sql in (
        ("after", "created > ?"),
        ("before", "created < ?"),
        ("modified_after", "modified > ?"),
        ("modified_before", "modified < ?"),
    ):
        if params.get(name):
            where.add(sql, filter_bound(params[name], are_gmt=are_gmt, zone=shop.zone))


def offset_of(params: Params) -> int:
    if params.get("offset") is not None:
        return int(params["offset"])
    return (int(params["page"]) - 1) * int(params["per_page"])


def listed(call: Call, items: list[Any], total: int, params: Params) -> Answer:
    """A page of a list with ``X-WP-Total``, ``X-WP-TotalPages`` and ``Link`` to the pages before and after."""
    per_page, page = int(params["per_page"]), int(params["page"])
    pages = -(-total // per_page)
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    links = []
    if page > 1 and pages:
        links.append(f'<{_page_url(call, params, min(page - 1, pages))}>; rel="prev"')
    if page < pages:
        links.append(f'<{_page_url(call, params, page + 1)}>; rel="next"')
    if links:
        headers["Link"] = ", ".join(links)
    return Answer(body=items, headers=headers)


def _page_url(call: Call, params: Params, page: int) -> str:
    asked = {name: params.get(name, value) for name, value in call.query.items()}
    asked["page"] = page
    pairs = flatten({name: _text(value) for name, value in asked.items()})
    query = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs.items())
    return f"{call.base}{call.path}?{query}"


def _text(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value
