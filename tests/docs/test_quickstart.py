"""The quickstart works as it is written: its commands, top to bottom, in a new home, against the shop in the box."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from woocommerce import API

from support.databases import postgres_database
from support.walkthrough import PATIENCE, Reader, Step, plain, steps_of, unmarked
from trueup.demo.stage import free_port
from trueup.runtime.procrastination import conninfo
from trueup.sandbox import RunningShop, running_shop

PAGE = (Path(__file__).parents[2] / "docs" / "quickstart.md").read_text()
PASSWORD = "correct horse battery staple"
NOT_TRIED = {"python3 start.py --version", "export SHOP_URL", "export TRYTON_KEY", "export TRUEUP_DATABASE"}

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not shutil.which("bash") or not shutil.which("curl"), reason="the page needs bash and curl"),
]


@dataclass
class Followed:
    """A reader who has followed the page to its end, and what every step printed."""

    reader: Reader
    shop: RunningShop
    printed: list[tuple[Step, str]]

    def home(self, *parts: str) -> Path:
        return self.reader.home.joinpath(*parts)


def page_for(port: int) -> str:
    """The page, with the one thing that a test cannot take as it is: somebody else may listen on the usual port."""
    return PAGE.replace("127.0.0.1:8425", f"127.0.0.1:{port}").replace(
        "\ntrueup serve\n", f"\ntrueup serve --port {port}\n"
    )


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    with running_shop() as shop:
        keys = {"SHOP_URL": shop.http_url, "SHOP_KEY": shop.consumer_key, "SHOP_SECRET": shop.consumer_secret}
        reader = Reader(tmp_path_factory.mktemp("reader"), {**keys, "TRUEUP_PASSWORD": PASSWORD})
        try:
            steps = [step for step in steps_of(page_for(free_port(0))) if "postgres" not in step.words]
            yield Followed(reader, shop, [(step, reader.follow(step)) for step in steps])
        finally:
            reader.leave()


def test_every_step_prints_what_the_page_says(followed: Followed) -> None:
    missing = {
        step.name: [line for line in step.said if line not in plain(printed)] for step, printed in followed.printed
    }
    assert {name: lines for name, lines in missing.items() if lines} == {}
    assert sum(len(step.said) for step, _ in followed.printed) >= 15


def test_the_articles_are_drafts_until_the_merchant_publishes_them(followed: Followed) -> None:
    found = {doc["sku"]: doc for doc in followed.shop.shop.store.select("product")}
    assert {sku: doc["status"] for sku, doc in found.items()} == {
        "MUG-BLUE": "publish",
        "MUG-RED": "draft",
        "MUG-OLD": "draft",
    }
    assert {sku: doc["regular_price"] for sku, doc in found.items()} == {
        "MUG-BLUE": "12.5",
        "MUG-RED": "12.5",
        "MUG-OLD": "12",
    }


def test_the_order_is_in_the_folder_once_and_its_number_in_the_shop(followed: Followed) -> None:
    [written] = followed.home("exchange", "out", "orders").glob("*.json")
    client = API(followed.shop.http_url, followed.shop.consumer_key, followed.shop.consumer_secret, version="wc/v3")
    [order] = client.get("orders").json()
    meta = {row["key"]: row["value"] for row in order["meta_data"]}
    assert meta["_erp_document_no"] == written.stem
    assert order["status"] == "processing"


def test_the_backup_is_a_whole_database(followed: Followed) -> None:
    backup = sqlite3.connect(followed.home("backup", "trueup.sqlite"))
    assert backup.execute("SELECT count(*) FROM link").fetchone() == (5,)  # three mugs, a customer, an order
    backup.close()


def test_the_key_file_holds_both_keys_and_is_nobody_elses_business(followed: Followed) -> None:
    key = followed.home("trueup-data", "key")
    assert len(key.read_text().split()) == 2
    assert key.stat().st_mode & 0o077 == 0


def test_ctrl_c_ends_what_the_page_started(followed: Followed) -> None:
    assert followed.reader.leave() == [0]


@pytest.mark.usefixtures("postgres_server")
def test_the_part_about_postgresql_works_on_an_empty_database(run_folder: Path, tmp_path: Path) -> None:
    with postgres_database(run_folder, migrated=False) as url:
        home = tmp_path / "reader"
        given = {"TRUEUP_DATABASE": url, "TRUEUP_HOME": str(home / "hub"), "TRUEUP_PASSWORD": PASSWORD}
        reader = Reader(home, given)
        steps = [step for step in steps_of(PAGE) if "postgres" in step.words]
        printed = [reader.follow(step) for step in steps]
        assert [step.name for step in steps] == ["trueup init --user owner", "trueup worker"]
        assert "owner can sign in to the pages now." in printed[0]
        wait_for_a_worker(url)
        assert reader.leave() == [0]


def wait_for_a_worker(url: str) -> None:
    """Until it has told the database that it works, and so listens for Ctrl-C."""
    until = time.monotonic() + PATIENCE
    with psycopg.connect(conninfo(url), autocommit=True) as db:
        while db.execute("SELECT count(*) FROM procrastinate_workers").fetchone() == (0,):
            assert time.monotonic() < until
            time.sleep(0.05)


def test_only_what_needs_a_real_shop_or_a_fresh_checkout_is_left_out() -> None:
    assert {found for block in unmarked(PAGE) for found in NOT_TRIED if block.startswith(found)} == NOT_TRIED
    assert [block for block in unmarked(PAGE) if not block.startswith(tuple(NOT_TRIED))] == []


def test_a_step_that_fails_stops_the_reader(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "reader", {})
    with pytest.raises(AssertionError, match="There is no installation"):
        reader.follow(steps_of("<!-- step -->\n```sh\ntrueup flow list\n```\n")[0])


def test_a_reader_remembers_what_was_exported(tmp_path: Path) -> None:
    page = '<!-- step -->\n```sh\nexport NAME="a b"\n```\n<!-- step -->\n```sh\necho "$NAME"\n```\n'
    reader = Reader(tmp_path / "reader", {})
    assert [reader.follow(step) for step in steps_of(page)] == ["", "a b\n"]
