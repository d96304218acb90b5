"""Tax classes: the standard one and what the shop's owner added."""

from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Table

TAX_CLASSES = Table(name="tax_class", columns={"slug": "TEXT"}, of=lambda doc: {"slug": doc["slug"]})
FIRST = (("standard", "Standard rate"), ("reduced-rate", "Reduced rate"), ("zero-rate", "Zero rate"))


def seed_tax_classes(shop: Shop) -> None:
    if not shop.store.count("tax_class"):
        for slug, name in FIRST:
            shop.store.insert("tax_class", {"id": shop.store.next_id("tax_class"), "slug": slug, "name": name})
