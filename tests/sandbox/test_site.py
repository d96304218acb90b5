"""Settings, taxes, shipping, gateways, data, status and webhooks: what a connector asks about a shop as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trueup.sandbox.clock import ShopClock
from trueup.sandbox.front_door import open_shop
from trueup.sandbox.settings import SeedZone, ShopSettings
from trueup.sandbox.shop import Shop
from trueup.sandbox.webhooks import ping_answered

from .conftest import Api


def settings_of(api: Api, group: str) -> dict[str, Any]:
    return {option["id"]: option["value"] for option in api.get(f"/settings/{group}").body}


def test_settings_say_how_the_shop_was_set_up() -> None:
    chosen = ShopSettings(
        currency="CHF", decimals=0, prices_include_tax=True, tax_round_at_subtotal=True, base_country="CH"
    )
    shop = open_shop(chosen)
    api = Api(shop, shop.add_key())
    general, tax = settings_of(api, "general"), settings_of(api, "tax")
    assert general["woocommerce_currency"] == "CHF"
    assert general["woocommerce_price_num_decimals"] == "0"
    assert general["woocommerce_default_country"] == "CH"
    assert tax["woocommerce_prices_include_tax"] == "yes"
    assert tax["woocommerce_tax_round_at_subtotal"] == "yes"
    shop.store.close()


def test_a_setting_is_changed_one_by_one_or_in_a_batch(api: Api, shop: Shop) -> None:
    path = "/settings/products/woocommerce_notify_low_stock_amount"
    assert api.put(path, {"value": "3"}).body["value"] == "3"
    body = {"update": [{"id": "woocommerce_weight_unit", "value": "g"}, {"id": "zzz", "value": "1"}]}
    answer = api.post("/settings/products/batch", body).body["update"]
    assert answer[0]["value"] == "g"
    assert answer[1]["error"]["code"] == "rest_setting_setting_invalid"
    assert shop.option("woocommerce_weight_unit") == "g"
    assert api.get(path).body["value"] == "3"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/settings/nope", 404, "rest_setting_setting_group_invalid"),
        ("/settings/general/nope", 404, "rest_setting_setting_invalid"),
    ],
)
def test_unknown_settings(api: Api, path: str, status: int, code: str) -> None:
    reply = api.get(path)
    assert (reply.status, reply.code) == (status, code)


def test_a_setting_takes_only_what_may_be_chosen(api: Api) -> None:
    reply = api.put("/settings/general/woocommerce_currency", {"value": "ZZZ"})
    assert (reply.status, reply.code) == (400, "rest_setting_value_invalid")


def test_a_shop_in_a_file_remembers_everything(tmp_path: Path) -> None:
    settings = ShopSettings(file=tmp_path / "shop.db")
    first = open_shop(settings)
    api = Api(first, first.add_key())
    product = api.product(sku="MUG")
    api.put("/settings/products/woocommerce_weight_unit", {"value": "g"})
    first.store.close()
    again = open_shop(settings)
    same = Api(again, api.key)
    assert same.get("/products", sku="MUG").ids == [product["id"]]
    assert again.option("woocommerce_weight_unit") == "g"
    assert same.product()["id"] > product["id"]
    again.store.close()


def test_tax_rates_are_seeded_and_numbered(api: Api) -> None:
    rates = api.get("/taxes").body
    assert [(rate["id"], rate["rate"], rate["class"]) for rate in rates] == [
        (1, "19.0000", "standard"),
        (2, "7.0000", "reduced-rate"),
    ]
    assert api.get("/taxes", **{"class": "reduced-rate"}).ids == [2]


@pytest.mark.parametrize(
    ("sent", "kept"), [("22", "22.0000"), ("22.5", "22.5000"), ("23,5", "23.0000"), ("x", "0.0000")]
)
def test_a_rate_has_four_decimals_and_ends_at_a_comma(api: Api, sent: str, kept: str) -> None:
    assert api.post("/taxes", {"country": "IT", "rate": sent}).body["rate"] == kept


def test_the_life_of_a_tax_rate(api: Api) -> None:
    sent = {"country": "it", "rate": "22", "cities": ["Roma", "Milano"], "postcodes": ["00100...00199"]}
    made = api.post("/taxes", sent).body
    assert (made["country"], made["city"], made["postcode"]) == ("IT", "MILANO", "00100...00199")
    path = f"/taxes/{made['id']}"
    assert api.put(path, {"rate": "23", "postcode": "1;2"}).body["postcodes"] == ["1", "2"]
    assert api.delete(path).body["message"] == "Taxes do not support trashing."
    assert api.delete(path, force=True).status == 200
    assert api.get(path).code == "woocommerce_rest_invalid_id"


def test_a_country_of_three_letters_is_lost_with_201(api: Api) -> None:
    reply = api.post("/taxes", {"country": "ZZZ", "rate": "1"})
    assert (reply.status, reply.body["id"], reply.body["rate"]) == (201, 0, None)
    assert len(api.get("/taxes").body) == 2


def test_tax_classes(api: Api) -> None:
    assert [c["slug"] for c in api.get("/taxes/classes").body] == ["standard", "reduced-rate", "zero-rate"]
    made = api.post("/taxes/classes", {"name": "Bücher 7%"})
    assert (made.body["slug"], made.headers["location"][-8:]) == ("bucher-7", "bucher-7")
    assert api.post("/taxes/classes", {"name": "Bücher 7%"}).code == "woocommerce_rest_tax_class_exists"
    assert api.product(tax_class="bucher-7")["tax_class"] == "bucher-7"
    refused = api.post("/taxes", {"country": "DE", "rate": "1", "class": "zzz"})
    assert "standard, bucher-7, reduced-rate, and zero-rate" in refused.body["data"]["params"]["class"]
    assert api.delete("/taxes/classes/bucher-7").status == 501
    assert api.delete("/taxes/classes/bucher-7", force=True).status == 200
    assert api.get("/taxes/classes/bucher-7").status == 404


def test_shipping_zones_with_places_and_methods() -> None:
    zone = SeedZone(name="EU", countries=("DE", "AT"), methods=(("flat_rate", {"cost": "4.90"}),))
    shop = open_shop(ShopSettings(zones=(zone,)))
    api = Api(shop, shop.add_key())
    assert [(z["id"], z["name"]) for z in api.get("/shipping/zones").body][1:] == [(1, "EU")]
    assert [place["code"] for place in api.get("/shipping/zones/1/locations").body] == ["DE", "AT"]
    method = api.get("/shipping/zones/1/methods").body[0]
    assert (method["method_id"], method["settings"]["cost"]["value"]) == ("flat_rate", "4.90")
    changed = api.put("/shipping/zones/1/methods/1", {"settings": {"cost": "5.90"}, "enabled": False}).body
    assert (changed["settings"]["cost"]["value"], changed["enabled"]) == ("5.90", False)
    shop.store.close()


def test_the_life_of_a_zone(api: Api) -> None:
    made = api.post("/shipping/zones", {"name": "World", "order": 9}).body
    path = f"/shipping/zones/{made['id']}"
    places = [{"code": "US"}, {"code": "101*", "type": "postcode"}, {"code": "EU", "type": "moon"}]
    kept = api.ask("PUT", f"{path}/locations", places).body
    assert [(place["code"], place["type"]) for place in kept] == [
        ("US", "country"),
        ("101*", "postcode"),
        ("EU", "country"),
    ]
    assert api.put(path, {"name": "Earth"}).body["name"] == "Earth"
    assert api.delete(path).code == "rest_trash_not_supported"
    method = api.post(f"{path}/methods", {"method_id": "local_pickup"}).body
    assert api.delete(f"{path}/methods/{method['id']}").status == 501
    assert api.delete(path, force=True).status == 200
    assert api.get(path).code == "woocommerce_rest_shipping_zone_invalid"
    assert api.put("/shipping/zones/0", {"name": "x"}).status == 403


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/shipping/zones/0/methods", {"method_id": "zzz"}, 500, "woocommerce_rest_shipping_zone_not_created"),
        ("/shipping/zones/9/methods", {"method_id": "flat_rate"}, 404, "woocommerce_rest_shipping_zone_invalid"),
        ("/shipping/zones", {}, 400, "rest_missing_callback_param"),
    ],
)
def test_what_shipping_refuses(api: Api, path: str, body: dict[str, Any], status: int, code: str) -> None:
    reply = api.post(path, body)
    assert (reply.status, reply.code) == (status, code)


def test_a_flat_rate_may_differ_by_shipping_class(api: Api) -> None:
    bulky = api.post("/products/shipping_classes", {"name": "Bulky"}).body["id"]
    method = api.post("/shipping/zones/0/methods", {"method_id": "flat_rate"}).body
    assert f"class_cost_{bulky}" in method["settings"]


def test_shipping_methods_are_known(api: Api) -> None:
    ids = [method["id"] for method in api.get("/shipping_methods").body]
    assert ids == ["flat_rate", "free_shipping", "local_pickup", "pickup_location"]
    assert api.get("/shipping_methods/flat_rate").body["title"] == "Flat rate"
    assert api.get("/shipping_methods/zzz").code == "woocommerce_rest_shipping_method_invalid"


def test_payment_gateways(api: Api) -> None:
    assert [gateway["id"] for gateway in api.get("/payment_gateways").body] == ["bacs", "cheque", "cod"]
    changed = api.put("/payment_gateways/cheque", {"enabled": False, "title": "Scheck"}).body
    assert (changed["enabled"], changed["title"], changed["settings"]["title"]["value"]) == (False, "Scheck", "Scheck")
    assert changed["settings"]["title"]["default"] == "Check payments"
    by_settings = api.put("/payment_gateways/bacs", {"settings": {"instructions": "Pay soon", "zzz": "x"}}).body
    assert by_settings["settings"]["instructions"]["value"] == "Pay soon"
    assert api.get("/payment_gateways/zzz").code == "woocommerce_rest_payment_gateway_invalid"


def test_countries_and_currencies(api: Api) -> None:
    assert api.get("/data/currencies/current").body["code"] == "EUR"
    assert api.get("/data/currencies/eur").body["symbol"] == "&euro;"
    assert api.get("/data/currencies/zzz").code == "woocommerce_rest_data_invalid_currency"
    countries = [country["code"] for country in api.get("/data/countries").body]
    assert countries[:3] == ["AF", "AX", "AL"]
    assert len(countries) >= 245
    assert "DE-BE" in {state["code"] for state in api.get("/data/countries/de").body["states"]}
    assert api.get("/data/countries/zz").code == "woocommerce_rest_data_invalid_location"
    assert [row["slug"] for row in api.get("/data").body] == ["continents", "countries", "currencies"]


def test_the_status_names_versions_and_order_storage(api: Api) -> None:
    status = api.get("/system_status").body
    assert (status["environment"]["version"], status["environment"]["wp_version"]) == ("10.5.0", "6.9.1")
    assert status["settings"]["HPOS_enabled"] is True
    assert status["settings"]["order_datastore"].endswith("OrdersTableDataStore")
    fields = api.get("/system_status", _fields="environment.version,settings.currency").body
    assert fields == {"environment": {"version": "10.5.0"}, "settings": {"currency": "EUR"}}


def test_reports_are_as_empty_as_in_the_real_shop(api: Api) -> None:
    api.product()
    assert api.get("/reports/top_sellers", period="month").body == []
    sales = api.get("/reports/sales", period="month").body[0]
    assert (sales["total_sales"], len(sales["totals"])) == ("0.00", 10)
    totals = {row["slug"]: row["total"] for row in api.get("/reports/products/totals").body}
    assert totals == {"external": 0, "grouped": 0, "simple": 1, "variable": 0}


HOOK = {"topic": "order.created", "delivery_url": "http://hub.example/hook"}


def test_a_webhook_is_active_whatever_is_sent_and_pinged_at_once(api: Api, shop: Shop, clock: ShopClock) -> None:
    made = api.post("/webhooks", {**HOOK, "status": "paused"}).body
    assert (made["status"], made["resource"], made["event"]) == ("active", "order", "created")
    assert made["name"] == "Webhook created on Mar 10, 2026 @ 12:00 PM"
    assert made["date_modified"] is None
    assert api.told == [("webhook.pinged", made["id"])]
    clock.advance(1)
    ping_answered(shop, made["id"])
    assert api.get(f"/webhooks/{made['id']}").body["date_modified_gmt"] == "2026-03-10T12:00:01"


def test_the_secret_of_a_webhook_is_never_shown(api: Api) -> None:
    made = api.post("/webhooks", {**HOOK, "secret": "hush"}).body
    assert "secret" not in made
    assert "secret" not in api.get(f"/webhooks/{made['id']}").body


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"topic": "order.exploded"}, "woocommerce_rest_shop_webhook_invalid_topic"),
        ({"topic": "order"}, "woocommerce_rest_shop_webhook_invalid_topic"),
        ({"topic": None}, "rest_missing_callback_param"),
        ({"delivery_url": "ftp://x"}, "woocommerce_rest_shop_webhook_invalid_delivery_url"),
        ({"delivery_url": None}, "rest_missing_callback_param"),
        ({"status": "off"}, "rest_invalid_param"),
    ],
)
def test_what_is_no_webhook(api: Api, change: dict[str, Any], code: str) -> None:
    reply = api.post("/webhooks", {**HOOK, **change})
    assert (reply.status, reply.code) == (400, code)


def test_any_action_may_be_a_topic(api: Api) -> None:
    made = api.post("/webhooks", {**HOOK, "topic": "action.woocommerce_low_stock"}).body
    assert (made["resource"], made["event"], made["hooks"]) == (
        "action",
        "woocommerce_low_stock",
        ["woocommerce_low_stock"],
    )


def test_the_life_of_a_webhook(api: Api) -> None:
    made = api.post("/webhooks", HOOK).body
    path = f"/webhooks/{made['id']}"
    assert api.put(path, {"status": "paused"}).body["status"] == "paused"
    assert api.get("/webhooks", status="paused").ids == [made["id"]]
    assert api.get("/webhooks", status="active").body == []
    api.told.clear()
    api.put(path, {"delivery_url": "http://hub.example/other"})
    assert api.told == [("webhook.pinged", made["id"])]
    assert api.delete(path).body["message"] == "Webhooks do not support trashing."
    assert api.delete(path, force=True).status == 200
    assert api.get(path).body["message"] == "ID is invalid."


def test_webhooks_in_a_batch(api: Api) -> None:
    body = {"create": [HOOK, {**HOOK, "topic": "bad"}], "delete": [99999]}
    answer = api.post("/webhooks/batch", body).body
    assert answer["create"][0]["status"] == "active"
    assert answer["create"][1]["error"]["code"] == "woocommerce_rest_shop_webhook_invalid_topic"
    assert answer["delete"][0]["error"]["message"] == "Invalid ID."
