"""``/system_status`` and ``/reports``: what the shop runs on, and its totals."""

from trueup.sandbox.features import FULFILMENTS, features_of, plugins_of
from trueup.sandbox.price_html import SYMBOLS
from trueup.sandbox.router import READ, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc

VERSION = "10.5.0"
ORDER_STORE = "Automattic\\WooCommerce\\Internal\\DataStores\\Orders\\OrdersTableDataStore"
FEATURES = [
    "analytics", "marketplace", "order_attribution", "site_visibility_badge", "remote_logging", "email_improvements",
    "blueprint", "point_of_sale", "custom_order_tables",
]  # fmt: skip
VISIBILITY = (
    "exclude-from-catalog",
    "exclude-from-search",
    "featured",
    "outofstock",
    *(f"rated-{n}" for n in range(1, 6)),
)
PRODUCT_TYPES = {
    "external": "External/Affiliate product",
    "grouped": "Grouped product",
    "simple": "Simple product",
    "variable": "Variable product",
}
REPORTS = (
    "sales", "top_sellers", "orders/totals", "products/totals", "customers/totals", "coupons/totals", "reviews/totals",
    "categories/totals", "tags/totals", "attributes/totals",
)  # fmt: skip
TOOLS = (
    ("clear_transients", "WooCommerce transients", "Clear transients"),
    ("clear_expired_transients", "Expired transients", "Clear transients"),
    ("delete_orphaned_variations", "Orphaned variations", "Delete orphaned variations"),
)
UNHINTED = ("categories/totals", "tags/totals", "attributes/totals")


def system_status(shop: Shop, call: Call) -> Answer:
    """Environment, plug-ins, order storage and theme; an emulated shop says it is WooCommerce 10.5 on PHP 8.2."""
    body = {
        "environment": _environment(call),
        "database": {"wc_database_version": VERSION},
        "active_plugins": [_plugin(), *(plugin.row() for plugin in plugins_of(shop))],
        "inactive_plugins": [],
        "dropins_mu_plugins": {"dropins": [], "mu_plugins": []},
        "theme": _theme(),
        "settings": _settings(shop),
        "security": {"secure_connection": call.scheme == "https", "hide_errors": True},
        "pages": [],
        "post_type_counts": [{"type": "product", "count": str(shop.store.count("product", "type != 'variation'"))}],
        "logging": {
            "logging_enabled": True,
            "default_handler": "file",
            "retention_period_days": 30,
            "level_threshold": "none",
        },
    }
    return Answer(body=body)


def _environment(call: Call) -> Doc:
    folder = "/var/www/html/wp-content/uploads/wc-logs/"
    return {
        "home_url": call.base, "site_url": call.base, "store_id": "00000000-0000-0000-0000-000000000000",
        "version": VERSION, "log_directory": folder, "log_directory_writable": True, "wp_version": "6.9.1",
        "wp_multisite": False, "wp_memory_limit": 536870912, "wp_debug_mode": False, "wp_cron": False,
        "wp_environment_type": "production", "language": "en_US", "external_object_cache": None,
        "server_info": "nginx/1.22.1", "server_architecture": "Linux x86_64", "php_version": "8.2.36",
        "php_post_max_size": 67108864, "php_max_execution_time": 300, "php_max_input_vars": 10000,
        "curl_version": "7.88.1, OpenSSL/3.0.22", "suhosin_installed": False, "max_upload_size": 67108864,
        "mysql_version": "10.11.19", "mysql_version_string": "10.11.19-MariaDB-0+deb12u1", "default_timezone": "UTC",
        "fsockopen_or_curl_enabled": True, "soapclient_enabled": False, "domdocument_enabled": True,
        "gzip_enabled": True, "mbstring_enabled": True, "remote_post_successful": False,
        "remote_post_response": False, "remote_get_successful": False, "remote_get_response": False,
    }  # fmt: skip


def _plugin() -> Doc:
    return {
        "plugin": "woocommerce/woocommerce.php", "name": "WooCommerce", "version": VERSION, "version_latest": VERSION,
        "url": "https://woocommerce.com/", "author_name": "Automattic", "author_url": "https://woocommerce.com",
        "network_activated": False,
    }  # fmt: skip


def _theme() -> Doc:
    flags = (
        "is_child_theme",
        "is_block_theme",
        "has_woocommerce_support",
        "has_woocommerce_file",
        "has_outdated_templates",
    )
    empty = ("author_url", "parent_name", "parent_version", "parent_version_latest", "parent_author_url")
    known = {"name": "Blank", "version": "1.0", "version_latest": 0, "overrides": []}
    return {**known, **dict.fromkeys(flags, False), **dict.fromkeys(empty, "")}


def _settings(shop: Shop) -> Doc:
    currency = str(shop.option("woocommerce_currency"))
    return {
        "api_enabled": False,
        "force_ssl": False,
        "currency": currency,
        "currency_symbol": SYMBOLS.get(currency, currency),
        "currency_position": shop.option("woocommerce_currency_pos"),
        "thousand_separator": shop.option("woocommerce_price_thousand_sep"),
        "decimal_separator": shop.option("woocommerce_price_decimal_sep"),
        "number_of_decimals": int(shop.option("woocommerce_price_num_decimals")),
        "geolocation_enabled": False,
        "taxonomies": {name: name for name in PRODUCT_TYPES},
        "product_visibility_terms": {name: name for name in VISIBILITY},
        "woocommerce_com_connected": "no",
        "enforce_approved_download_dirs": True,
        "order_datastore": ORDER_STORE,
        "HPOS_enabled": True,
        "HPOS_sync_enabled": False,
        "enabled_features": _features(shop),
    }


def _features(shop: Shop) -> list[str]:
    """The features that are on; fulfilments stand before the order tables when they are."""
    on = [FULFILMENTS] if FULFILMENTS in features_of(shop) else []
    return [*FEATURES[:-1], *on, FEATURES[-1]]


def list_reports(shop: Shop, call: Call) -> Answer:
    return Answer(body=[_report(call, slug) for slug in REPORTS])


def _report(call: Call, slug: str) -> Doc:
    own: Doc = {"href": call.url(f"/reports/{slug}")}
    if slug not in UNHINTED:
        own["targetHints"] = {"allow": ["GET"]}
    link = {"self": [own], "collection": [{"href": call.url("/reports")}]}
    return {"slug": slug, "description": f"{slug.replace('/', ' ').capitalize()}.", "_links": link}


def product_totals(shop: Shop, call: Call) -> Answer:
    """Published products by type."""
    counts = dict(shop.store.query("SELECT type, COUNT(*) FROM product WHERE status = 'publish' GROUP BY type"))
    return Answer(body=[{"slug": s, "name": n, "total": counts.get(s, 0)} for s, n in PRODUCT_TYPES.items()])


def customer_totals(shop: Shop, call: Call) -> Answer:
    """Accounts that have paid an order, and those that have not."""
    docs = shop.store.select("customer", "role = 'customer'")
    paying = sum(1 for doc in docs if doc["paying"])
    rows = [{"slug": "paying", "name": "Paying customer", "total": paying}]
    return Answer(body=[*rows, {"slug": "non_paying", "name": "Non-paying customer", "total": len(docs) - paying}])


def sales_report(shop: Shop, call: Call) -> Answer:
    """All zeros, day by day of this month: with the new order tables the real shop's report finds nothing either."""
    today = shop.now().astimezone(shop.zone)
    money = dict.fromkeys(("sales", "tax", "shipping", "discount"), "0.00")
    day = {**money, **dict.fromkeys(("orders", "items", "customers"), 0)}
    sums = ("sales", "tax", "shipping", "discount")
    body = {
        **{f"total_{name}": "0.00" for name in sums},
        **{f"total_{name}": 0 for name in ("orders", "items", "refunds", "customers")},
        **dict.fromkeys(("net_sales", "average_sales"), "0.00"),
        "totals_grouped_by": "day",
        "totals": {f"{today:%Y-%m}-{number:02}": day for number in range(1, today.day + 1)},
        "_links": {"about": [{"href": call.url("/reports")}]},
    }
    return Answer(body=[body])


def list_tools(shop: Shop, call: Call) -> Answer:
    """The first repairs an owner can start; they do nothing here."""
    return Answer(body=[_tool(call, *tool) for tool in TOOLS])


def _tool(call: Call, id_: str, name: str, action: str) -> Doc:
    item = {"embeddable": True, "href": call.url(f"/system_status/tools/{id_}")}
    return {"id": id_, "name": name, "action": action, "description": f"{action}.", "_links": {"item": [item]}}


def top_sellers(shop: Shop, call: Call) -> Answer:
    """Always empty: with the new order tables the real shop's report reads tables nobody writes."""
    return Answer(body=[])


ROUTES = [
    Route(READ, "/system_status", system_status),
    Route(READ, "/system_status/tools", list_tools),
    Route(READ, "/reports", list_reports),
    Route(READ, "/reports/sales", sales_report),
    Route(READ, "/reports/customers/totals", customer_totals),
    Route(READ, "/reports/top_sellers", top_sellers),
    Route(READ, "/reports/products/totals", product_totals),
]
