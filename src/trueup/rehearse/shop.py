"""The shop of a rehearsal: its shoppers and its staff, over the shop's own interfaces and past the hub."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from trueup.rehearse import address, shop_facts
from trueup.rehearse.case import Answer
from trueup.rehearse.scene import CannotTell, Given, NotOffered, Scene

Doc = dict[str, Any]
MARK = "_trueup_rehearsal"
"""The custom field of everything that a rehearsal makes in a shop; its value is the rehearsal's mark."""
BATCH = 100


class ShopSays(Exception):
    """The shop refused what its staff or a shopper wanted to do; the message is its own."""


@dataclass
class ShopSide:
    """`switch` is the control interface of a shop in the box, where there is one: its shoppers use the storefront, and
    its plug-ins and faults can be switched."""

    rest: httpx2.Client
    label: str
    switch: httpx2.Client | None = None
    kind: str = "shop"
    made: dict[str, list[int]] = field(default_factory=dict)

    def do(self, verb: str, scene: Scene, given: Given) -> None:
        VERBS[verb](self, scene, given)

    def answer(self, what: str, thing: str, scene: Scene) -> Answer:
        return shop_facts.answer(self, what, thing, scene)

    def close(self) -> None:
        self.rest.close()
        if self.switch is not None:
            self.switch.close()

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """One request; the answer's JSON. Raises ShopSays with what the shop says about a refusal."""
        answer = self.rest.request(method, path, json=body, params=query)
        if answer.status_code >= 400:
            raise ShopSays(_message(answer))
        return answer.json()

    def box(self, path: str, body: Mapping[str, Any]) -> Any:
        """A switch of the shop in the box. Raises NotOffered for any other shop."""
        if self.switch is None:
            raise NotOffered("Only the shop in the box can be made to do this.")
        answer = self.switch.post(path, json=dict(body))
        if answer.status_code >= 400:
            raise ShopSays(str(answer.json().get("error", answer.text)))
        return answer.json()

    def pages(self, path: str, **query: Any) -> Iterator[Doc]:
        """Every object of a list, oldest first."""
        page = 1
        while True:
            known: Doc = {"per_page": BATCH, "page": page, "orderby": "id", "order": "asc"}
            answer = self.rest.get(path, params={**known, **query})
            if answer.status_code >= 400:
                raise ShopSays(_message(answer))
            yield from answer.json()
            if page >= int(answer.headers.get("x-wp-totalpages", "1")):
                return
            page += 1

    def calm(self) -> None:
        """Nothing goes wrong on purpose any more."""
        if self.switch is not None:
            self.switch.delete("/faults")

    def remember(self, kind: str, id: int) -> int:
        """Something that the rehearsal made, to be removed afterwards."""
        self.made.setdefault(kind, []).append(id)
        return id

    # What there is

    def products(self, sku: str) -> list[Doc]:
        found: list[Doc] = self.call("GET", "/products", sku=sku)
        return found

    def product(self, sku: str) -> Doc:
        """The product or variation with this SKU. Raises CannotTell if there is none, or several."""
        found = self.products(sku)
        if len(found) != 1:
            raise CannotTell(f"the shop has {len(found)} products with the SKU {sku}")
        return found[0]

    def order(self, id: int) -> Doc:
        found: Doc = self.call("GET", f"/orders/{id}")
        return found

    def publish(self, skus: Sequence[str]) -> None:
        """The merchant looks through the new drafts and puts them on sale. What is not there is left out."""
        for start in range(0, len(skus), BATCH):
            found = self.pages("/products", sku=",".join(skus[start : start + BATCH]), status="draft")
            updates = [{"id": doc["id"], "status": "publish"} for doc in found if doc["type"] != "variation"]
            if updates:
                self.call("POST", "/products/batch", {"update": updates})


def open_shop(
    url: str, key: str, secret: str, *, label: str, ca_file: Path | None = None, switch: str | None = None
) -> ShopSide:
    """`url` must be https, as the keys travel with each request."""
    trust = ssl.create_default_context(cafile=ca_file)
    rest = httpx2.Client(base_url=f"{url}/wp-json/wc/v3", auth=(key, secret), verify=trust, timeout=120)
    box = httpx2.Client(base_url=f"{switch}/_sandbox", timeout=120) if switch else None
    return ShopSide(rest, label, box)


def _message(answer: httpx2.Response) -> str:
    try:
        return f"{answer.status_code}: {answer.json()['message']}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code}"


# What shoppers and staff do


def buys(shop: ShopSide, scene: Scene, given: Given) -> None:
    """A shopper orders in the storefront; where only the REST interface can be reached, staff enter the order."""
    if shop.switch is None:
        enters_order(shop, scene, _as_staff(given))
        return
    letter = given["order"]
    items = [[_buyable(shop, scene, text), count] for count, text in map(counted, given["items"])]
    more = {name: given[name] for name in ("note", "delivery", "customer_id") if name in given}
    body = {
        "items": items,
        "billing": address.billing(scene.case.id, letter, given.get("who", {})),
        "coupons": [scene.code(coupon) for coupon in given.get("coupons", ())],
        "payment_method": given.get("payment", "card"),
        **more,
    }
    if "to" in given:
        body["shipping"] = address.shipping(address.billing(scene.case.id, letter, given["to"]))
    if given.get("delivery") == "none":
        body["delivery"] = None
    scene.orders[letter] = shop.remember("orders", shop.box("/order", body)["id"])


def enters_order(shop: ShopSide, scene: Scene, given: Given) -> None:
    """Staff enter an order: lines with their own prices if given, shipping, fees, coupons, custom fields."""
    letter = given["order"]
    who = address.billing(scene.case.id, letter, given.get("who", {}))
    to = address.billing(scene.case.id, letter, {**given.get("who", {}), **given.get("to", {})})
    body = {
        "billing": who,
        "shipping": address.shipping(to),
        "line_items": [_order_line(shop, scene, line) for line in given["items"]],
        "shipping_lines": [_shipping_line(line) for line in given.get("shipping", ({"cost": "4.90"},))],
        "fee_lines": [_fee_line(line) for line in given.get("fees", ())],
        "coupon_lines": [{"code": scene.code(code)} for code in given.get("coupons", ())],
        "customer_note": given.get("note", ""),
        "payment_method": given.get("payment", "cod"),
        "payment_method_title": given.get("payment", "cod"),
        "status": given.get("status", "pending" if given.get("paid") else "processing"),
        "meta_data": [{"key": MARK, "value": scene.mark}, *given.get("meta", ())],
    }
    more = {"customer_id": given["customer_id"]} if "customer_id" in given else {}
    made = shop.call("POST", "/orders", {**body, **more, "set_paid": bool(given.get("paid"))})
    scene.orders[letter] = shop.remember("orders", made["id"])


def _as_staff(given: Given) -> Given:
    """What staff enter for a shopper who cannot be played."""
    payment = given.get("payment", "card")
    later = payment in ("bacs", "cheque")
    chosen = given.get("delivery", {"cost": "4.90"})
    line = {"cost": chosen["cost"], "method": chosen.get("method_id", "flat_rate"), "title": chosen.get("title", "")}
    how = {"payment": payment, "paid": not later, **({"status": "on-hold"} if later else {})}
    return {**given, **how, "shipping": [line]}


def counted(text: str) -> tuple[int, str]:
    """`2 MUG` is two of them; `MUG` is one."""
    count, _, name = text.partition(" ")
    return (int(count), name) if name and count.isdigit() else (1, text)


def _buyable(shop: ShopSide, scene: Scene, name: str) -> int:
    return int(shop.product(scene.sku(name))["id"])


def _order_line(shop: ShopSide, scene: Scene, line: Any) -> Doc:
    given = {"article": line} if isinstance(line, str) else dict(line)
    count, name = counted(given.pop("article"))
    product = shop.product(scene.sku(name))
    parent = product.get("parent_id") or 0
    ids = {"product_id": parent, "variation_id": product["id"]} if parent else {"product_id": product["id"]}
    return {**ids, "quantity": count, **given}


def _shipping_line(line: Mapping[str, Any]) -> Doc:
    title = line.get("title", "Flat rate")
    return {"method_id": line.get("method", "flat_rate"), "method_title": title, "total": line["cost"]}


def _fee_line(line: Mapping[str, Any]) -> Doc:
    return {
        "name": line["name"],
        "total": line["amount"],
        **{k: line[k] for k in ("tax_class", "tax_status") if k in line},
    }


def sets_status(shop: ShopSide, scene: Scene, given: Given) -> None:
    shop.call("PUT", f"/orders/{scene.order(given['order'])}", {"status": given["status"]})


def pays(shop: ShopSide, scene: Scene, given: Given) -> None:
    """The money has come in, and staff release the order. (`set_paid` does nothing to an order on hold.)"""
    shop.call("PUT", f"/orders/{scene.order(given['order'])}", {"status": "processing"})


def changes_address(shop: ShopSide, scene: Scene, given: Given) -> None:
    to = {name: value for name, value in given.items() if name != "order"}
    shop.call("PUT", f"/orders/{scene.order(given['order'])}", {"shipping": to})


def changes_note(shop: ShopSide, scene: Scene, given: Given) -> None:
    shop.call("PUT", f"/orders/{scene.order(given['order'])}", {"customer_note": given["note"]})


def changes_line(shop: ShopSide, scene: Scene, given: Given) -> None:
    """Staff correct the quantity of a line; its totals follow its price, as in the shop's own edit page."""
    id = scene.order(given["order"])
    line = _line_of(shop.order(id), scene.sku(given["article"]))
    figures = {"quantity": given["quantity"], "subtotal": given["total"], "total": given["total"]}
    shop.call("PUT", f"/orders/{id}", {"line_items": [{"id": line["id"], **figures}]})


def _line_of(order: Doc, sku: str) -> Doc:
    return next(line for line in order["line_items"] if line["sku"] == sku)


def gives_refund(shop: ShopSide, scene: Scene, given: Given) -> None:
    """Staff note a refund; no payment provider is asked. `lines` are articles with pieces, net amount and tax;
    `refused`: the shop itself is expected not to take it."""
    id = scene.order(given["order"])
    order = shop.order(id)
    lines = [_refund_line(order, scene, line) for line in given.get("lines", ())]
    body = {"amount": given["amount"], "reason": given.get("reason", ""), "line_items": lines, "api_refund": False}
    try:
        shop.call("POST", f"/orders/{id}/refunds", {**body, "api_restock": bool(given.get("restock"))})
    except ShopSays:
        if not given.get("refused"):
            raise


def _refund_line(order: Doc, scene: Scene, given: Mapping[str, Any]) -> Doc:
    line = (
        order["shipping_lines"][0] if given["article"] == "shipping" else _line_of(order, scene.sku(given["article"]))
    )
    rates = [{"id": tax["id"], "refund_total": given["tax"]} for tax in line["taxes"] if tax["total"]]
    count = {"quantity": given["pieces"]} if "pieces" in given else {}
    return {"id": line["id"], **count, "refund_total": given["net"], "refund_tax": rates}


def deletes_article(shop: ShopSide, scene: Scene, given: Given) -> None:
    id = _buyable(shop, scene, given["article"])
    shop.call("DELETE", f"/products/{id}", force=True)


def renames_sku(shop: ShopSide, scene: Scene, given: Given) -> None:
    shop.call("PUT", f"/products/{_buyable(shop, scene, given['article'])}", {"sku": scene.sku(given["to"])})


def adds_product(shop: ShopSide, scene: Scene, given: Given) -> None:
    """Staff enter a product by hand, past the back office."""
    body = {
        "name": given["name"],
        "sku": scene.sku(given["article"]),
        "regular_price": given["price"],
        "type": "simple",
    }
    shop.remember("products", shop.call("POST", "/products", body)["id"])


def sets_price(shop: ShopSide, scene: Scene, given: Given) -> None:
    shop.call("PUT", f"/products/{_buyable(shop, scene, given['article'])}", {"regular_price": given["price"]})


def publishes(shop: ShopSide, scene: Scene, given: Given) -> None:
    shop.publish([scene.sku(name) for name in given["articles"]])


def breaks(shop: ShopSide, scene: Scene, given: Given) -> None:
    """Something goes wrong in the shop in the box."""
    shop.box("/faults", given)


def switches(shop: ShopSide, scene: Scene, given: Given) -> None:
    shop.box("/features", given)


VERBS: Mapping[str, Callable[[ShopSide, Scene, Given], None]] = {
    "buys": buys,
    "enters order": enters_order,
    "sets status": sets_status,
    "pays": pays,
    "changes address": changes_address,
    "changes note": changes_note,
    "changes line": changes_line,
    "gives refund": gives_refund,
    "deletes article": deletes_article,
    "renames sku": renames_sku,
    "adds product": adds_product,
    "sets price": sets_price,
    "publishes": publishes,
    "breaks": breaks,
    "switches": switches,
}
