"""Promise 11: secrets are sealed; only the right key opens them; keys change without a stop."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from support.rows import at_once
from trueup.store.secrets import ENVIRONMENT, Seal, WrongKey, make_key, put_new_key_in_front, seal_from

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture(autouse=True)
def no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)


@given(st.dictionaries(st.text(), st.text(), max_size=4))
def test_promise_11_what_was_sealed_is_opened_again(values: dict[str, str]) -> None:
    sealed = Seal(OLD).seal(values)
    assert Seal(OLD).open(sealed) == values
    assert all(len(value) < 4 or value not in sealed for value in values.values())


def test_promise_11_the_same_secret_is_never_sealed_the_same_way_twice() -> None:
    assert Seal(OLD).seal({"password": "x"}) != Seal(OLD).seal({"password": "x"})


def test_nothing_sealed_is_nothing_opened() -> None:
    assert Seal(OLD).open(None) == {}


def test_promise_11_another_key_says_so_and_shows_nothing() -> None:
    sealed = Seal(OLD).seal({"password": "correct horse"})
    with pytest.raises(WrongKey, match="The key does not open what is stored") as refusal:
        Seal(NEW).open(sealed)
    assert "horse" not in repr(refusal.value)
    assert refusal.value.__cause__ is None


def test_promise_11_a_damaged_secret_is_not_half_opened() -> None:
    sealed = Seal(OLD).seal({"password": "correct horse"})
    with pytest.raises(WrongKey):
        Seal(OLD).open(sealed[:-4] + "AAA=")


def test_promise_11_a_key_is_changed_by_putting_the_new_one_in_front() -> None:
    before = Seal(OLD).seal({"password": "x"})
    both = Seal(f"{NEW}, {OLD}")
    assert both.open(before) == {"password": "x"}
    after = both.seal({"password": "y"})
    assert Seal(NEW).open(after) == {"password": "y"}
    with pytest.raises(WrongKey):
        Seal(OLD).open(after)


@pytest.mark.parametrize(
    "keys", ["", "  ", "secret", OLD[:-4], f"{OLD} short"], ids=["empty", "blank", "word", "cut", "one of two short"]
)
def test_promise_11_what_is_no_key_is_refused_with_a_sentence_that_does_not_repeat_it(keys: str) -> None:
    with pytest.raises(WrongKey, match="no key of trueup") as refusal:
        Seal(keys)
    assert not keys.strip() or keys not in str(refusal.value)
    assert OLD not in str(refusal.value)


def test_promise_11_the_key_file_is_made_once_and_for_us_only(tmp_path: Path) -> None:
    file = tmp_path / "home" / "key"
    make_key(file)
    content, sealed = file.read_text(), seal_from(file).seal({"password": "x"})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    make_key(file)
    assert file.read_text() == content
    assert seal_from(file).open(sealed) == {"password": "x"}
    assert [path.name for path in file.parent.iterdir()] == ["key"], "nothing is left lying about"


def test_promise_11_a_key_is_never_made_on_the_way(tmp_path: Path) -> None:
    """It would open nothing of what is stored."""
    with pytest.raises(FileNotFoundError):
        seal_from(tmp_path / "key")
    assert not (tmp_path / "key").exists()


def test_promise_11_processes_that_start_at_once_use_one_key(tmp_path: Path) -> None:
    for attempt in range(5):
        file, seals = tmp_path / str(attempt) / "key", list[Seal]()

        def start(file: Path = file, seals: list[Seal] = seals) -> None:
            make_key(file)
            seals.append(seal_from(file))

        assert at_once(*[start] * 8) == []
        sealed = seals[0].seal({"password": "x"})
        assert all(seal.open(sealed) == {"password": "x"} for seal in seals)


def test_promise_11_a_running_process_finds_the_new_key_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "key"
    make_key(file)
    running = seal_from(file)
    before = running.seal({"password": "x"})
    put_new_key_in_front(file)
    after = seal_from(file).seal({"password": "y"})
    assert running.open(after) == {"password": "y"}
    assert running.open(before) == seal_from(file).open(before) == {"password": "x"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    make_key(file)
    monkeypatch.setenv(ENVIRONMENT, f"{OLD},{NEW}")
    assert Seal(OLD).open(seal_from(file).seal({"a": "b"})) == {"a": "b"}
    make_key(tmp_path / "none")
    assert not (tmp_path / "none").exists()
