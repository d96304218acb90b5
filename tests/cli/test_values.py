"""Settings as somebody types them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from trueup.cli.values import Field, fields_of, values_from
from trueup.connectors.registry import SYSTEMS
from trueup.sync.connecting import Refused


def field(name: str, shape: str = "plain", *, secret: bool = False, required: bool = False) -> Field:
    return Field(name=name, shape=shape, secret=secret, required=required, default="", help="")


FIELDS = [
    field("url"),
    field("statuses", "list"),
    field("columns", "table"),
    field("token", secret=True),
]


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ([], {}),
        (["url=https://shop.example"], {"url": "https://shop.example"}),
        (["url = https://shop.example "], {"url": "https://shop.example"}),
        (["url=a=b"], {"url": "a=b"}),
        (["url="], {"url": ""}),
        (["statuses=processing"], {"statuses": ["processing"]}),
        (["statuses=processing, completed"], {"statuses": ["processing", "completed"]}),
        (["statuses="], {"statuses": []}),
        (['statuses=["a,b"]'], {"statuses": ["a,b"]}),
        (["columns.VK brutto=price", "columns.Nr=sku"], {"columns": {"VK brutto": "price", "Nr": "sku"}}),
        (['columns={"Nr": "sku"}'], {"columns": {"Nr": "sku"}}),
        (["columns.Nr=sku", "url=x"], {"columns": {"Nr": "sku"}, "url": "x"}),
        (["url=[x]"], {"url": "[x]"}),
    ],
)
def test_what_is_typed_becomes_what_the_settings_read(given: list[str], values: dict[str, Any]) -> None:
    assert values_from(FIELDS, given, []) == values


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("url", "'url': write it as field=value."),
        ("=x", "'': write it as field=value."),
        ("colour=red", "there is no setting colour. There are: url, statuses, columns, token."),
        ("columns=x", "columns takes several values: --set columns.NAME=VALUE, for each."),
        ("columns={x}", "columns: this is not JSON."),
        ("token=hush", "token is a secret"),
    ],
)
def test_what_is_typed_wrongly_is_said(given: str, sentence: str) -> None:
    with pytest.raises(typer.BadParameter) as refusal:
        values_from(FIELDS, [given], [])
    assert sentence in refusal.value.message


def test_a_secret_on_the_command_line_is_not_repeated() -> None:
    with pytest.raises(typer.BadParameter) as refusal:
        values_from(FIELDS, ["token=hush-hush"], [])
    assert "hush-hush" not in refusal.value.message
    assert "--set-secret-from-env token=VARIABLE" in refusal.value.message


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "hush")
    assert values_from(FIELDS, [], ["token=SHOP_TOKEN"]) == {"token": "hush"}


def test_an_empty_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_TOKEN", raising=False)
    with pytest.raises(Refused, match="environment variable SHOP_TOKEN, but that is empty"):
        values_from(FIELDS, [], ["token=SHOP_TOKEN"])


def test_a_required_secret_without_anybody_to_ask_is_refused_with_the_way_to_give_it() -> None:
    with pytest.raises(Refused, match="--set-secret-from-env token=VARIABLE"):
        values_from([field("token", secret=True, required=True)], [], [])


def test_a_required_plain_setting_is_left_to_the_check_which_names_every_missing_one() -> None:
    assert values_from([field("url", required=True)], [], []) == {}


@pytest.mark.parametrize("system", list(SYSTEMS))
def test_every_setting_of_every_system_says_what_it_means(system: str) -> None:
    fields = fields_of(system)
    assert fields
    assert [one.name for one in fields if not one.help] == []


def test_secrets_of_a_shop_are_known_as_such_and_show_no_default() -> None:
    secrets = [one for one in fields_of("woocommerce") if one.secret]
    assert [one.name for one in secrets] == ["consumer_secret"]
    assert [one.default for one in secrets] == [""]


@pytest.mark.parametrize(
    ("system", "name", "shape"),
    [
        ("woocommerce", "url", "plain"),
        ("woocommerce", "order_statuses", "list"),
        ("woocommerce", "tax_classes", "table"),
        ("woocommerce", "order_start", "plain"),
        ("files", "reads", "list"),
        ("files", "columns", "table"),
        ("files", "settle_seconds", "plain"),
        ("memory", "batch", "plain"),
    ],
)
def test_the_shape_of_a_setting_comes_from_its_type(system: str, name: str, shape: str) -> None:
    assert {one.name: one.shape for one in fields_of(system)}[name] == shape


@pytest.mark.parametrize(
    ("system", "name", "default"),
    [
        ("woocommerce", "order_statuses", "processing"),
        ("woocommerce", "create_status", "draft"),
        ("woocommerce", "order_start", ""),
        ("files", "writes", "customer,order,refund"),
        ("files", "columns", ""),
    ],
)
def test_defaults_are_shown_as_one_would_type_them(system: str, name: str, default: str) -> None:
    assert {one.name: one.default for one in fields_of(system)}[name] == default


def test_what_is_read_fits_the_real_settings(tmp_path: Path) -> None:
    given = [f"folder={tmp_path}", "reads=product,stock", "columns.Nr=sku", "settle_seconds=0", "delimiter=tab"]
    settings = SYSTEMS["files"].settings.model_validate(values_from(fields_of("files"), given, []))
    assert settings.model_dump()["reads"] == {"product", "stock"}
    assert settings.model_dump()["columns"] == {"Nr": "sku"}


def test_an_unknown_system_is_refused_without_telling_of_test_systems() -> None:
    with pytest.raises(Refused) as refusal:
        fields_of("shopify")
    assert str(refusal.value) == ("shopify is not a system that trueup knows. It knows: woocommerce, files, tryton.")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["columns=[1]", "columns.a=b"], 'columns: write it as {"NAME": "VALUE"}.'),
        (["columns=[]"], 'columns: write it as {"NAME": "VALUE"}.'),
        (["statuses={}"], 'statuses: write it as ["VALUE"].'),
        (['statuses={"a": "b"}'], 'statuses: write it as ["VALUE"].'),
        (["statuses=[a, b]"], "statuses: this is not JSON."),
        (["columns=" + "[" * 100_000], "columns: this is not JSON."),
        (["url.x=y"], "url has no part called x: write it as url=value."),
        (["statuses.x=y"], "statuses has no part called x: write it as statuses=value."),
        (["token.x=hush"], "token.x is a secret"),
        (["nothing.x=y"], "there is no setting nothing. There are: url, statuses, columns, token."),
    ],
)
def test_what_has_another_shape_is_said_before_anything_is_done(given: list[str], sentence: str) -> None:
    with pytest.raises(typer.BadParameter) as refusal:
        values_from(FIELDS, given, [])
    assert sentence in refusal.value.message


@pytest.mark.parametrize(
    ("given", "values"),
    [
        (["url=a", "url=b"], {"url": "b"}),
        (['columns={"A": "sku"}', "columns.B=price"], {"columns": {"A": "sku", "B": "price"}}),
        (["columns.B=price", 'columns={"A": "sku"}'], {"columns": {"A": "sku"}}),
        (["columns.A="], {"columns": {"A": ""}}),
        (["columns.A.B=sku"], {"columns": {"A.B": "sku"}}),
        (["columns.=sku"], None),
        (["statuses=,,"], {"statuses": []}),
        (["statuses=[]"], {"statuses": []}),
        (['url={"x": 1}'], {"url": '{"x": 1}'}),
        (["url=täst ☃"], {"url": "täst ☃"}),
    ],
)
def test_the_last_word_counts_and_entries_of_a_table_add_up(given: list[str], values: dict[str, Any] | None) -> None:
    if values is None:
        with pytest.raises(typer.BadParameter):
            values_from(FIELDS, given, [])
    else:
        assert values_from(FIELDS, given, []) == values


def test_a_setting_may_come_from_the_environment_too_and_then_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "https://shop.example")
    assert values_from(FIELDS, ["url=x"], ["url=SHOP_URL"]) == {"url": "https://shop.example"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [("token", "'token': write it as field=value."), ("nothing=X", "there is no setting nothing.")],
)
def test_a_secret_that_is_named_wrongly_is_said(given: str, sentence: str) -> None:
    with pytest.raises(typer.BadParameter) as refusal:
        values_from(FIELDS, [], [given])
    assert sentence in refusal.value.message
