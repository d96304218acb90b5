"""Secrets, sealed at rest. The key comes from the environment or from a file that only we may read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

ENVIRONMENT = "TRUEUP_KEY"


class WrongKey(Exception):
    """The key does not open what is stored. Use the key that it was sealed with, or enter the secrets again."""


class Seal:
    """Seals with the first key, opens with any: a key is rotated by putting the new one in front."""

    def __init__(self, keys: str, again: Callable[[], str] | None = None) -> None:
        """`again` reads the keys anew: a process that runs while a key is rotated finds the new one by itself."""
        self._fernet, self._again = _fernet(keys), again

    def seal(self, values: Mapping[str, str]) -> str:
        return self._fernet.encrypt(json.dumps(dict(values)).encode()).decode()

    def open(self, sealed: str | None) -> dict[str, str]:
        if sealed is None:
            return {}
        try:
            opened: dict[str, str] = json.loads(self._decrypted(sealed.encode()))
        except InvalidToken:
            raise WrongKey(WrongKey.__doc__) from None
        return opened

    def _decrypted(self, sealed: bytes) -> bytes:
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            if self._again is None:
                raise
        self._fernet = _fernet(self._again())
        return self._fernet.decrypt(sealed)


def _fernet(keys: str) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys.replace(",", " ").split()])
    except ValueError:
        sentence = f"This is no key of trueup. Put back the one that trueup init made, or correct {ENVIRONMENT}."
        raise WrongKey(sentence) from None


def seal_from(key_file: Path) -> Seal:
    """The seal of this installation: from the environment, else from the file. Raises FileNotFoundError without either:
    a key made on the way would be one that opens nothing."""
    given = os.environ.get(ENVIRONMENT)
    return Seal(given) if given else Seal(key_file.read_text(), key_file.read_text)


def make_key(key_file: Path) -> None:
    """A new key that only we may read, unless there is one. Never half a key, and one for all that start at once."""
    if os.environ.get(ENVIRONMENT) or key_file.exists():
        return
    key_file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=key_file.parent)
    with os.fdopen(handle, "w") as file:
        file.write(Fernet.generate_key().decode() + "\n")
    with suppress(FileExistsError):
        os.link(draft, key_file)
    os.unlink(draft)


def put_new_key_in_front(key_file: Path) -> None:
    """From now on everything is sealed with a new key; what older ones sealed is still opened. All of it or nothing."""
    draft = key_file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(Fernet.generate_key().decode() + "\n" + key_file.read_text())
    os.replace(draft, key_file)
