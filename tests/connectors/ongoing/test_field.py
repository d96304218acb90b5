"""A payload is made row by row: nested as the paths say, without what is unknown."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trueup.connectors.ongoing.field import Field, payload


def field(target: str, value: Any) -> Field[None]:
    return Field(target=target, source="a test", of=lambda _: value, row=1, feature=1)


def test_paths_are_nested_and_keep_their_order() -> None:
    rows = [field("Order.Id", "1"), field("Customer.Name", "Ada"), field("Order.Way.Code", "flat")]
    made = payload(rows, None)
    assert made == {"Order": {"Id": "1", "Way": {"Code": "flat"}}, "Customer": {"Name": "Ada"}}
    assert list(made) == ["Order", "Customer"]


def test_what_is_unknown_leaves_no_trace_and_what_is_false_or_empty_is_sent() -> None:
    assert payload([field("Order.Way.Code", None), field("Order.Notify", False), field("Order.Count", 0)], None) == {
        "Order": {"Notify": False, "Count": 0}
    }


@given(st.dictionaries(st.sampled_from(["A.B", "A.C", "D", "E.F.G"]), st.one_of(st.none(), st.text())))
def test_every_known_value_is_found_at_its_path(values: dict[str, str | None]) -> None:
    made = payload([field(target, value) for target, value in values.items()], None)
    for target, value in values.items():
        place: Any = made
        for part in target.split("."):
            place = (place or {}).get(part)
        assert place == value
