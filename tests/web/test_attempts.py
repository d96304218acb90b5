"""How often somebody may try to sign in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from trueup.web.attempts import MOST_KEYS, PER_ADDRESS, PER_PAIR, WINDOW, Attempts

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HERE, THERE = "192.0.2.1", "192.0.2.2"


def after(tries: int, *, name: str = "ada", address: str = HERE) -> Attempts:
    attempts = Attempts()
    for _ in range(tries):
        attempts.failed(name, address, NOW)
    return attempts


def test_a_few_wrong_tries_are_human() -> None:
    assert after(PER_PAIR - 1).wait("ada", HERE, NOW) is None


def test_one_too_many_waits_until_the_first_is_forgotten() -> None:
    assert after(PER_PAIR).wait("ada", HERE, NOW + timedelta(minutes=5)) == timedelta(minutes=10)


def test_other_names_and_other_addresses_may_go_on() -> None:
    attempts = after(PER_PAIR)
    assert attempts.wait("bo", HERE, NOW) is None
    assert attempts.wait("ada", THERE, NOW) is None


def test_the_same_name_in_other_letters_is_the_same_name() -> None:
    assert after(PER_PAIR).wait(" ADA ", HERE, NOW) is not None


def test_many_names_from_one_address_are_stopped_too() -> None:
    attempts = Attempts()
    for number in range(PER_ADDRESS):
        attempts.failed(f"name {number}", HERE, NOW)
    assert attempts.wait("somebody else", HERE, NOW) == WINDOW
    assert attempts.wait("somebody else", THERE, NOW) is None


def test_the_window_slides() -> None:
    attempts = Attempts()
    for minute in range(PER_PAIR):
        attempts.failed("ada", HERE, NOW + timedelta(minutes=minute))
    assert attempts.wait("ada", HERE, NOW + WINDOW - timedelta(seconds=1)) == timedelta(seconds=1)
    assert attempts.wait("ada", HERE, NOW + WINDOW) is None
    attempts.failed("ada", HERE, NOW + WINDOW)
    assert attempts.wait("ada", HERE, NOW + WINDOW) == timedelta(minutes=1)


def test_the_right_password_forgives_that_name_only() -> None:
    attempts = after(PER_PAIR - 1)
    for _ in range(PER_PAIR):
        attempts.failed("bo", HERE, NOW)
    attempts.succeeded("ada", HERE)
    attempts.failed("ada", HERE, NOW)
    assert attempts.wait("ada", HERE, NOW) is None
    assert attempts.wait("bo", HERE, NOW) is not None


def test_a_flood_of_names_does_not_fill_the_memory() -> None:
    attempts = Attempts()
    for number in range(MOST_KEYS + 500):
        attempts.failed(f"name {number}", f"address {number}", NOW)
    assert len(attempts._wrong) <= MOST_KEYS + 2


def test_old_tries_make_room_first() -> None:
    attempts = Attempts()
    for number in range(MOST_KEYS // 2):
        attempts.failed(f"name {number}", f"address {number}", NOW)
    for _ in range(PER_PAIR):
        attempts.failed("young", THERE, NOW + timedelta(minutes=1))
    attempts.failed("last", "last", NOW + WINDOW)
    assert attempts.wait("young", THERE, NOW + WINDOW) is not None


def test_tries_at_the_same_moment_are_all_counted() -> None:
    attempts = Attempts()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: attempts.failed("ada", HERE, NOW), range(PER_PAIR)))
    assert attempts.wait("ada", HERE, NOW) is not None
