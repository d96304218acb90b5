"""Every route and table of the shop. A new resource adds its two names here and nothing else."""

from trueup.sandbox import (
    attributes,
    coupons,
    customers,
    order_extras,
    order_notes,
    orders,
    products,
    refunds,
    terms,
    variations,
)
from trueup.sandbox.coupons import COUPONS
from trueup.sandbox.customers import CUSTOMERS
from trueup.sandbox.images import ATTACHMENTS
from trueup.sandbox.order_docs import ORDERS
from trueup.sandbox.order_notes import NOTES
from trueup.sandbox.product_rules import PRODUCTS
from trueup.sandbox.refund_docs import REFUNDS
from trueup.sandbox.router import Route
from trueup.sandbox.store import Table
from trueup.sandbox.tax_classes import TAX_CLASSES
from trueup.sandbox.taxonomy import ATTRIBUTES, TERMS

TABLES: tuple[Table, ...] = (
    PRODUCTS, TERMS, ATTRIBUTES, ATTACHMENTS, TAX_CLASSES, ORDERS, NOTES, REFUNDS, COUPONS, CUSTOMERS,
)  # fmt: skip
ROUTES: list[Route] = [
    *terms.ROUTES,
    *attributes.ROUTES,
    *products.ROUTES,
    *variations.ROUTES,
    *order_extras.ROUTES,
    *orders.ROUTES,
    *order_notes.ROUTES,
    *refunds.ROUTES,
    *coupons.ROUTES,
    *customers.ROUTES,
]
