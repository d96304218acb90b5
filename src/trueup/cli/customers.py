"""Commands about customers: who is meant, and who is there twice. They show names: that is what is decided by."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from trueup.cli.desk import Json, desk_of, entry_numbered
from trueup.cli.output import heading, print_json, say, table
from trueup.domain.duplicates import Group
from trueup.store import quarantine
from trueup.store.matches import MatchRow
from trueup.store.quarantine import QuarantineRow
from trueup.sync import customers
from trueup.sync.connecting import Refused
from trueup.sync.duplicates import merge_list, report
from trueup.sync.hub import Hub

group = typer.Typer(no_args_is_help=True, help="Customers: which one is meant, and who is there twice.")
Number = Annotated[int, typer.Argument(help="Number of the entry, as `trueup customer questions` shows it.")]


@group.command("questions")
def questions(ctx: typer.Context, json: Json = False) -> None:
    """Show which customers may be somebody whom the back office has already, with everybody who may be meant."""
    with desk_of(ctx).hub() as hub:
        found = _questions(hub)
    if json:
        print_json([{"id": entry.id, "ref": entry.ref, "label": entry.label, **_shown(row)} for entry, row in found])
        return
    if not found:
        say("Nobody is in question.", "dim")
    for entry, row in found:
        heading(f"{entry.id}: {entry.label}")
        _candidates(row)


def _questions(hub: Hub) -> list[tuple[QuarantineRow, MatchRow]]:
    with hub.database.read() as tx:
        asked = [(entry, customers.question(tx, entry)) for entry in quarantine.entries(tx, limit=10_000, task=True)]
    return [(entry, row) for entry, row in asked if row is not None]


def _shown(row: MatchRow) -> dict[str, Any]:
    return {"candidates": row.candidates, "asked_at": row.asked_at}


def _candidates(row: MatchRow) -> None:
    rows = [
        (one["remote"], one["number"], one["name"], ", ".join(one["emails"]), _place(one), one["likeness"])
        for one in row.candidates
    ]
    table(("id", "number", "name", "e-mail", "place", "why"), rows, none="Nobody.")


def _place(one: dict[str, Any]) -> str:
    return "; ".join(
        " ".join(part for part in (address["street"], address["postcode"], address["city"]) if part)
        for address in one["addresses"]
    )


@group.command("decide")
def decide(
    ctx: typer.Context,
    number: Number,
    is_: Annotated[str | None, typer.Option("--is", help="Id of the one who is meant.")] = None,
    new: Annotated[bool, typer.Option("--new", help="It is none of them: a new customer.")] = False,
) -> None:
    """Say who a customer is: one of those whom the back office has already, or somebody new. Its orders flow then."""
    if (is_ is None) == (not new):
        raise typer.BadParameter("say --is with an id, or --new.")
    with desk_of(ctx).hub() as hub:
        entry = entry_numbered(hub, number)
        if is_ is not None:
            customers.link_to(hub, entry, is_, by=getpass.getuser())
        else:
            customers.is_new(hub, entry, by=getpass.getuser())
    said = f"is {is_}" if is_ is not None else "is a new customer"
    say(f"{entry.label} {said}. The orders that waited are transferred now.")


@group.command("duplicates")
def duplicates(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Option("--csv", help="Write the merge list into this file.")] = None,
    json: Json = False,
) -> None:
    """Show who is probably one person, within a shop and across shops, and which of them to keep."""
    with desk_of(ctx).hub() as hub:
        found = report(hub)
    if json:
        print_json({"people": found.people, "groups": [_group_json(group) for group in found.groups]})
        return
    if file is not None:
        _write(file, merge_list(found.groups))
    for number, one in enumerate(found.groups, 1):
        heading(f"{number}: {'certainly one person' if one.certain else 'perhaps one person: look before you merge'}")
        _members(one)
    say(f"{found.people} customers, {len(found.groups)} groups of doubles.", "dim" if not found.groups else "")
    for person in found.wrong_vat:
        [notice] = person.customer.notices()
        say(f"{person.shop}, customer {person.customer.id} ({person.customer.name}): {notice.sentence}")


def _members(one: Group) -> None:
    rows = [
        (m.person.shop, m.person.customer.id, m.person.customer.name, m.person.customer.email, m.reason)
        for m in one.members
    ]
    table(("shop", "customer", "name", "e-mail", "why"), rows, none="Nobody.")


def _group_json(one: Group) -> dict[str, Any]:
    members = [
        {
            **{"shop": m.person.shop, "id": m.person.customer.id, "name": m.person.customer.name},
            **{"keep": m.keep, "reason": m.reason, "known_as": sorted(m.person.parties)},
        }
        for m in one.members
    ]
    return {"certain": one.certain, "members": members}


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8-sig")  # spreadsheets take it for UTF-8 only with the mark
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}. Name another file.") from None
    file.chmod(0o600)
    say(f"The merge list is in {file}. It holds personal data.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(group, name="customer", rich_help_panel="Daily work")
