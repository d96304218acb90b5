"""What the shop's schema says about orders, refunds, coupons and customers: the tables validation reads."""

from trueup.sandbox.paging import CHANGED, PAGE
from trueup.sandbox.validation import BOOLEAN, INTEGER, INTEGERS, OBJECTS, STRING, STRINGS, Field, Fields

STATUSES = (
    "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft",
)  # fmt: skip
CURRENCIES = tuple(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTC BTN BWP BYR BYN
    BZD CAD CDF CHF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GGP GHS
    GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS IMP INR IQD IRR IRT ISK JEP JMD JOD JPY KES KGS KHR KMF
    KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
    NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PRB PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
    SLL SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VEF VES VND VUV WST
    XAF XCD XOF XPF YER ZAR ZMW
    """.split()  # noqa: SIM905 - 163 quoted words would not fit a page
)
ANYTHING = Field(type="mixed")
META = Field(type="array", items=Field(type="object", properties={"key": STRING, "value": ANYTHING}))
ADDRESS: Fields = dict.fromkeys(
    (
        "first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country", "phone",
    ),
    STRING,
)  # fmt: skip
BILLING: Fields = {**ADDRESS, "email": Field(type="string,null", format="email")}
LINE: Fields = {
    "variation_id": INTEGER,
    "quantity": INTEGER,
    "tax_class": STRING,
    "subtotal": STRING,
    "total": STRING,
    "meta_data": META,
}
SHIPPING_LINE: Fields = {"instance_id": STRING, "total": STRING, "meta_data": META}
FEE_LINE: Fields = {
    "tax_class": STRING,
    "tax_status": Field(enum=("taxable", "none")),
    "total": STRING,
    "meta_data": META,
}


def lines_of(fields: Fields) -> Field:
    return Field(type="array", items=Field(type="object", properties=fields))


ORDER: Fields = {
    "parent_id": INTEGER,
    "created_via": STRING,
    "status": Field(enum=STATUSES),
    "currency": Field(enum=CURRENCIES),
    "customer_id": INTEGER,
    "customer_note": STRING,
    "billing": Field(type="object", properties=BILLING),
    "shipping": Field(type="object", properties=ADDRESS),
    "payment_method": STRING,
    "payment_method_title": STRING,
    "transaction_id": STRING,
    "meta_data": META,
    "line_items": lines_of(LINE),
    "shipping_lines": lines_of(SHIPPING_LINE),
    "fee_lines": lines_of(FEE_LINE),
    "coupon_lines": lines_of({"meta_data": META}),
    "set_paid": BOOLEAN,
    "manual_update": BOOLEAN,
}
ORDER_LIST: Fields = {
    **PAGE,
    **CHANGED,
    "order": Field(enum=("asc", "desc"), default="desc"),
    "orderby": Field(enum=("date", "id", "include", "title", "slug", "modified"), default="date"),
    **dict.fromkeys(("parent", "parent_exclude"), INTEGERS),
    "status": Field(type="array", items=Field(enum=("any", "trash", *STATUSES))),
    "customer": INTEGER,
    "product": INTEGER,
    "dp": INTEGER,
    "created_via": STRINGS,
    **dict.fromkeys(("include_meta", "exclude_meta"), STRINGS),
}
REFUND: Fields = {
    "amount": STRING,
    "reason": STRING,
    "refunded_by": INTEGER,
    "meta_data": META,
    "line_items": OBJECTS,
    "api_refund": BOOLEAN,
    "api_restock": BOOLEAN,
}
COUPON: Fields = {
    "code": STRING,
    "amount": Field(type="string,number"),
    "status": STRING,
    "discount_type": Field(enum=("percent", "fixed_cart", "fixed_product")),
    "description": STRING,
    **dict.fromkeys(("date_expires", "date_expires_gmt"), Field(type="string,null")),
    **dict.fromkeys(("individual_use", "free_shipping", "exclude_sale_items"), BOOLEAN),
    **dict.fromkeys(
        ("product_ids", "excluded_product_ids", "product_categories", "excluded_product_categories"), INTEGERS
    ),
    **dict.fromkeys(("usage_limit", "usage_limit_per_user", "limit_usage_to_x_items"), Field(type="integer,null")),
    **dict.fromkeys(("minimum_amount", "maximum_amount"), STRING),
    "email_restrictions": STRINGS,
    "meta_data": META,
}
COUPON_LIST: Fields = {
    **PAGE,
    **CHANGED,
    "order": Field(enum=("asc", "desc"), default="desc"),
    "orderby": Field(enum=("date", "id", "include", "title", "slug", "modified"), default="date"),
    "code": STRING,
}
CUSTOMER: Fields = {
    **dict.fromkeys(("first_name", "last_name", "username", "password"), STRING),
    "email": STRING,
    "billing": Field(type="object", properties=BILLING),
    "shipping": Field(type="object", properties=ADDRESS),
    "meta_data": META,
}
ROLES = ("all", "administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager")
CUSTOMER_LIST: Fields = {
    **PAGE,
    "order": Field(enum=("asc", "desc"), default="asc"),
    "orderby": Field(enum=("id", "include", "name", "registered_date"), default="name"),
    "email": Field(format="email"),
    "role": Field(enum=ROLES, default="customer"),
}
