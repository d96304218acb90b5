"""The folder itself: errors as what can be done about them, and files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trueup.connectors.kit.errors import Misconfigured, OutsideError, TryLater

_LASTING = {
    errno.ENOENT: "does not exist. Create it, or correct the folder of the connection.",
    errno.ENOTDIR: "is no folder: a file is in the way. Move it away, or correct the folder of the connection.",
    errno.EEXIST: "is in the way. Move it away, or correct the folder of the connection.",
    errno.EACCES: "may not be used: rights are missing. Give the hub's user read and write access.",
    errno.EPERM: "may not be used: rights are missing. Give the hub's user read and write access.",
    errno.EROFS: "is read-only. Give the hub's user write access.",
}


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn what the operating system says about the folder into Misconfigured or TryLater."""
    try:
        yield
    except OSError as error:
        raise _meaning_of(error, folder) from error


def must_exist(folder: Path) -> None:
    if not folder.is_dir():
        raise Misconfigured(f"The folder {folder} {_LASTING[errno.ENOENT]}")


def write_durably(path: Path, content: bytes) -> None:
    """Replaces `path`; returns when the content survives a power cut. Not atomic: publish it by `move`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def move(source: Path, target: Path) -> bool:
    """Move within the folder, atomically and durably; False if the source is not there (any more)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(target)
    except FileNotFoundError:
        return False
    sync_folder(target.parent)
    return True


def sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some network folders cannot
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _meaning_of(error: OSError, folder: Path) -> OutsideError:
    where = error.filename or folder
    if error.errno in _LASTING:
        return Misconfigured(f"{where} {_LASTING[error.errno]}")
    if error.errno == errno.ENOSPC:
        return TryLater(f"The disk of {folder} is full. Make room; it goes on by itself.")
    return TryLater(f"The folder {folder} cannot be used at the moment: {error.strerror or error}.")
