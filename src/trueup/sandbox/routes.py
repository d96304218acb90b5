"""Every route and table of the shop. A new resource adds its two names here and nothing else."""

from trueup.sandbox import (
    attributes,
    coupons,
    customers,
    fulfilments,
    gateways,
    order_extras,
    order_notes,
    orders,
    product_extras,
    products,
    refunds,
    reviews,
    shipping,
    site_data,
    site_settings,
    status,
    store_api,
    taxes,
    terms,
    tracking_plugins,
    variations,
    webhooks,
)
from trueup.sandbox.carts import CARTS
from trueup.sandbox.coupons import COUPONS
from trueup.sandbox.customers import CUSTOMERS
from trueup.sandbox.fulfilment_docs import TABLE as FULFILMENTS
from trueup.sandbox.gateways import GATEWAYS
from trueup.sandbox.images import ATTACHMENTS
from trueup.sandbox.order_docs import ORDERS
from trueup.sandbox.order_notes import NOTES
from trueup.sandbox.product_rules import PRODUCTS
from trueup.sandbox.refund_docs import REFUNDS
from trueup.sandbox.reviews import REVIEWS
from trueup.sandbox.router import Route
from trueup.sandbox.shipping import METHODS, ZONES
from trueup.sandbox.store import Table
from trueup.sandbox.tax_classes import TAX_CLASSES
from trueup.sandbox.taxes import RATES
from trueup.sandbox.taxonomy import ATTRIBUTES, TERMS
from trueup.sandbox.webhook_queue import QUEUE
from trueup.sandbox.webhooks import WEBHOOKS

TABLES: tuple[Table, ...] = (
    PRODUCTS, TERMS, ATTRIBUTES, ATTACHMENTS, TAX_CLASSES, ORDERS, NOTES, REFUNDS, COUPONS, CUSTOMERS,
    REVIEWS, RATES, ZONES, METHODS, GATEWAYS, WEBHOOKS, QUEUE, FULFILMENTS, CARTS,
)  # fmt: skip
ROUTES: list[Route] = [
    *terms.ROUTES,
    *attributes.ROUTES,
    *reviews.ROUTES,
    *product_extras.ROUTES,
    *products.ROUTES,
    *variations.ROUTES,
    *order_extras.ROUTES,
    *orders.ROUTES,
    *order_notes.ROUTES,
    *refunds.ROUTES,
    *fulfilments.ROUTES,
    *tracking_plugins.ROUTES,
    *store_api.ROUTES,
    *coupons.ROUTES,
    *customers.ROUTES,
    *taxes.ROUTES,
    *shipping.ROUTES,
    *site_settings.ROUTES,
    *gateways.ROUTES,
    *site_data.ROUTES,
    *status.ROUTES,
    *webhooks.ROUTES,
]
