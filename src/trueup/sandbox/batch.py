"""Batches: many items in one call, each answered by position, none of them checked against the schema."""

from collections.abc import Callable
from functools import partial
from typing import Any

from trueup.sandbox.errors import WooError, crashed
from trueup.sandbox.router import Answer, Call, Handler
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc

Create = Callable[[Doc], Doc]
Update = Callable[[Any, Doc], Doc]
Delete = Callable[[Any], Doc]
LIMIT = 100


def run_batch(
    shop: Shop,
    call: Call,
    create: Create,
    update: Update,
    delete: Delete,
    named: Callable[[Any], Any] = lambda id_: id_,
) -> Answer:
    """Run ``create``, ``update`` and ``delete`` items one after the other; a failing one becomes ``{id, error}``.

    ``named`` is what the error of a failed deletion calls the id. An item that is no object creates an empty thing and
    then crashes PHP, as in the real shop.
    """
    asked = {verb: call.params.get(verb) or [] for verb in ("create", "update", "delete")}
    if sum(len(items) for items in asked.values()) > LIMIT:
        text = f"Unable to accept more than {LIMIT} items for this request."
        raise WooError(413, "woocommerce_rest_request_entity_too_large", text)
    answers: dict[str, list[Any]] = {}
    steps = {
        "create": lambda item: _create(create, item),
        "update": lambda item: _update(update, item),
        "delete": delete,
    }
    for verb, items in asked.items():
        if items:
            entries = list(items.values()) if isinstance(items, dict) else items
            answers[verb] = [_one(steps[verb], item, verb, named) for item in entries]
    return Answer(body=answers or [])


def batch_of(
    create: Callable[[Shop, Call, Doc], Doc],
    update: Callable[[Shop, Call, Any, Doc], Doc],
    delete: Callable[[Shop, Call, Any], Doc],
) -> Handler:
    """The handler of ``POST .../batch`` made of what is done to one item; deletions in a batch are for good."""

    def handle(shop: Shop, call: Call) -> Answer:
        return run_batch(
            shop, call, partial(create, shop, call), partial(update, shop, call), partial(delete, shop, call)
        )

    return handle


def _create(create: Create, item: Any) -> Doc:
    made = create(item if isinstance(item, dict) else {})
    _checked(item)
    return made


def _update(update: Update, item: Any) -> Doc:
    doc = _checked(item)
    return update(doc.get("id"), {name: value for name, value in doc.items() if name != "id"})


def _checked(item: Any) -> Doc:
    if not isinstance(item, dict):
        raise crashed("Uncaught TypeError: Cannot access offset of type string on string")
    return item


def _one(step: Callable[[Any], Doc], item: Any, verb: str, named: Callable[[Any], Any]) -> Doc:
    try:
        return step(item)
    except WooError as error:
        if error.crash:
            raise
        return {"id": named(item) if verb == "delete" else _item_id(item, verb), "error": error.envelope()}


def _item_id(item: Any, verb: str) -> Any:
    if verb == "create":
        return 0
    return item.get("id")


def as_id(value: Any) -> int:
    """The number PHP makes of an id in a batch: ``"82"`` is 82, anything that is no number is 0."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return 0
