"""Deleting as every resource does it: into the trash, or with ``force`` for good; some know no trash."""

from __future__ import annotations

from trueup.sandbox.errors import WooError
from trueup.sandbox.router import Call
from trueup.sandbox.store import Doc
from trueup.sandbox.validation import BOOLEAN, Fields, check

FORCE: Fields = {"force": BOOLEAN}


def forced(call: Call) -> bool:
    """Whether the thing is to be gone for good. Raises WooError 400 if ``force`` is neither true nor false."""
    return bool(check(FORCE, call.params).get("force"))


def insist_on_force(call: Call, things: str, code: str = "woocommerce_rest_trash_not_supported") -> None:
    """Raises WooError 501, naming ``things``, unless ``force`` was sent: there is no trash for them."""
    if not forced(call):
        raise without_trash(things, code)


def without_trash(things: str, code: str = "woocommerce_rest_trash_not_supported") -> WooError:
    verb = "does" if things == "Resource" else "do"
    return WooError(501, code, f"{things} {verb} not support trashing.")


def refuse_twice(doc: Doc, kind: str) -> None:
    """Raises WooError 410 for what is in the trash already."""
    if doc["status"] == "trash":
        raise WooError(410, "woocommerce_rest_already_trashed", f"The {kind} has already been deleted.")
