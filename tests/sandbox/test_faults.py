"""Everything that can go wrong on the way, over a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from trueup.sandbox import RunningShop, ShopSettings, running_shop
from trueup.sandbox.errors import WooError
from trueup.sandbox.faults import KINDS, Fault, Faults, fault_from

API = "/wp-json/wc/v3"


@pytest.fixture
def running() -> Iterator[RunningShop]:
    with running_shop(ShopSettings(behind_https=True)) as shop:
        yield shop


@pytest.fixture
def client(running: RunningShop) -> Iterator[httpx2.Client]:
    keys = (running.consumer_key, running.consumer_secret)
    with httpx2.Client(base_url=running.url, auth=keys, timeout=10) as found:
        yield found


def skus(running: RunningShop) -> set[str]:
    """What is really in the shop, whatever was answered."""
    return {doc["sku"] for doc in running.shop.store.select("product")}


def make(client: httpx2.Client, sku: str = "MUG") -> httpx2.Response:
    return client.post(f"{API}/products", json={"name": "Mug", "sku": sku})


@pytest.mark.parametrize(
    ("kind", "more", "status"),
    [
        ("error", {}, 503),
        ("error", {"status": 500}, 500),
        ("html", {}, 200),
        ("ok_with_error", {}, 200),
        ("too_many", {"seconds": 7}, 429),
        ("forbidden", {}, 403),
        ("redirect", {}, 301),
        ("redirect", {"status": 302}, 302),
    ],
)
def test_what_is_answered_instead_was_never_done(
    running: RunningShop, client: httpx2.Client, kind: str, more: dict[str, Any], status: int
) -> None:
    running.faults.add(kind, times=1, **more)
    assert make(client).status_code == status
    assert skus(running) == set()
    assert make(client).status_code == 201


@pytest.mark.parametrize(("kind", "status"), [("done_then_error", 502), ("cut_short", 201)])
def test_what_is_answered_afterwards_was_done(
    running: RunningShop, client: httpx2.Client, kind: str, status: int
) -> None:
    running.faults.add(kind, times=1)
    assert make(client).status_code == status
    assert skus(running) == {"MUG"}


def test_an_answer_that_is_cut_short_is_no_json(running: RunningShop, client: httpx2.Client) -> None:
    running.faults.add("cut_short", times=1)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|Invalid"):
        make(client).json()


@pytest.mark.parametrize(("kind", "done"), [("drop", False), ("done_then_drop", True)])
def test_a_connection_that_breaks_says_nothing_about_what_was_done(
    running: RunningShop, client: httpx2.Client, kind: str, done: bool
) -> None:
    running.faults.add(kind, times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        make(client)
    assert ("MUG" in skus(running)) is done
    assert make(client, "CUP").status_code == 201


def test_a_client_that_gives_up_does_not_stop_the_shop(running: RunningShop, client: httpx2.Client) -> None:
    running.faults.add("timeout", times=1)
    with pytest.raises(httpx2.ReadTimeout):
        client.post(f"{API}/products", json={"sku": "MUG"}, timeout=0.2)
    assert skus(running) == {"MUG"}


def test_a_patient_client_is_dropped_after_the_time(running: RunningShop, client: httpx2.Client) -> None:
    running.faults.add("timeout", times=1, seconds=0.05)
    with pytest.raises(httpx2.RemoteProtocolError):
        make(client)
    assert skus(running) == {"MUG"}


def test_a_slow_host_answers_in_the_end(running: RunningShop, client: httpx2.Client) -> None:
    running.faults.add("slow", times=1, seconds=0.05)
    assert make(client).status_code == 201


def test_too_many_requests_say_when_to_come_back(running: RunningShop, client: httpx2.Client) -> None:
    running.faults.add("too_many", seconds=7, times=1)
    assert make(client).headers["retry-after"] == "7"


def test_a_redirecting_host_names_another(running: RunningShop, client: httpx2.Client) -> None:
    running.faults.add("redirect", location="https://elsewhere.example/", times=1)
    assert make(client).headers["location"] == "https://elsewhere.example/"
    running.faults.add("redirect", times=1)
    assert make(client).headers["location"] == f"https://www.shop.example{API}/products"


def test_html_is_html_and_an_error_in_200_is_an_envelope(running: RunningShop, client: httpx2.Client) -> None:
    running.faults.add("html", times=1)
    assert client.get(f"{API}/products").headers["content-type"].startswith("text/html")
    running.faults.add("ok_with_error", times=1)
    reply = client.get(f"{API}/products")
    assert (reply.status_code, reply.json()["code"]) == (200, "internal_server_error")


def test_a_fault_hits_only_the_calls_it_is_aimed_at(running: RunningShop, client: httpx2.Client) -> None:
    running.faults.add("error", method="POST", route="/products/batch")
    assert make(client).status_code == 201
    assert client.get(f"{API}/products").status_code == 200
    assert client.post(f"{API}/products/batch", json={}).status_code == 503
    product = running.shop.store.ids("product")[0]
    running.faults.clear()
    running.faults.add("error", route="/products/{id}")
    assert client.get(f"{API}/products/{product}").status_code == 503
    assert client.get(f"{API}/products").status_code == 200


def test_a_fault_may_wait_for_the_nth_call(running: RunningShop, client: httpx2.Client) -> None:
    running.faults.add("error", skip=2, times=1)
    assert [make(client, f"S{n}").status_code for n in range(5)] == [201, 201, 503, 201, 201]


def test_hits_are_counted_and_a_cleared_shop_is_healthy(running: RunningShop, client: httpx2.Client) -> None:
    fault = running.faults.add("error", times=2)
    assert [make(client, f"S{n}").status_code for n in range(3)] == [503, 503, 201]
    assert (fault.hits, fault.seen) == (2, 3)
    running.faults.add("error")
    running.faults.clear()
    assert make(client, "LAST").status_code == 201


def test_requests_that_fail_are_counted_too(running: RunningShop, client: httpx2.Client) -> None:
    running.faults.add("error", times=1)
    make(client)
    assert running.log.counts["POST /products"] == 1
    assert (running.log.writes, running.log.total) == (1, 1)
    running.log.clear()
    assert running.log.total == 0


def struck(faults: Faults, calls: int = 200) -> list[bool]:
    return [faults.strike("GET", "/products") is not None for _ in range(calls)]


def test_a_rate_is_kept_and_repeats_by_seed() -> None:
    patterns = []
    for seed in (1, 1, 2):
        faults = Faults(seed=seed)
        faults.add("error", rate=0.25)
        patterns.append(struck(faults))
    assert patterns[0] == patterns[1] != patterns[2]
    assert 30 <= sum(patterns[0]) <= 70


def test_only_the_first_fitting_fault_strikes() -> None:
    faults = Faults()
    faults.add("error", times=1)
    faults.add("html", times=1)
    kinds = [fault.kind if fault else None for fault in (faults.strike("GET", "/x") for _ in range(3))]
    assert kinds == ["error", "html", None]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_nothing_or_everything_is_exact(share: float) -> None:
    faults = Faults()
    assert {faults.chance(share) for _ in range(50)} == {share == 1.0}


def test_an_unknown_fault_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown kind of fault: rain; known: error, "):
        Fault(kind="rain")
    with pytest.raises(WooError) as refused:
        fault_from({"kind": "error", "colour": "red"})
    assert refused.value.data["kinds"] == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_switched_on_by_json(kind: str) -> None:
    assert Faults().add(**fault_from({"kind": kind, "times": 1})).kind == kind
