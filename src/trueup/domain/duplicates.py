"""Customers who are probably one person: groups, and which of each to keep. Pure; the ladder of `matching` says who
looks alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from trueup.domain.customer import Customer
from trueup.domain.matching import Likeness, Profile, compare, profile, traces

MOST_ALIKE = 50
"""A trace that more customers have in common (`info@`, a house of flats) says nothing about any two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer of one shop. `parties` are who he is in the followers ("Tryton 17"), `since` when he was first
    seen."""

    shop: str
    customer: Customer
    parties: frozenset[str] = frozenset()
    since: datetime

    @property
    def key(self) -> tuple[str, str]:
        return self.shop, self.customer.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of a group. `reason` is why he belongs to it, or why he is the one to keep."""

    person: Person
    keep: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Who may be one person, the one to keep first. Not `certain`: look before you merge."""

    members: tuple[Member, ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    one: Person
    other: Person
    reason: str
    certain: bool


def groups(people: Sequence[Person]) -> list[Group]:
    """Every group of two or more, certain ones first. Customers of different shops who are linked to one party already
    are no double."""
    pairs = list(_pairs(people))
    by_key: dict[tuple[str, str], list[_Pair]] = {}
    for pair in pairs:
        by_key.setdefault(pair.one.key, []).append(pair)
    connected = _connected(people, pairs)
    found = [_group(members, [p for one in members for p in by_key.get(one.key, ())]) for members in connected]
    shown = [group for group in found if not _is_settled(group)]
    return sorted(shown, key=lambda group: (not group.certain, -len(group.members), group.members[0].person.key))


def _pairs(people: Sequence[Person]) -> Iterator[_Pair]:
    """Who looks alike, or is the same in a follower; each pair once."""
    seen: set[tuple[int, int]] = set()
    known: dict[int, Profile] = {}
    for bucket in _buckets(people).values():
        for first, second in combinations(bucket, 2) if len(bucket) <= MOST_ALIKE else ():
            if (first, second) in seen:
                continue
            seen.add((first, second))
            for place in (first, second):
                known[place] = known.get(place) or profile(people[place].customer)
            pair = _pair(people[first], people[second], known[first], known[second])
            if pair is not None:
                yield pair


def _buckets(people: Sequence[Person]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, person in enumerate(people):
        for mark in traces(person.customer) | {f"party:{party}" for party in person.parties}:
            found.setdefault(mark, []).append(place)
    return found


def _pair(one: Person, other: Person, mine: Profile, theirs: Profile) -> _Pair | None:
    if one.customer.apart or other.customer.apart:
        return None
    if shared := sorted(one.parties & other.parties):
        return _Pair(one, other, f"the same customer in {shared[0]}", True)
    alike: Likeness | None = compare(mine, theirs)
    return None if alike is None else _Pair(one, other, alike.reason, alike.certain)


def _connected(people: Iterable[Person], pairs: Iterable[_Pair]) -> list[list[Person]]:
    """Everybody who is connected with somebody, over however many others."""
    home = {person.key: [person] for person in people}
    for pair in pairs:
        mine, theirs = home[pair.one.key], home[pair.other.key]
        if mine is not theirs:
            mine += theirs
            for person in theirs:
                home[person.key] = mine
    different = {id(members): members for members in home.values()}
    return [members for members in different.values() if len(members) > 1]


def _group(people: Sequence[Person], pairs: Sequence[_Pair]) -> Group:
    first, *others = sorted(people, key=_rank)
    sure = _connected(people, [pair for pair in pairs if pair.certain])
    members = (
        Member(person=first, keep=True, reason=_why_kept(first)),
        *(Member(person=person, keep=False, reason=_why_same(person, first, pairs)) for person in others),
    )
    return Group(members=members, certain=len(sure) == 1 and len(sure[0]) == len(people))


def _rank(person: Person) -> tuple[object, ...]:
    """Whom to keep: with an account, known to a follower, with a valid VAT id, known longest."""
    customer = person.customer
    return customer.guest, not person.parties, customer.vat_id is None, person.since, person.key


def _why_kept(person: Person) -> str:
    has = [
        *(["an account"] if not person.customer.guest else []),
        *([f"a link to {sorted(person.parties)[0]}"] if person.parties else []),
        *(["a valid VAT id"] if person.customer.vat_id else []),
    ]
    return f"keep: has {' and '.join(has)}" if has else "keep: known longest"


def _why_same(person: Person, kept: Person, pairs: Sequence[_Pair]) -> str:
    """By what he looks like the one who is kept; else like whom he looks."""
    direct = [pair for pair in pairs if {pair.one.key, pair.other.key} == {person.key, kept.key}]
    if direct:
        return direct[0].reason
    pair = next(pair for pair in pairs if person.key in (pair.one.key, pair.other.key))
    other = pair.other if pair.one.key == person.key else pair.one
    return f"{pair.reason} as customer {other.customer.id} of {other.shop}"


def _is_settled(group: Group) -> bool:
    people = [member.person for member in group.members]
    one_each = len({person.shop for person in people}) == len(people)
    return one_each and bool(frozenset.intersection(*(person.parties for person in people)))
