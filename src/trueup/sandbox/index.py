"""``/wp-json/``: what a shop tells everybody about itself."""

from trueup.sandbox.router import Answer, Call
from trueup.sandbox.shop import Shop

NAMESPACES = [
    "oembed/1.0", "wc/v3", "wc/v1", "wc/pos/v1/catalog", "jetpack/v4", "wc-admin", "wc-analytics", "wc/store",
    "wc/store/v1", "wc/private", "wc/v2", "wc-admin-email", "wc-telemetry", "wccom-site/v3", "wp-abilities/v1",
    "wp/v2", "wp-site-health/v1", "wp-block-editor/v1",
]  # fmt: skip


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
        "namespaces": NAMESPACES,
        "authentication": {"application-passwords": {"endpoints": {"authorization": authorize}}},
    }
    return Answer(body=body)
