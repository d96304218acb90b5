"""From bytes to a call and from an answer to bytes, as WordPress does both."""

import posixpath
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson

from trueup.sandbox.router import Answer, Call, Params

JSON_TYPE = "application/json; charset=UTF-8"
STANDING_HEADERS = {
    "content-type": JSON_TYPE,
    "x-robots-tag": "noindex",
    "x-content-type-options": "nosniff",
    "access-control-expose-headers": "X-WP-Total, X-WP-TotalPages, Link",
    "access-control-allow-headers": "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
}
NO_CACHE = {
    "expires": "Wed, 11 Jan 1984 05:00:00 GMT",
    "cache-control": "no-cache, must-revalidate, max-age=0, no-store, private",
}


@dataclass(slots=True, kw_only=True)
class WireRequest:
    """A request as it came in; header names in lower case."""

    method: str
    path: str
    query_string: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    scheme: str = "https"


@dataclass(slots=True, kw_only=True)
class WireAnswer:
    status: int
    headers: dict[str, str]
    body: bytes


def php_params(pairs: list[tuple[str, str]]) -> Params:
    """Pairs as PHP reads them: ``a[]=1&a[]=2`` is a list, ``a[k]=1`` a mapping, a repeated name the last value."""
    params: Params = {}
    for name, value in pairs:
        head, _, rest = name.partition("[")
        keys = re.findall(r"([^\[\]]*)\]", rest) if rest else []
        _put(params, [head, *keys], value)
    return {name: _lists(value) for name, value in params.items()}


def _put(params: Params, keys: list[str], value: str) -> None:
    here = params
    for depth, key in enumerate(keys):
        name = key or (str(len(here)) if depth else key)
        if depth == len(keys) - 1:
            here[name] = value
            return
        inner = here.get(name)
        if not isinstance(inner, dict):
            inner = here[name] = {}
        here = inner


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and all(key == str(n) for n, key in enumerate(inner)):
        return list(inner.values())
    return inner


def read_call(request: WireRequest, home: str | None, behind_https: bool) -> Call:
    """The call a request means. Broken JSON is kept in ``broken_json`` for the route to complain about."""
    raw_query = parse_qsl(request.query_string, keep_blank_values=True)
    query = php_params(raw_query)
    path = posixpath.normpath(request.path) if ".." in request.path else request.path
    scheme = "https" if behind_https else request.scheme
    host = home.split("://", 1)[-1] if home else request.headers.get("host", "localhost")
    call = Call(
        method=_method(request, query),
        wire_method=request.method,
        path=path.rstrip("/") or "/",
        scheme=scheme,
        host=host,
        query=query,
        raw_query=raw_query,
        headers=request.headers,
        raw_body=request.body,
        base=f"{scheme}://{host}",
    )
    _read_body(call)
    return call


def _method(request: WireRequest, query: Params) -> str:
    named = query.get("_method") or request.headers.get("x-http-method-override")
    return str(named).upper() if named else request.method


def _read_body(call: Call) -> None:
    kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
    if not call.raw_body:
        return
    if kind == "application/x-www-form-urlencoded":
        call.body = php_params(parse_qsl(call.raw_body.decode("utf-8", "replace"), keep_blank_values=True))
    elif kind == "application/json" or kind.endswith("+json"):
        try:
            body = orjson.loads(call.raw_body)
        except orjson.JSONDecodeError:
            call.broken_json = (4, "Syntax error")
        else:
            call.json = body
            call.body = body if isinstance(body, dict) else {}


def query_text(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def pick_fields(body: Any, names: list[str]) -> Any:
    """``_fields``: only the named members stay; ``a.b`` keeps ``b`` inside ``a``, but not inside a list of things."""
    if isinstance(body, list):
        return [pick_fields(item, names) for item in body]
    if not isinstance(body, dict):
        return body
    tree: dict[str, list[str] | None] = {}
    for name in names:
        head, dot, rest = name.strip().partition(".")
        below = tree.setdefault(head, [] if dot else None)
        if not dot:
            tree[head] = None
        elif below is not None:
            below.append(rest)
    return {name: _below(value, tree[name]) for name, value in body.items() if name in tree}


def _below(value: Any, names: list[str] | None) -> Any:
    if names is None:
        return value
    return [] if isinstance(value, list) else pick_fields(value, names)


def as_bytes(call: Call, answer: Answer, allow: list[str], *, signed_in: bool) -> WireAnswer:
    """The answer with the headers, field choice and envelope the call asked for."""
    headers = {**STANDING_HEADERS, "link": f'<{call.base}/wp-json/>; rel="https://api.w.org/"'}
    body = answer.body
    if "_fields" in call.query and answer.status < 400:
        links = body.get("_links") if isinstance(body, dict) else None
        body = pick_fields(body, _names(call.query["_fields"]))
        if links is not None:
            body["_links"] = links
    own = dict(answer.headers)
    if allow:
        own.setdefault("Allow", ", ".join(allow))
    if signed_in:
        headers.update(NO_CACHE)
    if "_envelope" in call.query:
        body = {"body": body, "status": answer.status, "headers": _typed(own)}
        return WireAnswer(status=200, headers=headers, body=orjson.dumps(body))
    headers.update({name.lower(): value for name, value in own.items()})
    data = b"" if call.method == "HEAD" else orjson.dumps(body)
    return WireAnswer(status=answer.status, headers=headers, body=data)


def _typed(headers: dict[str, str]) -> dict[str, Any]:
    return {name: int(value) if value.isdigit() else value for name, value in headers.items()}


def _names(wanted: Any) -> list[str]:
    if isinstance(wanted, list):
        return [str(name) for name in wanted]
    return [name for name in str(wanted).split(",") if name.strip()]
