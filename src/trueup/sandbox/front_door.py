"""Where requests come in: who is it, which route, what is the answer."""

from typing import Any

from trueup.sandbox.clock import ShopClock
from trueup.sandbox.customers import seed_customers
from trueup.sandbox.errors import WooError
from trueup.sandbox.features import features_of, register_statuses, switch
from trueup.sandbox.gateways import seed_gateways
from trueup.sandbox.index import index_of
from trueup.sandbox.options import first_values
from trueup.sandbox.router import Answer, Call, Route, Router, no_route
from trueup.sandbox.routes import ROUTES, TABLES
from trueup.sandbox.settings import ShopSettings
from trueup.sandbox.shipping import seed_zones
from trueup.sandbox.shop import API_KEYS, OPTION_VALUES, Shop
from trueup.sandbox.tax_classes import seed_tax_classes
from trueup.sandbox.taxes import seed_rates
from trueup.sandbox.taxonomy import seed_terms
from trueup.sandbox.wire import WireAnswer, WireRequest, as_bytes, read_call

REFUSALS = {
    "GET": ("cannot_view", "Sorry, you cannot list resources."),
    "POST": ("cannot_create", "Sorry, you are not allowed to create resources."),
    "PUT": ("cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "PATCH": ("cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "DELETE": ("cannot_delete", "Sorry, you are not allowed to delete this resource."),
}
FIRST_POST_ID = 11
ROUTER = Router(ROUTES)
INDEXES = {"/wp-json", *(route.api for route in ROUTES)}


def open_shop(settings: ShopSettings | None = None, clock: ShopClock | None = None) -> Shop:
    """A shop with its tables made and its first records in place; an existing file is opened again as it was."""
    shop = Shop(settings or ShopSettings(), clock)
    with shop.store.writing():
        for table in (API_KEYS, OPTION_VALUES, *TABLES):
            shop.store.add_table(table)
        if not shop.store.query("SELECT 1 FROM counter WHERE name = 'post'"):
            shop.store.set_counter("post", FIRST_POST_ID - 1)
            shop.store.set_counter("comment", 1)
        seed_terms(shop)
        seed_tax_classes(shop)
        seed_customers(shop)
        seed_rates(shop)
        seed_zones(shop)
        seed_gateways(shop)
        shop.load_options(first_values(shop.settings))
        shop.load_keys()
        _first_features(shop)
    return shop


def _first_features(shop: Shop) -> None:
    """What the settings switch on; they do not switch off what the shop's file has on."""
    if shop.settings.features:
        switch(shop, dict.fromkeys(shop.settings.features, True))
    if shop.settings.order_statuses:
        register_statuses(shop, dict(shop.settings.order_statuses))


def answer(shop: Shop, request: WireRequest) -> WireAnswer:
    """The shop's answer to one request, done before it returns."""
    call = read_call(request, shop.settings.home, shop.settings.behind_https)
    plain_permalink = call.query.get("rest_route")
    if plain_permalink:
        call.path = f"/wp-json{plain_permalink}".rstrip("/")
    try:
        if not plain_permalink and call.path.startswith(("/wp-json/wc/", "/wp-json/wc-")):
            key = shop.keys.authenticate(call, int(shop.now().timestamp()))
            call.permission = key.permission if key else None
            call.key_id = key.id if key else 0
        result = _dispatch(shop, call)
    except WooError as error:
        return _refusal(shop, call, error)
    allow = _allowed(shop, call) if (call.permission or call.public) and result.allow else []
    return as_bytes(call, result, allow, signed_in=call.permission is not None)


def _allowed(shop: Shop, call: Call) -> list[str]:
    return ["GET"] if call.path in INDEXES else ROUTER.methods(call.path, features_of(shop))


def _refusal(shop: Shop, call: Call, error: WooError) -> WireAnswer:
    result = Answer(body=error.envelope(), status=error.status)
    allow = _allowed(shop, call) if error.allow else []
    return as_bytes(call, result, allow, signed_in=call.permission is not None)


def _dispatch(shop: Shop, call: Call) -> Answer:
    if call.method == "OPTIONS" and call.path.startswith("/wp-json/wc"):
        return _options(shop, call)
    features = features_of(shop)
    if call.path in INDEXES and call.method in ("GET", "HEAD"):
        call.public = True
        return index_of(shop, call, ROUTER.routes(features))
    route, args = ROUTER.find(call.method, call.path, features)
    call.api, call.public = route.api, route.public
    if call.broken_json is not None:
        number, text = call.broken_json
        data = {"json_error_code": number, "json_error_message": text}
        raise WooError(400, "rest_invalid_json", "Invalid JSON body passed.", data)
    if call.permission is None and not route.public:
        return _anonymous(shop, call, route, args)
    with shop.store.writing():
        return route.handler(shop, call, *args)


def _anonymous(shop: Shop, call: Call, route: Route, args: list[Any]) -> Answer:
    """Nobody may look or touch, but WordPress tells whether an id exists and whether a list's parameters are right."""
    code, text = REFUSALS.get(call.method, REFUSALS["GET"])
    if call.method in ("GET", "HEAD"):
        with shop.store.writing():
            route.handler(shop, call, *args)
        if args:
            text = "Sorry, you cannot view this resource."
    elif call.path.endswith("/batch"):
        code, text = "cannot_batch", "Sorry, you are not allowed to batch manipulate this resource."
    raise WooError(401, f"woocommerce_rest_{code}", text, allow=False)


def _options(shop: Shop, call: Call) -> Answer:
    """What a route can do: its methods, without the schema's descriptions."""
    methods = _allowed(shop, call)
    if not methods:
        raise no_route()
    endpoints = [{"methods": [method], "args": {}} for method in methods]
    links = {"self": [{"href": f"{call.base}{call.path}"}]}
    namespace = "/".join(call.path.split("/")[2:4])
    return Answer(
        body={"namespace": namespace, "methods": methods, "endpoints": endpoints, "schema": {}, "_links": links}
    )
