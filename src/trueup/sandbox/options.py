"""The options of a shop: group, type, default and what may be chosen; their first values come from ``ShopSettings``."""

from dataclasses import dataclass
from typing import Any

from trueup.sandbox.reference import COUNTRIES, CURRENCIES, STATES
from trueup.sandbox.settings import ShopSettings

EMAILS = (
    "new_order", "cancelled_order", "customer_cancelled_order", "failed_order", "customer_failed_order",
    "customer_on_hold_order", "customer_processing_order", "customer_completed_order", "customer_refunded_order",
    "customer_invoice", "customer_note", "customer_reset_password", "customer_new_account",
    "customer_pos_completed_order", "customer_pos_refunded_order",
)  # fmt: skip
GROUPS: tuple[tuple[str, str, str], ...] = (
    ("wc_admin", "WooCommerce Admin", ""),
    ("general", "General", ""),
    ("products", "Products", ""),
    ("tax", "Tax", ""),
    ("shipping", "Shipping", ""),
    ("checkout", "Payments", ""),
    ("account", "Accounts &amp; Privacy", ""),
    ("email", "Emails", ""),
    ("integration", "Integration", ""),
    ("site-visibility", "Site visibility", ""),
    ("point-of-sale", "Point of Sale", ""),
    ("advanced", "Advanced", ""),
    *((f"email_{name}", name.replace("_", " ").capitalize(), "email") for name in EMAILS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option. ``tip`` says whether the shop shows a help text for it."""

    group: str
    id: str
    type: str = "text"
    default: Any = ""
    choices: tuple[str, ...] | None = None
    tip: bool = True

    @property
    def label(self) -> str:
        return self.id.removeprefix("woocommerce_").replace("_", " ").capitalize()


PLACES = (*COUNTRIES, *(f"{state.partition('-')[0]}:{state}" for state in STATES))
NO_YES = "checkbox"
_GENERAL: tuple[tuple[str, str, Any, tuple[str, ...] | None, bool], ...] = (
    ("store_address", "text", "", None, True),
    ("store_address_2", "text", "", None, True),
    ("store_city", "text", "", None, True),
    ("default_country", "select", "US:CA", PLACES, True),
    ("store_postcode", "text", "", None, True),
    ("allowed_countries", "select", "all", ("all", "all_except", "specific"), True),
    ("all_except_countries", "multiselect", "", tuple(COUNTRIES), False),
    ("specific_allowed_countries", "multiselect", "", tuple(COUNTRIES), False),
    ("ship_to_countries", "select", "", ("", "all", "specific", "disabled"), True),
    ("specific_ship_to_countries", "multiselect", "", tuple(COUNTRIES), False),
    ("default_customer_address", "select", "base", ("", "base", "geolocation", "geolocation_ajax"), True),
    ("address_autocomplete_enabled", NO_YES, "no", None, True),
    ("calc_taxes", NO_YES, "no", None, True),
    ("enable_coupons", NO_YES, "yes", None, True),
    ("calc_discounts_sequentially", NO_YES, "no", None, True),
    ("currency", "select", "USD", tuple(CURRENCIES), True),
    ("currency_pos", "select", "left", ("left", "right", "left_space", "right_space"), True),
    ("price_thousand_sep", "text", ",", None, True),
    ("price_decimal_sep", "text", ".", None, True),
    ("price_num_decimals", "number", "2", None, True),
)
_TAX: tuple[tuple[str, str, Any, tuple[str, ...] | None, bool], ...] = (
    ("prices_include_tax", "radio", "no", ("yes", "no"), True),
    ("tax_based_on", "select", "shipping", ("shipping", "billing", "base"), True),
    ("shipping_tax_class", "select", "inherit", ("inherit", "", "reduced-rate", "zero-rate"), True),
    ("tax_round_at_subtotal", NO_YES, "no", None, False),
    ("tax_classes", "textarea", "", None, True),
    ("tax_display_shop", "select", "excl", ("incl", "excl"), False),
    ("tax_display_cart", "select", "excl", ("incl", "excl"), False),
    ("price_display_suffix", "text", "", None, True),
    ("tax_total_display", "select", "itemized", ("single", "itemized"), False),
)
_PRODUCTS: tuple[tuple[str, str, Any, tuple[str, ...] | None, bool], ...] = (
    ("shop_page_id", "select", "", ("5",), True),
    ("cart_redirect_after_add", NO_YES, "no", None, False),
    ("enable_ajax_add_to_cart", NO_YES, "yes", None, False),
    ("placeholder_image", "text", "", None, True),
    ("weight_unit", "select", "lbs", ("kg", "g", "lbs", "oz"), True),
    ("dimension_unit", "select", "in", ("m", "cm", "mm", "in", "yd"), True),
    ("enable_reviews", NO_YES, "yes", None, False),
    ("review_rating_verification_label", NO_YES, "yes", None, False),
    ("review_rating_verification_required", NO_YES, "no", None, False),
    ("enable_review_rating", NO_YES, "yes", None, False),
    ("review_rating_required", NO_YES, "yes", None, False),
    ("manage_stock", NO_YES, "yes", None, False),
    ("hold_stock_minutes", "number", "60", None, False),
    ("notify_low_stock", NO_YES, "yes", None, False),
    ("notify_no_stock", NO_YES, "yes", None, False),
    ("stock_email_recipient", "text", "admin@example.test", None, True),
    ("notify_low_stock_amount", "number", "2", None, True),
    ("notify_no_stock_amount", "number", "0", None, True),
    ("hide_out_of_stock_items", NO_YES, "no", None, False),
    ("stock_format", "select", "", ("", "low_amount", "no_amount"), True),
    ("file_download_method", "select", "force", ("force", "xsendfile", "redirect"), True),
    ("downloads_redirect_fallback_allowed", NO_YES, "no", None, True),
    ("downloads_require_login", NO_YES, "no", None, True),
    ("downloads_grant_access_after_payment", NO_YES, "yes", None, True),
    ("downloads_deliver_inline", NO_YES, False, None, True),
    ("downloads_add_hash_to_filename", NO_YES, "yes", None, True),
    ("downloads_count_partial", NO_YES, "yes", None, True),
    ("attribute_lookup_enabled", NO_YES, "no", None, False),
    ("attribute_lookup_direct_updates", NO_YES, "no", None, False),
    ("attribute_lookup_optimized_updates", NO_YES, "no", None, True),
    ("product_match_featured_image_by_sku", NO_YES, "no", None, False),
)
OPTIONS: tuple[Option, ...] = (
    *(
        Option(group=group, id=f"woocommerce_{name}", type=kind, default=default, choices=choices, tip=tip)
        for group, rows in (("general", _GENERAL), ("tax", _TAX), ("products", _PRODUCTS))
        for name, kind, default, choices, tip in rows
    ),
    Option(group="email_customer_completed_order", id="enabled", type=NO_YES, default="yes", tip=False),
)


def yes(flag: bool) -> str:
    return "yes" if flag else "no"


def first_values(settings: ShopSettings) -> dict[str, Any]:
    """Every option of a new shop: the default, unless the settings say something."""
    values = {option.id: "" if option.default is False else option.default for option in OPTIONS}
    chosen = {
        "store_address": settings.store_address,
        "store_city": settings.store_city,
        "store_postcode": settings.store_postcode,
        "default_country": settings.base_country,
        "calc_taxes": yes(settings.calc_taxes),
        "enable_coupons": yes(settings.coupons_enabled),
        "currency": settings.currency,
        "currency_pos": settings.currency_position,
        "price_thousand_sep": settings.thousand_separator,
        "price_decimal_sep": settings.decimal_separator,
        "price_num_decimals": str(settings.decimals),
        "prices_include_tax": yes(settings.prices_include_tax),
        "tax_based_on": settings.tax_based_on,
        "shipping_tax_class": settings.shipping_tax_class,
        "tax_round_at_subtotal": yes(settings.tax_round_at_subtotal),
        "manage_stock": yes(settings.manage_stock),
        "notify_low_stock_amount": str(settings.low_stock_amount),
        "notify_no_stock_amount": str(settings.no_stock_amount),
        "weight_unit": settings.weight_unit,
        "dimension_unit": settings.dimension_unit,
        "shop_page_id": "5",
        "placeholder_image": "4",
    }
    return values | {f"woocommerce_{name}": value for name, value in chosen.items()}
