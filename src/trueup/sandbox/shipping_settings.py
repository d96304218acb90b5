"""The kinds of shipping and what can be set about each."""

from collections.abc import Callable
from dataclasses import dataclass

from trueup.sandbox import taxonomy
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One setting of a method as the shop's form knows it."""

    id: str
    label: str
    type: str = "text"
    default: str = ""
    placeholder: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodKind:
    title: str
    description: str
    fields: Callable[[Shop], list[SettingField]]


def _title(default: str, example: str) -> SettingField:
    return SettingField(id="title", label="Name", default=default, placeholder=example)


TAX_STATUS = SettingField(
    id="tax_status", label="Tax status", type="select", default="taxable", options=("taxable", "none")
)


def _flat_rate(shop: Shop) -> list[SettingField]:
    """With shipping classes, each may cost something of its own."""
    found = [_title("Flat rate", "e.g. Standard national"), TAX_STATUS, SettingField(id="cost", label="Cost")]
    classes = taxonomy.terms_of(shop, taxonomy.SHIPPING_CLASS)
    if not classes:
        return found
    own = [
        SettingField(id=f"class_cost_{c['id']}", label=f"Cost of shipping class {c['name']}", placeholder="N/A")
        for c in classes
    ]
    return [
        *found,
        SettingField(id="class_costs", label="Shipping class costs", type="title"),
        *own,
        SettingField(id="no_class_cost", label="Cost without a shipping class", placeholder="N/A"),
        SettingField(id="type", label="Calculation type", type="select", default="class", options=("class", "order")),
    ]


def _free(_shop: Shop) -> list[SettingField]:
    return [
        _title("Free shipping", "e.g. Free shipping"),
        SettingField(
            id="requires",
            label="Free shipping requires",
            type="select",
            options=("", "coupon", "min_amount", "either", "both"),
        ),
        SettingField(id="min_amount", label="Minimum order amount"),
        SettingField(id="ignore_discounts", label="Before coupons", type="checkbox", default="no"),
    ]


def _pickup(_shop: Shop) -> list[SettingField]:
    return [_title("Local pickup", "e.g. Local pickup"), TAX_STATUS, SettingField(id="cost", label="Cost")]


KINDS: dict[str, MethodKind] = {
    "flat_rate": MethodKind(title="Flat rate", description="A fixed price for shipping.", fields=_flat_rate),
    "free_shipping": MethodKind(title="Free shipping", description="Costs nothing under a condition.", fields=_free),
    "local_pickup": MethodKind(title="Local pickup", description="Customers fetch their orders.", fields=_pickup),
    "pickup_location": MethodKind(
        title="Local pickup", description="Customers choose where to fetch.", fields=lambda _: []
    ),
}


def settings_view(shop: Shop, kind: MethodKind, values: Doc) -> dict[str, Doc]:
    """Every setting with its value; null for one that was never saved."""
    return {field.id: _view(field, values) for field in kind.fields(shop)}


def _view(field: SettingField, values: Doc) -> Doc:
    view: Doc = {
        "id": field.id,
        "label": field.label,
        "description": "",
        "type": field.type,
        "value": values.get(field.id),
        "default": field.default,
        "tip": "",
        "placeholder": field.placeholder,
    }
    if field.options:
        view["options"] = {option: option for option in field.options}
    return view
