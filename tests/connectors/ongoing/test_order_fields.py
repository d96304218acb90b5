"""The order half of the field map, row by row: each test bears the number of the promise that it holds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from trueup.connectors.ongoing.field import Field
from trueup.connectors.ongoing.mapping import notices, order, problems
from trueup.connectors.ongoing.order_fields import CUSTOMER, ORDER_INFO, ORDER_LINE
from trueup.connectors.ongoing.settings import MappingSettings
from trueup.domain.customer import Address, Customer
from trueup.domain.order import Order, Position, PositionType
from trueup.domain.record import Kind, Ref

BILLING = Address(
    first_name="Ada",
    last_name="Lovelace",
    street="Hauptstr. 5",
    street_2="Hof",
    postcode="24103",
    city="Kiel",
    country="DE",
    phone="+49 431 123456",
    email="ada@home.example",
)
SHIPPING = Address(
    first_name="Grace", last_name="Hopper", street="Storgatan 3", postcode="553 16", city="Jönköping", country="SE"
)


def goods(id: str = "47", **changes: Any) -> Position:
    fields = {"id": id, "type": PositionType.GOODS, "name": "Mug - Red", "sku": "MUG-RED", "quantity": Decimal(3)}
    sums = {"subtotal": Decimal("11.00"), "total": Decimal("10.00")}
    return Position.model_validate({**fields, **sums, "product": Ref(kind=Kind.PRODUCT, id="88/91"), **changes})


def shipping(id: str = "50", name: str = "Flat rate", method: str = "flat_rate") -> Position:
    cost = Decimal("4.90")
    return Position(id=id, type=PositionType.SHIPPING, name=name, method=method, subtotal=cost, total=cost)


def bought(**changes: Any) -> Order:
    fields = {
        "id": "133",
        "number": "2026-0133",
        "status": "processing",
        "currency": "SEK",
        "created_at": datetime(2026, 3, 2, 23, 30, tzinfo=UTC),
        "customer": Ref(kind=Kind.CUSTOMER, id="3"),
        "billing": BILLING,
        "shipping": SHIPPING,
        "positions": (goods(), shipping()),
        "total": Decimal("17.73"),
        "total_tax": Decimal("2.83"),
        "note": "Please ring twice",
        "reference": "WC-ORDER-133",
    }
    return Order.model_validate({**fields, **changes})


def account(**changes: Any) -> Customer:
    fields = {"id": "3", "name": "Ada Lovelace", "reference": "WC-CUSTOMER-3", "email": "ada@account.example"}
    return Customer.model_validate({**fields, "billing": BILLING, **changes})


def sent(found: Order | None = None, customer: Customer | None = None, **settings: Any) -> dict[str, Any]:
    return order(found or bought(), customer, MappingSettings(**settings))


def info(found: Order | None = None, customer: Customer | None = None, **settings: Any) -> dict[str, Any]:
    made: dict[str, Any] = sent(found, customer, **settings)["OrderInfo"]
    return made


def with_company(address: Address) -> Address:
    return address.model_copy(update={"company": "Mill AB"})


def test_a_whole_order_with_every_default() -> None:
    assert sent(customer=account()) == {
        "OrderInfo": {
            "GoodsOwnerOrderId": "133",
            "GoodsOwnerOrderNumber": "2026-0133",
            "DeliveryDate": "2026-03-02",
            "WayOfDelivery": "Flat rate",
            "WayOfDeliveryType": {"Code": "flat_rate", "Name": "Flat rate"},
            "OrderRemark": "Please ring twice",
            "OrderNotification": {
                "MobilePhone": "+49 431 123456",
                "Telephone": "+49 431 123456",
                "Email": "ada@account.example",
                "NotifyBySms": True,
                "NotifyByEmail": True,
            },
        },
        "OrderLines": [
            {
                "ExternalOrderLineCode": "47",
                "ArticleNumber": "MUG-RED",
                "ArticleName": "Mug - Red",
                "NumberOfItems": "3",
                "CustomerLinePrice": "10",
                "LinePrice": "3.333333",
                "CurrencyCode": "SEK",
            }
        ],
        "Customer": {
            "Name": "Grace Hopper",
            "Address": "Storgatan 3",
            "PostCode": "553 16",
            "City": "Jönköping",
            "CountryCode": "SE",
            "Email": "ada@account.example",
            "MobilePhone": "+49 431 123456",
            "InvoiceAddress": {
                "Name": "Ada Lovelace",
                "Address": "Hauptstr. 5",
                "Address2": "Hof",
                "PostCode": "24103",
                "City": "Kiel",
                "CountryCode": "DE",
                "Email": "ada@home.example",
                "MobilePhone": "+49 431 123456",
            },
        },
    }


def test_row_105_id_and_number_are_kept_apart() -> None:
    assert (info()["GoodsOwnerOrderId"], info()["GoodsOwnerOrderNumber"]) == ("133", "2026-0133")


@pytest.mark.parametrize(
    ("zone", "days", "expected"),
    [("UTC", 0, "2026-03-02"), ("Europe/Stockholm", 0, "2026-03-03"), ("Europe/Stockholm", 7, "2026-03-10")],
)
def test_row_106_the_delivery_date_is_the_day_of_the_order_where_the_shop_is(
    zone: str, days: int, expected: str
) -> None:
    """Half past eleven at night in UTC is the next day in Sweden."""
    assert info(time_zone=zone, delivery_days=days)["DeliveryDate"] == expected


def test_row_106_a_time_zone_that_does_not_exist_is_refused_with_an_example() -> None:
    with pytest.raises(ValidationError, match="Enter one such as Europe/Stockholm"):
        MappingSettings(time_zone="Stockholm")


def test_row_107_the_way_of_delivery_is_the_shipping_methods_titles_and_can_be_switched_off() -> None:
    two = bought(positions=(goods(), shipping(), shipping("51", "Express", "express")))
    assert info(two)["WayOfDelivery"] == "Flat rate, Express"
    assert "WayOfDelivery" not in info(two, way_of_delivery=False)


def test_row_108_the_type_of_delivery_is_the_first_shipping_lines_method() -> None:
    two = bought(positions=(shipping("51", "Express", "express"), goods(), shipping()))
    assert info(two)["WayOfDeliveryType"] == {"Code": "express", "Name": "Express"}


def test_row_108_without_a_shipping_line_it_is_empty_and_reported() -> None:
    none = bought(positions=(goods(),))
    assert not {"WayOfDelivery", "WayOfDeliveryType"} & set(info(none))
    assert [notice.sentence for notice in notices(none)] == [
        "the order names no shipping method; the way of delivery is empty."
    ]
    assert notices(bought()) == []


def test_row_109_the_remark_is_the_customers_note_and_a_long_one_is_cut_with_a_mark() -> None:
    assert info()["OrderRemark"] == "Please ring twice"
    assert info(bought(note="Please ring twice"), remark_length=13)["OrderRemark"] == "Please ring …"
    assert len(info(bought(note="x" * 5000))["OrderRemark"]) == 1000
    assert "OrderRemark" not in info(bought(note=None))


def test_row_110_the_sales_code_is_the_persons_name_only_if_a_company_is_set() -> None:
    assert info(bought(shipping=with_company(SHIPPING)))["SalesCode"] == "Grace Hopper"
    assert "SalesCode" not in info()


def test_row_110_a_company_that_only_pays_is_no_recipient() -> None:
    found = bought(billing=with_company(BILLING))
    assert "SalesCode" not in info(found)
    assert sent(found)["Customer"]["Name"] == "Grace Hopper"


def test_row_111_the_recipient_is_reached_by_the_billing_phone() -> None:
    to = SHIPPING.model_copy(update={"phone": "+46 36 000"})
    told = info(bought(shipping=to))["OrderNotification"]
    assert (told["MobilePhone"], told["Telephone"]) == ("+49 431 123456", "+49 431 123456")
    assert sent(bought(shipping=to))["Customer"]["MobilePhone"] == "+49 431 123456"


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        (account(), "ada@account.example"),
        (account(email=None), "ada@home.example"),
        (None, "ada@home.example"),
        (account(id="guest-all", guest=True, email="guests@shop.example"), "ada@home.example"),
    ],
    ids=["the account's", "an account without", "no customer known", "a guest"],
)
def test_row_111_the_email_is_the_customers_or_else_the_billing_one(customer: Customer | None, expected: str) -> None:
    assert info(customer=customer)["OrderNotification"]["Email"] == expected
    assert sent(customer=customer)["Customer"]["Email"] == expected


def test_row_112_the_warehouse_may_notify_unless_the_settings_say_no() -> None:
    told = info()["OrderNotification"]
    assert (told["NotifyBySms"], told["NotifyByEmail"]) == (True, True)
    told = info(notify_by_sms=False, notify_by_email=False)["OrderNotification"]
    assert (told["NotifyBySms"], told["NotifyByEmail"]) == (False, False)


def test_row_113_each_line_keeps_the_shops_line_id() -> None:
    """A partial shipment and a refund name it."""
    lines = sent(bought(positions=(goods("47"), goods("48"), shipping())))["OrderLines"]
    assert [line["ExternalOrderLineCode"] for line in lines] == ["47", "48"]


def test_row_114_a_line_is_its_variants_sku_name_and_quantity() -> None:
    [line] = sent()["OrderLines"]
    assert (line["ArticleNumber"], line["ArticleName"], line["NumberOfItems"]) == ("MUG-RED", "Mug - Red", "3")


def test_row_114_half_a_metre_is_half_a_metre() -> None:
    [line] = sent(bought(positions=(goods(quantity=Decimal("0.50")),)))["OrderLines"]
    assert (line["NumberOfItems"], line["LinePrice"]) == ("0.5", "20")


def test_row_114_a_line_without_a_sku_stops_the_order_and_is_named() -> None:
    [problem] = problems(bought(positions=(goods(), goods("48", sku=None, name="Gift wrap"))))
    assert problem.field == "line 48"
    assert 'the article of line "Gift wrap" has no SKU' in problem.sentence
    assert problems(bought()) == []


def test_row_114_shipping_and_fees_are_no_lines() -> None:
    cost = Decimal("2.00")
    fee = Position(id="60", type=PositionType.FEE, name="Gift wrap", subtotal=cost, total=cost)
    assert len(sent(bought(positions=(goods(), shipping(), fee)))["OrderLines"]) == 1


@pytest.mark.parametrize(
    ("total", "quantity", "price"),
    [
        ("10.00", "3", "3.333333"),
        ("20.00", "3", "6.666667"),
        ("35.99", "2", "17.995"),
        ("0", "2", "0"),
        ("9999999.99", "1", "9999999.99"),
        ("10.79", "1", "10.79"),
    ],
)
def test_row_115_the_price_of_a_piece_is_total_by_quantity_and_never_a_float(
    total: str, quantity: str, price: str
) -> None:
    [line] = sent(bought(positions=(goods(total=Decimal(total), quantity=Decimal(quantity)),)))["OrderLines"]
    assert Decimal(line["CustomerLinePrice"]) == Decimal(total)
    assert line["LinePrice"] == price
    assert (line["CurrencyCode"], isinstance(line["LinePrice"], str)) == ("SEK", True)


def test_row_115_a_line_of_no_pieces_has_no_price() -> None:
    [line] = sent(bought(positions=(goods(quantity=Decimal(0)),)))["OrderLines"]
    assert "LinePrice" not in line


def test_row_116_the_customer_is_the_shipping_company_or_else_the_person() -> None:
    assert sent(bought(shipping=with_company(SHIPPING)))["Customer"]["Name"] == "Mill AB"
    assert sent()["Customer"]["Name"] == "Grace Hopper"


@pytest.mark.parametrize("missing", [Address(), Address(country="DE")], ids=["none", "a country only"])
def test_row_116_without_a_shipping_address_the_parcel_goes_where_the_bill_goes(missing: Address) -> None:
    to = sent(bought(shipping=missing, billing=with_company(BILLING)))["Customer"]
    assert (to["Name"], to["Address"], to["Address2"]) == ("Mill AB", "Hauptstr. 5", "Hof")
    assert (to["PostCode"], to["City"], to["CountryCode"]) == ("24103", "Kiel", "DE")


def test_row_116_the_sales_code_follows_the_address_that_is_used() -> None:
    assert info(bought(shipping=Address(), billing=with_company(BILLING)))["SalesCode"] == "Ada Lovelace"


def test_row_117_the_invoice_goes_to_the_billing_address_with_email_and_phone() -> None:
    bill = sent(bought(billing=with_company(BILLING)), account())["Customer"]["InvoiceAddress"]
    assert (bill["Name"], bill["Address"], bill["Address2"]) == ("Mill AB", "Hauptstr. 5", "Hof")
    assert (bill["PostCode"], bill["City"], bill["CountryCode"]) == ("24103", "Kiel", "DE")
    assert (bill["Email"], bill["MobilePhone"]) == ("ada@home.example", "+49 431 123456")


def test_what_is_empty_is_not_sent() -> None:
    bare = bought(billing=Address(last_name="Lovelace"), shipping=Address(), note=None, positions=(goods(),))
    assert sent(bare)["Customer"] == {"Name": "Lovelace", "InvoiceAddress": {"Name": "Lovelace"}}
    assert list(info(bare)) == ["GoodsOwnerOrderId", "GoodsOwnerOrderNumber", "DeliveryDate", "OrderNotification"]


def test_the_order_tables_are_complete_and_in_order() -> None:
    fields: list[Field[Any]] = [*ORDER_INFO, *ORDER_LINE, *CUSTOMER]
    assert [field.row for field in fields] == list(range(1, 37))
    assert len({field.target for field in fields}) == 36
    assert {field.feature for field in fields} == set(range(105, 118))


def test_every_setting_is_named_by_a_field_or_decides_what_is_sent() -> None:
    fields: list[Field[Any]] = [*ORDER_INFO, *ORDER_LINE, *CUSTOMER]
    named = {name.strip() for field in fields for name in (field.setting or "").split(",")}
    of_articles = {"unit", "categories", "stock_article", "product_statuses", "variants_without_number"}
    assert set(MappingSettings.model_fields) == (named - {""}) | of_articles
