"""Working through a batch bit by bit, as PHP does: who looks while it runs finds some items done and others not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from trueup.sandbox.batch import LIMIT
from trueup.sandbox.wire import WireAnswer, WireRequest

VERBS = ("create", "update", "delete")
SIZE = 10


def slices_of(request: WireRequest) -> list[WireRequest]:
    """A batch request as requests of at most ten items each, in the order they are worked on.

    Anything that cannot be cut is left whole: signed with a nonce, wrapped in an envelope, too large, or no batch.
    """
    body = _batch(request)
    if body is None:
        return [request]
    rest = {name: value for name, value in body.items() if name not in VERBS}
    return [replace(request, body=orjson.dumps({**rest, **part})) for part in _parts(body)] or [request]


def _batch(request: WireRequest) -> dict[str, Any] | None:
    whole = "oauth_" in request.query_string or "_envelope" in request.query_string
    signed = request.headers.get("authorization", "").startswith("OAuth")
    if whole or signed or not request.path.rstrip("/").endswith("/batch"):
        return None
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(body, dict) or not all(isinstance(body.get(verb, []), list) for verb in VERBS):
        return None
    return body if sum(len(body.get(verb, [])) for verb in VERBS) <= LIMIT else None


def _parts(body: dict[str, Any]) -> Iterator[dict[str, list[Any]]]:
    for verb in VERBS:
        items = body.get(verb, [])
        for start in range(0, len(items), SIZE):
            yield {verb: items[start : start + SIZE]}


def joined(answers: list[WireAnswer]) -> WireAnswer:
    """One answer for all slices: the first that is no 200, else all items in their places."""
    if len(answers) == 1:
        return answers[0]
    failed = next((answer for answer in answers if answer.status != 200), None)
    if failed is not None:
        return failed
    items: dict[str, list[Any]] = {}
    for answer in answers:
        for verb, part in _items(answer):
            items.setdefault(verb, []).extend(part)
    return replace(answers[0], body=orjson.dumps(items))


def _items(answer: WireAnswer) -> Iterator[tuple[str, list[Any]]]:
    body = orjson.loads(answer.body)
    if isinstance(body, dict):
        yield from body.items()
