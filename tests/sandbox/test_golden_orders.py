"""The shop's arithmetic against 472 orders recorded from a real WooCommerce 10.5, under 24 set-ups."""

import json
import shutil
from pathlib import Path

import pytest

from trueup.sandbox.golden import main, misses_of, replay

GOLDEN = Path(__file__).parents[1] / "recordings" / "golden_orders"
SETUPS = sorted(GOLDEN.glob("*.json"))


def test_the_recordings_are_all_here() -> None:
    assert len(SETUPS) == 24
    assert sum(len(json.loads(file.read_text(encoding="utf-8"))["orders"]) for file in SETUPS) == 472


@pytest.mark.parametrize("file", SETUPS, ids=lambda file: file.stem)
def test_every_figure_of_every_recorded_order_comes_out(file: Path) -> None:
    body = json.loads(file.read_text(encoding="utf-8"))
    assert [str(miss) for miss in misses_of(body)] == []


def test_a_wrong_cent_is_found_and_named(tmp_path: Path) -> None:
    body = json.loads((GOLDEN / "excl_line.json").read_text(encoding="utf-8"))
    wrong = next(order for order in body["orders"] if "order" in order)
    right_total = wrong["order"]["total"]
    wrong["order"]["total"] = "0.01"
    (tmp_path / "excl_line.json").write_text(json.dumps(body), encoding="utf-8")
    report = replay(tmp_path)
    assert report.total == (29, 30)
    assert [str(miss) for miss in report.misses] == [
        f"excl_line order {wrong['n']}: total is {right_total!r}, recorded '0.01'"
    ]


def test_a_refused_coupon_must_be_refused_with_the_recorded_sentence(tmp_path: Path) -> None:
    body = json.loads((GOLDEN / "excl_line.json").read_text(encoding="utf-8"))
    refused = next(order for order in body["orders"] if "error" in order)
    refused["error"]["message"] = "No."
    (tmp_path / "excl_line.json").write_text(json.dumps(body), encoding="utf-8")
    assert [miss.field for miss in replay(tmp_path).misses] == ["error"]


def test_the_command_prints_how_many_of_how_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(GOLDEN / "jpy_excl.json", tmp_path)
    shutil.copy(GOLDEN / "storefront_excl_line.json", tmp_path)
    assert main(tmp_path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "25 of 25  jpy_excl",
        "8 of 8  storefront_excl_line",
        "33 of 33 recorded orders come out with every figure",
    ]
