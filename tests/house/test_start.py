"""start.py, run for real as a newcomer does, in a folder with a space in its name, with a product of one line."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = "import sys, os, trueup\nprint('words:', sys.argv[1:], 'in', os.getcwd())\n"
PYTEST_LIKE = "import sys\nprint('pytest:', sys.argv[1:])\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree that looks like ours; its locks name nothing, so that nothing is fetched."""
    folder = tmp_path_factory.mktemp("a newcomer") / "true up"
    (folder / "src/trueup").mkdir(parents=True)
    shutil.copy(ROOT / "start.py", folder)
    for lock in ("requirements.lock", "requirements-test.lock"):
        (folder / lock).write_text("# nothing\n")
    (folder / "src/trueup/__init__.py").touch()
    (folder / "src/trueup/__main__.py").write_text(PRODUCT)
    (folder / "src/pytest.py").write_text(PYTEST_LIKE)
    return folder


def start(checkout: Path, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    command = [sys.executable, str(checkout / "start.py"), *words]
    return subprocess.run(command, cwd=cwd or checkout, env=clean, capture_output=True, text=True, check=False)


def test_the_first_start_makes_the_environment_and_shows_the_demo(checkout: Path, tmp_path: Path) -> None:
    done = start(checkout, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    steps = done.stdout.splitlines()
    assert steps[0].startswith("start: making .venv with Python 3.")
    assert steps[1] == "start: installing 0 packages from requirements.lock (only when it changes)"
    assert steps[2] == "start: trueup demo"
    assert steps[3] == f"words: ['demo'] in {tmp_path}"


def test_the_second_start_installs_nothing(checkout: Path) -> None:
    start(checkout)
    assert start(checkout, "flow", "list").stdout.splitlines() == [
        "start: trueup flow list",
        f"words: ['flow', 'list'] in {checkout}",
    ]


def test_a_changed_lock_is_installed(checkout: Path) -> None:
    start(checkout)
    (checkout / "requirements.lock").write_text("# nothing yet\n")
    assert "installing 0 packages" in start(checkout, "serve").stdout
    assert "installing" not in start(checkout, "serve").stdout


def test_tests_run_on_all_processors_in_the_folder_of_the_product(checkout: Path, tmp_path: Path) -> None:
    done = start(checkout, "test", "-x", cwd=tmp_path)
    workers = min((os.cpu_count() or 1) + 1, 8)
    assert done.stdout.splitlines()[-1] == f"pytest: ['-n', '{workers}', '--dist=worksteal', '-x']"


def test_who_names_the_number_of_workers_gets_it(checkout: Path) -> None:
    assert start(checkout, "test", "-n0").stdout.splitlines()[-1] == "pytest: ['-n0']"


def test_a_broken_environment_is_made_anew(checkout: Path) -> None:
    start(checkout)
    for python in (checkout / ".venv/bin").glob("python*"):
        python.unlink()
    done = start(checkout, "serve")
    assert done.stdout.startswith("start: making .venv")
    assert "words: ['serve']" in done.stdout


def test_the_exit_status_is_that_of_the_command(checkout: Path) -> None:
    (checkout / "src/trueup/__main__.py").write_text("raise SystemExit(3)")
    assert start(checkout, "serve").returncode == 3
    (checkout / "src/trueup/__main__.py").write_text(PRODUCT)


def test_packages_that_cannot_be_had_are_said_in_one_sentence(checkout: Path) -> None:
    (checkout / "requirements-test.lock").write_text("mug @ file:///nowhere/mug-1.0-py3-none-any.whl\n")
    done = start(checkout, "test")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "The packages could not be installed; the lines above say why."


def test_help_says_the_words(checkout: Path) -> None:
    assert "python3 start.py serve" in start(checkout, "--help").stderr


def test_the_first_lines_can_be_read_by_any_python_3() -> None:
    """An older Python must get as far as the sentence that tells it so; what Python 3.6 cannot read stops it."""
    text = (ROOT / "start.py").read_text()
    assert text.index("sys.version_info < (3, 11)") < text.index("from pathlib")
    assert "from __future__" not in text
    assert compile(text, "start.py", "exec", flags=0, dont_inherit=True)
    ast.parse(text, feature_version=(3, 7))
