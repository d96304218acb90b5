"""What is checked before anything is owed: a record that fails goes to quarantine and nowhere else."""

from __future__ import annotations

from trueup.domain.cent_proof import prove
from trueup.domain.order import Order
from trueup.domain.record import Problem, Record


def problems_of(record: Record) -> list[Problem]:
    """Everything wrong with the record at once; an order also has to add up to the cent."""
    found = record.problems()
    if isinstance(record, Order) and not found:
        found = list(prove(record).problems)
    return found
