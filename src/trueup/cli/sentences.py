"""The one place where errors become what a person reads: a sentence on stderr, and an exit code.

0: done. 1: refused, or not all well; the sentence says why and what to do. 2: the command was written wrongly.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any

from rich.text import Text
from typer import Abort, Context, Exit
from typer.core import TyperGroup

from trueup.app import NotPrepared
from trueup.cli.output import errors, finding_lines, harmless
from trueup.connectors.kit.errors import OutsideError
from trueup.store.lanes import LeaseLost
from trueup.store.secrets import WrongKey
from trueup.store.users import NameTaken, WeakPassword
from trueup.sync.connecting import Refused

REFUSED = 1
KNOWN = (Refused, NotPrepared, WrongKey, LeaseLost, OutsideError, NameTaken, WeakPassword)
"""Errors whose text is a sentence for people already."""


class Commands(TyperGroup):
    """The commands, with every error told in a sentence. A traceback is shown with --debug only."""

    def invoke(self, ctx: Context) -> Any:  # type: ignore[override] # typer keeps the click class to itself
        try:
            return super().invoke(ctx)
        except (Abort, Exit, KeyboardInterrupt, EOFError, BrokenPipeError):
            raise
        except Exception as error:
            if type(error).__module__.startswith(("click", "typer")):
                raise  # a command that was written wrongly: typer shows how it is written
            tell(error, debug=bool(ctx.params.get("debug")))
            raise Exit(REFUSED) from error


def tell(error: Exception, *, debug: bool = False) -> None:
    """The sentence on stderr; the failed checks of a connection before it."""
    for line in finding_lines(getattr(error, "findings", ())):
        errors.print(line)
    errors.print(Text(harmless(sentence_of(error)), style="red"), soft_wrap=True)
    if debug:
        traceback.print_exception(error, file=sys.stderr)


def sentence_of(error: Exception) -> str:
    if isinstance(error, LeaseLost):
        return f"{LeaseLost.__doc__} Try again."
    if isinstance(error, KNOWN):
        return str(error)
    first = (str(error).strip().splitlines() or [""])[0]
    if type(error).__module__.startswith(("sqlalchemy", "psycopg")):
        return f"The database cannot be used: {first} Check --database, and that the database is running."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be used: {error.strerror}. Check the folder (--home) and the rights to it."
    said = f"{type(error).__name__}: {first}".removesuffix(": ")
    return f"trueup itself failed: {said}. Run it again with --debug to see where, and please report it."
