"""The room viewer in a real browser: keys, scrolling, touch, a lost graphics card, a film, the edges."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from dashboard.components.room_viewer import BUNDLE
from scrapers.airbnb.fetch.browser import find_browser
from tests.dashboard.room_site import FLAGS, READY, RoomSite, changed, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket, pytest.mark.timeout(200)]

#: shares of the pixels that differ clearly
SAME, MOVED = 0.01, 0.02


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomSite]:
    """The page of a room by itself, as the dashboard serves it."""
    with RoomSite(tmp_path_factory.mktemp("store")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of this computer."""
    chromium = find_browser()
    if chromium is None or not BUNDLE.is_file():
        pytest.skip("needs Chromium and the viewer's bundle")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(chromium), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page(browser: Browser, site: RoomSite) -> Iterator[Page]:
    """A page with the room, ready; below it there is more to scroll to."""
    opened = browser.new_page(viewport={"width": 900, "height": 600}, reduced_motion="reduce")
    _open(opened, site)
    yield opened
    opened.close()


def _open(page: Page, site: RoomSite) -> None:
    page.goto(site.address)
    expect(page.locator(READY)).to_be_visible(timeout=60_000)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"height:2000px\">more</p>')")


def _viewer(page: Page) -> Locator:
    return page.locator("[data-room-viewer]")


def _look(page: Page) -> np.ndarray:
    return picture(_viewer(page))


def test_the_page_scrolls_until_somebody_turns_to_the_room(page: Page) -> None:
    stage = page.locator(".stage")
    before = _look(page)
    stage.hover()
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(500)
    assert page.evaluate("scrollY") > 100
    page.evaluate("scrollTo(0, 0)")
    assert changed(before, _look(page)) < SAME, "the room did not move"
    page.mouse.click(450, 60)
    expect(_viewer(page)).to_have_attribute("data-attention", "room")
    page.mouse.wheel(0, 200)
    assert changed(before, _look(page)) > MOVED
    assert page.evaluate("scrollY") == 0
    page.evaluate("document.querySelector('p:last-child').scrollIntoView(); scrollTo(0, 0)")
    page.evaluate("document.activeElement.blur()")
    expect(_viewer(page)).to_have_attribute("data-attention", "page")


@pytest.mark.parametrize("key", ["ArrowLeft", "+"])
def test_keys_turn_the_room_and_home_shows_it_whole(page: Page, key: str) -> None:
    stage = page.locator(".stage")
    stage.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(300)
    whole = _look(page)
    page.keyboard.press(key)
    assert changed(whole, _look(page)) > MOVED
    page.keyboard.press("Home")
    page.wait_for_timeout(300)
    assert changed(whole, _look(page)) < SAME


def test_edges_can_be_shown_alone(page: Page) -> None:
    faces = _look(page)
    page.get_by_role("button", name="Lines").click()
    assert changed(faces, _look(page)) > MOVED
    page.get_by_role("button", name="Lines").click()
    assert changed(faces, _look(page)) < SAME


def test_a_lost_graphics_card_is_told_and_the_room_comes_back(page: Page) -> None:
    before = _look(page)
    card = "document.querySelector('canvas').getContext('webgl2').getExtension('WEBGL_lose_context')"
    page.evaluate(f"window.card = {card}; window.card.loseContext()")
    expect(page.get_by_text("The graphics card stopped for a moment")).to_be_visible()
    page.evaluate("card.restoreContext()")
    expect(_viewer(page)).to_have_attribute("data-context", "back")
    expect(page.get_by_text("The graphics card stopped for a moment")).not_to_be_visible()
    assert changed(before, _look(page)) < SAME


def test_a_film_goes_once_around_and_leaves_the_room_as_it_was(page: Page, tmp_path: Path) -> None:
    before = _look(page)
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="Save a short film").click()
        expect(page.get_by_text("Filming")).to_be_visible()
    film = tmp_path / download.value.suggested_filename
    download.value.save_as(film)
    assert film.suffix == ".webm"
    assert film.read_bytes()[:4] == b"\x1aE\xdf\xa3", "the head of Matroska and WebM"
    assert film.stat().st_size > 10_000
    assert changed(before, _look(page)) < SAME


def test_a_stopped_film_is_thrown_away(page: Page) -> None:
    button = page.get_by_role("button", name="Save a short film")
    button.click()
    page.wait_for_timeout(300)
    button.click()
    expect(_viewer(page)).to_have_attribute("data-filming", "false")


def test_on_a_touch_screen_a_tap_enters_the_room(browser: Browser, site: RoomSite) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    _open(page, site)
    enter = page.get_by_role("button", name="Tap to look around")
    expect(enter).to_be_visible()
    assert enter.evaluate("node => getComputedStyle(node).touchAction") == "pan-y", "a finger scrolls the page"
    enter.tap()
    expect(enter).not_to_be_visible()
    page.locator("p", has_text="more").tap()
    expect(enter).to_be_visible()
    page.close()
