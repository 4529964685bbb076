"""The room viewer in a real browser: what was measured, inferred or generated can be told apart and hidden."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from dashboard.components.room_viewer import BUNDLE
from scrapers.airbnb.fetch.browser import find_browser
from tests.dashboard.invented import StoreMaker
from tests.dashboard.room_site import FLAGS, READY, changed, picture
from tests.places import ROOT
from tests.served import free_port, wait_for_health

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket, pytest.mark.timeout(200)]


@pytest.fixture
def address(maker: StoreMaker) -> Iterator[str]:
    """A dashboard over a store whose living room was completed."""
    listing, key = maker.listing(reviews=0)
    maker.completed_report(listing, key)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "SHOWROOM_DATA": str(maker.store.settings.data)},
    )
    try:
        wait_for_health(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def viewer(address: str) -> Iterator[Locator]:
    """The viewer of the living room, ready."""
    chromium = find_browser()
    if chromium is None or not BUNDLE.is_file():
        pytest.skip("needs Chromium and the viewer's bundle")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        page.goto(f"{address}/room?listing=river-flat&room=living-room")
        expect(page.locator(READY)).to_be_visible(timeout=90_000)
        yield page.locator("[data-room-viewer]")
        browser.close()


def _switch(page: Page, version: str) -> None:
    page.locator('[class*="st-key-version_"]').get_by_text(version).click()
    time.sleep(0.5)
    expect(page.locator(READY)).to_be_visible(timeout=60_000)


def test_parts_of_a_room_are_hidden_and_coloured_by_where_they_come_from(viewer: Locator) -> None:
    assert viewer.get_attribute("data-sources") == "generated inferred measured"
    button = viewer.get_by_role("button", name="Origin")
    button.click()
    plain = picture(viewer)
    viewer.get_by_role("button", name="Show in colour").click()
    coloured = picture(viewer)
    assert changed(plain, coloured) > 0.3
    viewer.get_by_role("button", name="Measured in photos").click()
    assert changed(coloured, picture(viewer)) > 0.3, "most of this room was measured"
    viewer.get_by_role("button", name="Measured in photos").click()
    assert changed(coloured, picture(viewer)) < 0.01, "and it comes back"
    button.click()
    assert changed(plain, picture(viewer)) < 0.01, "without their legend there are no colours"


def test_the_room_without_what_was_generated_is_seen_from_the_same_place(viewer: Locator) -> None:
    page = viewer.page
    viewer.locator("[data-photo]").nth(1).click()
    expect(page.locator("[data-room-viewer][data-photo]")).to_be_attached(timeout=20_000)
    completed = picture(viewer)
    _switch(page, "Photos only")
    expect(viewer).to_have_attribute("data-sources", "inferred measured", timeout=20_000)
    _switch(page, "Completed")
    expect(viewer).to_have_attribute("data-sources", "generated inferred measured", timeout=20_000)
    assert changed(completed, picture(viewer)) < 0.01


def test_what_hangs_on_the_sides_that_one_looks_through_is_cut_off_and_nothing_from_within(
    viewer: Locator,
) -> None:
    expect(viewer).to_have_attribute("data-cut", "3", timeout=20_000)
    viewer.locator("[data-photo]").nth(1).click()
    expect(viewer).to_have_attribute("data-cut", "0", timeout=20_000)
    viewer.get_by_role("button", name="Whole room").click()
    expect(viewer).to_have_attribute("data-cut", "3", timeout=20_000)
