"""Holds the cent proof to every order recorded from a real WooCommerce, and to the recorded anomalies.

    python tools/golden_proof.py

Prints how many add up with no residual, set-up by set-up; ends with 1 if one does not, or if an anomaly passes.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from trueup.connectors.woocommerce.order_mapping import OrderContext, order_from_woo
from trueup.connectors.woocommerce.settings import Settings
from trueup.domain.cent_proof import Proof, prove

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from connectors.woocommerce.golden import Golden, anomaly, golden_orders

ANOMALIES = ("storefront_without_tax_lines", "negative_total")
SHOP = Settings(url="https://shop.example", consumer_key="ck_x", consumer_secret="cs_x")


def proof_of(golden: Golden) -> Proof:
    """Without telling it how the shop rounds: it has to find that out."""
    return prove(order_from_woo(golden.row, OrderContext(SHOP, golden.decimals, None)))


def main() -> int:
    held, count = Counter[str](), Counter[str]()
    shown = 0
    for golden in golden_orders():
        proof, set_up = proof_of(golden), golden.name.rpartition("-")[0]
        count[set_up] += 1
        held[set_up] += proof.holds and proof.is_exact and not proof.rounding
        shown += proof.shown_difference != 0
    for set_up in count:
        print(f"{held[set_up]} of {count[set_up]}  {set_up}")
    print(f"{held.total()} of {count.total()} golden orders: the proof holds, 0 residual")
    print(f"{shown} of them do not add up in the numbers that the shop shows: it rounds at subtotal")
    told = [problem.sentence for name in ANOMALIES for problem in proof_of(anomaly(name)).problems]
    for name, sentence in zip(ANOMALIES, told, strict=True):
        print(f"quarantined  {name}: {sentence}")
    return 0 if held == count else 1


if __name__ == "__main__":
    raise SystemExit(main())
