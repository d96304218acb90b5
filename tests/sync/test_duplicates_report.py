"""The report about doubles, from the mirror and the links to the merge list."""

from __future__ import annotations

import csv
import io
from typing import Any

from support.world import World, order
from trueup.domain.customer import Address, Customer
from trueup.domain.product import Product
from trueup.domain.record import Kind, Ref
from trueup.sync.duplicates import HEADS, merge_list, report

HOME = Address(first_name="Ada", last_name="Lovelace", street="Hauptstr. 5", postcode="24103", country="DE")


def ada(id: str, **changes: Any) -> Customer:
    fields = {"id": id, "name": "Ada Lovelace", "reference": f"WC-CUSTOMER-{id}", "email": "ada@mill.example"}
    return Customer.model_validate({**fields, "billing": HOME, **changes})


def bought_by(world: World, *buyers: Customer) -> None:
    world.erp.put(Product(id="A1", sku="MUG-1", name="Mug"))
    world.flow(Kind.ORDER, "Shop", "ERP")
    for number, who in enumerate(buyers, 1):
        placed = order(number, ("88", "MUG-1"))
        world.shop.put(placed.model_copy(update={"customer": Ref(kind=Kind.CUSTOMER, id=who.id)}), companions=[who])
    world.settle()


def test_doubles_are_found_in_the_mirror_with_who_they_are_in_the_back_office(world: World) -> None:
    """This back office cannot be asked whom it has, so both were made there."""
    grace = ada("3", name="Grace Hopper", email="g@navy.example", billing=Address(last_name="Hopper"))
    bought_by(world, ada("1"), ada("guest-7", guest=True), grace)
    found = report(world.hub)
    assert found.people == 3
    [certain] = found.groups
    assert [member.person.customer.id for member in certain.members] == ["1", "guest-7"]
    assert all(party.startswith("ERP customer-") for member in certain.members for party in member.person.parties)
    assert certain.members[0].keep


def test_nobody_twice_is_an_empty_report(one_world: World) -> None:
    bought_by(one_world, ada("1"))
    found = report(one_world.hub)
    assert (found.groups, found.wrong_vat, found.people) == ((), (), 1)
    assert merge_list(found.groups).strip() == ",".join(HEADS)


def test_the_merge_list_names_whom_to_keep_first_and_why(one_world: World) -> None:
    bought_by(one_world, ada("1"), ada("2", guest=True))
    rows = list(csv.DictReader(io.StringIO(merge_list(report(one_world.hub).groups))))
    assert [(row["group"], row["certain"], row["what to do"], row["customer"]) for row in rows] == [
        ("1", "yes", "keep", "1"),
        ("1", "yes", "merge", "2"),
    ]
    assert rows[0]["why"].startswith("has an account and a link to ERP customer-")
    assert rows[1]["why"] == "same e-mail, name and street"
    assert (rows[0]["name"], rows[0]["postcode"], rows[0]["shop"]) == ("Ada Lovelace", "24103", "Shop")


def test_a_name_is_no_formula_in_the_offices_spreadsheet(one_world: World) -> None:
    bad = '=HYPERLINK("x")'
    bought_by(one_world, ada("1", name=bad), ada("2", name=bad))
    rows = list(csv.DictReader(io.StringIO(merge_list(report(one_world.hub).groups))))
    assert {row["name"] for row in rows} == {f"'{bad}"}


def test_a_wrong_vat_id_is_reported_and_the_order_flows(one_world: World) -> None:
    bought_by(one_world, ada("1", vat_id="DE136695977"))
    [person] = report(one_world.hub).wrong_vat
    assert person.customer.wrong_vat_id == "DE136695977"
    assert one_world.quarantined() == []
    [arrived] = [found for found in one_world.erp.records(Kind.CUSTOMER) if isinstance(found, Customer)]
    assert arrived.vat_id is None
