"""What a WooCommerce connection needs to know, and the address in the many ways people write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from trueup.domain.order import Stage

_API_PATH = re.compile(r"/(?:wp-json|wc-api)(?:/.*)?$|/(?:index|wp-login)\.php$|/wp-admin(?:/.*)?$", re.IGNORECASE)
_NEVER_TAKEN = ("checkout-draft", "auto-draft", "draft", "trash")
_ENDS = ("completed", "cancelled", "refunded", "failed")

CreateStatus = Literal["draft", "pending", "private", "publish"]
CompleteWhen = Literal["tracking", "shipped", "picked", "never"]
TrackingVia = Literal["auto", "fulfillments", "shipment_tracking", "ast", "note", "off"]
TrackingWhat = Literal["both", "number", "link"]

VAT_KEYS = (
    "_billing_vat_number",
    "billing_vat_number",
    "_billing_vat",
    "billing_vat",
    "_billing_vat_id",
    "billing_vat_id",
    "_billing_eu_vat_number",
    "_vat_number",
    "vat_number",
    "_vat_id",
    "vat_id",
    "_b2b_vat_id",
)
"""Where plugins keep the VAT id of an order or an account, the usual ones first."""


def shop_url(text: str) -> str:
    """The root address of a shop from anything that people paste: `Shop.example/wp-json/wc/v3/?x=1` is
    `https://shop.example`. http stays http, a missing scheme becomes https; path of the shop and port are kept."""
    text = text.strip()
    if not text:
        raise ValueError("the shop's address is missing. Enter it as https://www.shop.example.")
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or " " in parts.netloc:
        raise ValueError(f'"{text}" is no address of a shop. Enter it as https://www.shop.example.')
    if parts.username or parts.password:
        raise ValueError("the address holds a user or a password. Enter the address alone, and the keys below it.")
    try:
        port = f":{parts.port}" if parts.port and parts.port != {"http": 80, "https": 443}[parts.scheme] else ""
    except ValueError:
        raise ValueError(f'"{text}" has a wrong port. Enter it as https://www.shop.example:8443.') from None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}{_API_PATH.sub('', parts.path).rstrip('/')}"


class Settings(BaseModel):
    """One shop. Keys are made in the shop under WooCommerce > Settings > Advanced > REST API, with Read/Write."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, BeforeValidator(lambda value: shop_url(str(value)))] = Field(
        description="The shop's address, such as https://www.shop.example. The path of its API is not needed."
    )
    consumer_key: str = Field(description="The consumer key. It begins with ck_.")
    consumer_secret: SecretStr = Field(description="The consumer secret. It begins with cs_.")
    ca_file: str | None = Field(
        None, description="A file with your own certificate authority (PEM), if the shop's certificate comes from one."
    )
    auth: Literal["auto", "oauth1"] = Field(
        "auto",
        description="How requests are signed: auto signs in with the keys over https, and with OAuth 1.0a over http. "
        "Choose oauth1 if the shop's server takes the sign-in away.",
    )
    reference_prefix: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,30}$",
        description="Stands before the reference of each order (NAME:WC-ORDER-123), where several shops share an ERP.",
    )
    order_statuses: tuple[str, ...] = Field(
        ("processing",),
        min_length=1,
        description="Orders are taken over in these statuses. A completed order has passed processing, and counts too.",
    )
    order_stages: Mapping[str, Stage] = Field(
        default_factory=dict,
        description="What each order status of a plugin means: unpaid, on hold, placed, completed, cancelled, refunded "
        "or failed. WooCommerce's own statuses are known.",
    )
    order_start: AwareDatetime | None = Field(
        None,
        json_schema_extra={"new": "now"},
        description="Orders that were placed before this moment are never taken over. Empty: the moment at which the "
        "connection is made.",
    )
    test_orders: Literal["skip", "take"] = Field(
        "skip",
        description="Test orders are left out (skip), or treated as real ones (take). A test order was paid in a "
        "payment plugin's test mode, or placed with an address of test_emails.",
    )
    test_emails: tuple[str, ...] = Field(
        (), description="E-mail addresses, or domains such as @agency.example, whose orders are test orders."
    )
    create_status: CreateStatus = Field(
        "draft", description="The status of products that are created. It is never changed afterwards."
    )
    tax_classes: Mapping[str, str] = Field(
        default_factory=lambda: {"standard": "", "reduced": "reduced-rate", "zero": "zero-rate"},
        description="The shop's tax class (its slug; empty for its standard) for each tax class of the back office.",
    )
    guests: Literal["per_email", "per_order", "one_account"] = Field(
        "per_email",
        description="Who orders without an account is one customer per e-mail address, one per order, or all of them "
        "are one customer (one_account); the order keeps its addresses.",
    )
    guest_name: str = Field(
        "Web shop guests", min_length=1, description="The name of the one customer for all guests, with one_account."
    )
    vat_keys: tuple[str, ...] = Field(
        VAT_KEYS,
        description="The custom fields in which plugins keep a customer's VAT id; the first one filled counts.",
    )
    backorders: Literal["notify", "yes"] = Field(
        "notify", description="Articles that may be ordered without stock tell the shopper so (notify), or not (yes)."
    )
    manufacturer_attribute: str = Field(
        "Manufacturer", description="The attribute that shows an article's manufacturer. Empty: it is not shown."
    )
    complete_when: CompleteWhen = Field(
        "tracking",
        description="When an order becomes completed, which mails its customer: when all of it is shipped and every "
        "parcel has a tracking number (tracking), when all of it is shipped, when it is picked, or never.",
    )
    partial_status: str = Field(
        "", description="The status of an order of which a part is shipped, such as partial-shipped. Empty: unchanged."
    )
    cancel_back: Literal["note", "status", "off"] = Field(
        "note",
        description="An order that the back office cancelled gets a private note, so that a person decides about money "
        "and mails (note), or is cancelled in the shop, which mails the customer and gives stock back (status).",
    )
    tracking_via: TrackingVia = Field(
        "auto",
        description="Where tracking numbers are written. auto takes the best that the shop offers: fulfillments of "
        "WooCommerce, Shipment Tracking, Advanced Shipment Tracking (ast), or a note on the order.",
    )
    tracking_what: TrackingWhat = Field(
        "both", description="What is written of a parcel: its tracking number, its link, or both."
    )
    tracking_mail: bool = Field(
        False,
        description="Customers are mailed each tracking number at once, where it is written as a note or a fulfilment. "
        "Without it a note is private.",
    )
    refund_money: bool = Field(
        False,
        description="A refund of the back office makes the shop's payment provider pay the money back. Without it the "
        "refund is only written down.",
    )
    refund_restock: bool = Field(
        False, description="A refund of the back office puts the goods back into the shop's own stock."
    )
    read_timeout: float = Field(
        90.0, ge=1, le=600, description="Seconds to wait for an answer. A small shop takes 20 s for 100 new products."
    )

    @model_validator(mode="before")
    @classmethod
    def _keys_in_their_places(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and (wrong := _wrong_keys(data)):
            raise ValueError(wrong)
        return data

    @model_validator(mode="after")
    def _statuses_of_real_orders(self) -> Settings:
        wrong = [status for status in self.order_statuses if status in _NEVER_TAKEN]
        if wrong:
            raise ValueError(f"orders in the status {wrong[0]} are not placed, or binned. Take it off the list.")
        if self.partial_status in {*_NEVER_TAKEN, *_ENDS}:
            raise ValueError(f"{self.partial_status} is no status of an order on its way. Choose another one.")
        return self

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    @property
    def signs_with_oauth(self) -> bool:
        return self.auth == "oauth1" or not self.is_https

    def order_reference(self, order_id: str) -> str:
        return self._reference("ORDER", order_id)

    def customer_reference(self, customer_id: str) -> str:
        return self._reference("CUSTOMER", customer_id)

    def refund_reference(self, refund_id: str) -> str:
        return self._reference("REFUND", refund_id)

    def _reference(self, thing: str, id: str) -> str:
        prefix = f"{self.reference_prefix}:" if self.reference_prefix else ""
        return f"{prefix}WC-{thing}-{id}"


def _wrong_keys(data: Mapping[str, Any]) -> str | None:
    """What is wrong with the pair of keys, without ever repeating one."""
    key, secret = _plain(data.get("consumer_key")), _plain(data.get("consumer_secret"))
    if key.startswith("cs_") and secret.startswith("ck_"):
        return "the consumer key and the consumer secret are swapped. Put the one with ck_ first, cs_ second."
    if key.startswith("cs_"):
        return "the consumer key is a consumer secret (cs_). Enter the one that begins with ck_."
    if secret.startswith("ck_"):
        return "the consumer secret is a consumer key (ck_). Enter the one that begins with cs_."
    if key and not key.startswith("ck_"):
        return "the consumer key does not begin with ck_. Copy it from WooCommerce > Settings > Advanced > REST API."
    if secret and not secret.startswith("cs_"):
        return "the consumer secret does not begin with cs_. It is shown only once: make a new key if it is lost."
    return None


def _plain(value: Any) -> str:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    return text.strip() if isinstance(text, str) else ""


def unswapped(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same settings with the two keys in their places, if they are swapped: the fix to offer. None if not."""
    key, secret = _plain(data.get("consumer_key")), _plain(data.get("consumer_secret"))
    if not (key.startswith("cs_") and secret.startswith("ck_")):
        return None
    return {**data, "consumer_key": secret, "consumer_secret": key}
