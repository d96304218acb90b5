"""Promise 12: what a system tells us is a hint at what to read again: verified, noted once, never data; and what got
lost on the way is found by the next sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from support.hubs import EVERYTHING, Script, with_systems
from support.rows import at_once
from support.world import START, World, customer, mug, order
from trueup.connectors.kit.errors import Misconfigured, Rejected
from trueup.connectors.kit.ports import Capabilities, Change, Finding, Hint, Level
from trueup.connectors.memory.faults import Fault, Trouble
from trueup.domain.record import Kind
from trueup.store import connections, flows, hints
from trueup.store.connections import ConnectionRow
from trueup.sync import arrange
from trueup.sync.announcing import note_call, subscribe
from trueup.sync.connecting import Refused

LINE = ("88", "MUG-1")
CALLS = replace(EVERYTHING, webhooks=True)


@dataclass
class Caller(Script):
    """A system that calls: `secret` as header, the order's id as body."""

    capabilities: Capabilities = CALLS
    calls: list[tuple[str, str]] = field(default_factory=list)
    trouble: Misconfigured | None = None

    def subscribe(self, url: str, secret: str) -> Sequence[Finding]:
        if self.trouble:
            raise self.trouble
        self.calls.append((url, secret))
        return [Finding(check="webhooks", level=Level.GREEN, sentence="The shop calls.")]

    def hint(self, headers: Mapping[str, str], body: bytes, secret: str) -> Hint | None:
        if headers.get("secret") != secret:
            raise Rejected("The call is not signed with our secret.", code="bad_signature")
        return Hint(kind=Kind.ORDER, id=body.decode()) if body else None


def shop(world: World) -> ConnectionRow:
    with world.hub.database.read() as tx:
        row = connections.by_name(tx, "Shop")
    assert row is not None
    return row


def waiting(world: World) -> list[tuple[str, int]]:
    with world.hub.database.read() as tx:
        return [(row.ref, row.times) for row in hints.waiting(tx, shop(world).id, "order")]


def note(world: World, *refs: str) -> None:
    with world.hub.database.write() as tx:
        for ref in refs:
            hints.note(tx, shop(world).id, "order", ref, world.time.now)


@pytest.fixture
def called(one_world: World) -> tuple[World, Caller, dict[str, str]]:
    """A shop that calls, subscribed, with an active flow of its orders."""
    one_world.flow(Kind.ORDER, "Shop", "ERP")
    one_world.settle()
    caller = Caller()
    with_systems(one_world, Shop=caller)
    subscribe(one_world.hub, shop(one_world), "https://hub.example/")
    return one_world, caller, {"secret": caller.calls[0][1]}


Called = tuple[World, Caller, dict[str, str]]


def test_promise_12_a_call_is_noted_and_what_it_named_is_read_again(called: Called) -> None:
    world, caller, headers = called
    caller.answers["7"] = Change(record=order(7, LINE), companions=(customer(),))
    assert note_call(world.hub, shop(world), headers, b"7") == Hint(kind=Kind.ORDER, id="7")
    assert caller.fetched == [], "nothing is asked while the shop waits for its answer"
    [job] = world.work()
    world.runs(job)
    assert caller.fetched == [["7"]]
    assert [row.ref for row in world.owed() if row.kind == "order"] == ["7"]
    assert waiting(world) == []


def test_promise_12_a_call_with_another_secret_is_refused_and_leaves_nothing(called: Called) -> None:
    world, _, _ = called
    for headers in ({}, {"secret": "guess"}):
        with pytest.raises(Rejected, match="not signed"):
            note_call(world.hub, shop(world), headers, b"7")
    assert waiting(world) == []


def test_promise_12_a_ping_and_what_nobody_follows_are_no_work(called: Called) -> None:
    world, _, headers = called
    assert note_call(world.hub, shop(world), headers, b"") is None
    arrange.disable(world.hub, world.flow_row("order Shop ERP"))
    assert note_call(world.hub, shop(world), headers, b"7") is None
    assert waiting(world) == []


def test_promise_12_nobody_is_believed_before_calls_were_set_up(one_world: World) -> None:
    with_systems(one_world, Shop=Caller())
    with pytest.raises(Rejected, match="Nobody has set up calls for Shop"):
        note_call(one_world.hub, shop(one_world), {"secret": ""}, b"7")


def test_promise_12_the_secret_is_durable_before_the_system_learns_it_and_stays_the_same(called: Called) -> None:
    world, caller, headers = called
    assert world.hub.seal.open(shop(world).hook_secret) == {"hook": headers["secret"]}
    subscribe(world.hub, shop(world), "https://hub.example")
    assert caller.calls == [(f"https://hub.example/hooks/{shop(world).id}", headers["secret"])] * 2
    assert len(headers["secret"]) >= 40


def test_a_system_that_refuses_to_call_says_why_and_keeps_its_secret(one_world: World) -> None:
    caller = Caller()
    caller.trouble = Misconfigured("The key may not make webhooks. Give it read and write.")
    with_systems(one_world, Shop=caller)
    [finding] = subscribe(one_world.hub, shop(one_world), "https://hub.example")
    assert (finding.level, finding.sentence) == (Level.RED, caller.trouble.sentence)
    assert shop(one_world).hook_secret is not None


def test_a_system_that_cannot_call_is_left_to_its_schedule(one_world: World) -> None:
    with pytest.raises(Refused, match="cannot call trueup; its flows read by their schedules"):
        subscribe(one_world.hub, shop(one_world), "https://hub.example")


@pytest.mark.parametrize("address", ["", "hub.example", "ftp://hub.example", "https://"])
def test_what_is_no_address_is_refused(one_world: World, address: str) -> None:
    with_systems(one_world, Shop=Caller())
    with pytest.raises(Refused, match="is no address"):
        subscribe(one_world.hub, shop(one_world), address)


def test_promise_12_copies_of_one_call_in_parallel_are_one_reading(called: Called) -> None:
    world, caller, headers = called
    row = shop(world)
    assert at_once(*[lambda: note_call(world.hub, row, headers, b"7")] * 15) == []
    assert waiting(world) == [("7", 15)]
    world.settle()
    assert caller.fetched == [["7"]]


def test_promise_12_a_call_that_comes_while_its_order_is_read_is_read_once_more(called: Called) -> None:
    world, caller, headers = called

    class Busy(dict[str, Change]):
        def __contains__(self, ref: object) -> bool:
            if len(caller.fetched) == 1:
                note_call(world.hub, shop(world), headers, b"7")
            return super().__contains__(ref)

    caller.answers = Busy({"7": Change(record=order(7, LINE))})  # type: ignore[assignment]  # read like a dict
    note_call(world.hub, shop(world), headers, b"7")
    world.runs(world.work()[0])
    assert caller.fetched == [["7"], ["7"]]
    assert waiting(world) == []


def test_promise_12_what_a_call_lost_is_found_by_the_next_sweep(world: World) -> None:
    world.erp.put(mug())
    world.flow(Kind.ORDER, "Shop", "ERP")
    world.settle()
    world.shop.put(order(1, LINE), companions=[customer()])
    assert world.later(minutes=14) == 0, "nobody called"
    world.later(minutes=2)
    assert len(world.erp.things(Kind.ORDER)) == 1


def test_promise_12_a_hint_moves_no_cursor_and_no_schedule(world: World) -> None:
    world.erp.put(mug())
    flow = world.flow(Kind.ORDER, "Shop", "ERP")
    world.settle()
    before = world.flow_row(flow.name)
    world.shop.put(order(1, LINE), companions=[customer()])
    world.time.passes(minutes=1)
    note(world, "1")
    world.settle()
    assert len(world.erp.things(Kind.ORDER)) == 1
    after = world.flow_row(flow.name)
    assert (after.cursor_at, after.due_at, after.read_at) == (before.cursor_at, before.due_at, before.read_at)
    with world.hub.database.read() as tx:
        assert [run.cause for run in flows.runs(tx)] == ["webhook", "schedule"]


def test_hints_beyond_one_page_are_all_read(one_world: World) -> None:
    one_world.erp.put(mug())
    one_world.flow(Kind.ORDER, "Shop", "ERP")
    one_world.settle()
    for number in range(1, 131):
        one_world.shop.put(order(number, LINE), companions=[customer()])
    note(one_world, *map(str, range(1, 131)))
    one_world.runs(one_world.work()[0])
    assert one_world.shop.calls("fetch") == 2
    assert sum(row.kind == "order" for row in one_world.owed()) == 130


def test_a_hint_survives_a_leader_that_is_down(one_world: World) -> None:
    one_world.erp.put(mug())
    one_world.flow(Kind.ORDER, "Shop", "ERP")
    one_world.settle()
    one_world.shop.put(order(1, LINE), companions=[customer()])
    one_world.shop.fault(Fault(trouble=Trouble.DOWN, op="fetch"))
    note(one_world, "1")
    one_world.settle()
    assert waiting(one_world) == [("1", 1)]
    one_world.later(minutes=1)
    assert waiting(one_world) == []
    assert len(one_world.erp.things(Kind.ORDER)) == 1
    assert one_world.time.now < START.replace(hour=9)
