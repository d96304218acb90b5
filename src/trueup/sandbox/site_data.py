"""``/data``: countries and currencies."""

from trueup.sandbox.errors import WooError
from trueup.sandbox.reference import COUNTRIES, CURRENCIES, STATES
from trueup.sandbox.router import READ, Answer, Call, Route
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc

HINTS = {"allow": ["GET"]}
SLUGS = ("continents", "countries", "currencies")


def _links(call: Call, path: str, id_: str) -> Doc:
    return {
        "self": [{"href": call.url(f"{path}/{id_}"), "targetHints": HINTS}],
        "collection": [{"href": call.url(path)}],
    }


def list_data(shop: Shop, call: Call) -> Answer:
    rows = [
        {"slug": slug, "description": f"The {slug} known.", "_links": _links(call, "/data", slug)} for slug in SLUGS
    ]
    return Answer(body=rows)


def currency_view(call: Call, code: str) -> Doc:
    name, symbol = CURRENCIES[code]
    return {"code": code, "name": name, "symbol": symbol, "_links": _links(call, "/data/currencies", code)}


def list_currencies(shop: Shop, call: Call) -> Answer:
    return Answer(body=[currency_view(call, code) for code in CURRENCIES])


def current_currency(shop: Shop, call: Call) -> Answer:
    return Answer(body=currency_view(call, str(shop.option("woocommerce_currency"))))


def get_currency(shop: Shop, call: Call, code: str) -> Answer:
    if code.upper() not in CURRENCIES:
        text = "There are no currencies matching these parameters."
        raise WooError(404, "woocommerce_rest_data_invalid_currency", text)
    return Answer(body=currency_view(call, code.upper()))


def country_view(call: Call, code: str) -> Doc:
    states = [{"code": state, "name": name} for state, name in STATES.items() if state.startswith(f"{code}-")]
    link = _links(call, "/data/countries", code.lower())
    return {"code": code, "name": COUNTRIES[code], "states": states, "_links": link}


def list_countries(shop: Shop, call: Call) -> Answer:
    return Answer(body=[country_view(call, code) for code in COUNTRIES])


def get_country(shop: Shop, call: Call, code: str) -> Answer:
    if code.upper() not in COUNTRIES:
        text = "There are no locations matching these parameters."
        raise WooError(404, "woocommerce_rest_data_invalid_location", text)
    return Answer(body=country_view(call, code.upper()))


ROUTES = [
    Route(READ, "/data", list_data),
    Route(READ, "/data/currencies", list_currencies),
    Route(READ, "/data/currencies/current", current_currency),
    Route(READ, "/data/currencies/{code}", get_currency),
    Route(READ, "/data/countries", list_countries),
    Route(READ, "/data/countries/{code}", get_country),
]
