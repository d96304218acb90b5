"""Whether two customers are one: a ladder of rungs, each a set of traits that agree. Pure, and the same both ways.

The e-mail alone never links anybody: addresses are shared, mistyped and handed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from trueup.domain import likeness
from trueup.domain.customer import Candidate, Customer


class Trait(StrEnum):
    """What two people can have in common, or have different."""

    NUMBER = "customer number"
    VAT = "VAT id"
    EMAIL = "e-mail"
    NAME = "name"
    COMPANY = "company"
    PHONE = "phone"
    POSTCODE = "postcode"
    STREET = "street"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One person in comparable spelling. Every set may be empty: then nothing is known, and nothing differs."""

    values: Mapping[Trait, frozenset[str]]

    def of(self, trait: Trait) -> frozenset[str]:
        return self.values.get(trait, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Who agrees in all that it `needs` is the same person; `unless` one of these is known of both and differs: then
    a person has to look. A rung that is not `certain` is a hint only."""

    needs: frozenset[Trait]
    unless: frozenset[Trait] = frozenset()
    certain: bool = True


_FIRM = frozenset({Trait.VAT, Trait.COMPANY})


def _rung(*needs: Trait, unless: Iterable[Trait] = (), certain: bool = True) -> Rung:
    return Rung(needs=frozenset(needs), unless=frozenset(unless), certain=certain)


LADDER: tuple[Rung, ...] = (
    _rung(Trait.NUMBER, Trait.NAME, unless=[Trait.VAT]),
    _rung(Trait.NUMBER, Trait.EMAIL, unless=[Trait.VAT]),
    _rung(Trait.NUMBER, Trait.VAT),
    _rung(Trait.NUMBER, Trait.POSTCODE, unless=[Trait.VAT, Trait.COUNTRY]),
    _rung(Trait.VAT, Trait.POSTCODE),
    _rung(Trait.VAT, Trait.NAME),
    _rung(Trait.EMAIL, Trait.NAME, unless=_FIRM),
    _rung(Trait.NAME, Trait.STREET, unless=[*_FIRM, Trait.EMAIL, Trait.COUNTRY]),
    _rung(Trait.NUMBER, certain=False),
    _rung(Trait.VAT, certain=False),
    _rung(Trait.EMAIL, certain=False),
    _rung(Trait.NAME, Trait.PHONE, certain=False),
    _rung(Trait.NAME, Trait.POSTCODE, certain=False),
)
"""Best first. The link that is stored stands above all of them, and is the engine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How two people look alike: what agrees, what differs, and whether that is certain."""

    rung: int
    certain: bool
    same: tuple[Trait, ...]
    different: tuple[Trait, ...]

    @property
    def reason(self) -> str:
        """`same e-mail and name, but another VAT id`"""
        alike = f"same {_listed(self.same)}"
        return f"{alike}, but another {_listed(self.different)}" if self.different else alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One candidate, and how alike he is."""

    candidate: Candidate
    likeness: Likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do about a customer without a link. `certain`: it is this one; else `doubtful` of somebody: a person
    decides; else it is a new customer. `doubtful` holds everybody who looks alike at all, the likeliest first."""

    certain: Match | None = None
    doubtful: tuple[Match, ...] = ()

    @property
    def is_new(self) -> bool:
        return self.certain is None and not self.doubtful


def judge(customer: Customer, candidates: Sequence[Candidate]) -> Verdict:
    """One certain candidate is the customer; several, or only doubtful ones, are a question. The order of the
    candidates makes no difference; one that comes twice counts once."""
    mine = profile(customer)
    once = {candidate.remote: candidate for candidate in candidates}
    found = [
        Match(candidate=candidate, likeness=likeness)
        for candidate in once.values()
        if (likeness := compare(mine, profile(candidate))) is not None
    ]
    ranked = sorted(found, key=lambda match: (match.likeness.rung, match.likeness.different, match.candidate.remote))
    sure = next((match for match in ranked if match.likeness.certain and _stands_out(match, ranked)), None)
    return Verdict(certain=sure) if sure is not None else Verdict(doubtful=tuple(ranked))


def _stands_out(match: Match, ranked: Sequence[Match]) -> bool:
    return all(_yields(other.likeness, match.likeness) for other in ranked if other is not match)


def _yields(other: Likeness, to: Likeness) -> bool:
    """A doubtful one does, unless it alone has the customer number or the VAT id; a certain one only if it has less in
    common, and differs in what the better one has (another branch of the firm). Two alike are doubles: a question."""
    lacks = set(to.same) - set(other.same)
    if other.certain:
        return set(other.same) < set(to.same) and bool(lacks & set(other.different))
    return not (set(other.same) - set(to.same)) & {Trait.NUMBER, Trait.VAT}


def compare(one: Profile, other: Profile) -> Likeness | None:
    """How alike they are by the best rung that they stand on; a doubtful one if what it needs agrees and something
    that must not differ does. None if they have nothing to do with each other. The same both ways."""
    same = {trait for trait in Trait if one.of(trait) & other.of(trait)}
    differ = {trait for trait in Trait if trait not in same and one.of(trait) and other.of(trait)}
    standing = [(place, rung) for place, rung in enumerate(LADDER) if rung.needs <= same]
    if not standing:
        return None
    place, best = next((found for found in standing if found[1].certain and not found[1].unless & differ), standing[0])
    shown = _in_order(same - {Trait.COUNTRY} - ({Trait.POSTCODE} if Trait.STREET in same else set()))
    certain = best.certain and not best.unless & differ
    return Likeness(rung=place, certain=certain, same=shown, different=_in_order(differ - {Trait.PHONE}))


def _in_order(traits: Iterable[Trait]) -> tuple[Trait, ...]:
    wanted = set(traits)
    return tuple(trait for trait in Trait if trait in wanted)


def _listed(traits: Sequence[Trait]) -> str:
    names = [trait.value for trait in traits]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def traces(person: Customer | Candidate) -> frozenset[str]:
    """What somebody who looks alike has at least one of: for finding pairs without comparing each with each. Nothing
    for a customer that the guest policy wants apart."""
    if isinstance(person, Customer) and person.apart:
        return frozenset()
    mine = profile(person)
    alone = {f"{trait}:{value}" for trait in (Trait.NUMBER, Trait.VAT, Trait.EMAIL) for value in mine.of(trait)}
    beside = {
        f"{Trait.NAME}:{name}/{trait}:{value}"
        for trait in (Trait.PHONE, Trait.POSTCODE)
        for name in mine.of(Trait.NAME)
        for value in mine.of(trait)
    }
    return frozenset(alone | beside)


def profile(person: Customer | Candidate) -> Profile:
    """Of a customer the billing side only: parcels go to others too."""
    values = _of_customer(person) if isinstance(person, Customer) else _of_candidate(person)
    return Profile(values={trait: frozenset(found) - {""} for trait, found in values.items()})


def _of_customer(customer: Customer) -> dict[Trait, Iterable[str]]:
    billing = customer.billing
    company = customer.company or billing.company
    names = [customer.name, billing.person, company]
    contacts = [customer.email, billing.email], [customer.phone, billing.phone]
    place = likeness.places([billing])
    return {
        Trait.NUMBER: [one.number.strip().casefold() for one in customer.numbers],
        Trait.VAT: [likeness.vat_key(customer.vat_id, billing.country)] if customer.vat_id else [],
        Trait.EMAIL: [likeness.email_key(email) for email in contacts[0] if email],
        Trait.NAME: [likeness.name_key(name) for name in names if name],
        Trait.COMPANY: [likeness.name_key(company)] if company else [],
        Trait.PHONE: [likeness.phone_key(phone) for phone in contacts[1] if phone],
        Trait.POSTCODE: [likeness.postcode_key(billing.postcode, billing.country)],
        Trait.STREET: [f"{postcode} {street}" for postcode, street in place],
        Trait.COUNTRY: [billing.country or ""],
    }


def _of_candidate(candidate: Candidate) -> dict[Trait, Iterable[str]]:
    addresses = candidate.addresses
    country = next((address.country for address in addresses if address.country), None)
    names = [candidate.name, candidate.company]
    return {
        Trait.NUMBER: [(candidate.number or "").strip().casefold()],
        Trait.VAT: [likeness.vat_key(text, country) for text in candidate.vat_ids],
        Trait.EMAIL: [likeness.email_key(email) for email in candidate.emails],
        Trait.NAME: [likeness.name_key(name) for name in names if name],
        Trait.COMPANY: [likeness.name_key(candidate.company)] if candidate.company else [],
        Trait.PHONE: [likeness.phone_key(phone) for phone in candidate.phones],
        Trait.POSTCODE: [likeness.postcode_key(one.postcode, one.country) for one in addresses],
        Trait.STREET: [f"{postcode} {street}" for postcode, street in likeness.places(addresses)],
        Trait.COUNTRY: [address.country or "" for address in addresses],
    }
