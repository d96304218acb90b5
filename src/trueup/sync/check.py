"""What is checked before anything is owed: a record that fails goes to quarantine and nowhere else."""

from __future__ import annotations

from trueup.domain.cent_proof import prove
from trueup.domain.order import Order
from trueup.domain.record import Problem, Record


def problems_of(record: Record) -> list[Problem]:
    """Everything wrong with the record at once; an order also has to add up to the cent."""
    found = [*record.problems(), *unstorable(record)]
    if isinstance(record, Order) and not found:
        found = list(prove(record).problems)
    return found


def unstorable(record: Record) -> list[Problem]:
    """By its id, label and key a record is stored and found; not every database takes a NUL there."""
    if "\0" not in f"{record.id}{record.label}{record.natural_key}":
        return []
    return [Problem(field="text", sentence="its name or number contains a character NUL. Type it anew.")]
