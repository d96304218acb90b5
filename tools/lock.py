"""Write the lock files anew: every package with its version and hashes, and no address of any index.

python tools/lock.py            (needs uv: pip install uv)
python tools/lock.py --upgrade  (newest versions that pyproject.toml allows)
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TRYTON = "src/trueup/sandbox/tryton"
LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-test.lock": ["pyproject.toml", "--extra=test", "--constraint=requirements.lock"],
    f"{TRYTON}/requirements.lock": [f"{TRYTON}/requirements.in"],
}
OPTIONS = [
    "--universal",  # one file for Linux, macOS and Windows, and for every Python from 3.11
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-header",
    "--quiet",
]


def main(arguments: list[str]) -> None:
    for lock, sources in LOCKS.items():
        command = ["uv", "pip", "compile", *OPTIONS, *arguments, *sources, "-o", lock]
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        text = (ROOT / lock).read_text()
        if "://" in text:
            raise SystemExit(f"{lock} names an address; nothing but packages, versions and hashes belongs there.")
        print(f"{lock}: {text.count('==')} packages")


if __name__ == "__main__":
    main(sys.argv[1:])
