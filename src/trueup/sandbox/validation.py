"""Checking a request against a resource's fields, with WordPress' words. Batch requests are not checked."""

import re
from dataclasses import dataclass
from typing import Any

from trueup.sandbox.errors import WooError

DATE = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2}(?::\d{2})?)?$")
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What one field may hold, as the shop's schema says. ``type`` may be several types, separated by a comma."""

    type: str = "string"
    enum: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    format: str = ""
    items: "Field | None" = None
    properties: "dict[str, Field] | None" = None
    required: bool = False
    default: Any = None


Fields = dict[str, Field]

STRING, INTEGER, BOOLEAN, NUMBER, OBJECT = (
    Field(type=kind) for kind in ("string", "integer", "boolean", "number", "object")
)
DATE_TIME = Field(format="date-time")
MAYBE_DATE = Field(type="null,string")
INTEGERS = Field(type="array", items=INTEGER)
STRINGS = Field(type="array", items=STRING)
OBJECTS = Field(type="array", items=OBJECT)


class _Wrong(Exception):
    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.data = {"param": param} if param is not None else None


def check(fields: Fields, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters with values brought to their types and defaults filled in; unknown ones are passed through.

    Raises WooError 400 ``rest_missing_callback_param`` or ``rest_invalid_param``, naming every wrong parameter.
    """
    missing = [name for name, field in fields.items() if field.required and params.get(name) is None]
    if missing:
        text = f"Missing parameter(s): {', '.join(missing)}"
        raise WooError(400, "rest_missing_callback_param", text, {"params": missing})
    checked, wrong = dict(params), {}
    for name, field in fields.items():
        if params.get(name) is None:
            if field.default is not None:
                checked.setdefault(name, field.default)
            continue
        try:
            checked[name] = _value(field, params[name], name)
        except _Wrong as problem:
            wrong[name] = problem
    if wrong:
        raise _invalid(wrong)
    return checked


def _invalid(wrong: dict[str, _Wrong]) -> WooError:
    params = {name: problem.message for name, problem in wrong.items()}
    details = {name: {"code": p.code, "message": p.message, "data": p.data} for name, p in wrong.items()}
    text = f"Invalid parameter(s): {', '.join(wrong)}"
    return WooError(400, "rest_invalid_param", text, {"params": params, "details": details})


def _value(field: Field, value: Any, path: str) -> Any:
    kinds = field.type.split(",")
    for kind in kinds:
        if _is(kind, value):
            return _inside(field, kind, _as(kind, value), path)
    raise _Wrong("rest_invalid_type", f"{path} is not of type {','.join(kinds)}.", path)


def _is(kind: str, value: Any) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            return _is_integer(value)
        case "number":
            return _is_number(value)
        case "boolean":
            return (
                isinstance(value, bool)
                or value in (0, 1)
                or (isinstance(value, str) and value.lower() in ("true", "false", "1", "0", ""))
            )
        case "array":
            return isinstance(value, list | str) or (isinstance(value, int | float) and not isinstance(value, bool))
        case "object":
            return isinstance(value, dict) or value == ""
        case "null":
            return value is None
        case _:
            return True


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    return isinstance(value, str) and re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value) is not None


def _is_integer(value: Any) -> bool:
    return _is_number(value) and float(value) == int(float(value))


def _as(kind: str, value: Any) -> Any:
    match kind:
        case "integer":
            return int(float(value))
        case "number":
            return value if isinstance(value, int | float) else float(value)
        case "boolean":
            return value.lower() in ("true", "1") if isinstance(value, str) else bool(value)
        case "array":
            return _as_list(value)
        case "object":
            return value or {}
        case _:
            return value


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part for part in re.split(r"[\s,]+", value) if part]
    return value if isinstance(value, list) else [value]


def _inside(field: Field, kind: str, value: Any, path: str) -> Any:
    if field.enum and kind == "string" and value not in field.enum:
        raise _Wrong("rest_not_in_enum", f"{path} is not one of {_listed(field.enum)}.")
    if kind in ("integer", "number"):
        _bounds(field, value, path)
    if field.format and isinstance(value, str):
        _format(field.format, value)
    if kind == "array" and field.items is not None:
        return [_value(field.items, item, f"{path}[{n}]") for n, item in enumerate(value)]
    if kind == "object" and field.properties is not None:
        return {k: _property(field.properties, k, v, path) for k, v in value.items()}
    return value


def _property(properties: Fields, name: str, value: Any, path: str) -> Any:
    field = properties.get(name)
    return value if field is None else _value(field, value, f"{path}[{name}]")


def _listed(words: tuple[str, ...]) -> str:
    if len(words) < 3:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def _bounds(field: Field, value: float, path: str) -> None:
    low, high = field.minimum, field.maximum
    if low is not None and high is not None:
        if not low <= value <= high:
            raise _Wrong("rest_out_of_bounds", f"{path} must be between {low} (inclusive) and {high} (inclusive)")
    elif low is not None and value < low:
        raise _Wrong("rest_out_of_bounds", f"{path} must be greater than or equal to {low}")
    elif high is not None and value > high:
        raise _Wrong("rest_out_of_bounds", f"{path} must be less than or equal to {high}")


def _format(name: str, value: str) -> None:
    if name == "date-time" and not DATE.match(value):
        raise _Wrong("rest_invalid_date", "Invalid date.")
    if name == "email" and not EMAIL.match(value):
        raise _Wrong("rest_invalid_email", "Invalid email address.")
