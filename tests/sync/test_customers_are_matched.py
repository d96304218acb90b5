"""Customers whom the back office has already: a certain one is linked, a doubtful one is a question, nobody is doubled.

The last story is the one that the whole feature is for: one person, two e-mail addresses, three systems.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.hubs import with_systems
from support.office import ada, asked, buyers, buys, customers_of, known, new_office
from support.world import World
from trueup.connectors.memory.connector import MemoryConnector
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.connectors.memory.settings import Settings
from trueup.connectors.memory.system import MemorySystem
from trueup.domain.customer import Address, Candidate, Customer, ExternalNumber
from trueup.domain.product import Product
from trueup.domain.record import Kind
from trueup.store import deliveries, links, matches, quarantine
from trueup.sync import customers, decisions
from trueup.sync.connecting import Refused


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[World]:
    with new_office(database_url, tmp_path) as world:
        yield world


def match_of(world: World, ref: str) -> matches.MatchRow | None:
    with world.hub.database.read() as tx:
        return matches.of(tx, world.ids["Office"], world.ids["Shop"], [ref]).get(ref)


def link_of(world: World, ref: str) -> links.LinkRow:
    with world.hub.database.read() as tx:
        return links.remotes(tx, world.ids["Office"], world.ids["Shop"], "customer", [ref])[ref]


def test_a_customer_whom_the_office_has_is_linked_and_not_made_again(office: World) -> None:
    office.erp.put(known("P-7"))
    buys(office, 1, ada())
    office.settle()
    assert customers_of(office) == ["P-7"]
    assert buyers(office) == {"1001": "P-7"}
    assert (link_of(office, "1").how, link_of(office, "1").remote) == ("matched", "P-7")
    found = match_of(office, "1")
    assert found is not None
    assert (found.state, found.reason, found.decided_by) == ("matched", "same e-mail, name and street", None)


def test_a_customer_whom_nobody_looks_like_is_made_without_a_word(office: World) -> None:
    office.erp.put(known("P-7", name="Grace Hopper", email="grace@navy.example", billing=Address()))
    buys(office, 1, ada())
    office.settle()
    assert len(customers_of(office)) == 2
    assert link_of(office, "1").how == "created"
    assert match_of(office, "1") is None


def test_the_whole_batch_is_asked_about_at_once(office: World) -> None:
    for number in range(1, 6):
        buys(office, number, ada(str(number), name=f"Nr {number}", email=f"{number}@mill.example", billing=Address()))
    office.settle()
    assert office.erp.calls("candidates") == 1
    assert len(customers_of(office)) == 5


def test_a_stored_link_is_the_truth_and_nobody_is_asked_again(office: World) -> None:
    buys(office, 1, ada())
    office.settle()
    office.erp.put(known("P-7"))
    buys(office, 2, ada(phone="0431 123456"))
    office.later()
    assert office.erp.calls("candidates") == 1
    assert len(set(buyers(office).values())) == 1


def test_the_email_alone_is_a_question_and_the_order_waits_with_its_stock(office: World) -> None:
    """A peer's bug: whoever mistyped an address got a stranger's invoices."""
    office.erp.put(known("P-7", name="Grace Hopper", billing=Address()))
    buys(office, 1, ada())
    office.settle()
    entry = asked(office)
    assert (entry.kind, entry.error, entry.field) == ("customer", "ambiguous", "customer")
    assert entry.sentence == (
        "Customer Ada Lovelace may be somebody whom the other system has already: C-7 (same e-mail, but another name). "
        "Say which one it is, or that it is a new customer; its orders wait until then."
    )
    assert customers_of(office) == ["P-7"]
    assert buyers(office) == {}
    [waiting] = office.owed(deliveries.WAITING)
    assert (waiting.kind, waiting.waits_for) == ("order", "customer:1")


def test_who_is_asked_about_is_shown_with_everybody_who_may_be_meant(office: World) -> None:
    office.erp.put(known("P-7", email="ada@home.example"), known("P-9", name="Grace Hopper", billing=Address()))
    buys(office, 1, ada())
    office.settle()
    with office.hub.database.read() as tx:
        question = customers.question(tx, asked(office))
    assert question is not None
    assert [(one["remote"], one["name"], one["likeness"]) for one in question.candidates] == [
        ("P-7", "Ada Lovelace", "same name and street, but another e-mail"),
        ("P-9", "Grace Hopper", "same e-mail, but another name"),
    ]


def test_a_person_says_who_it_is_and_the_orders_flow(office: World) -> None:
    office.erp.put(known("P-7", name="Grace Hopper", billing=Address()))
    buys(office, 1, ada())
    buys(office, 2, ada())
    office.settle()
    customers.link_to(office.hub, asked(office), "P-7", by="Mary")
    office.settle()
    assert customers_of(office) == ["P-7"]
    assert buyers(office) == {"1001": "P-7", "1002": "P-7"}
    assert link_of(office, "1").how == "decided"
    decided = match_of(office, "1")
    assert decided is not None
    assert (decided.state, decided.remote, decided.decided_by) == ("linked", "P-7", "Mary")
    [closed] = office.quarantined(quarantine.RESOLVED)
    assert (closed.closed_by, closed.reason) == ("Mary", "it is P-7")


def test_a_person_says_that_it_is_a_new_customer_and_is_not_asked_again(office: World) -> None:
    office.erp.put(known("P-7", name="Grace Hopper", billing=Address()))
    buys(office, 1, ada())
    office.settle()
    office.erp.fault(Fault(trouble=Trouble.DOWN, kind=Kind.CUSTOMER, times=1))
    customers.is_new(office.hub, asked(office), by="Mary")
    office.settle()
    office.later()
    assert len(customers_of(office)) == 2
    assert office.quarantined() == []
    assert buyers(office)["1001"] != "P-7"
    decided = match_of(office, "1")
    assert decided is not None
    assert (decided.state, decided.decided_by) == ("new", "Mary")


def test_somebody_who_may_not_be_meant_cannot_be_chosen(office: World) -> None:
    office.erp.put(known("P-7", name="Grace Hopper", billing=Address()), known("P-9", email=None, billing=Address()))
    buys(office, 1, ada())
    office.settle()
    with pytest.raises(Refused, match="P-9 is none of those who may be meant"):
        customers.link_to(office.hub, asked(office), "P-9", by="Mary")
    assert asked(office).state == quarantine.OPEN


def test_what_somebody_else_decided_meanwhile_is_not_decided_twice(office: World) -> None:
    office.erp.put(known("P-7", name="Grace Hopper", billing=Address()))
    buys(office, 1, ada())
    office.settle()
    entry = asked(office)
    customers.is_new(office.hub, entry, by="Mary")
    with pytest.raises(Refused, match="does so no longer"):
        customers.link_to(office.hub, entry, "P-7", by="Grace")


def test_an_entry_that_asks_nothing_of_the_kind_is_no_question(office: World) -> None:
    buys(office, 1, ada())
    office.erp.fault(Fault(trouble=Trouble.REFUSED, label="WC-CUSTOMER-1"))
    office.settle()
    with pytest.raises(Refused, match="does not ask which customer is meant"):
        customers.is_new(office.hub, asked(office), by="Mary")


def test_a_retry_asks_again_and_takes_who_is_certain_by_then(office: World) -> None:
    """Somebody corrected the name in the office instead of answering here."""
    office.erp.put(known("P-7", name="Ada Lovelice", billing=Address()))
    buys(office, 1, ada())
    office.settle()
    office.erp.put(known("P-7"))
    decisions.retry(office.hub, asked(office), by="Mary")
    office.settle()
    assert buyers(office) == {"1001": "P-7"}


def test_two_new_customers_who_look_alike_are_not_made_side_by_side(office: World) -> None:
    """An account and a guest order of the same person, in one batch: the second finds the first."""
    buys(office, 1, ada())
    buys(office, 2, ada("guest-77", guest=True))
    office.settle()
    assert len(customers_of(office)) == 1
    assert len(set(buyers(office).values())) == 1
    assert {link_of(office, ref).how for ref in ("1", "guest-77")} == {"created", "matched"}


def test_a_guest_whom_the_policy_wants_apart_is_never_matched(office: World) -> None:
    for number in (1, 2):
        buys(office, number, ada(f"guest-order-{number}", guest=True, apart=True))
    office.settle()
    assert len(customers_of(office)) == 2
    assert office.erp.calls("candidates") == 0


def test_a_number_of_another_system_does_not_count(office: World) -> None:
    """K-88 in the till is somebody else in the office."""
    numbers = (ExternalNumber(system="Till", number="C-7"),)
    office.erp.put(known("P-7", email="grace@navy.example", billing=Address()))
    buys(office, 1, ada(numbers=numbers))
    office.settle()
    assert len(customers_of(office)) == 2


def test_the_number_that_the_office_once_gave_finds_the_customer_after_everything_else_is_lost(office: World) -> None:
    """A new installation over an old shop: the account still bears its number."""
    numbers = (ExternalNumber(system="Office", number="C-7"),)
    office.erp.put(known("P-7", email="ada@old.example", billing=Address(postcode="10115")))
    buys(office, 1, ada(numbers=numbers))
    office.settle()
    assert buyers(office) == {"1001": "P-7"}


def test_an_office_that_cannot_be_asked_now_makes_nobody(office: World) -> None:
    office.erp.put(known("P-7"))
    office.erp.fault(Fault(trouble=Trouble.DOWN, op="candidates"))
    buys(office, 1, ada())
    office.settle()
    assert customers_of(office) == ["P-7"]
    assert buyers(office) == {}
    office.later()
    assert buyers(office) == {"1001": "P-7"}


def test_an_office_that_cannot_search_gets_its_customers_as_ever(office: World) -> None:
    """Files, and every system that offers no search."""
    office.flow(Kind.ORDER, "Shop", "ERP")
    office.erp.put(known("P-7"))
    plain = MemorySystem(Path(office.erp.database.path).with_name("erp.sqlite"), office.time)
    plain.put(Product(id="A1", sku="MUG-1", name="Mug"), known("P-7"))
    buys(office, 1, ada())
    office.settle()
    assert len(plain.things(Kind.CUSTOMER)) == 2
    assert plain.calls("candidates") == 0


class Forgetful(MemoryConnector):
    """It answers for fewer people than it was asked about."""

    def candidates(self, customers: Sequence[Customer]) -> Sequence[Sequence[Candidate]]:
        return super().candidates(customers)[1:]


def test_a_connector_that_answers_for_too_few_is_asked_again_and_makes_nobody(office: World) -> None:
    """A bug of a connector must not give one person's candidates to another."""
    shop, path = office.shop, office.erp.database.path
    sound = office.hub
    forgetful = Forgetful(Settings(path=path, matches=True), office.erp)
    shop_connector = MemoryConnector(Settings(path=shop.database.path), shop)
    with_systems(office, Office=forgetful, Shop=shop_connector)
    buys(office, 1, ada())
    office.settle()
    assert customers_of(office) == []
    [tried] = [row for row in office.owed(deliveries.DUE) if row.kind == Kind.CUSTOMER]
    assert "The connector answered for 0 of 1 customers" in tried.sentence
    office.hub = sound
    office.later()
    assert len(customers_of(office)) == 1


@pytest.mark.parametrize(("ours", "told"), [(True, None), (False, False), (None, None)])
def test_feature_152_a_consent_is_withdrawn_by_a_sync_and_never_given(
    office: World, ours: bool | None, told: bool | None
) -> None:
    buys(office, 1, ada(opt_in=ours))
    office.settle()
    [arrived] = [found for found in office.erp.records(Kind.CUSTOMER) if isinstance(found, Customer)]
    assert arrived.opt_in is told


@pytest.mark.parametrize(("ours", "told"), [(True, True), (False, None), (None, None)])
def test_feature_151_a_block_is_set_by_a_sync_and_never_lifted(
    office: World, ours: bool | None, told: bool | None
) -> None:
    buys(office, 1, ada(blocked=ours, block_reason="unpaid bills" if ours else None))
    office.settle()
    [arrived] = [found for found in office.erp.records(Kind.CUSTOMER) if isinstance(found, Customer)]
    assert (arrived.blocked, arrived.block_reason) == (told, "unpaid bills" if ours else None)


def test_the_number_that_we_wrote_to_an_account_is_no_change_of_it(office: World) -> None:
    """Promise 9, for customers: our own writes come back and go no further."""
    office.flow(Kind.CUSTOMER, "Shop", "Office")
    office.shop.put(ada())
    office.settle()
    writes = len(office.erp.writes(Kind.CUSTOMER))
    office.shop.put(ada(numbers=(ExternalNumber(system="Office", number="C-1"),)))
    office.later()
    assert len(office.erp.writes(Kind.CUSTOMER)) == writes


def test_feature_229_one_person_two_emails_three_systems(office: World) -> None:
    """Ada has an account with her work address; the till of the office and the shop know her by it. She orders as a
    guest with her private address. Who is she? A person says; nothing is doubled, and the goods stay promised."""
    office.erp.put(known("P-7"))  # the till sold to her long ago
    buys(office, 1, ada())
    office.settle()
    assert buyers(office) == {"1001": "P-7"}

    guest = ada("guest-77", guest=True, email="ada@home.example")
    buys(office, 2, guest)
    office.later()
    entry = asked(office)
    assert "C-7 (same name and street, but another e-mail)" in entry.sentence
    assert "1002" not in buyers(office)
    assert [row.ref for row in office.owed(deliveries.WAITING)] == ["2"]
    assert office.shop.records(Kind.ORDER) != []  # the shop's order stands, and so does what it promised

    buys(office, 3, guest)
    office.later()
    assert len(office.quarantined()) == 1  # one question, however many orders

    customers.link_to(office.hub, entry, "P-7", by="Mary")
    office.settle()
    assert buyers(office) == {"1001": "P-7", "1002": "P-7", "1003": "P-7"}
    assert customers_of(office) == ["P-7"]
    given: Any = office.shop.records(Kind.CUSTOMER_NUMBER)
    assert [(one.id, one.number) for one in given] == [("1", "C-7")]  # the account has it; a guest has none

    buys(office, 4, ada("guest-77", guest=True, email="ada@home.example", phone="0431 123456"))
    office.later()
    assert office.quarantined() == []  # what was decided is not asked again
    assert buyers(office)["1004"] == "P-7"
