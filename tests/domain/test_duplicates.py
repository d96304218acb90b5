"""Who is there twice: groups over one shop and over several, whom to keep, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.domain.customer import Address, Customer
from trueup.domain.duplicates import MOST_ALIKE, Group, Person, groups

HOME = Address(first_name="Ada", last_name="Lovelace", street="Hauptstr. 5", postcode="24103", country="DE")


def person(id: str = "1", shop: str = "Kiel", parties: tuple[str, ...] = (), day: int = 1, **changes: Any) -> Person:
    fields = {"id": id, "name": "Ada Lovelace", "reference": f"WC-CUSTOMER-{id}", "email": "ada@mill.example"}
    customer = Customer.model_validate({**fields, "billing": HOME, **changes})
    return Person(shop=shop, customer=customer, parties=frozenset(parties), since=datetime(2026, 3, day, tzinfo=UTC))


def nobody_else(id: str, **changes: Any) -> Person:
    fields = {"name": f"Somebody {id}", "email": f"{id}@else.example", "billing": Address(last_name=f"Somebody {id}")}
    return person(id, **{**fields, **changes})


def ids(group: Group) -> list[str]:
    return [member.person.customer.id for member in group.members]


def test_customers_who_have_nothing_in_common_are_no_group() -> None:
    assert groups([nobody_else("1"), nobody_else("2")]) == []
    assert groups([person()]) == []
    assert groups([]) == []


def test_two_accounts_of_one_person_are_a_certain_group() -> None:
    [group] = groups([person("1"), person("2", day=2), nobody_else("3")])
    assert (ids(group), group.certain) == (["1", "2"], True)
    assert [member.keep for member in group.members] == [True, False]
    assert [member.reason for member in group.members] == ["keep: has an account", "same e-mail, name and street"]


def test_who_only_shares_an_email_is_to_be_looked_at_first() -> None:
    [group] = groups([person("1"), person("2", name="William King", billing=Address(last_name="King"))])
    assert not group.certain
    assert group.members[1].reason == "same e-mail, but another name"


def test_one_person_in_two_shops_is_found() -> None:
    [group] = groups([person("1", "Kiel"), person("1", "Jönköping")])
    assert {member.person.shop for member in group.members} == {"Kiel", "Jönköping"}


def test_one_person_in_two_shops_who_is_one_in_the_back_office_is_no_double() -> None:
    assert groups([person("1", "Kiel", ("ERP 17",)), person("4", "Jönköping", ("ERP 17",))]) == []


def test_one_person_in_two_shops_who_is_two_in_the_back_office_is_a_double() -> None:
    [group] = groups([person("1", "Kiel", ("ERP 17",)), person("4", "Jönköping", ("ERP 23",))])
    assert group.certain


def test_two_accounts_that_are_one_in_the_back_office_are_shown_though_they_look_different() -> None:
    """A person said so, or somebody merged them there."""
    [group] = groups([person("1", parties=("ERP 17",)), nobody_else("2", parties=("ERP 17",), day=2)])
    assert group.certain
    assert group.members[1].reason == "the same customer in ERP 17"


@pytest.mark.parametrize(
    ("better", "reason"),
    [
        ({"guest": False}, "keep: has an account"),
        ({"guest": True, "parties": ("ERP 17",)}, "keep: has a link to ERP 17"),
        ({"guest": True, "vat_id": "DE136695976"}, "keep: has a valid VAT id"),
        ({"guest": True, "day": 1}, "keep: known longest"),
    ],
)
def test_the_one_to_keep_has_an_account_a_link_a_vat_id_or_is_known_longest(
    better: dict[str, Any], reason: str
) -> None:
    for people in permutations([person("9", **{"day": 5, **better}), person("1", guest=True, day=4)]):
        [group] = groups(people)
        assert (ids(group)[0], group.members[0].reason) == ("9", reason)


def test_a_chain_is_one_group_and_says_like_whom_each_looks() -> None:
    """1 and 2 share the e-mail and the name, 2 and 3 the name and the street."""
    one = person("1", billing=Address(first_name="Ada", last_name="Lovelace"))
    three = person("3", day=3, email=None)
    [group] = groups([one, person("2", day=2), three])
    assert group.certain
    reasons = {member.person.customer.id: member.reason for member in group.members}
    assert reasons["3"] == "same name and street as customer 2 of Kiel"


def test_who_is_wanted_apart_is_in_no_group() -> None:
    """Every guest order is a customer of its own: the merchant wants it so."""
    assert groups([person(str(number), guest=True, apart=True) for number in range(3)]) == []


def test_what_very_many_share_says_nothing() -> None:
    crowd = [
        nobody_else(str(number), email="info@market.example", billing=Address(last_name=f"S {number}"))
        for number in range(MOST_ALIKE + 1)
    ]
    assert groups(crowd) == []
    assert len(groups(crowd[1:])) == 1


def test_certain_groups_come_first_then_the_large_ones() -> None:
    doubtful = [
        person(str(n), name=f"N {n}", email="x@y.example", billing=Address(last_name=f"N{n}")) for n in (5, 6, 7)
    ]
    found = groups([*doubtful, person("1"), person("2")])
    assert [(group.certain, len(group.members)) for group in found] == [(True, 2), (False, 3)]


emails = st.sampled_from(["a@x.example", "b@x.example", None])
names = st.sampled_from(["Ada Lovelace", "Grace Hopper", "Mary Somerville"])
crowds = st.lists(st.tuples(emails, names, st.sampled_from(["Kiel", "Lund"]), st.booleans()), max_size=8)


@settings(max_examples=60)
@given(crowds, st.randoms())
def test_groups_do_not_overlap_and_do_not_depend_on_the_order(crowd: list[Any], random: Any) -> None:
    people = [
        person(str(n), shop, email=email, name=name, guest=guest, billing=Address(last_name=name, postcode="24103"))
        for n, (email, name, shop, guest) in enumerate(crowd)
    ]
    found = groups(people)
    members = [member.person.key for group in found for member in group.members]
    assert len(members) == len(set(members))
    assert all(sum(member.keep for member in group.members) == 1 for group in found)
    shuffled = list(people)
    random.shuffle(shuffled)
    assert [set(ids(group)) for group in groups(shuffled)] == [set(ids(group)) for group in found]
