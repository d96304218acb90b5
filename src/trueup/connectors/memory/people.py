"""Whom the test system has already: its customers as candidates."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from trueup.connectors.kit.ports import MOST_CANDIDATES
from trueup.domain.customer import Candidate, Customer
from trueup.domain.matching import traces
from trueup.domain.record import Kind


def candidates(db: sqlite3.Connection, customers: Sequence[Customer]) -> list[list[Candidate]]:
    """Everybody who has a trace in common with each of these."""
    rows = db.execute("SELECT id, body FROM record WHERE kind = ? ORDER BY id", (Kind.CUSTOMER,))
    known = [_candidate(row["id"], Customer.model_validate_json(row["body"])) for row in rows]
    left = [(candidate, traces(candidate)) for candidate in known]
    return [[one for one, marks in left if marks & traces(customer)][:MOST_CANDIDATES] for customer in customers]


def number_of(id: str) -> str:
    """By which people there know a customer."""
    return f"C-{id.rpartition('-')[2]}"


def _candidate(id: str, customer: Customer) -> Candidate:
    emails, phones = (customer.email, customer.billing.email), (customer.phone, customer.billing.phone)
    return Candidate(
        remote=id,
        name=customer.name,
        number=number_of(id),
        company=customer.company or customer.billing.company,
        vat_ids=(customer.vat_id,) if customer.vat_id else (),
        emails=tuple(dict.fromkeys(email for email in emails if email)),
        phones=tuple(dict.fromkeys(phone for phone in phones if phone)),
        addresses=(customer.billing,),
    )
