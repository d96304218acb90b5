"""The contract suite: what every connector keeps, checked against the real thing or its emulation.

A connector's test file subclasses `ConnectorContract`, gives it two fixtures (`connector`, `outside`), and has all
checks. Which of them apply follows from `connector.capabilities`; a check that cannot hold for a system is named in
`exempt` with the reason, which pytest prints. This module is the only one of the product that imports pytest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

import pytest

from trueup.clock import utc_now
from trueup.connectors.kit import samples
from trueup.connectors.kit.contract_steps import (
    OpenConnector,
    Outside,
    as_matcher,
    create,
    done,
    fingerprints,
    followed,
    id_of,
    key,
    known,
    led,
    pages,
    parcel_of,
    push,
    read,
    with_changes,
)
from trueup.connectors.kit.errors import Gone, MissingLink, OutsideError, Rejected
from trueup.connectors.kit.ports import Change, Level, Parcel, Unreadable
from trueup.domain.order import Receipt
from trueup.domain.record import Kind, Ref


class ConnectorContract:
    """Checks that follow from `ports.py`. Override the two fixtures, and `bad` if your system refuses other things."""

    exempt: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture
    def connector(self) -> OpenConnector:
        raise NotImplementedError("give the suite an open connector")

    @pytest.fixture
    def outside(self) -> Outside:
        raise NotImplementedError("give the suite the system behind it")

    @pytest.fixture(autouse=True)
    def _exemptions(self, request: pytest.FixtureRequest) -> None:
        if request.function.__name__ in self.exempt:
            pytest.skip(self.exempt[request.function.__name__])

    def bad(self, parcel: Parcel) -> Parcel:
        """The parcel, made such that the follower must refuse it: without a name, or an order without lines."""
        return with_changes(parcel, facets=(samples.spoiled(parcel.facets[0]),))

    # What it says about itself

    def test_its_capabilities_can_be_used(self, connector: OpenConnector) -> None:
        can = connector.capabilities
        assert can.reads | can.writes, "it neither leads nor follows"
        assert can.batch >= 1
        assert can.flights >= 1
        assert can.settle >= timedelta(0)
        for method in ("changes", "fetch") if can.reads else ():
            assert callable(getattr(connector, method))
        for method in ("find", "push") if can.writes else ():
            assert callable(getattr(connector, method))

    def test_a_healthy_connection_verifies_without_red(self, connector: OpenConnector) -> None:
        findings = connector.verify()
        assert findings, "it checked nothing"
        assert [finding for finding in findings if finding.level is Level.RED] == []
        for finding in findings:
            assert finding.check
            assert finding.sentence.endswith((".", "!")), finding
            assert finding.level is Level.GREEN or finding.fix, f"{finding.check} says no way to mend it"

    def test_verify_writes_nothing(self, connector: OpenConnector, outside: Outside) -> None:
        kinds = {kind.thing for kind in connector.capabilities.reads | connector.capabilities.writes}
        before = {kind: outside.count(kind) for kind in kinds}
        connector.verify()
        assert {kind: outside.count(kind) for kind in kinds} == before

    def test_a_broken_connection_verifies_red_with_a_fix(self, connector: OpenConnector, outside: Outside) -> None:
        outside.break_down()
        red = [finding for finding in connector.verify() if finding.level is Level.RED]
        assert red
        assert all(finding.fix and finding.sentence for finding in red)

    def test_closing_twice_does_no_harm(self, connector: OpenConnector) -> None:
        connector.close()
        connector.close()

    # Leading

    def test_everything_saved_is_read(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in led(connector):
            saved = {outside.save(kind, n) for n in (1, 2, 3)}
            records = [item.record for item in read(connector, kind) if isinstance(item, Change)]
            assert saved <= {record.id for record in records}, kind
            assert {record.kind for record in records} == {kind}
            assert [record for record in records if record.problems()] == []

    def test_reading_again_gives_the_same_fingerprints(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in led(connector):
            outside.save(kind, 1)
            assert fingerprints(connector, kind) == fingerprints(connector, kind), kind

    def test_new_content_has_a_new_fingerprint(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in led(connector):
            id = outside.save(kind, 1)
            before = fingerprints(connector, kind)[id]
            assert outside.save(kind, 1) == id
            assert fingerprints(connector, kind)[id] != before, kind

    def test_since_includes_its_own_moment(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in led(connector):
            id = outside.save(kind, 1)
            (change,) = (item for item in read(connector, kind) if id_of(item) == id)
            since = change.changed_at or utc_now()
            assert id in {id_of(item) for page in connector.changes(kind, since) for item in page.items}, kind

    def test_what_is_saved_after_a_read_is_found_from_its_asked_at(
        self, connector: OpenConnector, outside: Outside
    ) -> None:
        for kind in led(connector):
            outside.save(kind, 1)
            asked_at = min(page.asked_at for page in pages(connector, kind))
            id = outside.save(kind, 2)
            assert id in {id_of(item) for page in connector.changes(kind, asked_at) for item in page.items}, kind

    def test_asked_at_is_utc_and_never_later_than_the_request(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in led(connector):
            outside.save(kind, 1)
            for page in pages(connector, kind):
                assert page.asked_at.utcoffset() == timedelta(0)
                # A second of grace: outside clocks tell whole seconds.
                assert page.asked_at <= utc_now() + timedelta(seconds=1)

    def test_pages_can_be_acknowledged_twice(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in led(connector):
            outside.save(kind, 1)
            for page in pages(connector, kind):
                page.acknowledge()
                page.acknowledge()

    def test_something_unreadable_hides_nothing_else(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in led(connector):
            good, bad = outside.save(kind, 1), outside.spoil(kind, 2)
            items = read(connector, kind)
            assert good in {item.record.id for item in items if isinstance(item, Change)}, kind
            (unreadable,) = (item for item in items if isinstance(item, Unreadable))
            assert unreadable.id == bad
            assert unreadable.kind is kind
            assert unreadable.label
            assert unreadable.raw is not None, "what could not be read is lost"

    def test_what_is_unreadable_names_its_field_in_a_sentence(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in led(connector):
            outside.spoil(kind, 1)
            problems = [p for item in read(connector, kind) if isinstance(item, Unreadable) for p in item.problems]
            assert problems, kind
            for problem in problems:
                assert problem.field
                assert problem.sentence.endswith("."), problem.sentence
                assert "Traceback" not in problem.sentence

    def test_fetch_gives_what_a_read_gives_and_leaves_out_the_unknown(
        self, connector: OpenConnector, outside: Outside
    ) -> None:
        for kind in led(connector):
            first, second = outside.save(kind, 1), outside.save(kind, 2)
            listed = fingerprints(connector, kind)
            items = connector.fetch(kind, [second, "999999999", first])
            fetched = {i.record.id: i.record.fingerprint() for i in items if isinstance(i, Change)}
            assert fetched == {first: listed[first], second: listed[second]}, kind

    def test_fetch_of_nothing_is_nothing(self, connector: OpenConnector) -> None:
        for kind in led(connector):
            assert list(connector.fetch(kind, [])) == []

    def test_what_was_deleted_is_not_fetched(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in led(connector):
            id = outside.save(kind, 1)
            outside.remove(kind.thing, id)
            assert list(connector.fetch(kind, [id])) == [], kind

    def test_a_read_that_fails_raises_an_outside_error(self, connector: OpenConnector, outside: Outside) -> None:
        outside.break_down()
        for kind in led(connector):
            with pytest.raises(OutsideError) as failure:
                read(connector, kind)
            assert failure.value.sentence.endswith(".")

    # Following

    def test_unknown_keys_are_left_out(self, connector: OpenConnector) -> None:
        for kind in followed(connector):
            assert dict(connector.find(kind, [])) == {}
            assert dict(connector.find(kind, ["NO-SUCH-1", "NO-SUCH-2"])) == {}, kind

    def test_what_was_created_is_found_by_its_reference(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in followed(connector):
            parcels = [parcel_of(connector, outside, kind, n) for n in (1, 2)]
            before = outside.count(kind)
            first, second = (done(outcome) for outcome in push(connector, parcels))
            assert first.created
            assert second.created
            assert outside.count(kind) == before + 2, kind
            found = connector.find(kind, [key(parcels[1]), "NO-SUCH", key(parcels[0])])
            assert found == {key(parcels[0]): (first.remote,), key(parcels[1]): (second.remote,)}, kind

    def test_keys_that_differ_in_case_are_answered_as_asked(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in followed(connector):
            parcel = parcel_of(connector, outside, kind, 1)
            made = create(connector, parcel)
            found = connector.find(kind, [key(parcel), key(parcel).lower()])
            assert found[key(parcel)] == (made.remote,), kind
            assert found.get(key(parcel).lower(), (made.remote,)) == (made.remote,), kind

    def test_it_says_whom_it_has_already_in_the_order_asked(self, connector: OpenConnector, outside: Outside) -> None:
        """Of two people whom it was just told, and one whom it cannot know."""
        if not connector.capabilities.matches:
            pytest.skip("it offers no search for people")
        parcels = [parcel_of(connector, outside, Kind.CUSTOMER, n) for n in (1, 2)]
        first, second = (create(connector, parcel).remote for parcel in parcels)
        asked = [samples.sample_customer(2), samples.sample_stranger(), samples.sample_customer(1)]
        found = [{one.remote for one in some} for some in as_matcher(connector).candidates(asked)]
        assert second in found[0]
        assert found[1] == set()
        assert first in found[2]

    def test_asking_for_nobody_finds_nobody(self, connector: OpenConnector) -> None:
        if connector.capabilities.matches:
            assert list(as_matcher(connector).candidates([])) == []

    def test_a_repeated_push_changes_nothing(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in followed(connector):
            parcel = parcel_of(connector, outside, kind, 1)
            made = create(connector, parcel)
            before = outside.count(kind)
            again = done(connector.push([known(parcel, made)])[0])
            assert (again.remote, again.created, again.document) == (made.remote, False, made.document), kind
            assert outside.count(kind) == before

    def test_creating_a_reference_again_makes_no_second_thing(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in followed(connector):
            parcel = parcel_of(connector, outside, kind, 1)
            made = create(connector, parcel)
            before = outside.count(kind)
            outcome = connector.push([parcel])[0]
            assert isinstance(outcome, Rejected) or done(outcome).remote == made.remote, kind
            assert outside.count(kind) == before, f"a second {kind} was created"

    def test_outcomes_come_in_the_order_asked_and_one_bad_parcel_spoils_no_other(
        self, connector: OpenConnector, outside: Outside
    ) -> None:
        for kind in followed(connector):
            parcels = [parcel_of(connector, outside, kind, n) for n in (1, 2, 3)]
            bad = self.bad(parcels[1])
            first, refused, third = push(connector, [parcels[0], bad, parcels[2]])
            assert isinstance(refused, Rejected), f"{kind}: {refused}"
            assert bad.label in refused.sentence, refused.sentence
            assert refused.sentence.endswith(".")
            found = connector.find(kind, [key(parcel) for parcel in parcels])
            assert found == {key(parcels[0]): (done(first).remote,), key(parcels[2]): (done(third).remote,)}, kind

    def test_pushing_nothing_does_nothing(self, connector: OpenConnector) -> None:
        if connector.capabilities.writes:
            assert list(connector.push([])) == []

    def test_what_vanished_is_gone(self, connector: OpenConnector, outside: Outside) -> None:
        for kind in followed(connector):
            parcel = parcel_of(connector, outside, kind, 1)
            made = create(connector, parcel)
            outside.remove(kind, made.remote)
            outcome = connector.push([known(parcel, made)])[0]
            assert isinstance(outcome, Gone), f"{kind}: {outcome}"
            assert parcel.label in outcome.sentence

    def test_an_order_waits_for_what_it_refers_to(self, connector: OpenConnector, outside: Outside) -> None:
        if Kind.ORDER not in followed(connector):
            pytest.skip("it does not follow orders")
        parcel = parcel_of(connector, outside, Kind.ORDER, 1)
        outcome = connector.push([with_changes(parcel, links={})])[0]
        assert isinstance(outcome, MissingLink)
        assert outcome.ref in parcel.facets[0].refs()
        assert dict(connector.find(Kind.ORDER, [key(parcel)])) == {}

    def test_an_order_gets_a_document_number(self, connector: OpenConnector, outside: Outside) -> None:
        if Kind.ORDER not in followed(connector):
            pytest.skip("it does not follow orders")
        assert create(connector, parcel_of(connector, outside, Kind.ORDER, 1)).document

    def test_a_receipt_lands_on_its_order_and_twice_is_as_once(
        self, connector: OpenConnector, outside: Outside
    ) -> None:
        if not {Kind.RECEIPT, Kind.ORDER} <= connector.capabilities.writes | connector.capabilities.reads:
            pytest.skip("it takes no receipts")
        order = outside.save(Kind.ORDER, 1)
        receipt = Receipt(id="77", document_number="SO-77", system="Sample ERP", order_number="9001")
        ref = Ref(kind=Kind.ORDER, id=order)
        parcel = Parcel(ref=ref, label="9001", reference=None, remote=order, facets=(receipt,))
        before = outside.count(Kind.ORDER)
        for _ in range(2):
            assert done(connector.push([parcel])[0]).remote == order
        assert outside.count(Kind.ORDER) == before

    def test_a_write_that_fails_as_a_whole_raises_an_outside_error(
        self, connector: OpenConnector, outside: Outside
    ) -> None:
        kinds = followed(connector)
        parcels = [parcel_of(connector, outside, kind, 1) for kind in kinds]
        outside.break_down()
        for kind, parcel in zip(kinds, parcels, strict=True):
            with pytest.raises(OutsideError):
                connector.find(kind, [key(parcel)])
            with pytest.raises(OutsideError) as failure:
                connector.push([parcel])
            assert failure.value.sentence.endswith(".")
