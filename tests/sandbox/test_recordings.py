"""The shop in the box against 844 answers of a real WooCommerce 10.5, asked again in the order they were recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trueup.sandbox.replay import ALONE, ORDER, Outcome, exchanges_of, known_misses, main, replay, report

RECORDINGS = Path(__file__).parents[1] / "recordings"
FILES = (*ORDER, *ALONE)
HELD_AT_LEAST = 835


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return replay(RECORDINGS)


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_answer_holds_or_has_a_reason(outcomes: list[Outcome], name: str) -> None:
    reasons = known_misses(RECORDINGS)
    unexplained = {o.name: o.problems for o in outcomes if o.file == name and not o.held and o.name not in reasons}
    assert unexplained == {}


def test_the_number_of_answers_that_hold_never_drops(outcomes: list[Outcome]) -> None:
    assert sum(outcome.held for outcome in outcomes) >= HELD_AT_LEAST


def test_every_recorded_exchange_was_asked(outcomes: list[Outcome]) -> None:
    recorded = [f"{name}:{exchange['id']}" for name in FILES for exchange in exchanges_of(RECORDINGS, name)]
    assert [outcome.name for outcome in outcomes] == recorded


def test_no_reason_is_kept_for_what_holds_again(outcomes: list[Outcome]) -> None:
    missed = {outcome.name for outcome in outcomes if not outcome.held}
    assert set(known_misses(RECORDINGS)) == missed


def test_every_reason_is_a_sentence() -> None:
    for name, reason in known_misses(RECORDINGS).items():
        assert len(reason.split()) > 8, name


def test_the_report_names_each_miss_with_its_reason_and_ends_with_the_total(outcomes: list[Outcome]) -> None:
    lines = list(report(outcomes, known_misses(RECORDINGS)))
    assert lines[0] == "auth: held 61 of 61"
    assert any(line.startswith("  variations:list_order: All variations have menu_order 0") for line in lines)
    assert lines[-1] == f"held {sum(o.held for o in outcomes)} of {len(outcomes)}"


def test_an_answer_that_differs_without_a_reason_fails_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = exchanges_of(RECORDINGS, "auth")[:1]
    wrong[0]["response"]["body"]["code"] = "something_else"
    (tmp_path / "auth.json").write_text(json.dumps({"exchanges": wrong}))
    assert main([str(tmp_path), "auth"]) == 1
    printed = capsys.readouterr().out
    assert "NO REASON GIVEN" in printed
    assert "code: recorded 'something_else', here 'woocommerce_rest_cannot_view'" in printed
    assert printed.endswith("held 0 of 1\n")


def test_a_reason_lets_the_command_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = exchanges_of(RECORDINGS, "auth")[:1]
    wrong[0]["response"]["status"] = 402
    (tmp_path / "auth.json").write_text(json.dumps({"exchanges": wrong}))
    (tmp_path / "misses.json").write_text(json.dumps({"auth:no_auth_https": "The recording was changed by hand."}))
    assert main([str(tmp_path), "auth"]) == 0
    assert "no_auth_https: The recording was changed by hand." in capsys.readouterr().out
