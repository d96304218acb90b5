"""``/settings``: the options of the shop in their groups."""

from typing import Any

from trueup.sandbox.errors import WooError
from trueup.sandbox.options import GROUPS, OPTIONS, Option
from trueup.sandbox.router import READ, UPDATE, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc

HINTS = {"allow": ["GET", "POST", "PUT", "PATCH"]}


def list_groups(shop: Shop, call: Call) -> Answer:
    return Answer(body=[_group_view(call, *group) for group in GROUPS])


def _group_view(call: Call, id_: str, label: str, parent: str) -> Doc:
    below = [other for other, _, above in GROUPS if above == id_]
    link = {"options": [{"href": call.url(f"/settings/{id_}")}]}
    return {"id": id_, "label": label, "description": "", "parent_id": parent, "sub_groups": below, "_links": link}


def _options_of(group: str) -> list[Option]:
    if group not in {id_ for id_, _, _ in GROUPS}:
        raise WooError(404, "rest_setting_setting_group_invalid", "Invalid setting group.")
    return [option for option in OPTIONS if option.group == group]


def _option(group: str, id_: str) -> Option:
    found = next((option for option in _options_of(group) if option.id == id_), None)
    if found is None:
        raise WooError(404, "rest_setting_setting_invalid", "Invalid setting.")
    return found


def option_view(shop: Shop, call: Call, option: Option, *, alone: bool = False) -> Doc:
    path = f"/settings/{option.group}"
    link = {
        "self": [{"href": call.url(f"{path}/{option.id}"), "targetHints": HINTS}],
        "collection": [{"href": call.url(path)}],
    }
    view: Doc = {
        "id": option.id,
        "label": option.label,
        "description": "",
        "type": option.type,
        "default": option.default,
    }
    if option.choices is not None:
        view["options"] = {choice: choice for choice in option.choices}
    if option.tip:
        view["tip"] = ""
    view["value"] = shop.options[option.id]
    return {**view, **({"group_id": option.group} if alone else {}), "_links": link}


def list_options(shop: Shop, call: Call, group: str) -> Answer:
    return Answer(body=[option_view(shop, call, option) for option in _options_of(group)])


def get_option(shop: Shop, call: Call, group: str, id_: str) -> Answer:
    return Answer(body=option_view(shop, call, _option(group, id_), alone=True))


def update_option(shop: Shop, call: Call, group: str, id_: str) -> Answer:
    return Answer(body=_change(shop, call, group, id_, call.params.get("value")))


def _change(shop: Shop, call: Call, group: str, id_: str, value: Any) -> Doc:
    option = _option(group, id_)
    if option.choices is not None and option.type != "multiselect" and str(value) not in option.choices:
        raise WooError(400, "rest_setting_value_invalid", "An invalid setting value was passed.")
    shop.set_option(id_, value if isinstance(value, list) else str(value))
    return option_view(shop, call, option, alone=True)


def batch_options(shop: Shop, call: Call, group: str) -> Answer:
    return Answer(body={"update": [_one(shop, call, group, item) for item in call.params.get("update") or []]})


def _one(shop: Shop, call: Call, group: str, item: Doc) -> Doc:
    try:
        return _change(shop, call, group, str(item.get("id")), item.get("value"))
    except WooError as error:
        return {"id": item.get("id"), "error": error.envelope()}


ROUTES = [
    Route(READ, "/settings", list_groups),
    Route(UPDATE, "/settings/{group}/batch", batch_options),
    Route(READ, "/settings/{group}", list_options),
    Route(READ, "/settings/{group}/{option}", get_option),
    Route(UPDATE, "/settings/{group}/{option}", update_option),
]
