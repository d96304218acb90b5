"""Build a real Tryton once per machine: its own environment from the lock beside this file, and template databases.

Tryton is GPL and trueup is not, so it lives in an environment of its own and is only ever talked to over HTTP.
Standard library only, POSIX only (Tryton's web server, gunicorn, does not run on Windows).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCK, SETUP = HERE / "requirements.lock", HERE / "setup_database.py"
DATABASE = "tryton"
Say = Callable[[str], None]


class TrytonBuildError(RuntimeError):
    """Tryton could not be installed or its database could not be built; the message carries the end of the output."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """A built database to copy from, with the ids and the secrets that the set-up chose."""

    venv: Path
    sqlite: Path
    facts: dict[str, Any]


def built_template(products: int = 0, *, say: Say = lambda line: None) -> Template:
    """The template with so many articles, built now if this machine has none yet (1 to 2 minutes the first time)."""
    venv = built_environment(say)
    home = cache() / f"tryton-db-{digest_of(LOCK, SETUP)}-{time.strftime('%Y')}"
    with locked(home):
        if not (home / "company.json").exists():
            build_company(venv, home, say)
        if not (home / f"articles-{products}.sqlite").exists():
            build_catalogue(venv, home, products, say)
    facts = json.loads((home / "company.json").read_text())
    return Template(venv=venv, sqlite=home / f"articles-{products}.sqlite", facts=facts)


def built_environment(say: Say = lambda line: None) -> Path:
    """The virtual environment that has exactly the locked Tryton in it."""
    venv = cache() / f"tryton-env-{digest_of(LOCK)}-py{sys.version_info.major}{sys.version_info.minor}"
    with locked(venv):
        if not (venv / "complete").exists():
            say("Tryton: installing it into an environment of its own (once per machine, about half a minute)")
            shutil.rmtree(venv, ignore_errors=True)
            run(sys.executable, "-m", "venv", venv)
            run(venv / "bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCK)
            (venv / "complete").touch()
    return venv


def build_company(venv: Path, home: Path, say: Say) -> None:
    say("Tryton: building a company with taxes, warehouses and price lists (once per machine, about a minute)")
    password = secrets.token_urlsafe(16)
    with workshop(home) as work:
        (work / f"{DATABASE}.sqlite").touch()
        options = ["-d", DATABASE, "--all", "--email", "admin@shop.example", "--password"]
        run(venv / "bin/trytond-admin", "-c", work / "trytond.conf", *options, TRYTONPASSFILE=str(pass_file(work)))
        facts = run(venv / "bin/python", SETUP, work / "trytond.conf", DATABASE, "company", password)
        keep(work, home / "company.sqlite")
    written = json.loads(facts.splitlines()[-1]) | {"user": "connector", "password": password}
    (home / "company.json.new").write_text(json.dumps(written))
    (home / "company.json.new").rename(home / "company.json")


def build_catalogue(venv: Path, home: Path, products: int, say: Say) -> None:
    with workshop(home) as work:
        shutil.copyfile(home / "company.sqlite", work / f"{DATABASE}.sqlite")
        if products:
            say(f"Tryton: adding {products} articles with stock (once per machine)")
            run(venv / "bin/python", SETUP, work / "trytond.conf", DATABASE, "catalogue", str(products))
        keep(work, home / f"articles-{products}.sqlite")


@contextmanager
def workshop(home: Path) -> Iterator[Path]:
    """A folder to build in, so that a build that is broken off leaves nothing that looks finished."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="building-", dir=home) as folder:
        write_settings(Path(folder))
        yield Path(folder)


def write_settings(folder: Path) -> None:
    (folder / "trytond.conf").write_text(f"[database]\nuri = sqlite://\npath = {folder}\n")


def pass_file(folder: Path) -> Path:
    """Where Tryton reads the password of its administrator from; nobody needs to know it afterwards."""
    path = folder / "passfile"
    path.write_text(secrets.token_urlsafe(16))
    return path


def keep(work: Path, template: Path) -> None:
    (work / f"{DATABASE}.sqlite").rename(template)


def cache() -> Path:
    """Where this machine keeps what is slow to build: TRUEUP_CACHE, or trueup/ in the user's cache folder."""
    own = os.environ.get("TRUEUP_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trueup"


def digest_of(*files: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """One process at a time builds this target; the others wait for it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{target}.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    if done.returncode:
        step = " ".join(Path(part).name for part in command[:2])
        raise TrytonBuildError(f"Tryton could not be built, {step} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
