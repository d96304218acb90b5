"""A file's way: left alone while it is written, taken, read by every kind that it holds, put away."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import count

import pytest

from support.shared_folder import SharedFolder, take_in
from trueup.connectors.kit.ports import Change
from trueup.domain.record import Kind

ALL = "sku,name,price,stock\nMUG,Mug,12.50,7\n"


def ids(folder: SharedFolder, kind: Kind = Kind.STOCK, **settings: object) -> list[str]:
    items = take_in(folder.connect(**settings), kind)
    return [item.record.id for item in items if isinstance(item, Change)]


def test_a_file_that_was_touched_a_moment_ago_is_left_for_the_next_time(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sku,stock\nMUG,1\n", seconds_ago=29)
    assert ids(folder) == []
    assert folder.names("in") == ["stock.csv"]
    folder.now += timedelta(seconds=1)
    assert ids(folder) == ["MUG"]


def test_a_file_that_goes_on_growing_is_not_read_before_it_rests(folder: SharedFolder) -> None:
    path = folder.drop("stock.csv", "sku,stock\n", seconds_ago=0)
    for n in range(5):
        folder.now += timedelta(seconds=20)
        with path.open("a") as file:
            file.write(f"S{n},{n}\n")
        folder.touch(path, seconds_ago=0)
        assert ids(folder) == []
    folder.now += timedelta(seconds=30)
    assert ids(folder) == ["S0", "S1", "S2", "S3", "S4"]


def test_a_file_from_a_clock_ahead_of_ours_is_read_once_it_looks_the_same_for_as_long(folder: SharedFolder) -> None:
    path = folder.drop("stock.csv", "sku,stock\nMUG,1\n", seconds_ago=-86400)
    assert ids(folder) == []
    folder.now += timedelta(seconds=20)
    path.write_text("sku,stock\nMUG,1\nCUP,2\n")
    folder.touch(path, seconds_ago=-86400)
    assert ids(folder) == [], "it has changed since"
    folder.now += timedelta(seconds=29)
    assert ids(folder) == []
    folder.now += timedelta(seconds=1)
    assert ids(folder) == ["MUG", "CUP"]


def test_a_file_that_grows_while_it_is_read_has_its_turn_later(folder: SharedFolder) -> None:
    path = folder.drop("stock.csv", "sku,stock\n" + "".join(f"S{n},{n}\n" for n in range(20000)))
    begun, enough = threading.Event(), threading.Event()

    def go_on_writing() -> None:
        with path.open("a") as file:
            folder.touch(path)
            begun.set()
            for n in count():
                file.write(f"LATE{n},{n}\n")
                file.flush()
                if enough.wait(0.001):
                    return

    writer = threading.Thread(target=go_on_writing)
    connector = folder.connect(settle_seconds=0)
    writer.start()
    begun.wait()
    assert list(connector.changes(Kind.STOCK, None)) == []
    enough.set()
    writer.join()
    written = sum(1 for _ in next((folder.path / "in/taken").iterdir()).open()) - 1
    assert len(take_in(connector, Kind.STOCK)) == written > 20000


@pytest.mark.parametrize(
    "name", ["stock.csv.part", "stock.csv.tmp", ".stock.csv", "~$stock.xlsx", "~stock.csv", "stock.csv.filepart"]
)
def test_names_of_unfinished_files_are_never_read(folder: SharedFolder, name: str) -> None:
    folder.drop(name, "sku,stock\nMUG,1\n", seconds_ago=86400)
    assert ids(folder) == []
    assert folder.names("in") == [name]


def test_with_a_marker_only_the_marker_counts(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sku,stock\nMUG,1\n", seconds_ago=86400)
    assert ids(folder, marker=".done") == []
    folder.drop("stock.csv.done", "", seconds_ago=0)
    assert ids(folder, marker=".done") == ["MUG"]
    assert folder.names("in") == []


def test_a_file_that_nobody_reads_stays_where_it_is(folder: SharedFolder) -> None:
    folder.drop("holidays.csv", "sku,stock\nMUG,1\n")
    folder.drop("stock.pdf", "%PDF")
    assert ids(folder) == []
    assert folder.names("in") == ["holidays.csv", "stock.pdf"]


def test_names_are_as_the_settings_say(folder: SharedFolder) -> None:
    folder.drop("LAGER_0302.CSV", "sku,stock\nMUG,1\n")
    assert ids(folder, stock="lager_*") == ["MUG"]


def test_files_are_read_in_the_order_in_which_they_were_written(folder: SharedFolder) -> None:
    folder.drop("stock-b.csv", "sku,stock\nFIRST,1\n", seconds_ago=90)
    folder.drop("stock-a.csv", "sku,stock\nSECOND,1\n", seconds_ago=60)
    assert ids(folder) == ["FIRST", "SECOND"]


def test_a_file_with_three_kinds_is_put_away_when_all_three_are_read(folder: SharedFolder) -> None:
    folder.drop("articles.csv", ALL)
    assert ids(folder, Kind.STOCK) == ["MUG"]
    assert ids(folder, Kind.PRODUCT) == ["MUG"]
    assert folder.names("in/taken") == ["articles.csv"]
    assert ids(folder, Kind.STOCK) == [], "not again for a kind that has had it"
    assert ids(folder, Kind.PRICE) == ["MUG"]
    assert (folder.names("in/taken"), folder.names("in/done")) == ([], ["articles.csv"])


def test_a_kind_that_the_connection_does_not_lead_keeps_no_file_waiting(folder: SharedFolder) -> None:
    folder.drop("articles.csv", ALL)
    assert ids(folder, Kind.STOCK, reads=["stock"]) == ["MUG"]
    assert folder.names("in/done") == ["articles.csv"]


def test_a_kind_that_a_file_does_not_hold_keeps_no_file_waiting(folder: SharedFolder) -> None:
    folder.drop("articles.csv", "sku,name\nMUG,Mug\n")
    assert ids(folder, Kind.PRICE) == []
    assert folder.names("in/taken") == ["articles.csv"]
    assert ids(folder, Kind.PRODUCT) == ["MUG"]
    assert folder.names("in/done") == ["articles.csv"]


def test_a_price_file_with_names_in_it_changes_no_article(folder: SharedFolder) -> None:
    folder.drop("prices.csv", "sku,name,price\nMUG,Mug at the till,12.50\n")
    assert ids(folder, Kind.PRODUCT) == []
    assert ids(folder, Kind.PRICE) == ["MUG"]
    assert folder.names("in/done") == ["prices.csv"]


def test_a_file_is_put_away_only_after_its_last_page_was_stored(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sku,stock\n" + "".join(f"S{n},{n}\n" for n in range(7)))
    connector = folder.connect(page_size=3)
    pages = connector.changes(Kind.STOCK, None)
    for size in (3, 3):
        page = next(pages)
        assert len(page.items) == size
        page.acknowledge()
        assert folder.names("in/taken") == ["stock.csv"]
    last = next(pages)
    assert folder.names("in/done") == []
    last.acknowledge()
    last.acknowledge()
    assert folder.names("in/done") == ["stock.csv"]
    assert list(pages) == []


def test_after_a_crash_between_two_pages_the_whole_file_comes_again(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sku,stock\n" + "".join(f"S{n},{n}\n" for n in range(7)))
    next(folder.connect(page_size=3).changes(Kind.STOCK, None)).acknowledge()
    assert ids(folder, Kind.STOCK, page_size=3) == [f"S{n}" for n in range(7)]


def test_the_next_file_of_the_same_name_may_come_while_the_first_is_still_read(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sku,stock\nMUG,1\n")
    first = folder.connect().changes(Kind.STOCK, None)
    page = next(first)
    folder.drop("stock.csv", "sku,stock\nMUG,2\n")
    page.acknowledge()
    assert list(first) == []
    assert ids(folder) == ["MUG"]
    assert folder.names("in/done") == ["stock.csv", "stock.csv"]


def test_a_page_of_a_file_that_another_worker_put_away_meanwhile_can_still_be_acknowledged(
    folder: SharedFolder,
) -> None:
    folder.drop("stock.csv", "sku,stock\nMUG,1\n")
    (mine,) = folder.connect().changes(Kind.STOCK, None)
    (theirs,) = folder.connect().changes(Kind.STOCK, None)
    theirs.acknowledge()
    mine.acknowledge()
    assert folder.names("in/done") == ["stock.csv"]


def test_three_flows_that_read_the_folder_at_the_same_time_each_read_every_file_once(folder: SharedFolder) -> None:
    for n in range(20):
        folder.drop(f"articles-{n:02}.csv", f"sku,name,price,stock\nS{n},Name,{n}.50,{n}\n")
    read: dict[Kind, list[str]] = {}
    start = threading.Barrier(3)

    def flow(kind: Kind) -> None:
        start.wait()
        read[kind] = ids(folder, kind)
        # What another flow was just taking when this one looked has its turn in the next run.
        read[kind] += ids(folder, kind)

    threads = [threading.Thread(target=flow, args=(kind,)) for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    everything = sorted(f"S{n}" for n in range(20))
    assert {kind: sorted(found) for kind, found in read.items()} == dict.fromkeys(
        (Kind.PRODUCT, Kind.PRICE, Kind.STOCK), everything
    )
    assert len(folder.names("in/done")) == 20


def test_since_says_nothing_about_files(folder: SharedFolder) -> None:
    folder.drop("stock.csv", "sku,stock\nMUG,1\n", seconds_ago=86400)
    (page,) = folder.connect().changes(Kind.STOCK, folder.now)
    assert len(page.items) == 1
    assert page.asked_at == folder.now
