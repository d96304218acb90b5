"""What the shop's schema says about products and variations: the table validation reads."""

from trueup.sandbox.paging import CHANGED, PAGE
from trueup.sandbox.validation import BOOLEAN, INTEGER, INTEGERS, MAYBE_DATE, OBJECTS, STRING, STRINGS, Field, Fields

ORDERBY = (
    "date", "id", "include", "title", "slug", "modified", "popularity", "rating", "post__in", "price", "sales",
    "menu_order", "random", "popularity", "rating", "menu_order", "price", "popularity", "rating",
)  # fmt: skip
ORDERBY_VARIATION = ORDERBY
LIST_STATUS = ("any", "future", "trash", "draft", "pending", "private", "publish")
STOCK_STATUS = Field(enum=("instock", "outofstock", "onbackorder"))
TYPES = ("simple", "grouped", "external", "variable")
STATUS = ("draft", "pending", "private", "publish", "future", "auto-draft", "trash")

SHARED: Fields = {
    **dict.fromkeys(
        (
            "description",
            "sku",
            "global_unique_id",
            "regular_price",
            "sale_price",
            "tax_class",
            "weight",
            "shipping_class",
        ),
        STRING,
    ),
    **dict.fromkeys(
        ("date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt"), MAYBE_DATE
    ),
    **dict.fromkeys(("virtual", "downloadable"), BOOLEAN),
    **dict.fromkeys(("download_limit", "download_expiry", "menu_order", "stock_quantity"), INTEGER),
    "downloads": OBJECTS,
    "tax_status": Field(enum=("taxable", "shipping", "none")),
    "stock_status": STOCK_STATUS,
    "backorders": Field(enum=("no", "notify", "yes")),
    "low_stock_amount": Field(type="integer,null"),
    "dimensions": Field(type="object", properties=dict.fromkeys(("length", "width", "height"), STRING)),
    "attributes": OBJECTS,
    "meta_data": OBJECTS,
}
PRODUCT: Fields = {
    **dict.fromkeys(
        ("name", "slug", "short_description", "external_url", "button_text", "post_password", "purchase_note"), STRING
    ),
    **dict.fromkeys(("date_created", "date_created_gmt"), MAYBE_DATE),
    "type": Field(enum=TYPES),
    "status": Field(enum=STATUS),
    "catalog_visibility": Field(enum=("visible", "catalog", "search", "hidden")),
    **dict.fromkeys(("featured", "manage_stock", "sold_individually", "reviews_allowed"), BOOLEAN),
    **dict.fromkeys(("upsell_ids", "cross_sell_ids", "grouped_products"), INTEGERS),
    "parent_id": INTEGER,
    **dict.fromkeys(("categories", "brands", "tags", "images", "default_attributes"), OBJECTS),
    **SHARED,
}
VARIATION: Fields = {
    **SHARED,
    "status": Field(enum=STATUS),
    "manage_stock": Field(type="boolean,string"),
    "image": Field(type="object"),
}
LIST: Fields = {
    **PAGE,
    **CHANGED,
    "order": Field(enum=("asc", "desc"), default="desc"),
    "orderby": Field(enum=ORDERBY, default="date"),
    **dict.fromkeys(("parent", "parent_exclude"), INTEGERS),
    **dict.fromkeys(
        (
            "slug",
            "sku",
            "category",
            "tag",
            "brand",
            "shipping_class",
            "attribute",
            "min_price",
            "max_price",
            "search_sku",
            "search_name_or_sku",
            "global_unique_id",
        ),
        STRING,
    ),
    "attribute_term": Field(type="array", items=STRING),
    "status": Field(enum=LIST_STATUS, default="any"),
    "type": Field(enum=TYPES),
    **dict.fromkeys(("include_status", "exclude_status"), Field(type="array", items=Field(enum=LIST_STATUS))),
    **dict.fromkeys(("include_types", "exclude_types"), Field(type="array", items=Field(enum=TYPES))),
    **dict.fromkeys(("featured", "on_sale", "downloadable", "virtual"), BOOLEAN),
    "tax_class": STRING,
    "stock_status": STOCK_STATUS,
    "search_fields": STRINGS,
}
