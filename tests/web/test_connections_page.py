"""Connections: how each stands, verify again, and a form that stores only what works and never shows a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from support.world import World
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.connectors.registry import SYSTEMS
from trueup.domain.record import Kind
from trueup.sandbox import RunningShop, running_shop
from trueup.store import connections, flows
from trueup.store.connections import ConnectionRow
from trueup.store.secrets import Seal
from trueup.web.pages.connections import shown_settings

from .conftest import Desk, words


@pytest.fixture(scope="module")
def shop() -> Iterator[RunningShop]:
    with running_shop(https=True) as shop:
        yield shop


def by_name(world: World, name: str) -> ConnectionRow | None:
    with world.hub.database.read() as tx:
        return connections.by_name(tx, name)


def filled(shop: RunningShop, **changes: str) -> dict[str, str]:
    """The form as somebody fills it in who knows the shop's keys."""
    keys = {"s_consumer_key": shop.consumer_key, "s_consumer_secret": shop.consumer_secret}
    rest = {"s_url": shop.url, "s_ca_file": str(shop.ca_file), "s_tax_classes": "standard = \nreduced = reduced-rate"}
    return {"system": "woocommerce", "connection_name": "Webshop", **keys, **rest, **changes}


# The form


def test_first_the_system_is_chosen(desk: Desk) -> None:
    html = desk.browser.get("/connections/new").text
    assert 'href="/connections/new?system=woocommerce"' in html
    assert 'href="/connections/new?system=files"' in html
    assert "In-memory" not in html


@pytest.mark.parametrize("name", [name for name in SYSTEMS if name != "memory"])
def test_every_setting_of_every_system_has_a_field_with_its_description(desk: Desk, name: str) -> None:
    text = desk.browser.get(f"/connections/new?system={name}").text
    page = words(text)
    for field, info in SYSTEMS[name].settings.model_fields.items():
        assert f'id="s_{field}"' in text
        assert info.description
        assert " ".join(info.description.split()) in page


def test_secrets_are_typed_into_password_fields(desk: Desk) -> None:
    html = desk.browser.get("/connections/new?system=woocommerce").text
    (field,) = re.findall(r'<input id="s_consumer_secret"[^>]*>', html)
    assert 'type="password"' in field
    assert 'value=""' in field


def test_a_shop_that_works_is_stored_with_what_was_found(desk: Desk, shop: RunningShop) -> None:
    landed = desk.post("/connections", **filled(shop))
    assert landed.url.path == "/connections/3"
    text = words(landed.text)
    assert "Webshop is connected." in text
    assert "Works:" in text
    assert "The keys are accepted, and may read." in text
    row = by_name(desk.world, "Webshop")
    assert row is not None
    assert row.settings["tax_classes"] == {"standard": "", "reduced": "reduced-rate"}


def test_its_secret_is_sealed_and_no_page_ever_shows_it(desk: Desk, shop: RunningShop) -> None:
    html = desk.post("/connections", **filled(shop)).text
    row = by_name(desk.world, "Webshop")
    assert row is not None
    assert shop.consumer_secret not in html
    assert shop.consumer_secret not in repr(row)
    assert desk.world.hub.seal.open(row.sealed) == {"consumer_secret": shop.consumer_secret}
    assert "consumer secret sealed, never shown" in words(html)


def test_a_key_is_shown_shortened(desk: Desk, shop: RunningShop) -> None:
    html = desk.post("/connections", **filled(shop)).text
    assert shop.consumer_key not in html
    assert f"{shop.consumer_key[:6]}…{shop.consumer_key[-4:]}" in html


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"s_url": ""}, "url: Field required."),
        ({"s_url": "no shop"}, '"no shop" is no address of a shop.'),
        ({"s_consumer_key": "wrong"}, "the consumer key does not begin with ck_."),
        ({"s_read_timeout": "soon"}, "read_timeout: Input should be a valid number"),
        ({"s_order_start": "yesterday"}, "order_start: Input should be a valid datetime"),
        ({"s_order_statuses": "draft"}, "orders in the status draft are not placed"),
        ({"connection_name": "  "}, "The connection has no name."),
        ({"connection_name": "Shop"}, "There is a connection called Shop already."),
    ],
)
def test_a_mistake_is_said_in_a_sentence_and_nothing_is_stored(
    desk: Desk, shop: RunningShop, changes: dict[str, str], sentence: str
) -> None:
    answer = desk.post("/connections", **filled(shop, **changes))
    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert by_name(desk.world, "Webshop") is None


def test_a_shop_that_does_not_work_yet_shows_what_is_red_and_is_not_stored(desk: Desk, shop: RunningShop) -> None:
    wrong = "cs_" + "0" * 8
    answer = desk.post("/connections", **filled(shop, s_consumer_secret=wrong))
    text = words(answer.text)
    assert answer.status_code == 422
    assert "The connection Webshop is not stored, because it does not work yet." in text
    assert "Does not work:" in text
    assert by_name(desk.world, "Webshop") is None
    assert wrong not in answer.text


def test_what_was_typed_stays_in_the_form_but_for_secrets(desk: Desk, shop: RunningShop) -> None:
    html = desk.post("/connections", **filled(shop, s_read_timeout="soon", s_guests="per_order")).text
    assert 'value="Webshop"' in html
    assert f'value="{shop.url}"' in html
    assert 'value="soon"' in html
    assert "<option selected>per_order</option>" in html
    assert "reduced = reduced-rate</textarea>" in html
    assert shop.consumer_secret not in html
    assert "<details open>" in html


def test_a_field_that_no_setting_has_is_left_alone(desk: Desk, shop: RunningShop) -> None:
    desk.post("/connections", **filled(shop, s_nothing="x", consumer_key="y"))
    row = by_name(desk.world, "Webshop")
    assert row is not None
    assert row.settings["consumer_key"] == shop.consumer_key


def test_an_unknown_system_is_refused(desk: Desk) -> None:
    assert desk.post("/connections", system="nothing", connection_name="X").status_code == 404


def test_a_folder_and_a_shop_get_their_usual_flows_with_one_button(
    desk: Desk, shop: RunningShop, tmp_path: Path
) -> None:
    folder = tmp_path / "till"
    folder.mkdir()
    desk.post("/connections", **filled(shop))
    landed = desk.post(
        "/connections", system="files", connection_name="Till", s_folder=str(folder), s_prices_include_tax="no"
    )
    assert "Till is connected." in words(landed.text)
    said = desk.says("/flows/usual")
    assert "Added: products, prices, stock, orders, fulfilments, refunds. They are inactive until you" in said
    with desk.world.hub.database.read() as tx:
        assert [(flow.name, flow.active) for flow in flows.everyone(tx)] == [
            ("products", False),
            ("prices", False),
            ("stock", False),
            ("orders", False),
            ("fulfilments", False),
            ("refunds", False),
        ]
    assert "There was nothing to add." in desk.says("/flows/usual")


# One connection


def test_each_connection_stands_in_the_list_with_its_state(desk: Desk) -> None:
    text = desk.page("/connections")
    assert "ERP not checked yet In-memory test system" in text


def test_verify_again_keeps_what_was_found(desk: Desk) -> None:
    said = desk.says("/connections/1/verify")
    assert "ERP: everything that was checked works." in said
    assert "The test system answers." in said
    assert "Last check, just now" in said
    assert desk.nudges == ["work"]


def test_verify_says_what_is_red_and_how_to_mend_it(desk: Desk) -> None:
    desk.world.erp.fault(Fault(trouble=Trouble.LOCKED_OUT, op="verify", times=None))
    said = desk.says("/connections/1/verify")
    assert "Lift the fault." in said
    assert "Does not work:" in said
    assert "does not work" in desk.page("/connections")
    desk.world.flow(Kind.PRODUCT)
    assert "The last check of ERP found something that will not work." in desk.page("/")


def test_a_good_check_ends_a_pause(desk: Desk) -> None:
    now = desk.world.time.now
    with desk.world.hub.database.write() as tx:
        connections.pause(tx, 1, until=now.replace(hour=9), sentence="ERP answers with a login page.")
    text = desk.page("/connections/1")
    assert "does not answer" in text
    assert "ERP answers with a login page. Next try at 09:00 UTC . 1 call in a row failed." in text
    desk.says("/connections/1/verify")
    assert "does not answer" not in desk.page("/connections/1")


def test_another_key_of_the_installation_is_said_not_shown_as_a_fault(desk: Desk, shop: RunningShop) -> None:
    desk.post("/connections", **filled(shop))
    other = Seal(Fernet.generate_key().decode()).seal({"consumer_secret": "cs_x"})
    with desk.world.hub.database.write() as tx:
        connections.change(tx, 3, sealed=other)
    assert "The key does not open what is stored." in desk.says("/connections/3/verify")


def test_a_system_that_cannot_call_offers_no_calls(desk: Desk) -> None:
    assert "Calls from this system" not in desk.page("/connections/1")
    assert "ERP cannot call trueup" in desk.says("/connections/1/webhooks", address="https://hub.example")


def test_calls_are_set_up_with_a_button(desk: Desk, shop: RunningShop) -> None:
    desk.post("/connections", **filled(shop))
    before = desk.page("/connections/3")
    assert "Calls are not set up yet." in before
    said = desk.says("/connections/3/webhooks", address="https://hub.example")
    assert "The shop now calls us at order.created. The shop now calls us at order.updated. The shop now" in said
    assert "Calls are set up; each is signed with a secret." in said


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"consumer_key": "ck_0123456789abcdef"}, {"consumer_key": "ck_012…cdef"}),
        ({"key": "short"}, {"key": "short"}),
        ({"url": "https://shop.example", "ca_file": None}, {"url": "https://shop.example"}),
        ({"tax_classes": {"standard": "", "zero": "z"}}, {"tax_classes": "standard = (empty), zero = z"}),
        ({"statuses": ["a", "b"], "none": [], "empty": ""}, {"statuses": "a, b"}),
        ({"timeout": 90.0, "unique": True, "strict": False}, {"timeout": "90", "unique": "yes", "strict": "no"}),
    ],
)
def test_settings_are_shown_in_words(world: World, settings: dict[str, Any], shown: dict[str, str]) -> None:
    row = by_name(world, "ERP")
    assert row is not None
    values = {name: getattr(row, name) for name in row.__dataclass_fields__}
    assert shown_settings(ConnectionRow(**{**values, "settings": settings})) == shown
