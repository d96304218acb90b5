"""What Tryton's answers mean: its statuses and its errors, named by what can be done about them.

Messages are translated into the language of Tryton's user, so they are shown to people and never decided on.
"""

from __future__ import annotations

import html
import re
from typing import Any

from trueup.connectors.kit.errors import Gone, Misconfigured, OutsideError, Rejected, TryLater
from trueup.connectors.kit.http import Answer
from trueup.connectors.tryton import codec

SYSTEM = "Tryton"
BAD_KEY = (
    "Tryton does not accept the key. Create a user application of the type REST in Tryton's preferences, have an "
    "administrator validate it, and enter its key."
)
NO_RIGHT = (
    "Tryton's user may not do this. Give the user of the key the groups for sales, parties, products and stock, and "
    "set the user's company."
)
CHANGED_MEANWHILE = "Somebody else changed the record in Tryton at the same time."
FAILED = "Tryton failed; its log tells why."
WARNING = "UserWarning"
"""The code of an error that a person may confirm; its `field` is the name to confirm it by."""
UNKNOWN_NAME = re.compile(r"^'[\w.\-]*'$")
"""The whole text of Tryton's error for a model or field that it does not have: the name in quotes."""


def meaning(answer: Answer, writing: bool) -> OutsideError | None:
    """What an answer of status 400 and above means; None leaves it to the common table."""
    known: dict[str, Any] = {"status": answer.status, "request_id": answer.request_id}
    match answer.status:
        case 400:
            return Rejected(told(answer), **known)
        case 401:
            return Misconfigured(BAD_KEY, **known)
        case 403:
            return Misconfigured(NO_RIGHT, **known)
        case 404:
            return Gone("Tryton does not have it. It was deleted, or the name of the database is wrong.", **known)
        case 409 | 423:
            return TryLater(CHANGED_MEANWHILE, **known)
        case 500 if UNKNOWN_NAME.match(page_text(answer)):
            return unknown_name(page_text(answer), **known)
    return None


def told(answer: Answer) -> str:
    try:
        content = codec.loads(answer.content)
        return told_sentence(str(content["message"]), str(content.get("description") or ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "Tryton could not read the request."


def told_sentence(message: str, description: str = "") -> str:
    return f'Tryton says: "{" ".join(f"{message} {description}".split())}".'


def page_text(answer: Answer) -> str:
    found = re.search(r"<p>(.*?)</p>", answer.content.decode(errors="replace"), re.DOTALL)
    return html.unescape(found[1]).strip() if found else ""


def unknown_name(name: str, *, status: int, request_id: str) -> Misconfigured:
    return Misconfigured(
        f"Tryton does not know {name}. Check that it is a Tryton 8 with the modules that the manual names, and that it "
        "was restarted after they were activated.",
        status=status,
        code=name.strip("'"),
        request_id=request_id,
    )


def content_of(answer: Answer) -> Any:
    """The JSON of a good answer; None if it is empty. Raises Misconfigured for a web page."""
    if answer.status == 204:
        return None
    try:
        return codec.loads(answer.content)
    except ValueError:
        return answer.json()


def rpc_result(answer: Answer, *, writing: bool) -> Any:
    """The result of a JSON-RPC call. An error comes with status 200, as its name and arguments."""
    content = content_of(answer)
    match content:
        case {"error": [name, *details]}:
            raise rpc_error(name, details[0] if details else None, answer.request_id, writing=writing)
        case {"result": result}:
            return result
    raise Misconfigured("Another program answers where Tryton should be. Check the address.", status=answer.status)


def rpc_error(name: Any, detail: Any, request_id: str, *, writing: bool) -> OutsideError:
    known: dict[str, Any] = {"status": 200, "request_id": request_id}
    match name, detail:
        case "UserError", [message, description, *_]:
            return Rejected(told_sentence(str(message), str(description or "")), code="UserError", **known)
        case "UserWarning", [warning, message, *_]:
            return Rejected(told_sentence(str(message)), code=WARNING, field=str(warning), **known)
        case "ConcurrencyException", _:
            return TryLater(CHANGED_MEANWHILE, code="ConcurrencyException", **known)
        case "LoginException", _:
            return Misconfigured("Tryton asks for the login again. Correct user and password.", **known)
        case str(), _ if UNKNOWN_NAME.match(name):
            return unknown_name(name, **known)
    return TryLater(FAILED, unknown_outcome=writing, **known)
