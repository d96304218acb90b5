"""Core fulfilments: a feature to switch on, parcels of an order, and the one custom field they leave on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.conftest import Api
from trueup.sandbox.carriers import CARRIERS, guess
from trueup.sandbox.features import FULFILMENTS, REST_V4, features_of, switch
from trueup.sandbox.front_door import open_shop
from trueup.sandbox.replay import alone, exchanges_of, steps_before
from trueup.sandbox.settings import ShopSettings
from trueup.sandbox.shop import Shop

RECORDINGS = Path(__file__).parents[1] / "recordings"
DHL = "00340434161094042557"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    switch(shop, {FULFILMENTS: True})
    return shop


def order_of(api: Api, *products: dict[str, Any], quantity: int = 4) -> dict[str, Any]:
    lines = [{"product_id": product["id"], "quantity": quantity} for product in products]
    reply = api.post("/orders", {"payment_method": "bacs", "set_paid": True, "line_items": lines})
    assert reply.status == 201
    return dict(reply.body)


def parcel(*items: tuple[int, float], status: str = "fulfilled", **meta: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [{"id": 0, "key": "_items", "value": [{"item_id": i, "qty": q} for i, q in items]}]
    rows += [{"id": 0, "key": f"_{key}", "value": value} for key, value in meta.items()]
    return {"status": status, "meta_data": rows}


def send(api: Api, order: dict[str, Any], *quantities: float, **more: Any) -> dict[str, Any]:
    items = [(line["id"], q) for line, q in zip(order["line_items"], quantities, strict=False)]
    reply = api.post(f"/orders/{order['id']}/fulfillments", parcel(*items, **more))
    assert reply.status == 201, reply.body
    return dict(reply.body)


def field_of(api: Api, order: dict[str, Any], key: str = "_fulfillment_status") -> Any:
    rows = api.get(f"/orders/{order['id']}").body["meta_data"]
    return next((row["value"] for row in rows if row["key"] == key), None)


def items_in(api: Api, order: dict[str, Any]) -> list[list[float]]:
    """Pieces per fulfilment that is left."""
    found = api.get(f"/orders/{order['id']}/fulfillments").body
    return [[item["qty"] for item in one["meta_data"][0]["value"]] for one in found]


def test_a_fresh_shop_has_no_fulfilments(shop: Shop, api: Api) -> None:
    switch(shop, {FULFILMENTS: False})
    order = order_of(api, api.product(regular_price="10"))
    path = f"/orders/{order['id']}/fulfillments"
    assert (api.get(path).status, api.get(path).code) == (404, "rest_no_route")
    assert api.post(path, {"meta_data": []}).code == "rest_no_route"
    assert field_of(api, order, "_auto_fulfill_processed") is None
    assert "fulfillments" not in api.get("/system_status").body["settings"]["enabled_features"]


def test_a_shop_may_begin_with_the_feature_on_and_keeps_it_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite"
    open_shop(ShopSettings(file=file, features=(FULFILMENTS,))).store.close()
    again = open_shop(ShopSettings(file=file))
    assert features_of(again) == (FULFILMENTS,)
    again.store.close()


def test_the_namespace_index_names_the_routes_only_while_they_are_there(shop: Shop, nobody: Api) -> None:
    name = "/wc/v3/orders/(?P<order_id>[\\d]+)/fulfillments"
    routes = nobody.get("/wp-json/wc/v3").body["routes"]
    assert routes[name]["methods"] == ["GET", "POST"]
    assert routes["/wc/v3/orders/(?P<id>[\\d]+)"]["methods"] == ["GET", "POST", "PUT", "PATCH", "DELETE"]
    switch(shop, {FULFILMENTS: False})
    assert name not in nobody.get("/wp-json/wc/v3").body["routes"]


def test_the_namespace_wc_v4_is_only_there_when_switched_on(shop: Shop, nobody: Api) -> None:
    assert nobody.get("/wp-json/wc/v4").code == "rest_no_route"
    switch(shop, {REST_V4: True})
    assert "/wc/v4/fulfillments/providers" in nobody.get("/wp-json/wc/v4").body["routes"]
    assert "wc/v4" in nobody.get("/wp-json/").body["namespaces"]


def test_parcels_make_the_order_partly_and_then_wholly_fulfilled_but_never_completed(api: Api) -> None:
    order = order_of(api, api.product(regular_price="10"), api.product(regular_price="5"))
    assert field_of(api, order) is None
    draft = send(api, order, 1, status="unfulfilled")
    assert field_of(api, order) == "unfulfilled"
    send(api, order, 3, 4, tracking_number=DHL)
    assert field_of(api, order) == "partially_fulfilled"
    api.put(f"/orders/{order['id']}/fulfillments/{draft['id']}", parcel((order["line_items"][0]["id"], 1)))
    assert field_of(api, order) == "fulfilled"
    assert api.get(f"/orders/{order['id']}").body["status"] == "processing"


def test_the_field_goes_with_the_last_fulfilment(api: Api) -> None:
    order = order_of(api, api.product(regular_price="10"))
    made = send(api, order, 4)
    path = f"/orders/{order['id']}/fulfillments/{made['id']}"
    assert api.delete(path).body == {"message": "Fulfillment deleted successfully."}
    assert field_of(api, order) is None
    assert (api.get(path).status, api.get(path).body["code"]) == (400, 404)
    told = len(api.told)
    assert api.delete(path).status == 200
    assert len(api.told) == told


def test_a_put_replaces_all_custom_fields_and_gives_a_new_moment(api: Api) -> None:
    order = order_of(api, api.product(regular_price="10"))
    made = send(api, order, 4, tracking_number=DHL, shipping_provider="dhl")
    line = order["line_items"][0]["id"]
    changed = api.put(f"/orders/{order['id']}/fulfillments/{made['id']}", parcel((line, 4), tracking_number="2")).body
    rows = {row["key"]: row for row in changed["meta_data"]}
    assert list(rows) == ["_items", "_tracking_number", "_date_fulfilled"]
    before = {row["key"]: row["id"] for row in made["meta_data"]}
    assert rows["_tracking_number"]["id"] == before["_tracking_number"]
    assert rows["_date_fulfilled"]["id"] > before["_date_fulfilled"]


def test_a_new_fulfilment_without_ids_in_its_fields_has_no_items(api: Api) -> None:
    order = order_of(api, api.product(regular_price="10"))
    body = parcel((order["line_items"][0]["id"], 1))
    del body["meta_data"][0]["id"]
    reply = api.post(f"/orders/{order['id']}/fulfillments", body)
    assert (reply.status, reply.body["code"]) == (400, 0)
    assert reply.body["message"] == "The fulfillment should contain at least one item."


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([{"item_id": 1, "qty": 0}], "Invalid item."),
        ([{"item_id": 1, "qty": True}], "Invalid item."),
        ([{"item_id": "1", "qty": 1}], "Invalid item."),
        (["1"], "Invalid item."),
        ("1", "The fulfillment items should be an array."),
    ],
)
def test_items_must_be_pieces_of_lines(api: Api, items: Any, said: str) -> None:
    order = order_of(api, api.product(regular_price="10"))
    body = {"status": "fulfilled", "meta_data": [{"id": 0, "key": "_items", "value": items}]}
    reply = api.post(f"/orders/{order['id']}/fulfillments", body)
    assert (reply.status, reply.body["message"]) == (400, said)
    assert field_of(api, order) is None


def test_a_refund_takes_pieces_out_of_a_draft_only_beyond_what_was_pending(api: Api) -> None:
    order = order_of(api, api.product(regular_price="10"))
    send(api, order, 3, status="unfulfilled")
    line = order["line_items"][0]["id"]
    refund = {"api_refund": False, "line_items": [{"id": line, "quantity": 1, "refund_total": 10}]}
    assert api.post(f"/orders/{order['id']}/refunds", refund).status == 201
    assert items_in(api, order) == [[3]]
    api.post(f"/orders/{order['id']}/refunds", refund)
    assert items_in(api, order) == [[2]]
    refund["line_items"] = [{"id": line, "quantity": 2, "refund_total": 20}]
    api.post(f"/orders/{order['id']}/refunds", refund)
    assert items_in(api, order) == []
    assert field_of(api, order) is None


def test_a_refund_leaves_what_was_sent_alone(api: Api) -> None:
    order = order_of(api, api.product(regular_price="10"))
    send(api, order, 4)
    refund = {"api_refund": False, "line_items": [{"id": order["line_items"][0]["id"], "quantity": 4}], "amount": "40"}
    api.post(f"/orders/{order['id']}/refunds", refund)
    assert (items_in(api, order), field_of(api, order)) == ([[4]], "fulfilled")


def test_pieces_of_a_refund_that_is_deleted_are_to_be_sent_again(api: Api) -> None:
    order = order_of(api, api.product(regular_price="10"))
    sent = send(api, order, 3)
    refund = {"api_refund": False, "line_items": [{"id": order["line_items"][0]["id"], "quantity": 1}], "amount": "10"}
    made = api.post(f"/orders/{order['id']}/refunds", refund).body["id"]
    assert field_of(api, order) == "partially_fulfilled"  # the shop does not look again until something is sent
    items = parcel((order["line_items"][0]["id"], 3))
    api.put(f"/orders/{order['id']}/fulfillments/{sent['id']}", items)
    assert field_of(api, order) == "fulfilled"
    api.delete(f"/orders/{order['id']}/refunds/{made}", force=True)
    assert field_of(api, order) == "partially_fulfilled"


def test_downloads_count_as_sent_once_the_order_is_paid_and_only_once(api: Api) -> None:
    song = api.product(regular_price="1", virtual=True, downloadable=True)
    order = order_of(api, song, api.product(regular_price="10"), quantity=1)
    assert items_in(api, order) == [[1]]
    assert (field_of(api, order), field_of(api, order, "_auto_fulfill_processed")) == ("partially_fulfilled", "1")
    api.put(f"/orders/{order['id']}", {"status": "completed"})
    assert items_in(api, order) == [[1]]


def test_an_order_that_is_gone_takes_its_fulfilments_with_it(shop: Shop, api: Api) -> None:
    order = order_of(api, api.product(regular_price="10"))
    send(api, order, 1)
    api.delete(f"/orders/{order['id']}", force=True)
    assert shop.store.count("fulfilment") == 0


@pytest.mark.parametrize(("method", "verb"), [("POST", "create"), ("PUT", "edit"), ("DELETE", "delete")])
def test_nobody_may_change_what_everybody_may_read(api: Api, nobody: Api, method: str, verb: str) -> None:
    order = order_of(api, api.product(regular_price="10"))
    made = send(api, order, 1)
    path = f"/orders/{order['id']}/fulfillments"
    assert nobody.get(path).ids == [made["id"]]
    reply = nobody.ask(method, path if method == "POST" else f"{path}/{made['id']}", {"meta_data": []})
    assert (reply.status, reply.code) == (401, f"woocommerce_rest_cannot_{verb}")


def test_the_same_fulfilments_answer_below_wc_v4(shop: Shop, api: Api) -> None:
    switch(shop, {REST_V4: True})
    order = order_of(api, api.product(regular_price="10"))
    body = {"entity_id": str(order["id"]), **parcel((order["line_items"][0]["id"], 4))}
    made = api.post("/wp-json/wc/v4/fulfillments", body).body
    path = f"/wp-json/wc/v4/fulfillments/{made['id']}"
    assert api.get(path).body == api.get(f"/orders/{order['id']}/fulfillments/{made['id']}").body
    body["status"] = "unfulfilled"
    assert api.put(path, body).body["is_fulfilled"] is False
    assert field_of(api, order) == "unfulfilled"
    assert api.delete(path).status == 200
    assert api.get("/wp-json/wc/v4/fulfillments", order_id=order["id"]).body == []


@pytest.mark.parametrize(
    ("number", "carrier", "several"),
    [(DHL, "fedex", True), ("1z 12345e0205271688", "ups", True), ("RR123456785AT", "dpd", True), ("123", None, False)],
)
def test_a_tracking_number_is_guessed_to_be_of_a_carrier(number: str, carrier: str | None, several: bool) -> None:
    found = guess(number)
    if carrier is None:
        assert found == []
    else:
        assert isinstance(found, dict)
        assert found["shipping_provider"] == carrier
        assert found["tracking_url"] == CARRIERS[carrier][1] + found["tracking_number"]
        assert ("possibilities" in found) is several


def test_each_recorded_step_tells_the_same_webhooks() -> None:
    """What was delivered since the last look, whoever caused it; several of one kind and record are one."""
    session = alone("fulfillments")
    heard: set[tuple[str, int]] = set()
    session.shop.subscribers.append(lambda _shop, topic, id_: heard.add((topic, id_)))
    steps = json.loads((RECORDINGS / "prepare.json").read_text(encoding="utf-8"))["fulfillments"]
    compared: list[str] = []
    for exchange in exchanges_of(RECORDINGS, "fulfillments"):
        for step in steps_before(steps, exchange, first=exchange["id"] == "index_feature_off"):
            session.prepare(step)
        if exchange["id"] in ("order_before", "get_missing"):
            heard.clear()  # the queue was emptied after these preparations
        session.ask("fulfillments", exchange)
        if "webhooks_since_last" in exchange:
            recorded = {(one["topic"], one["id"]) for one in exchange["webhooks_since_last"]}
            assert {one for one in heard if not one[0].startswith("action.")} == recorded, exchange["id"]
            heard.clear()
            compared.append(exchange["id"])
    assert len(compared) == 11
    session.shop.store.close()
