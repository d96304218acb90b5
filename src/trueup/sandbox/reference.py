"""Countries, states and currencies, named as WooCommerce names them where that is known here."""

from babel import Locale

NOT_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "CP", "DG", "EA", "IC", "TA", "AC", "CQ"}


def _countries() -> dict[str, str]:
    territories = Locale("en").territories
    found = {code: str(name) for code, name in territories.items() if len(code) == 2 and code not in NOT_COUNTRIES}
    return dict(sorted(found.items(), key=lambda item: item[1].replace("Å", "A")))


COUNTRIES = _countries()
STATES = {
    "DE-BW": "Baden-Württemberg", "DE-BY": "Bavaria", "DE-BE": "Berlin", "DE-BB": "Brandenburg", "DE-HB": "Bremen",
    "DE-HH": "Hamburg", "DE-HE": "Hesse", "DE-MV": "Mecklenburg-Vorpommern", "DE-NI": "Lower Saxony",
    "DE-NW": "North Rhine-Westphalia", "DE-RP": "Rhineland-Palatinate", "DE-SL": "Saarland", "DE-SN": "Saxony",
    "DE-ST": "Saxony-Anhalt", "DE-SH": "Schleswig-Holstein", "DE-TH": "Thuringia",
}  # fmt: skip
# code -> (name, symbol as HTML)
CURRENCIES: dict[str, tuple[str, str]] = {
    "AED": ("United Arab Emirates dirham", "&#x62f;.&#x625;"),
    "AFN": ("Afghan afghani", "&#x60b;"),
    "ALL": ("Albanian lek", "L"),
    "AUD": ("Australian dollar", "&#36;"),
    "BGN": ("Bulgarian lev", "&#1083;&#1074;."),
    "BRL": ("Brazilian real", "&#82;&#36;"),
    "CAD": ("Canadian dollar", "&#36;"),
    "CHF": ("Swiss franc", "&#67;&#72;&#70;"),
    "CNY": ("Chinese yuan", "&yen;"),
    "CZK": ("Czech koruna", "&#75;&#269;"),
    "DKK": ("Danish krone", "kr."),
    "EUR": ("Euro", "&euro;"),
    "GBP": ("Pound sterling", "&pound;"),
    "HUF": ("Hungarian forint", "&#70;&#116;"),
    "INR": ("Indian rupee", "&#8377;"),
    "JPY": ("Japanese yen", "&yen;"),
    "KWD": ("Kuwaiti dinar", "&#x62f;.&#x643;"),
    "MXN": ("Mexican peso", "&#36;"),
    "NOK": ("Norwegian krone", "&#107;&#114;"),
    "NZD": ("New Zealand dollar", "&#36;"),
    "PLN": ("Polish z&#x142;oty", "&#122;&#322;"),
    "RON": ("Romanian leu", "lei"),
    "SEK": ("Swedish krona", "&#107;&#114;"),
    "TRY": ("Turkish lira", "&#8378;"),
    "UAH": ("Ukrainian hryvnia", "&#8372;"),
    "USD": ("United States (US) dollar", "&#36;"),
    "ZAR": ("South African rand", "&#82;"),
}
