"""Verifying a connection: every finding with its sentence and its way out, over answers as Tryton gives them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from trueup.connectors.kit.ports import Finding, Level
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.connector import TrytonConnector
from trueup.connectors.tryton.verify import FALLBACK_FIX, parted

from .furnishing import company, named, service, tax
from .window import Window, good, refused

CHECKS = [
    *("reachable", "key and database", "modules", "company", "warehouses"),
    *("price list", "web shop", "service products", "taxes", "login"),
]


def verified(window: Window, **more: Any) -> list[Finding]:
    connector = TrytonConnector(window.settings(**more))
    try:
        return list(connector.verify())
    finally:
        connector.close()


def finding(window: Window, check: str, **more: Any) -> Finding:
    [found] = [found for found in verified(window, **more) if found.check == check]
    return found


class TestEverythingIsFine:
    def test_and_each_check_says_what_it_found(self, window: Window) -> None:
        found = verified(window)
        assert [one.check for one in found] == CHECKS
        assert {one.level for one in found} == {Level.GREEN}
        assert [one.sentence for one in found] == [
            "Tryton 8.2 answers.",
            'The key opens the database "erp".',
            "The modules for sales, stock and web shops are active.",
            "It works for Company 1, in EUR.",
            "Stock is added up over Main.",
            "The articles' list prices are read.",
            "Orders have a web shop record to belong to.",
            "SHIPPING, FEE, DISCOUNT are there.",
            "There are sales taxes of 19 %, 7 %.",
            "Sales are advanced one by one with the key; a user and password would be faster.",
        ]

    def test_and_nothing_is_written(self, window: Window) -> None:
        verified(window)
        written = [path for path in window.paths() if not path.endswith(("/rpc/", "/search_read", "/fields_get"))]
        assert written == []

    @pytest.mark.parametrize(("name", "tax"), [("Web", "including"), ("Net", "without")])
    def test_with_a_price_list(self, window: Window, name: str, tax: str) -> None:
        found = finding(window, "price list", price_list=name)
        assert (found.level, found.sentence) == (Level.GREEN, f'Prices come from "{name}", {tax} tax.')

    def test_with_user_and_password(self, window: Window) -> None:
        window.special["/erp/rpc/"] = lambda body: good({"id": 1, "result": [7, "session", None]})
        found = finding(window, "login", user="hub", password=SecretStr("hush"))
        assert (found.level, found.sentence) == (Level.GREEN, "User and password are accepted.")

    def test_with_no_taxes_where_none_are_needed(self, window: Window) -> None:
        window.rows["account.tax"] = []
        assert finding(window, "taxes", tax_classes={"0": "zero"}).sentence == (
            "There are no sales taxes, and none are needed."
        )


class TestFoundations:
    """Without one of these there is no more to say."""

    @pytest.mark.parametrize("series", ["6.0", "7.4", "x", ""])
    def test_an_older_tryton_is_red_and_the_last_finding(self, window: Window, series: str) -> None:
        window.series = series
        [found] = verified(window)
        assert (found.check, found.level) == ("reachable", Level.RED)
        assert found.sentence == f"This is Tryton {series}."
        assert found.fix == "Use a Tryton of the series 8; older ones have no such interface."

    @pytest.mark.parametrize("series", ["8.0", "8.2", "9.0", "10.2"])
    def test_a_newer_tryton_is_fine(self, window: Window, series: str) -> None:
        window.series = series
        assert finding(window, "reachable").level is Level.GREEN

    def test_a_proxy_that_drops_the_date_is_named(self, window: Window) -> None:
        window.dated = False
        [found] = verified(window)
        assert found.sentence == "Tryton's answer has no Date header."
        assert found.fix == "Let the proxy in front of it pass that header on."

    @pytest.mark.parametrize(
        ("status", "sentence", "fix"),
        [
            (401, "Tryton does not accept the key.", "Create a user application of the type REST"),
            (403, "Tryton's user may not do this.", "Give the user of the key the groups"),
            (404, "Tryton does not have it.", "the name of the database is wrong"),
            (500, "Tryton answered with status 500.", FALLBACK_FIX),
        ],
    )
    def test_a_key_that_does_not_open_the_database(self, window: Window, status: int, sentence: str, fix: str) -> None:
        window.special["product.uom/search_read"] = lambda body: (status, b"")
        *_, found = verified(window)
        assert (found.check, found.level, found.sentence) == ("key and database", Level.RED, sentence)
        assert fix in found.fix

    def test_a_key_with_a_line_break_from_the_clipboard(self, window: Window) -> None:
        *_, found = verified(window, key=SecretStr("k" * 16 + "\n"))
        assert (found.check, found.level) == ("key and database", Level.RED)
        assert found.sentence == "The key for Tryton holds characters that no key has, such as a line break."

    @pytest.mark.parametrize(
        ("model", "lacks"),
        [
            ("sale.sale", "sale.sale.web_shop, sale.sale.web_id, sale.sale.warehouse"),
            (
                "product.product",
                "product.product.forecast_quantity, product.product.sale_price_uom, product.product.account_category",
            ),
        ],
    )
    def test_modules_that_are_not_active(self, window: Window, model: str, lacks: str) -> None:
        window.fields[model] = ("id",)
        *_, found = verified(window)
        assert (found.check, found.level, found.sentence) == ("modules", Level.RED, f"Tryton lacks {lacks}.")
        assert found.fix.startswith("Activate the modules sale, stock, account_product and web_shop")

    @pytest.mark.parametrize(
        ("rows", "chosen", "sentence", "fix"),
        [
            ([], None, "There is no company in Tryton.", "Enter the company's name as Tryton shows it."),
            (
                [company(1, "A. Ltd"), company(2, "B")],
                None,
                'There are several companies in Tryton: "A. Ltd", "B".',
                "Enter the name of one.",
            ),
            (
                [company(1, "B")],
                "A. & Co. Ltd",
                'There is no company "A. & Co. Ltd" in Tryton.',
                "Enter the company's name as Tryton shows it.",
            ),
        ],
    )
    def test_a_company_that_is_not_clear(
        self, window: Window, rows: list[Row], chosen: str | None, sentence: str, fix: str
    ) -> None:
        window.rows["company.company"] = rows
        *_, found = verified(window, company=chosen)
        assert (found.check, found.level, found.sentence, found.fix) == ("company", Level.RED, sentence, fix)


class TestFurnishings:
    """Each is looked at whatever came of the others."""

    @pytest.mark.parametrize(
        ("check", "rows", "more", "sentence", "fix"),
        [
            ("warehouses", {"stock.location": []}, {}, "There is no warehouse in Tryton.", "Create one in Tryton."),
            (
                "warehouses",
                {},
                {"warehouses": ("WH", "St. Pauli")},
                'There is no warehouse "St. Pauli" in Tryton.',
                "Enter its name or code.",
            ),
            (
                "warehouses",
                {},
                {"order_warehouse": "Attic"},
                'There is no warehouse "Attic" in Tryton.',
                "Enter its name or code.",
            ),
            (
                "price list",
                {},
                {"price_list": "Friends"},
                'There is no price list "Friends" in Tryton.',
                "Enter its name as Tryton shows it.",
            ),
            (
                "web shop",
                {"web.shop": []},
                {},
                "There is no web shop in Tryton.",
                "Create one in Tryton under Sales > Configuration.",
            ),
            (
                "web shop",
                {"web.shop": [named(1, "A"), named(2, "B")]},
                {},
                'There are several web shops in Tryton: "A", "B".',
                "Enter the name of one.",
            ),
            (
                "service products",
                {},
                {"shipping_product": "POST"},
                'There is no product "POST" in Tryton.',
                "Create a salable service product with this code in Tryton, or enter another code.",
            ),
            (
                "service products",
                {
                    "product.product": [
                        service(1, "SHIPPING", type="goods"),
                        service(2, "FEE", salable=False),
                        service(3, "DISCOUNT"),
                    ]
                },
                {},
                "SHIPPING, FEE cannot stand for shipping or fees.",
                "Make them salable and of the type service in Tryton.",
            ),
            (
                "taxes",
                {},
                {"taxes": {"19": "VAT shop", "7": "VAT 7"}},
                'There is no sales tax "VAT shop" of 19 %: orders with it would be refused.',
                "Create it in Tryton, or correct the names of the taxes in the settings.",
            ),
        ],
    )
    def test_that_are_missing_are_red(
        self, window: Window, check: str, rows: dict[str, list[Row]], more: dict[str, Any], sentence: str, fix: str
    ) -> None:
        window.rows.update(rows)
        found = verified(window, **more)
        assert [one.check for one in found] == CHECKS
        assert [(one.check, one.sentence, one.fix) for one in found if one.level is Level.RED] == [
            (check, sentence, fix)
        ]

    @pytest.mark.parametrize(
        ("taxes", "more", "sentence"),
        [
            ([], {}, "There is no sales tax of 19 %, 7 %."),
            ([tax(1, "VAT", "0.19")], {}, "There is no sales tax of 7 %."),
            ([tax(1, "A", "0.19"), tax(2, "B", "0.190"), tax(3, "C", "0.07")], {}, "Several sales taxes have 19 %."),
            ([tax(1, "A", "0.19"), tax(2, "B", "0.19"), tax(3, "C", "0.07")], {"taxes": {"19": "B"}}, None),
        ],
        ids=["none", "one missing", "two alike", "two alike, one named"],
    )
    def test_taxes_that_are_missing_or_doubled_are_a_caveat(
        self, window: Window, taxes: list[Row], more: dict[str, Any], sentence: str | None
    ) -> None:
        window.rows["account.tax"] = taxes
        found = finding(window, "taxes", **more)
        assert found.level is (Level.YELLOW if sentence else Level.GREEN)
        assert sentence in (found.sentence, None)

    @pytest.mark.parametrize(
        ("more", "lacking"), [({"user": "hub"}, "password"), ({"password": SecretStr("hush")}, "name")]
    )
    def test_half_a_login_is_a_caveat(self, window: Window, more: dict[str, Any], lacking: str) -> None:
        found = finding(window, "login", **more)
        assert (found.level, found.sentence) == (Level.YELLOW, f"The user has no {lacking}.")

    def test_a_login_that_is_refused_is_red_and_hides_the_password(self, window: Window) -> None:
        window.special["/erp/rpc/"] = lambda body: (401, b"")
        found = finding(window, "login", user="hub", password=SecretStr("hush-hush"))
        assert (found.level, found.sentence) == (Level.RED, "Tryton does not accept user and password.")
        assert found.fix == "Correct them, or leave both empty."

    def test_what_tryton_itself_says_is_told_whole(self, window: Window) -> None:
        window.special["web.shop/search_read"] = lambda body: refused("No access. Ask Kim.", "Model: web.shop.")
        found = finding(window, "web shop")
        assert found.sentence == 'Tryton says: "No access. Ask Kim. Model: web.shop.".'
        assert found.fix == FALLBACK_FIX


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two.", ("One.", "Two.")),
        ("One. Two. Three.", ("One.", "Two. Three.")),
        ("One", ("One.", "")),
        ("One.", ("One.", "")),
        ('No "A. B" here. Do it.', ('No "A. B" here.', "Do it.")),
        ('It says: "A. B.".', ('It says: "A. B.".', "")),
        ('An open " quote. Do it.', ('An open " quote. Do it.', "")),
        ("Version 8.2 is old. Update.", ("Version 8.2 is old.", "Update.")),
        ("", (".", "")),
    ],
)
def test_the_first_sentence_ends_at_a_point_outside_quotes(text: str, parts: tuple[str, str]) -> None:
    assert parted(text) == parts
