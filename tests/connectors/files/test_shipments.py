"""What was sent, told by files: whole orders, parcel by parcel, in any number of files, in three languages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from support.shared_folder import SharedFolder, records_of, sentences, take_in
from trueup.connectors.files.connector import FilesConnector
from trueup.connectors.kit import samples
from trueup.connectors.kit.errors import Locked
from trueup.connectors.kit.ports import Done, Parcel
from trueup.domain.fulfilment import Fulfilment, FulfilmentStage
from trueup.domain.order import Stage
from trueup.domain.record import Kind, Record, Ref

REFERENCE = "WC-ORDER-9001"
LINKS = {
    Ref(kind=Kind.CUSTOMER, id="9001"): "WC-CUSTOMER-9001",
    Ref(kind=Kind.PRODUCT, id="SAMPLE-1"): "MUG",
}


@pytest.fixture
def till(folder: SharedFolder) -> FilesConnector:
    """An order of two mugs lies in the folder."""
    till = folder.connect()
    [outcome] = till.push([parcel(samples.sample_order(1))])
    assert isinstance(outcome, Done)
    return till


def parcel(record: Record, remote: str | None = None, **more: Any) -> Parcel:
    return Parcel(
        ref=record.ref,
        label=record.label,
        reference=record.natural_key,
        remote=remote,
        facets=(record,),
        links=LINKS,
        **more,
    )


def told(till: FilesConnector) -> Fulfilment:
    [item] = records_of(till, Kind.FULFILMENT)
    assert isinstance(item, Fulfilment)
    return item


def test_a_parcel_is_told_with_its_number_and_what_lies_in_it(folder: SharedFolder, till: FilesConnector) -> None:
    folder.drop(
        "shipments.csv",
        "order;sku;quantity;tracking_number;carrier;tracking_url;delivery_note;invoice\n"
        f"{REFERENCE};MUG;2;00340434161094;DHL;https://track.example/00340434161094;L-17;R-9\n",
    )
    found = told(till)
    assert (found.id, found.stage, found.invoices) == (REFERENCE, FulfilmentStage.SHIPPED, ("R-9",))
    [package] = found.packages
    assert (package.tracking_number, package.carrier, package.delivery_note) == ("00340434161094", "DHL", "L-17")
    assert [(line.sku, line.quantity) for line in package.lines] == [("MUG", Decimal(2))]


@pytest.mark.parametrize(
    "header", ["Auftragsnummer;Artikelnr;Menge;Sendungsnummer", "ordernummer;artikelnummer;antal;sändningsnummer"]
)
def test_the_columns_may_be_german_or_swedish(folder: SharedFolder, till: FilesConnector, header: str) -> None:
    folder.drop("Shipments.csv", f"{header}\n{REFERENCE};MUG;1;T-1\n")
    assert told(till).packages[0].tracking_number == "T-1"


def test_the_second_parcel_of_next_week_stands_beside_the_first(folder: SharedFolder, till: FilesConnector) -> None:
    folder.drop("shipments-1.csv", f"order;sku;quantity;tracking\n{REFERENCE};MUG;1;T-1\n")
    assert [item.record.stage for item in take_in(till, Kind.FULFILMENT)] == [FulfilmentStage.PARTLY_SHIPPED]  # type: ignore[union-attr] # it is readable
    folder.drop("shipments-2.csv", f"order;sku;quantity;tracking\n{REFERENCE};MUG;1;T-2\n")
    found = told(till)
    assert [package.tracking_number for package in found.packages] == ["T-1", "T-2"]
    assert found.stage is FulfilmentStage.SHIPPED


def test_a_package_that_is_told_again_is_replaced_not_doubled(folder: SharedFolder, till: FilesConnector) -> None:
    folder.drop("shipments-1.csv", f"order;package;sku;quantity\n{REFERENCE};P1;MUG;1\n")
    take_in(till, Kind.FULFILMENT)
    folder.drop("shipments-2.csv", f"order;package;sku;quantity;tracking\n{REFERENCE};P1;MUG;2;T-1\n")
    [package] = told(till).packages
    assert (package.id, package.tracking_number, package.lines[0].quantity) == ("P1", "T-1", Decimal(2))


def test_reading_a_file_again_after_a_crash_tells_the_same(folder: SharedFolder, till: FilesConnector) -> None:
    folder.drop("shipments.csv", f"order;sku;quantity;tracking\n{REFERENCE};MUG;1;T-1\n{REFERENCE};MUG;1;T-2\n")
    first = told(till)
    assert told(till) == first
    assert first.shipped == 2


@pytest.mark.parametrize("status", [stage.value for stage in FulfilmentStage])
def test_a_status_says_more_than_counting(folder: SharedFolder, till: FilesConnector, status: str) -> None:
    folder.drop("shipments.csv", f"order;status\n{REFERENCE};{status.title()}\n")
    found = told(till)
    assert (found.stage.value, found.packages) == (status, ())


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (";MUG;1;", "the order is missing. Write the reference of the order in every row."),
        ("WC-ORDER-7;MUG;1;", '"WC-ORDER-7" is no order that was written here. Use the reference'),
        (f"{REFERENCE};MUG;-1;", "the quantity is negative. Send what was put into the parcel."),
        (f"{REFERENCE};;1;", "the SKU is missing. Say what was put into the parcel."),
        (f"{REFERENCE};MUG;abc;", 'the quantity "abc"'),
        (f"{REFERENCE};MUG;1;lost", 'the status "lost" is not one of open, in work, picked, partly shipped'),
    ],
)
def test_a_bad_row_is_told_by_its_line(folder: SharedFolder, till: FilesConnector, row: str, sentence: str) -> None:
    folder.drop("shipments.csv", f"order;sku;quantity;status\n{row}\n")
    [said] = sentences(take_in(till, Kind.FULFILMENT))
    assert "in line 2 of shipments.csv, " in said
    assert sentence in said


def test_an_order_with_a_bad_row_is_not_told_by_halves(folder: SharedFolder, till: FilesConnector) -> None:
    folder.drop("shipments.csv", f"order;sku;quantity\n{REFERENCE};MUG;1\n{REFERENCE};MUG;-1\n{REFERENCE};;2\n")
    [item] = take_in(till, Kind.FULFILMENT)
    assert len(sentences([item])) == 2
    folder.drop("shipments.csv", f"order;sku;quantity\n{REFERENCE};MUG;1\n")
    assert told(till).shipped == 1


def test_a_file_without_the_order_is_refused_with_a_sentence(folder: SharedFolder, till: FilesConnector) -> None:
    folder.drop("shipments.csv", "sku;quantity\nMUG;1\n")
    [said] = sentences(take_in(till, Kind.FULFILMENT))
    assert said.startswith("shipments.csv has no column with the order.")
    assert folder.names("in/refused") == ["shipments.csv", "shipments.csv.txt"]


def test_other_kinds_leave_shipments_alone(folder: SharedFolder, till: FilesConnector) -> None:
    folder.drop("shipments.csv", f"order;sku;quantity\n{REFERENCE};MUG;1\n")
    for kind in (Kind.PRODUCT, Kind.PRICE, Kind.STOCK):
        assert records_of(till, kind) == []
    take_in(till, Kind.FULFILMENT)
    assert folder.names("in/done") == ["shipments.csv"]


def test_a_refund_is_written_once_and_the_next_one_beside_it(folder: SharedFolder, till: FilesConnector) -> None:
    refunds = samples.sample_refunds(1)
    for _ in range(2):
        [outcome] = till.push([parcel(refunds, remote=REFERENCE)])
        assert isinstance(outcome, Done)
    second = refunds.refunds[0].model_copy(update={"id": "R-2", "reference": "WC-REFUND-2"})
    till.push([parcel(refunds.model_copy(update={"refunds": (*refunds.refunds, second)}), remote=REFERENCE)])
    assert folder.names("out/refunds") == ["WC-REFUND-1.json", "WC-REFUND-2.json"]
    text = (folder.path / "out" / "refunds" / "WC-REFUND-1.json").read_text()
    for part in (f'"order": "{REFERENCE}"', '"amount": "12.5"', '"article": "MUG"', '"quantity": "1"', '"tax": "2.5"'):
        assert part in text


def test_a_cancellation_of_an_order_that_lies_in_the_folder_is_a_task_for_a_person(till: FilesConnector) -> None:
    order = samples.sample_order(1)
    gone = order.model_copy(update={"stage": Stage.CANCELLED, "status": "cancelled"})
    [outcome] = till.push([parcel(gone, remote=REFERENCE, before=order)])
    assert isinstance(outcome, Locked)


def test_a_status_that_only_moves_is_no_change_of_the_file(till: FilesConnector) -> None:
    order = samples.sample_order(1)
    [outcome] = till.push([parcel(order.model_copy(update={"status": "completed"}), remote=REFERENCE, before=order)])
    assert isinstance(outcome, Done)
