"""Every route and table of the shop. A new resource adds its two names here and nothing else."""

from trueup.sandbox import attributes, products, terms, variations
from trueup.sandbox.images import ATTACHMENTS
from trueup.sandbox.product_rules import PRODUCTS
from trueup.sandbox.router import Route
from trueup.sandbox.store import Table
from trueup.sandbox.tax_classes import TAX_CLASSES
from trueup.sandbox.taxonomy import ATTRIBUTES, TERMS

TABLES: tuple[Table, ...] = (PRODUCTS, TERMS, ATTRIBUTES, ATTACHMENTS, TAX_CLASSES)
ROUTES: list[Route] = [
    *terms.ROUTES,
    *attributes.ROUTES,
    *products.ROUTES,
    *variations.ROUTES,
]
