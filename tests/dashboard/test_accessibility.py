"""The pages have no serious barrier by axe-core, in both themes and both languages. In a real browser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, sync_playwright

from pipeline.config import Settings
from pipeline.store import Store
from scrapers.airbnb.fetch.browser import find_browser
from tests.accessibility import barriers
from tests.dashboard.invented import StoreMaker
from tests.dashboard.room_site import FLAGS
from tests.places import ROOT
from tests.served import free_port, wait_for_health

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket, pytest.mark.timeout(300)]
READY = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'
PAGES = ("/", "/overview?listing=flat", "/room?listing=flat", "/compare?listings=flat,other")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard over two invented listings, one with a completed room."""
    data = tmp_path_factory.mktemp("data")
    maker = StoreMaker(Store.open(Settings(data=data)))
    listing, key = maker.listing("flat", reviews=0)
    maker.completed_report(listing, key)
    other, key = maker.listing("other", reviews=12)
    maker.report(other, key, maker.reviews(other))
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "--quiet", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "SHOWROOM_DATA": str(data)},
    )
    try:
        wait_for_health(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _barriers(page: Page, address: str) -> list[str]:
    page.goto(address)
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_timeout(1_000)
    return barriers(page)


@pytest.mark.parametrize(("theme", "locale"), [("light", "en-GB"), ("dark", "ko-KR")])
def test_no_serious_barrier(address: str, theme: Literal["light", "dark"], locale: str) -> None:
    chromium = find_browser()
    if chromium is None:
        pytest.skip("needs Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=FLAGS)
        page = browser.new_page(color_scheme=theme, locale=locale, viewport={"width": 1280, "height": 900})
        found = {path: _barriers(page, f"{address}{path}") for path in PAGES}
        browser.close()
    assert not any(found.values()), found
