"""Orders and customers appear whole, under one name, and an order appears once: whatever dies in between."""

from __future__ import annotations

import csv
import errno
import itertools
import json
import multiprocessing
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.shared_folder import SharedFolder
from trueup.connectors.files import disk
from trueup.connectors.files.connector import FilesConnector
from trueup.connectors.files.outbox import file_name
from trueup.connectors.files.settings import Settings
from trueup.connectors.kit.errors import Gone, Misconfigured, MissingLink, OutsideError, Rejected, TryLater
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.kit.samples import sample_customer, sample_order, sample_product
from trueup.domain.order import Coupon, Order, Position, PositionType, TaxPart, TaxRate
from trueup.domain.record import Kind, Ref

REFERENCE = "WC-ORDER-9001"
FULL = sample_order(1).model_copy(
    update={
        "note": '=HYPERLINK("x")',
        "paid_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
        "coupons": (Coupon(code="SPRING", discount=Decimal(2)),),
        "positions": (
            *sample_order(1).positions,
            Position(
                id="2",
                type=PositionType.SHIPPING,
                name="Ombud; Jönköping",
                subtotal=Decimal("4.716981"),
                total=Decimal("4.716981"),
                taxes=(TaxPart(rate="2", amount=Decimal("0.283019")),),
                method="flat_rate",
            ),
        ),
        "rates": (
            TaxRate(id="1", name="Moms", percent=Decimal(25), tax=Decimal(5), shipping_tax=Decimal(0)),
            TaxRate(id="2", name="Moms 6", percent=Decimal(6), tax=Decimal(0), shipping_tax=Decimal("0.28")),
        ),
        "total": Decimal(30),
        "total_tax": Decimal("5.28"),
    }
)


def parcel(order: Order, remote: str | None = None) -> Parcel:
    links = {
        Ref(kind=Kind.CUSTOMER, id="9001"): "WC-CUSTOMER-9001",
        Ref(kind=Kind.PRODUCT, id="SAMPLE-1"): "SAMPLE-1",
    }
    return Parcel(
        ref=order.ref, label=order.label, reference=order.reference, remote=remote, facets=(order,), links=links
    )


def push(connector: FilesConnector, order: Order, remote: str | None = None) -> Outcome:
    (outcome,) = connector.push([parcel(order, remote)])
    return outcome


def written(folder: SharedFolder) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((folder.path / "out/orders" / f"{REFERENCE}.json").read_text())
    return body


def test_an_order_is_one_json_file_with_every_line_and_every_cent(folder: SharedFolder) -> None:
    outcome = push(folder.connect(), FULL)
    assert outcome == Done(remote=REFERENCE, created=True, document=REFERENCE)
    body = written(folder)
    assert body["format"] == "trueup-order-1"
    assert (body["reference"], body["number"], body["customer"]) == (REFERENCE, "9001", "WC-CUSTOMER-9001")
    assert (body["total"], body["total_tax"], body["currency"]) == ("30", "5.28", "SEK")
    assert [(line["type"], line["article"], line["total"], line["tax"]) for line in body["lines"]] == [
        ("goods", "SAMPLE-1", "20", "5"),
        ("shipping", None, "4.716981", "0.283019"),
    ]
    assert body["lines"][1]["taxes"] == [{"rate": "2", "amount": "0.283019"}]
    assert [rate["percent"] for rate in body["rates"]] == ["25", "6"]
    assert body["coupons"] == [{"code": "SPRING", "discount": "2"}]
    assert body["billing"]["city"] == "Jönköping"
    assert body["created_at"] == "2026-03-02T09:30:00Z"


def test_nothing_of_an_order_is_lost_in_the_json(folder: SharedFolder) -> None:
    push(folder.connect(), FULL)
    body = written(folder)
    facts = FULL.model_dump(mode="json", exclude={"id", "customer", "positions", "stage", "ready"})  # in `status`
    assert {name: body[name] for name in facts} == facts
    lines = [p.model_dump(mode="json", exclude={"product"}) for p in FULL.positions]
    assert [{name: line[name] for name in lines[0]} for line in body["lines"]] == lines


def test_as_csv_it_has_one_row_per_line_and_no_formula(folder: SharedFolder) -> None:
    push(folder.connect(order_format="csv", delimiter=";", decimal=","), FULL)
    path = folder.path / "out/orders" / f"{REFERENCE}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        goods, shipping = csv.DictReader(file, delimiter=";")
    assert (goods["reference"], goods["sku"], goods["quantity"], goods["net"]) == (REFERENCE, "SAMPLE-1", "2", "20")
    assert (shipping["name"], shipping["net"], shipping["tax"]) == ("Ombud; Jönköping", "4,716981", "0,283019")
    assert (goods["tax_by_rate"], shipping["tax_by_rate"]) == ("25%=5", "6%=0.283019")
    assert goods["order_total"] == shipping["order_total"] == "30"
    assert goods["billing_city"] == "Jönköping"
    assert goods["note"] == """'=HYPERLINK("x")"""


def test_phone_numbers_are_no_formulas(folder: SharedFolder) -> None:
    billing = FULL.billing.model_copy(update={"phone": "+46 36-10 50 00", "company": "+cmd|' /C calc'!A0"})
    push(folder.connect(order_format="csv"), FULL.model_copy(update={"billing": billing}))
    with (folder.path / "out/orders" / f"{REFERENCE}.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["billing_phone"], row["billing_company"]) == ("+46 36-10 50 00", "'+cmd|' /C calc'!A0")


def test_an_order_that_the_erp_has_taken_is_never_written_again(folder: SharedFolder) -> None:
    push(folder.connect(), FULL)
    (folder.path / "out/orders" / f"{REFERENCE}.json").unlink()
    connector = folder.connect()
    assert connector.find(Kind.ORDER, [REFERENCE]) == {REFERENCE: (REFERENCE,)}
    again = Done(remote=REFERENCE, created=False, document=REFERENCE)
    assert push(connector, FULL) == again, "asked to create it again"
    assert push(connector, FULL, REFERENCE) == again, "asked to write it again"
    assert folder.names("out/orders") == []


def test_a_new_status_is_no_change_of_what_was_ordered(folder: SharedFolder) -> None:
    connector = folder.connect()
    push(connector, FULL)
    before = written(folder)
    completed = FULL.model_copy(update={"status": "completed", "paid_at": None})
    assert isinstance(push(connector, completed, REFERENCE), Done)
    assert written(folder) == before


def test_a_changed_order_is_refused_because_the_first_may_have_been_read(folder: SharedFolder) -> None:
    connector = folder.connect()
    push(connector, FULL)
    outcome = push(connector, FULL.model_copy(update={"total": Decimal(31)}), REFERENCE)
    assert isinstance(outcome, Rejected)
    assert outcome.sentence == (
        "Order 9001 was changed after it had been written for the ERP as WC-ORDER-9001. "
        "Enter the change in the ERP by hand, then skip this."
    )
    assert written(folder)["total"] == "30"


def test_an_order_waits_for_its_article(folder: SharedFolder) -> None:
    order = FULL
    (outcome,) = folder.connect().push(
        [Parcel(ref=order.ref, label="9001", reference=REFERENCE, remote=None, facets=(order,))]
    )
    assert isinstance(outcome, MissingLink)
    assert folder.names("out/orders") == []


@pytest.mark.parametrize("place", ["out/orders", "out/orders/done", "out/done"])
def test_when_our_notes_are_lost_the_file_itself_is_the_proof(folder: SharedFolder, place: str) -> None:
    where = folder.path / place
    where.mkdir(parents=True)
    (where / f"{REFERENCE}.json").write_text("{}")
    connector = folder.connect()
    assert connector.find(Kind.ORDER, [REFERENCE, "WC-ORDER-9"]) == {REFERENCE: (REFERENCE,)}
    assert push(connector, FULL) == Done(remote=REFERENCE, created=False, document=REFERENCE)
    assert (where / f"{REFERENCE}.json").read_text() == "{}"


def test_an_order_of_which_nothing_is_left_is_gone_and_not_written_again(folder: SharedFolder) -> None:
    outcome = push(folder.connect(), FULL, REFERENCE)
    assert isinstance(outcome, Gone)
    assert folder.names("out/orders") == []


def test_a_customer_is_written_again_only_when_he_changed(folder: SharedFolder) -> None:
    connector = folder.connect()
    customer = sample_customer(1)
    path = folder.path / "out/customers" / f"{customer.reference}.json"

    def deliver(phone: str | None) -> Outcome:
        record = customer.model_copy(update={"phone": phone})
        (outcome,) = connector.push(
            [Parcel(ref=record.ref, label="", reference=record.reference, remote=None, facets=(record,))]
        )
        return outcome

    assert deliver(None) == Done(remote=customer.reference, created=True)
    path.unlink()
    assert deliver(None) == Done(remote=customer.reference, created=False)
    assert not path.exists()
    assert deliver("+46 36") == Done(remote=customer.reference, created=False)
    assert json.loads(path.read_text())["phone"] == "+46 36"
    assert deliver(None) == Done(remote=customer.reference, created=False)
    assert json.loads(path.read_text())["phone"] is None, "back to what it was is a change as well"


def test_articles_are_not_written_into_a_folder(folder: SharedFolder) -> None:
    record = sample_product(1)
    (outcome,) = folder.connect().push(
        [Parcel(ref=record.ref, label="SAMPLE-1", reference="SAMPLE-1", remote=None, facets=(record,))]
    )
    assert isinstance(outcome, Rejected)
    assert "SAMPLE-1" in outcome.sentence


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("WC-ORDER-1", "WC-ORDER-1"),
        ("Jönköping WC-ORDER-1", "Jönköping WC-ORDER-1"),
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a%252Fb"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        (".hidden", "%2Ehidden"),
        ("a\nb:c", "a%0Ab%3Ac"),
    ],
)
def test_every_reference_is_a_safe_file_name_of_its_own(reference: str, name: str) -> None:
    assert file_name(reference) == name


def push_and_die(path: Path, step: int) -> None:
    """Run in a process of its own: it kills itself just before it touches the folder for the step-th time (opens a
    file or the notes, makes a folder, renames)."""
    steps = itertools.count(1)

    def die_at_step(event: str, args: tuple[object, ...]) -> None:
        touches = event in ("open", "os.rename", "os.mkdir", "sqlite3.connect")
        if touches and str(path) in str(args[0]) and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    connector = FilesConnector(Settings(folder=path))
    sys.addaudithook(die_at_step)
    push(connector, FULL)
    os._exit(42)


@pytest.mark.crash
@pytest.mark.parametrize("taken", [False, True])
def test_killed_at_any_step_the_order_is_out_once_and_whole_afterwards(folder: SharedFolder, taken: bool) -> None:
    """`taken`: the ERP takes whatever is there between the crash and the restart."""
    target = folder.path / "out/orders" / f"{REFERENCE}.json"
    deaths = 0
    for step in range(1, 40):
        for leftover in (*folder.path.glob(".trueup/*.sqlite*"), *folder.path.glob(".trueup/outbox/*"), target):
            leftover.unlink(missing_ok=True)
        process = multiprocessing.get_context("spawn").Process(target=push_and_die, args=(folder.path, step))
        process.start()
        process.join(timeout=60)
        appeared = [json.loads(target.read_text())] if target.exists() else []
        if taken:
            target.unlink(missing_ok=True)
        outcome = push(folder.connect(), FULL)
        assert isinstance(outcome, Done)
        if target.exists() and (taken or not appeared):
            appeared.append(json.loads(target.read_text()))
        assert [body["total"] for body in appeared] == ["30"], f"killed before step {step}"
        if process.exitcode == 42:
            break
        assert process.exitcode == -signal.SIGKILL
        deaths += 1
    assert deaths >= 6, "it died before writing, while writing, before noting and before publishing"
    print(f"killed at {deaths} different steps: one order each time")


def test_many_workers_that_write_the_same_order_publish_it_once(folder: SharedFolder) -> None:
    outcomes: list[Outcome] = []
    taken: list[str] = []
    start, stop = threading.Barrier(9), threading.Event()

    def work() -> None:
        start.wait()
        outcomes.append(push(folder.connect(), FULL))

    def erp() -> None:
        start.wait()
        while not stop.is_set() or folder.names("out/orders"):
            for path in (folder.path / "out/orders").glob("*.json"):
                taken.append(json.loads(path.read_text())["total"])
                path.unlink()

    workers = [threading.Thread(target=work) for _ in range(8)]
    reader = threading.Thread(target=erp)
    for thread in (*workers, reader):
        thread.start()
    for thread in workers:
        thread.join(timeout=60)
    stop.set()
    reader.join(timeout=60)
    assert all(isinstance(outcome, Done) for outcome in outcomes), outcomes
    assert taken == ["30"]


def test_an_unplugged_folder_is_one_error_for_the_whole_call(folder: SharedFolder) -> None:
    connector = folder.connect()
    folder.path.rename(folder.path.with_name("unplugged"))
    with pytest.raises(OutsideError) as failure:
        connector.push([parcel(FULL)])
    assert failure.value.sentence == (
        f"The folder {folder.path} does not exist. Create it, or correct the folder of the connection."
    )


def test_a_file_where_the_folder_for_orders_should_be_is_told(folder: SharedFolder) -> None:
    (folder.path / "out").write_text("a file where a folder should be")
    with pytest.raises(Misconfigured) as failure:
        folder.connect().push([parcel(FULL)])
    assert failure.value.sentence.startswith(f"{folder.path / 'out'}")
    assert failure.value.sentence.endswith("is in the way. Move it away, or correct the folder of the connection.")


@pytest.mark.parametrize(
    ("number", "error", "part"),
    [
        (errno.ENOSPC, TryLater, "is full. Make room; it goes on by itself."),
        (errno.EIO, TryLater, "cannot be used at the moment: Input/output error."),
        (errno.EROFS, Misconfigured, "is read-only. Give the hub's user write access."),
        (errno.EACCES, Misconfigured, "rights are missing. Give the hub's user read and write access."),
    ],
)
def test_what_the_operating_system_says_becomes_what_to_do(
    folder: SharedFolder, number: int, error: type[OutsideError], part: str
) -> None:
    with pytest.raises(error) as failure, disk.told(folder.path):
        raise OSError(number, os.strerror(number), str(folder.path))
    assert failure.value.sentence.endswith(part)
