"""Pictures of the pages for the manual: wide and narrow, light and dark, taken in a real Chromium.

    python tools/screenshots.py                      # starts a demo of its own and ends it
    python tools/screenshots.py --url http://127.0.0.1:8425 --user demo --password ...

They are written to docs/pictures. Needs the test extras (Playwright) and an installed Chromium (TRUEUP_CHROMIUM names
another one than the one on the path).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
SIZES = {"wide": (1280, 900), "phone": (390, 844)}
PAGES = {
    "flows": "/flows",
    "flow": "/flows/1",
    "orders": "/orders",
    "quarantine": "/quarantine",
    "transfers": "/transfers",
    "connections": "/connections",
    "connection": "/connections/1",
    "connect": "/connections/new?system=woocommerce",
}
INVITATION = re.compile(r"(http://\S+)\s+user (\S+), password (\S+)")


@dataclass(frozen=True, slots=True)
class Running:
    """A trueup that answers, and who may sign in."""

    url: str
    user: str
    password: str


def main() -> None:
    asked = _arguments()
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.url:
        take_all(Running(asked.url.rstrip("/"), asked.user, asked.password), asked.out, asked.only)
        return
    with own_demo(asked.wait) as running:
        take_all(running, asked.out, asked.only)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a trueup that runs already; else a demo is started")
    parser.add_argument("--user", default="demo")
    parser.add_argument("--password", default="")
    parser.add_argument("--out", type=Path, default=PICTURES)
    parser.add_argument("--only", nargs="*", default=[], help="names of the pages to take")
    parser.add_argument("--wait", type=int, default=12, help="lines of what happened in the demo before the first one")
    return parser.parse_args()


@contextmanager
def own_demo(wait: int) -> Iterator[Running]:
    """A demo in a process of its own, with something going on in it."""
    command = [sys.executable, "-m", "trueup", "demo", "--articles", "150", "--port", "0", "--for", "600"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield _invited(process, wait)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()


def _invited(process: subprocess.Popen[str], wait: int) -> Running:
    assert process.stdout is not None
    running, happened = None, 0
    for line in process.stdout:
        if found := INVITATION.search(line):
            running = Running(found[1].rstrip("/"), found[2], found[3])
        happened += line.startswith(("Shopper", "Employee"))
        if running is not None and happened >= wait:
            return running
    raise SystemExit("The demo ended before it could be photographed.")


def take_all(running: Running, out: Path, only: list[str]) -> None:
    executable = os.environ.get("TRUEUP_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for size in SIZES:
            for scheme in ("light", "dark"):
                _take_set(browser, running, out, size, scheme, only)
        browser.close()


def _take_set(browser: Browser, running: Running, out: Path, size: str, scheme: str, only: list[str]) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2 if size == "phone" else 1.5,
        reduced_motion="reduce",
    )
    page = context.new_page()
    _sign_in(page, running, lambda: _take(page, out, "login", size, scheme, only))
    _take(page, out, "overview", size, scheme, only)
    for name, path in PAGES.items():
        page.goto(running.url + path)
        _take(page, out, name, size, scheme, only)
    _take_stories(page, running, out, size, scheme, only)
    context.close()


def _sign_in(page: Page, running: Running, before: object) -> None:
    page.goto(running.url + "/login")
    if callable(before):
        before()
    page.fill("#name", running.user)
    page.fill("#password", running.password)
    page.click("button.main")
    page.wait_for_selector("#live")


def _take_stories(page: Page, running: Running, out: Path, size: str, scheme: str, only: list[str]) -> None:
    """The newest order that has a document, and an article that it holds."""
    rows = page.request.get(f"{running.url}/api/transfers?limit=500").json()
    for name, kind in (("order", "order"), ("record", "stock")):
        label = next((row["label"] for row in rows if row["kind"] == kind and not row["sentence"]), None)
        if label is not None:
            page.goto(f"{running.url}/search?q={label}")
            _take(page, out, name, size, scheme, only)


def _take(page: Page, out: Path, name: str, size: str, scheme: str, only: list[str]) -> None:
    if only and name not in only:
        return
    page.wait_for_load_state("networkidle")
    path = out / f"{name}-{size}-{scheme}.png"
    page.screenshot(path=path, full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    print(f"{path}{'  (wider than the screen)' if wide else ''}")


if __name__ == "__main__":
    main()
