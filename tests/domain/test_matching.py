"""The ladder: who is certainly the same, who is doubtful, who is new; and that it is fair to every candidate."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.domain.customer import Address, Candidate, Customer, ExternalNumber
from trueup.domain.matching import LADDER, Trait, compare, judge, profile, traces

HOME = {"street": "Hauptstraße 5 a", "postcode": "24103", "city": "Kiel", "country": "DE"}


def ada(**changes: Any) -> Customer:
    """Ada Lovelace of Kiel, as the shop knows her."""
    address = {"first_name": "Ada", "last_name": "Lovelace", **HOME, **changes.pop("billing", {})}
    fields = {"id": "12", "name": "Ada Lovelace", "reference": "WC-CUSTOMER-12", "email": "ada@mill.example"}
    return Customer.model_validate({**fields, "billing": address, **changes})


def somebody(remote: str = "17", **changes: Any) -> Candidate:
    """Somebody of the back office of whom only a name is known."""
    return Candidate.model_validate({"remote": remote, "name": "Grace Hopper", **changes})


def in_kiel(**changes: Any) -> Address:
    return Address.model_validate({**HOME, **changes})


CERTAIN = [
    ("customer number and name", {"number": "K-88", "name": "LOVELACE, ADA"}, "same customer number and name"),
    ("customer number and e-mail", {"number": "k-88", "emails": ("ADA@mill.example",)}, "number and e-mail"),
    ("customer number and postcode", {"number": "K-88", "addresses": (in_kiel(street="X 1"),)}, "number and postcode"),
    ("VAT id and postcode", {"vat_ids": ("DE 136695976",), "addresses": (in_kiel(street="X 1"),)}, "VAT id and post"),
    ("VAT id and name", {"vat_ids": ("136695976",), "name": "Ada Lovelace", "addresses": (in_kiel(),)}, "VAT id"),
    ("e-mail and name", {"emails": ("Ada@Mill.example",), "name": "Ada Lovelace"}, "same e-mail and name"),
    (
        "name, postcode and street",
        {"name": "Lovelace Ada", "addresses": (in_kiel(street="Hauptstr. 5A"),)},
        "same name and street",
    ),
]


@pytest.mark.parametrize(("case", "known", "reason"), CERTAIN, ids=[case[0] for case in CERTAIN])
def test_who_agrees_in_this_is_certainly_the_same(case: str, known: dict[str, Any], reason: str) -> None:
    customer = ada(vat_id="DE136695976", numbers=(ExternalNumber(system="ERP", number="K-88"),))
    verdict = judge(customer, [somebody(**known), somebody("99")])
    assert verdict.certain is not None, case
    assert verdict.certain.candidate.remote == "17"
    assert reason in verdict.certain.likeness.reason


DOUBTFUL = [
    ("the e-mail alone", {"emails": ("ada@mill.example",)}, "same e-mail, but another name"),
    ("the VAT id alone", {"vat_ids": ("DE136695976",)}, "same VAT id, but another name"),
    ("the customer number alone", {"number": "K-88"}, "same customer number, but another name"),
    ("name and phone", {"name": "Ada Lovelace", "phones": ("+49 431 123456",)}, "same name and phone"),
    (
        "name and postcode",
        {"name": "Ada Lovelace", "addresses": (in_kiel(street="Ringweg 1"),)},
        "same name and postcode, but another street",
    ),
    (
        "the same name at the same address with another e-mail",
        {"name": "Ada Lovelace", "emails": ("ada@home.example",), "addresses": (in_kiel(),)},
        "same name and street, but another e-mail",
    ),
    (
        "the same e-mail and name with another VAT id",
        {"name": "Ada Lovelace", "emails": ("ada@mill.example",), "vat_ids": ("SE556703748501",)},
        "same e-mail and name, but another VAT id",
    ),
    (
        "the number of somebody with another VAT id",
        {"name": "Ada Lovelace", "number": "K-88", "vat_ids": ("SE556703748501",)},
        "same customer number and name, but another VAT id",
    ),
]


@pytest.mark.parametrize(("case", "known", "reason"), DOUBTFUL, ids=[case[0] for case in DOUBTFUL])
def test_this_is_not_enough_to_link_and_a_person_is_asked(case: str, known: dict[str, Any], reason: str) -> None:
    customer = ada(vat_id="DE136695976", phone="0431 123456", numbers=(ExternalNumber(system="ERP", number="K-88"),))
    verdict = judge(customer, [somebody(**known)])
    assert verdict.certain is None, case
    assert not verdict.is_new
    assert [match.likeness.reason for match in verdict.doubtful] == [reason]


NEW = [
    ("nobody", None),
    ("the same name elsewhere", {"name": "Ada Lovelace"}),
    ("the same address", {"addresses": (in_kiel(),)}),
    ("the same phone", {"phones": ("0431 123456",)}),
    ("the same name in another town", {"name": "Ada Lovelace", "addresses": (in_kiel(postcode="10115"),)}),
]


@pytest.mark.parametrize(("case", "known"), NEW, ids=[case[0] for case in NEW])
def test_who_has_nothing_else_in_common_is_new(case: str, known: dict[str, Any] | None) -> None:
    assert judge(ada(phone="0431 123456"), [somebody(**known)] if known is not None else []).is_new, case


def test_two_who_are_certain_are_doubles_and_a_person_chooses() -> None:
    doubles = [somebody(remote, name="Ada Lovelace", emails=("ada@mill.example",)) for remote in ("17", "23")]
    verdict = judge(ada(), doubles)
    assert verdict.certain is None
    assert [match.candidate.remote for match in verdict.doubtful] == ["17", "23"]


def test_a_certain_one_is_not_doubted_for_somebody_with_the_same_email() -> None:
    """The family shares an address; the one with her name is Ada."""
    husband = somebody("23", name="William King", emails=("ada@mill.example",))
    verdict = judge(ada(), [husband, somebody(name="Ada Lovelace", emails=("ada@mill.example",))])
    assert verdict.certain is not None
    assert verdict.certain.candidate.remote == "17"


def test_a_certain_one_is_doubted_if_another_has_the_vat_id() -> None:
    firm = somebody("23", name="Mill Ltd", vat_ids=("DE136695976",))
    verdict = judge(ada(vat_id="DE136695976"), [firm, somebody(name="Ada Lovelace", emails=("ada@mill.example",))])
    assert {match.candidate.remote for match in verdict.doubtful} == {"17", "23"}


def test_of_two_branches_of_one_firm_the_one_at_the_postcode_is_meant() -> None:
    firm = {"name": "Mill GmbH", "vat_ids": ("DE136695976",)}
    kiel = somebody("17", **firm, addresses=(in_kiel(),))
    berlin = somebody("23", **firm, addresses=(in_kiel(postcode="10115", street="Ringweg 1"),))
    verdict = judge(ada(name="Mill GmbH", vat_id="DE136695976", billing={"company": "Mill GmbH"}), [berlin, kiel])
    assert verdict.certain is not None
    assert verdict.certain.candidate.remote == "17"


def test_one_person_who_buys_for_two_firms_is_not_linked_to_the_other_firm() -> None:
    other = somebody(name="Ada Lovelace", company="Engine Ltd", emails=("ada@mill.example",))
    verdict = judge(ada(name="Mill GmbH", billing={"company": "Mill GmbH"}), [other])
    assert verdict.certain is None
    assert "another company" in verdict.doubtful[0].likeness.reason


def test_the_same_street_and_postcode_in_another_country_is_doubtful() -> None:
    verdict = judge(ada(), [somebody(name="Ada Lovelace", addresses=(in_kiel(country="DK"),))])
    assert [match.likeness.reason for match in verdict.doubtful] == ["same name and street, but another country"]


def test_where_parcels_go_says_nothing_about_who_pays() -> None:
    """A gift: it goes to Grace, who is a customer of her own."""
    gift = ada(shipping=in_kiel(first_name="Grace", last_name="Hopper", street="Ringweg 1", postcode="10115"))
    assert judge(gift, [somebody(addresses=(in_kiel(street="Ringweg 1", postcode="10115"),))]).is_new


def test_who_is_wanted_apart_leaves_no_trace() -> None:
    assert traces(ada())
    assert traces(ada(apart=True)) == frozenset()


def test_no_rung_links_by_the_email_alone() -> None:
    """A peer's bug: a mistyped address put orders into a stranger's account."""
    alone = [rung for rung in LADDER if rung.needs <= {Trait.EMAIL}]
    assert [rung.certain for rung in alone] == [False]


# Properties, over people made from few enough words that they often look alike.

WORDS = {
    "names": ["Ada Lovelace", "LOVELACE Ada", "Grace Hopper", "Mill GmbH", "Müller", "Mueller"],
    "emails": ["ada@mill.example", "ADA@mill.example", "grace@navy.example"],
    "phones": ["0431 123456", "+49 431 123456", "030 555777"],
    "vats": ["DE136695976", "136 695 976", "SE556703748501"],
    "numbers": ["K-88", "K-89"],
    "streets": ["Hauptstr. 5a", "Hauptstraße 5 A", "Ringweg 1"],
    "postcodes": ["24103", "D-24103", "10115"],
}


def maybe(words: str) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(WORDS[words]))


def some(words: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(WORDS[words]), max_size=2).map(tuple)


addresses = st.builds(
    Address,
    street=maybe("streets"),
    postcode=maybe("postcodes"),
    country=st.sampled_from([None, "DE", "SE"]),
    company=st.sampled_from([None, "Mill GmbH", "Engine Ltd"]),
)
customers = st.builds(
    Customer,
    id=st.just("12"),
    reference=st.just("WC-CUSTOMER-12"),
    name=st.sampled_from(WORDS["names"]),
    email=maybe("emails"),
    phone=maybe("phones"),
    vat_id=maybe("vats"),
    numbers=some("numbers").map(lambda found: tuple(ExternalNumber(system="ERP", number=one) for one in found)),
    billing=addresses,
)
candidates = st.builds(
    Candidate,
    remote=st.integers(1, 4).map(str),
    name=st.sampled_from(WORDS["names"]),
    company=st.sampled_from([None, "Mill GmbH", "Engine Ltd"]),
    number=maybe("numbers"),
    vat_ids=some("vats"),
    emails=some("emails"),
    phones=some("phones"),
    addresses=st.lists(addresses, max_size=2).map(tuple),
)


@given(customers, candidates)
def test_likeness_is_the_same_from_both_sides(customer: Customer, candidate: Candidate) -> None:
    assert compare(profile(customer), profile(candidate)) == compare(profile(candidate), profile(customer))


@given(customers, st.lists(candidates, max_size=4, unique_by=lambda one: one.remote), st.randoms())
def test_the_verdict_does_not_depend_on_the_order_of_the_candidates(
    customer: Customer, found: list[Candidate], random: Any
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert judge(customer, found) == judge(customer, [*shuffled, *shuffled])


@given(customers, st.lists(candidates, max_size=4, unique_by=lambda one: one.remote))
def test_nobody_who_looks_alike_is_lost(customer: Customer, found: list[Candidate]) -> None:
    """Whoever stands on any rung is either the one, or shown to the person who decides, or worse than the one."""
    verdict = judge(customer, found)
    alike = {one.remote for one in found if compare(profile(customer), profile(one)) is not None}
    shown = {match.candidate.remote for match in verdict.doubtful}
    assert shown == (set() if verdict.certain else alike)
    assert verdict.certain is None or verdict.certain.candidate.remote in alike


@given(customers, candidates)
def test_who_looks_alike_shares_a_trace(customer: Customer, candidate: Candidate) -> None:
    """So that a search by traces misses nobody whom the ladder would have found."""
    if compare(profile(customer), profile(candidate)) is not None:
        assert traces(customer) & traces(candidate)


@given(customers, candidates)
def test_nobody_is_linked_by_the_email_alone(customer: Customer, candidate: Candidate) -> None:
    stranger = candidate.model_copy(update={"name": "Nobody", "company": None, "number": None, "vat_ids": ()})
    judged = judge(customer, [stranger.model_copy(update={"emails": (customer.email or "x@y.example",)})])
    assert judged.certain is None
    assert judged.is_new is (customer.email is None)


@given(customers)
def test_a_customer_is_certainly_himself(customer: Customer) -> None:
    likeness = compare(profile(customer), profile(customer))
    strong = bool(traces(customer)) and (customer.email or customer.vat_id or customer.numbers)
    assert likeness is not None or not traces(customer)
    assert not strong or (likeness is not None and likeness.certain)
