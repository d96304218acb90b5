"""``/wp-json/`` and the index of each namespace: what a shop tells everybody about itself."""

from collections.abc import Iterable, Sequence

from trueup.sandbox.features import REST_V4, features_of, plugins_of
from trueup.sandbox.router import Answer, Call, Route, no_route
from trueup.sandbox.shop import Shop

NAMESPACES = [
    "oembed/1.0", "wc/v3", "wc/v1", "wc/pos/v1/catalog", "jetpack/v4", "wc-admin", "wc-analytics", "wc/store",
    "wc/store/v1", "wc/private", "wc/v2", "wc-admin-email", "wc-telemetry", "wccom-site/v3", "wp-abilities/v1",
    "wp/v2", "wp-site-health/v1", "wp-block-editor/v1",
]  # fmt: skip


NEW_API = "wc/v4"


def index_of(shop: Shop, call: Call, routes: Iterable[Route]) -> Answer:
    """The index of the site or of a namespace; needs no key. Raises WooError 404 if all its routes are off."""
    if call.path == "/wp-json":
        return site_index(shop, call)
    inside = [route for route in routes if route.api == call.path]
    if not inside:
        raise no_route()
    return namespace_index(call, inside)


def namespaces_of(shop: Shop) -> list[str]:
    found = list(NAMESPACES)
    if REST_V4 in features_of(shop):
        found.insert(found.index("wc-telemetry") + 1, NEW_API)
    return list(dict.fromkeys([*found, *(name for plugin in plugins_of(shop) for name in plugin.namespaces)]))


def namespace_index(call: Call, routes: Sequence[Route]) -> Answer:
    """The routes of a namespace with their methods, arguments left out; only those that the shop in the box has."""
    namespace = call.path.removeprefix("/wp-json/")
    found: dict[str, dict[str, object]] = {}
    for route in routes:
        row = found.setdefault(route.name, {"namespace": namespace, "methods": [], "endpoints": []})
        row["methods"] = list(dict.fromkeys([*_list(row["methods"]), *route.methods]))
        row["endpoints"] = [*_list(row["endpoints"]), {"methods": list(route.methods), "args": {}}]
    up = [{"href": f"{call.base}/wp-json/"}]
    return Answer(body={"namespace": namespace, "routes": found, "_links": {"up": up}})


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def site_index(shop: Shop, call: Call) -> Answer:
    """Name, address, time zone and namespaces; needs no key."""
    offset = shop.now().astimezone(shop.zone).utcoffset()
    hours = offset.total_seconds() / 3600 if offset else 0
    authorize = f"{call.base}/wp-admin/authorize-application.php"
    body = {
        "name": shop.settings.title,
        "description": "",
        "url": call.base,
        "home": call.base,
        "gmt_offset": int(hours) if hours == int(hours) else hours,
        "timezone_string": shop.settings.time_zone,
        "namespaces": namespaces_of(shop),
        "authentication": {"application-passwords": {"endpoints": {"authorization": authorize}}},
    }
    return Answer(body=body)
