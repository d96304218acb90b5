"""Every error becomes one sentence; a traceback is for who asks for it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import typer
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner, Result

from trueup.app import NotPrepared
from trueup.cli.sentences import KNOWN, Commands, sentence_of
from trueup.connectors.kit.errors import Gone, Misconfigured, MissingLink, Rejected, TryLater
from trueup.connectors.kit.ports import Finding, Level
from trueup.domain.record import Kind, Ref
from trueup.store.lanes import LeaseLost
from trueup.store.secrets import WrongKey
from trueup.store.users import NameTaken, WeakPassword
from trueup.sync.connecting import Refused


def failing_with(error: BaseException, *words: str) -> Result:
    """A command line of our own kind whose only command raises this error."""
    app = typer.Typer(cls=Commands, pretty_exceptions_enable=False)

    @app.callback()
    def options(debug: bool = False) -> None: ...

    @app.command()
    def work() -> None:
        raise error

    return CliRunner().invoke(app, [*words, "work"])


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Refused("There is no flow called x."), "There is no flow called x."),
        (NotPrepared("Run: trueup init"), "Run: trueup init"),
        (WrongKey("The key does not open it."), "The key does not open it."),
        (TryLater("The shop does not answer."), "The shop does not answer."),
        (Rejected("The price is text."), "The price is text."),
        (Misconfigured("The key is read-only."), "The key is read-only."),
        (Gone("It is gone."), "It is gone."),
        (LeaseLost("deliver:1:catalogue"), f"{LeaseLost.__doc__} Try again."),
        (
            OperationalError("SELECT 1", None, psycopg.OperationalError("connection refused")),
            "The database cannot be used: (psycopg.OperationalError) connection refused Check --database, "
            "and that the database is running.",
        ),
        (
            PermissionError(13, "Permission denied", "/srv/trueup"),
            "/srv/trueup cannot be used: Permission denied. Check the folder (--home) and the rights to it.",
        ),
        (
            FileExistsError(17, "File exists", "/srv/trueup"),
            "/srv/trueup cannot be used: File exists. Check the folder (--home) and the rights to it.",
        ),
        (
            OSError("no file is named"),
            "trueup itself failed: OSError: no file is named. Run it again with --debug to see where, and please "
            "report it.",
        ),
        (MissingLink(Ref(kind=Kind.PRODUCT, id="7")), "It waits until product 7 is known to the other system."),
        (WeakPassword("It is too short."), "It is too short."),
        (NameTaken("It is taken."), "It is taken."),
        (
            KeyError("tax"),
            "trueup itself failed: KeyError: 'tax'. Run it again with --debug to see where, and please report it.",
        ),
        (
            ZeroDivisionError(),
            "trueup itself failed: ZeroDivisionError. Run it again with --debug to see where, and please report it.",
        ),
    ],
)
def test_an_error_is_one_sentence_on_stderr_and_exit_code_1(error: Exception, sentence: str) -> None:
    result = failing_with(error)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{sentence}\n")


@pytest.mark.parametrize("error", [KeyError("tax"), Refused("No.")])
def test_debug_adds_the_traceback(error: Exception) -> None:
    result = failing_with(error, "--debug")
    assert result.exit_code == 1
    assert "Traceback (most recent call last)" in result.stderr
    assert "in work" in result.stderr


def test_the_failed_checks_stand_before_the_sentence() -> None:
    finding = Finding(check="keys", level=Level.RED, sentence="Refused.", fix="Make new ones.")
    lines = failing_with(Refused("It is not stored.", [finding])).stderr.splitlines()
    assert [line.strip() for line in lines] == ["red    keys: Refused.", "Make new ones.", "It is not stored."]


@pytest.mark.parametrize(("code", "error"), [(0, typer.Exit()), (3, typer.Exit(3)), (2, typer.BadParameter("no"))])
def test_exits_and_usage_errors_are_left_alone(code: int, error: Exception) -> None:
    assert failing_with(error).exit_code == code


def test_ctrl_c_is_no_error_of_ours() -> None:
    result = failing_with(KeyboardInterrupt())
    assert result.exit_code == 130
    assert "failed" not in result.stderr


@pytest.mark.parametrize("cls", KNOWN)
def test_every_known_error_speaks_for_itself(cls: Any) -> None:
    assert "trueup itself failed" not in sentence_of(cls("A sentence."))


def test_only_the_first_line_of_a_long_message_is_told() -> None:
    assert "second" not in sentence_of(ValueError("first\nsecond"))
