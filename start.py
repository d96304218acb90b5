#!/usr/bin/env python3
"""Install trueup into .venv beside this file, and run it. Needs nothing but Python 3.11 or newer.

python3 start.py              the demo: a shop, a back office, and both agreeing
python3 start.py serve        the hub itself
python3 start.py test         the tests (more words go to pytest)
python3 start.py bench        the measurements
python3 start.py WORD ...     any other trueup command, for example: python3 start.py connection list
"""

# Written so that older Pythons 3 can read it too, in order to say that they are too old.
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python is what this is about
    sys.exit(f"trueup needs Python 3.11 or newer, this is Python {sys.version.split()[0]}. Try: python3.11 start.py")

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
RUNTIME = ROOT / "requirements.lock"
TESTS = ROOT / "requirements-test.lock"


def main(words: list[str]) -> None:
    if words[:1] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    make_venv()
    install(TESTS if words[:1] in (["test"], ["bench"]) else RUNTIME)
    offer_source()
    run(command_for(words))


def make_venv() -> None:
    if venv_works():
        return
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            sys.exit(f"Python's module {module} is missing. On Debian and Ubuntu: apt install python3-venv")
    say(f"making {VENV.name} with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    checked("The virtual environment could not be made.", sys.executable, "-m", "venv", VENV)


def venv_works() -> bool:
    """Whether .venv is there, its Python still runs (that of the machine may have moved), and is new enough."""
    test = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([PYTHON, "-c", test], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def install(lock: Path) -> None:
    """Install exactly what the lock names, unless it is what was installed last."""
    stamp = VENV / f"{lock.stem}.installed"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"installing {lock.read_text().count('==')} packages from {lock.name} (only when it changes)")
    options = ["--disable-pip-version-check", "--no-input", "--quiet", "--require-hashes"]
    sentence = "The packages could not be installed; the lines above say why."
    checked(sentence, PYTHON, "-m", "pip", "install", *options, "-r", lock)
    stamp.write_text(digest)


def offer_source() -> None:
    """Let .venv import src/ as it stands, with a path relative to it, so that nothing has to be built."""
    library = VENV / "Lib" if os.name == "nt" else next((VENV / "lib").glob("python3.*"))
    packages = library / "site-packages"
    (packages / "trueup-source.pth").write_text(os.path.relpath(ROOT / "src", packages) + "\n")


def command_for(words: list[str]) -> list[str]:
    if words[:1] == ["test"]:
        os.chdir(ROOT)
        return ["-m", "pytest", *workers(words[1:]), *words[1:]]
    if words[:1] == ["bench"]:
        os.chdir(ROOT)
        return ["-m", "bench", *words[1:]]
    return ["-m", "trueup", *(words or ["demo"])]


def workers(words: list[str]) -> list[str]:
    """One pytest worker more than there are processors (many tests wait for a server), if nobody says otherwise."""
    chosen = any(word.startswith(("-n", "--numprocesses", "-p", "--pdb")) for word in words)
    return [] if chosen else ["-n", str(min((os.cpu_count() or 1) + 1, 8)), "--dist=worksteal"]


def run(command: list[str]) -> None:
    """Become that command, so that Ctrl-C and kill reach it and its exit status is ours."""
    say("trueup " + " ".join(command[2:]) if command[1] == "trueup" else " ".join(command[1:]))
    sys.stdout.flush()
    if os.name == "nt":
        sys.exit(subprocess.call([PYTHON, *command]))
    os.execv(PYTHON, [str(PYTHON), *command])


def checked(sentence: str, *command: str | Path) -> None:
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        sys.exit(sentence)


def say(step: str) -> None:
    print(f"start: {step}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
