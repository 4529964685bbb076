"""A newcomer's way: start everything, give a folder, watch it, walk into the room. In a real browser."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from pipeline.demo.source import DemoSource
from scrapers.airbnb.fetch.browser import find_browser
from tests.places import ROOT
from tests.served import free_port, wait_for_health

DEMO = ROOT / "pipeline" / "demo"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket, pytest.mark.timeout(1300)]


@pytest.fixture(scope="module")
def listing_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of photos of one room, with reviews, as a user would have it."""
    folder = tmp_path_factory.mktemp("flat by the river")
    for index, photo in enumerate(sorted((DEMO / "photos").glob("living-room-*.jpg"))[:3]):
        Image.open(photo).resize((540, 360)).save(folder / f"photo {index + 1}.jpg", quality=95)
    listing = DemoSource().collect(tmp_path_factory.mktemp("demo"))
    reviews = [review.model_dump(mode="json", exclude_none=True) for review in listing.reviews[:40]]
    (folder / "reviews.json").write_text(json.dumps(reviews), encoding="utf-8")
    (folder / "notes.txt").write_text("not a photo", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Dashboard and worker, started as `make run` starts them."""
    port = free_port()
    data = tmp_path_factory.mktemp("data")
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard.up", "--no-demo", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "SHOWROOM_DATA": str(data)},
    )
    try:
        wait_for_health(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=40) == 0, "Ctrl-C stops dashboard and worker cleanly"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page in the Chromium of this machine."""
    chromium = find_browser()
    if chromium is None:
        pytest.skip("needs Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=CHROMIUM_FLAGS)
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        yield opened
        browser.close()


def _settled(page: Page) -> None:
    """Wait until Streamlit has drawn the page."""
    page.wait_for_selector(
        '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]',
        timeout=30_000,
    )
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=30_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_from_a_folder_to_a_room_to_walk_in(page: Page, address: str, listing_folder: Path) -> None:
    page.goto(address)
    _settled(page)
    page.locator(".st-key-folder_way summary").click()
    path = page.get_by_role("textbox", name="Folder with photos")
    path.fill(str(listing_folder))
    path.press("Tab")
    _settled(page)
    page.get_by_role("button", name="Look at the folder").click()
    page.wait_for_url("**/?job=*", timeout=60_000)

    page.reload()
    expect(page.get_by_text("flat by the river").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("link", name="Open the report")).to_be_visible(timeout=900_000)
    page.get_by_role("link", name="Open the report").click()
    page.wait_for_url("**/overview?listing=*")
    _settled(page)
    expect(page.locator(".st-key-problems")).to_contain_text("notes.txt")

    page.get_by_role("link", name="Walk through").first.click()
    page.wait_for_url("**/room?*")
    viewer = page.locator('[data-room-viewer][data-ready="true"]')
    expect(viewer).to_be_visible(timeout=60_000)
    assert int(viewer.get_attribute("data-triangles") or 0) > 5_000
    assert _colours(viewer.locator("canvas").screenshot()) > 100, "the canvas shows a room, not an empty screen"
    viewer.get_by_role("button", name="Walk").click()
    expect(viewer).to_have_attribute("data-mode", "walk")


def _colours(png: bytes) -> int:
    """How many clearly different colours a picture has."""
    small = Image.open(io.BytesIO(png)).convert("RGB").resize((160, 120)).quantize(256).convert("RGB")
    return len(small.getcolors(160 * 120) or [])


@pytest.mark.parametrize("path", ["/", "/overview", "/room", "/reviews", "/compare", "/map", "/system"])
def test_every_page_opens_by_its_address(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}{path}")
    _settled(page)


@pytest.mark.parametrize("path", ["/?job=nobody", "/overview?listing=nobody", "/room?listing=nobody&room=x"])
def test_an_unknown_id_in_the_address_is_told_without_a_traceback(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}{path}")
    _settled(page)
    expect(page.get_by_text("nobody").first).to_be_visible()


def test_the_page_asks_nobody_else(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    _settled(page)
    elsewhere = [
        url for url in asked if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
    ]
    assert elsewhere == []
