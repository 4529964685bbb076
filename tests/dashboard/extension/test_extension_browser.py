"""In a real browser: choose, save without a server, pair, start, follow; the next listing starts empty."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboard.admission import rules
from dashboard.api import ProblemAnswers, api, pairings
from dashboard.gate import Gate
from pipeline.store import JobState, Store
from scrapers.airbnb.fetch import find_browser
from scrapers.sources import resolve
from tests.accessibility import barriers
from tests.dashboard.extension.world import (
    browser,
    built,
    certificate,
    extension_id,
    scroll_through_reviews,
    served,
)
from tests.replica.listings import InventedListing, invent
from tests.replica.payloads import relay_id
from tests.replica.site import Replica
from tests.replica.texts import HOST_NAME, REVIEWERS
from tests.served import free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.enable_socket,
    pytest.mark.skipif(
        find_browser() is None or shutil.which("node") is None, reason="needs Chromium and node"
    ),
]


def _overlay(page: Page, name: str) -> Locator:
    return page.locator(f"#showroom-overlay [data-name={name}]")


def _set_address(context: BrowserContext, own: str, port: int) -> Page:
    popup = context.new_page()
    popup.set_viewport_size({"width": 360, "height": 560})
    popup.goto(f"chrome-extension://{own}/popup.html")
    popup.locator("summary").click()
    popup.locator("#address").fill(f"http://127.0.0.1:{port}")
    popup.locator("#settings button").click()
    return popup


def _matches(path: Path, invented: InventedListing, photos: int, folder: Path) -> None:
    folder.mkdir()
    listing = resolve(str(path)).collect(folder)
    assert len(listing.photos) == photos
    assert listing.id == f"airbnb-{invented.listing_id}" and listing.title == invented.title
    known = {review.id: (review.text, review.date, review.rating) for review in listing.reviews}
    assert known == {r.id: (r.text, r.created_at.date(), r.rating) for r in invented.reviews}
    packed = path.read_bytes()
    assert not any(name.encode() in packed for name in (*REVIEWERS, HOST_NAME)), "nobody's name is in it"


def _choose_three(page: Page, replica: Replica, listing: InventedListing) -> None:
    """All its reviews, and three of its photos of which one was dropped and taken again."""
    _overlay(page, "open").click()
    box = page.locator("#showroom-overlay .box")
    expect(box).to_contain_text("24 of the 200 reviews")
    scroll_through_reviews(
        page, relay_id("StayListing", listing.listing_id), replica.query_hash, listing.api_key, 200
    )
    expect(box).to_contain_text("200 of the 200 reviews")
    _overlay(page, "pick").click()
    pictures = page.locator('[data-section-id="HERO_DEFAULT"] img')
    for number in range(3):
        pictures.nth(number).click()
    expect(_overlay(page, "photo")).to_have_count(3)
    _overlay(page, "photo").nth(2).click()
    expect(_overlay(page, "photo")).to_have_count(2)
    pictures.nth(2).click()
    _overlay(page, "pick").click()


def _save_while_the_server_is_off(context: BrowserContext, page: Page, own: str, saved: Path) -> None:
    popup = _set_address(context, own, free_port())
    expect(popup.locator("[data-standing=off]")).to_contain_text("make run")
    with context.expect_page() as opened:
        _overlay(page, "save").click()
    with opened.value.expect_download() as download:
        pass
    download.value.save_as(saved)


def _pair(context: BrowserContext, own: str, port: int) -> Page:
    popup = _set_address(context, own, port)
    expect(popup.locator("[data-standing=unpaired]")).to_be_visible()
    popup.locator("#code").fill(pairings().new_code())
    popup.locator("#code").press("Enter")
    expect(popup.locator("[data-standing=ready]")).to_be_visible()
    assert not barriers(popup)
    return popup


def _follow_in_korean(popup: Page) -> None:
    popup.bring_to_front()
    expect(popup.locator("progress")).to_be_visible()
    popup.locator("summary").click()
    popup.locator("#language").select_option("ko")
    popup.locator("#settings button").click()
    expect(popup.locator("html")).to_have_attribute("lang", "ko")
    expect(popup.locator("[data-standing=ready]")).to_contain_text("준비됨")


def _another_listing_starts_empty(page: Page, first: InventedListing, second: InventedListing) -> None:
    page.bring_to_front()
    page.evaluate("path => history.pushState({}, '', path)", f"/rooms/{second.listing_id}")
    expect(_overlay(page, "open")).to_have_text("ShowRoom")
    page.evaluate("path => history.pushState({}, '', path)", f"/rooms/{first.listing_id}")
    expect(_overlay(page, "open")).to_contain_text("3")


def test_from_the_listing_s_page_to_the_report(store: Store, tmp_path: Path) -> None:
    first, second = (invent(seed, 200, "new", n_photos=6, n_rooms=2) for seed in (5, 10))
    app = Starlette(
        routes=[api(lambda: store)], middleware=[Middleware(ProblemAnswers), Middleware(Gate, rules=rules)]
    )
    replica = Replica()
    dist = built(tmp_path) / "dist"
    with (
        served(replica._app(), **certificate(tmp_path)) as site_port,
        served(app) as port,
        browser(dist, tmp_path, site_port) as context,
    ):
        replica.origin = "https://www.airbnb.com"
        for listing in (first, second):
            replica.show(listing)
        own = extension_id(context)
        page = context.new_page()
        page.goto(f"https://www.airbnb.com/rooms/{first.listing_id}")
        _choose_three(page, replica, first)

        _save_while_the_server_is_off(context, page, own, tmp_path / "saved.zip")
        _matches(tmp_path / "saved.zip", first, 3, tmp_path / "offline")

        popup = _pair(context, own, port)
        page.bring_to_front()
        _overlay(page, "all").click()
        expect(page.locator("#showroom-overlay .box")).to_contain_text("Started")
        assert not barriers(page, "#showroom-overlay")
        [job] = store.catalogue.jobs()
        _matches(Path(job.origin), first, 3, tmp_path / "sent")
        _follow_in_korean(popup)
        _another_listing_starts_empty(page, first, second)

        store.catalogue.claim_job(job.id, "w")
        store.catalogue.set_job_listing(job.id, "airbnb-1")
        with context.expect_page(predicate=lambda tab: "/overview" in tab.url, timeout=20_000):
            store.catalogue.finish_job(job.id, "w", JobState.DONE)
        reached = page.evaluate(
            f"fetch('http://127.0.0.1:{port}/api/v1/listings').then(() => 'yes', () => 'no')"
        )
        assert reached == "no", "the page itself reaches nothing on this computer"
        assert replica.count("reviews") == 9, "the extension asked for no review itself"
