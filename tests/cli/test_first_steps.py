"""From nothing to an installation that somebody can sign in to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from support.command import Command
from trueup import __version__
from trueup.cli.main import app
from trueup.store import connections, users
from trueup.store.users import UserRow

PASSWORD = "three plain words"


def signed_in(command: Command, name: str, password: str) -> UserRow | None:
    with command.hub() as hub, hub.database.read() as tx:
        return users.check(tx, name, password)


def test_init_makes_an_installation_with_a_first_user(tmp_path: Path, empty_database_url: str) -> None:
    command = Command(tmp_path, empty_database_url)
    said = command.done("init", "--user", "Ada", TRUEUP_PASSWORD=PASSWORD)
    assert f"Made the installation in {command.home}" in said
    assert "Ada can sign in" in said
    assert "Next: trueup connection add" in said
    assert signed_in(command, "ada", PASSWORD)
    assert signed_in(command, "ada", "something else") is None


def test_only_we_may_read_the_key(fresh: Command) -> None:
    fresh.done("init")
    assert (fresh.home / "key").stat().st_mode & 0o777 == 0o600


def test_the_password_of_the_database_is_not_repeated(tmp_path: Path) -> None:
    command = Command(tmp_path, "postgresql://ada:topsecret@127.0.0.1:9/trueup")
    result = command.call("init")
    assert result.exit_code == 1
    assert "topsecret" not in result.stdout + result.stderr
    assert result.stderr.startswith("The database cannot be used:")


def test_init_twice_changes_nothing(fresh: Command) -> None:
    fresh.done("init", "--user", "Ada", TRUEUP_PASSWORD=PASSWORD)
    key = (fresh.home / "key").read_text()
    said = fresh.done("init", "--user", "ada", TRUEUP_PASSWORD="another good password")
    assert "Found the installation" in said
    assert "The user ada is there already" in said
    assert (fresh.home / "key").read_text() == key
    assert signed_in(fresh, "ada", PASSWORD)


def test_init_without_a_user_says_how_to_add_one(fresh: Command) -> None:
    assert "trueup user add NAME" in fresh.done("init")


def test_init_says_what_comes_next(trueup: Command) -> None:
    assert "Next: trueup flow enable" in trueup.done("init")
    trueup.flow("product")
    assert "Next: trueup serve" in trueup.done("init")


def test_a_weak_password_is_refused_and_the_installation_is_there_all_the_same(fresh: Command) -> None:
    assert "at least 10 characters" in fresh.refused("init", "--user", "Ada", TRUEUP_PASSWORD="short")
    assert fresh.done("init", "--user", "Ada", TRUEUP_PASSWORD=PASSWORD)


def test_without_a_password_and_nobody_to_ask_the_variable_is_named(fresh: Command) -> None:
    assert "TRUEUP_PASSWORD" in fresh.refused("init", "--user", "Ada")


def test_users_are_added_and_get_new_passwords(fresh: Command) -> None:
    fresh.done("init")
    fresh.done("user", "add", "Grace", TRUEUP_PASSWORD=PASSWORD)
    assert "already" in fresh.refused("user", "add", "grace", TRUEUP_PASSWORD=PASSWORD)
    fresh.done("user", "password", "grace", TRUEUP_PASSWORD="four quite new words")
    assert signed_in(fresh, "grace", PASSWORD) is None
    assert signed_in(fresh, "grace", "four quite new words")
    assert "There is no user called edith" in fresh.refused("user", "password", "edith", TRUEUP_PASSWORD=PASSWORD)


@pytest.mark.parametrize(
    "words",
    [
        ["connection", "list"],
        ["flow", "list"],
        ["flow", "status"],
        ["flow", "run", "--all"],
        ["quarantine", "list"],
        ["record", "show", "MUG-1"],
        ["transfers"],
        ["user", "add", "Ada"],
        ["serve"],
        ["worker"],
    ],
)
def test_without_an_installation_every_command_says_so_and_makes_nothing(fresh: Command, words: list[str]) -> None:
    assert fresh.refused(*words) == f"There is no installation in {fresh.home}. Run: trueup init"
    assert not fresh.home.exists()


def test_home_and_database_may_stand_in_the_environment(tmp_path: Path) -> None:
    home, file = tmp_path / "srv", tmp_path / "data.sqlite"
    environment = {"TRUEUP_HOME": str(home), "TRUEUP_DATABASE": f"sqlite:///{file}"}
    assert CliRunner().invoke(app, ["init"], env=environment).exit_code == 0
    assert file.exists()
    assert (home / "key").exists()
    assert not (home / "trueup.sqlite").exists()


def test_migrate_says_whether_there_was_anything_to_do(tmp_path: Path, empty_database_url: str) -> None:
    command = Command(tmp_path, empty_database_url)
    assert "were brought up to date" in command.done("migrate")
    assert "up to date already" in command.done("migrate")
    assert command.json("flow", "list") == []


def test_a_database_without_tables_is_not_prepared(fresh: Command) -> None:
    fresh.done("init")
    os.unlink(fresh.home / "trueup.sqlite")
    assert "trueup migrate" in fresh.refused("flow", "list")


def test_the_wrong_key_is_told_in_a_sentence(trueup: Command) -> None:
    with trueup.hub() as hub, hub.database.write() as tx:
        sealed = hub.seal.seal({"token": "x"})
        connections.change(tx, 1, sealed=sealed)
    key = Fernet.generate_key().decode()
    said = trueup.refused("connection", "verify", "ERP", TRUEUP_KEY=key)
    assert said.startswith("The key does not open what is stored.")


def test_the_version_is_told_without_an_installation(fresh: Command) -> None:
    assert fresh.done("--version") == f"trueup {__version__}\n"


def test_a_worker_needs_postgresql_and_says_what_works_instead(trueup: Command) -> None:
    said = trueup.refused("worker")
    assert "need PostgreSQL" in said
    assert "trueup serve" in said


def test_a_broken_database_url_is_told_in_a_sentence(tmp_path: Path) -> None:
    command = Command(tmp_path, "nonsense://x")
    command.home.mkdir()
    (command.home / "key").write_text("")
    assert command.refused("flow", "list").startswith("The database cannot be used:")
