"""The check that anybody can run over the recorded orders says what the tests hold."""

from __future__ import annotations

import pytest

from support.scripts import tool_called


def test_every_recorded_order_is_proven_and_both_anomalies_are_set_aside(capsys: pytest.CaptureFixture[str]) -> None:
    assert tool_called("golden_proof").main() == 0
    printed = capsys.readouterr().out
    assert "446 of 446 golden orders: the proof holds, 0 residual\n" in printed
    assert "40 of them do not add up in the numbers that the shop shows" in printed
    assert printed.count("quarantined  ") == 2
    assert "storefront_without_tax_lines: its lines carry taxes (1409.16 CAD) of 2 rates that are missing" in printed
    assert "negative_total: the order's total is negative (-23.80 EUR)." in printed
