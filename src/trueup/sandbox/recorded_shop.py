"""The shop that the recordings were made in, before the first request."""

from trueup.sandbox.settings import SeedRate, SeedZone, ShopSettings

RATES = (
    SeedRate(country="DE", rate="19.0000", name="DE MwSt"),
    SeedRate(country="DE", rate="7.0000", name="DE MwSt erm.", tax_class="reduced-rate"),
    SeedRate(country="AT", rate="20.0000", name="AT USt"),
    SeedRate(country="NL", rate="21.0000", name="NL BTW"),
    SeedRate(country="FR", rate="20.0000", name="FR TVA"),
)
METHODS = (
    ("flat_rate", {"title": "Flat rate", "tax_status": "taxable", "cost": "4.90"}),
    ("free_shipping", {"title": "Free shipping", "requires": "min_amount", "min_amount": "100"}),
    ("local_pickup", {"title": "Local pickup", "tax_status": "taxable", "cost": ""}),
)
RECORDED_SHOP = ShopSettings(
    home="https://shop.example",
    store_address="Teststr. 1",
    store_city="Berlin",
    store_postcode="10115",
    weight_unit="lbs",
    dimension_unit="in",
    rates=RATES,
    zones=(SeedZone(name="EU", countries=("DE", "AT", "NL", "FR"), methods=METHODS),),
)
