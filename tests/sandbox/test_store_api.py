"""Buying through the Store API: a cart named by its token, a checkout page that makes a draft, an order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.conftest import Api, Reply
from trueup.sandbox.carts import cart_with
from trueup.sandbox.checkout import CannotBuy, Checkout
from trueup.sandbox.clock import ShopClock
from trueup.sandbox.replay import alone, exchanges_of, steps_before
from trueup.sandbox.shipping import add_method, add_zone
from trueup.sandbox.shop import Shop
from trueup.sandbox.storefront import cancel_unpaid, open_checkout, place_order

RECORDINGS = Path(__file__).parents[1] / "recordings"
STORE = "/wp-json/wc/store/v1"
EVA = {
    "first_name": "Eva", "last_name": "Müller", "company": "Müller & Söhne", "address_1": "Hauptstr. 5",
    "city": "Köln", "postcode": "50667", "country": "DE", "email": "eva@example.test",
}  # fmt: skip


class Shopper:
    """Somebody with a browser: no key, a cart token from the first answer."""

    def __init__(self, nobody: Api) -> None:
        self.api = nobody
        self.token = ""
        self.get("/cart")

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        headers = {"cart-token": self.token} if self.token else {}
        reply = self.api.ask(method, STORE + path, body, headers)
        self.token = reply.headers.get("cart-token", self.token)
        return reply

    def get(self, path: str) -> Reply:
        return self.ask("GET", path)

    def post(self, path: str, **body: Any) -> Reply:
        return self.ask("POST", path, body)

    def add(self, product: dict[str, Any], quantity: int = 1) -> Reply:
        return self.post("/cart/add-item", id=product["id"], quantity=quantity)

    def live_at(self, address: dict[str, str]) -> Reply:
        return self.post("/cart/update-customer", billing_address=address, shipping_address=address)

    def pay(self, method: str = "bacs", **more: Any) -> Reply:
        return self.post("/checkout", payment_method=method, **more)


@pytest.fixture
def eva(nobody: Api) -> Shopper:
    shopper = Shopper(nobody)
    shopper.live_at(EVA)
    return shopper


@pytest.fixture
def mug(api: Api) -> dict[str, Any]:
    return api.product(regular_price="10", manage_stock=True, stock_quantity=5, sku="MUG")


def stock(api: Api, product: dict[str, Any]) -> int:
    return int(api.get(f"/products/{product['id']}").body["stock_quantity"])


# -- the cart -----------------------------------------------------------------------------------------------------


def test_a_cart_is_named_by_its_token_and_is_nobody_elses(nobody: Api, mug: dict[str, Any]) -> None:
    one, other = Shopper(nobody), Shopper(nobody)
    assert one.add(mug, 2).body["items_count"] == 2
    assert one.get("/cart").body["totals"]["total_items"] == "2000"
    assert other.get("/cart").body["items"] == []


def test_a_nonce_does_as_well_but_not_a_made_up_one(nobody: Api, mug: dict[str, Any]) -> None:
    nonce = nobody.get(f"{STORE}/cart").headers["nonce"]
    body = {"id": mug["id"], "quantity": 1}
    assert nobody.ask("POST", f"{STORE}/cart/add-item", body, {"nonce": nonce}).status == 201
    refused = nobody.ask("POST", f"{STORE}/cart/add-item", body, {"nonce": "abc"})
    assert (refused.status, refused.code) == (403, "woocommerce_rest_invalid_nonce")


def test_the_same_product_twice_is_one_line(eva: Shopper, mug: dict[str, Any]) -> None:
    eva.add(mug)
    items = eva.add(mug, 2).body["items"]
    assert [(item["quantity"], item["quantity_limits"]["maximum"]) for item in items] == [(3, 5)]
    refused = eva.add(mug, 3)
    assert (refused.status, refused.code) == (400, "woocommerce_rest_product_partially_out_of_stock")
    assert "(5 remaining)" in refused.body["message"]


def test_what_is_sold_out_or_not_for_sale_does_not_go_in(api: Api, eva: Shopper) -> None:
    gone = api.product(regular_price="1", manage_stock=True, stock_quantity=0)
    assert eva.add(gone).code == "woocommerce_rest_product_out_of_stock"
    draft = api.product(regular_price="1", status="draft")
    assert eva.add(draft).code == "woocommerce_rest_cart_invalid_product"
    assert eva.pay().code == "woocommerce_rest_cart_empty"


def test_a_low_stock_is_told(api: Api, eva: Shopper) -> None:
    few = api.product(regular_price="1", manage_stock=True, stock_quantity=2)
    assert eva.add(few).body["items"][0]["low_stock_remaining"] == 2


def test_a_coupon_is_refused_with_the_sentence_but_without_the_html(
    api: Api, eva: Shopper, mug: dict[str, Any]
) -> None:
    api.post("/coupons", {"code": "big", "discount_type": "percent", "amount": "10", "minimum_amount": "50"})
    eva.add(mug)
    refused = eva.post("/cart/apply-coupon", code="BIG")
    assert refused.code == "woocommerce_rest_cart_coupon_error"
    assert refused.body["message"] == "The minimum spend for coupon &quot;big&quot; is 50,00&nbsp;&euro;."
    eva.add(mug, 4)
    totals = eva.post("/cart/apply-coupon", code="BIG").body["totals"]
    assert (totals["total_discount"], totals["total_price"]) == ("500", "5355")
    assert "already been applied" in eva.post("/cart/apply-coupon", code="big").body["message"]


def test_the_zone_of_the_address_decides_how_it_may_be_sent(
    shop: Shop, api: Api, eva: Shopper, mug: dict[str, Any]
) -> None:
    home = add_zone(shop, "DE", 1, [{"code": "DE", "type": "country"}])["id"]
    add_method(shop, home, "flat_rate", {"title": "Parcel", "cost": "4,90"})
    add_method(shop, home, "free_shipping", {"requires": "min_amount", "min_amount": "20"})
    add_method(shop, home, "local_pickup", {"cost": ""})
    add_method(shop, 0, "flat_rate", {"title": "World", "cost": "30", "tax_status": "none"})
    offered = eva.add(mug).body["shipping_rates"][0]["shipping_rates"]
    assert [(rate["name"], rate["price"], rate["taxes"]) for rate in offered] == [
        ("Parcel", "490", "93"),
        ("Local pickup", "0", "0"),
    ]
    names = [rate["name"] for rate in eva.add(mug).body["shipping_rates"][0]["shipping_rates"]]
    assert names == ["Parcel", "Free shipping", "Local pickup"]
    free = eva.post("/cart/select-shipping-rate", package_id=0, rate_id="free_shipping:2").body
    assert free["totals"]["total_shipping"] == "0"
    abroad = eva.live_at({**EVA, "country": "US"}).body["shipping_rates"][0]["shipping_rates"]
    assert [(rate["name"], rate["taxes"], rate["selected"]) for rate in abroad] == [("World", "0", True)]
    assert eva.post("/cart/select-shipping-rate", package_id=0, rate_id="flat_rate:1").status == 400


def test_what_is_not_sent_has_no_shipping(api: Api, shop: Shop, eva: Shopper) -> None:
    add_method(shop, 0, "flat_rate", {"cost": "5"})
    cart = eva.add(api.product(regular_price="1", virtual=True)).body
    assert (cart["needs_shipping"], cart["shipping_rates"], cart["totals"]["total_shipping"]) == (False, [], None)


# -- the checkout page --------------------------------------------------------------------------------------------


def test_opening_the_page_makes_one_draft_that_follows_the_cart(
    api: Api, eva: Shopper, mug: dict[str, Any], clock: ShopClock
) -> None:
    eva.add(mug)
    api.told.clear()
    draft = eva.get("/checkout").body
    assert (draft["status"], draft["payment_method"]) == ("checkout-draft", "bacs")
    assert api.told == [("order.updated", draft["order_id"])]
    assert eva.get("/checkout").body["order_id"] == draft["order_id"]
    assert len(api.told) == 1
    eva.add(mug)
    clock.advance(60)
    assert eva.get("/checkout").body["order_id"] == draft["order_id"]
    seen = api.get(f"/orders/{draft['order_id']}").body
    assert [line["quantity"] for line in seen["line_items"]] == [2]
    assert (seen["date_created_gmt"], seen["date_modified_gmt"]) == ("2026-03-10T12:00:00", "2026-03-10T12:01:00")
    assert stock(api, mug) == 5


def test_filling_in_the_page_places_nothing(api: Api, eva: Shopper, mug: dict[str, Any]) -> None:
    eva.add(mug)
    changed = eva.ask("PUT", "/checkout", {"billing_address": {**EVA, "first_name": "Ida"}})
    assert (changed.body["status"], changed.body["billing_address"]["first_name"]) == ("checkout-draft", "Ida")


def test_an_order_is_announced_as_changed_before_it_is_announced_as_new(
    api: Api, eva: Shopper, mug: dict[str, Any], clock: ShopClock
) -> None:
    eva.add(mug, 2)
    draft = eva.get("/checkout").body["order_id"]
    clock.advance(300)
    api.told.clear()
    done = eva.pay("bacs", customer_note="Klingeln & warten").body
    topics = [topic for topic, _ in api.told if not topic.startswith("action.")]
    assert topics == ["order.updated", "order.created", "product.updated"]
    order = api.get(f"/orders/{draft}").body
    assert (done["order_id"], order["status"], order["customer_note"]) == (draft, "on-hold", "Klingeln &amp; warten")
    assert order["billing"]["company"] == "Müller &amp; Söhne"
    assert order["date_created_gmt"] == "2026-03-10T12:00:00"
    assert order["date_modified_gmt"] == "2026-03-10T12:05:00"
    assert stock(api, mug) == 3
    assert eva.get("/cart").body["items"] == []
    assert eva.get("/cart").body["billing_address"]["city"] == "Köln"


def test_placing_without_a_look_at_the_page_is_possible(api: Api, eva: Shopper, mug: dict[str, Any]) -> None:
    eva.add(mug)
    done = eva.pay("cod").body
    assert (done["status"], done["payment_result"]["payment_status"]) == ("processing", "success")
    assert done["order_key"] in done["payment_result"]["redirect_url"]


def test_a_guest_may_become_a_customer(api: Api, eva: Shopper, mug: dict[str, Any]) -> None:
    eva.add(mug)
    api.told.clear()
    id_ = eva.pay("cod", create_account=True).body["customer_id"]
    account = api.get(f"/customers/{id_}").body
    assert (account["email"], account["first_name"], account["billing"]["city"]) == (EVA["email"], "Eva", "Köln")
    topics = [topic for topic, _ in api.told]
    assert topics.index("order.updated") < topics.index("customer.created") < topics.index("order.created")


def test_a_checkout_without_address_or_with_an_unknown_payment_is_refused(
    nobody: Api, eva: Shopper, mug: dict[str, Any]
) -> None:
    eva.add(mug)
    assert eva.pay("gold").body["data"]["params"] == {
        "payment_method": "payment_method is not one of , bacs, cheque, and cod."
    }
    stranger = Shopper(nobody)
    stranger.add(mug)
    assert stranger.pay().code == "woocommerce_rest_missing_email_address"


def test_who_pays_last_may_find_the_shelf_empty(api: Api, nobody: Api, eva: Shopper) -> None:
    last = api.product(regular_price="1", manage_stock=True, stock_quantity=1)
    ida = Shopper(nobody)
    ida.live_at({**EVA, "email": "ida@example.test"})
    for shopper in (eva, ida):
        shopper.add(last)
        shopper.get("/checkout")
    assert eva.pay("cod").status == 200
    refused = ida.pay("cod")
    assert (refused.status, refused.code) == (403, "woocommerce_product_not_enough_stock")
    assert stock(api, last) == 0


# -- stock held for a payment -------------------------------------------------------------------------------------


def test_an_unpaid_order_holds_its_pieces_for_an_hour_and_is_cancelled_then(
    shop: Shop, api: Api, mug: dict[str, Any], clock: ShopClock
) -> None:
    waiting = place_order(shop, Checkout(items=[(mug["id"], 4)], billing=EVA, payment_method="paypal"))
    assert (waiting["status"], stock(api, mug)) == ("pending", 5)
    with pytest.raises(CannotBuy, match="1 left, 2 wanted"):
        place_order(shop, Checkout(items=[(mug["id"], 2)], billing=EVA))
    clock.advance(59 * 60)
    assert cancel_unpaid(shop) == []
    clock.advance(60)
    place_order(shop, Checkout(items=[(mug["id"], 2)], billing=EVA))
    api.told.clear()
    assert cancel_unpaid(shop) == [waiting["id"]]
    assert ("order.updated", waiting["id"]) in api.told
    assert api.get(f"/orders/{waiting['id']}").body["status"] == "cancelled"
    notes = [note["note"] for note in api.get(f"/orders/{waiting['id']}/notes").body]
    assert (
        "Unpaid order cancelled - time limit reached. Order status changed from Pending payment to Cancelled." in notes
    )
    assert (stock(api, mug), cancel_unpaid(shop)) == (3, [])


def test_a_payment_that_comes_in_time_takes_the_held_pieces(shop: Shop, api: Api, mug: dict[str, Any]) -> None:
    waiting = place_order(shop, Checkout(items=[(mug["id"], 4)], billing=EVA, payment_method="paypal"))
    api.put(f"/orders/{waiting['id']}", {"set_paid": True})
    assert stock(api, mug) == 1
    with pytest.raises(CannotBuy, match="1 left"):
        place_order(shop, Checkout(items=[(mug["id"], 2)], billing=EVA))


def test_a_draft_holds_nothing(shop: Shop, api: Api, mug: dict[str, Any]) -> None:
    open_checkout(shop, Checkout(items=[(mug["id"], 5)], billing=EVA))
    assert place_order(shop, Checkout(items=[(mug["id"], 5)], billing=EVA))["status"] == "processing"


@pytest.mark.parametrize(("method", "status"), [("bacs", "processing"), ("cod", "completed"), ("paypal", "processing")])
def test_an_order_that_costs_nothing_is_paid_whatever_the_method(
    shop: Shop, api: Api, method: str, status: str
) -> None:
    gift = api.product(regular_price="0")
    checkout = Checkout(items=[(gift["id"], 1)], billing=EVA, delivery=None, payment_method=method)
    order = api.get(f"/orders/{place_order(shop, checkout)['id']}").body
    assert (order["status"], order["total"], order["date_paid"] is not None) == (status, "0.00", True)


# -- orders that do not add up ------------------------------------------------------------------------------------


def test_hasty_orders_may_lose_their_list_of_taxes_for_good(shop: Shop, api: Api, eva: Shopper) -> None:
    mug = api.product(regular_price="10")
    shop.faults.lost_tax_lines = 1.0
    eva.add(mug)
    hasty = api.get(f"/orders/{eva.pay('bacs').body['order_id']}").body
    assert (hasty["tax_lines"], hasty["total_tax"], hasty["total"]) == ([], "1.90", "11.90")
    assert hasty["line_items"][0]["taxes"][0]["total"] == "1.90"
    api.put(f"/orders/{hasty['id']}", {"status": "completed"})
    assert api.get(f"/orders/{hasty['id']}").body["tax_lines"] == []
    eva.add(mug)
    eva.get("/checkout")
    careful = api.get(f"/orders/{eva.pay('bacs').body['order_id']}").body
    assert len(careful["tax_lines"]) == 1


def test_two_discounts_larger_than_the_order_make_its_total_negative(api: Api) -> None:
    recorded = json.loads((RECORDINGS / "order_anomalies.json").read_text(encoding="utf-8"))["orders"]
    wanted = next(one["order"] for one in recorded if one["id"] == "negative_total")
    mug = api.product(regular_price="10.00")
    fees = [{"name": "Nachlass 1", "total": "-50.00"}, {"name": "Nachlass 2", "total": "-20.00"}]
    lines = [{"product_id": mug["id"], "quantity": 1}]
    order = api.post("/orders", {"billing": {"country": "DE"}, "line_items": lines, "fee_lines": fees}).body
    names = ("total", "total_tax", "cart_tax", "discount_total")
    assert {name: order[name] for name in names} == {name: wanted[name] for name in names}
    assert [fee["total"] for fee in order["fee_lines"]] == [fee["total"] for fee in wanted["fee_lines"]]
    assert order["tax_lines"][0]["tax_total"] == wanted["tax_lines"][0]["tax_total"]


# -- the recording ------------------------------------------------------------------------------------------------

ENDS = {
    "bacs_cart filled, not yet at the checkout": "bacs_select_shipping",
    "bacs_checkout opened (checkout-draft)": "bacs_draft_stock_CO-SHIRT-M",
    "bacs_order placed": "bacs_cart_after",
    "twin": "bacs_rest_twin",
    "transfer received": "bacs_pay_arrives",
    "completed": "bacs_complete",
    "cod_incl_cart filled, not yet at the checkout": "cod_incl_select_shipping",
    "cod_incl_checkout opened (checkout-draft)": "cod_incl_draft_stock_CO-SHIRT-M",
    "cod_incl_order placed": "cod_incl_cart_after",
    "twin incl": "cod_incl_rest_twin",
}


def test_the_recorded_checkouts_tell_the_same_webhooks_in_the_same_order() -> None:
    recorded = json.loads((RECORDINGS / "checkout.json").read_text(encoding="utf-8"))["causes"]
    assert [cause["cause"] for cause in recorded] == list(ENDS)
    causes = {ENDS[cause["cause"]]: cause["deliveries"] for cause in recorded}
    session = alone("checkout")
    heard: list[tuple[str, int]] = []
    session.shop.subscribers.append(lambda _shop, topic, id_: heard.append((topic, id_)))
    steps = json.loads((RECORDINGS / "prepare.json").read_text(encoding="utf-8"))["checkout"]
    for exchange in exchanges_of(RECORDINGS, "checkout"):
        for step in steps_before(steps, exchange, first=exchange["id"] == "add_without_nonce"):
            session.prepare(step)
            heard.clear()
        session.ask("checkout", exchange)
        if exchange["id"] in causes:
            arrived = [one for one in dict.fromkeys(heard) if not one[0].startswith("action.")]
            assert arrived == [(one["topic"], one["id"]) for one in causes[exchange["id"]]], exchange["id"]
            heard.clear()
    session.shop.store.close()


def test_carts_are_kept_in_the_shop(shop: Shop, eva: Shopper, mug: dict[str, Any]) -> None:
    eva.add(mug)
    kept = cart_with(shop, eva.token)
    assert kept is not None
    assert [item["quantity"] for item in kept["items"]] == [1]
    assert cart_with(shop, "nobody's") is None
