"""Pictures of every page, in both themes and three widths, into ``docs/screenshots``.

They show the store of this installation. ``python -m tools.screenshots`` starts a dashboard of its own on a
free port, looks at every page with the Chromium of this computer, and ends it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Final

from dashboard.listening import is_healthy
from pipeline.config import PROJECT_ROOT, Settings
from pipeline.store import Store
from scrapers.airbnb.fetch import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER: Final = PROJECT_ROOT / "docs" / "screenshots"
WIDTHS_PX: Final = {"wide": 1280, "tablet": 820, "phone": 390}
THEMES: Final = ("light", "dark")
PAGES: Final = ("start", "overview", "room", "reviews", "compare", "map", "system")
_HEIGHT_PX: Final = 900
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
_READY: Final = (
    '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'
)
_WAIT_MS: Final = 60_000
#: until pictures, fonts and the room are drawn
_SETTLE_MS: Final = 2_500
_START_S: Final = 60.0
_LOOK_S: Final = 0.2
_COMPARED: Final = 5


def addresses(store: Store) -> dict[str, str]:
    """The address of each page: of the newest listing that has rooms and reviews, and of some to compare."""
    entries = store.catalogue.listings()
    if not entries:
        raise SystemExit("The store is empty. Analyse the demo first: python -m pipeline demo")
    first = max(entries, key=lambda entry: (entry.photos > 0 and entry.reviews > 0, entry.updated_s))
    others = [entry.id for entry in entries if entry.id != first.id]
    own = f"?listing={first.id}"
    compared = ",".join([first.id, *others][:_COMPARED])
    found = {page: f"/{page}" for page in PAGES} | {"start": "/"}
    return found | {
        "overview": f"/overview{own}",
        "room": f"/room{own}",
        "reviews": f"/reviews{own}",
        "compare": f"/compare?listings={compared}",
    }


@contextmanager
def _served() -> Iterator[str]:
    """A dashboard on a free port."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dashboard", "--quiet", "--port", str(port)]
    process = subprocess.Popen(command, cwd=PROJECT_ROOT)
    try:
        _wait(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while not is_healthy("127.0.0.1", port):
        if time.monotonic() > deadline or process.poll() is not None:
            raise SystemExit("The dashboard did not start.")
        time.sleep(_LOOK_S)


def _shoot(page: Page, address: str, target: Path) -> None:
    page.goto(address)
    page.wait_for_selector(_READY, timeout=_WAIT_MS)
    page.wait_for_timeout(_SETTLE_MS)
    page.screenshot(path=target, type="jpeg", quality=82, timeout=2 * _WAIT_MS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Take the pictures; say where they lie."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__)
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder (default: docs/screenshots)")
    parser.add_argument("--page", choices=PAGES, action="append", help="only this page; may be given again")
    parser.add_argument("--width", choices=WIDTHS_PX, action="append", help="only this width")
    chosen = parser.parse_args(arguments)
    browser = find_browser()
    if browser is None:
        raise SystemExit("Pictures need Chromium; python -m pipeline doctor says how to get it.")
    from playwright.sync_api import sync_playwright

    chosen.to.mkdir(parents=True, exist_ok=True)
    paths = addresses(Store.open(Settings()))
    with _served() as base, sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(browser), args=list(_FLAGS))
        for theme in THEMES:
            for width in chosen.width or WIDTHS_PX:
                size = {"width": WIDTHS_PX[width], "height": _HEIGHT_PX}
                page = opened.new_page(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
                for name in chosen.page or PAGES:
                    _shoot(page, base + paths[name], chosen.to / f"{name}-{width}-{theme}.jpg")
                page.close()
        opened.close()
    print(chosen.to)


if __name__ == "__main__":
    main()
