"""The report about customers: who is probably one person, and whose VAT id is left out. It holds personal data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trueup.domain.customer import Customer
from trueup.domain.duplicates import Group, Member, Person, groups
from trueup.domain.record import Kind
from trueup.domain.records import record_from
from trueup.store import connections, matches
from trueup.store.matches import KnownCustomer
from trueup.sync.hub import Hub

HEADS = (
    *("group", "certain", "what to do", "why", "shop", "customer", "known as", "name", "company", "e-mail"),
    *("VAT id", "street", "postcode", "city", "country", "first seen"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`groups` are who may be one person, certain ones first; `wrong_vat` are those whose VAT id is sent nowhere."""

    groups: tuple[Group, ...]
    wrong_vat: tuple[Person, ...]
    people: int


def report(hub: Hub) -> Report:
    """Over every customer in our mirror, within each shop and across shops."""
    with hub.database.read() as tx:
        names = {row.id: row.name for row in connections.everyone(tx)}
        known = matches.customers(tx)
    people = list(_people(known, names))
    wrong = tuple(person for person in people if person.customer.notices())
    return Report(groups=tuple(groups(people)), wrong_vat=wrong, people=len(people))


def _people(known: Sequence[KnownCustomer], names: dict[int, str]) -> Iterator[Person]:
    for row in known:
        customer = record_from(Kind.CUSTOMER, row.payload)
        if isinstance(customer, Customer):
            parties = frozenset(f"{names[follower]} {remote}" for follower, remote in row.parties)
            yield Person(shop=names[row.leader_id], customer=customer, parties=parties, since=row.first_seen_at)


def merge_list(found: Sequence[Group]) -> str:
    """As CSV: one line for each member of each group, the one to keep first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADS)
    for number, group in enumerate(found, 1):
        for member in group.members:
            writer.writerow([number, "yes" if group.certain else "look first", *map(_harmless, _cells(member))])
    return text.getvalue()


def _cells(member: Member) -> list[str]:
    person, customer, billing = member.person, member.person.customer, member.person.customer.billing
    what = ["keep" if member.keep else "merge", member.reason.removeprefix("keep: "), person.shop, customer.id]
    who = [", ".join(sorted(person.parties)), customer.name, customer.company or billing.company, customer.email]
    where = [customer.vat_id, billing.street, billing.postcode, billing.city, billing.country]
    return [text or "" for text in (*what, *who, *where, person.since.date().isoformat())]


def _harmless(cell: str) -> str:
    """A shopper's name must not be a formula in the office's spreadsheet."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
