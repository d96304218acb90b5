"""A page of commands, followed as a reader follows it: step by step, in one shell that remembers what was exported."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_BLOCK = re.compile(
    r"(?:<!-- (?P<mark>step|said)(?:: (?P<words>[a-z ]+))? -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.S | re.M
)
PATIENCE = 60.0


@dataclass(slots=True)
class Step:
    """One block of commands. `words` say how it is run; `said` are lines that it prints."""

    script: str
    words: frozenset[str]
    said: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.script.splitlines()[0]


def steps_of(page: str) -> list[Step]:
    """The blocks that the page marks with `<!-- step -->`, each with the lines that the page says it prints."""
    found: list[Step] = []
    for block in _BLOCK.finditer(page):
        if block["mark"] == "step":
            found.append(Step(block["text"], frozenset((block["words"] or "").split())))
        elif block["mark"] == "said":
            found[-1].said += [plain(line) for line in block["text"].splitlines() if line.strip()]
    return found


def unmarked(page: str) -> list[str]:
    """Commands that nobody tries."""
    return [block["text"] for block in _BLOCK.finditer(page) if block["language"] == "sh" and block["mark"] != "step"]


def plain(text: str) -> str:
    """Without the spaces that lay a table out."""
    return re.sub(r"[ \t]+", " ", text).strip()


def _hear_ctrl_c() -> None:
    """A test run in the background of a shell ignores Ctrl-C, and its children would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass
class Reader:
    """Somebody with a home folder and a terminal, in which `trueup` is this product."""

    home: Path
    given: Mapping[str, str]
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        programs = self.home / "programs"
        programs.mkdir(parents=True)
        command = programs / "trueup"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m trueup "$@"\n')
        command.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TRUEUP_")}
        source = Path(__file__).parents[2] / "src"
        self._environment = {
            **kept,
            **self.given,
            "HOME": str(self.home),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(source),
            "PYTHONUNBUFFERED": "1",
            "COLUMNS": "300",
        }

    def follow(self, step: Step) -> str:
        """Run it; what it printed. AssertionError with all of it if it did not end well."""
        if "background" in step.words:
            return self._start(step)
        remember = f'set -eu\n{step.script}\nexport -p > "$HOME/exported"'
        done = subprocess.run(
            ["bash", "-c", self._before() + remember],
            env=self._environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{step.script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _before(self) -> str:
        return '[ ! -f "$HOME/exported" ] || . "$HOME/exported"\n'

    def _start(self, step: Step) -> str:
        log = self.home / f"background-{len(self._running)}.log"
        with log.open("wb") as out:
            command = ["bash", "-c", f"{self._before()}exec {step.script}"]
            process = subprocess.Popen(
                command, env=self._environment, cwd=self.home, stdout=out, stderr=out, preexec_fn=_hear_ctrl_c
            )
        self._running.append(process)
        until = time.monotonic() + PATIENCE
        while not all(line in plain(log.read_text()) for line in step.said):
            assert process.poll() is None, f"{step.script} ended: {log.read_text()}"
            assert time.monotonic() < until, f"{step.script} does not say {step.said}: {log.read_text()}"
            time.sleep(0.05)
        return log.read_text()

    def leave(self) -> list[int]:
        """End what runs in the background, as Ctrl-C does; the exit codes. What does not end is killed."""
        for process in self._running:
            process.send_signal(signal.SIGINT)
        try:
            return [process.wait(timeout=PATIENCE) for process in self._running]
        finally:
            for process in self._running:
                process.kill()
