"""A newcomer's first minutes: the demo's photos at once, its reviews, then its rooms. In a real browser."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from pipeline.config import Settings
from pipeline.store import JobState, StageState, Store
from scrapers.airbnb.fetch import find_browser
from tests.places import ROOT
from tests.served import free_port, wait_for_health
from tests.test_end_to_end import CHROMIUM_FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.enable_socket, pytest.mark.timeout(1300)]


@contextmanager
def _started(data: Path) -> Iterator[str]:
    """What `make run` starts, until Ctrl-C."""
    port = free_port()
    environment = {**os.environ, "SHOWROOM_DATA": str(data)}
    command = [sys.executable, "-m", "dashboard.up", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_for_health(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def page() -> Iterator[Page]:
    """A page in the Chromium of this machine."""
    chromium = find_browser()
    if chromium is None:
        pytest.skip("needs Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=CHROMIUM_FLAGS)
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)


def test_photos_then_reviews_then_rooms_show_up_by_themselves(page: Page, tmp_path: Path) -> None:
    store = Store.open(Settings(data=tmp_path / "data"))
    with _started(store.settings.data) as address:
        page.goto(address)
        photos = page.locator(".sr-way-photos img")
        expect(photos).to_have_count(5, timeout=120_000)
        assert photos.first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        page.get_by_role("link", name="See what is there").click()
        page.wait_for_url("**/overview?listing=demo")
        cards = page.locator(".st-key-room_cards")
        expect(cards).to_contain_text("Living room", timeout=300_000)
        expect(cards).to_contain_text("Being built", timeout=60_000)
        expect(cards).to_contain_text("Waiting")
        page.goto(f"{address}/reviews?listing=demo")
        expect(page.locator(".st-key-topics")).to_be_visible(timeout=60_000)
    [job] = store.catalogue.jobs()
    assert job.state is JobState.QUEUED, "Ctrl-C puts it back"
    with _started(store.settings.data):
        _wait_until(lambda: store.catalogue.job(job.id).attempts == 2)
        _wait_until(lambda: _state(store, job.id, "reviews") is StageState.CACHED)
    assert len(store.catalogue.jobs()) == 1, "the demo is queued once"


def _state(store: Store, job_id: str, stage: str) -> StageState:
    return next(one.state for one in store.catalogue.stages(job_id) if one.name == stage)
