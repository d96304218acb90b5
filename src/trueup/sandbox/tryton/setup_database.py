"""Fill a fresh Tryton database with a small trading company, ready for a shop to be connected.

Run by the Python of Tryton's own environment, never by trueup's:
    python setup_database.py trytond.conf DATABASE company PASSWORD
    python setup_database.py trytond.conf DATABASE catalogue NUMBER_OF_ARTICLES
The first prints one JSON object: the REST key and the ids of what it made. It speaks to Tryton through proteus.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from decimal import Decimal
from typing import Any

from proteus import Model, Wizard, config
from proteus.config import Config

# fmt: off
MODULES = [
    "account", "account_invoice", "account_invoice_stock", "account_payment", "account_product", "carrier",
    "company", "country", "currency", "party", "product", "product_attribute", "product_classification",
    "product_image", "product_measurements", "product_price_list", "sale", "sale_amendment", "sale_complaint",
    "sale_discount", "sale_extra", "sale_invoice_grouping", "sale_opportunity", "sale_payment", "sale_price_list",
    "sale_promotion", "sale_shipment_cost", "sale_stock_quantity", "stock", "stock_forecast", "stock_package",
    "stock_package_shipping", "stock_shipment_cost", "web_shop", "web_user",
]
# fmt: on
COUNTRIES = {
    "DE": "Germany",
    "AT": "Austria",
    "FR": "France",
    "SE": "Sweden",
    "CH": "Switzerland",
    "US": "United States",
}
TAX_PERCENTS = (19, 7, 0)
SERVICES = {"SHIPPING": "Shipping", "DISCOUNT": "Discount", "FEE": "Fee"}
ATTRIBUTES = {"color": "Color", "size": "Size"}
VARIANTS = (("-RED-S", "red", "S"), ("-RED-M", "red", "M"), ("-BLUE-M", "blue", "M"))


def main(conf: str, database: str, step: str, argument: str) -> None:
    if step == "company":
        print(json.dumps(set_up_company(conf, database, password=argument)))
    else:
        set_up_catalogue(conf, database, count=int(argument))


def set_up_company(conf: str, database: str, *, password: str) -> dict[str, Any]:
    """Everything that a trading company has but its goods; returns the ids by name."""
    connect(conf, database)
    activate_modules()
    settings = connect(conf, database)
    company = make_company(settings)
    categories = make_taxes(company, make_accounts(company))
    make_attributes()
    new("product.category", name="Shop articles")
    warehouses = make_warehouses()
    return {
        "services": make_services(settings, categories[19]),
        "price_lists": make_price_lists(),
        "web_shop": make_shop(company, warehouses[0]),
        "rest_key": make_user(company, password),
        "company": company.id,
        "warehouses": {warehouse.code: warehouse.id for warehouse in warehouses},
        "categories": {str(percent): category.id for percent, category in categories.items()},
        "taxes": {str(percent): category.customer_taxes[0].id for percent, category in categories.items()},
    }


def set_up_catalogue(conf: str, database: str, *, count: int) -> None:
    """Articles SKU-0000 and up, and what of each lies in every warehouse."""
    settings = connect(conf, database)
    settings._context = Model.get("res.user").get_preferences(True, {})
    make_articles(settings, count)
    make_stock(find("stock.location", ("type", "=", "warehouse")))


def connect(conf: str, database: str) -> Config:
    return config.set_trytond(database=database, user="admin", config_file=conf)


def new(model: str, **values: Any) -> Any:
    record = Model.get(model)(**values)
    record.save()
    return record


def find(model: str, *domain: tuple[str, str, Any]) -> list[Any]:
    found: list[Any] = Model.get(model).find(list(domain))
    return found


def activate_modules() -> None:
    module = Model.get("ir.module")
    module.click(find("ir.module", ("name", "in", MODULES), ("state", "=", "not activated")), "activate")
    Wizard("ir.module.activate_upgrade").execute("upgrade")


def make_company(settings: Config) -> Any:
    for code, name in COUNTRIES.items():
        new("country.country", code=code, name=name)
    new(
        "currency.currency", code="EUR", name="Euro", symbol="€", numeric_code="978", rounding=Decimal("0.01"), digits=2
    )
    euro = find("currency.currency", ("code", "=", "EUR"))[0]
    rate = Model.get("currency.currency.rate")(date=dt.date(2000, 1, 1), rate=Decimal(1), currency=euro)
    rate.save()
    wizard = Wizard("company.company.config")
    wizard.execute("company")
    wizard.form.party = new("party.party", name="Demo Trading Ltd")
    wizard.form.currency = euro
    wizard.execute("add")
    settings._context = Model.get("res.user").get_preferences(True, {})
    return find("company.company")[0]


def make_accounts(company: Any) -> dict[str, Any]:
    """A chart of accounts from Tryton's own template, with a fiscal year over this year and the next."""
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
    from trytond.modules.account_invoice.tests.tools import create_payment_term, set_fiscalyear_invoice_sequences

    create_chart(company)
    year = dt.date.today().year  # noqa: DTZ011 - the fiscal year of this machine's calendar
    span = (dt.date(year - 1, 1, 1), dt.date(year + 1, 12, 31))
    set_fiscalyear_invoice_sequences(create_fiscalyear(company, span)).click("create_period")
    create_payment_term().save()
    accounts: dict[str, Any] = get_accounts(company)
    return accounts


def make_taxes(company: Any, accounts: dict[str, Any]) -> dict[int, Any]:
    """One tax and one accounting category per rate."""
    from trytond.modules.account.tests.tools import create_tax

    categories = {}
    for percent in TAX_PERCENTS:
        tax = create_tax(Decimal(percent) / 100, company)
        tax.name = tax.description = f"VAT {percent}%"
        tax.save()
        category = Model.get("product.category")(name=f"Goods {percent}%", accounting=True)
        category.account_expense, category.account_revenue = accounts["expense"], accounts["revenue"]
        category.customer_taxes.append(tax)
        category.save()
        categories[percent] = category
    return categories


def make_attributes() -> None:
    attribute_set = Model.get("product.attribute.set")(name="Apparel")
    for name, label in ATTRIBUTES.items():
        attribute_set.attributes.append(new("product.attribute", name=name, string=label, type_="char"))
    attribute_set.save()


def make_services(settings: Config, category: Any) -> dict[str, int]:
    """What an order needs beside goods: shipping, discount and fee, each a service product; and one carrier."""
    prices = {"SHIPPING": "4.90", "DISCOUNT": "0", "FEE": "0"}
    values = [template(code, SERVICES[code], prices[code], category.id, type="service") for code in SERVICES]
    create(settings, "product.template", values)
    services = {code: find("product.product", ("code", "=", code))[0] for code in SERVICES}
    new("carrier", party=new("party.party", name="DHL"), carrier_product=services["SHIPPING"])
    return {code: product.id for code, product in services.items()}


def create(settings: Config, model: str, values: list[dict[str, Any]]) -> None:
    """Fifty records in one call, which is some ten times as fast as one by one. A hundred are too many: Tryton checks
    that codes are unique by one condition with a part for each record, which SQLite then cannot parse."""
    for start in range(0, len(values), 50):
        settings.get_proxy(model).create(values[start : start + 50], settings.context)


def template(code: str, name: str, price: str, category: int, **more: Any) -> dict[str, Any]:
    unit = find("product.uom", ("name", "=", "Unit"))[0].id
    return {
        "code": code,
        "name": name,
        "list_price": Decimal(price),
        "account_category": category,
        "default_uom": unit,
        "sale_uom": unit,
        "salable": True,
        "type": "goods",
        "lead_time": dt.timedelta(0),
        "products": [["create", [{}]]],
        **more,
    }


def make_warehouses() -> list[Any]:
    """The warehouse that Tryton starts with, and a second one."""
    parts = {
        f"{part}_location": new("stock.location", name=f"{part} 2".title(), code=code, type="storage")
        for part, code in (("input", "IN2"), ("output", "OUT2"), ("storage", "STO2"))
    }
    lost = new("stock.location", name="Lost and Found 2", code="LF2", type="lost_found")
    new("stock.location", name="Warehouse 2", code="WH2", type="warehouse", lost_found_location=lost, **parts)
    return sorted(find("stock.location", ("type", "=", "warehouse")), key=lambda warehouse: str(warehouse.code))


def make_price_lists() -> dict[str, int]:
    retail = [(10.0, "unit_price * 0.9"), (None, "unit_price")]
    wholesale = [(None, "unit_price * 0.8")]
    made = {}
    for name, steps in (("Retail", retail), ("B2B", wholesale)):
        prices = Model.get("product.price_list")(name=name, price="list_price")
        for quantity, formula in steps:
            line = prices.lines.new()
            line.quantity, line.formula = quantity, formula
        prices.save()
        made[name] = prices.id
    return made


def make_articles(settings: Config, count: int) -> None:
    """Every tenth article is a shirt in three variants, every other fifth is taxed at 7 %, the others at 19 %."""
    shelf = find("product.category", ("name", "=", "Shop articles"))[0].id
    rates = {percent: find("product.category", ("name", "=", f"Goods {percent}%"))[0].id for percent in TAX_PERCENTS}
    sizes = find("product.attribute.set", ("name", "=", "Apparel"))[0].id
    articles = [article(i, rates, sizes) for i in range(count)]
    create(settings, "product.template", [values | {"categories": [["add", [shelf]]]} for values in articles])


def article(number: int, rates: dict[int, int], attribute_set: int) -> dict[str, Any]:
    if number % 10 == 0:
        return shirt(number, rates[19], attribute_set)
    return mug(number, rates[7 if number % 5 == 0 else 19])


def shirt(number: int, category: int, attribute_set: int) -> dict[str, Any]:
    variants = [{"suffix_code": suffix, "attributes": {"color": c, "size": s}} for suffix, c, s in VARIANTS]
    values = template(f"SKU-{number:04}", f"Shirt {number:04}", f"{15 + number % 80}.90", category)
    return values | {"attribute_set": attribute_set, "products": [["create", variants]]}


def mug(number: int, category: int) -> dict[str, Any]:
    return template(f"SKU-{number:04}", f"Mug {number:04}", f"{5 + number % 20}.90", category)


def make_stock(warehouses: list[Any]) -> None:
    """Count every article into both warehouses, so that each has its own quantity there."""
    goods = find("product.product", ("type", "=", "goods"))
    for offset, warehouse in enumerate(warehouses):
        inventory = Model.get("stock.inventory")(location=warehouse.storage_location, empty_quantity="keep")
        for index, product in enumerate(goods):
            line = inventory.lines.new()
            line.product, line.quantity = product, float((index * 7 + offset * 3) % 50)
        inventory.save()
        inventory.click("confirm")


def make_shop(company: Any, warehouse: Any) -> int:
    euro = find("currency.currency", ("code", "=", "EUR"))[0]
    shop = Model.get("web.shop")(name="Web shop", company=company, currency=euro)
    shop.warehouses.append(warehouse)
    shop.save()
    return int(shop.id)


def make_user(company: Any, password: str) -> str:
    """The user that trueup works as, with a validated REST key, which is returned."""
    user = Model.get("res.user")(name="Connector", login="connector", password=password)
    user.companies.append(company)
    user.company = company
    for group in find("res.group"):
        user.groups.append(group)
    user.save()
    new("res.user.application", user=user, application="rest", state="validated")
    key: str = find("res.user.application", ("user", "=", user.id))[0].key
    return key


if __name__ == "__main__":
    main(*sys.argv[1:5])
