"""``/payment_gateways``: bank transfer, cheque and cash on delivery, as a new shop has them."""

from trueup.sandbox.errors import WooError
from trueup.sandbox.router import READ, UPDATE, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table
from trueup.sandbox.validation import BOOLEAN, STRING, Field, check

PATH = "/payment_gateways"
GATEWAYS = Table(name="gateway", columns={"code": "TEXT"}, of=lambda doc: {"code": doc["code"]})
HINTS = {"allow": ["GET", "POST", "PUT", "PATCH"]}
FIRST = (
    (
        "bacs",
        "Direct bank transfer",
        "Pay directly into our bank account; your order is shipped once the money is there.",
    ),
    ("cheque", "Check payments", "Please send a check to the shop's address."),
    ("cod", "Cash on delivery", "Pay with cash upon delivery."),
)
FIELDS = {"title": STRING, "description": STRING, "enabled": BOOLEAN, "settings": Field(type="object")}


def seed_gateways(shop: Shop) -> None:
    if shop.store.count("gateway"):
        return
    for code, title, description in FIRST:
        id_ = shop.store.next_id("gateway")
        values = {"title": title, "instructions": ""}
        doc = {"id": id_, "code": code, "title": title, "description": description, "order": "", "enabled": True}
        shop.store.insert("gateway", {**doc, "default_title": title, "values": values})


def _found(shop: Shop, code: str) -> Doc:
    found = shop.store.select("gateway", "code = ?", (code,))
    if not found:
        raise WooError(404, "woocommerce_rest_payment_gateway_invalid", "Resource does not exist.")
    return found[0]


def gateway_view(call: Call, doc: Doc) -> Doc:
    code = doc["code"]
    own = [{"href": call.url(f"{PATH}/{code}"), "targetHints": HINTS}]
    return {
        "id": code,
        "title": doc["title"],
        "description": doc["description"],
        "order": doc["order"],
        "enabled": doc["enabled"],
        "method_title": doc["default_title"],
        "method_description": f"{doc['default_title']}, settled outside of the shop.",
        "method_supports": ["products"],
        "settings": {
            "title": _setting("title", "safe_text", doc["title"], doc["default_title"]),
            "instructions": _setting("instructions", "textarea", doc["values"]["instructions"], ""),
        },
        "needs_setup": False,
        "post_install_scripts": [],
        "settings_url": f"{call.base}/wp-admin/admin.php?page=wc-settings&tab=checkout&path=/offline/{code}",
        "connection_url": None,
        "setup_help_text": None,
        "required_settings_keys": [],
        "_links": {"self": own, "collection": [{"href": call.url(PATH)}]},
    }


def _setting(id_: str, kind: str, value: str, default: str) -> Doc:
    texts = {"label": id_.capitalize(), "description": "", "tip": "", "placeholder": ""}
    return {"id": id_, "type": kind, "value": value, "default": default, **texts}


def list_gateways(shop: Shop, call: Call) -> Answer:
    docs = shop.store.select("gateway")
    headers = {"X-WP-Total": str(len(docs)), "X-WP-TotalPages": "1"}
    return Answer(body=[gateway_view(call, doc) for doc in docs], headers=headers)


def get_gateway(shop: Shop, call: Call, code: str) -> Answer:
    return Answer(body=gateway_view(call, _found(shop, code)))


def update_gateway(shop: Shop, call: Call, code: str) -> Answer:
    doc = {**_found(shop, code)}
    params = check(FIELDS, call.params)
    doc.update({name: params[name] for name in ("title", "description", "enabled") if params.get(name) is not None})
    given = {name: str(value) for name, value in (params.get("settings") or {}).items() if name in doc["values"]}
    doc["values"] = {**doc["values"], **given}
    doc["title"] = given.get("title", doc["title"])
    shop.store.update("gateway", doc)
    return Answer(body=gateway_view(call, doc))


ROUTES = [
    Route(READ, PATH, list_gateways),
    Route(READ, f"{PATH}/{{code}}", get_gateway),
    Route(UPDATE, f"{PATH}/{{code}}", update_gateway),
]
