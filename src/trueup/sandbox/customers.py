"""``/customers``: accounts of the shop. Guests are not among them; nothing here can be asked for by date changed."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from trueup.sandbox import meta as metas
from trueup.sandbox.batch import as_id, batch_of
from trueup.sandbox.dates import iso
from trueup.sandbox.deleting import forced, without_trash
from trueup.sandbox.errors import WooError
from trueup.sandbox.order_docs import BILLING, SHIPPING
from trueup.sandbox.order_fields import CUSTOMER, CUSTOMER_LIST
from trueup.sandbox.paging import Where, add_common, listed, offset_of
from trueup.sandbox.product_view import links
from trueup.sandbox.router import CREATE, DELETE, READ, UPDATE, Answer, Call, Params, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table
from trueup.sandbox.texts import clean
from trueup.sandbox.validation import INTEGER, Field, check

CUSTOMERS = Table(
    name="customer",
    columns={"email": "TEXT", "username": "TEXT", "role": "TEXT", "name_key": "TEXT", "created": "TEXT"},
    of=lambda doc: {
        "email": doc["email"].lower(),
        "username": doc["username"].lower(),
        "role": doc["role"],
        "name_key": (doc["first_name"] + doc["username"]).lower(),
        "created": doc["created"],
    },
    indexes=("email", "username", "created"),
)
ACCOUNT_EMAIL = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
TAKEN = "An account is already registered with {email}. Please log in or use a different email address."
ORDER_BY = {
    "id": "id {way}",
    "include": "id {way}",
    "name": "username {way}, id {way}",
    "registered_date": "created {way}, id",
}


def seed_customers(shop: Shop) -> None:
    """The shop's owner, who has the first account, a little older than the shop."""
    if not shop.store.count("customer"):
        doc = _blank(shop, shop.store.next_id("user"), "admin@example.test", "admin")
        created = iso(shop.now() - timedelta(minutes=6))
        shop.store.insert("customer", doc | {"role": "administrator", "created": created, "modified": None})


def list_customers(shop: Shop, call: Call) -> Answer:
    params = check(CUSTOMER_LIST, call.params)
    where = _where(params)
    total = shop.store.count("customer", where.sql, where.params)
    order = ORDER_BY[params["orderby"]].format(way=params["order"])
    limit, offset = int(params["per_page"]), offset_of(params)
    docs = shop.store.select("customer", where.sql, where.params, order=order, limit=limit, offset=offset)
    return listed(call, [customer_view(shop, call, doc) for doc in docs], total, params)


def _where(params: Params) -> Where:
    where = Where()
    add_common(where, params)
    if params["role"] != "all":
        where.add("role = ?", params["role"])
    if params.get("email"):
        where.add("email = ?", params["email"].lower())
    if params.get("search"):
        text = f"%{params['search'].lower()}%"
        where.add("(email LIKE ? OR username LIKE ?)", text, text)
    return where


def get_customer(shop: Shop, call: Call, id_: int) -> Answer:
    doc = _known(shop, id_)
    headers = {"Allow": "GET, POST, PUT, PATCH"} if doc["role"] == "administrator" else {}
    return Answer(body=customer_view(shop, call, doc), headers=headers)


def _known(shop: Shop, id_: Any) -> Doc:
    doc = shop.store.get("customer", as_id(id_))
    if doc is None:
        raise WooError(404, "wc_user_invalid_id", "Invalid user ID.", allow=False)
    return doc


def create_customer(shop: Shop, call: Call) -> Answer:
    view = create(shop, call, check({**CUSTOMER, "email": Field(required=True)}, call.params))
    return Answer(status=201, body=view, headers={"Location": call.url(f"/customers/{view['id']}")})


def create(shop: Shop, call: Call, given: Doc) -> Doc:
    """A new account. Raises WooError 400 for an address or a name that is taken or cannot be."""
    if given.get("id"):
        raise WooError(400, "woocommerce_rest_customer_exists", "Cannot create existing resource.")
    return customer_view(shop, call, add_customer(shop, given))


def add_customer(shop: Shop, given: Doc) -> Doc:
    """Store a new account and announce it. Raises WooError 400 for an address or a name that is taken."""
    email = str(given.get("email") or "").strip()
    _check_email(shop, email)
    username = _username(shop, given.get("username"), email)
    doc = _blank(shop, shop.store.next_id("user"), email, username)
    _apply(shop, doc, given)
    if not given.get("password"):
        doc["meta"] = metas.merged(shop.store, doc["meta"], [{"key": "default_password_nag", "value": "1"}])
    shop.store.insert("customer", doc)
    shop.emit("customer.created", doc["id"])
    shop.emit("customer.updated", doc["id"])
    return doc


def _check_email(shop: Shop, email: str) -> None:
    if not email:
        text = "Please provide a valid email address."
        raise WooError(400, "registration-error-invalid-email", text)
    if not ACCOUNT_EMAIL.match(email):
        raise WooError(400, "customer_invalid_email", "Invalid email address")
    if shop.store.count("customer", "email = ?", (email.lower(),)):
        raise WooError(400, "registration-error-email-exists", TAKEN.format(email=email))


def _username(shop: Shop, given: Any, email: str) -> str:
    """The name asked for, or one made of the address."""
    if given:
        if shop.store.count("customer", "username = ?", (str(given).lower(),)):
            text = "An account is already registered with that username. Please choose another."
            raise WooError(400, "registration-error-username-exists", text)
        return clean(given)
    base = name = email.partition("@")[0].lower()
    number = 1
    while shop.store.count("customer", "username = ?", (name,)):
        number += 1
        name = f"{base}-{number}"
    return name


def _blank(shop: Shop, id_: int, email: str, username: str) -> Doc:
    now = shop.now_iso()
    return {
        "id": id_, "created": now, "modified": now, "email": email, "first_name": "", "last_name": "",
        "role": "customer", "username": username, "billing": dict.fromkeys(BILLING, ""),
        "shipping": dict.fromkeys(SHIPPING, ""), "paying": False, "meta": [],
    }  # fmt: skip


def update_customer(shop: Shop, call: Call, id_: int) -> Answer:
    return Answer(body=update(shop, call, id_, check(CUSTOMER, call.params)))


def update(shop: Shop, call: Call, id_: Any, given: Doc) -> Doc:
    """Change an account. Raises WooError 404 for an unknown one, 400 for a taken address or another username."""
    before = _known(shop, id_)
    email = str(given.get("email") or before["email"]).strip()
    if email.lower() != before["email"].lower() and shop.store.count("customer", "email = ?", (email.lower(),)):
        raise WooError(400, "woocommerce_rest_customer_invalid_email", "Email address is invalid.")
    if given.get("username") and given["username"] != before["username"]:
        raise WooError(400, "woocommerce_rest_customer_invalid_argument", "Username isn't editable.")
    doc = {**before, "email": email, "modified": shop.now_iso()}
    _apply(shop, doc, given)
    shop.store.update("customer", doc, before)
    shop.emit("customer.updated", doc["id"])
    return customer_view(shop, call, doc)


def _apply(shop: Shop, doc: Doc, given: Doc) -> None:
    for name in ("first_name", "last_name"):
        if given.get(name) is not None:
            doc[name] = clean(given[name])
    for name, fields in (("billing", BILLING), ("shipping", SHIPPING)):
        if isinstance(given.get(name), dict):
            known = {part: str(given[name][part] or "") for part in fields if part in given[name]}
            doc[name] = {**doc[name], **known}
    doc["meta"] = metas.merged(shop.store, doc["meta"], given.get("meta_data"))


def delete_customer(shop: Shop, call: Call, id_: int) -> Answer:
    check({"reassign": INTEGER}, call.params)
    return Answer(body=delete(shop, call, id_, force=forced(call)), allow=False)


def delete(shop: Shop, call: Call, id_: Any, *, force: bool) -> Doc:
    """Gone; orders keep the customer's id. There is no trash for accounts."""
    doc = _known(shop, id_)
    if not force:
        raise without_trash("Customers")
    shop.store.delete("customer", doc["id"])
    shop.emit("customer.deleted", doc["id"])
    view = customer_view(shop, call, doc)
    del view["_links"]["self"][0]["targetHints"]  # nothing can be done to it any more
    return view


def list_downloads(shop: Shop, _call: Call, id_: int) -> Answer:
    """Files the customer may load down: none, the shop sells no downloads that were paid for here."""
    _known(shop, id_)
    return Answer(body=[])


def customer_view(shop: Shop, call: Call, doc: Doc) -> Doc:
    avatar = sha256(doc["email"].strip().lower().encode()).hexdigest()
    return {
        "id": doc["id"],
        **shop.dates("date_created", doc["created"]),
        **shop.dates("date_modified", doc["modified"]),
        "email": doc["email"],
        "first_name": doc["first_name"],
        "last_name": doc["last_name"],
        "role": doc["role"],
        "username": doc["username"],
        "billing": _address(doc["billing"]),
        "shipping": _address(doc["shipping"]),
        "is_paying_customer": doc["paying"],
        "avatar_url": f"https://secure.gravatar.com/avatar/{avatar}?s=96&d=mm&r=g",
        "meta_data": doc["meta"],
        "_links": _links(call, doc),
    }


def _links(call: Call, doc: Doc) -> Doc:
    """The owner's account cannot be deleted."""
    found = deepcopy(links(call, "/customers", doc["id"]))
    if doc["role"] == "administrator":
        found["self"][0]["targetHints"]["allow"].remove("DELETE")
    return found


def _address(address: Doc) -> Doc:
    """Customers have the parts of an address in another order than orders."""
    order = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "country", "state")
    return {name: address[name] for name in (*order, "email", "phone") if name in address}


ROUTES = [
    Route(READ, "/customers", list_customers),
    Route(CREATE, "/customers", create_customer),
    Route(UPDATE, "/customers/batch", batch_of(create, update, partial(delete, force=True))),
    Route(READ, "/customers/{id}/downloads", list_downloads),
    Route(READ, "/customers/{id}", get_customer),
    Route(UPDATE, "/customers/{id}", update_customer),
    Route(DELETE, "/customers/{id}", delete_customer),
]
