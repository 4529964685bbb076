"""A dashboard of the benchmark's own, and a visitor who opens every page in Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from dashboard.listening import is_healthy
from pipeline.config import PROJECT_ROOT
from tests.served import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

READY: Final = (
    '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'
)
FLAGS: Final = ("--no-sandbox", "--disable-background-networking", "--no-first-run")
#: a page of its address, and what is on it once it is drawn
PAGES: Final = {
    "Start": ("/", ".st-key-listing_cards"),
    "Overview": ("/overview?listing={one}", ".st-key-listing_bar"),
    "Room": ("/room?listing={one}", ".st-key-listing_bar"),
    "Reviews": ("/reviews?listing={one}", ".st-key-topics"),
    "Compare": ("/compare?listings={three}", ".st-key-compare_choice"),
    "Map": ("/map", ".st-key-map"),
    "System": ("/system", "h1"),
}
_WAIT_MS: Final = 120_000
_START_S: Final = 120.0


@dataclass(frozen=True)
class Visit:
    """Seconds until a page was drawn, and of the server's processor meanwhile."""

    wall_s: float
    server_s: float


@dataclass(frozen=True)
class Dashboard:
    """One that runs."""

    address: str
    process: subprocess.Popen[bytes]

    def cpu_s(self) -> float:
        """Of its processor so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def rss_mib(self) -> float:
        """Its memory."""
        return float(psutil.Process(self.process.pid).memory_info().rss / 2**20)


@contextmanager
def dashboard(data: Path) -> Iterator[Dashboard]:
    """A dashboard over a data folder, freshly started."""
    port = free_port()
    command = [sys.executable, "-m", "dashboard", "--quiet", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=PROJECT_ROOT, env={**os.environ, "SHOWROOM_DATA": str(data)}, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + _START_S
        while not is_healthy("127.0.0.1", port):
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("The dashboard did not start.")
            time.sleep(0.1)
        yield Dashboard(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait()


def cold(browser: Browser, served: Dashboard, page: str, listings: tuple[str, ...]) -> Visit:
    """A visitor who has never been here opens the page by its address."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        return _timed(served, context.new_page(), page, listings)
    finally:
        context.close()


def change(browser: Browser, served: Dashboard, page: str, listings: tuple[str, ...]) -> Visit:
    """Somebody who looks at another page follows the link to this one; both were seen before."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        tab = context.new_page()
        _timed(served, tab, page, listings)
        _timed(served, tab, "Overview" if page == "System" else "System", listings)
        before, began = served.cpu_s(), time.perf_counter()
        tab.locator("header").get_by_role("link", name=page, exact=True).click()
        _drawn(tab, page)
        return Visit(time.perf_counter() - began, served.cpu_s() - before)
    finally:
        context.close()


def _timed(served: Dashboard, tab: Page, page: str, listings: tuple[str, ...]) -> Visit:
    path = PAGES[page][0].format(one=listings[0], three=",".join(listings[:3]))
    before, began = served.cpu_s(), time.perf_counter()
    tab.goto(served.address + path)
    _drawn(tab, page)
    return Visit(time.perf_counter() - began, served.cpu_s() - before)


def _drawn(tab: Page, page: str) -> None:
    tab.wait_for_url(f"**{PAGES[page][0].partition('?')[0]}*", timeout=_WAIT_MS)
    tab.wait_for_selector(PAGES[page][1], timeout=_WAIT_MS, state="attached")
    tab.wait_for_selector(READY, timeout=_WAIT_MS)
