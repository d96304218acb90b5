"""Orders as a real shop answered them, all the way to the warehouse's payload."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from trueup.connectors.kit.ports import Change
from trueup.connectors.ongoing.mapping import order, problems
from trueup.connectors.ongoing.settings import MappingSettings
from trueup.connectors.woocommerce.order_mapping import OrderContext, order_change
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.customer import Customer
from trueup.domain.order import Order

HALF_A_CENT = Decimal("0.005")
RECORDED = Path(__file__).parents[2] / "recordings" / "order_answers.json"
ANSWERS: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))["answers"]
SHOP = Settings.model_validate({"url": "https://shop.example", "consumer_key": "ck_x", "consumer_secret": "cs_x"})


def mapped(name: str) -> tuple[Order, Customer]:
    change = order_change(ANSWERS[name], OrderContext(SHOP, 2, False))
    assert isinstance(change, Change)
    [customer] = change.companions
    assert isinstance(change.record, Order)
    assert isinstance(customer, Customer)
    return change.record, customer


@pytest.mark.parametrize("name", ["create_full", "storefront_bacs_pay_arrives", "storefront_cod_incl_order"])
def test_a_recorded_order_arrives_with_every_line_and_every_cent(name: str) -> None:
    row = ANSWERS[name]
    sent = order(*mapped(name), MappingSettings(time_zone="Europe/Berlin"))
    assert sent["OrderInfo"]["GoodsOwnerOrderNumber"] == row["number"]
    assert sent["OrderInfo"]["DeliveryDate"] == row["date_created"][:10]  # the recorded shop is in Berlin's time zone
    lines = {line["ExternalOrderLineCode"]: line for line in sent["OrderLines"]}
    assert list(lines) == [str(line["id"]) for line in row["line_items"]]
    for line in row["line_items"]:
        made = lines[str(line["id"])]
        assert (made["ArticleNumber"], Decimal(made["CustomerLinePrice"])) == (line["sku"], Decimal(line["total"]))
        assert abs(Decimal(made["LinePrice"]) - Decimal(repr(line["price"]))) < HALF_A_CENT  # its total is rounded here


def test_a_storefronts_company_arrives_as_it_was_typed() -> None:
    """The shop keeps `M&uuml;ller &amp; S&ouml;hne`."""
    assert "&amp;" in ANSWERS["storefront_bacs_pay_arrives"]["shipping"]["company"]
    sent = order(*mapped("storefront_bacs_pay_arrives"), MappingSettings())
    assert sent["Customer"]["Name"] == sent["Customer"]["InvoiceAddress"]["Name"] == "Müller & Söhne GmbH"
    assert sent["OrderInfo"]["SalesCode"] == "Eva Müller"
    assert sent["OrderInfo"]["OrderNotification"]["Email"] == "eva@example.test"


def test_a_line_whose_article_was_deleted_is_named() -> None:
    found, _ = mapped("order_with_deleted_product")
    assert [problem.field for problem in problems(found)] == [
        f"line {line['id']}" for line in ANSWERS["order_with_deleted_product"]["line_items"] if not line["sku"]
    ]
